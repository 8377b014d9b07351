// SPDX-License-Identifier: GPL-2.0-only
// The partial-order reduction against what it must equal: it runs exactly one schedule of each Mazurkiewicz trace of
// generated programs, counted by brute force (tests/trace_counter.hpp). That it finds what other strategies find is in
// tests/checker_generated_test.cpp too.
#include "checker/search.hpp"
#include "tests/checker_programs.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/settings.hpp"
#include "tests/trace_counter.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace checker;
using namespace small;
using generated::GeneratedProgram;

namespace {

SearchOptions dpor(Engine engine = Engine::automata, bool commuting = true) {
    return {.strategy = Strategy::dpor, .engine = engine, .commuting_updates = commuting, .counterexamples = false};
}

/// How many schedules are explored; the test fails unless the search is complete.
std::uint64_t executions(const Program& program, const SearchOptions& options = dpor()) {
    const SearchResult result = search(program, options);
    CAPTURE(result.error, result.stopped_because);
    REQUIRE((result.verdict == Verdict::holds || result.verdict == Verdict::violated));
    return result.executions;
}

std::uint64_t scaled(std::uint64_t count) { return generated::quick() ? count / 10 : count; }

/// Of this many generated programs, those are compared that have not too many traces. Returns how many.
std::uint64_t compare_counts(std::uint64_t first, std::uint64_t count, bool with_properties, unsigned steps) {
    std::uint64_t compared = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        GeneratedProgram code = generated::generate(seed, {.more_forgets = seed % 4 == 0, .steps = steps});
        if (!with_properties) code.conditions.clear();
        const Program program = generated::build(code);
        const bool commuting = seed % 3 != 0;
        const auto expected = TraceCounter(program, commuting, 4'000).count();
        if (!expected) continue;
        ++compared;
        const Engine engine = seed % 8 == 0 ? Engine::replay : seed % 8 == 1 ? Engine::fibers : Engine::automata;
        INFO(generated::describe(code) << (commuting ? "commuting" : "not commuting"));
        REQUIRE(executions(program, dpor(engine, commuting)) == *expected);
    }
    return compared;
}

} // namespace

TEST_CASE("as many schedules are explored as generated programs have traces", "[dpor][generated]") {
    CHECK(compare_counts(10'000'000, scaled(12'000), false, 10) >= scaled(11'000));
    CHECK(compare_counts(11'000'000, scaled(4'000), false, 16) >= scaled(2'000));
}

TEST_CASE("properties that are evaluated on the way make what they read dependent, and nothing else",
          "[dpor][generated]") {
    CHECK(compare_counts(12'000'000, scaled(8'000), true, 10) >= scaled(6'000));
}
