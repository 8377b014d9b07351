// SPDX-License-Identifier: GPL-2.0-only
// What a search records of a state that it has just arrived at, and how its verdict follows. For searches that do not go
// through depth_first.hpp, which does the same inline.
#pragma once

#include "checker/execution.hpp"
#include "checker/findings.hpp"

namespace checker {

/// Records what the last step has brought about. `schedule_here()` makes the schedule that led here; it is called only if
/// there is something to record. Returns whether something is violated that was not known to be.
template <Execution E, class ScheduleHere>
bool record_raised(E& execution, Findings& findings, ScheduleHere schedule_here) {
    const Raised raised = execution.raised();
    if ((raised.violated | raised.reached | raised.failed) == 0) [[likely]]
        return false;
    findings.record(raised, schedule_here(), [&](ThreadId thread) { return execution.pending(thread).label; });
    execution.ignore(raised.violated | raised.reached);
    return (raised.violated | raised.failed) != 0;
}

/// The same of a state where nothing is enabled.
template <Execution E, class ScheduleHere>
bool record_end(E& execution, Findings& findings, ScheduleHere schedule_here) {
    const Ending ending = execution.ending();
    const Word violated = ending == Ending::complete ? execution.violated_at_end() : 0;
    if (violated == 0 && ending != Ending::deadlock) return false;
    const Schedule schedule = schedule_here();
    findings.record_properties(violated, schedule);
    if (ending == Ending::deadlock) findings.record(deadlock_property, schedule);
    execution.ignore(violated);
    return true;
}

/// The cells and each thread's status, for SearchResult::final_states.
template <Execution E>
Hash128 final_state(E& execution, const Program& program) {
    Hash128 hash;
    const View view = execution.view();
    for (std::size_t cell = 0; cell < program.cells().size(); ++cell)
        hash.absorb(view[CellId{static_cast<std::uint16_t>(cell)}]);
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread)
        hash.absorb(static_cast<Word>(execution.status(ThreadId{static_cast<std::uint8_t>(thread)})));
    return hash;
}

/// What the execution knows of the result. To be called before `conclude`.
template <Execution E>
void record_engine(const E& execution, SearchResult& result) {
    result.error = execution.error();
    result.out_of_room = execution.is_out_of_room();
    if constexpr (requires { execution.local_states(); }) {
        result.local_states = execution.local_states();
        result.fiber_runs = execution.fiber_runs();
    }
}

/// The verdict that follows from everything else in the result. `complete`: the whole space was explored.
inline void conclude(SearchResult& result, bool complete) {
    if (!result.error.empty())
        result.verdict = Verdict::error;
    else if (!result.violations.empty() || !result.never_reached.empty())
        result.verdict = Verdict::violated;
    else
        result.verdict = complete ? Verdict::holds : Verdict::inconclusive;
}

} // namespace checker
