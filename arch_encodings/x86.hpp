// SPDX-License-Identifier: GPL-2.0-only
//
// x86_64 of Linux 6.1, 4 KiB pages, 4 or 5 levels. From arch/x86/include/asm/: pgtable_types.h (bits, protections),
// pgtable.h (helpers), pgtable_64.h (swap entries), pgtable-invert.h (L1TF); protection_map in arch/x86/mm/pgprot.c.
// With MEM_SOFT_DIRTY, HAVE_ARCH_USERFAULTFD_WP and NUMA_BALANCING; without memory encryption and protection keys.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {
namespace x86 {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_RW = bit(1);
inline constexpr std::uint64_t PAGE_USER = bit(2);
inline constexpr std::uint64_t PAGE_PWT = bit(3);
inline constexpr std::uint64_t PAGE_PCD = bit(4);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(5);
inline constexpr std::uint64_t PAGE_DIRTY = bit(6);
inline constexpr std::uint64_t PAGE_PAT = bit(7);      // PSE in a PMD
inline constexpr std::uint64_t PAGE_PROTNONE = bit(8); // GLOBAL in a present PTE
inline constexpr std::uint64_t PAGE_SPECIAL = bit(9);
inline constexpr std::uint64_t PAGE_UFFD_WP = bit(10);
inline constexpr std::uint64_t PAGE_SOFT_DIRTY = bit(11);
inline constexpr std::uint64_t PAGE_DEVMAP = bit(58);
inline constexpr std::uint64_t PAGE_NX = bit(63);
inline constexpr std::uint64_t PTE_PFN_MASK = bits(12, 51);
inline constexpr std::uint64_t PAGE_CHG_MASK = PTE_PFN_MASK | PAGE_PCD | PAGE_PWT | PAGE_SPECIAL | PAGE_ACCESSED |
                                               PAGE_DIRTY | PAGE_SOFT_DIRTY | PAGE_DEVMAP | PAGE_UFFD_WP | PAGE_PAT;

} // namespace x86

inline constexpr Layout x86_64 = {
    .name = "x86_64",
    .kernel = "6.1",
    .present = {any_set(x86::PAGE_PRESENT | x86::PAGE_PROTNONE)},
    // Knights Landing may set accessed and dirty in a PTE that is not present.
    .none_ignore = x86::PAGE_ACCESSED | x86::PAGE_DIRTY,
    .swap =
        {
            .type = {{{.pte_lsb = 59, .width = 5}}},
            // Inverted, so that the physical address a careless processor reads there is beyond all memory (L1TF).
            .offset = {.segments = {{.pte_lsb = 9, .width = 50}}, .inverted = true},
            .usable_offset_bits = 50,
            .exclusive = bit(3),
            .soft_dirty = bit(1),
            .uffd_wp = bit(2),
            // The two bits of that erratum, and the one by which pmd_present() knows a huge page that is being split.
            .keep_clear = x86::PAGE_ACCESSED | x86::PAGE_DIRTY | x86::PAGE_PAT,
            // The price of inverting. Latent only: a swap device of 2^50 pages is refused by swapon.
            .reads_as_none = SwpEntry{.type = 0, .offset = low_bits(50)},
        },
    .present_pte =
        {
            .pfn = {{{.pte_lsb = 12, .width = 40}}},
            .pfn_inverted_unless = x86::PAGE_PRESENT,
            .write = {{any_set(x86::PAGE_RW)}, {{.set = x86::PAGE_RW}}, {{.clear = x86::PAGE_RW}}},
            .dirty = {{any_set(x86::PAGE_DIRTY)},
                      {{.set = x86::PAGE_DIRTY | x86::PAGE_SOFT_DIRTY}},
                      {{.clear = x86::PAGE_DIRTY}}},
            .young = {{any_set(x86::PAGE_ACCESSED)}, {{.set = x86::PAGE_ACCESSED}}, {{.clear = x86::PAGE_ACCESSED}}},
            .soft_dirty = {{any_set(x86::PAGE_SOFT_DIRTY)},
                           {{.set = x86::PAGE_SOFT_DIRTY}},
                           {{.clear = x86::PAGE_SOFT_DIRTY}}},
            .uffd_wp = {{any_set(x86::PAGE_UFFD_WP)}, {{.set = x86::PAGE_UFFD_WP}}, {{.clear = x86::PAGE_UFFD_WP}}},
            .protnone = {equals(x86::PAGE_PRESENT | x86::PAGE_PROTNONE, x86::PAGE_PROTNONE)},
            .access_permitted = {all_set(x86::PAGE_PRESENT | x86::PAGE_USER)},
            .page_readonly = {x86::PAGE_PRESENT | x86::PAGE_USER | x86::PAGE_ACCESSED | x86::PAGE_NX},
            .page_none = {x86::PAGE_ACCESSED | x86::PAGE_PROTNONE},
            .modify = {.keep = x86::PAGE_CHG_MASK, .take = ~x86::PAGE_CHG_MASK},
            .walk = {.may_load = {all_set(x86::PAGE_PRESENT | x86::PAGE_USER)},
                     .may_store = {all_set(x86::PAGE_PRESENT | x86::PAGE_USER | x86::PAGE_RW)},
                     .on_load = {{.set = x86::PAGE_ACCESSED}},
                     .on_store = {{.set = x86::PAGE_ACCESSED | x86::PAGE_DIRTY}}},
        },
};
static_assert(find_fault(x86_64) == Fault::none);

} // namespace arch
