// SPDX-License-Identifier: GPL-2.0-only
// All layouts at a glance: docs/LAYOUTS.md.
#pragma once

#include "arch_encodings/layout.hpp"

#include <span>
#include <string>

namespace layouts {

/// A page in Markdown: one row a layout, and one row for each fault that a layout owns up to, with the PTE that shows it.
std::string markdown_page(std::span<const arch::Layout* const> layouts);

} // namespace layouts
