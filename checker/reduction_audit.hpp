// SPDX-License-Identifier: GPL-2.0-only
// Checks that a search with reductions leaves out nothing: where keys and stacks are audited in audit.hpp, here it is what
// Strategy::stateful does not explore.
//
// The exact states that the reduced search keeps are gathered; from some of them, an unreduced search goes a few steps deep.
// If the reductions are sound, then in each state that it comes to
//
// - whoever goes on by the reduced rules alone, that is, takes steps that may be merged and draws values as long as there are
//   any, comes to a state that is kept, whatever values are drawn. For such a step commutes with all that others may do: with
//   all that they have just done, too, so taking it now leads to where taking it at once would have led.
// - no property is violated, no assertion failed, no deadlock, no `sometimes` true that the reduced search has not found.
// - no thread goes on from a local state with a result that it was not told there in the reduced search.
//
// The rules are asked of the engine, so a rule that says too much is not taken at its word: it is found where the states that
// it leads to differ.
#pragma once

#include "checker/search.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace checker {

struct ReductionAuditOptions {
    SearchOptions search{};        ///< of Strategy::stateful; with the reductions to audit
    std::uint64_t samples = 1'000; ///< kept states to begin at; all, if there are not so many
    std::uint32_t depth = 4;       ///< unreduced steps from each
    std::uint64_t sample_seed = 1; ///< which states; equal seeds take equal states
};

struct ReductionAudit {
    std::string fault;  ///< empty, or what was left out
    std::string error;  ///< why nothing could be audited: the program is wrong, or the search did not come to its end
    SearchResult found; ///< by the reduced search
    std::uint64_t sampled = 0;
    std::uint64_t compared = 0; ///< states that the unreduced search came to, each counted once
};

ReductionAudit audit_reductions(const Program& program, const ReductionAuditOptions& options);

} // namespace checker
