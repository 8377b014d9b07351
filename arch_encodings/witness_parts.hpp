// SPDX-License-Identifier: GPL-2.0-only
//
// Inside witness*.cpp: how a witness is worded.
#pragma once

#include "arch_encodings/witness.hpp"

namespace arch {

inline std::string entry_text(SwpEntry entry) {
    return "type " + std::to_string(entry.type) + " offset " + std::to_string(entry.offset);
}

inline std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) text += part;
    return text;
}

// "WORD is IS": one sentence about a word.
inline Witness about(const Layout& layout, std::uint64_t word, const std::string& is) {
    return {{word}, hex_word(layout, word) + " is " + is};
}

// The lowest bit of a mask; 0 of none.
constexpr std::uint64_t lowest(std::uint64_t mask) { return mask & (~mask + 1); }

// A word of the set in which `match` holds; it can_match().
constexpr std::uint64_t matching_word(const Match& match, WordSet words) {
    const std::uint64_t own = words.fixed & ~words.free;
    if (match.equal) return own | (match.value & words.free);
    if ((own & match.mask) != match.value) return own;
    return own | lowest(match.mask & words.free & ~own);
}

Witness swap_witness(const Layout& layout, Fault fault);
Witness present_witness(const Layout& layout, Fault fault);

} // namespace arch
