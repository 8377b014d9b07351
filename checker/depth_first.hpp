// SPDX-License-Identifier: GPL-2.0-only
// The depth-first search of the strategies without reductions. A strategy brings a policy: which states to go on from.
#pragma once

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/inline_stack.hpp"
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
        if (arrive() && !nodes_.empty())
            while (advance()) {}
        return result();
    }

private:
    struct Node {
        Word to_try = 0;                  ///< threads not tried yet
        Step tried{};                     ///< the step that is being tried
        std::uint16_t next_choice = 0;    ///< the next value of the thread being tried, ..
        std::uint32_t choices_to_try = 0; ///< .. one of so many that are not tried yet
        std::uint32_t choices = 0;        ///< of so many
    };

    /// Takes the next untried step or goes back by one. Returns whether the search goes on.
    [[gnu::always_inline]] bool advance() {
        Node& node = nodes_.back();
        ThreadId thread = node.tried.thread;
        std::uint16_t choice = 0;
        if (node.choices_to_try != 0) [[unlikely]] {
            choice = next_choice(node);
        } else {
            if (node.to_try == 0) {
                nodes_.pop_back();
                if (nodes_.empty()) return false;
                execution_.undo();
                return true;
            }
            thread = order_.is_shuffled() ? order_.any_of(node.to_try) : first_thread(node.to_try);
            node.to_try &= ~(Word{1} << thread.index);
            const std::uint32_t choices = execution_.choices(thread);
            if (choices > 1) [[unlikely]]
                choice = first_choice(node, choices);
        }
        const Step step{thread, choice};
        node.tried = step;
        execution_.step(step);
        ++now_.transitions;
        return arrive();
    }

    /// In shuffled orders values begin anywhere, and come round.
    [[gnu::noinline]] std::uint16_t first_choice(Node& node, std::uint32_t choices) {
        node.choices = node.choices_to_try = choices;
        node.next_choice = static_cast<std::uint16_t>(order_.is_shuffled() ? order_.below(choices) : 0);
        return next_choice(node);
    }
    [[gnu::noinline]] std::uint16_t next_choice(Node& node) {
        const std::uint16_t choice = node.next_choice;
        --node.choices_to_try;
        node.next_choice = static_cast<std::uint16_t>(choice + 1U == node.choices ? 0 : choice + 1U);
        return choice;
    }

    /// Looks at the state that the last step led to: stays there if the search goes on from it, else undoes the step.
    [[gnu::always_inline]] bool arrive() {
        if (!execution_.error().empty()) [[unlikely]]
            return false;
        if (record_raised(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first) [[unlikely]]
            return stop_at_violation();
        if (bounds_.is_time_to_look() && !look()) [[unlikely]]
            return false;
        const Visit visit = policy_.visit(execution_);
        if (visit == Visit::no_room) [[unlikely]] {
            bounds_.refuse_memory(progress());
            return false;
        }
        if (visit == Visit::known) {
            execution_.undo();
            return true;
        }
        return enter();
    }

    [[gnu::always_inline]] bool enter() {
        ++now_.states;
        if (nodes_.size() > max_depth_) [[unlikely]]
            max_depth_ = nodes_.size();
        if (!bounds_.allows(now_.states, max_depth_)) [[unlikely]]
            return refuse();
        const Word enabled = execution_.enabled();
        if (enabled == 0) return end();
        Node& node = nodes_.push();
        node.to_try = enabled;
        node.choices_to_try = 0;
        return true;
    }

    [[gnu::noinline]] bool refuse() {
        bounds_.refuse(progress());
        --now_.states;
        return false;
    }
    [[gnu::noinline]] bool look() {
        now_.memory_bytes = policy_.memory_bytes();
        return bounds_.look(progress());
    }

    Progress progress() const {
        Progress progress = now_;
        progress.depth = nodes_.size();
        return progress;
    }

    /// Nothing is enabled here.
    [[gnu::noinline]] bool end() {
        ++executions_;
        if (record_end(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first)
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

    /// The way to the state where the execution is.
    Schedule schedule() const {
        Schedule schedule;
        for (std::size_t at = 0; at < nodes_.size(); ++at) schedule.push_back(nodes_[at].tried);
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
    InlineStack<Node> nodes_;
    Progress now_{}; ///< but for the depth
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
