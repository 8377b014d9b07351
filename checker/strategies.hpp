// SPDX-License-Identifier: GPL-2.0-only
// The strategies, each in the file of its name. Callers outside use search() of search.hpp.
#pragma once

#include "checker/search.hpp"

namespace checker {

/// Every interleaving, no reduction, no memory: the oracle for programs without loops.
SearchResult search_naive(const Program& program, const SearchOptions& options);

/// Every state once, kept whole, no reduction: the oracle for the rest.
SearchResult search_plain(const Program& program, const SearchOptions& options);

/// Every state once, kept as a fingerprint, with the reductions that pay.
SearchResult search_stateful(const Program& program, const SearchOptions& options);

/// The schedules with at most `options.bound` preemptions or delays; see bounded.cpp.
SearchResult search_bounded(const Program& program, const SearchOptions& options);

/// Sampled schedules; see sampling.hpp.
SearchResult search_random(const Program& program, const SearchOptions& options);
SearchResult search_pct(const Program& program, const SearchOptions& options);
SearchResult search_pos(const Program& program, const SearchOptions& options);

/// One schedule of each Mazurkiewicz trace, no memory of states: optimal dynamic partial-order reduction.
SearchResult search_dpor(const Program& program, const SearchOptions& options);

} // namespace checker
