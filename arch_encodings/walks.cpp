// SPDX-License-Identifier: GPL-2.0-only
//
// The walks over swap PTEs; walks_present.cpp has those over present ones.
#include "arch_encodings/walks.hpp"

#include <algorithm>

namespace arch {

namespace {

std::string marker_words(std::uint64_t choice) {
    std::string text;
    if ((choice & 1) != 0) text += " exclusive";
    if ((choice & 2) != 0) text += " soft-dirty";
    if ((choice & 4) != 0) text += " uffd-wp";
    return text;
}

// The markers that a swap PTE of this layout has to keep.
std::uint64_t markers_expected(const Layout& layout) {
    const bool has_present_side = !layout.present_pte.pfn.segments.empty();
    const bool soft_dirty = has_present_side ? has_soft_dirty(layout) : layout.swap.soft_dirty != 0;
    const bool uffd_wp = has_present_side ? has_uffd_wp(layout) : layout.swap.uffd_wp != 0;
    return std::uint64_t{has_swp_exclusive(layout)} | std::uint64_t{soft_dirty} << 1 | std::uint64_t{uffd_wp} << 2;
}

std::uint64_t markers_read(const Layout& layout, Pte pte) {
    return std::uint64_t{pte_swp_exclusive(layout, pte)} | std::uint64_t{pte_swp_soft_dirty(layout, pte)} << 1 |
           std::uint64_t{pte_swp_uffd_wp(layout, pte)} << 2;
}

// What is wrong with the marked PTE of `entry`, or "".
std::string wrong_with_marked(const Layout& layout, SwpEntry entry, Pte plain, std::uint64_t choice) {
    const Pte pte = mark_swap(layout, plain, choice);
    if (!is_swap_pte(layout, pte) || pte_to_swp_entry(layout, pte) != entry ||
        markers_read(layout, pte) != (choice & markers_expected(layout)))
        return "reads as " + describe(layout, pte);
    if (pte_swp_clear_flags(layout, pte) != plain) return "is not the plain entry again when its markers are cleared";
    if (!pte_same_as_swp(layout, pte, plain)) return "is not the same as its entry to pte_same_as_swp()";
    if (pte_swp_clear_exclusive(layout, pte) != mark_swap(layout, plain, choice & ~std::uint64_t{1}))
        return "loses more than the marker in pte_swp_clear_exclusive()";
    if (pte_swp_clear_soft_dirty(layout, pte) != mark_swap(layout, plain, choice & ~std::uint64_t{2}))
        return "loses more than the marker in pte_swp_clear_soft_dirty()";
    if (pte_swp_clear_uffd_wp(layout, pte) != mark_swap(layout, plain, choice & ~std::uint64_t{4}))
        return "loses more than the marker in pte_swp_clear_uffd_wp()";
    return "";
}

std::vector<std::uint64_t> offsets_to_walk(const Layout& layout) {
    constexpr std::uint64_t at_each_end = 64;
    const std::uint64_t last = max_swp_offset(layout);
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t n = 0; n < at_each_end; ++n) {
        offsets.push_back(n & last);
        offsets.push_back((last - n) & last);
    }
    for (const std::uint64_t word : one_and_two_bit_words()) offsets.push_back(word & last);
    std::sort(offsets.begin(), offsets.end());
    offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
    return offsets;
}

} // namespace

std::vector<std::uint64_t> one_and_two_bit_words() {
    std::vector<std::uint64_t> words = {0};
    for (unsigned high = 0; high < 64; ++high) {
        words.push_back(bit(high));
        for (unsigned low = 0; low < high; ++low) words.push_back(bit(high) | bit(low));
    }
    return words;
}

Pte mark_swap(const Layout& layout, Pte pte, std::uint64_t choice) {
    if ((choice & 1) != 0) pte = pte_swp_mkexclusive(layout, pte);
    if ((choice & 2) != 0) pte = pte_swp_mksoft_dirty(layout, pte);
    if ((choice & 4) != 0) pte = pte_swp_mkuffd_wp(layout, pte);
    return pte;
}

std::optional<Witness> swap_round_trip(const Layout& layout, SwpEntry entry) {
    const Pte plain = swp_entry_to_pte(layout, entry);
    const auto is = [&](Pte pte, std::uint64_t choice, const std::string& wrong) {
        return Witness{pte, hex_word(layout, pte.val) + " is the swap PTE of type " + std::to_string(entry.type) +
                                " offset " + std::to_string(entry.offset) + marker_words(choice) + " and " + wrong};
    };
    if (layout.swap.reads_as_none == entry) {
        if (pte_none(layout, plain)) return std::nullopt;
        return is(plain, 0, "does not read as none, as the layout says");
    }
    if (pte_none(layout, plain) && !known_reason(layout, Fault::swap_can_read_as_none).empty()) return std::nullopt;
    const bool is_seen = known_reason(layout, Fault::exclusive_is_not_read_back).empty();
    for (std::uint64_t choice = 0; choice < 8; ++choice) {
        if (!is_seen && (choice & 1) != 0) continue;
        const std::string wrong = wrong_with_marked(layout, entry, plain, choice);
        if (!wrong.empty()) return is(mark_swap(layout, plain, choice), choice, wrong);
    }
    return std::nullopt;
}

std::optional<Witness> walk_swap_entries(const Layout& layout) {
    const std::vector<std::uint64_t> offsets = offsets_to_walk(layout);
    for (unsigned type = 0; type < swp_types; ++type) {
        for (const std::uint64_t offset : offsets) {
            if (auto wrong = swap_round_trip(layout, {type, offset})) return wrong;
        }
    }
    return std::nullopt;
}

std::optional<Witness> walk_l1tf(const Layout& layout) {
    if (layout.present_pte.pfn_inverted_unless == 0) return std::nullopt;
    // 2^45 bytes: more memory than any machine that the flaw concerns has, and offsets of a device below 16 TiB.
    constexpr unsigned memory_bits = 45;
    const std::uint64_t above = ~low_bits(memory_bits - layout.page_shift) & field_values(layout.present_pte.pfn);
    for (unsigned type = 0; type < swp_types; ++type) {
        for (std::uint64_t offset = 1; offset < bit(32) && offset <= max_swp_offset(layout); offset *= 2) {
            const Pte pte = swp_entry_to_pte(layout, {type, offset});
            const std::uint64_t pfn = extract(layout.present_pte.pfn, pte.val);
            if ((pfn & above) == above) continue;
            return Witness{pte, hex_word(layout, pte.val) + " is the swap PTE of type " + std::to_string(type) +
                                    " offset " + std::to_string(offset) + " and points to pfn " + std::to_string(pfn) +
                                    ", where there can be memory"};
        }
    }
    return std::nullopt;
}

std::span<const ExhaustiveWalk> walks() {
    static constexpr ExhaustiveWalk list[] = {
        {"swap entries", "every type, low and high offset and choice of markers comes back", walk_swap_entries},
        {"present flags", "every flag is independent of the others and of the pfn", walk_present_flags},
        {"hardware marks", "what hardware sets on its own changes neither class, entry nor page", walk_hardware_marks},
        {"L1TF", "a swap PTE points to no memory", walk_l1tf},
    };
    return list;
}

} // namespace arch
