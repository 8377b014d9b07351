// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's pte_* helpers over a Layout, under the kernel's names and with the kernel's meaning, for every architecture at
// once. All are small and inline: the checker decodes PTEs after each step. As in the kernel, helpers that look into a present
// PTE mean nothing on another one, and the same goes for swap PTEs.
#pragma once

#include "arch_encodings/layout.hpp"

#include <string>

namespace arch {

// Capabilities.
constexpr bool has_swp_exclusive(const Layout& layout) { return layout.swap.exclusive != 0; }
// Whether pte_swp_exclusive() can see what pte_swp_mkexclusive() sets.
constexpr bool keeps_swp_exclusive(const Layout& layout) {
    return (layout.swap.exclusive & layout.swap.exclusive_visible) != 0;
}
constexpr bool has_soft_dirty(const Layout& layout) { return !layout.present_pte.soft_dirty.test.empty(); }
constexpr bool has_uffd_wp(const Layout& layout) { return !layout.present_pte.uffd_wp.test.empty(); }

constexpr bool has_gup_fast(const Layout& layout) { return layout.has_gup_fast; }
// Whether a PTE is two words that are stored one after the other.
constexpr bool has_two_words(const Layout& layout) { return layout.order.set[0] != PteAccess::whole; }
// Whether somebody counts on TLB flushes waiting for lockless walks: see Layout::flush_is_interrupt.
constexpr bool flush_holds_up_walks(const Layout& layout) {
    return has_two_words(layout) && layout.has_gup_fast && layout.flush_is_interrupt;
}
// The bits that write-protecting a PTE may change, and those of making it young and, if asked to, dirty and writable.
constexpr std::uint64_t pte_wrprotect_bits(const Layout& layout) {
    return bits_touched(layout.present_pte.write.clear);
}
constexpr std::uint64_t pte_access_flags_bits(const Layout& layout, bool dirty, bool write) {
    const PresentFields& present = layout.present_pte;
    return bits_touched(present.young.make) | (dirty ? bits_touched(present.dirty.make) : 0) |
           (write ? bits_touched(present.write.make) : 0);
}
// The least distance of two frame numbers that differ in every word of a PTE that has a part of them.
constexpr std::uint64_t pfn_step(const Layout& layout) {
    if (!has_two_words(layout)) return 1;
    const Field& pfn = layout.present_pte.pfn;
    const std::uint64_t in_high = extract({.segments = pfn.segments, .inverted = false}, ~low_bits(32));
    const bool in_both = in_high != 0 && in_high != field_values(pfn);
    return in_both ? 1 + (in_high & ~(in_high - 1)) : 1;
}
inline constexpr std::uint64_t low_word = low_bits(32);
inline constexpr std::uint64_t high_word = ~low_word;

// The largest swap offset that survives a round trip.
constexpr std::uint64_t max_swp_offset(const Layout& layout) { return low_bits(layout.swap.usable_offset_bits); }

// Any PTE. Exactly one of pte_none(), pte_present() and is_swap_pte() is true of a word.
constexpr Pte pte_none_value(const Layout& layout) { return {layout.none_value}; }
// What clearing leaves of a PTE: an empty one.
constexpr Pte pte_cleared(const Layout& layout, Pte pte) {
    return {layout.none_value | (pte.val & layout.order.clear_keeps)};
}
constexpr bool pte_none(const Layout& layout, Pte pte) { return (pte.val & ~layout.none_ignore) == layout.none_value; }
constexpr bool pte_present(const Layout& layout, Pte pte) { return any_of(layout.present, pte.val); }
constexpr bool is_swap_pte(const Layout& layout, Pte pte) {
    return !pte_none(layout, pte) && !pte_present(layout, pte);
}
constexpr std::uint64_t pte_val_to_compare(const Layout& layout, Pte pte) {
    return pte.val & ~(layout.same_ignore | (pte_present(layout, pte) ? layout.present_same_ignore : 0));
}
constexpr bool pte_same(const Layout& layout, Pte a, Pte b) {
    return pte_val_to_compare(layout, a) == pte_val_to_compare(layout, b);
}

// Present PTEs.
constexpr bool pte_write(const Layout& layout, Pte pte) { return any_of(layout.present_pte.write.test, pte.val); }
constexpr Pte pte_mkwrite(const Layout& layout, Pte pte) { return {apply(layout.present_pte.write.make, pte.val)}; }
constexpr Pte pte_wrprotect(const Layout& layout, Pte pte) { return {apply(layout.present_pte.write.clear, pte.val)}; }

constexpr bool pte_dirty(const Layout& layout, Pte pte) { return any_of(layout.present_pte.dirty.test, pte.val); }
// Makes the PTE soft-dirty too where the kernel does.
constexpr Pte pte_mkdirty(const Layout& layout, Pte pte) { return {apply(layout.present_pte.dirty.make, pte.val)}; }
constexpr Pte pte_mkclean(const Layout& layout, Pte pte) { return {apply(layout.present_pte.dirty.clear, pte.val)}; }

constexpr bool pte_young(const Layout& layout, Pte pte) { return any_of(layout.present_pte.young.test, pte.val); }
constexpr Pte pte_mkyoung(const Layout& layout, Pte pte) { return {apply(layout.present_pte.young.make, pte.val)}; }
constexpr Pte pte_mkold(const Layout& layout, Pte pte) { return {apply(layout.present_pte.young.clear, pte.val)}; }

constexpr bool pte_soft_dirty(const Layout& layout, Pte pte) {
    return any_of(layout.present_pte.soft_dirty.test, pte.val);
}
constexpr Pte pte_mksoft_dirty(const Layout& layout, Pte pte) {
    return {apply(layout.present_pte.soft_dirty.make, pte.val)};
}
constexpr Pte pte_clear_soft_dirty(const Layout& layout, Pte pte) {
    return {apply(layout.present_pte.soft_dirty.clear, pte.val)};
}

constexpr bool pte_uffd_wp(const Layout& layout, Pte pte) { return any_of(layout.present_pte.uffd_wp.test, pte.val); }
constexpr Pte pte_mkuffd_wp(const Layout& layout, Pte pte) { return {apply(layout.present_pte.uffd_wp.make, pte.val)}; }
constexpr Pte pte_clear_uffd_wp(const Layout& layout, Pte pte) {
    return {apply(layout.present_pte.uffd_wp.clear, pte.val)};
}

// A PROT_NONE or NUMA-hinting PTE: present to the kernel, never to the processor.
constexpr bool pte_protnone(const Layout& layout, Pte pte) { return any_of(layout.present_pte.protnone, pte.val); }

// GUP-fast's test.
constexpr bool pte_access_permitted(const Layout& layout, Pte pte, bool write) {
    return pte_present(layout, pte) && all_of(layout.present_pte.access_permitted, pte.val) &&
           (!write || (pte_write(layout, pte) && all_of(layout.present_pte.write_permitted, pte.val)));
}

// __pte_needs_invert() of x86; false elsewhere.
constexpr bool pte_needs_invert(const Layout& layout, std::uint64_t word) {
    const std::uint64_t unless = layout.present_pte.pfn_inverted_unless;
    return unless != 0 && word != 0 && (word & unless) == 0;
}

constexpr std::uint64_t pte_pfn(const Layout& layout, Pte pte) {
    return extract(layout.present_pte.pfn, pte_needs_invert(layout, pte.val) ? ~pte.val : pte.val);
}

// pfn_pte(), and mk_pte() as far as a private mapping goes. Bits of the pfn that the layout has no room for are dropped.
constexpr Pte pfn_pte(const Layout& layout, std::uint64_t pfn, Pgprot prot) {
    const Field& field = layout.present_pte.pfn;
    const std::uint64_t placed = deposit(field, pte_needs_invert(layout, prot.val) ? ~pfn : pfn);
    return {apply(layout.present_pte.on_birth, placed | prot.val)};
}
// With the protection of a private mapping that may be read: see "the vm_page_prot question" in layout.hpp.
constexpr Pte pfn_pte(const Layout& layout, std::uint64_t pfn) {
    return pfn_pte(layout, pfn, layout.present_pte.page_readonly);
}

// Another protection for a present PTE (mprotect); what dirty, young, soft-dirty and uffd-wp come to is the architecture's.
constexpr Pte pte_modify(const Layout& layout, Pte pte, Pgprot prot) {
    const Modify& modify = layout.present_pte.modify;
    std::uint64_t word = apply(modify.before, pte.val);
    word = (word & modify.keep) | (prot.val & modify.take);
    if (pte_needs_invert(layout, pte.val) != pte_needs_invert(layout, word)) word ^= field_mask(layout.present_pte.pfn);
    return {apply(modify.after, word)};
}

// The processor's walk for a user-mode access. The two marks apply only where the access is allowed.
constexpr bool cpu_may_load(const Layout& layout, Pte pte) { return any_of(layout.present_pte.walk.may_load, pte.val); }
constexpr bool cpu_may_store(const Layout& layout, Pte pte) {
    return any_of(layout.present_pte.walk.may_store, pte.val);
}
constexpr Pte cpu_mark_load(const Layout& layout, Pte pte) { return {apply(layout.present_pte.walk.on_load, pte.val)}; }
constexpr Pte cpu_mark_store(const Layout& layout, Pte pte) {
    return {apply(layout.present_pte.walk.on_store, pte.val)};
}

// Where processors mark late: what a walk for a load or a store makes of a PTE that is not present any more.
constexpr bool cpu_marks_late(const Layout& layout) { return layout.present_pte.walk.late != 0; }
constexpr Pte cpu_mark_load_late(const Layout& layout, Pte pte) {
    return {pte.val | (cpu_mark_load(layout, pte).val & layout.present_pte.walk.late)};
}
constexpr Pte cpu_mark_store_late(const Layout& layout, Pte pte) {
    return {pte.val | (cpu_mark_store(layout, pte).val & layout.present_pte.walk.late)};
}
constexpr bool has_deferred_unmap_flush(const Layout& layout) { return layout.defers_unmap_flush; }

// Swap PTEs. The three markers of an architecture that lacks them read false and cannot be set, like the generic fallbacks.
constexpr bool pte_swp_exclusive(const Layout& layout, Pte pte) {
    return (pte.val & layout.swap.exclusive & layout.swap.exclusive_visible) != 0;
}
constexpr Pte pte_swp_mkexclusive(const Layout& layout, Pte pte) { return {pte.val | layout.swap.exclusive}; }
constexpr Pte pte_swp_clear_exclusive(const Layout& layout, Pte pte) { return {pte.val & ~layout.swap.exclusive}; }

constexpr bool pte_swp_soft_dirty(const Layout& layout, Pte pte) { return (pte.val & layout.swap.soft_dirty) != 0; }
constexpr Pte pte_swp_mksoft_dirty(const Layout& layout, Pte pte) { return {pte.val | layout.swap.soft_dirty}; }
constexpr Pte pte_swp_clear_soft_dirty(const Layout& layout, Pte pte) { return {pte.val & ~layout.swap.soft_dirty}; }

constexpr bool pte_swp_uffd_wp(const Layout& layout, Pte pte) { return (pte.val & layout.swap.uffd_wp) != 0; }
constexpr Pte pte_swp_mkuffd_wp(const Layout& layout, Pte pte) { return {pte.val | layout.swap.uffd_wp}; }
constexpr Pte pte_swp_clear_uffd_wp(const Layout& layout, Pte pte) { return {pte.val & ~layout.swap.uffd_wp}; }

// Drops all three markers, so that what is left is the entry alone. The kernel clears what its tests see.
constexpr Pte pte_swp_clear_flags(const Layout& layout, Pte pte) {
    const std::uint64_t exclusive = layout.swap.exclusive & layout.swap.exclusive_visible;
    return {pte.val & ~(exclusive | layout.swap.soft_dirty | layout.swap.uffd_wp)};
}

// Bits of the entry that the layout has no room for are dropped: check against max_swp_offset() first.
constexpr Pte swp_entry_to_pte(const Layout& layout, SwpEntry entry) {
    const Field& type = layout.swap.type;
    const std::uint64_t placed =
        layout.swap.type_is_masked ? deposit(type, entry.type) : std::uint64_t{entry.type} << type.segments[0].pte_lsb;
    return {layout.swap.fixed_value | placed | deposit(layout.swap.offset, entry.offset & max_swp_offset(layout))};
}

// Clears the markers first, as the kernel does: where they clash with the entry, the clash shows as it would there.
constexpr SwpEntry pte_to_swp_entry(const Layout& layout, Pte pte) {
    const std::uint64_t word = pte_swp_clear_flags(layout, pte).val;
    return {static_cast<unsigned>(extract(layout.swap.type, word)),
            extract(layout.swap.offset, word) & max_swp_offset(layout)};
}

constexpr bool pte_same_as_swp(const Layout& layout, Pte pte, Pte swp_pte) {
    return pte_same(layout, pte_swp_clear_flags(layout, pte), swp_pte);
}

// For reports: "none", "present pfn 2 write dirty young", "swap type 0 offset 1 exclusive". Numbers are decimal; the word
// itself is for the caller to print.
std::string describe(const Layout& layout, Pte pte);

// "0x0000000000000101", as wide as the PTE.
std::string hex_word(const Layout& layout, std::uint64_t word);
// "bit 3", "bits 3, 5..7", "no bits"
std::string bits_text(std::uint64_t mask);

} // namespace arch
