// SPDX-License-Identifier: GPL-2.0-only
// Optimality: the partial-order reduction runs the classical programs of its literature in exactly as many schedules as
// they have Mazurkiewicz traces. The counts were measured with other checkers (bench/classic/classic.hpp).
#include "bench/classic/classic.hpp"
#include "bench/peers/swap_toy.hpp"
#include "checker/search.hpp"

#include <catch2/catch.hpp>

using namespace checker;

namespace {

/// How many schedules are explored of a program of which nothing is violated.
std::uint64_t executions(const Program& program, bool commuting = true, Engine engine = Engine::automata) {
    const SearchResult result = search(
        program,
        {.strategy = Strategy::dpor, .engine = engine, .reductions = {.commute = commuting}, .counterexamples = false});
    CAPTURE(result.error, result.stopped_because);
    REQUIRE(result.verdict == Verdict::holds);
    return result.executions;
}

Program toy(unsigned o_direct, unsigned reclaimers, unsigned writers) {
    return peers::swap_toy({.o_direct = o_direct, .reclaimers = reclaimers, .writers = writers});
}

} // namespace

TEST_CASE("n readers of one variable have 2^n traces", "[dpor][classic]") {
    CHECK(executions(classic::readers(8)) == 256);
    CHECK(executions(classic::readers(10)) == 1'024);
    CHECK(executions(classic::readers(13)) == 8'192);
}

TEST_CASE("lastzero, which needs wakeup trees, is explored without a wasted schedule", "[dpor][classic]") {
    CHECK(executions(classic::lastzero(5)) == 64);
    CHECK(executions(classic::lastzero(8)) == 704);
    CHECK(executions(classic::lastzero(10)) == 3'328);
    CHECK(executions(classic::lastzero(12)) == 15'360);
    CHECK(executions(classic::lastzero(15)) == 147'456);
}

TEST_CASE("inserters into a hash table with a lock for each entry seldom meet", "[dpor][classic]") {
    CHECK(executions(classic::indexer(12)) == 8);
    CHECK(executions(classic::indexer(13)) == 64);
    CHECK(executions(classic::indexer(14)) == 512);
    CHECK(executions(classic::indexer(15)) == 4'096);
}

TEST_CASE("what races in a file system are locks within locks", "[dpor][classic]") {
    CHECK(executions(classic::filesystem(14)) == 2);
    CHECK(executions(classic::filesystem(16)) == 8);
    CHECK(executions(classic::filesystem(18)) == 32);
    CHECK(executions(classic::filesystem(19)) == 64);
    CHECK(executions(classic::filesystem(20)) == 128);
    CHECK(executions(classic::filesystem(22)) == 512);
}

TEST_CASE("a compare-and-swap that fails only reads", "[dpor][classic]") {
    CHECK(executions(classic::casw(3)) == 66);
    CHECK(executions(classic::casw(4)) == 1'200);
    CHECK(executions(classic::casw(5)) == 32'880);
}

TEST_CASE("fib_bench has the traces that other checkers count", "[dpor][classic]") {
    CHECK(executions(classic::fib_bench(3)) == 1'698);
    CHECK(executions(classic::fib_bench(4)) == 19'605);
    CHECK(executions(classic::fib_bench(5)) == 218'243);
}

TEST_CASE("additions of which nobody sees the result have one trace, or n! if that is not used", "[dpor][classic]") {
    for (const unsigned n : {1U, 3U, 5U, 7U}) CHECK(executions(classic::ainc(n)) == 1);
    CHECK(executions(classic::ainc(3), false) == 6);
    CHECK(executions(classic::ainc(5), false) == 120);
    CHECK(executions(classic::ainc(7), false) == 5'040);
}

TEST_CASE("the swap toy has the traces of its C twin, with commuting updates and without", "[dpor][classic]") {
    CHECK(executions(toy(1, 1, 1)) == 8);
    CHECK(executions(toy(1, 1, 2)) == 42);
    CHECK(executions(toy(1, 2, 2)) == 456);
    CHECK(executions(toy(2, 2, 2)) == 8'256);
    CHECK(executions(toy(1, 1, 1), false) == 15);
    CHECK(executions(toy(1, 1, 2), false) == 78);
    CHECK(executions(toy(1, 2, 2), false) == 920);
    CHECK(executions(toy(2, 2, 2), false) == 49'392);
}

TEST_CASE("the swap toy that drops the exclusive bit loses a write, by all ways to search", "[dpor][classic]") {
    const Program program = peers::swap_toy({.o_direct = 1, .reclaimers = 1, .writers = 1, .keeps_exclusive = false});
    for (const Strategy strategy : {Strategy::naive, Strategy::stateful, Strategy::dpor}) {
        const SearchResult result = search(program, {.strategy = strategy});
        REQUIRE(result.verdict == Verdict::violated);
        REQUIRE(result.violations.size() == 1);
        CHECK(result.violations[0].property == "no-lost-write");
        CHECK(replay(program, result.violations[0].schedule, "no-lost-write").violated ==
              std::vector<std::string>{"no-lost-write"});
    }
}

TEST_CASE("the engines run the same schedules", "[dpor][classic]") {
    for (const Engine engine : {Engine::fibers, Engine::replay}) {
        CHECK(executions(classic::lastzero(8), true, engine) == 704);
        CHECK(executions(classic::filesystem(18), true, engine) == 32);
        CHECK(executions(classic::casw(4), true, engine) == 1'200);
        CHECK(executions(toy(1, 2, 2), true, engine) == 456);
    }
}
