// SPDX-License-Identifier: GPL-2.0-only
// Checks that keys tell enough: that states which searches take for one really go on alike. A thread's key leaves out
// whatever a `forget` or a returned call says is of no more use; its stack leaves out nothing.
#pragma once

#include "checker/program.hpp"

#include <cstdint>
#include <string>

namespace checker {

struct AuditResult {
    /// Empty if keys are exact as far as the audit came; else which thread goes on differently in states of equal keys.
    std::string fault;
    std::string error;                 ///< what is wrong with the program itself; then nothing was compared beyond it
    bool complete = false;             ///< every state was looked at
    std::uint64_t raw_states = 0;      ///< told apart by the bytes of the stacks
    std::uint64_t observed_states = 0; ///< told apart as searches do
};

/// Explores every state, told apart by all that the stacks hold, and compares: where two have equal cells, keys and announced
/// operations, each step must lead to equal ones again. Ends early after `max_states` raw states (0: no bound).
AuditResult audit(const Program& program, std::uint64_t max_states);

} // namespace checker
