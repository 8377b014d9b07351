// SPDX-License-Identifier: GPL-2.0-only
// From a scenario to a Report: rules, program, search, and what each violation looked like.
#include "report/check.hpp"

#include "arch_encodings/layouts.hpp"
#include "checker/describe.hpp"
#include "model/build.hpp"
#include "model/describe.hpp"
#include "model/properties.hpp"
#include "model/rules.hpp"
#include "report/identity.hpp"
#include "report/setup_text.hpp"
#include "report/trace.hpp"

#include <algorithm>

namespace report {

namespace {

using checker::InputError;
using checker::Result;

StepLine line_of(const model::BuiltScenario& built, unsigned number, const checker::TraceStep& step) {
    StepLine line;
    line.number = number;
    line.thread = built.program.threads()[step.step.thread.index].name;
    line.function = step.function;
    line.primitive = checker::describe_label(step.operation);
    for (const auto& change : step.changes) {
        line.changes.push_back({built.program.cells()[change.cell.index].name,
                                model::describe_cell(*built.machine, change.cell, change.before),
                                model::describe_cell(*built.machine, change.cell, change.after), change.before,
                                change.after, model::is_ghost_cell(*built.machine, change.cell)});
    }
    const bool changes_state =
        std::any_of(line.changes.begin(), line.changes.end(), [](const auto& change) { return !change.ghost; });
    line.result = model::describe_result(*built.machine, step.operation, step.result, changes_state);
    line.violated = step.violated;
    return line;
}

std::string meaning_of(const std::string& property) {
    if (property == checker::deadlock_property)
        return "threads wait for ever, for each other or for nothing that will come";
    if (property == checker::never_ends_property) return "no schedule ends";
    if (property == checker::livelock_property)
        return "threads run for ever and do not finish, however fair the scheduler";
    for (const char* expectation : {"expect_load failed", "expect_dma failed", "pipe_read failed"})
        if (property == std::string(checker::assertion_prefix) + expectation)
            return "an operation of the scenario reads what the scenario says";
    if (property.starts_with(checker::assertion_prefix)) return "an assertion of the modelled code failed";
    if (const model::PropertyInfo* info = model::find_property(property)) return std::string(info->meaning);
    return {};
}

std::vector<std::string> names_of_threads(const checker::Program& program) {
    std::vector<std::string> names;
    for (const checker::ThreadSpec& thread : program.threads()) names.push_back(thread.name);
    return names;
}

/// The step in which the reference that `explanation` speaks of was taken, written into it: a sentence that names a
/// reference begins with "NAME's reference".
void name_the_step(std::string& explanation, const std::vector<StepLine>& steps) {
    constexpr std::string_view speaks_of = "'s reference holds";
    const std::size_t at = explanation.find(speaks_of);
    if (at == std::string::npos) return;
    const std::string cell = "reference " + explanation.substr(0, at) + " state";
    const StepLine* taken = nullptr;
    for (const StepLine& line : steps) {
        for (const StepLine::Change& change : line.changes)
            if (change.cell == cell && change.before_word == 0) taken = &line;
    }
    const std::string from = taken == nullptr ? " from the set-up" : " from step " + std::to_string(taken->number);
    explanation.insert(at + std::string_view("'s reference").size(), from);
}

/// Of a read that returned the wrong value, or a device that wrote to the wrong page: which one.
void say_what_was_accessed(Counterexample& found, const model::BuiltScenario& built, const checker::Replay& replay) {
    const auto violates = [&](const checker::TraceStep& step) {
        return std::find(step.violated.begin(), step.violated.end(), found.property) != step.violated.end();
    };
    const auto step = std::find_if(replay.steps.begin(), replay.steps.end(), violates);
    if (step == replay.steps.end()) return;
    const std::string access = model::describe_access(*built.machine, *step);
    if (access.empty()) return;
    const std::string& thread = built.program.threads()[step->step.thread.index].name;
    found.explanation +=
        "; step " + std::to_string(step - replay.steps.begin() + 1) + " is " + thread + "'s: " + access;
}

/// A search that ended early may have missed one.
bool has_no_livelock(const checker::SearchResult& result, const checker::SearchOptions& options) {
    const auto is_livelock = [](const checker::Violation& each) { return each.property == checker::livelock_property; };
    return options.livelock && !options.stop_at_first && result.error.empty() && result.stopped_because.empty() &&
           std::none_of(result.violations.begin(), result.violations.end(), is_livelock);
}

} // namespace

Result<model::Rules> rules_of(const model::Scenario& scenario, const Cell& cell) {
    const auto kernel = model::find_kernel(cell.kernel);
    if (!kernel) return InputError{"/kernel", "there is no kernel " + checker::in_quotes(cell.kernel), ""};
    model::Rules rules = model::rules_of(*kernel);
    const std::pair<const std::vector<std::string>*, bool> switched[] = {
        {&scenario.without, false}, {&scenario.with, true}, {&cell.without, false}, {&cell.with, true}};
    for (const auto& [names, on] : switched) {
        for (const std::string& name : *names) {
            const auto rule = model::find_rule(name);
            if (!rule) return InputError{"/rules", "there is no rule " + checker::in_quotes(name), ""};
            rules.set(*rule, on);
        }
    }
    return rules;
}

Result<model::BuiltScenario> build_cell(const model::Scenario& scenario, const Cell& cell, model::AskedRules* asked) {
    auto rules = rules_of(scenario, cell);
    if (!rules) return rules.error();
    if (asked != nullptr) rules.value().note_in(*asked);
    const arch::Layout* layout = cell.own_layout ? &cell.own_layout->layout() : arch::find_layout(cell.arch);
    if (layout == nullptr) return InputError{"/arch", "there is no architecture " + checker::in_quotes(cell.arch), ""};
    return model::build(scenario, rules.value(), *layout);
}

Result<Report> check(const model::Scenario& scenario, const Cell& cell, const checker::SearchOptions& options,
                     model::AskedRules* asked) {
    const auto built = build_cell(scenario, cell, asked);
    if (!built) return built.error();
    Report report;
    report.scenario = &scenario;
    report.cell = cell;
    for (const std::string_view name : built.value().not_applicable) report.not_applicable.emplace_back(name);
    checker::SearchOptions search = options;
    search.checkpoint.identity = search_identity(scenario, cell);
    report.result = model::explore(built.value(), search);
    report.has_no_livelock = has_no_livelock(report.result, options);
    if (!options.counterexamples) return report;
    for (const checker::Violation& violation : report.result.violations) {
        // A property that no state violates but the whole search does (never-ends) has no schedule.
        if (violation.schedule.empty()) continue;
        auto found = counterexample_of(built.value(), cell, violation);
        if (!found) return found.error();
        report.counterexamples.push_back(std::move(found.value()));
    }
    return report;
}

Result<Counterexample> counterexample_of(const model::BuiltScenario& built, const Cell& cell,
                                         const checker::Violation& violation) {
    const auto& [property, schedule, canonical, switches] = violation;
    const checker::Replay replay = checker::replay(built.program, schedule, property);
    if (!replay.error.empty()) return InputError{"/schedule", "the schedule does not fit: " + replay.error, ""};
    if (std::find(replay.violated.begin(), replay.violated.end(), property) == replay.violated.end())
        return InputError{"/schedule", "the schedule does not violate " + checker::in_quotes(property) + " any more",
                          ""};
    Counterexample found;
    found.property = property;
    found.canonical = canonical;
    if (replay.repeats_from) found.repeats_from = static_cast<unsigned>(*replay.repeats_from + 1);
    found.meaning = meaning_of(property);
    found.explanation = replay.explanation;
    found.threads = names_of_threads(built.program);
    for (const checker::TraceStep& step : replay.steps)
        found.steps.push_back(line_of(built, static_cast<unsigned>(found.steps.size() + 1), step));
    name_the_step(found.explanation, found.steps);
    say_what_was_accessed(found, built, replay);
    for (const model::SetupOp& step : built.scenario->setup) found.setup.push_back(setup_text(*built.scenario, step));
    for (std::size_t n = 1; n < schedule.size(); ++n)
        found.context_switches += schedule[n].thread != schedule[n - 1].thread ? 1 : 0;
    for (const checker::ThreadId thread : replay.blocked)
        if (!built.program.threads()[thread.index].daemon)
            found.blocked.push_back(built.program.threads()[thread.index].name);
    found.trace = make_trace(built, cell, found, replay);
    return found;
}

} // namespace report
