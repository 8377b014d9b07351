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

// One sentence on what a fault means.
std::string_view describe(Fault fault);

// Several faults at once.
class Faults {
public:
    constexpr void add_if(bool wrong, Fault fault) {
        if (wrong) set_ |= std::uint64_t{1} << static_cast<unsigned>(fault);
    }
    constexpr void remove(Fault fault) { set_ &= ~(std::uint64_t{1} << static_cast<unsigned>(fault)); }
    constexpr bool has(Fault fault) const { return ((set_ >> static_cast<unsigned>(fault)) & 1U) != 0; }
    constexpr bool empty() const { return set_ == 0; }
    // Fault::none of an empty set.
    constexpr Fault first() const {
        unsigned n = 0;
        if (set_ == 0) return Fault::none;
        while (((set_ >> n) & 1U) == 0) ++n;
        return static_cast<Fault>(n);
    }
    bool operator==(const Faults&) const = default;

private:
    std::uint64_t set_ = 0;
};

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
    const std::uint64_t offset = field_mask(swap.offset);
    // Offset bits beyond the usable ones are stored as zeros, which an inverted field holds as ones.
    const std::uint64_t free_offset =
        offset & deposit({.segments = swap.offset.segments, .inverted = false}, max_swp_offset(layout));
    const std::uint64_t unused = swap.offset.inverted ? offset & ~free_offset : 0;
    return {swap.fixed_value | unused,
            field_mask(swap.type) | free_offset | swap.exclusive | swap.soft_dirty | swap.uffd_wp};
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

// A swap PTE reads as none for the one entry the layout owns up to, and for nothing else. Offset 0 of a device is its header,
// so that any other entry is a fault, named or not.
constexpr bool swap_can_read_as_none(const Layout& layout) {
    const Match none = equals(~layout.none_ignore, layout.none_value);
    const WordSet swap = swap_words(layout);
    const auto& named = layout.swap.reads_as_none;
    if (!can_match(none, swap)) return named.has_value();
    // With ignored bits among those of the entry several entries read so; otherwise none_value is the only one.
    const std::uint64_t entry = field_mask(layout.swap.type) | field_mask(layout.swap.offset);
    if ((entry & layout.none_ignore) != 0 || !named.has_value()) return true;
    return pte_to_swp_entry(layout, {layout.none_value}) != *named || named->offset != 0;
}

// The value bits that a swap PTE stores all lie in the words that an unsigned long covers, although there are further ones:
// a shift that was done before the value was widened.
constexpr bool upper_word_unused(const Layout& layout) {
    return layout.pte_bits > layout.ulong_bits && swap_words(layout).free < bit(layout.ulong_bits);
}

// The offsets that swp_entry_t has room for beside a type of 5 bits, one bit being the XArray's.
constexpr std::uint64_t swp_entry_offsets(const Layout& layout) { return low_bits(layout.ulong_bits - 6U); }

// Where the shape of the fields is wrong, nothing further can be said: `faults` then holds that one alone.
constexpr Fault find_shape_fault(const Layout& layout) {
    const SwapFields& swap = layout.swap;
    if (!field_is_inside(swap.type, layout.pte_bits) || !field_is_inside(swap.offset, layout.pte_bits) ||
        ((swap.exclusive | swap.soft_dirty | swap.uffd_wp | swap.fixed_mask | swap.fixed_value) &
         ~low_bits(layout.pte_bits)) != 0)
        return Fault::field_outside_pte;
    if (!field_is_whole(swap.type) || !field_is_whole(swap.offset)) return Fault::field_has_gaps;
    if (layout.present_pte.pfn.segments.empty()) return Fault::none;
    if (!field_is_inside(layout.present_pte.pfn, layout.pte_bits)) return Fault::field_outside_pte;
    if (!field_is_whole(layout.present_pte.pfn)) return Fault::field_has_gaps;
    return Fault::none;
}

constexpr void find_swap_faults(const Layout& layout, Faults& faults) {
    const SwapFields& swap = layout.swap;
    const WordSet words = swap_words(layout);
    const std::uint64_t used = words.free | words.fixed | swap.fixed_mask;
    // 32 types: the swap devices and the special ones.
    faults.add_if(field_values(swap.type) < low_bits(5), Fault::type_too_narrow);
    faults.add_if(max_swp_offset(layout) > (field_values(swap.offset) & swp_entry_offsets(layout)),
                  Fault::more_offset_bits_usable_than_stored);
    faults.add_if(max_swp_offset(layout) < (field_values(swap.offset) & swp_entry_offsets(layout)),
                  Fault::fewer_offset_bits_usable_than_stored);
    faults.add_if(!is_at_most_one_bit(swap.exclusive) || !is_at_most_one_bit(swap.soft_dirty) ||
                      !is_at_most_one_bit(swap.uffd_wp),
                  Fault::marker_is_not_one_bit);
    faults.add_if((swap.exclusive & ~swap.exclusive_visible) != 0, Fault::exclusive_is_not_read_back);
    faults.add_if((swap.fixed_value & ~swap.fixed_mask) != 0, Fault::fixed_value_outside_mask);
    faults.add_if(!masks_are_disjoint(std::array{field_mask(swap.type), field_mask(swap.offset), swap.exclusive,
                                                 swap.soft_dirty, swap.uffd_wp, swap.fixed_mask}),
                  Fault::swap_fields_overlap);
    faults.add_if((used & swap.keep_clear) != 0, Fault::swap_uses_bits_to_keep_clear);
    faults.add_if((used & layout.none_ignore) != 0, Fault::swap_uses_bits_that_none_ignores);
    faults.add_if(can_match_any(layout.present, words), Fault::swap_can_read_as_present);
    faults.add_if(swap_can_read_as_none(layout), Fault::swap_can_read_as_none);
    faults.add_if(can_match_any(layout.present, {layout.none_value, layout.none_ignore}),
                  Fault::none_can_read_as_present);
    faults.add_if((layout.present_pte.walk.late & ~layout.none_ignore) != 0, Fault::none_sees_late_marks);
    faults.add_if(!swap.type_is_masked, Fault::type_is_not_masked);
    faults.add_if(upper_word_unused(layout), Fault::swap_leaves_upper_word_unused);
    faults.add_if(swap.raw_entry_keeps_markers && (swap.exclusive | swap.soft_dirty | swap.uffd_wp) != 0,
                  Fault::raw_entry_keeps_marker);
}

// The bits that are the flag's own; 0 for a flag that the architecture lacks.
constexpr std::uint64_t own_bits(const Flag& flag) {
    if (flag.own != 0) return flag.own;
    return flag.test.empty() ? 0 : flag.test[0].mask;
}

constexpr std::uint64_t bits_looked_at(const Matches& list) {
    std::uint64_t looked_at = 0;
    for (const Match& match : list) looked_at |= match.mask;
    return looked_at;
}

constexpr std::array<const Flag*, 5> flags_of(const PresentFields& present) {
    return {&present.write, &present.dirty, &present.young, &present.soft_dirty, &present.uffd_wp};
}

// Present, readable by the user (by the processor too if it is young), not writable, clean, and its pfn comes back.
constexpr bool newborn_is_right(const Layout& layout, std::uint64_t pfn) {
    const Pte pte = pfn_pte(layout, pfn);
    return pte_present(layout, pte) && !pte_none(layout, pte) && pte_pfn(layout, pte) == pfn &&
           !pte_write(layout, pte) && !pte_dirty(layout, pte) && !pte_protnone(layout, pte) &&
           (!pte_young(layout, pte) || cpu_may_load(layout, pte)) && !cpu_may_store(layout, pte);
}

// The same of PROT_NONE, as far as nobody may touch it. pte_protnone() is for NUMA hinting, which not every kernel has.
constexpr void find_protnone_faults(const Layout& layout, std::uint64_t pfn, Faults& faults) {
    const Pte hidden = pfn_pte(layout, pfn, layout.present_pte.page_none);
    faults.add_if(cpu_may_load(layout, hidden), Fault::protnone_is_readable);
    faults.add_if(!pte_present(layout, hidden), Fault::protnone_reads_as_swap);
    if (!pte_present(layout, hidden)) return;
    faults.add_if((!layout.present_pte.protnone.empty() && !pte_protnone(layout, hidden)) ||
                      pte_pfn(layout, hidden) != pfn || pte_write(layout, hidden) || cpu_may_store(layout, hidden),
                  Fault::newborn_pte_is_wrong);
}

constexpr void find_flag_faults(const Layout& layout, Faults& faults) {
    const PresentFields& present = layout.present_pte;
    const std::uint64_t pfn = field_mask(present.pfn);
    std::uint64_t seen = 0;
    for (const Flag* flag : flags_of(present)) {
        const std::uint64_t own = own_bits(*flag);
        if (flag->test.empty()) {
            faults.add_if(!flag->make.empty() || !flag->clear.empty(), Fault::present_flag_without_bit);
            continue;
        }
        faults.add_if(own == 0 || !any_of(flag->test, apply(flag->make, 0)), Fault::present_flag_without_bit);
        faults.add_if((seen & own) != 0 || (own & bits_looked_at(layout.present)) != 0, Fault::present_flags_overlap);
        seen |= own;
        faults.add_if(((bits_looked_at(flag->test) | bits_touched(flag->make) | bits_touched(flag->clear)) & pfn) != 0,
                      Fault::present_flag_overlaps_pfn);
    }
}

// A layout that describes swap PTEs only has no pfn field, and no present side to prove.
constexpr void find_present_faults(const Layout& layout, Faults& faults) {
    const PresentFields& present = layout.present_pte;
    if (present.pfn.segments.empty()) return;
    const std::uint64_t pfn = field_mask(present.pfn);
    find_flag_faults(layout, faults);
    faults.add_if(((present.page_readonly.val | present.page_none.val | bits_touched(present.on_birth) |
                    bits_looked_at(layout.present)) &
                   pfn) != 0,
                  Fault::protection_overlaps_pfn);
    for (const std::uint64_t sample : {std::uint64_t{0}, std::uint64_t{1}, field_values(present.pfn)}) {
        faults.add_if(!newborn_is_right(layout, sample), Fault::newborn_pte_is_wrong);
        faults.add_if(!pte_access_permitted(layout, pfn_pte(layout, sample), false), Fault::user_access_is_refused);
        find_protnone_faults(layout, sample, faults);
    }
    const Pte writable = pte_mkwrite(layout, pfn_pte(layout, 1));
    faults.add_if(pte_write(layout, pte_modify(layout, writable, present.page_readonly)),
                  Fault::protection_keeps_write);
    faults.add_if(((bits_touched(present.walk.on_load) | bits_touched(present.walk.on_store)) & pfn) != 0 ||
                      (present.modify.keep & pfn) != pfn,
                  Fault::access_changes_translation);
}

// Everything that is wrong, known or not.
constexpr Faults find_all_faults(const Layout& layout) {
    Faults faults;
    if (const Fault shape = find_shape_fault(layout); shape != Fault::none) {
        faults.add_if(true, shape);
        return faults;
    }
    find_swap_faults(layout, faults);
    find_present_faults(layout, faults);
    return faults;
}

// Why nobody meets a fault of this layout; empty if nobody says so.
constexpr std::string_view known_reason(const Layout& layout, Fault fault) {
    for (const Known& known : layout.known) {
        if (known.fault == fault) return known.reason;
    }
    return known_everywhere.fault == fault ? known_everywhere.reason : std::string_view{};
}

// The first fault that the layout does not own up to, or known_fault_is_absent if it owns up to one that it does not have.
constexpr Fault find_fault(const Layout& layout) {
    Faults faults = find_all_faults(layout);
    for (const Known& known : layout.known) {
        faults.add_if(!faults.has(known.fault), Fault::known_fault_is_absent);
        faults.remove(known.fault);
    }
    faults.remove(known_everywhere.fault);
    return faults.first();
}

} // namespace arch
