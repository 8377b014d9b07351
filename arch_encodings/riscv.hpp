// SPDX-License-Identifier: GPL-2.0-only
//
// riscv64 of Linux 6.1 and 6.12 (Sv39, Sv48 and Sv57 share it) and riscv32 of 6.12 (Sv32), from arch/riscv/include/asm/: pgtable-bits.h, pgtable-64.h (pfn) and
// pgtable.h (protections, helpers, swap entries); protection_map in arch/riscv/mm/init.c. Without Svpbmt and T-Head's memory
// types, with NUMA_BALANCING, and on a processor that sets accessed and dirty itself rather than faulting.
//
// 6.1 is the kernel without the exclusive bit: 6.1 gives riscv none, nor soft-dirty, nor uffd-wp. The header's picture
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
    .has_gup_fast = true,
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

// With the exclusive bit the type moved up by one bit, and the offset with it.
inline constexpr Layout riscv64_6_12 = [] {
    Layout layout = riscv64;
    layout.name = "riscv64-6.12";
    layout.kernel = "6.12";
    layout.defers_unmap_flush = true;
    layout.swap.type = plain_field(7, 5);
    layout.swap.offset = plain_field(12, 52);
    layout.swap.usable_offset_bits = 52;
    layout.swap.exclusive = riscv::PAGE_ACCESSED;
    return layout;
}();
static_assert(find_fault(riscv64_6_12) == Fault::none);

inline constexpr Layout riscv32_6_12 = [] {
    Layout layout = riscv64_6_12;
    layout.name = "riscv32-6.12";
    layout.pte_bits = 32;
    layout.ulong_bits = 32;
    layout.swap.offset = plain_field(12, 20);
    layout.swap.usable_offset_bits = 20;
    layout.present_pte.pfn = plain_field(10, 22);
    layout.present_pte.protnone = {};
    layout.present_pte.modify.keep &= low_bits(32);
    layout.present_pte.modify.take &= low_bits(32);
    return layout;
}();
static_assert(find_fault(riscv32_6_12) == Fault::none);

} // namespace arch
