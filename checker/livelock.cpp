// SPDX-License-Identifier: GPL-2.0-only
// Building the graph of states for a search for livelocks; see livelock.hpp. The cycles are looked for in lasso.cpp.
#include "checker/livelock.hpp"

#include "checker/depth_first.hpp"
#include "checker/record.hpp"

#include <algorithm>

namespace checker {

namespace {

Word all_threads(const Program& program) { return ~Word{0} >> (64 - program.threads().size()); }

Word daemons_of(const Program& program) {
    Word daemons = 0;
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread)
        daemons |= Word{program.threads()[thread].daemon} << thread;
    return daemons;
}

bool has_at_end_property(const Program& program) {
    const auto& properties = program.properties();
    return std::any_of(properties.begin(), properties.end(),
                       [](const Property& property) { return property.kind == PropertyKind::at_end; });
}

/// Depth-first through all states, each step of each state once.
template <class E>
class GraphSearch {
public:
    GraphSearch(const Program& program, const SearchOptions& options)
        : program_(program),
          options_(options),
          findings_(program),
          bounds_(options),
          execution_(program, settings()) {}

    SearchResult run() {
        bool goes_on = arrive(Step{});
        while (goes_on && !frames_.empty()) goes_on = advance();
        return finish(goes_on);
    }

private:
    struct Frame {
        StateGraph::Id state;
        Word to_try;              ///< threads, beginning with the one that is being tried
        std::uint32_t choice = 0; ///< to be tried next
    };

    /// Cycles are cycles of states, not of states that are alike: no reduction of another strategy may get in here.
    MachineSettings settings() const {
        SearchOptions unreduced = options_;
        unreduced.strategy = Strategy::plain;
        return MachineSettings::of(unreduced);
    }

    bool advance() {
        Frame& frame = frames_.back();
        if (frame.to_try == 0) {
            frames_.pop_back();
            if (frames_.empty()) return true;
            execution_.undo();
            schedule_.pop_back();
            return true;
        }
        const ThreadId thread = first_thread(frame.to_try);
        if (frame.choice == execution_.choices(thread)) {
            frame.to_try &= frame.to_try - 1;
            frame.choice = 0;
            return true;
        }
        const Step step{thread, static_cast<std::uint16_t>(frame.choice++)};
        execution_.step(step);
        schedule_.push_back(step);
        ++now_.transitions;
        return arrive(step);
    }

    /// Looks at the state that `step` has led to, and stays there if it is new. Returns whether the search goes on.
    bool arrive(Step step) {
        if (!execution_.error().empty()) return false;
        const auto schedule_here = [this] { return schedule_; };
        if (record_raised(execution_, findings_, schedule_here) && options_.stop_at_first) return stop();
        const auto [state, is_new] = graph_.add(execution_.fingerprint());
        if (!frames_.empty()) graph_.connect(frames_.back().state, step, state);
        if (bounds_.is_time_to_look() && !look()) return false;
        if (!is_new) {
            execution_.undo();
            schedule_.pop_back();
            return true;
        }
        return enter(state);
    }
    bool enter(StateGraph::Id state) {
        const Word enabled = execution_.enabled();
        graph_.describe(state, enabled, has_failed());
        ++now_.states;
        now_.depth = schedule_.size();
        max_depth_ = std::max(max_depth_, now_.depth);
        if (!bounds_.allow(now_)) {
            --now_.states;
            return false;
        }
        if (options_.max_memory_bytes != 0 && graph_.bytes() > options_.max_memory_bytes) {
            bounds_.refuse_memory(now_);
            return false;
        }
        frames_.push_back({state, enabled});
        return enabled != 0 || end();
    }
    bool end() {
        ++executions_;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        const bool found = record_end(execution_, findings_, [this] { return schedule_; });
        if (!execution_.error().empty()) return false;
        return !(found && options_.stop_at_first) || stop();
    }
    bool has_failed() {
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread)
            if (execution_.status(ThreadId{static_cast<std::uint8_t>(thread)}) == ThreadStatus::failed) return true;
        return false;
    }
    bool look() {
        now_.memory_bytes = graph_.bytes();
        return bounds_.look(now_);
    }
    bool stop() {
        stopped_at_violation_ = true;
        return false;
    }

    /// What a part of the graph shows is there in the whole too, so it is looked for although time is up.
    std::optional<Lasso> lasso_in_graph(bool& complete) {
        if (stopped_at_violation_) return std::nullopt;
        const bool has_time = complete;
        const auto may_go_on = [&] {
            return has_time ? look() : options_.interrupted == nullptr || !options_.interrupted->load();
        };
        // A pair takes more memory than a node of a search for other counterexamples.
        const std::uint64_t budget = options_.counterexample_budget / 4;
        LivelockSearch found = find_livelock(graph_, all_threads(program_), daemons_of(program_), budget, may_go_on);
        complete = complete && !found.was_stopped;
        return std::move(found.lasso);
    }

    SearchResult finish(bool complete) {
        SearchResult result;
        record_engine(execution_, result);
        result.table_bytes = graph_.bytes();
        graph_.finish();
        const std::optional<Lasso> lasso = result.error.empty() ? lasso_in_graph(complete) : std::nullopt;
        if (lasso) findings_.record(livelock_property, lasso->schedule);
        if (!lasso && complete && executions_ == 0 && has_at_end_property(program_))
            findings_.record(never_ends_property, {});
        findings_.finish(result, complete);
        for (Violation& violation : result.violations)
            if (violation.property == livelock_property) violation.canonical = lasso->is_least && complete;
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
    Findings findings_;
    Bounds bounds_;
    E execution_;
    StateGraph graph_;
    std::vector<Frame> frames_;
    Schedule schedule_;
    Progress now_{};
    std::uint64_t executions_ = 0;
    std::uint64_t max_depth_ = 0;
    bool stopped_at_violation_ = false;
};

} // namespace

SearchResult search_livelock(const Program& program, const SearchOptions& options) {
    return with_engine(options, [&]<class E>(std::type_identity<E>) { return GraphSearch<E>(program, options).run(); });
}

std::optional<std::size_t> livelock_in(const Program& program, const Schedule& schedule,
                                       const std::vector<PassedState>& states) {
    if (states.size() != schedule.size() + 1) return std::nullopt;
    const auto is_last = [&](const PassedState& state) { return state.fingerprint == states.back().fingerprint; };
    const auto begin = std::find_if(states.begin(), states.end(), is_last) - states.begin();
    const auto stem = static_cast<std::size_t>(begin);
    Word stepped = 0;
    Word paused = 0;
    for (std::size_t at = stem; at < schedule.size(); ++at) {
        stepped |= Word{1} << schedule[at].thread.index;
        paused |= ~states[at].enabled;
        if (states[at].has_failed) return std::nullopt;
    }
    const bool is_fair = (all_threads(program) & ~(stepped | paused)) == 0;
    if (!is_fair || (stepped & ~daemons_of(program)) == 0) return std::nullopt;
    return stem;
}

} // namespace checker
