// SPDX-License-Identifier: GPL-2.0-only
// Small programs, properties and checks that several tests of the checker use.
#pragma once

#include "checker/search.hpp"
#include "checker/thread.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace small {

using namespace checker;

inline constexpr Strategy every_strategy[] = {Strategy::naive, Strategy::plain, Strategy::stateful};
inline constexpr Strategy with_dpor[] = {Strategy::naive, Strategy::plain, Strategy::stateful, Strategy::dpor};
inline constexpr Strategy with_memory[] = {Strategy::plain, Strategy::stateful};

inline Property always(std::string name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {std::move(name), PropertyKind::always, std::move(footprint), std::move(holds), nullptr};
}
inline Property at_end(std::string name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {std::move(name), PropertyKind::at_end, std::move(footprint), std::move(holds), nullptr};
}
inline Property sometimes(std::string name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {std::move(name), PropertyKind::sometimes, std::move(footprint), std::move(holds), nullptr};
}

inline auto equals(Var<int> var, int value) {
    return [=](const View& view) { return from_word<int>(view[var.cell]) == value; };
}

/// Without merging of steps, so that states can be counted by hand.
inline SearchResult search_with(const Program& program, Strategy strategy) {
    return search(program, {.strategy = strategy, .reductions = {.merge = false}});
}

inline std::vector<std::string> names(const SearchResult& result) {
    std::vector<std::string> names;
    for (const Violation& violation : result.violations) names.push_back(violation.property);
    return names;
}

/// What all strategies must say: the verdict and exactly these violated properties.
inline void check_all(const Program& program, Verdict verdict, const std::vector<std::string>& violated) {
    for (const Strategy strategy : with_dpor) {
        for (const Engine engine : {Engine::automata, Engine::fibers, Engine::replay}) {
            const SearchResult result = search(program, {.strategy = strategy, .engine = engine});
            CAPTURE(static_cast<int>(strategy), static_cast<int>(engine), result.error, result.stopped_because);
            CHECK(result.verdict == verdict);
            CHECK(names(result) == violated);
        }
    }
}

/// `threads` threads that each store `steps` times to a variable of their own.
inline Program independent(unsigned threads, unsigned steps) {
    Program program;
    for (unsigned thread = 0; thread < threads; ++thread) {
        const auto var = program.var<unsigned>("v" + std::to_string(thread));
        program.add_thread("t" + std::to_string(thread), [=](Thread& t) {
            for (unsigned i = 1; i <= steps; ++i) t.store(var, i);
        });
    }
    return program;
}

inline std::uint64_t binomial(std::uint64_t n, std::uint64_t k) {
    std::uint64_t result = 1;
    for (std::uint64_t i = 1; i <= k; ++i) result = result * (n - k + i) / i;
    return result;
}

inline void lock_increment_unlock(Thread& t, Mutex m, Var<int> counter) {
    t.lock(m);
    const int old = t.load(counter);
    t.store(counter, old + 1);
    t.unlock(m);
}

/// Threads that count under a lock, or without.
inline Program counting(int threads, bool locked) {
    Program program;
    const auto counter = program.var<int>("counter");
    const Mutex m = program.mutex("m");
    for (int thread = 0; thread < threads; ++thread) {
        program.add_thread("t", [=](Thread& t) {
            if (locked)
                lock_increment_unlock(t, m, counter);
            else
                t.store(counter, t.load(counter) + 1);
        });
    }
    program.add_property(at_end("all are counted", {counter.cell}, equals(counter, threads)));
    return program;
}

} // namespace small
