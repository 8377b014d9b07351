// SPDX-License-Identifier: GPL-2.0-only
// Two searches. The first finds the least cost (context switches, steps) of each property's violation, level by level: level
// s holds the nodes (state, last thread) that take s context switches. A level is entered by every step that switches
// threads at a node of the level before; from there the one thread runs on alone, so that the execution walks along and
// seldom has to be led elsewhere. A node that is reached again in its level in fewer steps is improved, and what the thread
// did from there is walked again; costs are final when the level is complete.
//
// The second goes depth-first in (thread, choice) order through the nodes whose least cost is exactly what the way there has
// cost so far. Every beginning of a cheapest schedule is a cheapest way to its node, so this visits all cheapest schedules
// in order, and a node that has failed once has failed for good.
#include "checker/counterexample.hpp"

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/replay_execution.hpp"
#include "checker/shortest_paths.hpp"

#include <algorithm>
#include <bit>
#include <chrono>
#include <optional>

namespace checker {

namespace {

using NodeId = ShortestPaths::NodeId;

/// A property whose counterexample is looked for.
struct Goal {
    Violation* violation = nullptr;
    Word property = 0; ///< its bit, of a property of the program
    bool is_found = false;
    std::uint32_t switches = 0;
    std::uint32_t steps = 0;
    NodeId before_last = ShortestPaths::none;
    Step last{};
};

class Limits {
public:
    explicit Limits(const SearchOptions& options) : options_(options) {}

    /// Whether to stop, by time or by request. Asks the clock only now and then.
    bool are_exceeded() {
        if (++calls_ % 1024 != 0) return exceeded_;
        if (options_.interrupted != nullptr && options_.interrupted->load()) exceeded_ = true;
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin_;
        if (options_.max_seconds > 0 && passed.count() > options_.max_seconds) exceeded_ = true;
        return exceeded_;
    }

private:
    const SearchOptions& options_;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    std::uint64_t calls_ = 1023;
    bool exceeded_ = false;
};

template <Execution E>
class CounterexampleSearch {
public:
    CounterexampleSearch(const Program& program, std::vector<Violation>& found, const SearchOptions& options)
        : program_(program),
          options_(options),
          limits_(options),
          execution_(program, settings(options)) {
        Word wanted = 0;
        for (Violation& violation : found) {
            const std::optional<Goal> goal = goal_of(violation);
            // What no schedule shows is as canonical as it gets.
            violation.canonical = !goal;
            if (!goal) continue;
            goals_.push_back(*goal);
            wanted |= goal->property;
        }
        execution_.ignore(~wanted);
        paths_.add({.key = execution_.fingerprint()});
        path_.push_back(root);
    }

    void run() {
        look_for_goals(root, Step{}, 0, 0);
        NodeId begin = root;
        for (std::uint32_t level = 0; !is_stopped_ && !all_found(); ++level) {
            const NodeId end = paths_.size();
            for (NodeId node = begin; node < end && !is_stopped_; ++node) enter_level(node, level);
            // Level 0 is entered from the root alone, which is none of the nodes that the next level is entered from.
            begin = end;
            if (begin == paths_.size()) break;
        }
        for (Goal& goal : goals_) report(goal);
    }

private:
    static constexpr NodeId root = 0;

    static MachineSettings settings(const SearchOptions& options) {
        MachineSettings settings = MachineSettings::of(options);
        settings.hashing = settings.keying = true;
        // A schedule says which thread goes: no way leads on from a state that only looks like the one it led to.
        settings.symmetry = false;
        return settings;
    }

    /// None if no schedule shows the violation.
    std::optional<Goal> goal_of(Violation& violation) const {
        const std::string& name = violation.property;
        if (name == never_ends_property) return std::nullopt;
        Goal goal{.violation = &violation};
        Word bit = 1;
        for (const Property& property : program_.properties()) {
            if (property.name == name && property.kind == PropertyKind::sometimes) return std::nullopt;
            if (property.name == name) goal.property = bit;
            bit <<= 1;
        }
        return goal;
    }

    bool all_found() const {
        return std::all_of(goals_.begin(), goals_.end(), [](const Goal& goal) { return goal.is_found; });
    }
    ThreadId last_thread(NodeId node) const { return paths_[node].via.thread; }
    bool is_switch(NodeId node, ThreadId thread) const { return node != root && thread != last_thread(node); }

    // What a step has shown.

    bool shows(const Goal& goal) {
        if (goal.property != 0) {
            if ((execution_.raised().violated & goal.property) != 0) return true;
            return execution_.enabled() == 0 && execution_.ending() == Ending::complete &&
                   (execution_.violated_at_end() & goal.property) != 0;
        }
        if (goal.violation->property == deadlock_property)
            return execution_.enabled() == 0 && execution_.ending() == Ending::deadlock;
        for (Word failed = execution_.raised().failed; failed != 0; failed &= failed - 1) {
            const ThreadId thread{static_cast<std::uint8_t>(std::countr_zero(failed))};
            if (goal.violation->property == std::string(assertion_prefix) + execution_.pending(thread).label)
                return true;
        }
        return false;
    }

    /// The execution has just done `last` at `parent`, or nothing yet if no steps have been taken.
    void look_for_goals(NodeId parent, Step last, std::uint32_t switches, std::uint32_t steps) {
        for (Goal& goal : goals_) {
            const bool is_cheaper = !goal.is_found || (switches == goal.switches && steps < goal.steps);
            if (!is_cheaper || !shows(goal)) continue;
            goal.is_found = true;
            goal.switches = switches;
            goal.steps = steps;
            goal.before_last = parent;
            goal.last = last;
        }
    }

    /// Longer schedules than this are of no use any more.
    std::uint32_t useful_steps() const {
        if (!all_found()) return options_.max_depth;
        std::uint32_t most = 0;
        for (const Goal& goal : goals_) most = std::max(most, goal.steps);
        return most;
    }

    // The first search.

    /// All steps at `node` that begin a run of another thread.
    void enter_level(NodeId node, std::uint32_t level) {
        lead_to(node);
        for (Word enabled = execution_.enabled(); enabled != 0; enabled &= enabled - 1) {
            const ThreadId thread{static_cast<std::uint8_t>(std::countr_zero(enabled))};
            if (node != root && thread == last_thread(node)) continue;
            run_alone(node, thread, level);
        }
    }

    /// Lets `thread` go on alone from `from`, where the execution is, with every choice it has; ends where it began.
    void run_alone(NodeId from, ThreadId thread, std::uint32_t level) {
        const std::size_t bottom = path_.size();
        runs_.assign(1, {from, 0});
        while (!runs_.empty()) {
            Run& run = runs_.back();
            note_cut(run.node, thread, level);
            const bool can_go_on = !is_stopped_ && paths_[run.node].steps < useful_steps() && is_enabled(thread) &&
                                   run.choice < execution_.choices(thread);
            if (!can_go_on) {
                runs_.pop_back();
                if (path_.size() > bottom) go_back();
                continue;
            }
            const Step step{thread, static_cast<std::uint16_t>(run.choice++)};
            if (const NodeId reached = advance(run.node, step, level); reached != ShortestPaths::none)
                runs_.push_back({reached, 0});
        }
    }

    /// Does the step at `node`. Returns the node it leads to if that is new or cheaper now; else the step is undone.
    NodeId advance(NodeId node, Step step, std::uint32_t level) {
        const std::uint32_t steps = paths_[node].steps + 1;
        execution_.step(step);
        if (!execution_.error().empty() || limits_.are_exceeded()) is_stopped_ = true;
        look_for_goals(node, step, level, steps);
        const Hash128 key = ShortestPaths::key_of(execution_.fingerprint(), step.thread);
        NodeId reached = paths_.find(key);
        const bool is_known = reached != ShortestPaths::none;
        if (is_known && (paths_[reached].switches < level || paths_[reached].steps <= steps)) {
            execution_.undo();
            return ShortestPaths::none;
        }
        if (!is_known && paths_.size() >= options_.counterexample_budget) is_stopped_ = true;
        const ShortestPaths::Node cheapest{.key = key, .parent = node, .switches = level, .steps = steps, .via = step};
        if (is_known)
            paths_[reached] = cheapest;
        else
            reached = paths_.add(cheapest);
        path_.push_back(reached);
        return reached;
    }

    /// Remembers the first level in which a way ended only because schedules may not be longer.
    void note_cut(NodeId node, ThreadId thread, std::uint32_t level) {
        if (paths_[node].steps >= options_.max_depth && level < cut_level_ && is_enabled(thread)) cut_level_ = level;
    }

    bool is_enabled(ThreadId thread) { return (execution_.enabled() >> thread.index & 1) != 0; }
    void go_back() {
        execution_.undo();
        path_.pop_back();
    }

    /// Leads the execution to a node, over what its way has in common with the present one.
    void lead_to(NodeId node) {
        paths_.path_to(node, way_);
        std::size_t common = 0;
        while (common < way_.size() && common < path_.size() && way_[common] == path_[common]) ++common;
        while (path_.size() > common) go_back();
        for (; common < way_.size(); ++common) {
            execution_.step(paths_[way_[common]].via);
            path_.push_back(way_[common]);
        }
    }

    // The second search.

    void report(const Goal& goal) {
        Violation& violation = *goal.violation;
        // A way that was cut short would have cost no less than what was found in the same level.
        const bool is_final = (!is_stopped_ || (goal.is_found && goal.switches < deepest_complete_level())) &&
                              goal.switches <= cut_level_;
        if (goal.is_found && is_final) {
            violation.schedule = least_schedule(goal);
            violation.canonical = true;
        } else {
            violation.canonical = false;
            if (goal.is_found) use_if_cheaper(violation, goal);
        }
        violation.context_switches = context_switches(violation.schedule);
    }

    /// Levels below this one were explored completely before the search was stopped.
    std::uint32_t deepest_complete_level() const { return paths_[paths_.size() - 1].switches; }

    void use_if_cheaper(Violation& violation, const Goal& goal) {
        const std::uint32_t known_switches = context_switches(violation.schedule);
        if (std::pair(goal.switches, std::size_t{goal.steps}) >= std::pair(known_switches, violation.schedule.size()))
            return;
        violation.schedule.clear();
        if (goal.steps == 0) return;
        paths_.path_to(goal.before_last, way_);
        for (const NodeId node : way_) {
            if (node != root) violation.schedule.push_back(paths_[node].via);
        }
        violation.schedule.push_back(goal.last);
    }

    /// The first in (thread, choice) order of the schedules that cost what the goal costs.
    Schedule least_schedule(const Goal& goal) {
        Schedule schedule;
        if (goal.steps == 0) return schedule;
        lead_to(root);
        std::vector<bool> has_failed(paths_.size());
        std::vector<Attempt> next(1);
        while (!next.empty()) {
            Attempt& attempt = next.back();
            const NodeId node = path_.back();
            if (attempt.thread.index >= program_.threads().size()) {
                has_failed[node] = true;
                next.pop_back();
                if (next.empty()) break;
                go_back();
                schedule.pop_back();
                continue;
            }
            if (!is_enabled(attempt.thread) || attempt.choice >= execution_.choices(attempt.thread)) {
                attempt = Attempt{ThreadId{static_cast<std::uint8_t>(attempt.thread.index + 1)}, 0};
                continue;
            }
            const Step tried{attempt.thread, static_cast<std::uint16_t>(attempt.choice++)};
            schedule.push_back(tried);
            switch (try_step(goal, tried, has_failed)) {
            case Outcome::shown: return schedule;
            case Outcome::promising: next.push_back(Attempt{}); break;
            case Outcome::hopeless: schedule.pop_back(); break;
            }
        }
        return schedule;
    }

    /// What to try next. Wider than a Step, for it counts to one beyond the last of 65,536 choices.
    struct Attempt {
        ThreadId thread{};
        std::uint32_t choice = 0;
    };

    enum class Outcome { shown, promising, hopeless };

    /// Does the step and leaves the execution after it, except when it is hopeless.
    Outcome try_step(const Goal& goal, Step step, const std::vector<bool>& has_failed) {
        const NodeId node = path_.back();
        const std::uint32_t switches = paths_[node].switches + (is_switch(node, step.thread) ? 1 : 0);
        const std::uint32_t steps = paths_[node].steps + 1;
        if (switches > goal.switches || steps > goal.steps) return Outcome::hopeless;
        execution_.step(step);
        if (switches == goal.switches && steps == goal.steps && shows(goal)) {
            execution_.undo();
            return Outcome::shown;
        }
        const NodeId reached = paths_.find(ShortestPaths::key_of(execution_.fingerprint(), step.thread));
        const bool is_promising = steps < goal.steps && reached != ShortestPaths::none && !has_failed[reached] &&
                                  paths_[reached].switches == switches && paths_[reached].steps == steps;
        if (!is_promising) {
            execution_.undo();
            return Outcome::hopeless;
        }
        path_.push_back(reached);
        return Outcome::promising;
    }

    /// A node on the way of a thread that runs alone, and the choice to be tried next there.
    struct Run {
        NodeId node;
        std::uint32_t choice;
    };

    const Program& program_;
    const SearchOptions& options_;
    Limits limits_;
    E execution_;
    std::vector<Goal> goals_;
    ShortestPaths paths_;
    std::vector<NodeId> path_; ///< the nodes that the execution went through to where it is
    std::vector<NodeId> way_;
    std::vector<Run> runs_;
    std::uint32_t cut_level_ = ~std::uint32_t{0}; ///< the first one in which SearchOptions::max_depth cut a way short
    bool is_stopped_ = false;
};

} // namespace

std::uint32_t context_switches(const Schedule& schedule) {
    std::uint32_t switches = 0;
    for (std::size_t at = 1; at < schedule.size(); ++at) {
        if (schedule[at].thread != schedule[at - 1].thread) ++switches;
    }
    return switches;
}

std::vector<Violation> canonical_counterexamples(const Program& program, std::vector<Violation> found,
                                                 const SearchOptions& options) {
    if (found.empty()) return found;
    if (options.engine == Engine::automata)
        CounterexampleSearch<AutomataExecution>(program, found, options).run();
    else if (options.engine == Engine::fibers && Fiber::can_roll_back)
        CounterexampleSearch<FiberExecution>(program, found, options).run();
    else
        CounterexampleSearch<ReplayExecution>(program, found, options).run();
    return found;
}

Violation canonical_counterexample(const Program& program, const std::string& property, const SearchOptions& options,
                                   const Schedule& known) {
    std::vector<Violation> found{Violation{.property = property, .schedule = known}};
    return canonical_counterexamples(program, std::move(found), options).front();
}

std::string counterexample_fault(const Program& program, const Violation& violation) {
    const Replay replayed = replay(program, violation.schedule, violation.property);
    if (!replayed.error.empty()) return replayed.error;
    const auto names = [&violation](const std::vector<std::string>& violated) {
        return std::find(violated.begin(), violated.end(), violation.property) != violated.end();
    };
    if (!names(replayed.violated)) return "the schedule does not violate '" + violation.property + "'";
    for (std::size_t at = 0; at < replayed.steps.size(); ++at) {
        if (!names(replayed.steps[at].violated)) continue;
        if (at + 1 == replayed.steps.size()) return {};
        return "'" + violation.property + "' is violated in step " + std::to_string(at + 1) + " of " +
               std::to_string(replayed.steps.size()) + " already";
    }
    if (replayed.steps.empty()) return {};
    return "'" + violation.property + "' is violated before the first step";
}

} // namespace checker
