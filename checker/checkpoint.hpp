// SPDX-License-Identifier: GPL-2.0-only
// What a stateful search leaves behind so that it can be gone on with: schedules that lead to what is left to do, the table of
// states, the counts, what was found, and which results lead threads from one local state to the next. Never stacks: those
// are made again by running.
//
// The file: a header, then sections, all of them 64-bit words of this machine's byte order; each section has its name, its
// length and a checksum. It is written beside the old one, which it then replaces in one step.
#pragma once

#include "checker/automata.hpp"
#include "checker/crew.hpp"
#include "checker/findings.hpp"
#include "checker/visited.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace checker {

/// Names and values: what a checkpoint belongs to.
using Identity = std::vector<std::pair<std::string, std::string>>;

/// The counts of a search, of all its workers together.
struct SearchCounts {
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    std::uint64_t executions = 0;
    std::uint64_t max_depth = 0;
    ReductionGains gains{};
    double seconds = 0;
};

struct Checkpoint {
    SearchCounts counts;
    std::map<std::string, Schedule> violations;
    std::vector<Hash128> final_states;
    Word reached = 0; ///< sometimes-properties
    std::vector<WorkItem> left;
    std::vector<LearnedEdge> learned; ///< empty where the engine learns nothing
    Hash128 learned_digest{};
};

/// The program, and those options that another search would not give the same result without.
Identity identity_of(const Program& program, const SearchOptions& options);

/// Why such a search cannot be saved at all, with the cure; empty if it can.
std::string fault_of_checkpointing(const SearchOptions& options);

/// Returns what went wrong, naming the path; the file is then as it was before.
std::optional<std::string> write_checkpoint(const std::string& path, const Identity& identity,
                                            const Checkpoint& checkpoint, const VisitedTable::Image& table);

/// Reads a file into `checkpoint` and the empty `table`. Returns why it cannot be used, naming the path; empty if it can. What
/// is in it was written by such a search, as far as checksums can tell, but may not fit the program all the same.
std::string read_checkpoint(const std::string& path, const Identity& identity, Checkpoint& checkpoint,
                            VisitedTable& table);

} // namespace checker
