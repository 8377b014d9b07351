// SPDX-License-Identifier: GPL-2.0-only
// Ways to search a generated program, and what all of them must agree on.
#pragma once

#include "checker/search.hpp"

#include <sstream>
#include <string>

namespace generated {

/// Naive trees above this are not worth their time.
inline constexpr std::uint64_t max_nodes = 8'000;

/// One way to search, and its name for messages.
struct Way {
    const char* name;
    checker::SearchOptions options;
};

inline checker::SearchOptions way(checker::Strategy strategy, checker::Engine engine,
                                  std::uint64_t sibling_order_seed = 0, std::uint64_t seed = 0) {
    checker::SearchOptions options;
    options.strategy = strategy;
    options.engine = engine;
    options.sibling_order_seed = sibling_order_seed;
    options.seed = seed;
    options.counterexamples = false;
    options.collect_final_states = true;
    options.check_footprints = true;
    options.max_states = max_nodes;
    return options;
}

/// `stateful` with these reductions.
inline checker::SearchOptions reduced(checker::Reductions reductions, std::uint64_t sibling_order_seed = 0,
                                      std::uint64_t seed = 0) {
    checker::SearchOptions options =
        way(checker::Strategy::stateful, checker::Engine::automata, sibling_order_seed, seed);
    options.reductions = reductions;
    return options;
}

/// By several threads, or by one whose workers take turns, from the first states on.
inline checker::SearchOptions together(checker::SearchOptions options, unsigned jobs) {
    options.jobs = jobs;
    options.share_after = jobs > 1 ? 16 : 1;
    options.max_states = 0;
    return options;
}

/// What all ways must agree on, as text.
inline std::string findings_of(const checker::SearchResult& result) {
    using checker::Verdict;
    std::ostringstream text;
    text << (result.verdict == Verdict::violated ? "violated" : result.verdict == Verdict::holds ? "holds" : "neither");
    for (const checker::Violation& violation : result.violations) text << "; " << violation.property;
    for (const std::string& property : result.never_reached) text << "; never reached: " << property;
    text << "; final states " << std::hex;
    for (const checker::Hash128& state : result.final_states) text << state.low << state.high << ' ';
    return text.str();
}

} // namespace generated
