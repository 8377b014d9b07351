// SPDX-License-Identifier: GPL-2.0-only
// What one bit of a PTE is for, in a swap PTE and in a present one. Inside the drawing only.
#pragma once

#include "arch_encodings/layout.hpp"

#include <string>

namespace layouts {

struct BitRole {
    char letter = '.';
    std::string text;
    /// Of a number: which of its bits stands here, and how many it has.
    int value_bit = -1;
    int value_bits = 0;

    bool operator==(const BitRole&) const = default;
};

BitRole swap_role(const arch::Layout& layout, unsigned bit);
BitRole present_role(const arch::Layout& layout, unsigned bit);

/// What the legend says of a letter.
const char* letter_meaning(char letter, bool is_swap);

} // namespace layouts
