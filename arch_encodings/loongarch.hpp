// SPDX-License-Identifier: GPL-2.0-only
//
// loongarch64 of Linux 6.12 with 16 KiB pages and NUMA_BALANCING, from arch/loongarch/include/asm/: pgtable-bits.h, pgtable.h.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace loongarch {

inline constexpr std::uint64_t PAGE_VALID = bit(0);
inline constexpr std::uint64_t PAGE_DIRTY = bit(1);
inline constexpr std::uint64_t PAGE_HGLOBAL = bit(6);
inline constexpr std::uint64_t PAGE_PRESENT = bit(7);
inline constexpr std::uint64_t PAGE_WRITE = bit(8);
inline constexpr std::uint64_t PAGE_MODIFIED = bit(9);
inline constexpr std::uint64_t PAGE_PROTNONE = bit(10);
inline constexpr std::uint64_t PAGE_SPECIAL = bit(11);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(23);
inline constexpr std::uint64_t PAGE_NO_READ = bit(61);
inline constexpr std::uint64_t PAGE_NO_EXEC = bit(62);
inline constexpr std::uint64_t PAGE_RPLV = bit(63);

} // namespace loongarch

inline constexpr Layout loongarch64_6_12 =
    {
        .name = "loongarch64-6.12",
        .kernel = "6.12",
        .pte_bits = 64,
        .page_shift = 14,
        .ulong_bits = 64,
        .stored = Endian::little,
        .present = {any_set(loongarch::PAGE_PRESENT | loongarch::PAGE_PROTNONE)},
        .none_ignore = loongarch::PAGE_HGLOBAL,
        .has_gup_fast = true,
        .swap =
            {
                .type = plain_field(16, 7),
                .offset = plain_field(24, 40),
                .usable_offset_bits = 40,
                .exclusive = loongarch::PAGE_SWP_EXCLUSIVE,
                .reads_as_none = entry_zero,
            },
        .present_pte =
            {
                .pfn = plain_field(14, 34),
                .write = {{any_set(loongarch::PAGE_WRITE)},
                          {{.set = loongarch::PAGE_WRITE},
                           {.when = any_set(loongarch::PAGE_MODIFIED), .set = loongarch::PAGE_DIRTY}},
                          {{.when = any_set(loongarch::PAGE_DIRTY), .set = loongarch::PAGE_MODIFIED},
                           {.clear = loongarch::PAGE_WRITE | loongarch::PAGE_DIRTY}}},
                .dirty = {{any_set(loongarch::PAGE_MODIFIED), any_set(loongarch::PAGE_DIRTY)},
                          {{.set = loongarch::PAGE_MODIFIED},
                           {.when = any_set(loongarch::PAGE_WRITE), .set = loongarch::PAGE_DIRTY}},
                          {{.clear = loongarch::PAGE_MODIFIED | loongarch::PAGE_DIRTY}}},
                .young = plain_flag(loongarch::PAGE_VALID),
                .protnone = {any_set(loongarch::PAGE_PROTNONE)},
                .page_readonly = {bits(2, 4) | loongarch::PAGE_PRESENT},
                .page_none = {bits(2, 4) | loongarch::PAGE_PROTNONE | loongarch::PAGE_NO_READ},
                .modify = {.before = {{.when = any_set(loongarch::PAGE_DIRTY), .set = loongarch::PAGE_MODIFIED}},
                           .keep = bits(2, 5) | loongarch::PAGE_MODIFIED | loongarch::PAGE_SPECIAL | bits(14, 22) |
                                   loongarch::PAGE_SWP_EXCLUSIVE | bits(24, 47) | bit(59),
                           .take = loongarch::PAGE_VALID | loongarch::PAGE_DIRTY | loongarch::PAGE_HGLOBAL |
                                   loongarch::PAGE_PRESENT | loongarch::PAGE_WRITE | loongarch::PAGE_PROTNONE |
                                   bits(12, 13) | bits(48, 58) | bit(60) | loongarch::PAGE_NO_READ |
                                   loongarch::PAGE_NO_EXEC | loongarch::PAGE_RPLV},
                .walk = {.may_load = {equals(loongarch::PAGE_PRESENT | loongarch::PAGE_NO_READ,
                                             loongarch::PAGE_PRESENT)},
                         .may_store = {all_set(loongarch::PAGE_PRESENT | loongarch::PAGE_WRITE)},
                         .on_load = {{.set = loongarch::PAGE_VALID}},
                         .on_store = {{.set =
                                           loongarch::PAGE_VALID | loongarch::PAGE_DIRTY | loongarch::PAGE_MODIFIED}}},
            },
};
static_assert(find_fault(loongarch64_6_12) == Fault::none);

} // namespace arch
