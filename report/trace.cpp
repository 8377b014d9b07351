// SPDX-License-Identifier: GPL-2.0-only
#include "report/trace.hpp"

#include "checker/trace_file.hpp"
#include "model/properties.hpp"
#include "report/check.hpp"
#include "report/identity.hpp"
#include "report/origin.hpp"

#include <algorithm>
#include <optional>

namespace report {

namespace {

using checker::InputError;
using checker::Result;
using nlohmann::json;

/// Traces of before there was such a member do not have it: nothing is then promised.
bool flag_member(const json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_boolean() && found->get<bool>();
}

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
    trace.scenario = describe_origin(built, cell);
    trace.scenario["canonical"] = example.canonical;
    trace.schedule = checker::named_schedule(built.program, replay);
    return json::parse(checker::write_trace(trace));
}

Result<ReplayedTrace> replay_trace(std::string_view text) {
    const auto trace = checker::parse_trace(text, model_identity());
    if (!trace) return trace.error();
    const json& from = trace.value().scenario;
    const auto origin = rebuild(from, "trace");
    if (!origin) return InputError{"/scenario" + origin.error().place, origin.error().message, origin.error().nearest};
    const auto& [scenario, cell, built] = origin.value();
    const auto schedule = checker::bind_schedule(built.program, trace.value().schedule);
    if (!schedule) return schedule.error();
    if (const auto error = check_property(built, trace.value().property)) return *error;
    const checker::Violation violation{trace.value().property, schedule.value(), flag_member(from, "canonical"), 0};
    auto example = counterexample_of(built, cell, violation);
    if (!example) return example.error();
    return ReplayedTrace{scenario.name, cell, std::move(example.value())};
}

} // namespace report
