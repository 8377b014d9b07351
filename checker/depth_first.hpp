// SPDX-License-Identifier: GPL-2.0-only
// The depth-first search of the strategies without reductions. A strategy brings a policy: which states to go on from.
#pragma once

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/inline_stack.hpp"
#include "checker/record.hpp"
#include "checker/replay_execution.hpp"

#include <algorithm>
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
          order_(options.sibling_order_seed) {
        begin_interval(0);
    }

    SearchResult run() {
        if (arrive() && !nodes_.empty())
            while (advance()) {}
        return result();
    }

private:
    struct Node {
        Word to_try = 0;                  ///< threads not tried yet, or not with all the values that they can choose
        Step tried{};                     ///< the step that is being tried
        std::uint16_t choices_to_try = 0; ///< how many other values its thread is still to choose
    };

    /// Takes the next untried step or goes back by one. Returns whether the search goes on.
    [[gnu::always_inline]] bool advance() {
        Node& node = nodes_.back();
        if (node.to_try == 0) {
            nodes_.pop_back();
            if (nodes_.empty()) return false;
            execution_.undo();
            return true;
        }
        const ThreadId thread = order_.is_shuffled() ? any_thread(node) : first_thread(node.to_try);
        if (execution_.choices(thread) > 1) [[unlikely]] {
            turn_to_choice(node, thread);
        } else {
            node.to_try &= ~(Word{1} << thread.index);
            node.tried.thread = thread;
            node.tried.choice = 0;
        }
        execution_.step(node.tried);
        return arrive();
    }

    /// A thread that has begun to choose goes on, as the first thread does anyway.
    [[gnu::noinline]] ThreadId any_thread(const Node& node) {
        return node.choices_to_try != 0 ? node.tried.thread : order_.any_of(node.to_try);
    }
    /// In shuffled orders values begin anywhere, and come round.
    [[gnu::noinline]] void turn_to_choice(Node& node, ThreadId thread) {
        const std::uint32_t choices = execution_.choices(thread);
        if (node.choices_to_try == 0) {
            const std::uint32_t first = order_.is_shuffled() ? order_.below(choices) : 0;
            node.tried = {thread, static_cast<std::uint16_t>(first)};
            node.choices_to_try = static_cast<std::uint16_t>(choices - 1);
            return;
        }
        const std::uint32_t next = node.tried.choice + 1U;
        node.tried.choice = static_cast<std::uint16_t>(next == choices ? 0 : next);
        if (--node.choices_to_try == 0) node.to_try &= ~(Word{1} << thread.index);
    }

    /// Looks at the state that the last step led to: stays there if the search goes on from it, else undoes the step.
    [[gnu::always_inline]] bool arrive() {
        if (!execution_.error().empty()) [[unlikely]]
            return stop();
        if (record_raised(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first)
            [[unlikely]] {
            stopped_at_violation_ = true;
            return stop();
        }
        const Visit visit = policy_.visit(execution_);
        if (visit != Visit::expand) [[unlikely]]
            return pass_over(visit);
        if (--until_look_ == 0 && !look()) [[unlikely]]
            return stop();
        if (nodes_.size() > max_depth_ && !deepen()) [[unlikely]]
            return stop();
        const Word enabled = execution_.enabled();
        if (enabled == 0) return end();
        Node& node = nodes_.push();
        node.to_try = enabled;
        node.choices_to_try = 0;
        return true;
    }

    /// The search ends in a state that it does not count.
    bool stop() {
        ++passed_over_;
        return false;
    }
    [[gnu::noinline]] bool pass_over(Visit visit) {
        ++passed_over_;
        if (visit == Visit::no_room) {
            bounds_.refuse_memory(progress());
            return false;
        }
        execution_.undo();
        return passed_over_ % Bounds::steps_between_looks != 0 || look_at_clock();
    }

    // States are counted down to the next one at which to look at the clock, or beyond the bound on states.

    std::uint64_t states() const { return counted_ + interval_ - until_look_; }
    /// All arrivals but the first are by a step.
    std::uint64_t transitions() const { return states() + passed_over_ - 1; }
    Progress progress() const { return {.states = states(), .transitions = transitions(), .depth = nodes_.size()}; }

    [[gnu::noinline]] bool look() {
        if (bounds_.allow(progress())) {
            if (look_at_clock()) {
                begin_interval(states());
                return true;
            }
        } else {
            max_depth_ = std::max<std::uint64_t>(max_depth_, nodes_.size());
        }
        ++until_look_;
        return false;
    }
    void begin_interval(std::uint64_t states) {
        counted_ = states;
        interval_ = until_look_ = bounds_.states_until_look(states);
    }
    bool look_at_clock() {
        Progress now = progress();
        now.memory_bytes = policy_.memory_bytes();
        return bounds_.look(now);
    }
    /// No state was as deep.
    [[gnu::noinline]] bool deepen() {
        max_depth_ = nodes_.size();
        if (bounds_.allow(progress())) return true;
        ++until_look_;
        return false;
    }

    /// Nothing is enabled here.
    [[gnu::noinline]] bool end() {
        ++executions_;
        if (record_end(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first) {
            stopped_at_violation_ = true;
            return false;
        }
        if (!execution_.error().empty()) return false;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        if (execution_.depth() == 0) return true;
        execution_.undo();
        return true;
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
        result.states = states();
        result.transitions = transitions();
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
    std::uint64_t counted_ = 0;     ///< states up to the last look
    std::uint32_t interval_ = 0;    ///< how many come until the next one ..
    std::uint32_t until_look_ = 0;  ///< .. from there and from here
    std::uint64_t passed_over_ = 0; ///< arrivals at states that are not counted
    std::uint64_t executions_ = 0;
    std::uint64_t max_depth_ = 0;
    SiblingOrder order_;
    bool stopped_at_violation_ = false;
};

/// Calls `run` with the type of the engine that the options name; `Automata` is the one that runs on automata. Where stacks
/// cannot be restored (sanitizer builds), replay stands in for fibers; the result is the same.
template <class Automata = AutomataExecution, class Run>
SearchResult with_engine(const SearchOptions& options, Run run) {
    if (options.engine == Engine::automata) return run(std::type_identity<Automata>());
    if (options.engine == Engine::fibers && Fiber::can_roll_back) return run(std::type_identity<FiberExecution>());
    return run(std::type_identity<ReplayExecution>());
}

template <class Automata = AutomataExecution, class Policy>
SearchResult depth_first(const Program& program, const SearchOptions& options, Policy& policy) {
    return with_engine<Automata>(
        options, [&]<class E>(std::type_identity<E>) { return DepthFirst<E, Policy>(program, options, policy).run(); });
}

} // namespace checker
