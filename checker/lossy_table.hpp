// SPDX-License-Identifier: GPL-2.0-only
// Visited states where there is no memory left to tell them apart: less is kept of each, so some new ones are taken for states
// that were seen before. How many that are to be expected is known, and summed up: a new state is lost with a probability p
// that what lies in its place says, so each state that is not lost stands for p / (1 - p) others that are. The sum is right on
// average, whatever the order (an estimate as Horvitz and Thompson's).
//
// Hash compaction keeps 32 bits a state (Wolper and Leroy 1993), bitstate sets three bits of one word (Holzmann 1987; in one word,
// so that of two workers only one sees them change). Any number of workers may insert at the same time.
#pragma once

#include "checker/ids.hpp"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace checker {

class LossyTable {
public:
    enum class Insertion : std::uint8_t { added, present, no_room };

    /// `memory` is zeroed, a multiple of 64 bytes, and outlives the table. `is_bitstate`: else hash compaction.
    LossyTable(std::span<Word> memory, bool is_bitstate) : memory_(memory), is_bitstate_(is_bitstate) {}

    /// A well-mixed word tells a state from others.
    [[gnu::always_inline]] void prefetch(Word state) const { __builtin_prefetch(&memory_[first_word(state)], 1); }
    Insertion insert(Word state) {
        double lost = 0;
        const Insertion insertion = is_bitstate_ ? set_bits(state, lost) : store(state, lost);
        if (insertion == Insertion::added) count(lost);
        return insertion;
    }
    /// Inserts what was known before: it stands for no other.
    void adopt(Word state) {
        double lost = 0;
        if (is_bitstate_)
            set_bits(state, lost);
        else
            store(state, lost);
    }

    std::uint64_t added() const { return added_.load(std::memory_order_relaxed); }
    /// How many new states were taken for others, on average of all hash functions.
    double expected_omissions() const { return static_cast<double>(lost_.load(std::memory_order_relaxed)) / scale; }

private:
    static constexpr double scale = 4294967296.0;
    static constexpr std::size_t bucket_words = 8; ///< a cache line
    static constexpr std::size_t tags_in_word = 2;
    static constexpr double tags = 4294967295.0; ///< zero is none

    std::size_t first_word(Word state) const {
        __extension__ using Wide = unsigned __int128;
        const std::size_t unit = is_bitstate_ ? 1 : bucket_words;
        return static_cast<std::size_t>((static_cast<Wide>(state) * (memory_.size() / unit)) >> 64) * unit;
    }

    Insertion set_bits(Word state, double& lost) {
        // The place comes from the high bits of the state, these from the low ones.
        const Word bits = Word{1} << (state & 63) | Word{1} << (state >> 6 & 63) | Word{1} << (state >> 12 & 63);
        const std::atomic_ref<Word> word(memory_[first_word(state)]);
        const Word before = word.fetch_or(bits, std::memory_order_relaxed);
        if ((before & bits) == bits) return Insertion::present;
        const double full = static_cast<double>(std::popcount(before)) / 64;
        lost = full * full * full;
        return Insertion::added;
    }

    /// In the first free place from the state's bucket on.
    Insertion store(Word state, double& lost) {
        const Word low = state & 0xffffffff;
        const Word tag = low != 0 ? low : 1;
        std::size_t at = first_word(state);
        for (std::size_t looked_at = 0; looked_at < std::min(memory_.size(), most_words); ++looked_at) {
            const std::atomic_ref<Word> word(memory_[at]);
            Word found = word.load(std::memory_order_relaxed);
            for (unsigned half = 0; half < tags_in_word; ++half) {
                const unsigned shift = 32 * half;
                while ((found >> shift & 0xffffffff) == 0)
                    if (word.compare_exchange_weak(found, found | tag << shift, std::memory_order_relaxed)) {
                        lost = static_cast<double>(looked_at * tags_in_word + half) / tags;
                        return Insertion::added;
                    }
                if ((found >> shift & 0xffffffff) == tag) return Insertion::present;
            }
            if (++at == memory_.size()) at = 0;
        }
        return Insertion::no_room;
    }

    void count(double lost) {
        added_.fetch_add(1, std::memory_order_relaxed);
        lost_.fetch_add(static_cast<std::uint64_t>(lost / (1 - lost) * scale), std::memory_order_relaxed);
    }

    /// Where so many words in a row are full, nearly all are.
    static constexpr std::size_t most_words = 512;

    std::span<Word> memory_;
    bool is_bitstate_;
    std::atomic<std::uint64_t> added_ = 0;
    std::atomic<std::uint64_t> lost_ = 0; ///< in units of 1 / scale
};

} // namespace checker
