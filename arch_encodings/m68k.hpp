// SPDX-License-Identifier: GPL-2.0-only
//
// m68k of Linux 6.12: Motorola MMUs, Sun-3 and ColdFire, from arch/m68k/include/asm/motorola_pgtable.h, sun3_pgtable.h and
// mcf_pgtable.h; ColdFire protections of arch/m68k/mm/mcfmmu.c.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace m68k {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_RONLY = bit(2);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(3);
inline constexpr std::uint64_t PAGE_DIRTY = bit(4);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(11);
inline constexpr std::uint64_t SUN3_SWP_EXCLUSIVE = bit(6);
inline constexpr std::uint64_t SUN3_MODIFIED = bit(24);
inline constexpr std::uint64_t SUN3_ACCESSED = bit(25);
inline constexpr std::uint64_t SUN3_NOCACHE = bit(28);
inline constexpr std::uint64_t SUN3_SYSTEM = bit(29);
inline constexpr std::uint64_t SUN3_WRITEABLE = bit(30);
inline constexpr std::uint64_t SUN3_VALID = bit(31);
inline constexpr std::uint64_t CF_DIRTY = bit(0);
inline constexpr std::uint64_t CF_WRITABLE = bit(3);
inline constexpr std::uint64_t CF_READABLE = bit(4);
inline constexpr std::uint64_t CF_SWP_EXCLUSIVE = bit(7);
inline constexpr std::uint64_t CF_VALID = bit(10);
inline constexpr std::uint64_t CF_ACCESSED = bit(12);

} // namespace m68k

inline constexpr Layout m68k_motorola_6_12 = {
    .name = "m68k-motorola-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(m68k::PAGE_PRESENT | m68k::PAGE_RONLY)},
    .swap =
        {
            .type = plain_field(4, 7),
            .offset = plain_field(12, 20),
            .usable_offset_bits = 20,
            .exclusive = m68k::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = inverted_flag(m68k::PAGE_RONLY),
            .dirty = plain_flag(m68k::PAGE_DIRTY),
            .young = plain_flag(m68k::PAGE_ACCESSED),
            .page_readonly = {m68k::PAGE_PRESENT | m68k::PAGE_RONLY | m68k::PAGE_ACCESSED | bit(5)},
            .page_none = {m68k::PAGE_RONLY | m68k::PAGE_ACCESSED | bit(5)},
            .modify = {.keep = m68k::PAGE_ACCESSED | m68k::PAGE_DIRTY | bits(5, 6) | bits(12, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {any_set(m68k::PAGE_PRESENT)},
                     .may_store = {equals(m68k::PAGE_PRESENT | m68k::PAGE_RONLY, m68k::PAGE_PRESENT)},
                     .on_load = {{.set = m68k::PAGE_ACCESSED}},
                     .on_store = {{.set = m68k::PAGE_ACCESSED | m68k::PAGE_DIRTY}}},
        },
    .known = {{Fault::present_flags_overlap, "PROT_NONE is RONLY without PRESENT, so pte_mkwrite() of such a PTE would "
                                             "not be present; no vma with PROT_NONE is writable"}},
};
static_assert(find_fault(m68k_motorola_6_12) == Fault::none);

inline constexpr Layout m68k_sun3_6_12 = {
    .name = "m68k-sun3-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 13,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(m68k::SUN3_VALID)},
    .swap =
        {
            .type = plain_field(0, 6),
            .offset = plain_field(7, 24),
            .usable_offset_bits = 24,
            .exclusive = m68k::SUN3_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(0, 19),
            .write = plain_flag(m68k::SUN3_WRITEABLE),
            .dirty = plain_flag(m68k::SUN3_MODIFIED),
            .young = plain_flag(m68k::SUN3_ACCESSED),
            .page_readonly = {m68k::SUN3_ACCESSED | m68k::SUN3_NOCACHE | m68k::SUN3_VALID},
            .page_none = {m68k::SUN3_ACCESSED | m68k::SUN3_NOCACHE | m68k::SUN3_VALID},
            .modify = {.keep = bits(0, 5) | m68k::SUN3_SWP_EXCLUSIVE | bits(7, 18) | m68k::SUN3_MODIFIED |
                               m68k::SUN3_ACCESSED,
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {equals(m68k::SUN3_SYSTEM | m68k::SUN3_VALID, m68k::SUN3_VALID)},
                     .may_store = {equals(m68k::SUN3_SYSTEM | m68k::SUN3_WRITEABLE | m68k::SUN3_VALID,
                                          m68k::SUN3_WRITEABLE | m68k::SUN3_VALID)},
                     .on_load = {{.set = m68k::SUN3_ACCESSED}},
                     .on_store = {{.set = m68k::SUN3_MODIFIED | m68k::SUN3_ACCESSED}}},
        },
    .known = {{Fault::protnone_is_readable,
               "PAGE_NONE is PAGE_READONLY: the MMU has no way to forbid reading a valid page"}},
};
static_assert(find_fault(m68k_sun3_6_12) == Fault::none);

inline constexpr Layout m68k_coldfire_6_12 = {
    .name = "m68k-coldfire-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 13,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(m68k::CF_VALID)},
    .swap =
        {
            .type = plain_field(0, 7),
            .offset = plain_field(11, 21),
            .usable_offset_bits = 21,
            .exclusive = m68k::CF_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(13, 19),
            .write = plain_flag(m68k::CF_WRITABLE),
            .dirty = plain_flag(m68k::CF_DIRTY),
            .young = plain_flag(m68k::CF_ACCESSED),
            .page_readonly = {m68k::CF_READABLE | m68k::CF_VALID | m68k::CF_ACCESSED},
            .page_none = {m68k::CF_VALID | m68k::CF_ACCESSED},
            .modify = {.keep = m68k::CF_DIRTY | m68k::CF_ACCESSED | bits(13, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(m68k::CF_READABLE | m68k::CF_VALID)},
                     .may_store = {all_set(m68k::CF_WRITABLE | m68k::CF_VALID)},
                     .on_load = {{.set = m68k::CF_ACCESSED}},
                     .on_store = {{.set = m68k::CF_DIRTY | m68k::CF_ACCESSED}}},
        },
};
static_assert(find_fault(m68k_coldfire_6_12) == Fault::none);

} // namespace arch
