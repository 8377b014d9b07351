// SPDX-License-Identifier: GPL-2.0-only
// Traces: a counterexample as a file that another run can show again, or refuse.
#pragma once

#include "checker/input_error.hpp"
#include "model/build.hpp"
#include "report/report.hpp"

#include <string_view>

namespace report {

/// The content of the trace file: the scenario's text, the cell of the matrix, the program's identity, the schedule, and
/// whether that is the least one.
nlohmann::json make_trace(const model::BuiltScenario& built, const Cell& cell, const Counterexample& example,
                          const checker::Replay& replay);

/// What a trace shows, and of what.
struct ReplayedTrace {
    std::string scenario;
    Cell cell;
    Counterexample example;
};

/// The counterexample of a trace file's text, rebuilt from the scenario in it. Refused, with the reason: what is no
/// trace, one of another version or another model, one whose scenario or schedule does not fit, one that violates
/// nothing any more.
checker::Result<ReplayedTrace> replay_trace(std::string_view text);

} // namespace report
