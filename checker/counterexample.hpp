// SPDX-License-Identifier: GPL-2.0-only
// Canonical counterexamples: of all schedules that violate a property the one with the least context switches, of those the
// shortest, of those the first in (thread, choice) order. It does not depend on how the violation was found.
#pragma once

#include "checker/search.hpp"

#include <string>
#include <vector>

namespace checker {

/// Steps by another thread than the step before.
std::uint32_t context_switches(const Schedule& schedule);

/// `found`: one violation a property, each with some schedule that shows it. Returns the same violations in the same order
/// with canonical schedules. Where more than `options.counterexample_budget` nodes would have to be looked at, or
/// `options.max_seconds` run out, or the search is interrupted, or a schedule longer than `options.max_depth` might be less,
/// `canonical` is false and the schedule is the best that is known. Properties that no schedule shows (never ends, a
/// `sometimes` never reached) keep their empty schedule.
std::vector<Violation> canonical_counterexamples(const Program& program, std::vector<Violation> found,
                                                 const SearchOptions& options);

/// The same for one property. `known`: some schedule that shows its violation.
Violation canonical_counterexample(const Program& program, const std::string& property, const SearchOptions& options,
                                   const Schedule& known);

/// Replays a violation and returns why it is none: the property is not violated at all, or earlier than in the last step,
/// or the schedule does not fit. Empty if all is well.
std::string counterexample_fault(const Program& program, const Violation& violation);

} // namespace checker
