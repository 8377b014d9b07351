// SPDX-License-Identifier: GPL-2.0-only
// The wording of input errors and the search for the nearest valid word.

#include "checker/input_error.hpp"

#include <algorithm>
#include <cstddef>

namespace checker {

namespace {

constexpr std::size_t longest_quote = 60;

/// Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

} // namespace

std::string InputError::text() const {
    std::string line = place.empty() ? message : place + ": " + message;
    if (!nearest.empty()) line += "; did you mean " + in_quotes(nearest) + "?";
    return line;
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& candidates) {
    // A word of megabytes is a mistake of another kind, and the distance costs the product of the lengths.
    if (word.size() > 256) return {};
    std::string best;
    std::size_t best_distance = word.size() / 3 + 1;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > 256) continue;
        const std::size_t distance = edit_distance(word, candidate);
        if (distance >= std::max(word.size(), candidate.size())) continue;
        if (distance < best_distance || (distance == best_distance && best.empty())) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string in_quotes(std::string_view word) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "\"";
    for (std::size_t at = 0; at < word.size() && at < longest_quote; ++at) {
        const auto byte = static_cast<unsigned char>(word[at]);
        if (byte >= 0x20 && byte < 0x7f) {
            text += word[at];
        } else {
            text += "\\x";
            text += digits[byte >> 4];
            text += digits[byte & 15];
        }
    }
    text += word.size() > longest_quote ? "...\"" : "\"";
    return text;
}

} // namespace checker
