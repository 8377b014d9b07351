// SPDX-License-Identifier: GPL-2.0-only
//
// nios2 of Linux 6.12, from arch/nios2/include/asm/pgtable.h and pgtable-bits.h. Accessed and dirty are the kernel's; a walk is taken to
// mark them.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace nios2 {

inline constexpr std::uint64_t PAGE_GLOBAL = bit(20);
inline constexpr std::uint64_t PAGE_EXEC = bit(21);
inline constexpr std::uint64_t PAGE_WRITE = bit(22);
inline constexpr std::uint64_t PAGE_READ = bit(23);
inline constexpr std::uint64_t PAGE_CACHED = bit(24);
inline constexpr std::uint64_t PAGE_PRESENT = bit(25);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(26);
inline constexpr std::uint64_t PAGE_DIRTY = bit(27);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(31);

} // namespace nios2

inline constexpr Layout nios2_6_12 = {
    .name = "nios2-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::little,
    .present = {any_set(nios2::PAGE_PRESENT)},
    .none_ignore = bits(0, 3) | nios2::PAGE_GLOBAL,
    .swap =
        {
            .type = plain_field(26, 5),
            .offset = plain_field(0, 20),
            .usable_offset_bits = 20,
            .exclusive = nios2::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(0, 20),
            .write = plain_flag(nios2::PAGE_WRITE),
            .dirty = plain_flag(nios2::PAGE_DIRTY),
            .young = plain_flag(nios2::PAGE_ACCESSED),
            .page_readonly = {nios2::PAGE_READ | nios2::PAGE_CACHED | nios2::PAGE_PRESENT},
            .page_none = {nios2::PAGE_CACHED | nios2::PAGE_PRESENT},
            .modify = {.keep = bits(0, 19) | nios2::PAGE_GLOBAL | nios2::PAGE_CACHED | nios2::PAGE_PRESENT |
                               nios2::PAGE_ACCESSED | nios2::PAGE_DIRTY | bits(28, 30) | nios2::PAGE_SWP_EXCLUSIVE,
                       .take = nios2::PAGE_EXEC | nios2::PAGE_WRITE | nios2::PAGE_READ},
            .walk = {.may_load = {all_set(nios2::PAGE_READ | nios2::PAGE_PRESENT)},
                     .may_store = {all_set(nios2::PAGE_WRITE | nios2::PAGE_PRESENT)},
                     .on_load = {{.set = nios2::PAGE_ACCESSED}},
                     .on_store = {{.set = nios2::PAGE_ACCESSED | nios2::PAGE_DIRTY}}},
        },
    .known = {{Fault::swap_uses_bits_that_none_ignores,
               "pte_none() ignores bits 0 to 3, which are the low bits of the offset"},
              {Fault::swap_can_read_as_none, "type 0 with offset 1 to 15 reads as none: reachable with a first swap "
                                             "device in use, and then those pages are lost"}},
};
static_assert(find_fault(nios2_6_12) == Fault::none);

} // namespace arch
