// SPDX-License-Identifier: GPL-2.0-only
// The depth-first search that the strategies share. A strategy brings a policy: which states to go on from, and which of
// the enabled threads have to be tried there.
#pragma once

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/findings.hpp"
#include "checker/replay_execution.hpp"

#include <bit>
#include <concepts>

namespace checker {

enum class Visit : std::uint8_t {
    expand, ///< go on from here
    known,  ///< everything that can happen from here is explored elsewhere
    no_room ///< there is no memory left to remember it
};

template <class P, class E>
concept SearchPolicy = requires(P policy, E& execution, Word enabled, SearchResult& result) {
    /// Called a little before each `visit`, with the fingerprint of what will be visited.
    policy.expect(execution);
    /// Called once for each state arrived at.
    { policy.visit(execution) } -> std::same_as<Visit>;
    /// The threads to try, a part of `enabled`, not empty.
    { policy.select(execution, enabled) } -> std::same_as<Word>;
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
          shuffle_state_(options.sibling_order_seed) {}

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
        execution_.step(step, [this] { policy_.expect(execution_); });
        ++now_.transitions;
        return arrive(step);
    }

    [[gnu::always_inline]] void turn_to_next_thread(Node& node) {
        node.thread = options_.sibling_order_seed == 0 ? first_thread(node.to_try) : any_of(node.to_try);
        node.to_try &= ~(Word{1} << node.thread.index);
        node.choice = 0;
        node.choices = execution_.choices(node.thread);
        node.first = options_.sibling_order_seed == 0 ? 0 : static_cast<std::uint32_t>(random() % node.choices);
    }

    /// Looks at the state that `step` led to: stays there if the search goes on from it, else undoes the step.
    [[gnu::always_inline]] bool arrive(Step step) {
        if (!execution_.error().empty()) [[unlikely]]
            return false;
        const Raised& raised = execution_.raised();
        if ((raised.violated | raised.reached | raised.failed) != 0) [[unlikely]]
            if (!record(step)) return false;
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
        nodes_.push_back({.to_try = policy_.select(execution_, enabled), .choice = 0, .choices = 0, .from = step});
        return true;
    }

    /// Nothing is enabled here.
    [[gnu::noinline]] bool end(Step step) {
        ++executions_;
        Word violated = 0;
        const Ending ending = execution_.ending();
        if (ending == Ending::complete) violated = execution_.violated_at_end();
        if (violated != 0 || ending == Ending::deadlock) {
            const Schedule schedule = schedule_with(step);
            findings_.record_properties(violated, schedule);
            if (ending == Ending::deadlock) findings_.record(deadlock_property, schedule);
            execution_.ignore(violated);
            if (options_.stop_at_first) return stop_at_violation();
        }
        if (!execution_.error().empty()) return false;
        if (options_.collect_final_states) findings_.record_final_state(final_state());
        if (execution_.depth() == 0) return true;
        execution_.undo();
        return true;
    }

    bool record(Step step) {
        findings_.record(execution_.raised(), schedule_with(step),
                         [this](ThreadId thread) { return execution_.pending(thread).label; });
        execution_.ignore(execution_.raised().violated | execution_.raised().reached);
        return !(options_.stop_at_first && findings_.found_violation()) || stop_at_violation();
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

    Hash128 final_state() {
        Hash128 hash;
        const View view = execution_.view();
        for (std::size_t cell = 0; cell < program_.cells().size(); ++cell)
            hash.absorb(view[CellId{static_cast<std::uint16_t>(cell)}]);
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread)
            hash.absorb(static_cast<Word>(execution_.status(ThreadId{static_cast<std::uint8_t>(thread)})));
        return hash;
    }

    SearchResult result() {
        SearchResult result;
        const bool complete =
            nodes_.empty() && execution_.error().empty() && bounds_.stopped_because().empty() && !stopped_at_violation_;
        if (complete && executions_ == 0) findings_.record(never_ends_property, {});
        findings_.finish(result, complete);
        policy_.finish(result);
        result.error = execution_.error();
        result.out_of_room = execution_.is_out_of_room();
        result.stopped_because = bounds_.stopped_because();
        if constexpr (requires { execution_.local_states(); }) {
            result.local_states = execution_.local_states();
            result.fiber_runs = execution_.fiber_runs();
        }
        result.states = now_.states;
        result.transitions = now_.transitions;
        result.executions = executions_;
        result.max_depth = max_depth_;
        result.seconds = bounds_.seconds();
        if (!result.error.empty())
            result.verdict = Verdict::error;
        else if (!result.violations.empty() || !result.never_reached.empty())
            result.verdict = Verdict::violated;
        else
            result.verdict = complete ? Verdict::holds : Verdict::inconclusive;
        return result;
    }

    // splitmix64, for shuffled sibling orders that are the same everywhere.
    std::uint64_t random() { return mix(shuffle_state_ += 0x9e3779b97f4a7c15ULL); }
    ThreadId any_of(Word threads) {
        auto skip = static_cast<int>(random() % static_cast<std::uint64_t>(std::popcount(threads)));
        for (; skip > 0; --skip) threads &= threads - 1;
        return first_thread(threads);
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
    std::uint64_t shuffle_state_;
    bool stopped_at_violation_ = false;
};

/// Runs a depth-first search over the engine that the options name. Where stacks cannot be restored (sanitizer builds),
/// replay stands in for it; the result is the same.
template <class Policy>
SearchResult depth_first(const Program& program, const SearchOptions& options, Policy& policy) {
    if (options.engine == Engine::automata)
        return DepthFirst<AutomataExecution, Policy>(program, options, policy).run();
    if (options.engine == Engine::fibers && Fiber::can_roll_back)
        return DepthFirst<FiberExecution, Policy>(program, options, policy).run();
    return DepthFirst<ReplayExecution, Policy>(program, options, policy).run();
}

} // namespace checker
