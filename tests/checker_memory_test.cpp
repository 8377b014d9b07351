// SPDX-License-Identifier: GPL-2.0-only
// What a search does that has no memory left for its visited states: it goes on with less exact ones, says how many it has missed,
// which is compared with the truth here, and never says that a property holds; or it has them in a file from the start.

#include "checker/lossy_table.hpp"
#include "tests/checker_programs.hpp"
#include "tests/cli_run.hpp"
#include "tests/generator/generate.hpp"

#include <set>

using namespace checker;
using namespace small;
using Catch::Contains;
using cli_tests::TemporaryDirectory;

namespace {

constexpr Reductions without_merging{.choose = true, .merge = false, .commute = false, .symmetry = true};
/// States of independent(6, 6): 7 to the power of 6.
constexpr std::uint64_t truth = 117'649;

constexpr WhenFull lossy_ways[] = {WhenFull::hash_compact, WhenFull::bitstate};

SearchOptions within(std::uint64_t bytes, WhenFull when_full) {
    SearchOptions options;
    options.reductions = without_merging;
    options.max_memory_bytes = bytes;
    options.when_full = when_full;
    return options;
}

} // namespace

TEST_CASE("how many states a bitstate table takes for others is estimated right, however full it is", "[memory]") {
    for (const std::uint64_t states : {20'000U, 80'000U, 320'000U}) {
        std::vector<Word> memory(8192);
        LossyTable table(memory, true);
        generated::Random random(states);
        std::uint64_t lost = 0;
        for (std::uint64_t n = 0; n < states; ++n)
            lost += table.insert(random.next()) == LossyTable::Insertion::present;
        CAPTURE(states, lost, table.expected_omissions());
        CHECK(table.added() + lost == states);
        CHECK(lost > 10);
        CHECK(table.expected_omissions() == Approx(lost).epsilon(states == 20'000 ? 0.3 : 0.05));
    }
}

TEST_CASE("a table of 32 bits a state loses none of a few hundred thousand, and says when it is full", "[memory]") {
    std::vector<Word> memory(8192);
    LossyTable table(memory, false);
    generated::Random random(1);
    std::vector<Word> states;
    while (table.insert(states.emplace_back(random.next())) == LossyTable::Insertion::added) {}
    CHECK(states.size() > memory.size() * 2 * 9 / 10);
    CHECK(table.added() == states.size() - 1);
    CHECK(table.insert(states.back()) == LossyTable::Insertion::no_room);
    states.pop_back();
    for (const Word state : states) REQUIRE(table.insert(state) == LossyTable::Insertion::present);
    CHECK(table.expected_omissions() < 1e-3);
}

TEST_CASE("a search of a known number of states misses about as many as it says", "[memory]") {
    const Program program = independent(6, 6);
    double expected = 0;
    double missing = 0;
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        for (const unsigned jobs : {1U, 3U}) {
            SearchOptions options = within(std::uint64_t{96} << 10, WhenFull::bitstate);
            options.seed = seed;
            options.jobs = jobs;
            options.share_after = seed % 2 == 0 ? 1024 : 20'000;
            const SearchResult result = search(program, options);
            CHECK(result.verdict == Verdict::inconclusive);
            CHECK(result.kept_as == WhenFull::bitstate);
            CHECK(result.states < truth);
            CHECK(result.table_bytes <= options.max_memory_bytes);
            CHECK_THAT(result.stopped_because,
                       Contains("did not fit into 98,304 bytes and were kept less exactly: about "));
            expected += result.expected_omissions;
            missing += static_cast<double>(truth - result.states);
        }
    }
    CAPTURE(expected, missing);
    // What only the missed ones lead to is missing too.
    CHECK(missing > 0.8 * expected);
    CHECK(missing < 2 * expected);
    CHECK(missing > 1000);
}

TEST_CASE("hash compaction has room for more states, and does not call that the whole", "[memory]") {
    const Program program = independent(6, 6);
    constexpr std::uint64_t bytes = std::uint64_t{640} << 10;
    const SearchResult stopped = search(program, within(bytes, WhenFull::stop));
    CHECK(stopped.verdict == Verdict::inconclusive);
    CHECK(stopped.kept_as == WhenFull::stop);
    CHECK(stopped.states < truth / 2);
    for (const unsigned jobs : {1U, 3U}) {
        SearchOptions options = within(bytes, WhenFull::hash_compact);
        options.jobs = jobs;
        options.share_after = 1024;
        const SearchResult result = search(program, options);
        CHECK(result.states == truth);
        CHECK(result.verdict == Verdict::inconclusive);
        CHECK(result.expected_omissions < 1e-2);
        // And where that is full too, it stops.
        options.max_memory_bytes = bytes / 4;
        const SearchResult full = search(program, options);
        CHECK(full.states < truth);
        CHECK(full.states > stopped.states / 2);
        CHECK(full.verdict == Verdict::inconclusive);
        CHECK_THAT(full.stopped_because, Contains("the bound of 163,840 bytes for visited states was reached"));
        CHECK_THAT(full.stopped_because, Contains("kept less exactly: about "));
    }
}

TEST_CASE("what is violated is violated however states are kept, and what was not reached is not said never to be",
          "[memory]") {
    Program program = independent(5, 6);
    const CellId first{};
    program.add_property(sometimes("never so", {first}, [=](const View& view) { return view[first] == 99; }));
    for (const WhenFull way : lossy_ways) {
        const SearchResult result = search(program, within(65'536, way));
        CHECK(result.verdict == Verdict::inconclusive);
        CHECK(result.never_reached.empty());
    }
    program.add_property(always("not yet", {first}, [=](const View& view) { return view[first] != 6; }));
    for (const WhenFull way : lossy_ways) {
        const SearchResult result = search(program, within(65'536, way));
        CHECK(result.verdict == Verdict::violated);
        CHECK(names(result) == std::vector<std::string>{"not yet"});
        CHECK(result.kept_as == way);
    }
}

TEST_CASE("searches that merge begin again with an exact table", "[memory]") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        const Program program = independent(4, 5 + static_cast<unsigned>(seed % 3));
        SearchOptions options = within(8192, seed % 2 == 0 ? WhenFull::bitstate : WhenFull::hash_compact);
        options.reductions = {};
        options.sibling_order_seed = seed;
        const SearchResult result = search(program, options);
        CHECK(result.error.empty());
        CHECK(result.verdict == (result.kept_as == WhenFull::stop ? Verdict::holds : Verdict::inconclusive));
    }
}

TEST_CASE("states in a file are those in memory, and the file is gone afterwards", "[memory]") {
    const TemporaryDirectory directory;
    const Program program = independent(6, 6);
    SearchOptions options = within(0, WhenFull::stop);
    const SearchResult in_memory = search(program, options);
    options.table_file = directory.path() + "/table";
    for (const unsigned jobs : {1U, 3U}) {
        options.jobs = jobs;
        options.share_after = 1024;
        const SearchResult in_file = search(program, options);
        CHECK(in_file.verdict == Verdict::holds);
        CHECK(in_file.states == in_memory.states);
        CHECK(in_file.transitions == in_memory.transitions);
        CHECK(in_file.table_bytes == in_memory.table_bytes);
        CHECK(directory.files() == 0);
    }
    options.checkpoint.save_to = directory.path() + "/saved";
    options.max_states = 50'000;
    CHECK(search(program, options).is_checkpointed);
    options.checkpoint.resume_from = options.checkpoint.save_to;
    options.max_states = 0;
    CHECK(search(program, options).transitions == in_memory.transitions);
    options.checkpoint = {};
    options.max_memory_bytes = 100 << 10;
    options.when_full = WhenFull::hash_compact;
    CHECK(search(program, options).kept_as == WhenFull::hash_compact);

    const std::string mine = directory.add("mine", "content");
    options.table_file = mine;
    CHECK(search(program, options).refused == mine +
                                                  ": there is a file of that name already; name one that can be made "
                                                  "and thrown away");
    CHECK(cli_tests::TemporaryFile::read(mine) == "content");
    options.table_file = directory.path() + "/there/is/none";
    CHECK_THAT(search(program, options).refused, Contains("none: cannot make a file for visited states: No such file"));
}

TEST_CASE("options for full memory that make no sense are refused", "[memory]") {
    const Program program = independent(3, 3);
    const auto refusal = [&](SearchOptions options) {
        const SearchResult result = search(program, options);
        CHECK(result.verdict == Verdict::error);
        return result.refused;
    };
    CHECK_THAT(refusal(within(0, WhenFull::bitstate)), Contains("takes a bound on that memory"));
    SearchOptions options = within(4096, WhenFull::bitstate);
    options.strategy = Strategy::plain;
    CHECK_THAT(refusal(options), Contains("only the strategy stateful"));
    options = within(4096, WhenFull::bitstate);
    options.checkpoint.save_to = "saved";
    CHECK_THAT(refusal(options), Contains("cannot be saved: stop it when memory is full"));
    CHECK_THAT(
        refusal(within(100, WhenFull::stop)),
        Contains("100 bytes for visited states is less than one schedule takes: 0 states of the first one fit in; "
                 "allow more memory"));
    CHECK_THAT(refusal(within(100, WhenFull::hash_compact)), Contains("less than one schedule takes"));
    // Long before the first schedule has ended.
    const SearchResult result = search(independent(2, 600), within(4096, WhenFull::stop));
    CHECK_THAT(result.refused, Contains("4,096 bytes for visited states is less than one schedule takes: "));
}
