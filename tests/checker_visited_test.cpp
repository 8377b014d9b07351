// SPDX-License-Identifier: GPL-2.0-only
// The table that remembers fingerprints: it knows what was put into it, at most 16 bytes each, however often it grew; takes new
// ones for known as seldom as it says; and is the same when several workers fill it at once.

#include "checker/visited.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <barrier>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace checker;
using Insertion = VisitedTable::Insertion;
using SharedInsertion = VisitedTable::SharedInsertion;

namespace {

Hash128 fingerprint(Word n, Word seed = 0) {
    Hash128 hash = hash_of_name(n, seed);
    hash.absorb(n);
    return hash;
}

/// As `fingerprint`, but the low lane has so few bits of its own that others have the same.
Hash128 narrow_fingerprint(Word n, Word seed, unsigned low_bits) {
    Hash128 hash = fingerprint(n, seed);
    hash.low = mix((hash.low & ((Word{1} << low_bits) - 1)) + 1);
    return hash;
}

void add(VisitedTable& table, Word begin, Word end) {
    for (Word n = begin; n < end; ++n) REQUIRE(table.insert(fingerprint(n)) == Insertion::added);
}

void knows(const VisitedTable& table, Word count) {
    for (Word n = 0; n < count; ++n) REQUIRE(table.contains(fingerprint(n)));
}

std::vector<Word> copy_of(const VisitedTable::Image& image) { return {image.slots.begin(), image.slots.end()}; }

VisitedTable::Restored restored(const VisitedTable::Image& shape, const std::vector<Word>& slots) {
    VisitedTable table(0);
    return table.restore({shape.segment_bits, shape.lines, shape.peak_bytes, slots});
}

} // namespace

TEST_CASE("the visited table takes each fingerprint once, in at most 16 bytes each at any time", "[visited]") {
    constexpr Word count = 2'000'000;
    VisitedTable table(0);
    double most_bytes_each = 0;
    for (Word n = 0; n < count; ++n) {
        REQUIRE(!table.contains(fingerprint(n)));
        REQUIRE(table.insert(fingerprint(n)) == Insertion::added);
        REQUIRE(table.insert(fingerprint(n)) == Insertion::present);
        if (n < 30'000) continue;
        most_bytes_each = std::max(most_bytes_each, static_cast<double>(table.peak_bytes()) / static_cast<double>(n));
    }
    CHECK(table.size() == count);
    CHECK(most_bytes_each <= 16);
    CHECK(table.image().segment_bits > 10);
    knows(table, count);
    for (Word n = 0; n < count; ++n) REQUIRE(table.insert(fingerprint(n)) == Insertion::present);
    // Half of two million squared, in 72 bits and those that chose the segment, which were 6 to 12.
    CHECK(table.expected_collisions() > std::ldexp(2e12, -84));
    CHECK(table.expected_collisions() < std::ldexp(2e12, -80));
}

TEST_CASE("the visited table tells apart fingerprints that differ in one lane's top bits only", "[visited]") {
    VisitedTable table(0);
    CHECK(table.insert({42, 0}) == Insertion::added);
    for (const unsigned bit : {50U, 57U, 58U, 63U}) {
        CHECK(table.insert({42, Word{1} << bit}) == Insertion::added);
        CHECK(table.insert({42, Word{1} << bit}) == Insertion::present);
    }
    CHECK(table.insert({43, 0}) == Insertion::added);
    CHECK(table.insert({0, 0}) == Insertion::added);
    CHECK(table.insert({0, 0}) == Insertion::present);
    CHECK(table.size() == 7);
}

TEST_CASE("a visited table takes as many new fingerprints for known ones as it says", "[visited]") {
    // Cut from 6 to 11 bits, so that there are states of six ages. The low lane has 11 bits instead of 64.
    constexpr unsigned low_bits = 11;
    constexpr Word count = 1'000'000;
    double expected = 0;
    double missed = 0;
    for (const Word seed : {1U, 2U, 3U}) {
        VisitedTable table(0);
        for (Word n = 0; n < count; ++n)
            missed += table.insert(narrow_fingerprint(n, seed, low_bits)) == Insertion::present ? 1 : 0;
        expected += std::ldexp(table.expected_collisions(), 64 - low_bits);
        for (Word n = 0; n < count; ++n) {
            REQUIRE(table.contains(narrow_fingerprint(n, seed, low_bits)));
            REQUIRE(table.insert(narrow_fingerprint(n, seed, low_bits)) == Insertion::present);
        }
        CHECK(table.image().segment_bits == 11);
    }
    CAPTURE(expected, missed);
    CHECK(expected > 6'000);
    // Four standard deviations, and what those that are missed would have been compared with.
    CHECK(std::abs(missed - expected) < 4 * std::sqrt(expected) + 0.01 * expected);
}

TEST_CASE("a visited table with a bound refuses instead of growing beyond it, and still knows what it holds",
          "[visited]") {
    for (const std::uint64_t bound : {100'000U, 3'000'000U}) {
        VisitedTable table(bound);
        Word added = 0;
        while (table.insert(fingerprint(added)) != Insertion::no_room) ++added;
        CHECK(table.peak_bytes() <= bound);
        CHECK(added > bound / 24);
        for (Word n = 0; n < added; ++n) REQUIRE(table.insert(fingerprint(n)) == Insertion::present);
    }
}

TEST_CASE("what a visited table knew it knows when it has become less exact, and when it was cut before", "[visited]") {
    constexpr std::uint64_t bound = std::uint64_t{8} << 20;
    VisitedTable table(bound, WhenFull::hash_compact);
    Word added = 0;
    while (!table.is_lossy()) REQUIRE(table.insert(fingerprint(added++)) == Insertion::added);
    CHECK(added > bound / 24);
    CHECK(table.size() == added);
    CHECK(table.expected_omissions() < 1e-3);
    for (Word n = 0; n < added; ++n) REQUIRE(table.insert(fingerprint(n)) == Insertion::present);
    table.clear();
    add(table, 0, 100'000);
    CHECK(!table.is_lossy());
    knows(table, 100'000);
}

TEST_CASE("a visited table that is cleared keeps its memory and none of its states", "[visited]") {
    VisitedTable table(0);
    add(table, 0, 300'000);
    const std::uint64_t bytes = table.bytes();
    const double expected = table.expected_collisions();
    table.clear();
    CHECK(table.size() == 0);
    CHECK(table.expected_collisions() == 0);
    CHECK(!table.contains(fingerprint(0)));
    add(table, 0, 300'000);
    CHECK(table.bytes() == bytes);
    CHECK(table.expected_collisions() == expected);
}

TEST_CASE("a visited table that was saved is what it was", "[visited]") {
    VisitedTable table(0);
    add(table, 0, 300'000);
    const VisitedTable::Image image = table.image();
    VisitedTable again(0);
    REQUIRE(again.restore(image) == VisitedTable::Restored::done);
    CHECK(again.size() == 300'000);
    CHECK(again.expected_collisions() == table.expected_collisions());
    knows(again, 300'000);
    add(table, 300'000, 800'000);
    add(again, 300'000, 800'000);
    CHECK(copy_of(again.image()) == copy_of(table.image()));
    CHECK(again.expected_collisions() == table.expected_collisions());
    CHECK(VisitedTable(1'000'000).restore(table.image()) == VisitedTable::Restored::no_room);
    CHECK(VisitedTable(0).restore({}) == VisitedTable::Restored::done);
}

TEST_CASE("a saved table whose words and tags do not belong together is refused", "[visited]") {
    VisitedTable table(0);
    add(table, 0, 50'000);
    const VisitedTable::Image image = table.image();
    const std::vector<Word> good = copy_of(image);
    REQUIRE(image.segment_bits == 7);
    const auto with = [&](std::size_t at, Word word) {
        std::vector<Word> bad = good;
        bad[at] = word;
        return restored(image, bad);
    };
    CHECK(restored(image, good) == VisitedTable::Restored::done);
    CHECK(with(0, 0) == VisitedTable::Restored::damaged);
    CHECK(with(7, 0) == VisitedTable::Restored::damaged);
    CHECK(with(7, good[7] & ~Word{0x1ff}) == VisitedTable::Restored::damaged);
    // Two cuts ago there was no table.
    CHECK(with(7, (good[7] & ~Word{0x1ff}) | 0x104) == VisitedTable::Restored::damaged);
    CHECK(with(7, (good[7] & ~Word{0x1ff}) | 0x102) == VisitedTable::Restored::done);
    CHECK(restored(image, {}) == VisitedTable::Restored::damaged);
    std::vector<Word> cut_off = good;
    cut_off.pop_back();
    CHECK(restored(image, cut_off) == VisitedTable::Restored::damaged);
    for (const Word bits : {0U, 5U, 6U, 8U, 15U, 64U}) {
        VisitedTable::Image other = image;
        other.segment_bits = bits;
        CHECK(restored(other, good) == VisitedTable::Restored::damaged);
    }
}

TEST_CASE("a slot that another worker has taken and not filled yet says nothing about any state", "[visited]") {
    using namespace visited_line;
    alignas(64) std::array<Word, words> line{};
    const Word tag = tag_of(Word{0x5a} << 56);
    REQUIRE(try_to_put(line.data(), 0, 42, tag, 0));
    REQUIRE(taken(line.data()) == 1);
    line[0] = 0; // As if the tag were there and the word not yet.
    CHECK(look(line.data(), 42).equal == 0);
    CHECK(is_being_put(line.data()));
    CHECK(!try_to_put(line.data(), first_of(look(line.data(), 42).empty), 42, tag, tags_of(line.data())));
    line[0] = 42;
    CHECK(!is_being_put(line.data()));
    CHECK(look(line.data(), 42).equal == 1);
    // Of two that have read the same tags only one may put its word.
    const Word read = tags_of(line.data());
    CHECK(try_to_put(line.data(), 1, 43, tag, read));
    CHECK(!try_to_put(line.data(), 1, 44, tag, read));
    CHECK(!try_to_put(line.data(), 2, 43, tag, read));
    CHECK(line[2] == 0);
    CHECK(taken(line.data()) == 2);
}

TEST_CASE("a tag keeps what it knows through eight cuts", "[visited]") {
    using namespace visited_line;
    for (Word bits = 0; bits < 256; ++bits) {
        const Word high = bits << 56;
        Word stored = tag_of(high);
        for (unsigned age = 0; age <= max_age; ++age) {
            // Of all 256 tags that can be asked for now, those that begin as it does.
            unsigned alike = 0;
            for (Word asked = 0; asked < 256; ++asked) alike += agree(stored, tag_of(asked << 56)) ? 1 : 0;
            REQUIRE(alike == 1U << age);
            REQUIRE(agree(stored, tag_of(high << age)));
            if (age == max_age) break;
            REQUIRE(moves_to_second_half(stored) == ((high << age >> 63) != 0));
            stored = after_cut(stored);
        }
    }
}

TEST_CASE("workers that fill a visited table at once add each state once, whoever is first", "[visited]") {
    constexpr unsigned workers = 4;
    // In few lines, so that they meet often; and spread over a table that grows and is cut meanwhile. Which states are taken for
    // others would depend on who is first, so none may be: of those with one low lane, the first 14 bits of the other differ,
    // which is as much as is known of the first that are stored.
    for (const bool is_crowded : {true, false}) {
        const Word count = is_crowded ? 60'000 : 400'000;
        const auto nth = [&](Word n) {
            return is_crowded ? Hash128{mix(n % 500 + 1), n / 500 * 137 << 50 | mix(n) >> 14} : fingerprint(n);
        };
        VisitedTable table(0);
        REQUIRE(table.begin_sharing());
        std::atomic<std::uint64_t> added = 0;
        std::atomic<unsigned> left = workers;
        std::atomic<bool> is_full = false;
        std::barrier together(workers);
        const auto work = [&](unsigned worker) {
            std::uint32_t lately = 0;
            std::uint64_t mine = 0;
            bool is_done = false;
            for (Word n = 0; left.load() != 0;) {
                for (; n < count && !is_full.load(std::memory_order_relaxed); ++n) {
                    // Two of them go the same way, the others begin elsewhere.
                    const Hash128 hash = nth((n + worker / 2 * (count / 3)) % count);
                    const SharedInsertion insertion = table.insert_shared(hash, lately);
                    if (insertion == SharedInsertion::full) {
                        is_full.store(true);
                        break;
                    }
                    mine += insertion == SharedInsertion::added ? 1 : 0;
                    if (insertion == SharedInsertion::added && !table.contains(hash)) ++mine; // That would be twice.
                }
                table.count_shared(lately);
                together.arrive_and_wait();
                if (worker == 0 && is_full.exchange(false)) table.grow_shared();
                if (n == count && !is_done) {
                    is_done = true;
                    --left;
                }
                together.arrive_and_wait();
            }
            added += mine;
        };
        std::vector<std::thread> threads;
        for (unsigned worker = 0; worker < workers; ++worker) threads.emplace_back(work, worker);
        for (std::thread& thread : threads) thread.join();
        table.end_sharing();
        CHECK(added.load() == count);
        CHECK(table.size() == count);
        for (Word n = 0; n < count; ++n) REQUIRE(table.contains(nth(n)));
    }
}
