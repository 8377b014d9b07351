// SPDX-License-Identifier: GPL-2.0-only
//
// xtensa of Linux 6.12 on hardware of 2000 or later, from arch/xtensa/include/asm/pgtable.h. An empty PTE is not 0, and the swap entry of
// type 0 and offset 0 is the empty PTE.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace xtensa {

inline constexpr std::uint64_t PAGE_HW_EXEC = bit(0);
inline constexpr std::uint64_t PAGE_HW_WRITE = bit(1);
inline constexpr std::uint64_t PAGE_USER = bit(4);
inline constexpr std::uint64_t PAGE_WRITABLE = bit(6);
inline constexpr std::uint64_t PAGE_DIRTY = bit(7);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(8);

} // namespace xtensa

inline constexpr Layout xtensa_6_12 = {
    .name = "xtensa-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {differs(bits(2, 3), bits(2, 3)), all_set(xtensa::PAGE_HW_EXEC | xtensa::PAGE_HW_WRITE | bits(2, 3))},
    .none_value = bits(2, 3) | xtensa::PAGE_USER,
    .swap =
        {
            .type = plain_field(6, 5),
            .offset = plain_field(11, 21),
            .usable_offset_bits = 21,
            .exclusive = xtensa::PAGE_HW_WRITE,
            .fixed_mask = xtensa::PAGE_HW_EXEC | bits(2, 3) | xtensa::PAGE_USER,
            .fixed_value = bits(2, 3) | xtensa::PAGE_USER,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = {{any_set(xtensa::PAGE_WRITABLE)},
                      {{.set = xtensa::PAGE_WRITABLE}},
                      {{.clear = xtensa::PAGE_HW_WRITE | xtensa::PAGE_WRITABLE}}},
            .dirty = {{any_set(xtensa::PAGE_DIRTY)},
                      {{.set = xtensa::PAGE_DIRTY}},
                      {{.clear = xtensa::PAGE_HW_WRITE | xtensa::PAGE_DIRTY}}},
            .young = plain_flag(xtensa::PAGE_ACCESSED),
            .page_readonly = {bit(2) | xtensa::PAGE_USER | xtensa::PAGE_ACCESSED},
            .page_none = {xtensa::PAGE_HW_EXEC | xtensa::PAGE_HW_WRITE | bits(2, 3) | xtensa::PAGE_USER},
            .modify = {.keep = xtensa::PAGE_DIRTY | xtensa::PAGE_ACCESSED | bits(12, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {equals(bits(2, 3) | xtensa::PAGE_USER, bit(2) | xtensa::PAGE_USER)},
                     .may_store = {equals(0x5c, 0x54)},
                     .on_load = {{.set = xtensa::PAGE_ACCESSED}},
                     .on_store = {{.set = xtensa::PAGE_HW_WRITE | xtensa::PAGE_DIRTY | xtensa::PAGE_ACCESSED}}},
        },
};
static_assert(find_fault(xtensa_6_12) == Fault::none);

} // namespace arch
