// SPDX-License-Identifier: GPL-2.0-only
// What a search records of a state that it has just arrived at.
#pragma once

#include "checker/execution.hpp"
#include "checker/findings.hpp"

namespace checker {

template <Execution E, class ScheduleHere>
[[gnu::noinline]] bool record_what_is_raised(E& execution, Findings& findings, ScheduleHere& schedule_here) {
    const Raised& raised = execution.raised();
    findings.record(raised, schedule_here(), [&](ThreadId thread) { return execution.pending(thread).label; });
    execution.ignore(raised.violated | raised.reached);
    return (raised.violated | raised.failed) != 0;
}

/// Records what the last step has brought about. `schedule_here()` makes the schedule that led here; it is called only if
/// there is something to record. Returns whether something is violated that was not known to be.
template <Execution E, class ScheduleHere>
[[gnu::always_inline]] inline bool record_raised(E& execution, Findings& findings, ScheduleHere schedule_here) {
    if (!execution.raised().any) [[likely]]
        return false;
    return record_what_is_raised(execution, findings, schedule_here);
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

/// What the execution knows of the result. To be called before `verdict_of`.
template <Execution E>
void record_engine(const E& execution, SearchResult& result) {
    result.error = execution.error();
    result.out_of_room = execution.is_out_of_room();
    if constexpr (requires { execution.automata(); }) {
        result.local_states = execution.automata().local_states();
        result.fiber_runs = execution.automata().fiber_runs();
    }
}

} // namespace checker
