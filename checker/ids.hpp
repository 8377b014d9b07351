// SPDX-License-Identifier: GPL-2.0-only
// The strong types that name things of the checker, and the word that every cell holds.
#pragma once

#include <bit>
#include <compare>
#include <cstdint>

namespace checker {

/// The content of a cell, the argument of an operation and its result.
using Word = std::uint64_t;

/// Names one cell of the shared state; ids are dense, in order of creation.
struct CellId {
    std::uint16_t index = 0;
    auto operator<=>(const CellId&) const = default;
};

/// Names one thread of a program; ids are dense, in order of creation, and order schedules.
struct ThreadId {
    std::uint8_t index = 0;
    auto operator<=>(const ThreadId&) const = default;
};

/// The first thread of a bit set that is not empty.
constexpr ThreadId first_thread(Word threads) { return ThreadId{static_cast<std::uint8_t>(std::countr_zero(threads))}; }

/// The place in the modelled code that announces an operation. (Not std::source_location: Clang 14 does not have it.)
struct Where {
    const char* function = "";
    unsigned line = 0;

    static constexpr Where here(const char* in = __builtin_FUNCTION(), unsigned at = __builtin_LINE()) {
        return Where{in, at};
    }
};

} // namespace checker
