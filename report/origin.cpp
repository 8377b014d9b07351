// SPDX-License-Identifier: GPL-2.0-only
#include "report/origin.hpp"

#include "model/loader.hpp"
#include "report/check.hpp"
#include "report/identity.hpp"

namespace report {

namespace {

using checker::InputError;
using checker::Result;
using nlohmann::json;

/// A member of an object; empty if it is missing or of another type.
std::string text_member(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>()
                                                                             : std::string();
}

std::vector<std::string> words_member(const json& object, const char* key) {
    std::vector<std::string> words;
    const auto found = object.find(key);
    if (found == object.end() || !found->is_array()) return words;
    for (const json& word : *found)
        if (word.is_string()) words.push_back(word.get<std::string>());
    return words;
}

Result<Cell> read_cell(const json& origin) {
    const auto found = origin.is_object() ? origin.find("cell") : origin.end();
    if (!origin.is_object() || found == origin.end() || !found->is_object())
        return InputError{"/cell", "expected an object with kernel, arch, without and with", ""};
    Cell cell{text_member(*found, "kernel"), text_member(*found, "arch"), words_member(*found, "without"),
              words_member(*found, "with")};
    const auto layout = found->find("layout");
    if (layout == found->end()) return cell;
    const auto in_layout = [](const InputError& error) {
        return InputError{"/cell/layout" + error.place, error.message, error.nearest};
    };
    const auto owned = layouts::parse_layout(layout->dump());
    if (!owned) return in_layout(owned.error());
    auto own = own_layout(owned.value());
    if (!own) return in_layout(own.error());
    cell.own_layout = std::move(own.value());
    return cell;
}

/// A place in the scenario that is there as a text: that is not JSON of the file, so its pointer is none of the file.
std::string place_in_text(const std::string& place) { return "/text" + (place.empty() ? "" : ", " + place); }

} // namespace

json describe_cell(const Cell& cell) {
    json description = {{"kernel", cell.kernel}, {"arch", cell.arch}, {"without", cell.without}, {"with", cell.with}};
    if (cell.own_layout) description["layout"] = layouts::layout_json(cell.own_layout->layout());
    return description;
}

json describe_origin(const model::BuiltScenario& built, const Cell& cell) {
    return {{"name", built.scenario->name},
            {"path", built.scenario->path},
            {"text", built.scenario->source},
            {"program", program_identity(built.program)},
            {"cell", describe_cell(cell)}};
}

Result<Origin> rebuild(const json& from, const std::string& file) {
    const auto cell = read_cell(from);
    if (!cell) return cell.error();
    auto scenario =
        model::parse_scenario(text_member(from, "text"), text_member(from, "name"), text_member(from, "path"));
    if (!scenario)
        return InputError{place_in_text(scenario.error().place), scenario.error().message, scenario.error().nearest};
    auto built = build_cell(scenario.value(), cell.value());
    if (!built) return InputError{"/cell" + built.error().place, built.error().message, built.error().nearest};
    const std::string program = program_identity(built.value().program);
    if (text_member(from, "program") != program)
        return InputError{"/program",
                          "this " + file + " was made for another program: it is of " +
                              checker::in_quotes(text_member(from, "program")) + ", the scenario in it now makes " +
                              checker::in_quotes(program) + "; run the check again to get a new " + file,
                          ""};
    return Origin{std::move(scenario.value()), cell.value(), std::move(built.value())};
}

} // namespace report
