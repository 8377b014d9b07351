// SPDX-License-Identifier: GPL-2.0-only
//
// User-mode Linux 6.12 with 32 and 64 bits, from arch/um/include/asm/pgtable.h. The host maps a page only while it is young, and writably
// only while it is dirty.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace um {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_NEWPAGE = bit(1);
inline constexpr std::uint64_t PAGE_NEWPROT = bit(2);
inline constexpr std::uint64_t PAGE_PROTNONE = bit(4);
inline constexpr std::uint64_t PAGE_RW = bit(5);
inline constexpr std::uint64_t PAGE_USER = bit(6);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(7);
inline constexpr std::uint64_t PAGE_DIRTY = bit(8);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(10);

} // namespace um

inline constexpr Layout um32_6_12 = {
    .name = "um32-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::little,
    .present = {any_set(um::PAGE_PRESENT | um::PAGE_PROTNONE)},
    .none_ignore = um::PAGE_NEWPAGE,
    .same_ignore = um::PAGE_NEWPAGE,
    .swap =
        {
            .type = plain_field(5, 5),
            .offset = plain_field(11, 21),
            .usable_offset_bits = 21,
            .exclusive = um::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = {.test = {equals(um::PAGE_PROTNONE | um::PAGE_RW, um::PAGE_RW)},
                      .make = {{.when = none_set(um::PAGE_RW), .set = um::PAGE_RW | um::PAGE_NEWPROT}},
                      .clear = {{.when = any_set(um::PAGE_RW), .set = um::PAGE_NEWPROT, .clear = um::PAGE_RW}},
                      .own = um::PAGE_RW},
            .dirty = plain_flag(um::PAGE_DIRTY),
            .young = plain_flag(um::PAGE_ACCESSED),
            .page_readonly = {um::PAGE_PRESENT | um::PAGE_USER | um::PAGE_ACCESSED},
            .page_none = {um::PAGE_PROTNONE | um::PAGE_ACCESSED},
            .modify = {.keep = um::PAGE_ACCESSED | um::PAGE_DIRTY | bits(12, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(um::PAGE_PRESENT | um::PAGE_USER | um::PAGE_ACCESSED)},
                     .may_store = {all_set(um::PAGE_PRESENT | um::PAGE_RW | um::PAGE_USER | um::PAGE_ACCESSED |
                                           um::PAGE_DIRTY)}},
        },
};
static_assert(find_fault(um32_6_12) == Fault::none);

inline constexpr Layout um64_6_12 = {
    .name = "um64-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 64,
    .stored = Endian::little,
    .present = {any_set(um::PAGE_PRESENT | um::PAGE_PROTNONE)},
    .none_ignore = um::PAGE_NEWPAGE,
    .same_ignore = um::PAGE_NEWPAGE,
    .swap =
        {
            .type = plain_field(5, 5),
            .offset = plain_field(11, 53),
            .usable_offset_bits = 53,
            .exclusive = um::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 52),
            .write = {.test = {equals(um::PAGE_PROTNONE | um::PAGE_RW, um::PAGE_RW)},
                      .make = {{.when = none_set(um::PAGE_RW), .set = um::PAGE_RW | um::PAGE_NEWPROT}},
                      .clear = {{.when = any_set(um::PAGE_RW), .set = um::PAGE_NEWPROT, .clear = um::PAGE_RW}},
                      .own = um::PAGE_RW},
            .dirty = plain_flag(um::PAGE_DIRTY),
            .young = plain_flag(um::PAGE_ACCESSED),
            .page_readonly = {um::PAGE_PRESENT | um::PAGE_USER | um::PAGE_ACCESSED},
            .page_none = {um::PAGE_PROTNONE | um::PAGE_ACCESSED},
            .modify = {.keep = um::PAGE_ACCESSED | um::PAGE_DIRTY | bits(12, 63), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(um::PAGE_PRESENT | um::PAGE_USER | um::PAGE_ACCESSED)},
                     .may_store = {all_set(um::PAGE_PRESENT | um::PAGE_RW | um::PAGE_USER | um::PAGE_ACCESSED |
                                           um::PAGE_DIRTY)}},
        },
};
static_assert(find_fault(um64_6_12) == Fault::none);

} // namespace arch
