// SPDX-License-Identifier: GPL-2.0-only
// What ends a search early, and what must not change its result.

#include "checker/grouped.hpp"
#include "tests/checker_programs.hpp"

#include <atomic>
#include <map>

using namespace checker;
using namespace small;

TEST_CASE("a search can stop at the first violation, and then claims nothing else", "[bounds]") {
    Program program = counting(2, false);
    program.add_property(sometimes("never", {}, [](const View&) { return false; }));
    for (const Strategy strategy : every_strategy) {
        const SearchResult result = search(program, {.strategy = strategy, .stop_at_first = true});
        CHECK(result.verdict == Verdict::violated);
        CHECK(names(result) == std::vector<std::string>{"all are counted"});
        CHECK(result.never_reached.empty());
    }
}

TEST_CASE("bounds end a search as inconclusive and say how far it came", "[bounds]") {
    const Program program = independent(4, 6);
    for (const Strategy strategy : every_strategy) {
        const SearchResult states =
            search(program, {.strategy = strategy, .reductions = Reductions::none(), .max_states = 100});
        CHECK(states.verdict == Verdict::inconclusive);
        CHECK(states.states == 100);
        CHECK_THAT(states.stopped_because, Catch::StartsWith("the bound of 100 states was reached ("));
        const SearchResult depth = search(program, {.strategy = strategy, .max_depth = 23});
        CHECK(depth.verdict == Verdict::inconclusive);
        CHECK_THAT(depth.stopped_because, Catch::StartsWith("the bound of 23 steps in one schedule was reached"));
    }
    CHECK(search(program, {.max_states = 7UL * 7 * 7 * 7, .max_depth = 24}).verdict == Verdict::holds);
}

TEST_CASE("a bound of memory holds for the visited table", "[bounds]") {
    const Program program = independent(4, 8);
    for (const Strategy strategy : with_memory) {
        const SearchResult result =
            search(program, {.strategy = strategy, .reductions = Reductions::none(), .max_memory_bytes = 30'000});
        CHECK(result.verdict == Verdict::inconclusive);
        CHECK_THAT(result.stopped_because, Catch::StartsWith("the bound of 30,000 bytes for visited states"));
        CHECK(result.states > 50);
        CHECK(result.table_bytes <= 30'000 + 1'000);
    }
}

TEST_CASE("time and interruption end a search, and progress is reported on the way", "[bounds]") {
    const Program program = independent(5, 12);
    std::atomic<bool> interrupted{false};
    std::uint64_t reports = 0;
    SearchOptions options{.strategy = Strategy::naive, .max_seconds = 0.5};
    options.progress = [&](const Progress& now) {
        ++reports;
        CHECK(now.states > 0);
        CHECK(now.depth <= 60);
    };
    options.interrupted = &interrupted;
    const SearchResult timed = search(program, options);
    CHECK(timed.verdict == Verdict::inconclusive);
    CHECK_THAT(timed.stopped_because, Catch::StartsWith("the time was up"));
    CHECK(reports >= 2);
    interrupted = true;
    CHECK_THAT(search(program, options).stopped_because, Catch::StartsWith("it was interrupted"));
}

TEST_CASE("several workers that are stopped say how many steps all of them took", "[bounds]") {
    Program program;
    const auto shared = program.var<int>("shared");
    for (int thread = 0; thread < 6; ++thread)
        program.add_thread("t", [=](Thread& t) {
            for (int round = 0; round < 8; ++round) t.store(shared, 8 * thread + round);
        });
    for (const unsigned jobs : {1U, 2U}) {
        for (const Strategy strategy : {Strategy::stateful, Strategy::dpor}) {
            std::atomic<bool> interrupted = false;
            SearchOptions options{.strategy = strategy, .reductions = Reductions::none()};
            options.jobs = jobs;
            options.share_after = jobs > 1 ? 16 : 1;
            options.interrupted = &interrupted;
            options.progress_interval = 0;
            options.progress = [&](const Progress&) { interrupted = true; };
            const SearchResult result = search(program, options);
            CHECK(result.verdict == Verdict::inconclusive);
            CHECK_THAT(result.stopped_because,
                       Catch::Contains("(" + grouped(result.transitions) + " transitions, depth "));
        }
    }
}

TEST_CASE("seeds, engines and sibling orders change no count of states", "[determinism]") {
    Program program = counting(3, true);
    const auto a = program.var<unsigned>("a");
    program.add_thread("chooses", [=](Thread& t) { t.store(a, t.choose(3)), t.store(a, t.choose(2)); });
    const SearchResult reference = search(program, {.reductions = {.merge = false}, .collect_final_states = true});
    CHECK(reference.missed_state_probability < 1e-15);
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        for (const Engine engine : {Engine::automata, Engine::fibers, Engine::replay}) {
            const SearchResult result = search(program, {.engine = engine,
                                                         .reductions = {.merge = false},
                                                         .seed = seed * 77,
                                                         .sibling_order_seed = seed,
                                                         .collect_final_states = true});
            CHECK(result.states == reference.states);
            CHECK(result.transitions == reference.transitions);
            CHECK(result.executions == reference.executions);
            CHECK(result.final_states == reference.final_states);
        }
    }
}

TEST_CASE("a shuffled naive search sees the same tree in another order", "[determinism]") {
    const Program program = counting(3, false);
    const SearchResult in_order = search(program, {.strategy = Strategy::naive, .counterexamples = false});
    std::map<std::size_t, int> first_schedules;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const SearchResult shuffled =
            search(program, {.strategy = Strategy::naive, .counterexamples = false, .sibling_order_seed = seed});
        CHECK(shuffled.states == in_order.states);
        CHECK(shuffled.executions == in_order.executions);
        first_schedules[shuffled.violations[0].schedule == in_order.violations[0].schedule ? 0 : 1]++;
    }
    CHECK(first_schedules[1] > 0);
}
