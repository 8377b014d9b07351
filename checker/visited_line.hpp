// SPDX-License-Identifier: GPL-2.0-only
// A cache line of the table of visited states: seven words and, in its eighth, nine more bits for each of them, the tag. No
// tag is zero.
//
// A tag is eight bits of the fingerprint and a one that marks where they end. Each time the table is cut into twice as many
// segments, the first of the eight goes into the number of the segment, and the rest moves up, the mark with it:
//
//     abcdefgh1   stored just now
//     bcdefgh10   one cut later; `a` is known from the segment
//     100000000   eight cuts later: nothing is left, so there must be no more
//
// So what is known of a state stays as much as there was when it was stored, and no entry needs a field for its age: the zeros
// behind the mark are it (as in the filters of Dayan and others, InfiniFilter, 2023).
//
// Words are put into the first empty slot and never taken out. All seven are looked at without a branch between them, for how
// many there are to look at is what no processor foresees.
//
// Two workers may insert at once. A slot is taken by one atomic exchange of the tags, which fails if any other was taken since
// they were read, and its word is written after that. Neither changes ever after, so a word and a tag that are there belong
// together, and no state is taken for known by halves. There is a moment when a slot has a tag but no word yet; who wants to put a
// state into that line waits, for it might be the same.
#pragma once

#include "checker/ids.hpp"

#include <atomic>
#include <bit>
#include <cstddef>

namespace checker::visited_line {

constexpr std::size_t words = 8;
constexpr unsigned slots = 7;
constexpr unsigned tag_bits = 9; ///< the mark is one of them
constexpr unsigned max_age = tag_bits - 1;

/// `rest`: the fingerprint's bits behind those that choose the segment, from the top.
constexpr Word tag_of(Word rest) { return rest >> (64 - tag_bits) | 1; }
/// Whether what is left of `stored` is how `wanted`, which is just made, begins.
constexpr bool agree(Word stored, Word wanted) { return (stored ^ wanted) <= (stored ^ (stored - 1)); }
constexpr bool moves_to_second_half(Word tag) { return tag >> max_age != 0; }
constexpr Word after_cut(Word tag) { return tag << 1 & ((Word{1} << tag_bits) - 1); }

inline Word load(Word& word) { return std::atomic_ref<Word>(word).load(std::memory_order_relaxed); }
inline Word tag_in(Word tags, unsigned slot) { return tags >> (slot * tag_bits) & ((Word{1} << tag_bits) - 1); }
inline Word tags_of(Word* line) { return load(line[slots]); }

/// Which slots hold the word, a bit each.
[[gnu::always_inline]] inline unsigned slots_with(Word* line, Word word) {
    unsigned set = 0;
#pragma GCC unroll 7
    for (unsigned slot = slots; slot-- > 0;) set = 2 * set + static_cast<unsigned>(load(line[slot]) == word);
    return set;
}
/// Also which are empty, seen at the same moment.
struct Slots {
    unsigned equal = 0;
    unsigned empty = 0;
};
[[gnu::always_inline]] inline Slots look(Word* line, Word wanted) {
    Slots found;
#pragma GCC unroll 7
    for (unsigned slot = slots; slot-- > 0;) {
        const Word word = load(line[slot]);
        found.equal = 2 * found.equal + static_cast<unsigned>(word == wanted);
        found.empty = 2 * found.empty + static_cast<unsigned>(word == 0);
    }
    return found;
}
inline unsigned first_of(unsigned set) { return static_cast<unsigned>(std::countr_zero(set)); }

/// Beside the tags: some word has its home in this line or before, and lies behind it. Nobody else has to look there.
constexpr Word passed = Word{1} << 63;
inline bool is_passed(Word* line) { return (tags_of(line) & passed) != 0; }
inline void pass(Word* line) {
    if (!is_passed(line)) std::atomic_ref<Word>(line[slots]).fetch_or(passed, std::memory_order_relaxed);
}

/// The line where a word will be put that is neither here nor behind.
inline void prefetch_for_insertion(Word* line) {
    __builtin_prefetch(line + (load(line[slots - 1]) != 0 ? words : 0), 1);
}

/// How many slots are taken, if nobody else inserts.
inline unsigned taken(const Word* line) {
    return (static_cast<unsigned>(std::bit_width(line[slots] & ~passed)) + tag_bits - 1) / tag_bits;
}
inline void put(Word* line, unsigned slot, Word word, Word tag) {
    line[slot] = word;
    line[slots] |= tag << (slot * tag_bits);
}
/// Puts it into the first empty slot unless another worker has taken one since `tags` were read, or not written its word when
/// the words were read. Where it is put, all words of the line have been looked at, so two workers never both put the same.
inline bool try_to_put(Word* line, unsigned slot, Word word, Word tag, Word tags) {
    if (tag_in(tags, slot) != 0) return false;
    if (!std::atomic_ref<Word>(line[slots])
             .compare_exchange_strong(tags, tags | tag << (slot * tag_bits), std::memory_order_relaxed))
        return false;
    std::atomic_ref<Word>(line[slot]).store(word, std::memory_order_relaxed);
    return true;
}

/// Whether some slot has a tag and no word yet.
inline bool is_being_put(Word* line) {
    const unsigned empty = slots_with(line, 0);
    return empty != 0 && tag_in(tags_of(line), first_of(empty)) != 0;
}

/// The lines of a segment where a word may be, one after the other. Only who finds neither the word nor an empty slot in the
/// first, which is seldom, has to wait for another one.
class Probe {
public:
    [[gnu::always_inline]] Probe(Word* segment, std::size_t lines, Word word)
        : segment_(segment),
          lines_(lines),
          left_(lines) {
        __extension__ using Wide = unsigned __int128;
        at_ = static_cast<std::size_t>((static_cast<Wide>(word) * lines) >> 64);
    }
    Word* line() const { return segment_ + at_ * words; }
    /// Returns whether there is another one.
    bool go_on() {
        if (++at_ == lines_) at_ = 0;
        return --left_ != 0;
    }

private:
    Word* segment_;
    std::size_t lines_;
    std::size_t left_;
    std::size_t at_;
};

} // namespace checker::visited_line
