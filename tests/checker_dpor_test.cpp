// SPDX-License-Identifier: GPL-2.0-only
// The partial-order reduction against what it must equal: it runs exactly one schedule of each Mazurkiewicz trace of
// generated programs, counted by brute force (tests/trace_counter.hpp). That it finds what other strategies find is in
// tests/checker_generated_test.cpp too.
#include "bench/classic/classic.hpp"
#include "bench/peers/swap_toy.hpp"
#include "checker/search.hpp"
#include "tests/checker_programs.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/settings.hpp"
#include "tests/trace_counter.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>

using namespace checker;
using namespace small;
using generated::GeneratedProgram;

namespace {

SearchOptions dpor(Engine engine = Engine::automata, bool commuting = true) {
    return {
        .strategy = Strategy::dpor, .engine = engine, .reductions = {.commute = commuting}, .counterexamples = false};
}

/// How many schedules are explored; the test fails unless the search is complete.
std::uint64_t executions(const Program& program, const SearchOptions& options = dpor()) {
    const SearchResult result = search(program, options);
    CAPTURE(result.error, result.stopped_because);
    REQUIRE((result.verdict == Verdict::holds || result.verdict == Verdict::violated));
    return result.executions;
}

/// By several workers, which ask each other for work from the beginning.
SearchOptions together(SearchOptions options, unsigned jobs) {
    options.jobs = jobs;
    options.share_after = 4;
    return options;
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
        SearchOptions options = dpor(engine, commuting);
        REQUIRE(executions(program, options) == *expected);
        options.sibling_order_seed = seed;
        if (seed % 2 == 0) options = together(options, seed % 4 == 0 ? 2 : 3);
        REQUIRE(executions(program, options) == *expected);
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

TEST_CASE("a deadlock is found although no step of the schedule that is run first races with another", "[dpor]") {
    // Each thread is run to its end before the other: only what a blocked thread waits to do shows the other order.
    Program program;
    const Mutex a = program.mutex("a");
    const Mutex b = program.mutex("b");
    const auto both = [](Thread& t, Mutex first, Mutex second) {
        t.lock(first);
        t.lock(second);
        t.unlock(second);
        t.unlock(first);
    };
    program.add_thread("ab", [=](Thread& t) { both(t, a, b); });
    program.add_thread("ba", [=](Thread& t) { both(t, b, a); });
    const SearchResult result = search(program, {.strategy = Strategy::dpor});
    CHECK(result.verdict == Verdict::violated);
    CHECK(names(result) == std::vector<std::string>{deadlock_property});
    // Either thread first, or each with its first lock.
    CHECK(result.executions == 3);
}

TEST_CASE("threads that only meet in one lock have a trace for each order", "[dpor]") {
    CHECK(executions(counting(2, true)) == 2);
    CHECK(executions(counting(4, true)) == 24);
    CHECK(executions(independent(6, 5)) == 1);
}

TEST_CASE("a wait that was blocked on the way is also tried before what blocked it", "[dpor]") {
    // Both values are equal before either store and after both, but not between.
    Program program;
    const auto x = program.var<int>("x");
    const auto y = program.var<int>("y");
    const auto early = program.var<int>("early");
    program.add_thread("x", [=](Thread& t) { t.store(x, 1); });
    program.add_thread("y", [=](Thread& t) { t.store(y, 1); });
    program.add_thread("waits", [=](Thread& t) {
        t.wait_until(
            "are equal", [](const View& view, CellId a, CellId b) { return view[a] == view[b]; }, Where::here(), x.cell,
            y.cell);
        t.store(early, 1 - t.load(x));
    });
    program.add_property(sometimes("early", {early.cell}, equals(early, 1)));
    for (const Engine engine : {Engine::automata, Engine::fibers, Engine::replay}) {
        const SearchResult result = search(program, dpor(engine));
        CHECK(result.verdict == Verdict::holds);
    }
}

TEST_CASE("each value of a choice is followed, with every order of what conflicts", "[dpor]") {
    Program program;
    const auto x = program.var<unsigned>("x");
    for (const char* name : {"a", "b"}) program.add_thread(name, [=](Thread& t) { t.store(x, t.choose(3)); });
    // Three values each, and which store is the last.
    CHECK(executions(program) == 18);
}

/// What is said of a search, apart from timings and schedules.
std::string report(const SearchResult& result) {
    std::ostringstream text;
    for (const std::string& name : names(result)) text << name << ", ";
    for (const std::string& name : result.never_reached) text << "never " << name << ", ";
    for (const Hash128& state : result.final_states) text << std::hex << state.low << std::dec << ' ';
    text << result.executions << ' ' << result.transitions << ' ' << result.states << ' ' << result.max_depth << ' '
         << result.local_states << ' ' << result.fiber_runs << ' ' << static_cast<int>(result.verdict);
    return text.str();
}

TEST_CASE("workers that leave each other branches explore each trace once, whoever is how fast", "[dpor][parallel]") {
    for (const bool commuting : {true, false}) {
        for (const Program& program : {classic::lastzero(8), classic::casw(4), classic::fib_bench(3),
                                       classic::readers(8), classic::filesystem(18), counting(4, false),
                                       peers::swap_toy({.o_direct = 1, .reclaimers = 2, .writers = 2})}) {
            SearchOptions options = dpor(Engine::automata, commuting);
            options.collect_final_states = true;
            const std::string alone = report(search(program, options));
            for (unsigned round = 0; round < (generated::quick() ? 2 : 20); ++round)
                REQUIRE(report(search(program, together(options, 2 + round % 4))) == alone);
        }
    }
}

TEST_CASE("an error, a bound and the first violation end the search of all workers", "[dpor][parallel]") {
    SearchOptions options = together(dpor(), 3);
    options.max_seconds = 0.05;
    const SearchResult bounded = search(classic::lastzero(20), options);
    CHECK(bounded.verdict == Verdict::inconclusive);
    CHECK_THAT(bounded.stopped_because, Catch::Contains("time was up"));

    Program program;
    const auto x = program.var<int>("x");
    for (int thread = 0; thread < 6; ++thread) {
        program.add_thread("t", [=](Thread& t) {
            const int old = t.exchange(x, thread);
            t.check(old != 5 || thread != 0, "never 0 after 5");
        });
    }
    options = together(dpor(), 3);
    CHECK(executions(program, options) == 720);
    options.stop_at_first = true;
    const SearchResult stopped = search(program, options);
    CHECK(stopped.verdict == Verdict::violated);
    CHECK(stopped.executions < 720);

    program.add_thread("wrong", [=](Thread& t) {
        const int old = t.exchange(x, 6);
        if (old == 3) t.unlock(Mutex{x.cell, 1});
    });
    const SearchResult wrong = search(program, together(dpor(), 3));
    CHECK(wrong.verdict == Verdict::error);
    CHECK_FALSE(wrong.error.empty());
}

TEST_CASE("an endless loop ends in a bound that is named, or in an error that names the loop", "[dpor]") {
    const auto spinning = [](bool forgets) {
        Program program;
        const auto x = program.var<int>("x");
        program.add_thread("spins", [=](Thread& t) {
            do {
                if (forgets) t.forget("spin");
            } while (t.load(x) == 0);
        });
        program.add_thread("stores", [=](Thread& t) { t.store(x, 1); });
        return search(program, {.strategy = Strategy::dpor, .max_depth = 10'000});
    };
    const SearchResult bounded = spinning(true);
    CHECK(bounded.verdict == Verdict::inconclusive);
    CHECK_THAT(bounded.stopped_because, Catch::Contains("10,000"));
    const SearchResult refused = spinning(false);
    CHECK(refused.verdict == Verdict::error);
    CHECK_THAT(refused.error, Catch::Contains("without a forget"));
}
