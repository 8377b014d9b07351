// SPDX-License-Identifier: GPL-2.0-only
// A scenario as rows of a matrix: which (kernel, architecture, rules) it is run for, and what must come out.
#pragma once

#include "arch_encodings/layouts.hpp"
#include "model/rules.hpp"
#include "model/scenario.hpp"

#include <vector>

namespace model {

struct MatrixCell {
    Kernel kernel = Kernel::v5_7;
    const arch::Layout* arch = nullptr;
    std::size_t expectation = 0; ///< index in Scenario::expect
};

/// Whether `entry` names this kernel and this architecture.
bool applies(const Expectation& entry, Kernel kernel, const arch::Layout& arch);

/// Whether both are about the same change of rules. Entries that are not have nothing to do with each other.
bool same_rules(const Expectation& a, const Expectation& b);

/// All cells: for each change of rules, the unchanged ones first, then in the order in which they first appear, every kernel
/// and every architecture that an entry applies to, with the first such entry.
std::vector<MatrixCell> cells_of(const Scenario& scenario);

/// The rules of a kernel with what the scenario and the entry switch. (What an architecture lacks is not switched here.)
Rules rules_of(const Scenario& scenario, const Expectation& entry, Kernel kernel);

} // namespace model
