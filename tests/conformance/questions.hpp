// SPDX-License-Identifier: GPL-2.0-only
//
// What is asked of a layout and of its headers.
#pragma once

#include "arch_encodings/layout.hpp"
#include "tests/conformance/header.hpp"

#include <cstddef>
#include <map>
#include <string>

namespace conformance {

// Everything that a PTE is computed from or to. Of what is looked at in bulk, every `step`th word: a mutation seldom needs more than a few.
void compare_values(const Header& header, const arch::Layout& layout, std::size_t step, Comparison& result);

// Bits of swap.keep_clear that no helper of a header looks at.
Word undecided_keep_clear(const arch::Layout& layout);

// What a PTE is in memory: `big` and `little` are NULL where no such kernel can be built.
void compare_storage(const Header* big, const Header* little, const arch::Layout& layout, Comparison& result);

// How the functions of a kernel, the layout's own or another one, store and load a PTE of two words.
void compare_order(const Header& order, bool is_own_kernel, const arch::Layout& layout, Comparison& result);

// What the headers or Kconfig say without computing anything, by name; those that are not known are not asked for.
using Facts = std::map<std::string, std::string>;
void compare_facts(const Facts& facts, const arch::Layout& layout, Comparison& result);

} // namespace conformance
