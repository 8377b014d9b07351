// SPDX-License-Identifier: GPL-2.0-only
// The readers of a layout's parts. Inside the reader only.
#pragma once

#include "arch_encodings/layout.hpp"
#include "checker/json_node.hpp"

namespace layouts {

arch::Matches read_matches(const checker::Node& list, unsigned pte_bits);
arch::PresentFields read_present(const checker::Node& node, unsigned pte_bits);

} // namespace layouts
