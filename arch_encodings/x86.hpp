// SPDX-License-Identifier: GPL-2.0-only
//
// x86_64 of Linux 6.1 and 6.12, 4 KiB pages, 4 or 5 levels, and 32-bit x86 of 6.12 with two levels and with PAE. From arch/x86/include/asm/: pgtable_types.h (bits, protections),
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
inline constexpr std::uint64_t PAGE_DEVMAP = bit(58); // bit 57 in 6.12
// In 6.12 a PTE that is not writable keeps its dirtiness here, because the processor takes PAGE_DIRTY without PAGE_RW for a
// shadow stack: bit 58 with 64-bit kernels, bit 10 with 32-bit ones.
inline constexpr std::uint64_t PAGE_SAVED_DIRTY = bit(58);
inline constexpr std::uint64_t PAGE_SAVED_DIRTY_32 = bit(10);
inline constexpr std::uint64_t PAGE_NX = bit(63);
inline constexpr std::uint64_t PTE_PFN_MASK = bits(12, 51);
inline constexpr std::uint64_t PAGE_CHG_MASK = PTE_PFN_MASK | PAGE_PCD | PAGE_PWT | PAGE_SPECIAL | PAGE_ACCESSED |
                                               PAGE_DIRTY | PAGE_SOFT_DIRTY | PAGE_DEVMAP | PAGE_UFFD_WP | PAGE_PAT;

// pte_mksaveddirty() of a PTE that is not writable, and pte_clear_saveddirty() of one that is.
constexpr Rule save_dirty(std::uint64_t saved) {
    return {.when = any_set(PAGE_DIRTY), .set = saved, .clear = PAGE_DIRTY};
}
constexpr Rule restore_dirty(std::uint64_t saved) {
    return {.when = any_set(saved), .set = PAGE_DIRTY, .clear = saved};
}

// The flags of 6.12, from those of 6.1.
constexpr PresentFields with_saved_dirty(PresentFields present, std::uint64_t saved) {
    const std::uint64_t soft_dirty = present.soft_dirty.test.empty() ? 0 : PAGE_SOFT_DIRTY;
    present.write = {
        {any_set(PAGE_RW)}, {{.set = PAGE_RW}, restore_dirty(saved)}, {save_dirty(saved), {.clear = PAGE_RW}}};
    present.dirty = {{any_set(PAGE_DIRTY), any_set(saved)},
                     {{.set = PAGE_DIRTY | soft_dirty}, {.when = none_set(PAGE_RW), .set = saved, .clear = PAGE_DIRTY}},
                     {{.clear = PAGE_DIRTY | saved}}};
    if (!present.uffd_wp.test.empty())
        present.uffd_wp.make = {save_dirty(saved), {.set = PAGE_UFFD_WP, .clear = PAGE_RW}};
    // The kernel leaves a PTE with PAGE_DIRTY and without PAGE_RW alone: a shadow stack, of which there is none here.
    present.modify.before = {save_dirty(saved)};
    present.modify.keep = (present.modify.keep & ~PAGE_DEVMAP) | bit(57) | saved;
    present.modify.take = ~present.modify.keep;
    present.modify.after = {{.when = all_set(PAGE_RW | saved), .set = PAGE_DIRTY, .clear = saved}};
    return present;
}

// The 32-bit kernel from the 64-bit one: no soft-dirty, no uffd-wp, no NUMA hinting.
constexpr PresentFields for_32_bits(PresentFields present) {
    present.dirty.make = {{.set = PAGE_DIRTY}};
    present.soft_dirty = {};
    present.uffd_wp = {};
    present.protnone = {};
    present.modify.keep &= ~(PAGE_SOFT_DIRTY | PAGE_UFFD_WP);
    return with_saved_dirty(present, PAGE_SAVED_DIRTY_32);
}

// PAE. ptep_get_and_clear() is a cmpxchg8b of the whole PTE, because the processor writes accessed and dirty.
inline constexpr WordOrder TWO_WORDS = {
    .set = {PteAccess::high, PteAccess::low},
    .clear = {PteAccess::low, PteAccess::high},
    .get_and_clear = {PteAccess::whole},
    .set_wrprotect = {PteAccess::low},
    .set_access_flags = {PteAccess::high, PteAccess::low},
    .get_and_clear_is_atomic = true,
    .get = {PteAccess::both},
    .get_lockless = {PteAccess::low, PteAccess::high, PteAccess::low},
};

} // namespace x86

inline constexpr Layout x86_64 = {
    .name = "x86_64",
    .kernel = "6.1",
    .present = {any_set(x86::PAGE_PRESENT | x86::PAGE_PROTNONE)},
    // Knights Landing may set accessed and dirty in a PTE that is not present.
    .none_ignore = x86::PAGE_ACCESSED | x86::PAGE_DIRTY,
    .has_gup_fast = true,
    .defers_unmap_flush = true,
    .exclusive_since = "5.19",
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
                     .on_store = {{.set = x86::PAGE_ACCESSED | x86::PAGE_DIRTY}},
                     .late = x86::PAGE_ACCESSED | x86::PAGE_DIRTY},
        },
    .known = {{Fault::swap_can_read_as_none,
               "type 0 with all offset bits set is 0; swapon refuses a device of 2^50 pages"}},
};
static_assert(find_fault(x86_64) == Fault::none);

inline constexpr Layout x86_64_6_12 = [] {
    Layout layout = x86_64;
    layout.name = "x86_64-6.12";
    layout.kernel = "6.12";
    layout.present_pte = x86::with_saved_dirty(x86_64.present_pte, x86::PAGE_SAVED_DIRTY);
    return layout;
}();
static_assert(find_fault(x86_64_6_12) == Fault::none);

inline constexpr Layout x86_32_pae_6_12 = [] {
    Layout layout = x86_64;
    layout.name = "x86_32-pae-6.12";
    layout.kernel = "6.12";
    layout.ulong_bits = 32;
    layout.words = {0, 32};
    layout.order = x86::TWO_WORDS;
    layout.flush_is_interrupt = true;
    layout.exclusive_since = "6.3";
    // The offset that swp_entry_t leaves over is 26 bits wide; the others read as ones.
    layout.swap.usable_offset_bits = 26;
    layout.swap.exclusive = x86::PAGE_PAT;
    layout.swap.soft_dirty = layout.swap.uffd_wp = 0;
    layout.swap.keep_clear = x86::PAGE_ACCESSED | x86::PAGE_DIRTY;
    // __pte_to_swp_entry() takes type and offset out one by one.
    layout.swap.raw_entry_keeps_markers = false;
    layout.swap.reads_as_none = std::optional<SwpEntry>{};
    layout.present_pte = x86::for_32_bits(x86_64.present_pte);
    layout.known = {};
    return layout;
}();
static_assert(find_fault(x86_32_pae_6_12) == Fault::none);

inline constexpr Layout x86_32_2level_6_12 = [] {
    Layout layout = x86_32_pae_6_12;
    layout.name = "x86_32-2level-6.12";
    layout.pte_bits = 32;
    layout.words = {0};
    layout.order = {};
    layout.flush_is_interrupt = false;
    // The kernel refuses to run so on a Knights Landing.
    layout.none_ignore = layout.present_pte.walk.late = 0;
    layout.swap.type = plain_field(1, 5);
    layout.swap.offset = plain_field(9, 23);
    layout.swap.usable_offset_bits = 23;
    layout.swap.keep_clear = 0;
    layout.swap.raw_entry_keeps_markers = true;
    layout.swap.reads_as_none = std::optional<SwpEntry>{entry_zero};
    layout.present_pte.pfn = plain_field(12, 20);
    layout.present_pte.pfn_inverted_unless = 0;
    layout.present_pte.page_readonly.val &= low_bits(32);
    layout.present_pte.modify.keep &= low_bits(32);
    layout.present_pte.modify.take &= low_bits(32);
    return layout;
}();
static_assert(find_fault(x86_32_2level_6_12) == Fault::none);

} // namespace arch
