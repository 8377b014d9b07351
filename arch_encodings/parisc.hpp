// SPDX-License-Identifier: GPL-2.0-only
//
// parisc of Linux 6.12 with 32 and 64 bits, from arch/parisc/include/asm/pgtable.h, whose own numbering is MSB-0.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace parisc {

inline constexpr std::uint64_t PAGE_READ = bit(0);
inline constexpr std::uint64_t PAGE_WRITE = bit(1);
inline constexpr std::uint64_t PAGE_EXEC = bit(2);
inline constexpr std::uint64_t PAGE_DIRTY = bit(5);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(8);
inline constexpr std::uint64_t PAGE_PRESENT = bit(9);
inline constexpr std::uint64_t PAGE_USER = bit(11);

} // namespace parisc

inline constexpr Layout parisc32_6_12 = {
    .name = "parisc32-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(parisc::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(0, 5),
            .offset = {{{.pte_lsb = 5, .width = 3}, {.pte_lsb = 10, .width = 22, .val_lsb = 3}}},
            .usable_offset_bits = 25,
            .exclusive = parisc::PAGE_ACCESSED,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = plain_flag(parisc::PAGE_WRITE),
            .dirty = plain_flag(parisc::PAGE_DIRTY),
            .young = plain_flag(parisc::PAGE_ACCESSED),
            .page_readonly = {parisc::PAGE_READ | parisc::PAGE_PRESENT | parisc::PAGE_USER},
            .page_none = {parisc::PAGE_PRESENT | parisc::PAGE_USER},
            .modify = {.keep = parisc::PAGE_DIRTY | parisc::PAGE_ACCESSED | bit(10) | bits(12, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(parisc::PAGE_READ | parisc::PAGE_PRESENT | parisc::PAGE_USER)},
                     .may_store = {all_set(parisc::PAGE_WRITE | parisc::PAGE_PRESENT | parisc::PAGE_USER)},
                     .on_load = {{.set = parisc::PAGE_ACCESSED}},
                     .on_store = {{.set = parisc::PAGE_DIRTY | parisc::PAGE_ACCESSED}}},
        },
};
static_assert(find_fault(parisc32_6_12) == Fault::none);

inline constexpr Layout parisc64_6_12 = {
    .name = "parisc64-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 64,
    .stored = Endian::big,
    .present = {any_set(parisc::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(0, 5),
            .offset = {{{.pte_lsb = 5, .width = 3}, {.pte_lsb = 10, .width = 54, .val_lsb = 3}}},
            .usable_offset_bits = 57,
            .exclusive = parisc::PAGE_ACCESSED,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 52),
            .write = plain_flag(parisc::PAGE_WRITE),
            .dirty = plain_flag(parisc::PAGE_DIRTY),
            .young = plain_flag(parisc::PAGE_ACCESSED),
            .page_readonly = {parisc::PAGE_READ | parisc::PAGE_PRESENT | parisc::PAGE_USER},
            .page_none = {parisc::PAGE_PRESENT | parisc::PAGE_USER},
            .modify = {.keep = parisc::PAGE_DIRTY | parisc::PAGE_ACCESSED | bit(10) | bits(12, 63),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(parisc::PAGE_READ | parisc::PAGE_PRESENT | parisc::PAGE_USER)},
                     .may_store = {all_set(parisc::PAGE_WRITE | parisc::PAGE_PRESENT | parisc::PAGE_USER)},
                     .on_load = {{.set = parisc::PAGE_ACCESSED}},
                     .on_store = {{.set = parisc::PAGE_DIRTY | parisc::PAGE_ACCESSED}}},
        },
};
static_assert(find_fault(parisc64_6_12) == Fault::none);

} // namespace arch
