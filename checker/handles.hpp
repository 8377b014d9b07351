// SPDX-License-Identifier: GPL-2.0-only
// Typed handles onto cells or masks of cells. They are plain names: copying one copies no state.
#pragma once

#include "checker/ids.hpp"

#include <cstring>
#include <type_traits>

namespace checker {

/// A variable that its threads access without any synchronisation, and fills one cell. Two accesses of which none happens
/// before the other, and at least one writes, are a data race. It is no argument of a multi-cell operation or of a wait,
/// which synchronise.
template <class T>
struct Plain {
    CellId cell{};
};

namespace detail {
template <class T>
inline constexpr bool is_plain = false;
template <class T>
inline constexpr bool is_plain<Plain<T>> = true;
} // namespace detail

/// What may travel through an operation: trivially copyable, at most one word, no pointer (an address would make
/// fingerprints depend on where the program was loaded), and without padding, whose bytes would tell equal values apart.
/// Floating-point numbers are told apart by their bits: 0.0 and -0.0 are two values, and a NaN equals itself. A structure
/// with floating-point members does not qualify: hold their bits (std::bit_cast).
template <class T>
concept WordSized = std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(Word) && !std::is_pointer_v<T> &&
                    !std::is_member_pointer_v<T> && !detail::is_plain<T> &&
                    (std::has_unique_object_representations_v<T> || std::is_floating_point_v<T>);

/// The bytes of a word-sized value, zero-extended.
template <WordSized T>
Word to_word(const T& value) {
    Word word = 0;
    std::memcpy(&word, &value, sizeof(T));
    return word;
}

template <WordSized T>
T from_word(Word word) {
    T value;
    std::memcpy(static_cast<void*>(&value), &word, sizeof(T));
    return value;
}

/// A variable that fills one cell.
template <WordSized T>
struct Var {
    CellId cell{};
};

/// One bit, or several that are set and cleared together, of a word of flags.
struct Flag {
    CellId cell{};
    Word mask = 1;
};

/// A lock that has one holder; the bits of `mask` are set while it is held. A flag bit can serve as one (PG_locked).
struct Mutex {
    CellId cell{};
    Word mask = 1;
};

/// A reader-writer lock. The cell holds the number of readers, or `writer_held`.
struct RwLock {
    static constexpr Word writer_held = Word{1} << 63;
    CellId cell{};
};

/// A sequence count; odd while its writer is inside.
struct SeqCount {
    CellId cell{};
};

} // namespace checker
