// SPDX-License-Identifier: GPL-2.0-only
// Livelock: threads that run for ever without finishing, although the scheduler is fair.
//
// The scheduler is weakly fair: whoever can go on from some moment on without interruption does go on. A livelock is a run
// without end under such a scheduler in which some thread that is no daemon takes steps for ever. A thread that spins for
// another one that can go on is none, for the other one will; a thread that spins for what nobody will do is one, and so are
// threads that back off from each other in lock step. Nothing is promised about the values of a choose: a thread that
// retries until it has chosen well is a livelock, for it may never. Where a thread has failed an assertion, others may be
// waiting for it, so nothing more is said about it, as with deadlocks. A thread that can only wait while daemons run is not
// looked for.
//
// A run without end through finitely many states stays, from some moment on, among the states and steps that it comes to
// again and again; these are strongly connected. It is fair iff each thread takes one of those steps or cannot go on in one
// of those states. More states and more steps can only make that true, never false, and so it is with the step of a thread
// that is no daemon. Hence, if any such part of a strongly connected component is a livelock, the whole component is (going
// round through all of it is one run), and no part of it need be looked at: a component is judged by two bit sets. This is
// exact. (It would not be for strong fairness, where a thread that can go on again and again must go on: there a smaller
// part may be fair where the whole is not.)
#pragma once

#include "checker/search.hpp"
#include "checker/state_graph.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace checker {

/// Everything that can be said of a program, with livelock, from the graph of its states without any reduction. A program
/// in which only daemons run for ever does end, except that its at-end properties are never looked at: if it has any, that
/// is `never-ends`, as elsewhere.
SearchResult search_livelock(const Program& program, const SearchOptions& options);

/// A schedule from the initial state: `stem` steps, and then what repeats.
struct Lasso {
    Schedule schedule;
    std::size_t stem = 0;
    /// The shortest stem to any livelock, of these the first in (thread, choice) order, and from there the shortest and first
    /// fair cycle.
    bool is_least = false;
};

struct LivelockSearch {
    std::optional<Lasso> lasso; ///< none if there is no livelock in the graph
    bool was_stopped = false;   ///< then nothing is known
};
/// `daemons`: bit set of threads. The search for the least cycle looks at `budget` pairs (state, threads that have had their
/// turn). `may_go_on` is asked once in a while.
LivelockSearch find_livelock(const StateGraph& graph, Word threads, Word daemons, std::uint64_t budget,
                             const std::function<bool()>& may_go_on);

/// What a replay knows of a state that it went through.
struct PassedState {
    Hash128 fingerprint;
    Word enabled = 0;
    bool has_failed = false;
};
/// If the last of the states was passed before, with one state more than there are steps, and what the schedule does since
/// then the first time is a livelock: the index of the first step that repeats.
std::optional<std::size_t> livelock_in(const Program& program, const Schedule& schedule,
                                       const std::vector<PassedState>& states);

} // namespace checker
