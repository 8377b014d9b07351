// SPDX-License-Identifier: GPL-2.0-only
//
// Words that show the faults of swap PTEs.
#include "arch_encodings/witness_parts.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace arch {

namespace {

// What a word is that swp_entry_to_pte() and the markers make: its fields as they lie, whatever it reads as.
std::string made_of(const Layout& layout, std::uint64_t word) {
    const SwapFields& swap = layout.swap;
    std::string text = "the swap PTE of " + entry_text({static_cast<unsigned>(extract(swap.type, word)),
                                                        extract(swap.offset, word) & max_swp_offset(layout)});
    if ((word & swap.exclusive) != 0) text += " exclusive";
    if ((word & swap.soft_dirty) != 0) text += " soft-dirty";
    if ((word & swap.uffd_wp) != 0) text += " uffd-wp";
    return text;
}

Witness reads_as(const Layout& layout, std::uint64_t word) {
    return about(layout, word, made_of(layout, word) + " and reads as " + describe(layout, Pte{word}));
}

using NamedMask = std::pair<const char*, std::uint64_t>;

std::vector<NamedMask> swap_fields(const Layout& layout) {
    const SwapFields& swap = layout.swap;
    return {{"type", field_mask(swap.type)}, {"offset", field_mask(swap.offset)}, {"exclusive", swap.exclusive},
            {"soft-dirty", swap.soft_dirty}, {"uffd-wp", swap.uffd_wp},           {"fixed", swap.fixed_mask}};
}

std::string field_of(const Layout& layout, std::uint64_t bit_of) {
    for (const auto& [name, mask] : swap_fields(layout)) {
        if ((mask & bit_of) != 0) return name;
    }
    return "no field";
}

// An entry whose PTE has the bit, or has it not, as far as the entry decides.
SwpEntry entry_with(const Layout& layout, std::uint64_t bit_of, bool is_set) {
    SwpEntry entry = {.type = 0, .offset = 1};
    const auto value_of = [&](Field field) {
        field.inverted = false;
        return extract(field, bit_of);
    };
    if (const std::uint64_t type = value_of(layout.swap.type); type != 0)
        entry.type = is_set != layout.swap.type.inverted ? static_cast<unsigned>(type) : 0;
    if (const std::uint64_t offset = value_of(layout.swap.offset); offset != 0) {
        const bool want = is_set != layout.swap.offset.inverted;
        entry.offset = want ? offset : (offset == 1 ? 2 : 1);
    }
    return entry;
}

// A plain entry and what becomes of it when the clashing marker is set or seen.
Witness overlap_witness(const Layout& layout) {
    std::uint64_t seen = 0;
    for (const auto& [name, mask] : swap_fields(layout)) {
        const std::uint64_t clash = lowest(mask & seen);
        seen |= mask;
        if (clash == 0) continue;
        const std::string both =
            ": bit " + std::to_string(std::countr_zero(clash)) + " is " + field_of(layout, clash) + " and " + name;
        for (const bool is_set : {true, false}) {
            const SwpEntry entry = entry_with(layout, clash, is_set);
            const Pte plain = swp_entry_to_pte(layout, entry);
            for (std::uint64_t choice = 0; choice < 8; ++choice) {
                const Pte pte = mark_swap(layout, plain, choice);
                std::string expected = "swap " + entry_text(entry);
                if ((choice & 1) != 0 && layout.swap.exclusive != 0) expected += " exclusive";
                if ((choice & 2) != 0 && layout.swap.soft_dirty != 0) expected += " soft-dirty";
                if ((choice & 4) != 0 && layout.swap.uffd_wp != 0) expected += " uffd-wp";
                if (describe(layout, pte) == expected) continue;
                return about(layout, pte.val,
                             joined({"written for ", expected, " and reads as ", describe(layout, pte), both}));
            }
        }
        return about(layout, clash, "in two fields" + both);
    }
    return about(layout, 0, "in no two fields");
}

// A swap PTE whose bit is there and, but for it, is the same as another.
Witness shared_bit_witness(const Layout& layout, std::uint64_t shared, const std::string& whose) {
    const WordSet words = swap_words(layout);
    const std::uint64_t at = lowest(shared);
    const SwpEntry entry = entry_with(layout, at, true);
    std::uint64_t word = swp_entry_to_pte(layout, entry).val;
    if ((words.free & at) != 0) word |= at;
    return about(layout, word,
                 made_of(layout, word) + ": bit " + std::to_string(std::countr_zero(at)) + ", of " +
                     field_of(layout, at) + ", " + whose);
}

Witness none_ignores_witness(const Layout& layout, std::uint64_t shared) {
    const WordSet words = swap_words(layout);
    // An entry that is lost at once, and else the one that a layout may lose, if its marker goes with it.
    std::optional<std::uint64_t> never_used;
    for (const std::uint64_t word : one_and_two_bit_words()) {
        const std::uint64_t candidate = (layout.none_value & ~words.free) | words.fixed | (word & words.free);
        if (!pte_none(layout, {candidate}) || candidate == layout.none_value) continue;
        const SwpEntry entry = pte_to_swp_entry(layout, {candidate});
        if (entry.offset != 0 && entry != layout.swap.reads_as_none)
            return about(layout, candidate, made_of(layout, candidate) + " and reads as none");
        if (entry.offset == 0 && !never_used) never_used = candidate;
    }
    if (never_used) return about(layout, *never_used, made_of(layout, *never_used) + " and reads as none");
    const std::uint64_t at = lowest(shared);
    const std::uint64_t plain = swp_entry_to_pte(layout, entry_with(layout, at, false)).val & ~at;
    return about(layout, plain | at,
                 made_of(layout, plain) + " with bit " + std::to_string(std::countr_zero(at)) +
                     ", which pte_none() ignores since others set it, and reads as " +
                     describe(layout, Pte{plain | at}));
}

Witness reads_as_none_witness(const Layout& layout) {
    const WordSet words = swap_words(layout);
    const auto& named = layout.swap.reads_as_none;
    const bool can = can_match(equals(~layout.none_ignore, layout.none_value), words);
    if (!can && named) {
        const Pte pte = swp_entry_to_pte(layout, *named);
        return about(layout, pte.val,
                     "the swap PTE of " + entry_text(*named) + ", is said to read as none and does not");
    }
    // Ignored bits among those of the entry hide several: the first one that is not at offset 0 is the one to show.
    const std::uint64_t ignored = words.free & layout.none_ignore;
    for (std::uint64_t left = ignored; left != 0; left &= left - 1) {
        const std::uint64_t word = layout.none_value | lowest(left);
        if (pte_none(layout, {word})) return reads_as(layout, word);
    }
    return reads_as(layout, layout.none_value);
}

Witness reads_as_present_witness(const Layout& layout) {
    const WordSet words = swap_words(layout);
    for (const Match& match : layout.present) {
        if (!can_match(match, words)) continue;
        // Beside type 0 offset 1 as little as possible, since offset 0 is never handed out.
        const std::uint64_t found = matching_word(match, words);
        const std::uint64_t chosen = match.mask & words.free;
        const std::uint64_t near = (swp_entry_to_pte(layout, {0, 1}).val & ~chosen) | (found & chosen);
        return reads_as(layout, matches(match, near) ? near : found);
    }
    return reads_as(layout, words.fixed);
}

Witness offset_width_witness(const Layout& layout, Fault fault) {
    const std::uint64_t stored = field_values(layout.swap.offset) & swp_entry_offsets(layout);
    const std::uint64_t usable = max_swp_offset(layout);
    const std::uint64_t differs = lowest(stored ^ usable);
    const std::uint64_t word = deposit(layout.swap.offset, differs) | layout.swap.fixed_value;
    const std::string width = std::to_string(std::popcount(stored)) + " bits of offset fit the PTE and swp_entry_t, " +
                              std::to_string(layout.swap.usable_offset_bits) + " are declared usable";
    if (fault == Fault::fewer_offset_bits_usable_than_stored)
        return about(layout, word,
                     "the swap PTE of type 0 offset " + std::to_string(differs) +
                         ", which is called too large: " + width);
    const SwpEntry lost = {0, differs};
    const Pte pte = swp_entry_to_pte(layout, lost);
    return about(layout, pte.val, "written for swap " + entry_text(lost) + " and keeps less of it: " + width);
}

Witness marker_bits_witness(const Layout& layout) {
    const SwapFields& swap = layout.swap;
    for (const auto& [name, mask] :
         {NamedMask{"exclusive", swap.exclusive}, {"soft-dirty", swap.soft_dirty}, {"uffd-wp", swap.uffd_wp}}) {
        if (!is_at_most_one_bit(mask)) return about(layout, mask, std::string(name) + ": " + bits_text(mask));
    }
    return about(layout, 0, "no marker");
}

Witness wide_type_witness(const Layout& layout, unsigned type) {
    // An offset that the type's highest bit changes where it falls on the lowest one.
    const SwpEntry entry = {type, 2};
    const Pte pte = swp_entry_to_pte(layout, entry);
    return about(layout, pte.val, "written for swap " + entry_text(entry) + " and reads as " + describe(layout, pte));
}

} // namespace

Witness swap_witness(const Layout& layout, Fault fault) {
    const SwapFields& swap = layout.swap;
    const WordSet words = swap_words(layout);
    const std::uint64_t used = words.free | words.fixed | swap.fixed_mask;
    const Pte marked = pte_swp_mkexclusive(layout, swp_entry_to_pte(layout, {0, 1}));
    switch (fault) {
    case Fault::type_too_narrow: return wide_type_witness(layout, swp_types - 1);
    case Fault::type_is_not_masked:
        return wide_type_witness(layout, static_cast<unsigned>(std::bit_floor(field_values(swap.type)) << 1));
    case Fault::more_offset_bits_usable_than_stored:
    case Fault::fewer_offset_bits_usable_than_stored: return offset_width_witness(layout, fault);
    case Fault::marker_is_not_one_bit: return marker_bits_witness(layout);
    case Fault::fixed_value_outside_mask:
        return about(layout, swap.fixed_value & ~swap.fixed_mask, "in the fixed value and not in its mask");
    case Fault::swap_fields_overlap: return overlap_witness(layout);
    case Fault::swap_uses_bits_to_keep_clear:
        return shared_bit_witness(layout, used & swap.keep_clear, "has to stay zero in a swap PTE");
    case Fault::swap_uses_bits_that_none_ignores: return none_ignores_witness(layout, used & layout.none_ignore);
    case Fault::swap_can_read_as_present: return reads_as_present_witness(layout);
    case Fault::swap_can_read_as_none: return reads_as_none_witness(layout);
    case Fault::exclusive_is_not_read_back:
        return about(layout, marked.val, made_of(layout, marked.val) + ", and pte_swp_exclusive() is false of it");
    case Fault::swap_leaves_upper_word_unused: {
        const std::uint64_t last = words.free | words.fixed;
        return about(layout, last,
                     made_of(layout, last) + ", the last there is: " +
                         bits_text(low_bits(layout.pte_bits) & ~low_bits(layout.ulong_bits)) + " stay zero");
    }
    case Fault::raw_entry_keeps_marker: {
        const std::uint64_t markers = swap.exclusive != 0 ? swap.exclusive : swap.soft_dirty | swap.uffd_wp;
        const std::uint64_t word = swp_entry_to_pte(layout, {0, 1}).val | lowest(markers);
        return about(layout, word,
                     made_of(layout, word) + ", and __pte_to_swp_entry() takes " + bits_text(lowest(markers)) +
                         " along");
    }
    default: return about(layout, 0, "not a word about this");
    }
}

} // namespace arch
