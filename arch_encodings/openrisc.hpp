// SPDX-License-Identifier: GPL-2.0-only
//
// openrisc of Linux 6.12, from arch/openrisc/include/asm/pgtable.h. The handler is taken to mark accessed and dirty.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace openrisc {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(4);
inline constexpr std::uint64_t PAGE_DIRTY = bit(5);
inline constexpr std::uint64_t PAGE_URE = bit(6);
inline constexpr std::uint64_t PAGE_UWE = bit(7);
inline constexpr std::uint64_t PAGE_SRE = bit(8);
inline constexpr std::uint64_t PAGE_SWE = bit(9);
inline constexpr std::uint64_t PAGE_EXEC = bit(10);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(11);

} // namespace openrisc

inline constexpr Layout openrisc_6_12 = {
    .name = "openrisc-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 13,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(openrisc::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(5, 6),
            .offset = plain_field(12, 20),
            .usable_offset_bits = 20,
            .exclusive = openrisc::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(13, 19),
            .write = {{any_set(openrisc::PAGE_UWE), any_set(openrisc::PAGE_SWE)},
                      {{.set = openrisc::PAGE_UWE | openrisc::PAGE_SWE}},
                      {{.clear = openrisc::PAGE_UWE | openrisc::PAGE_SWE}}},
            .dirty = plain_flag(openrisc::PAGE_DIRTY),
            .young = plain_flag(openrisc::PAGE_ACCESSED),
            .page_readonly = {openrisc::PAGE_PRESENT | openrisc::PAGE_ACCESSED | openrisc::PAGE_URE |
                              openrisc::PAGE_SRE},
            .page_none = {openrisc::PAGE_PRESENT | openrisc::PAGE_ACCESSED},
            .modify = {.keep = openrisc::PAGE_ACCESSED | openrisc::PAGE_DIRTY | bits(13, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(openrisc::PAGE_PRESENT | openrisc::PAGE_URE)},
                     .may_store = {all_set(openrisc::PAGE_PRESENT | openrisc::PAGE_UWE)},
                     .on_load = {{.set = openrisc::PAGE_ACCESSED}},
                     .on_store = {{.set = openrisc::PAGE_ACCESSED | openrisc::PAGE_DIRTY}}},
        },
};
static_assert(find_fault(openrisc_6_12) == Fault::none);

} // namespace arch
