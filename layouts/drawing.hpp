// SPDX-License-Identifier: GPL-2.0-only
// A drawing of a layout for a terminal: the word bit by bit, as a swap PTE and as a present one, and what each bit is for.
#pragma once

#include "arch_encodings/layout.hpp"

#include <string>

namespace layouts {

inline constexpr std::size_t drawing_columns = 100;

/// At most drawing_columns wide, in ASCII, high bits first.
std::string drawing(const arch::Layout& layout);

} // namespace layouts
