// SPDX-License-Identifier: GPL-2.0-only
// Reading and writing trace files. The reader looks at format and version before anything else, so that a file of another
// version is refused for that reason and not for a member it does not know.

#include "checker/trace_file.hpp"

#include "checker/json_guard.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace checker {

namespace {

using nlohmann::json;

const std::vector<std::string>& member_names() {
    static const std::vector<std::string> names = {"format", "version", "model", "property", "scenario", "schedule"};
    return names;
}

InputError wrong_kind(std::string place, const char* expected, const json& found) {
    return {std::move(place), std::string("expected ") + expected + ", found " + kind_of(found), ""};
}

std::optional<InputError> check_format(const json& document) {
    if (!document.is_object()) return wrong_kind("", "a trace, which is an object", document);
    const auto format = document.find("format");
    if (format == document.end())
        return InputError{"", "not a trace file: it has no \"format\": \"" + std::string(trace_format) + "\"", ""};
    if (!format->is_string()) return wrong_kind("/format", "a string", *format);
    if (*format != trace_format) {
        const std::string found = in_quotes(format->get_ref<const std::string&>());
        return InputError{"/format", "expected \"" + std::string(trace_format) + "\", found " + found, ""};
    }
    const auto version = document.find("version");
    if (version == document.end()) return InputError{"", "the member \"version\" is missing", ""};
    if (!version->is_number_integer()) return wrong_kind("/version", "an integer", *version);
    if (*version == trace_version) return std::nullopt;
    return InputError{"/version",
                      "this program reads version " + std::to_string(trace_version) +
                          " of trace files, this file is version " + version->dump() +
                          "; run the check again to get a new trace",
                      ""};
}

std::optional<InputError> check_members(const json& document) {
    for (const auto& item : document.items()) {
        const std::vector<std::string>& known = member_names();
        if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
        return InputError{pointer_to("", item.key()), "a trace has no such member", nearest_word(item.key(), known)};
    }
    for (const std::string& name : member_names()) {
        if (!document.contains(name)) return InputError{"", "the member \"" + name + "\" is missing", ""};
    }
    for (const char* name : {"model", "property"}) {
        if (!document[name].is_string()) return wrong_kind(pointer_to("", name), "a string", document[name]);
    }
    if (!document["schedule"].is_array()) return wrong_kind("/schedule", "an array of steps", document["schedule"]);
    return std::nullopt;
}

std::optional<InputError> check_model(const std::string& found, const std::string& expected) {
    if (found == expected) return std::nullopt;
    return InputError{"/model",
                      "this trace was made by model " + in_quotes(found) + ", this program has model " +
                          in_quotes(expected) +
                          ": the schedule may mean something else now; run the check again to get a new trace",
                      ""};
}

Result<NamedStep> parse_step(const json& step, const std::string& place) {
    if (!step.is_array()) return wrong_kind(place, "a step, [thread] or [thread, choice]", step);
    if (step.empty() || step.size() > 2)
        return InputError{
            place, "expected [thread] or [thread, choice], found " + std::to_string(step.size()) + " elements", ""};
    if (!step[0].is_string()) return wrong_kind(pointer_to(place, std::size_t{0}), "a thread's name", step[0]);
    NamedStep named{step[0].get<std::string>(), std::nullopt};
    if (step.size() == 1) return named;
    constexpr std::uint64_t largest = std::numeric_limits<std::uint16_t>::max();
    if (!step[1].is_number_unsigned() || step[1].get<std::uint64_t>() > largest)
        return InputError{pointer_to(place, std::size_t{1}),
                          "expected a choice, an integer from 0 to " + std::to_string(largest), ""};
    named.choice = static_cast<std::uint16_t>(step[1].get<std::uint64_t>());
    return named;
}

std::string dump(const json& value, int indent) {
    return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

/// Indents every line of `text` but the first, which follows a member's name.
std::string indented(const std::string& text) {
    std::string result;
    for (const char c : text) {
        result += c;
        if (c == '\n') result += "  ";
    }
    return result;
}

} // namespace

std::vector<NamedStep> named_schedule(const Program& program, const Replay& replay) {
    std::vector<NamedStep> schedule;
    schedule.reserve(replay.steps.size());
    for (const TraceStep& step : replay.steps) {
        NamedStep named{program.threads()[step.step.thread.index].name, std::nullopt};
        if (step.operation.kind == OpKind::choose) named.choice = step.step.choice;
        schedule.push_back(std::move(named));
    }
    return schedule;
}

std::string write_trace(const TraceFile& trace) {
    std::string text = "{\n";
    const auto member = [&text](const char* name, const std::string& value) {
        text += "  \"";
        text += name;
        text += "\": " + value;
    };
    member("format", dump(trace_format, -1));
    text += ",\n";
    member("version", std::to_string(trace_version));
    text += ",\n";
    member("model", dump(trace.model, -1));
    text += ",\n";
    member("property", dump(trace.property, -1));
    text += ",\n";
    member("scenario", indented(dump(trace.scenario, 2)));
    text += ",\n";
    member("schedule", "[");
    // One step a line: easier to read and to compare than what the library makes of it.
    const char* separator = "\n    [";
    for (const NamedStep& step : trace.schedule) {
        text += separator + dump(step.thread, -1);
        if (step.choice) text += ", " + std::to_string(*step.choice);
        text += "]";
        separator = ",\n    [";
    }
    text += trace.schedule.empty() ? "]\n}\n" : "\n  ]\n}\n";
    return text;
}

Result<TraceFile> parse_trace(std::string_view text, const std::string& model) {
    Result<json> parsed = parse_json_guarded(text);
    if (!parsed) return parsed.error();
    json& document = parsed.value();
    if (auto error = check_format(document)) return *error;
    if (auto error = check_members(document)) return *error;
    if (auto error = check_model(document["model"].get<std::string>(), model)) return *error;

    TraceFile trace;
    trace.model = model;
    trace.property = document["property"].get<std::string>();
    trace.scenario = std::move(document["scenario"]);
    const json& schedule = document["schedule"];
    for (std::size_t at = 0; at < schedule.size(); ++at) {
        Result<NamedStep> step = parse_step(schedule[at], pointer_to("/schedule", at));
        if (!step) return step.error();
        trace.schedule.push_back(std::move(step.value()));
    }
    return trace;
}

Result<Schedule> bind_schedule(const Program& program, const std::vector<NamedStep>& schedule) {
    std::vector<std::string> names;
    for (const ThreadSpec& thread : program.threads()) names.push_back(thread.name);
    Schedule bound;
    for (std::size_t at = 0; at < schedule.size(); ++at) {
        const NamedStep& step = schedule[at];
        const auto found = std::find(names.begin(), names.end(), step.thread);
        if (found == names.end())
            return InputError{pointer_to(pointer_to("/schedule", at), std::size_t{0}),
                              "the program has no thread " + in_quotes(step.thread), nearest_word(step.thread, names)};
        const auto index = static_cast<std::uint8_t>(found - names.begin());
        bound.push_back(Step{ThreadId{index}, step.choice.value_or(0)});
    }
    return bound;
}

} // namespace checker
