// SPDX-License-Identifier: GPL-2.0-only
//
// Proofs over a Layout: no two fields overlap, no swap PTE can be taken for a present or an empty one, and the present side
// is sound. They reason about sets of words, not samples, and are constexpr: each layout in this directory stands next to its
// static_assert, and a layout that is made at run time can be refused with a reason.
#pragma once

#include "arch_encodings/pte.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace arch {

enum class Fault {
    none,
    field_outside_pte,
    field_has_gaps,
    type_too_narrow,
    more_offset_bits_usable_than_stored,
    marker_is_not_one_bit,
    fixed_value_outside_mask,
    swap_fields_overlap,
    swap_uses_bits_to_keep_clear,
    swap_uses_bits_that_none_ignores,
    swap_can_read_as_present,
    swap_can_read_as_none,
    none_can_read_as_present,
    present_flag_without_bit,
    present_flags_overlap,
    present_flag_overlaps_pfn,
    protection_overlaps_pfn,
    newborn_pte_is_wrong,
    access_changes_translation,
};

// One sentence on what a fault means.
std::string_view describe(Fault fault);

// A set of words: every bit of `free` takes both values, every other bit is as in `fixed`.
struct WordSet {
    std::uint64_t fixed = 0;
    std::uint64_t free = 0;
};

constexpr bool can_match(const Match& match, WordSet words) {
    const std::uint64_t known = match.mask & ~words.free;
    // What lies outside the mask can never show up in (word & mask).
    const bool can_equal = (match.value & ~match.mask) == 0 && ((words.fixed ^ match.value) & known) == 0;
    const bool can_differ = (match.mask & words.free) != 0 || (words.fixed & match.mask) != match.value;
    return match.equal ? can_equal : can_differ;
}
constexpr bool can_match_any(const Matches& list, WordSet words) {
    for (const Match& match : list) {
        if (can_match(match, words)) return true;
    }
    return false;
}

// Every word that swp_entry_to_pte() and the three markers can make.
constexpr WordSet swap_words(const Layout& layout) {
    const SwapFields& swap = layout.swap;
    return {swap.fixed_value,
            field_mask(swap.type) | field_mask(swap.offset) | swap.exclusive | swap.soft_dirty | swap.uffd_wp};
}

constexpr bool is_at_most_one_bit(std::uint64_t mask) { return (mask & (mask - 1)) == 0; }

// True if the segments hold each value bit from 0 up once, and no word bit twice.
constexpr bool field_is_whole(const Field& field) {
    unsigned width = 0;
    std::uint64_t words = 0;
    for (const Segment& segment : field.segments) {
        const std::uint64_t mask = low_bits(segment.width) << segment.pte_lsb;
        if (segment.width == 0 || (words & mask) != 0) return false;
        words |= mask;
        width += segment.width;
    }
    return field_values(field) == low_bits(width);
}

constexpr bool field_is_inside(const Field& field, unsigned pte_bits) {
    for (const Segment& segment : field.segments) {
        if (segment.pte_lsb + segment.width > static_cast<int>(pte_bits)) return false;
        if (segment.val_lsb + segment.width > 64) return false;
    }
    return true;
}

template <std::size_t N>
constexpr bool masks_are_disjoint(const std::array<std::uint64_t, N>& masks) {
    std::uint64_t seen = 0;
    for (const std::uint64_t mask : masks) {
        if ((seen & mask) != 0) return false;
        seen |= mask;
    }
    return true;
}

// A swap PTE reads as none for the one entry the layout owns up to, and for nothing else.
constexpr bool none_is_as_documented(const Layout& layout) {
    const Match none = equals(~layout.none_ignore, layout.none_value);
    const WordSet swap = swap_words(layout);
    if (!can_match(none, swap)) return !layout.swap.reads_as_none.has_value();
    // With ignored bits among the free ones there are several such words; otherwise none_value is the only one.
    if ((swap.free & layout.none_ignore) != 0 || !layout.swap.reads_as_none.has_value()) return false;
    return pte_to_swp_entry(layout, {layout.none_value}) == *layout.swap.reads_as_none;
}

constexpr Fault find_swap_fault(const Layout& layout) {
    const SwapFields& swap = layout.swap;
    const WordSet words = swap_words(layout);
    const std::uint64_t used = words.free | swap.fixed_mask;
    if (!field_is_inside(swap.type, layout.pte_bits) || !field_is_inside(swap.offset, layout.pte_bits) ||
        (used & ~low_bits(layout.pte_bits)) != 0)
        return Fault::field_outside_pte;
    if (!field_is_whole(swap.type) || !field_is_whole(swap.offset)) return Fault::field_has_gaps;
    // 32 types: the swap devices and the special ones.
    if (field_values(swap.type) < low_bits(5)) return Fault::type_too_narrow;
    if (max_swp_offset(layout) > field_values(swap.offset)) return Fault::more_offset_bits_usable_than_stored;
    if (!is_at_most_one_bit(swap.exclusive) || !is_at_most_one_bit(swap.soft_dirty) ||
        !is_at_most_one_bit(swap.uffd_wp))
        return Fault::marker_is_not_one_bit;
    if ((swap.fixed_value & ~swap.fixed_mask) != 0) return Fault::fixed_value_outside_mask;
    if (!masks_are_disjoint(std::array{field_mask(swap.type), field_mask(swap.offset), swap.exclusive, swap.soft_dirty,
                                       swap.uffd_wp, swap.fixed_mask}))
        return Fault::swap_fields_overlap;
    if ((used & swap.keep_clear) != 0) return Fault::swap_uses_bits_to_keep_clear;
    if ((used & layout.none_ignore) != 0) return Fault::swap_uses_bits_that_none_ignores;
    if (can_match_any(layout.present, words)) return Fault::swap_can_read_as_present;
    if (!none_is_as_documented(layout)) return Fault::swap_can_read_as_none;
    if (can_match_any(layout.present, {layout.none_value, layout.none_ignore})) return Fault::none_can_read_as_present;
    return Fault::none;
}

// The bit that is the flag's own; 0 for a flag that the architecture lacks.
constexpr std::uint64_t own_bit(const Flag& flag) { return flag.test.empty() ? 0 : flag.test[0].mask; }

constexpr std::uint64_t bits_touched(const Edit& edit) {
    std::uint64_t touched = 0;
    for (const Rule& rule : edit) touched |= rule.when.mask | rule.set | rule.clear;
    return touched;
}
constexpr std::uint64_t bits_looked_at(const Matches& list) {
    std::uint64_t looked_at = 0;
    for (const Match& match : list) looked_at |= match.mask;
    return looked_at;
}

constexpr std::array<const Flag*, 5> flags_of(const PresentFields& present) {
    return {&present.write, &present.dirty, &present.young, &present.soft_dirty, &present.uffd_wp};
}

// Present, readable by the user (by the processor too if it is young), not writable, clean, and its pfn comes back. The same
// of PROT_NONE, but that nobody may touch it.
constexpr bool newborn_is_right(const Layout& layout, std::uint64_t pfn) {
    const Pte pte = pfn_pte(layout, pfn);
    const Pte hidden = pfn_pte(layout, pfn, layout.present_pte.page_none);
    return pte_present(layout, pte) && !pte_none(layout, pte) && pte_pfn(layout, pte) == pfn &&
           !pte_write(layout, pte) && !pte_dirty(layout, pte) && pte_access_permitted(layout, pte, false) &&
           !pte_protnone(layout, pte) && (!pte_young(layout, pte) || cpu_may_load(layout, pte)) &&
           pte_present(layout, hidden) && pte_protnone(layout, hidden) && pte_pfn(layout, hidden) == pfn &&
           !pte_write(layout, hidden) && !cpu_may_load(layout, hidden) && !cpu_may_store(layout, pte);
}

constexpr Fault find_flag_fault(const Layout& layout) {
    const PresentFields& present = layout.present_pte;
    const std::uint64_t pfn = field_mask(present.pfn);
    std::uint64_t own = 0;
    for (const Flag* flag : flags_of(present)) {
        const std::uint64_t bit_mask = own_bit(*flag);
        if (flag->test.empty()) {
            if (!flag->make.empty() || !flag->clear.empty()) return Fault::present_flag_without_bit;
            continue;
        }
        if (bit_mask == 0 || !is_at_most_one_bit(bit_mask)) return Fault::present_flag_without_bit;
        if ((own & bit_mask) != 0 || (bit_mask & bits_looked_at(layout.present)) != 0)
            return Fault::present_flags_overlap;
        own |= bit_mask;
        if (((bits_looked_at(flag->test) | bits_touched(flag->make) | bits_touched(flag->clear)) & pfn) != 0)
            return Fault::present_flag_overlaps_pfn;
    }
    return Fault::none;
}

// A layout that describes swap PTEs only has no pfn field, and no present side to prove.
constexpr Fault find_present_fault(const Layout& layout) {
    const PresentFields& present = layout.present_pte;
    if (present.pfn.segments.empty()) return Fault::none;
    const std::uint64_t pfn = field_mask(present.pfn);
    if (!field_is_inside(present.pfn, layout.pte_bits)) return Fault::field_outside_pte;
    if (!field_is_whole(present.pfn)) return Fault::field_has_gaps;
    if (const Fault fault = find_flag_fault(layout); fault != Fault::none) return fault;
    if (((present.page_readonly.val | present.page_none.val | bits_touched(present.on_birth) |
          bits_looked_at(layout.present)) &
         pfn) != 0)
        return Fault::protection_overlaps_pfn;
    const std::uint64_t largest = field_values(present.pfn);
    if (!newborn_is_right(layout, 0) || !newborn_is_right(layout, 1) || !newborn_is_right(layout, largest))
        return Fault::newborn_pte_is_wrong;
    if (((bits_touched(present.walk.on_load) | bits_touched(present.walk.on_store)) & pfn) != 0 ||
        (present.modify.keep & pfn) != pfn)
        return Fault::access_changes_translation;
    return Fault::none;
}

constexpr Fault find_fault(const Layout& layout) {
    const Fault fault = find_swap_fault(layout);
    return fault != Fault::none ? fault : find_present_fault(layout);
}

} // namespace arch
