// SPDX-License-Identifier: GPL-2.0-only
// Bits as people write them in a layout file. A set of bits is one of
//     3                a bit by its number, bit 0 being the least significant one of pte_val()
//     "12..51"         a range, both ends included
//     "0x101"          a mask
//     [0, 8, "12..51"] several of these; [] is none
//     "all"            all 64 bits, also where the PTE has fewer
//     {"all_but": ...} all but these
// and a field, which holds a number, is its pieces from the lowest value bit up: "12..51", or ["2..5", 8], or
// {"bits": ..., "inverted": true} where it is stored with every bit inverted.
#pragma once

#include "arch_encodings/layout.hpp"
#include "checker/json_node.hpp"

namespace layouts {

/// `pte_bits`: bits from there on are outside of the word and refused.
std::uint64_t read_bits(const checker::Node& node, unsigned pte_bits);
arch::Field read_field(const checker::Node& node, unsigned pte_bits);
/// One piece of a field or of a word: a bit or a range.
arch::Segment read_piece(const checker::Node& node, unsigned pte_bits);

nlohmann::ordered_json bits_json(std::uint64_t mask, unsigned pte_bits);
nlohmann::ordered_json field_json(const arch::Field& field);

} // namespace layouts
