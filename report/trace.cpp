// SPDX-License-Identifier: GPL-2.0-only
#include "report/trace.hpp"

#include "checker/trace_file.hpp"
#include "model/loader.hpp"
#include "model/properties.hpp"
#include "report/check.hpp"
#include "report/identity.hpp"

#include <algorithm>
#include <optional>

namespace report {

namespace {

using checker::InputError;
using checker::Result;
using nlohmann::json;

/// A member of the trace's "scenario" object; empty if it is missing or of another type.
std::string text_member(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>()
                                                                             : std::string();
}

/// Traces of before there was such a member do not have it: nothing is then promised.
bool flag_member(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

std::vector<std::string> words_member(const json& object, const char* key) {
    std::vector<std::string> words;
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array()) return words;
    for (const json& word : *found)
        if (word.is_string()) words.push_back(word.get<std::string>());
    return words;
}

Result<Cell> read_cell(const json& scenario) {
    const auto found = scenario.is_object() ? scenario.find("cell") : scenario.end();
    if (!scenario.is_object() || found == scenario.end() || !found->is_object())
        return InputError{"/scenario/cell", "expected an object with kernel, arch, without and with", ""};
    return Cell{text_member(*found, "kernel"), text_member(*found, "arch"), words_member(*found, "without"),
                words_member(*found, "with")};
}

/// A place in the scenario that the trace has as a text: that is not JSON of the trace, so its pointer is none of the trace.
std::string place_in_text(const std::string& place) { return "/scenario/text" + (place.empty() ? "" : ", " + place); }

/// Assertions are named by their text, so there is no list of them.
std::optional<InputError> check_property(const model::BuiltScenario& built, const std::string& property) {
    if (property.starts_with(checker::assertion_prefix)) return std::nullopt;
    std::vector<std::string> checked{checker::deadlock_property, checker::livelock_property};
    for (const checker::Property& each : built.program.properties()) checked.push_back(each.name);
    if (std::find(checked.begin(), checked.end(), property) != checked.end()) return std::nullopt;
    const std::string quoted = checker::in_quotes(property);
    if (model::find_property(property) != nullptr)
        return InputError{"/property", "property " + quoted + " is not checked in this scenario on this kernel", ""};
    return InputError{"/property", "there is no property " + quoted, checker::nearest_word(property, checked)};
}

} // namespace

json make_trace(const model::BuiltScenario& built, const Cell& cell, const Counterexample& example,
                const checker::Replay& replay) {
    checker::TraceFile trace;
    trace.model = model_identity();
    trace.property = example.property;
    trace.scenario = {
        {"name", built.scenario->name},
        {"path", built.scenario->path},
        {"text", built.scenario->source},
        {"program", program_identity(built.program)},
        {"canonical", example.canonical},
        {"cell", {{"kernel", cell.kernel}, {"arch", cell.arch}, {"without", cell.without}, {"with", cell.with}}}};
    trace.schedule = checker::named_schedule(built.program, replay);
    return json::parse(checker::write_trace(trace));
}

Result<ReplayedTrace> replay_trace(std::string_view text) {
    const auto trace = checker::parse_trace(text, model_identity());
    if (!trace) return trace.error();
    const json& from = trace.value().scenario;
    const auto cell = read_cell(from);
    if (!cell) return cell.error();
    const auto scenario =
        model::parse_scenario(text_member(from, "text"), text_member(from, "name"), text_member(from, "path"));
    if (!scenario)
        return InputError{place_in_text(scenario.error().place), scenario.error().message, scenario.error().nearest};
    const auto built = build_cell(scenario.value(), cell.value());
    if (!built) return InputError{"/scenario/cell" + built.error().place, built.error().message, built.error().nearest};
    const std::string program = program_identity(built.value().program);
    if (text_member(from, "program") != program)
        return InputError{"/scenario/program",
                          "this trace was made for another program: it is of " +
                              checker::in_quotes(text_member(from, "program")) + ", the scenario in it now makes " +
                              checker::in_quotes(program) + "; run the check again to get a new trace",
                          ""};
    const auto schedule = checker::bind_schedule(built.value().program, trace.value().schedule);
    if (!schedule) return schedule.error();
    if (const auto error = check_property(built.value(), trace.value().property)) return *error;
    const checker::Violation violation{trace.value().property, schedule.value(), flag_member(from, "canonical"), 0};
    auto example = counterexample_of(built.value(), cell.value(), violation);
    if (!example) return example.error();
    return ReplayedTrace{scenario.value().name, cell.value(), std::move(example.value())};
}

} // namespace report
