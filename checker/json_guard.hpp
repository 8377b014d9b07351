// SPDX-License-Identifier: GPL-2.0-only
// JSON from files that may be anything: every way in which a text can fail to be the JSON that a reader can work with is
// an error with a place. Start here when reading a JSON file.
#pragma once

#include "checker/input_error.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace checker {

/// Deeper than anything people write, and shallow enough for functions that recurse over a document.
inline constexpr std::size_t default_json_depth = 64;

/// Parses `text` as one JSON document in UTF-8. Errors, with line and column: not JSON, nested deeper than `max_depth`
/// arrays and objects, a number out of range; with a JSON pointer: a key that an object has twice (of which JSON libraries
/// silently keep one).
Result<nlohmann::json> parse_json_guarded(std::string_view text, std::size_t max_depth = default_json_depth);

/// Where byte `offset` (from 0) of `text` is, as "line L, column C", both counted from 1, columns in bytes.
std::string line_and_column(std::string_view text, std::size_t offset);

/// The JSON pointer of member `key` of what `pointer` names, escaped as RFC 6901 has it.
std::string pointer_to(std::string_view pointer, std::string_view key);
std::string pointer_to(std::string_view pointer, std::size_t index);

/// "an object", "a string", ...: what `value` is, for messages.
const char* kind_of(const nlohmann::json& value);

} // namespace checker
