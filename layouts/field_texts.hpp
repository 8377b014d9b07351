// SPDX-License-Identifier: GPL-2.0-only
// Every field of a layout in words, and what differs between two layouts.
#pragma once

#include "arch_encodings/layout.hpp"

#include <string>
#include <vector>

namespace layouts {

/// "any of bits 0, 8 set"
std::string matches_text(const arch::Matches& matches, const char* between);
/// "bits 2..6", "bits 2..5, then bit 8", "bits 9..58, inverted"
std::string field_text(const arch::Field& field);
/// "no bit set, apart from bits 5..6, which it ignores"
std::string none_text(const arch::Layout& layout);
/// "low word, then high word"
std::string accesses_text(const arch::PteAccesses& accesses);
/// "0..31, then 32..63": in memory order
std::string words_text(const arch::Layout& layout);

struct FieldText {
    std::string field; ///< in the kernel's terms: "type", "pte_mkwrite()"
    std::string text;
};

/// All fields in a fixed order, the same for every layout; name and kernel are not among them.
std::vector<FieldText> field_texts(const arch::Layout& layout);

struct Difference {
    std::string field, from, to;
};
std::vector<Difference> differences(const arch::Layout& from, const arch::Layout& to);

} // namespace layouts
