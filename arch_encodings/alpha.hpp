// SPDX-License-Identifier: GPL-2.0-only
//
// alpha of Linux 6.12, from arch/alpha/include/asm/pgtable.h. Reading and writing are forbidden by fault bits, and the enable
// bits follow accessed and dirty, so that the first access of each kind faults.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace alpha {

inline constexpr std::uint64_t PAGE_VALID = bit(0);
inline constexpr std::uint64_t PAGE_FOR = bit(1);
inline constexpr std::uint64_t PAGE_FOW = bit(2);
inline constexpr std::uint64_t PAGE_FOE = bit(3);
inline constexpr std::uint64_t PAGE_KRE = bit(8);
inline constexpr std::uint64_t PAGE_URE = bit(9);
inline constexpr std::uint64_t PAGE_KWE = bit(12);
inline constexpr std::uint64_t PAGE_UWE = bit(13);
inline constexpr std::uint64_t PAGE_DIRTY = bit(17);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(18);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(39);

} // namespace alpha

inline constexpr Layout alpha_6_12 = {
    .name = "alpha-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 13,
    .ulong_bits = 64,
    .stored = Endian::little,
    .present = {any_set(alpha::PAGE_VALID)},
    .swap =
        {
            .type = plain_field(32, 7),
            .offset = plain_field(40, 24),
            .usable_offset_bits = 24,
            .exclusive = alpha::PAGE_SWP_EXCLUSIVE,
            .exclusive_visible = low_bits(32),
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(32, 32),
            .write = inverted_flag(alpha::PAGE_FOW),
            .dirty = {{any_set(alpha::PAGE_DIRTY)},
                      {{.set = alpha::PAGE_KWE | alpha::PAGE_UWE | alpha::PAGE_DIRTY}},
                      {{.clear = alpha::PAGE_KWE | alpha::PAGE_UWE | alpha::PAGE_DIRTY}}},
            .young = {{any_set(alpha::PAGE_ACCESSED)},
                      {{.set = alpha::PAGE_KRE | alpha::PAGE_URE | alpha::PAGE_ACCESSED}},
                      {{.clear = alpha::PAGE_KRE | alpha::PAGE_URE | alpha::PAGE_ACCESSED}}},
            .page_readonly = {alpha::PAGE_VALID | alpha::PAGE_FOW | alpha::PAGE_KRE | alpha::PAGE_URE |
                              alpha::PAGE_ACCESSED},
            .page_none = {alpha::PAGE_VALID | alpha::PAGE_FOR | alpha::PAGE_FOW | alpha::PAGE_FOE | alpha::PAGE_KRE |
                          alpha::PAGE_URE | alpha::PAGE_ACCESSED},
            .modify = {.keep = alpha::PAGE_KRE | alpha::PAGE_URE | alpha::PAGE_KWE | alpha::PAGE_UWE |
                               alpha::PAGE_DIRTY | alpha::PAGE_ACCESSED | bits(32, 38) | alpha::PAGE_SWP_EXCLUSIVE |
                               bits(40, 63),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {equals(alpha::PAGE_VALID | alpha::PAGE_FOR | alpha::PAGE_URE,
                                         alpha::PAGE_VALID | alpha::PAGE_URE)},
                     .may_store = {equals(alpha::PAGE_VALID | alpha::PAGE_FOW | alpha::PAGE_UWE,
                                          alpha::PAGE_VALID | alpha::PAGE_UWE)}},
        },
    .known = {{Fault::exclusive_is_not_read_back, "pte_swp_exclusive() returns bit 39 as an int, so always 0: a marked "
                                                  "swap PTE never compares equal to its entry"}},
};
static_assert(find_fault(alpha_6_12) == Fault::none);

} // namespace arch
