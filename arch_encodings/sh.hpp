// SPDX-License-Identifier: GPL-2.0-only
//
// sh of Linux 6.12 with 32-bit PTEs (SH-3, SH-4) and with the extended TLB of SH-X2, whose PTEs have two words, from
// arch/sh/include/asm/pgtable_32.h. The handler loads no translation that is old, nor one for writing that is clean.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace superh {

inline constexpr std::uint64_t PAGE_DIRTY = bit(2);
inline constexpr std::uint64_t PAGE_CACHABLE = bit(3);
inline constexpr std::uint64_t PAGE_RW = bit(5);
inline constexpr std::uint64_t PAGE_USER = bit(6);
inline constexpr std::uint64_t PAGE_PRESENT = bit(8);
inline constexpr std::uint64_t PAGE_PROTNONE = bit(9);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(10);
inline constexpr std::uint64_t PAGE_SPECIAL = bit(11);
inline constexpr std::uint64_t PAGE_EXT_KERN_WRITE = bit(41);
inline constexpr std::uint64_t PAGE_EXT_KERN_READ = bit(42);
inline constexpr std::uint64_t PAGE_EXT_USER_WRITE = bit(44);
inline constexpr std::uint64_t PAGE_EXT_USER_READ = bit(45);

// As on mips, the high word is cleared first; but the pfn is in the low one, and what a reader then misses are permissions.
inline constexpr WordOrder TWO_WORDS = {
    .set = {PteAccess::high, PteAccess::low},
    .clear = {PteAccess::high, PteAccess::low},
    .get_and_clear = {PteAccess::high, PteAccess::low},
    .set_wrprotect = {PteAccess::high, PteAccess::low},
    .set_access_flags = {PteAccess::high, PteAccess::low},
    .get = {PteAccess::both},
    .get_lockless = {PteAccess::low, PteAccess::high, PteAccess::low},
};

} // namespace superh

inline constexpr Layout sh_6_12 = {
    .name = "sh-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {any_set(superh::PAGE_PRESENT | superh::PAGE_PROTNONE)},
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(1, 5),
            .offset = plain_field(11, 21),
            .usable_offset_bits = 21,
            .exclusive = superh::PAGE_USER,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = plain_flag(superh::PAGE_RW),
            .dirty = plain_flag(superh::PAGE_DIRTY),
            .young = plain_flag(superh::PAGE_ACCESSED),
            .access_permitted = {equals(superh::PAGE_PRESENT | superh::PAGE_USER | superh::PAGE_SPECIAL,
                                        superh::PAGE_PRESENT | superh::PAGE_USER)},
            .page_readonly = {superh::PAGE_CACHABLE | bit(4) | superh::PAGE_USER | superh::PAGE_PRESENT |
                              superh::PAGE_ACCESSED},
            .page_none = {superh::PAGE_CACHABLE | bit(4) | superh::PAGE_PROTNONE | superh::PAGE_ACCESSED},
            .modify = {.keep = superh::PAGE_DIRTY | superh::PAGE_CACHABLE | superh::PAGE_ACCESSED |
                               superh::PAGE_SPECIAL | bits(12, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(superh::PAGE_USER | superh::PAGE_PRESENT | superh::PAGE_ACCESSED)},
                     .may_store = {all_set(superh::PAGE_DIRTY | superh::PAGE_RW | superh::PAGE_USER |
                                           superh::PAGE_PRESENT | superh::PAGE_ACCESSED)}},
        },
};
static_assert(find_fault(sh_6_12) == Fault::none);

inline constexpr Layout sh_x2tlb_6_12 = {
    .name = "sh-x2tlb-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .words = {0, 32},
    .present = {any_set(superh::PAGE_PRESENT | superh::PAGE_PROTNONE)},
    .order = superh::TWO_WORDS,
    .has_gup_fast = true,
    .flush_is_interrupt = true,
    .swap =
        {
            .type = plain_field(32, 5),
            .offset = plain_field(37, 27),
            .usable_offset_bits = 26,
            .exclusive = bit(6),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = {{any_set(superh::PAGE_EXT_USER_WRITE), any_set(superh::PAGE_EXT_KERN_WRITE)},
                      {{.set = superh::PAGE_EXT_KERN_WRITE | superh::PAGE_EXT_USER_WRITE}},
                      {{.clear = superh::PAGE_EXT_KERN_WRITE | superh::PAGE_EXT_USER_WRITE}}},
            .dirty = plain_flag(superh::PAGE_DIRTY),
            .young = plain_flag(superh::PAGE_ACCESSED),
            .access_permitted = {all_set(superh::PAGE_PRESENT | superh::PAGE_EXT_KERN_READ |
                                         superh::PAGE_EXT_USER_READ),
                                 none_set(superh::PAGE_SPECIAL)},
            .write_permitted = {all_set(superh::PAGE_EXT_KERN_WRITE | superh::PAGE_EXT_USER_WRITE)},
            .page_readonly = {superh::PAGE_CACHABLE | superh::PAGE_PRESENT | superh::PAGE_ACCESSED | bit(36) |
                              superh::PAGE_EXT_KERN_READ | superh::PAGE_EXT_USER_READ},
            .page_none = {superh::PAGE_CACHABLE | superh::PAGE_PROTNONE | superh::PAGE_ACCESSED | bit(36)},
            .modify = {.keep = superh::PAGE_DIRTY | superh::PAGE_CACHABLE | superh::PAGE_ACCESSED |
                               superh::PAGE_SPECIAL | bits(12, 40) | superh::PAGE_EXT_KERN_WRITE |
                               superh::PAGE_EXT_KERN_READ | bit(43) | superh::PAGE_EXT_USER_WRITE |
                               superh::PAGE_EXT_USER_READ | bits(46, 63),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(superh::PAGE_PRESENT | superh::PAGE_ACCESSED | superh::PAGE_EXT_USER_READ)},
                     .may_store = {all_set(superh::PAGE_DIRTY | superh::PAGE_PRESENT | superh::PAGE_ACCESSED |
                                           superh::PAGE_EXT_USER_WRITE)}},
        },
    .known = {{Fault::protection_keeps_write, "pte_modify() only adds to the high word, where the write bits are: "
                                              "after mprotect(PROT_READ) stores go through"}},
};
static_assert(find_fault(sh_x2tlb_6_12) == Fault::none);

} // namespace arch
