// SPDX-License-Identifier: GPL-2.0-only
// Agreement with real kernels: the schedules of a trace file are run on the model, and after every step the model is
// compared with what was seen on the real machine. docs/CONFORMANCE.md says what is compared, what is not, and why.
//
// Start with conform(). conform_reader.cpp and conform_grammar.cpp read trace files, conform_machine.cpp drives the model,
// conform_steps.cpp says what each step of a schedule comes to, conform_compare.cpp compares.
#pragma once

#include "model/conform_trace.hpp"
#include "model/rules.hpp"

#include <compare>
#include <cstddef>
#include <string>
#include <vector>

namespace model {

enum class Conformance : std::uint8_t {
    agrees,
    disagrees,
    not_modelled, ///< the model has no such kernel or operation, so that nothing can be said
    unforced,     ///< the real machine did not follow the schedule, so that nothing can be said
};

/// Where a run of the model first differs from the real machine.
struct Disagreement {
    std::size_t step = 0; ///< from 0; the number of steps where it is the result of the whole that differs
    std::string what;     ///< "P's page is writable", say
    std::string kernel;   ///< what it was there
    std::string model;    ///< what it is here
};

/// A moment at which nobody in the schedule does anything: right before the operation of a step (from 0), or right after it
/// and before the state is looked at.
struct BatchDrain {
    std::size_t step = 0;
    bool after = false;
    auto operator<=>(const BatchDrain&) const = default;
};

struct ConformedRun {
    std::string trace, kernel;
    TraceSwap swap = TraceSwap::nvme;
    Conformance conformance = Conformance::agrees;
    std::vector<std::string> schedule;
    Disagreement disagreement; ///< of `disagrees`
    std::string reason;        ///< of `not_modelled` and `unforced`
    /// When the per-CPU LRU batches were taken to have been drained by somebody else, in order.
    std::vector<BatchDrain> drains;
};

/// Runs `run` of `trace` on the model, with the rules of the run's kernel; a kernel without rules is not modelled.
ConformedRun conform(const KernelTrace& trace, const TraceRun& run);
/// The same with these rules.
ConformedRun conform(const KernelTrace& trace, const TraceRun& run, const Rules& rules);

} // namespace model
