// SPDX-License-Identifier: GPL-2.0-only
//
// riscv64 of Linux 6.1 (Sv39, Sv48 and Sv57 share it), from arch/riscv/include/asm/: pgtable-bits.h, pgtable-64.h (pfn) and
// pgtable.h (protections, helpers, swap entries); protection_map in arch/riscv/mm/init.c. Without Svpbmt and T-Head's memory
// types, with NUMA_BALANCING, and on a processor that sets accessed and dirty itself rather than faulting.
//
// This is the architecture without the exclusive bit: 6.1 gives riscv none, nor soft-dirty, nor uffd-wp. The header's picture
// of a swap PTE says that the offset starts at bit 10; the macros beside it shift by 11, which is what counts.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {
namespace riscv {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_READ = bit(1);
inline constexpr std::uint64_t PAGE_WRITE = bit(2);
inline constexpr std::uint64_t PAGE_EXEC = bit(3);
inline constexpr std::uint64_t PAGE_USER = bit(4);
inline constexpr std::uint64_t PAGE_GLOBAL = bit(5);
inline constexpr std::uint64_t PAGE_PROT_NONE = PAGE_GLOBAL; // in a PTE that is not PAGE_PRESENT
inline constexpr std::uint64_t PAGE_ACCESSED = bit(6);
inline constexpr std::uint64_t PAGE_DIRTY = bit(7);
inline constexpr std::uint64_t PAGE_LEAF = PAGE_READ | PAGE_WRITE | PAGE_EXEC;

} // namespace riscv

inline constexpr Layout riscv64 = {
    .name = "riscv64",
    .kernel = "6.1",
    .present = {any_set(riscv::PAGE_PRESENT | riscv::PAGE_PROT_NONE)},
    .swap =
        {
            .type = {{{.pte_lsb = 6, .width = 5}}},
            .offset = {{{.pte_lsb = 11, .width = 53}}},
            .usable_offset_bits = 53,
            // Tells a leaf from a pointer to the next level.
            .keep_clear = riscv::PAGE_LEAF,
            // Offset 0 of a device is its header and is never handed out.
            .reads_as_none = SwpEntry{.type = 0, .offset = 0},
        },
    .present_pte =
        {
            .pfn = {{{.pte_lsb = 10, .width = 44}}},
            .write = {{any_set(riscv::PAGE_WRITE)}, {{.set = riscv::PAGE_WRITE}}, {{.clear = riscv::PAGE_WRITE}}},
            .dirty = {{any_set(riscv::PAGE_DIRTY)}, {{.set = riscv::PAGE_DIRTY}}, {{.clear = riscv::PAGE_DIRTY}}},
            .young = {{any_set(riscv::PAGE_ACCESSED)},
                      {{.set = riscv::PAGE_ACCESSED}},
                      {{.clear = riscv::PAGE_ACCESSED}}},
            .protnone = {equals(riscv::PAGE_PRESENT | riscv::PAGE_PROT_NONE, riscv::PAGE_PROT_NONE)},
            .page_readonly = {riscv::PAGE_PRESENT | riscv::PAGE_ACCESSED | riscv::PAGE_USER | riscv::PAGE_READ},
            .page_none = {riscv::PAGE_PROT_NONE | riscv::PAGE_READ},
            .modify = {.keep = ~(riscv::PAGE_PRESENT | riscv::PAGE_LEAF | riscv::PAGE_USER | riscv::PAGE_GLOBAL),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(riscv::PAGE_PRESENT | riscv::PAGE_USER | riscv::PAGE_READ)},
                     .may_store = {all_set(riscv::PAGE_PRESENT | riscv::PAGE_USER | riscv::PAGE_WRITE)},
                     .on_load = {{.set = riscv::PAGE_ACCESSED}},
                     .on_store = {{.set = riscv::PAGE_ACCESSED | riscv::PAGE_DIRTY}}},
        },
};
static_assert(find_fault(riscv64) == Fault::none);

} // namespace arch
