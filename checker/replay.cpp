// SPDX-License-Identifier: GPL-2.0-only
// Running one schedule, with everything a report says about it. Nothing here is ever needed during a search, so it takes its
// time: every property is looked at after every step, and each operation is performed on a copy of the cells first.
#include "checker/livelock.hpp"
#include "checker/machine.hpp"
#include "checker/perform.hpp"
#include "checker/search.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <set>
#include <string_view>

namespace checker {

namespace {

/// Without the template arguments at its end, which may hold anything.
std::string_view without_template_arguments(std::string_view function) {
    if (!function.ends_with('>')) return function;
    std::size_t open = 0;
    for (std::size_t at = function.size(); at-- > 0;) {
        if (function[at] == '>') ++open;
        if (function[at] == '<' && --open == 0) return function.substr(0, at);
    }
    return function;
}

/// "model::mm::do_swap_page(Task&)" as people say it: "do_swap_page". Compilers differ in how much of it they give.
std::string plain_name(std::string_view function) {
    function = function.substr(0, function.find(" [with "));
    if (function.starts_with("operator")) return std::string(function);
    function = without_template_arguments(function.substr(0, function.find('(')));
    if (const std::size_t type = function.rfind(' '); type != std::string_view::npos) function.remove_prefix(type + 1);
    if (const std::size_t scope = function.rfind("::"); scope != std::string_view::npos)
        function.remove_prefix(scope + 2);
    return std::string(function);
}

class Replayer {
public:
    Replayer(const Program& program, const std::string& wanted)
        : program_(program),
          wanted_(wanted),
          machine_(program, settings(wanted)),
          states_(program.threads().size()) {
        std::vector<LocalState*> first;
        for (LocalState& state : states_) first.push_back(&state);
        machine_.start(first.data());
        for (const CellSpec& cell : program.cells()) replay_.initial_cells.push_back(cell.initial);
    }

    Replay run(const Schedule& schedule) {
        const std::vector<std::string> initially = violations();
        pass();
        for (const Step step : schedule) {
            if (!machine_.error().empty() || !perform_step(step)) break;
            pass();
        }
        if (replay_.error.empty()) replay_.error = machine_.error();
        if (wanted_ == livelock_property && replay_.error.empty()) look_for_livelock(schedule);
        finish(initially);
        return std::move(replay_);
    }

private:
    static MachineSettings settings(const std::string& wanted) {
        MachineSettings settings;
        settings.hashing = wanted == livelock_property;
        // How long a loop may be is the search's business.
        settings.max_steps_without_forget = std::numeric_limits<std::uint32_t>::max();
        return settings;
    }

    const std::string& name(ThreadId thread) const { return program_.threads()[thread.index].name; }
    bool is_enabled(ThreadId thread) const { return (machine_.enabled() >> thread.index & 1) != 0; }

    bool perform_step(Step step) {
        if (std::string misfit = why_not(step); !misfit.empty()) {
            replay_.error = "step " + std::to_string(replay_.steps.size() + 1) + ": " + misfit;
            return false;
        }
        TraceStep traced;
        traced.step = step;
        traced.operation = machine_.pending(step.thread);
        traced.function = plain_name(traced.operation.where.function);
        if (const Word* arguments = traced.operation.arguments; arguments != nullptr)
            traced.arguments.assign(arguments, arguments + traced.operation.argument_count);
        Cells rehearsal = machine_.cells();
        const char* misuse = nullptr;
        traced.result = perform(rehearsal, traced.operation, step.choice, misuse);
        traced.operation.arguments = nullptr;

        const std::size_t position = machine_.cells().log_position();
        machine_.step(step, states_[step.thread.index]);
        record_changes(traced, position);
        traced.violated = violations();
        replay_.steps.push_back(std::move(traced));
        return true;
    }

    /// Why the step cannot be done now; empty if it can.
    std::string why_not(Step step) const {
        const std::size_t threads = machine_.thread_count();
        if (step.thread.index >= threads)
            return "there is no thread " + std::to_string(step.thread.index) + ", the program has " +
                   std::to_string(threads) + " threads";
        if (!is_enabled(step.thread)) {
            std::string enabled;
            for (const ThreadId thread : all_threads()) {
                if (is_enabled(thread)) enabled += (enabled.empty() ? "" : ", ") + name(thread);
            }
            return name(step.thread) + " cannot go on (" + situation(step.thread) +
                   "); expected one of: " + (enabled.empty() ? "nothing, the program has ended" : enabled);
        }
        if (step.choice >= machine_.choices(step.thread))
            return "the choice " + std::to_string(step.choice) + " of " + name(step.thread) + " is out of range at " +
                   announced(step.thread) + "; expected 0 to " + std::to_string(machine_.choices(step.thread) - 1);
        return {};
    }

    std::string announced(ThreadId thread) const {
        const Operation& op = machine_.pending(thread);
        return std::string(op.label) + " in " + plain_name(op.where.function);
    }
    std::string situation(ThreadId thread) const {
        switch (machine_.status(thread)) {
        case ThreadStatus::finished: return "it has finished";
        case ThreadStatus::failed: return "it has failed an assertion";
        default: return "it waits at " + announced(thread);
        }
    }
    std::vector<ThreadId> all_threads() const {
        std::vector<ThreadId> threads;
        for (std::size_t i = 0; i < machine_.thread_count(); ++i)
            threads.push_back(ThreadId{static_cast<std::uint8_t>(i)});
        return threads;
    }

    void record_changes(TraceStep& traced, std::size_t position) const {
        const InlineStack<CellWrite>& log = machine_.cells().log();
        for (std::size_t at = position; at < log.size(); ++at) {
            const CellId cell = log[at].cell;
            const auto known = [cell](const TraceStep::Change& change) { return change.cell == cell; };
            if (std::none_of(traced.changes.begin(), traced.changes.end(), known))
                traced.changes.push_back({cell, log[at].old_value, machine_.cells().get(cell)});
        }
        std::erase_if(traced.changes, [](const TraceStep::Change& change) { return change.before == change.after; });
    }

    /// The properties that are violated now and were not after the step before, by name.
    std::vector<std::string> violations() {
        std::set<std::string> now;
        const View view = machine_.cells().view();
        for (const Property& property : program_.properties()) {
            const bool is_due = property.kind == PropertyKind::always ||
                                (property.kind == PropertyKind::at_end && has_ended(Ending::complete));
            if (!is_due || property.holds(view)) continue;
            now.insert(property.name);
            if (property.name == wanted_ && property.explain) explain(property.explain(view));
        }
        for (const ThreadId thread : all_threads()) {
            if (machine_.status(thread) == ThreadStatus::failed) now.insert(failed_assertion(thread));
        }
        if (has_ended(Ending::deadlock)) now.insert(stuck());
        for (const DataRace& race : machine_.data_races()) now.insert(raced(race));

        std::vector<std::string> fresh;
        std::set_difference(now.begin(), now.end(), before_.begin(), before_.end(), std::back_inserter(fresh));
        violated_.insert(fresh.begin(), fresh.end());
        before_ = std::move(now);
        return fresh;
    }

    std::string failed_assertion(ThreadId thread) {
        const Operation& op = machine_.pending(thread);
        std::string property = std::string(assertion_prefix) + op.label;
        if (property == wanted_)
            explain(name(thread) + " found in " + plain_name(op.where.function) +
                    " that this does not hold: " + op.label + comparison(op));
        return property;
    }
    /// What a failed expectation compared.
    static std::string comparison(const Operation& op) {
        if (!op.is_comparison) return {};
        return " (" + std::to_string(op.value) + " was found, " + std::to_string(op.expected) + " expected)";
    }
    std::string stuck() {
        std::string waiting;
        for (const ThreadId thread : all_threads()) {
            if (machine_.status(thread) != ThreadStatus::running) continue;
            waiting += (waiting.empty() ? "" : "; ") + name(thread) + " waits at " + announced(thread);
        }
        if (wanted_ == deadlock_property) explain(waiting);
        return deadlock_property;
    }
    /// Remembers the state, if it might be passed again.
    void pass() {
        if (wanted_ != livelock_property) return;
        bool has_failed = false;
        for (const ThreadId thread : all_threads()) has_failed |= machine_.status(thread) == ThreadStatus::failed;
        passed_.push_back({machine_.fingerprint(), machine_.enabled(), has_failed});
    }
    void look_for_livelock(const Schedule& schedule) {
        replay_.repeats_from = livelock_in(program_, schedule, passed_);
        if (!replay_.repeats_from) return;
        std::vector<std::string>& with_last = replay_.steps.back().violated;
        with_last.insert(std::upper_bound(with_last.begin(), with_last.end(), livelock_property), livelock_property);
        violated_.insert(livelock_property);
        Word stepped = 0;
        for (std::size_t at = *replay_.repeats_from; at < schedule.size(); ++at)
            stepped |= Word{1} << schedule[at].thread.index;
        std::string going, waiting;
        for (const ThreadId thread : all_threads()) {
            if ((stepped >> thread.index & 1) != 0)
                going += (going.empty() ? "" : ", ") + name(thread);
            else if (machine_.status(thread) == ThreadStatus::running)
                waiting += "; " + name(thread) + " waits at " + announced(thread);
        }
        explain("what begins with step " + std::to_string(*replay_.repeats_from + 1) +
                " repeats for ever, without an end of: " + going + waiting);
    }
    std::string raced(const DataRace& race) {
        if (wanted_ == data_race_property)
            explain("data race on " + program_.cells()[machine_.pending(race.first).cell.index].name + ": " +
                    about_to(race.first) + ", " + about_to(race.second) + ", and nothing orders the two");
        return data_race_property;
    }
    /// "writer is about to write it (write in push, line 12)".
    std::string about_to(ThreadId thread) const {
        const Operation& op = machine_.pending(thread);
        return name(thread) + " is about to " + (op.kind == OpKind::load ? "read" : "write") + " it (" +
               announced(thread) + ", line " + std::to_string(op.where.line) + ")";
    }
    void explain(std::string text) {
        if (replay_.explanation.empty()) replay_.explanation = std::move(text);
    }

    bool has_ended(Ending ending) const { return machine_.enabled() == 0 && machine_.ending() == ending; }

    void finish(const std::vector<std::string>& initially) {
        // What is wrong from the start is no step's doing, but a program without steps shows it at its end.
        violated_.insert(initially.begin(), initially.end());
        replay_.violated.assign(violated_.begin(), violated_.end());
        replay_.ended = machine_.enabled() == 0;
        for (std::size_t cell = 0; cell < replay_.initial_cells.size(); ++cell)
            replay_.final_cells.push_back(machine_.cells().get(CellId{static_cast<std::uint16_t>(cell)}));
        for (const ThreadId thread : all_threads()) {
            if (machine_.status(thread) == ThreadStatus::running && !is_enabled(thread))
                replay_.blocked.push_back(thread);
            replay_.announced.push_back(machine_.pending(thread));
            replay_.announced.back().arguments = nullptr;
        }
    }

    const Program& program_;
    const std::string& wanted_;
    Machine machine_;
    std::vector<LocalState> states_;
    Replay replay_;
    std::vector<PassedState> passed_; ///< where livelock is wanted: the initial state, and that after each step
    std::set<std::string> before_;    ///< violated in the current state
    std::set<std::string> violated_;  ///< at any time
};

} // namespace

Replay replay(const Program& program, const Schedule& schedule, const std::string& property) {
    return Replayer(program, property).run(schedule);
}

} // namespace checker
