// SPDX-License-Identifier: GPL-2.0-only
// The strategies that sample schedules: what they find is really there, the same seed gives the same report, and what they
// say of their chances is true. Everything here is decided by seeds, so nothing here can fail by bad luck.

#include "checker/random.hpp"
#include "tests/checker_programs.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

#include <array>
#include <cmath>
#include <tuple>

using namespace checker;
using namespace small;
using Catch::Contains;
using generated::comparable;
using generated::final_states;
using generated::GeneratedProgram;
using generated::is_subset;
using generated::violated_names;

namespace {

constexpr Strategy sampling[] = {Strategy::random, Strategy::pct, Strategy::pos};

SearchOptions sampled(Strategy strategy, std::uint64_t runs, std::uint64_t seed = 1) {
    SearchOptions options = comparable(strategy);
    options.runs = runs;
    options.random_seed = seed;
    return options;
}

/// All that a sample says, to be compared.
auto everything(const SearchResult& r) {
    const Sample& s = r.sample.value();
    return std::tuple(r.verdict, violated_names(r), final_states(r), r.stopped_because, r.states, r.transitions,
                      std::tuple(s.seed, s.runs, s.steps, s.longest_run, s.cut_runs, s.lock_orders, s.first_violation,
                                 s.counted_all, s.bug_depth, s.run_finds_bug, s.runs_find_bug));
}

struct Tally {
    std::uint64_t violated = 0;
    std::uint64_t missed = 0;
    std::vector<std::string> disagreements;
    void operator+=(const Tally& other) {
        violated += other.violated;
        missed += other.missed;
        disagreements.insert(disagreements.end(), other.disagreements.begin(), other.disagreements.end());
    }
};

std::uint64_t scaled(std::uint64_t count) { return generated::quick() ? count / 10 : count; }

/// One thread stores 1 to a variable; the other, after so many steps of its own, asserts that this has not happened yet.
Program late(unsigned steps) {
    Program program;
    const auto seen = program.var<int>("seen");
    const auto own = program.var<unsigned>("own");
    program.add_thread("stores", [=](Thread& t) { t.store(seen, 1); });
    program.add_thread("goes on", [=](Thread& t) {
        for (unsigned i = 1; i <= steps; ++i) t.store(own, i);
        t.check(t.load(seen) == 1, "it was stored early");
    });
    return program;
}

} // namespace

TEST_CASE("random numbers are the same everywhere, and every bound is met evenly", "[sampling]") {
    Random random(1, 0);
    CHECK(std::array{random.next(), random.next()} ==
          std::array<std::uint64_t, 2>{3877276964983705224ULL, 2068098413453503709ULL});
    CHECK(Random(1, 1).next() != Random(1, 0).next());
    CHECK(Random(2, 0).next() != Random(1, 0).next());
    std::array<unsigned, 6> counts{};
    for (unsigned i = 0; i < 60'000; ++i) ++counts.at(random.below(6));
    for (const unsigned count : counts) CHECK(std::abs(static_cast<int>(count) - 10'000) < 400);
    // Of four words three would be chosen, multiples of three twice as often as others, were nothing thrown away.
    const std::uint64_t bound = 3ULL << 62;
    unsigned multiples = 0;
    for (unsigned i = 0; i < 30'000; ++i) multiples += random.below(bound) % 3 == 0 ? 1 : 0;
    CHECK(std::abs(static_cast<int>(multiples) - 10'000) < 400);
    for (unsigned i = 0; i < 100; ++i) CHECK((0b1010'0110 >> random.any_bit(0b1010'0110) & 1) != 0);
}

TEST_CASE("what sampling reports of generated programs is a part of what naive reports", "[sampling][generated]") {
    const Tally tally = generated::sum_over_seeds<Tally>(8'000'000, scaled(3'000), [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, {.more_forgets = seed % 4 == 0, .steps = 10});
        const Program program = generated::build(code);
        SearchOptions naive = comparable(Strategy::naive);
        naive.max_states = 8'000;
        const SearchResult whole = search(program, naive);
        if (!whole.stopped_because.empty()) return;
        for (const Strategy strategy : sampling) {
            const SearchResult found = search(program, sampled(strategy, 5, seed));
            const auto names = violated_names(found);
            sum.violated += names.empty() ? 0 : 1;
            sum.missed += names.size() < violated_names(whole).size() ? 1 : 0;
            const Verdict verdict = names.empty() ? Verdict::inconclusive : Verdict::violated;
            if (found.verdict == verdict && is_subset(names, violated_names(whole)) && !final_states(found).empty() &&
                is_subset(final_states(found), final_states(whole)) && found.never_reached.empty())
                continue;
            sum.disagreements.push_back(generated::describe(code) + found.error);
        }
    });
    for (const std::string& disagreement : tally.disagreements) UNSCOPED_INFO(disagreement);
    REQUIRE(tally.disagreements.empty());
    CHECK(tally.violated >= scaled(2'500));
    CHECK(tally.missed >= scaled(100));
}

TEST_CASE("with runs enough sampling sees all of a small program", "[sampling]") {
    const Program program = counting(3, false);
    const SearchResult whole = search(program, comparable(Strategy::plain));
    for (const Strategy strategy : sampling) {
        const SearchResult found = search(program, sampled(strategy, 2'000));
        CHECK(found.verdict == Verdict::violated);
        CHECK(violated_names(found) == violated_names(whole));
        CHECK(final_states(found) == final_states(whole));
        // A thread that pct puts last goes on last, so it does not see all.
        CHECK(found.states <= whole.states);
        if (strategy != Strategy::pct) CHECK(found.states == whole.states);
    }
}

TEST_CASE("the same seed gives the same report in every engine, another seed another one", "[sampling]") {
    for (std::uint64_t seed = 8'100'000; seed < 8'100'060; ++seed) {
        const GeneratedProgram code = generated::generate(seed, {.endless_loops = seed % 2 == 0, .steps = 18});
        const Program program = generated::build(code);
        for (const Strategy strategy : sampling) {
            SearchOptions options = sampled(strategy, 10, seed);
            options.max_depth = 300;
            const auto expected = everything(search(program, options));
            CHECK(everything(search(program, options)) == expected);
            options.seed = ~seed;
            options.engine = Engine::fibers;
            CHECK(everything(search(program, options)) == expected);
            options.engine = Engine::replay;
            CHECK(everything(search(program, options)) == expected);
        }
    }
    const Program program = independent(3, 20);
    for (const Strategy strategy : sampling)
        CHECK(search(program, sampled(strategy, 5, 1)).states != search(program, sampled(strategy, 5, 2)).states);
}

TEST_CASE("a sample that finds nothing is inconclusive and says what it covered", "[sampling]") {
    const Program program = counting(3, true);
    for (const Strategy strategy : sampling) {
        const SearchResult result = search(program, sampled(strategy, 200));
        CHECK(result.verdict == Verdict::inconclusive);
        CHECK(result.stopped_because == "200 runs found nothing");
        REQUIRE(result.sample);
        CHECK(result.sample->runs == 200);
        CHECK(result.sample->steps == 200UL * 12);
        CHECK(result.sample->longest_run == 12);
        CHECK(result.sample->cut_runs == 0);
        CHECK(result.sample->first_violation == 0);
        // Three threads get the lock in one of six orders.
        CHECK(result.sample->lock_orders == 6);
        CHECK(result.states == search(program, {.strategy = Strategy::plain}).states);
    }
    CHECK(search(program, sampled(Strategy::random, 1)).stopped_because == "1 run found nothing");
}

TEST_CASE("orders of all kinds of locks are counted, of a trylock only where it gets the lock", "[sampling]") {
    Program program;
    const Mutex m = program.mutex("m");
    const RwLock l = program.rwlock("l");
    program.add_thread("a", [=](Thread& t) {
        if (t.trylock(m)) t.unlock(m);
    });
    program.add_thread("b", [=](Thread& t) {
        t.lock(m);
        t.unlock(m);
        t.read_lock(l);
        t.read_unlock(l);
    });
    // a alone fails; a then b; b's lock, a, b's read lock; b, b, a: the failing order and three others.
    CHECK(search(program, sampled(Strategy::random, 500)).sample->lock_orders == 4);
}

TEST_CASE("a run that does not end is cut, counted and said", "[sampling]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread("loops", [=](Thread& t) {
        for (;;) {
            t.forget("again");
            t.store(a, 1 - t.load(a));
        }
    });
    for (const Strategy strategy : sampling) {
        SearchOptions options = sampled(strategy, 7);
        options.max_depth = 50;
        const SearchResult result = search(program, options);
        CHECK(result.verdict == Verdict::inconclusive);
        REQUIRE(result.sample);
        CHECK(result.sample->runs == 7);
        CHECK(result.sample->cut_runs == 7);
        CHECK(result.sample->longest_run == 50);
        CHECK(result.sample->lock_orders == 0);
        CHECK(result.states == 4);
    }
}

TEST_CASE("a thread that spins for another does not keep it from going on, in any strategy", "[sampling]") {
    Program program;
    const auto flag = program.var<int>("flag");
    program.add_thread("spins", [=](Thread& t) {
        do t.forget("spin");
        while (t.load(flag) == 0);
    });
    program.add_thread("sets", [=](Thread& t) { t.store(flag, 1); });
    for (const Strategy strategy : sampling) {
        const SearchResult result = search(program, sampled(strategy, 500));
        CHECK(result.sample->cut_runs == 0);
        CHECK(result.sample->longest_run < 30);
        CHECK_FALSE(result.final_states.empty());
    }
}

TEST_CASE("time, states and the first violation end a sample before all runs are done", "[sampling]") {
    for (const Strategy strategy : sampling) {
        SearchOptions options = sampled(strategy, 1'000'000'000);
        options.max_seconds = 0.05;
        const SearchResult time = search(independent(3, 5), options);
        CHECK(time.verdict == Verdict::inconclusive);
        CHECK_THAT(time.stopped_because, Contains(" runs found nothing; the time was up"));
        options = sampled(strategy, 1'000);
        options.max_states = 20;
        CHECK_THAT(search(independent(3, 5), options).stopped_because, Contains("the bound of 20 states was reached"));
        options = sampled(strategy, 1'000);
        options.stop_at_first = true;
        const SearchResult first = search(counting(2, false), options);
        CHECK(first.verdict == Verdict::violated);
        CHECK(first.sample->first_violation == first.sample->runs + 1);
    }
}

TEST_CASE("where memory is up states are no longer counted, and that is said", "[sampling]") {
    SearchOptions options = sampled(Strategy::random, 2'000);
    options.max_memory_bytes = 20'000;
    const SearchResult result = search(independent(4, 8), options);
    CHECK(result.sample->runs == 2'000);
    CHECK_FALSE(result.sample->counted_all);
    CHECK(result.states > 100);
    CHECK(result.table_bytes <= 20'000);
}

TEST_CASE("sampling shows the same counterexample as a search", "[sampling]") {
    const Program program = counting(3, false);
    const SearchResult expected = search(program, {});
    for (const Strategy strategy : sampling) {
        const SearchResult found = search(program, {.strategy = strategy, .runs = 50});
        REQUIRE(found.violations.size() == 1);
        CHECK(found.violations[0].canonical);
        CHECK(found.violations[0].schedule == expected.violations.at(0).schedule);
    }
}

TEST_CASE("a wrong program is an error to a sample too", "[sampling]") {
    Program program;
    const Mutex m = program.mutex("m");
    program.add_thread("t", [=](Thread& t) { t.unlock(m); });
    for (const Strategy strategy : sampling) {
        const SearchResult result = search(program, sampled(strategy, 5));
        CHECK(result.verdict == Verdict::error);
        CHECK_THAT(result.error, Contains("unlocks what is not locked"));
    }
}

TEST_CASE("an operation that has to come late comes late now and then with priorities, hardly ever on a walk",
          "[sampling]") {
    const Program program = late(20);
    const auto first_violation = [&](Strategy strategy) {
        SearchOptions options = sampled(strategy, 200);
        options.bug_depth = 1;
        return search(program, options).sample->first_violation;
    };
    CHECK(first_violation(Strategy::random) == 0);
    // Its priority is the lowest of 22: one run in 22. With priorities of threads: one in two.
    CHECK(first_violation(Strategy::pos) != 0);
    CHECK(first_violation(Strategy::pct) != 0);
    CHECK(first_violation(Strategy::pct) < 10);
}

TEST_CASE("pct finds a bug of the given depth as often as it says", "[sampling][pct]") {
    // A bug of depth 2: "b" has to go between the first two steps of "a", for which there is one change point and one order
    // of the threads, so that the bound is what really happens.
    Program program;
    const auto phase = program.var<int>("phase");
    program.add_thread("a", [=](Thread& t) {
        t.store(phase, 1);
        t.store(phase, 0);
        t.store(phase, 0);
        t.store(phase, 0);
    });
    program.add_thread("b", [=](Thread& t) { t.check(t.load(phase) == 0, "not within"); });
    SearchOptions options = sampled(Strategy::pct, 30);
    options.bug_depth = 2;
    const SearchResult one = search(program, options);
    REQUIRE(one.sample);
    CHECK(one.sample->bug_depth == 2);
    CHECK(one.sample->longest_run == 5);
    CHECK(one.sample->run_finds_bug == Approx(1.0 / (2 * 5)));
    // The first run, which does not know how long runs are, does not count.
    CHECK(one.sample->runs_find_bug == Approx(1 - std::pow(1 - 0.1, 29)));
    options.runs = 4;
    unsigned found = 0;
    constexpr unsigned samples = 2'000;
    for (options.random_seed = 0; options.random_seed < samples; ++options.random_seed)
        found += search(program, options).sample->first_violation != 0 ? 1 : 0;
    const double chance = search(program, options).sample->runs_find_bug;
    CHECK(chance == Approx(1 - std::pow(0.9, 3)));
    const double deviation = std::sqrt(samples * chance * (1 - chance));
    CHECK(std::abs(found - samples * chance) < 3 * deviation);
    // With depth 1 no thread ever loses its priority, and the bug is out of reach.
    options.bug_depth = 1;
    options.runs = 500;
    CHECK(search(program, options).sample->first_violation == 0);
}

TEST_CASE("of two threads that pct has put back either can be the first to go on", "[sampling][pct]") {
    // Steps are written down as digits. 13542 needs the first thread to be put back, then the second, and then to go on
    // before the first.
    Program program;
    const auto log = program.var<unsigned>("log");
    for (const auto& digits : {std::vector<unsigned>{1, 2}, {3, 4}, {5}}) {
        program.add_thread("t" + std::to_string(digits.front()), [=](Thread& t) {
            for (const unsigned digit : digits) {
                t.atomic(
                    "append",
                    [](Cells& cells, Var<unsigned> var, unsigned last) {
                        cells.set(var.cell, 10 * cells.get(var.cell) + last);
                    },
                    Where::here(), log, digit);
            }
        });
    }
    program.add_property(
        always("not in this order", {log.cell}, [=](const View& view) { return view[log.cell] != 13'542; }));
    SearchOptions options = sampled(Strategy::pct, 3'000);
    CHECK(search(program, options).verdict == Verdict::violated);
    options.bug_depth = 2;
    CHECK(search(program, options).verdict == Verdict::inconclusive);
}

TEST_CASE("pct promises nothing where runs have no known length", "[sampling][pct]") {
    Program program;
    program.add_thread("ends at once", [](Thread&) {});
    CHECK(search(program, sampled(Strategy::pct, 3)).sample->run_finds_bug == 0);
    Program loops;
    const auto a = loops.var<int>("a");
    loops.add_thread("loops", [=](Thread& t) {
        for (;;) {
            t.forget("again");
            t.store(a, 1 - t.load(a));
        }
    });
    SearchOptions options = sampled(Strategy::pct, 3);
    options.max_depth = 20;
    CHECK(search(loops, options).sample->run_finds_bug == 0);
    CHECK(search(loops, options).sample->runs_find_bug == 0);
}
