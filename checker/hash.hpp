// SPDX-License-Identifier: GPL-2.0-only
// Hashes of the checker: 128 bits in two lanes that are mixed separately, so that the bucket of a state (one lane) says
// nothing about what is stored in it (the other).
#pragma once

#include <cstdint>

namespace checker {

/// A well-mixing bijection of 64-bit words (the finaliser of rrmxmx, by Pelle Evensen).
constexpr std::uint64_t mix(std::uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ULL;
    x ^= x >> 32;
    return x;
}

/// 128 bits of hash. Values of a set are combined by `+=` (never by xor: equal parts would cancel), histories by `absorb`.
struct Hash128 {
    std::uint64_t low = 0;
    std::uint64_t high = 0;

    friend constexpr bool operator==(const Hash128&, const Hash128&) = default;

    constexpr Hash128& operator+=(const Hash128& other) {
        low += other.low;
        high += other.high;
        return *this;
    }
    constexpr Hash128& operator-=(const Hash128& other) {
        low -= other.low;
        high -= other.high;
        return *this;
    }
    /// Appends `value` to the history that this hash stands for; order matters.
    constexpr void absorb(std::uint64_t value) {
        low = mix(low ^ mix(value + 0x9e3779b97f4a7c15ULL));
        high = mix(high + (value ^ 0xc2b2ae3d27d4eb4fULL) * 0x165667b19e3779f9ULL + 1);
    }
};

/// What the hash of (kind-of-thing, value) begins with.
constexpr Hash128 hash_of_name(std::uint64_t name, std::uint64_t seed) { return {mix(name + seed), mix(name ^ ~seed)}; }

/// The hash of (kind-of-thing, value) used for the parts of a state that are summed.
constexpr Hash128 hash_of(std::uint64_t name, std::uint64_t value, std::uint64_t seed) {
    Hash128 hash = hash_of_name(name, seed);
    hash.absorb(value);
    return hash;
}

} // namespace checker
