// SPDX-License-Identifier: GPL-2.0-only
// Errors of input as values: where, what was expected, and the nearest valid word. Whatever reads a file returns these;
// nothing here prints, throws or exits.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace checker {

struct InputError {
    /// A JSON pointer ("" is the whole document), or "line L, column C" where the text is not even JSON.
    std::string place;
    /// What is wrong there and what was expected instead, as one sentence without a full stop.
    std::string message;
    /// The nearest valid word, where a word was not understood; else empty.
    std::string nearest;

    /// All of it as one line.
    std::string text() const;
};

/// A value, or the reason why there is none.
template <class T>
class Result {
public:
    // Both constructors are implicit, so that a function can return either.
    // NOLINTBEGIN(google-explicit-constructor)
    Result(T value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(InputError error) : content_(std::in_place_index<1>, std::move(error)) {}
    // NOLINTEND(google-explicit-constructor)

    explicit operator bool() const { return content_.index() == 0; }
    const T& value() const { return std::get<0>(content_); }
    T& value() { return std::get<0>(content_); }
    const InputError& error() const { return std::get<1>(content_); }

private:
    std::variant<T, InputError> content_;
};

/// The candidate that `word` was most likely meant to be, by edit distance; empty if none is near. Of equally near ones the
/// first wins.
std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates);

/// `word` in quotes, shortened if it is long: messages quote input, which may be of any size. Control characters and bytes
/// that are not ASCII text are written as \xNN.
std::string in_quotes(std::string_view word);

} // namespace checker
