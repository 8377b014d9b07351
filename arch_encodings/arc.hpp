// SPDX-License-Identifier: GPL-2.0-only
//
// ARCv2 of Linux 6.12 without PAE40, from arch/arc/include/asm/pgtable-bits-arcv2.h; protections of arch/arc/mm/mmap.c.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace arc {

inline constexpr std::uint64_t PAGE_EXECUTE = bit(1);
inline constexpr std::uint64_t PAGE_WRITE = bit(2);
inline constexpr std::uint64_t PAGE_READ = bit(3);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(4);
inline constexpr std::uint64_t PAGE_DIRTY = bit(5);
inline constexpr std::uint64_t PAGE_SPECIAL = bit(6);
inline constexpr std::uint64_t PAGE_PRESENT = bit(9);

} // namespace arc

inline constexpr Layout arc_v2_6_12 = {
    .name = "arc-v2-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 13,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {any_set(arc::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(0, 5),
            .offset = plain_field(13, 19),
            .usable_offset_bits = 19,
            .exclusive = arc::PAGE_DIRTY,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(13, 19),
            .write = plain_flag(arc::PAGE_WRITE),
            .dirty = plain_flag(arc::PAGE_DIRTY),
            .young = plain_flag(arc::PAGE_ACCESSED),
            .page_readonly = {arc::PAGE_READ | arc::PAGE_PRESENT},
            .page_none = {arc::PAGE_PRESENT},
            .modify = {.keep = arc::PAGE_ACCESSED | arc::PAGE_DIRTY | arc::PAGE_SPECIAL | bits(13, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(arc::PAGE_READ | arc::PAGE_PRESENT)},
                     .may_store = {all_set(arc::PAGE_WRITE | arc::PAGE_PRESENT)},
                     .on_load = {{.set = arc::PAGE_ACCESSED}},
                     .on_store = {{.set = arc::PAGE_ACCESSED | arc::PAGE_DIRTY}}},
        },
};
static_assert(find_fault(arc_v2_6_12) == Fault::none);

} // namespace arch
