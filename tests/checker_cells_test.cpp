// SPDX-License-Identifier: GPL-2.0-only
// The shared state: cells with their undo log, fingerprint and watchers, and what each kind of operation does to them.

#include "checker/cell_effect.hpp"
#include "checker/cells.hpp"
#include "checker/frame.hpp"
#include "checker/perform.hpp"

#include <catch2/catch.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

using namespace checker;

namespace {

constexpr CellId first{0};
constexpr CellId second{1};

Cells cells_of(std::vector<Word> words, Word seed = 0) { return {std::move(words), {}, nullptr, seed}; }

// What fits into a word and has bytes for its meaning and for nothing else.
enum class Colour : std::uint8_t { red, green };
struct Packed {
    std::uint32_t index;
    std::uint32_t version;
};
struct WithHole {
    std::uint8_t small;
    std::uint32_t large;
};
struct WithTail {
    std::uint32_t large;
    std::uint16_t small;
};
struct WithFloats {
    float x, y;
};
struct Nothing {};
struct TooLarge {
    Word words[2];
};
static_assert(WordSized<bool> && WordSized<char> && WordSized<int> && WordSized<Word> && WordSized<Colour>);
static_assert(WordSized<float> && WordSized<double> && WordSized<Packed> && WordSized<CellId> &&
              WordSized<Var<Packed>>);
static_assert(!WordSized<WithHole> && !WordSized<WithTail> && !WordSized<WithFloats> && !WordSized<Nothing>);
static_assert(!WordSized<int*> && !WordSized<void (*)()> && !WordSized<int WithHole::*> && !WordSized<std::nullptr_t>);
static_assert(!WordSized<TooLarge> && !WordSized<std::vector<int>>);
// An operation over several cells synchronises, so a plain variable is none of its arguments.
static_assert(!WordSized<Plain<int>>);

/// An operation on the first cell.
Operation on_first(OpKind kind, Word mask = ~Word{0}, Word value = 0, Word expected = 0) {
    Operation op;
    op.kind = kind;
    op.cell = first;
    note_when_blocked(op, kind, mask);
    op.mask = mask;
    op.value = value;
    op.expected = expected;
    return op;
}

struct Done {
    Word result;
    Word cell;
    std::string misuse;
    friend bool operator==(const Done&, const Done&) = default;
};

/// Performs an operation on a cell that holds `before`.
Done done(Word before, const Operation& op, Word choice = 0) {
    Cells cells = cells_of({before});
    const char* misuse = nullptr;
    const Word result = perform(cells, op, choice, misuse);
    return {result, cells.get(first), misuse == nullptr ? "" : misuse};
}

/// The same by the operation's effect; nothing if that does not cover the cell.
std::optional<Done> done_by_effect(Word before, const Operation& op) {
    const CellEffect effect = effect_of(op);
    if (!effect.covers(before)) return std::nullopt;
    const Word after = effect.after(before);
    return Done{effect.result(before, after), after, ""};
}

bool blocked(Word before, const Operation& op) { return is_blocked(op, cells_of({before})); }

} // namespace

TEST_CASE("a value goes into a word and comes back as it was", "[cells]") {
    CHECK(from_word<int>(to_word(-1)) == -1);
    CHECK(to_word(-1) == 0xffffffff);
    CHECK(from_word<bool>(to_word(true)));
    CHECK(from_word<Colour>(to_word(Colour::green)) == Colour::green);
    CHECK(from_word<double>(to_word(-0.5)) == -0.5);
    CHECK(to_word(0.0) != to_word(-0.0));
    CHECK(from_word<Packed>(to_word(Packed{1, 2})).version == 2);
}

TEST_CASE("rewinding cells restores their values and their hash", "[cells]") {
    Cells cells = cells_of({1, 2});
    const Hash128 initial = cells.hash();
    cells.set(first, 7);
    const std::size_t position = cells.log_position();
    const Hash128 middle = cells.hash();
    cells.set(first, 8);
    cells.set(second, 9);
    cells.set(first, 7);
    CHECK(cells.log_position() == position + 3);
    cells.rewind(position, middle);
    CHECK(cells.get(first) == 7);
    CHECK(cells.get(second) == 2);
    CHECK(cells.hash() == middle);
    cells.rewind(0, initial);
    CHECK(cells.get(first) == 1);
    cells.set(second, 5);
    cells.reset();
    CHECK(cells.get(second) == 2);
    CHECK(cells.hash() == initial);
    CHECK(cells.log_position() == 0);
}

TEST_CASE("the hash of cells depends on what they hold, not on how it came about", "[cells]") {
    Cells one = cells_of({0, 0});
    Cells other = cells_of({0, 0});
    one.set(first, 3);
    one.set(second, 4);
    other.set(second, 9);
    other.set(second, 4);
    other.set(first, 3);
    CHECK(one.hash() == other.hash());
    CHECK(one.hash() == cells_of({3, 4}).hash());
    CHECK(one.hash() != cells_of({4, 3}).hash());
    CHECK(one.hash() != cells_of({3, 4}, 1).hash());
}

TEST_CASE("writing what a cell already holds is not logged and wakes nobody", "[cells]") {
    Cells cells({5, 6}, {1, 2}, nullptr, 0);
    cells.set(first, 5);
    CHECK(cells.log_position() == 0);
    CHECK(cells.take_watchers_hit() == 0);
    cells.set(second, 7);
    CHECK(cells.take_watchers_hit() == 2);
    CHECK(cells.take_watchers_hit() == 0);
}

TEST_CASE("hashes of small different states are all different, in both lanes", "[cells]") {
    std::set<std::uint64_t> low;
    std::set<std::uint64_t> high;
    constexpr Word values = 24;
    for (Word a = 0; a < values; ++a) {
        for (Word b = 0; b < values; ++b) {
            for (Word c = 0; c < values; ++c) {
                const Hash128 hash = cells_of({a, b, c}).hash();
                low.insert(hash.low);
                high.insert(hash.high);
            }
        }
    }
    CHECK(low.size() == values * values * values);
    CHECK(high.size() == values * values * values);
}

TEST_CASE("no seed lets the name of a cell and a value change places", "[cells]") {
    // hash_of() adds this constant to values. Were it added to names too, the values 2, 3, 1 of the cells 1, 2, 3 would have
    // the low lane of 3, 1, 2, which is the lane that is stored.
    constexpr Word seed = 0x9e3779b97f4a7c15ULL;
    const auto hash = [](std::vector<Word> words) { return Cells(std::move(words), {}, nullptr, seed).hash(); };
    CHECK(hash({0, 2, 3, 1}).low != hash({0, 3, 1, 2}).low);
    CHECK(hash({0, 2, 3, 1}).high != hash({0, 3, 1, 2}).high);
}

TEST_CASE("a history hash depends on order and on every element", "[hash]") {
    Hash128 one;
    Hash128 other;
    one.absorb(1);
    one.absorb(2);
    other.absorb(2);
    other.absorb(1);
    CHECK(one != other);
    Hash128 zero;
    zero.absorb(0);
    CHECK(zero != Hash128{});
}

TEST_CASE("words carry small values unchanged, negative ones too", "[cells]") {
    CHECK(from_word<int>(to_word(-7)) == -7);
    CHECK(from_word<bool>(to_word(true)));
    CHECK(to_word(std::int8_t{-1}) == 0xff);
    CHECK(to_key(std::int32_t{-1}) == 0xffffffffU);
}

TEST_CASE("loads and stores go by the mask", "[operation]") {
    CHECK(done(0xab, on_first(OpKind::load, 0xf0)) == Done{0xa0, 0xab, ""});
    CHECK(done(0xab, on_first(OpKind::store, 0x0f, 0x03)) == Done{0, 0xa3, ""});
    CHECK(done(0xab, on_first(OpKind::exchange, 0x0f, 0x03)) == Done{0x0b, 0xa3, ""});
    CHECK(done(0xab, on_first(OpKind::fetch_or, 0x05, 0x05)) == Done{0x01, 0xaf, ""});
    CHECK(done(0xab, on_first(OpKind::fetch_and, 0x03, ~Word{0x03})) == Done{0x03, 0xa8, ""});
}

TEST_CASE("an addition returns the new value and stays within its mask", "[operation]") {
    CHECK(done(5, on_first(OpKind::fetch_add, ~Word{0}, 3)) == Done{8, 8, ""});
    constexpr Word low_half = 0xffffffff;
    CHECK(done(0, on_first(OpKind::fetch_add, low_half, ~Word{0})) == Done{low_half, low_half, ""});
    CHECK(done(low_half, on_first(OpKind::fetch_add, low_half, 1)) == Done{0, 0, ""});
    Operation silent = on_first(OpKind::fetch_add, ~Word{0}, 3);
    silent.returns_nothing = true;
    CHECK(done(5, silent) == Done{0, 8, ""});
}

TEST_CASE("compare and exchange writes only what it expected", "[operation]") {
    CHECK(done(5, on_first(OpKind::compare_exchange, ~Word{0}, 9, 5)) == Done{5, 9, ""});
    CHECK(done(5, on_first(OpKind::compare_exchange, ~Word{0}, 9, 4)) == Done{5, 5, ""});
    CHECK(done(0xa5, on_first(OpKind::compare_exchange, 0x0f, 0x09, 0x05)) == Done{0x05, 0xa9, ""});
}

TEST_CASE("a lock is a bit among others", "[operation]") {
    constexpr Word bit = 4;
    CHECK(blocked(6, on_first(OpKind::lock, bit)));
    CHECK_FALSE(blocked(2, on_first(OpKind::lock, bit)));
    CHECK(done(2, on_first(OpKind::lock, bit)) == Done{0, 6, ""});
    CHECK(done(2, on_first(OpKind::trylock, bit)) == Done{1, 6, ""});
    CHECK(done(6, on_first(OpKind::trylock, bit)) == Done{0, 6, ""});
    CHECK(done(6, on_first(OpKind::unlock, bit)) == Done{0, 2, ""});
    CHECK(done(2, on_first(OpKind::unlock, bit)) == Done{0, 2, "unlocks what is not locked"});
}

TEST_CASE("readers share a lock and keep writers out", "[operation]") {
    constexpr Word writer = RwLock::writer_held;
    CHECK_FALSE(blocked(0, on_first(OpKind::read_lock)));
    CHECK_FALSE(blocked(2, on_first(OpKind::read_lock)));
    CHECK(blocked(writer, on_first(OpKind::read_lock)));
    CHECK(blocked(1, on_first(OpKind::write_lock)));
    CHECK(blocked(writer, on_first(OpKind::write_lock)));
    CHECK(done(1, on_first(OpKind::read_lock)) == Done{0, 2, ""});
    CHECK(done(1, on_first(OpKind::read_trylock)) == Done{1, 2, ""});
    CHECK(done(writer, on_first(OpKind::read_trylock)) == Done{0, writer, ""});
    CHECK(done(2, on_first(OpKind::read_unlock)) == Done{0, 1, ""});
    CHECK(done(0, on_first(OpKind::write_lock)) == Done{0, writer, ""});
    CHECK(done(0, on_first(OpKind::write_trylock)) == Done{1, writer, ""});
    CHECK(done(1, on_first(OpKind::write_trylock)) == Done{0, 1, ""});
    CHECK(done(writer, on_first(OpKind::write_unlock)) == Done{0, 0, ""});
    CHECK(done(0, on_first(OpKind::read_unlock)).misuse == "unlocks for reading what no reader holds");
    CHECK(done(writer, on_first(OpKind::read_unlock)).misuse == "unlocks for reading what no reader holds");
    CHECK(done(1, on_first(OpKind::write_unlock)).misuse == "unlocks for writing what no writer holds");
}

TEST_CASE("an operation's effect on its cell is what performing it does", "[operation]") {
    constexpr Word writer = RwLock::writer_held;
    constexpr Word low_half = 0xffffffff;
    const std::vector<Word> words = {0, 1, 2, 3, 4, 5, 6, 0xa5, low_half, low_half + 1, writer, writer | 1, ~Word{0}};
    std::map<OpKind, int> covered;
    std::map<OpKind, int> left_to_perform;
    const auto compare = [&](Word before, const Operation& op) {
        if (blocked(before, op)) return;
        const std::optional<Done> by_effect = done_by_effect(before, op);
        ++(by_effect ? covered : left_to_perform)[op.kind];
        if (by_effect) REQUIRE(*by_effect == done(before, op));
    };
    for (int kind = 0; kind <= static_cast<int>(OpKind::failed); ++kind) {
        for (const Word before : words) {
            for (const Word mask : words) {
                for (const Word value : words) {
                    // What is stored fits into the mask, and what clears has no more bits than it.
                    const bool is_update = OpKind{static_cast<std::uint8_t>(kind)} == OpKind::fetch_and;
                    Operation op = on_first(OpKind{static_cast<std::uint8_t>(kind)}, mask,
                                            is_update ? value | ~mask : value & mask, before & mask);
                    op.function = [](Cells&, const Word*) { return Word{0}; };
                    op.predicate = [](const View&, const Word*) { return true; };
                    compare(before, op);
                    op.expected = ~before & mask;
                    compare(before, op);
                    op.returns_nothing = true;
                    compare(before, op);
                }
            }
        }
    }
    for (const OpKind kind : {OpKind::load, OpKind::store, OpKind::exchange, OpKind::fetch_add, OpKind::fetch_or,
                              OpKind::fetch_and, OpKind::lock, OpKind::read_lock, OpKind::write_lock, OpKind::wait}) {
        INFO(static_cast<int>(kind));
        CHECK(covered[kind] > 0);
        CHECK(left_to_perform[kind] == 0);
    }
    for (const OpKind kind : {OpKind::compare_exchange, OpKind::trylock, OpKind::unlock, OpKind::read_trylock,
                              OpKind::write_trylock, OpKind::write_unlock}) {
        INFO(static_cast<int>(kind));
        CHECK(covered[kind] > 0);
        CHECK(left_to_perform[kind] > 0);
    }
    for (const OpKind kind : {OpKind::choose, OpKind::atomic, OpKind::read_unlock}) {
        INFO(static_cast<int>(kind));
        CHECK(covered[kind] == 0);
    }
    for (const OpKind kind : {OpKind::start, OpKind::finished, OpKind::failed})
        CHECK_FALSE(effect_of(on_first(kind)).covers(0));
}

TEST_CASE("a choose returns the scheduler's choice and ended threads are blocked for good", "[operation]") {
    CHECK(done(7, on_first(OpKind::choose, 0, 3), 2) == Done{2, 7, ""});
    CHECK(blocked(0, on_first(OpKind::finished)));
    CHECK(blocked(0, on_first(OpKind::failed)));
    CHECK(blocked(0, on_first(OpKind::start)));
}
