// SPDX-License-Identifier: GPL-2.0-only
// Random numbers that are the same everywhere: splitmix64 with the checker's own mixing. The standard library's
// distributions are not, so they are not used.
#pragma once

#include "checker/hash.hpp"

#include <bit>
#include <cstdint>

namespace checker {

class Random {
public:
    /// The `stream`-th of the sequences that a seed stands for; they have nothing to do with each other.
    Random(std::uint64_t seed, std::uint64_t stream) : state_(mix(mix(seed) + mix(~stream))) {}

    std::uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }

    /// One of 0 .. bound-1, each as likely as the others. `bound` is at least 1.
    std::uint64_t below(std::uint64_t bound) {
        __extension__ using Wide = unsigned __int128;
        // The high word of the product favours some values a little, unless the first few low words are thrown away.
        const std::uint64_t unfair = (0 - bound) % bound;
        for (;;) {
            const Wide product = static_cast<Wide>(next()) * bound;
            if (static_cast<std::uint64_t>(product) >= unfair) return static_cast<std::uint64_t>(product >> 64);
        }
    }

    /// One of the bits that are set in `bits`, which is not zero, as its index.
    unsigned any_bit(std::uint64_t bits) {
        for (auto skip = below(static_cast<std::uint64_t>(std::popcount(bits))); skip > 0; --skip) bits &= bits - 1;
        return static_cast<unsigned>(std::countr_zero(bits));
    }

private:
    std::uint64_t state_;
};

} // namespace checker
