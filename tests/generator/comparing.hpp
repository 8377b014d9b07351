// SPDX-License-Identifier: GPL-2.0-only
// What tests that compare searches of generated programs have in common.
#pragma once

#include "checker/search.hpp"
#include "tests/generator/settings.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace generated {

/// Options of a search whose findings are compared with another's.
inline checker::SearchOptions comparable(checker::Strategy strategy,
                                         checker::Engine engine = checker::Engine::automata) {
    checker::SearchOptions options;
    options.strategy = strategy;
    options.engine = engine;
    options.counterexamples = false;
    options.collect_final_states = true;
    return options;
}

inline std::set<std::string> violated_names(const checker::SearchResult& result) {
    std::set<std::string> names;
    for (const checker::Violation& violation : result.violations) names.insert(violation.property);
    return names;
}

inline std::string text_of(const checker::Hash128& state) {
    std::ostringstream text;
    text << std::hex << state.low << ' ' << state.high;
    return text.str();
}
inline std::set<std::string> final_states(const checker::SearchResult& result) {
    std::set<std::string> states;
    for (const checker::Hash128& state : result.final_states) states.insert(text_of(state));
    return states;
}

template <class T>
bool is_subset(const std::set<T>& part, const std::set<T>& whole) {
    return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

/// Calls `one(seed, sum)` for `count` seeds from `first` on, on all processors; sums are added up in a fixed order.
template <class Sum, class F>
Sum sum_over_seeds(std::uint64_t first, std::uint64_t count, F one) {
    const std::uint64_t workers = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    std::vector<Sum> sums(workers);
    std::vector<std::thread> threads;
    for (std::uint64_t worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            for (std::uint64_t seed = first + worker; seed < first + count; seed += workers) one(seed, sums[worker]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    Sum sum;
    for (const Sum& part : sums) sum += part;
    return sum;
}

} // namespace generated
