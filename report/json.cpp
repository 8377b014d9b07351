// SPDX-License-Identifier: GPL-2.0-only
#include "report/json.hpp"

#include "report/coverage.hpp"
#include "report/origin.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

namespace report {

namespace {

using nlohmann::json;

json to_json(const Cell& cell) {
    json document = describe_cell(cell);
    if (cell.own_layout) document["layout_refused"] = cell.own_layout->refused;
    return document;
}

json to_json(const StepLine& line) {
    json changes = json::array();
    for (const StepLine::Change& change : line.changes)
        changes.push_back({{"cell", change.cell},
                           {"before", change.before},
                           {"after", change.after},
                           {"before_word", fmt::format("{:#x}", change.before_word)},
                           {"after_word", fmt::format("{:#x}", change.after_word)},
                           {"ghost", change.ghost}});
    return {{"number", line.number},       {"thread", line.thread}, {"function", line.function},
            {"primitive", line.primitive}, {"result", line.result}, {"changes", changes},
            {"violated", line.violated}};
}

json search_counters(std::uint64_t states, std::uint64_t transitions, std::uint64_t table_bytes) {
    return {{"states", states}, {"transitions", transitions}, {"table_bytes", table_bytes}};
}

} // namespace

json to_json(const Counterexample& example) {
    json steps = json::array();
    for (const StepLine& line : example.steps) steps.push_back(to_json(line));
    json document = {{"property", example.property},
                     {"meaning", example.meaning},
                     {"explanation", example.explanation},
                     {"canonical", example.canonical},
                     {"context_switches", example.context_switches},
                     {"setup", example.setup},
                     {"threads", example.threads},
                     {"blocked", example.blocked},
                     {"steps", steps},
                     {"trace", example.trace}};
    if (example.repeats_from != 0) document["repeats_from"] = example.repeats_from;
    return document;
}

json to_json(const ReplayedTrace& replayed) {
    json document = to_json(replayed.example);
    document["format"] = "cowherd-replay";
    document["version"] = json_version;
    document["scenario"] = replayed.scenario;
    document["cell"] = to_json(replayed.cell);
    return document;
}

json to_json(const Report& report) {
    const checker::SearchResult& result = report.result;
    json violated = json::array();
    for (const checker::Violation& violation : result.violations) violated.push_back(violation.property);
    json counterexamples = json::array();
    for (const Counterexample& example : report.counterexamples) counterexamples.push_back(to_json(example));
    json search = search_counters(result.states, result.transitions, result.table_bytes);
    search["executions"] = result.executions;
    search["max_depth"] = result.max_depth;
    search["local_states"] = result.local_states;
    search["fiber_runs"] = result.fiber_runs;
    search["merged_steps"] = result.merged_steps;
    search["states_alone"] = result.gains.states_alone;
    search["steps_left_out"] = result.gains.steps_left_out;
    if (result.gains.symmetric_states > 0) {
        search["symmetric_states"] = result.gains.symmetric_states;
        search["alike_steps_left_out"] = result.gains.alike_steps_left_out;
    }
    search["restarts"] = result.restarts;
    search["missed_state_probability"] = result.missed_state_probability;
    if (result.kept_as != checker::WhenFull::stop) {
        search["kept_as"] = result.kept_as == checker::WhenFull::bitstate ? "bitstate" : "hash-compact";
        search["expected_omissions"] = result.expected_omissions;
    }
    add_coverage(result, search);
    if (report.has_no_livelock) search["has_no_livelock"] = true;
    json timings = {{"search_seconds", result.seconds}};
    if (result.seconds_before > 0) timings["search_seconds_before"] = result.seconds_before;
    return {{"format", "cowherd-report"},
            {"version", json_version},
            {"scenario", report.scenario->name},
            {"cell", to_json(report.cell)},
            {"alike", report.alike},
            {"verdict", verdict_name(result.verdict)},
            {"violated", violated},
            {"never_reached", result.never_reached},
            {"not_applicable", report.not_applicable},
            {"stopped_because", result.stopped_because},
            {"error", result.error},
            {"counterexamples", counterexamples},
            {"search", search},
            {"timings", timings}};
}

json to_json(const Matrix& matrix) {
    json scenarios = json::array();
    for (const MatrixScenario& scenario : matrix.scenarios) {
        json entries = json::array();
        for (const MatrixEntry& entry : scenario.entries)
            entries.push_back(
                {{"cell", to_json(entry.cell)},
                 {"expected", {{"verdict", verdict_name(entry.expected)}, {"properties", entry.expected_properties}}},
                 {"verdict", verdict_name(entry.verdict)},
                 {"properties", entry.properties},
                 {"as_expected", !entry.is_surprise()},
                 {"remark", entry.remark},
                 {"explored_as", to_json(entry.explored_as)},
                 {"search", search_counters(entry.states, entry.transitions, entry.table_bytes)},
                 {"timings", {{"search_seconds", entry.seconds}}}});
        scenarios.push_back({{"name", scenario.name}, {"title", scenario.title}, {"cells", entries}});
    }
    return {{"format", "cowherd-gate"},        {"version", json_version},
            {"scenarios", scenarios},          {"cells", matrix.cells()},
            {"surprises", matrix.surprises()}, {"timings", {{"total_seconds", matrix.seconds}}}};
}

} // namespace report
