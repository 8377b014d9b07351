// SPDX-License-Identifier: GPL-2.0-only
#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace report {

namespace {

constexpr std::string_view replacement = "\xef\xbf\xbd"; // U+FFFD

unsigned char byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// The length of the character at `at`, or 0 if there is none in UTF-8: overlong forms, surrogates and what is beyond
/// U+10FFFF are none.
std::size_t length_of_character(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || at + length > text.size()) return 0;
    const unsigned char second = byte_at(text, at + 1);
    if (lead == 0xe0 && second < 0xa0) return 0;
    if (lead == 0xed && second > 0x9f) return 0;
    if (lead == 0xf0 && second < 0x90) return 0;
    if (lead == 0xf4 && second > 0x8f) return 0;
    for (std::size_t n = 1; n < length; ++n)
        if ((byte_at(text, at + n) & 0xc0) != 0x80) return 0;
    return length;
}

/// Also the C1 controls, U+0080 to U+009F, among which a terminal may find the 8-bit form of ESC [; and the two
/// non-characters that XML forbids.
bool is_control(std::string_view character) {
    const unsigned char lead = byte_at(character, 0);
    if (character.size() == 1) return lead < 0x20 || lead == 0x7f;
    if (character.size() == 2) return lead == 0xc2 && byte_at(character, 1) < 0xa0;
    return character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf";
}

/// Calls `use` with each character of `text`, and with U+FFFD for what is none or a control character.
template <class Use>
void for_each_character(std::string_view text, Use use) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = length_of_character(text, at);
        const std::string_view character = text.substr(at, std::max<std::size_t>(length, 1));
        use(length == 0 || is_control(character) ? replacement : character);
        at += character.size();
    }
}

bool needs_no_quotes(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-./+:,@%=").find(c) != std::string_view::npos;
}

} // namespace

std::string shown(std::string_view text) {
    std::string out;
    for_each_character(text, [&](std::string_view character) { out += character; });
    return out;
}

std::string in_xml(std::string_view text) {
    std::string out;
    for (const char c : shown(text)) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

std::string shell_quoted(const std::string& path) {
    std::string word = path.starts_with('-') ? "./" + path : path;
    if (!word.empty() && std::all_of(word.begin(), word.end(), needs_no_quotes)) return word;
    std::string quoted;
    if (shown(word) == word) {
        for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
        return "'" + quoted + "'";
    }
    // The form of bash and others for what cannot be shown.
    for (const char c : word) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte >= 0x7f)
            quoted += fmt::format("\\{:03o}", byte);
        else
            quoted += c == '\'' || c == '\\' ? std::string("\\") + c : std::string(1, c);
    }
    return "$'" + quoted + "'";
}

std::string cut(const std::string& text, std::size_t columns) {
    std::string out;
    std::size_t used = 0;
    bool fits = true;
    for_each_character(text, [&](std::string_view character) {
        // Some characters are two columns wide; which ones they are is not known here, so all but ASCII may be.
        used += character.size() == 1 ? 1 : 2;
        fits = fits && used <= columns;
        if (fits) out += character;
    });
    return out;
}

std::string listed(const std::string& head, const std::vector<std::string>& words) {
    constexpr std::size_t most_columns = 100;
    std::string out = head;
    std::size_t column = head.size();
    for (const std::string& word : words) {
        const bool is_first = column == head.size();
        if (!is_first && column + 1 + word.size() > most_columns) {
            out += "\n" + std::string(head.size(), ' ');
            column = head.size();
        } else if (!is_first) {
            out += ' ';
            ++column;
        }
        out += word;
        column += word.size();
    }
    return out + "\n";
}

std::string json_text(const nlohmann::json& document) {
    return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

} // namespace report
