// SPDX-License-Identifier: GPL-2.0-only
// A scenario, a kernel and an architecture made into a program, and explored.
#pragma once

#include "checker/input_error.hpp"
#include "checker/program.hpp"
#include "checker/search.hpp"
#include "model/machine.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace model {

/// May be moved; the program refers to the machine and to the copy of the scenario, which stay where they are.
struct BuiltScenario {
    std::unique_ptr<const Scenario> scenario;
    std::unique_ptr<const Machine> machine;
    /// Threads in the scenario's order, then the daemons that stand for devices. Its initial state is the one after the
    /// set-up. Its context is the machine.
    checker::Program program;
    /// Properties that are asked for and mean nothing under these rules.
    std::vector<std::string_view> not_applicable;
};

/// `rules` are those of a kernel with what scenario and matrix entry switch; what the architecture lacks is switched off
/// here. Runs the set-up: its operations one after the other, the devices whenever no operation can go on, until all is
/// quiet. An error says which part of the scenario cannot be built or set up, and why.
checker::Result<BuiltScenario> build(const Scenario& scenario, const Rules& rules, const arch::Layout& layout);

/// Those that pay on the model. Its threads keep coming to new local states, so that learning what commutes takes more time
/// than merging saves.
inline constexpr checker::Reductions paying_reductions{
    .choose = true, .merge = false, .commute = false, .symmetry = true};

/// checker::search(). That a thread never does all its operations (ends_of_threads()) is told only where nothing is violated:
/// a failed assertion, say, ends a thread too.
checker::SearchResult explore(const BuiltScenario& built, const checker::SearchOptions& options);

} // namespace model
