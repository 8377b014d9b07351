// SPDX-License-Identifier: GPL-2.0-only
//
// hexagon of Linux 6.12, from arch/hexagon/include/asm/pgtable.h. The virtual machine beneath is taken to mark accessed and dirty.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace hexagon {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_DIRTY = bit(1);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(2);
inline constexpr std::uint64_t PAGE_USER = bit(5);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(6);
inline constexpr std::uint64_t PAGE_READ = bit(9);
inline constexpr std::uint64_t PAGE_WRITE = bit(10);
inline constexpr std::uint64_t PAGE_EXECUTE = bit(11);

} // namespace hexagon

inline constexpr Layout hexagon_6_12 = {
    .name = "hexagon-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::little,
    .present = {any_set(hexagon::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(1, 5),
            .offset = {{{.pte_lsb = 7, .width = 3}, {.pte_lsb = 13, .width = 19, .val_lsb = 3}}},
            .usable_offset_bits = 22,
            .exclusive = hexagon::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = plain_flag(hexagon::PAGE_WRITE),
            .dirty = plain_flag(hexagon::PAGE_DIRTY),
            .young = plain_flag(hexagon::PAGE_ACCESSED),
            .page_readonly = {hexagon::PAGE_PRESENT | hexagon::PAGE_USER | hexagon::PAGE_SWP_EXCLUSIVE | bits(7, 8) |
                              hexagon::PAGE_READ | hexagon::PAGE_EXECUTE},
            .page_none = {hexagon::PAGE_PRESENT | hexagon::PAGE_USER | hexagon::PAGE_SWP_EXCLUSIVE | bits(7, 8)},
            .modify = {.keep = bits(12, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(hexagon::PAGE_PRESENT | hexagon::PAGE_READ)},
                     .may_store = {all_set(hexagon::PAGE_PRESENT | hexagon::PAGE_WRITE)},
                     .on_load = {{.set = hexagon::PAGE_ACCESSED}},
                     .on_store = {{.set = hexagon::PAGE_DIRTY | hexagon::PAGE_ACCESSED}}},
        },
};
static_assert(find_fault(hexagon_6_12) == Fault::none);

} // namespace arch
