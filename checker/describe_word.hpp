// SPDX-License-Identifier: GPL-2.0-only
// What the word in a cell means, for people: by the type of the value it holds. A type of a program under test is shown as
// its own function `std::string describe(T)` says, found where the type is declared; else as a number.
#pragma once

#include "checker/handles.hpp"

#include <concepts>
#include <string>
#include <type_traits>

namespace checker {

template <class T>
concept Describable = requires(const T& value) {
    { describe(value) } -> std::convertible_to<std::string>;
};

template <WordSized T>
std::string describe_word(Word word) {
    const T value = from_word<T>(word);
    if constexpr (Describable<T>)
        return describe(value);
    else if constexpr (std::is_same_v<T, bool>)
        return value ? "true" : "false";
    else if constexpr (std::is_arithmetic_v<T>)
        return std::to_string(value);
    else if constexpr (std::is_enum_v<T>)
        return std::to_string(static_cast<std::underlying_type_t<T>>(value));
    else
        return std::to_string(word);
}

/// "free", "held".
std::string describe_mutex(Word word);
/// "free", "1 reader", "a writer".
std::string describe_rwlock(Word word);

} // namespace checker
