// SPDX-License-Identifier: GPL-2.0-only
// The depth-first search of the strategies without reductions. A strategy brings a policy: which states to go on from.
#pragma once

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/record.hpp"
#include "checker/replay_execution.hpp"

#include <bit>
#include <concepts>
#include <type_traits>

namespace checker {

enum class Visit : std::uint8_t {
    expand, ///< go on from here
    known,  ///< everything that can happen from here is explored elsewhere
    no_room ///< there is no memory left to remember it
};

template <class P, class E>
concept SearchPolicy = requires(P policy, E& execution, SearchResult& result) {
    /// Called once for each state arrived at.
    { policy.visit(execution) } -> std::same_as<Visit>;
    { policy.memory_bytes() } -> std::same_as<std::uint64_t>;
    policy.finish(result);
};

template <Execution E, SearchPolicy<E> Policy>
class DepthFirst {
public:
    DepthFirst(const Program& program, const SearchOptions& options, Policy& policy)
        : program_(program),
          options_(options),
          policy_(policy),
          findings_(program),
          bounds_(options),
          execution_(program, MachineSettings::of(options)),
          order_(options.sibling_order_seed) {}

    SearchResult run() {
        bool goes_on = arrive(Step{});
        while (goes_on && !nodes_.empty()) goes_on = advance();
        return result();
    }

private:
    struct Node {
        Word to_try;             ///< threads not tried yet
        std::uint32_t choice;    ///< how many values of the thread being tried are done
        std::uint32_t choices;   ///< of how many
        std::uint32_t first = 0; ///< which value comes first, for shuffled orders
        ThreadId thread{};       ///< being tried
        Step from{};             ///< the step that led here
    };

    /// Takes the next untried step or goes back by one. Returns whether the search goes on.
    [[gnu::always_inline]] bool advance() {
        Node& node = nodes_.back();
        if (node.choice == node.choices) {
            if (node.to_try == 0) {
                nodes_.pop_back();
                if (!nodes_.empty()) execution_.undo();
                return true;
            }
            turn_to_next_thread(node);
        }
        std::uint32_t choice = node.first + node.choice;
        if (choice >= node.choices) choice -= node.choices;
        const Step step{node.thread, static_cast<std::uint16_t>(choice)};
        ++node.choice;
        execution_.step(step);
        ++now_.transitions;
        return arrive(step);
    }

    [[gnu::always_inline]] void turn_to_next_thread(Node& node) {
        node.thread = !order_.is_shuffled() ? first_thread(node.to_try) : order_.any_of(node.to_try);
        node.to_try &= ~(Word{1} << node.thread.index);
        node.choice = 0;
        node.choices = execution_.choices(node.thread);
        node.first = !order_.is_shuffled() ? 0 : order_.below(node.choices);
    }

    /// Looks at the state that `step` led to: stays there if the search goes on from it, else undoes the step.
    [[gnu::always_inline]] bool arrive(Step step) {
        if (!execution_.error().empty()) [[unlikely]]
            return false;
        if (record_raised(execution_, findings_, [&] { return schedule_with(step); }) && options_.stop_at_first)
            [[unlikely]]
            return stop_at_violation();
        if (bounds_.is_time_to_look()) [[unlikely]] {
            now_.memory_bytes = policy_.memory_bytes();
            if (!bounds_.look(now_)) return false;
        }
        const Visit visit = policy_.visit(execution_);
        if (visit == Visit::no_room) [[unlikely]] {
            bounds_.refuse_memory(now_);
            return false;
        }
        if (visit == Visit::known) {
            execution_.undo();
            return true;
        }
        return enter(step);
    }

    [[gnu::always_inline]] bool enter(Step step) {
        ++now_.states;
        now_.depth = nodes_.size();
        if (now_.depth > max_depth_) max_depth_ = now_.depth;
        if (!bounds_.allow(now_)) [[unlikely]] {
            --now_.states;
            return false;
        }
        const Word enabled = execution_.enabled();
        if (enabled == 0) return end(step);
        nodes_.push_back({.to_try = enabled, .choice = 0, .choices = 0, .from = step});
        return true;
    }

    /// Nothing is enabled here.
    [[gnu::noinline]] bool end(Step step) {
        ++executions_;
        if (record_end(execution_, findings_, [&] { return schedule_with(step); }) && options_.stop_at_first)
            return stop_at_violation();
        if (!execution_.error().empty()) return false;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        if (execution_.depth() == 0) return true;
        execution_.undo();
        return true;
    }

    bool stop_at_violation() {
        stopped_at_violation_ = true;
        return false;
    }

    Schedule schedule_with(Step step) const {
        Schedule schedule;
        for (std::size_t at = 1; at < nodes_.size(); ++at) schedule.push_back(nodes_[at].from);
        if (!nodes_.empty()) schedule.push_back(step);
        return schedule;
    }

    SearchResult result() {
        SearchResult result;
        const bool complete =
            nodes_.empty() && execution_.error().empty() && bounds_.stopped_because().empty() && !stopped_at_violation_;
        if (complete && executions_ == 0) findings_.record(never_ends_property, {});
        findings_.finish(result, complete);
        policy_.finish(result);
        record_engine(execution_, result);
        result.stopped_because = bounds_.stopped_because();
        result.states = now_.states;
        result.transitions = now_.transitions;
        result.executions = executions_;
        result.max_depth = max_depth_;
        result.seconds = bounds_.seconds();
        result.verdict = verdict_of(result, complete);
        return result;
    }

    const Program& program_;
    const SearchOptions& options_;
    Policy& policy_;
    Findings findings_;
    Bounds bounds_;
    E execution_;
    std::vector<Node> nodes_;
    Progress now_{};
    std::uint64_t executions_ = 0;
    std::uint64_t max_depth_ = 0;
    SiblingOrder order_;
    bool stopped_at_violation_ = false;
};

/// Calls `run` with the type of the engine that the options name. Where stacks cannot be restored (sanitizer builds), replay
/// stands in for it; the result is the same.
template <class Run>
SearchResult with_engine(const SearchOptions& options, Run run) {
    if (options.engine == Engine::automata) return run(std::type_identity<AutomataExecution>());
    if (options.engine == Engine::fibers && Fiber::can_roll_back) return run(std::type_identity<FiberExecution>());
    return run(std::type_identity<ReplayExecution>());
}

template <class Policy>
SearchResult depth_first(const Program& program, const SearchOptions& options, Policy& policy) {
    return with_engine(
        options, [&]<class E>(std::type_identity<E>) { return DepthFirst<E, Policy>(program, options, policy).run(); });
}

} // namespace checker
