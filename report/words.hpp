// SPDX-License-Identifier: GPL-2.0-only
// Text from outside (names of files, titles, words of the command line) made fit for where it is shown.
#pragma once

#include "checker/grouped.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace report {

/// For a terminal and for XML: what is no UTF-8, and every control character (an escape sequence could do anything to a
/// terminal, and XML 1.0 has no way to write one), becomes U+FFFD. A line break is a control character too.
std::string shown(std::string_view text);
/// shown(), with the characters that mean something in XML escaped.
std::string in_xml(std::string_view text);
/// A word that a shell reads as this path, and a command as no option: "'two words.json'", "./-f.json". Printable ASCII,
/// unless the path has other characters in UTF-8.
std::string shell_quoted(const std::string& path);
/// The first characters of `text`, which is UTF-8, that fit into so many columns.
std::string cut(const std::string& text, std::size_t columns);

/// `head` and the words after it, separated by spaces, in lines of at most 100 columns; further lines are indented by the
/// width of `head`.
std::string listed(const std::string& head, const std::vector<std::string>& words);

using checker::counted;
using checker::grouped;

/// A document as it is printed. Strings that are no UTF-8, such as the names of files may be, have U+FFFD in them.
std::string json_text(const nlohmann::json& document);

} // namespace report
