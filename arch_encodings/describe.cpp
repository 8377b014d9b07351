// SPDX-License-Identifier: GPL-2.0-only
//
// The words that reports use for a PTE, and for what is wrong with a layout.
#include "arch_encodings/proof.hpp"
#include "arch_encodings/pte.hpp"

#include <bit>

namespace arch {

namespace {

std::string describe_present(const Layout& layout, Pte pte) {
    std::string text = "present pfn " + std::to_string(pte_pfn(layout, pte));
    if (pte_protnone(layout, pte)) text += " protnone";
    if (pte_write(layout, pte)) text += " write";
    if (pte_dirty(layout, pte)) text += " dirty";
    if (pte_young(layout, pte)) text += " young";
    if (pte_soft_dirty(layout, pte)) text += " soft-dirty";
    if (pte_uffd_wp(layout, pte)) text += " uffd-wp";
    return text;
}

std::string describe_swap(const Layout& layout, Pte pte) {
    const SwpEntry entry = pte_to_swp_entry(layout, pte);
    std::string text = "swap type " + std::to_string(entry.type) + " offset " + std::to_string(entry.offset);
    if (pte_swp_exclusive(layout, pte)) text += " exclusive";
    if (pte_swp_soft_dirty(layout, pte)) text += " soft-dirty";
    if (pte_swp_uffd_wp(layout, pte)) text += " uffd-wp";
    return text;
}

} // namespace

std::string describe(const Layout& layout, Pte pte) {
    if (pte_none(layout, pte)) return "none";
    return pte_present(layout, pte) ? describe_present(layout, pte) : describe_swap(layout, pte);
}

std::string hex_word(const Layout& layout, std::uint64_t word) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text = "0x";
    for (unsigned at = layout.pte_bits; at != 0; at -= 4) text += digits[(word >> (at - 4)) & 15];
    return text;
}

std::string bits_text(std::uint64_t mask) {
    std::string text;
    for (unsigned lo = 0; lo < 64; ++lo) {
        if ((mask >> lo & 1) == 0) continue;
        unsigned hi = lo;
        while (hi < 63 && (mask >> (hi + 1) & 1) != 0) ++hi;
        text += (text.empty() ? "" : ", ") + std::to_string(lo) + (hi > lo ? ".." + std::to_string(hi) : "");
        lo = hi;
    }
    if (text.empty()) return "no bits";
    return (std::popcount(mask) == 1 ? "bit " : "bits ") + text;
}

std::string_view describe(PteAccess access) {
    switch (access) {
    case PteAccess::whole: return "whole";
    case PteAccess::low: return "low word";
    case PteAccess::high: return "high word";
    case PteAccess::both: return "both words, in any order";
    }
    return "unknown access";
}

std::string_view describe(Fault fault) {
    switch (fault) {
    case Fault::none: return "the layout is sound";
    case Fault::field_outside_pte: return "a field reaches beyond the last bit of the PTE";
    case Fault::field_has_gaps: return "the segments of a field overlap or leave out value bits";
    case Fault::type_too_narrow: return "the swap type has fewer than 5 bits";
    case Fault::more_offset_bits_usable_than_stored: return "more offset bits are declared usable than the PTE stores";
    case Fault::fewer_offset_bits_usable_than_stored:
        return "fewer offset bits are declared usable than the PTE and swp_entry_t hold";
    case Fault::marker_is_not_one_bit: return "exclusive, soft-dirty or uffd-wp is more than one bit";
    case Fault::fixed_value_outside_mask: return "the fixed value has bits outside the fixed mask";
    case Fault::swap_fields_overlap: return "type, offset, exclusive, soft-dirty, uffd-wp and fixed bits overlap";
    case Fault::swap_uses_bits_to_keep_clear: return "a swap PTE uses bits that it has to leave zero";
    case Fault::swap_uses_bits_that_none_ignores: return "a swap PTE uses bits that pte_none() ignores";
    case Fault::swap_can_read_as_present: return "some swap PTE reads as present";
    case Fault::swap_can_read_as_none:
        return "the swap PTE of a usable entry reads as none, or the one that the layout names does not";
    case Fault::none_can_read_as_present: return "an empty PTE can read as present";
    case Fault::none_sees_late_marks: return "pte_none() looks at bits that a processor may set in an empty PTE";
    case Fault::exclusive_is_not_read_back:
        return "pte_swp_exclusive() does not see the marker that pte_swp_mkexclusive() sets";
    case Fault::type_is_not_masked: return "a swap type that is too large runs over into what stands above it";
    case Fault::swap_leaves_upper_word_unused:
        return "the swap entry uses only the part of the PTE that an unsigned long covers";
    case Fault::present_flag_without_bit:
        return "a present flag has no bit of its own, or rules without a test, or its rules do not make it";
    case Fault::present_flags_overlap: return "two present flags, or one and the present test, share a bit";
    case Fault::present_flag_overlaps_pfn: return "a present flag looks at or changes bits of the pfn";
    case Fault::protection_overlaps_pfn: return "a protection or the present test uses bits of the pfn";
    case Fault::newborn_pte_is_wrong:
        return "a newborn PTE is not present, readable, clean and write-protected as it must be";
    case Fault::user_access_is_refused: return "pte_access_permitted() refuses a PTE that the user may read";
    case Fault::protnone_reads_as_swap:
        return "a PROT_NONE PTE is neither none nor present, and so reads as a swap PTE";
    case Fault::protnone_is_readable: return "the processor can load through a PROT_NONE PTE";
    case Fault::protection_keeps_write: return "a PTE stays writable when its protection becomes read-only";
    case Fault::raw_entry_keeps_marker:
        return "__pte_to_swp_entry() keeps exclusive, soft-dirty or uffd-wp in the swp_entry_t unless they are cleared "
               "first";
    case Fault::known_fault_is_absent: return "the layout says that it has a fault which it does not have";
    case Fault::access_changes_translation: return "an access or a change of protection can alter the pfn";
    }
    return "unknown fault";
}

} // namespace arch
