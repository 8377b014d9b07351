// SPDX-License-Identifier: GPL-2.0-only
//
// The walks over present PTEs, and over what hardware does to any.
#include "arch_encodings/walks.hpp"

namespace arch {

namespace {

std::uint64_t flags_read(const Layout& layout, Pte pte) {
    return std::uint64_t{pte_write(layout, pte)} | std::uint64_t{pte_dirty(layout, pte)} << 1 |
           std::uint64_t{pte_young(layout, pte)} << 2 | std::uint64_t{pte_soft_dirty(layout, pte)} << 3 |
           std::uint64_t{pte_uffd_wp(layout, pte)} << 4;
}

constexpr FlagHelper helpers[] = {
    {"pte_mkwrite", pte_mkwrite, 1, 0},           {"pte_wrprotect", pte_wrprotect, 0, 1},
    {"pte_mkdirty", pte_mkdirty, 2 | 8, 0},       {"pte_mkclean", pte_mkclean, 0, 2},
    {"pte_mkyoung", pte_mkyoung, 4, 0},           {"pte_mkold", pte_mkold, 0, 4},
    {"pte_mksoft_dirty", pte_mksoft_dirty, 8, 0}, {"pte_clear_soft_dirty", pte_clear_soft_dirty, 0, 8},
    {"pte_mkuffd_wp", pte_mkuffd_wp, 16, 0},      {"pte_clear_uffd_wp", pte_clear_uffd_wp, 0, 16},
};

// pte_mkuffd_wp() of 6.12 write-protects as well, where 6.1 leaves that to its callers.
bool uffd_wp_protects(const Layout& layout) {
    return has_uffd_wp(layout) && !pte_write(layout, pte_mkuffd_wp(layout, pte_mkwrite(layout, pfn_pte(layout, 1))));
}

std::string wrong_with_access(const Layout& layout, Pte pte) {
    if (pte_young(layout, pte) && !cpu_may_load(layout, pte)) return "is young, and yet a load faults";
    const bool is_open = pte_write(layout, pte) && pte_dirty(layout, pte) && pte_young(layout, pte);
    if (!cpu_may_store(layout, pte)) return is_open ? "lets no store through" : "";
    const Pte shared = pte_wrprotect(layout, cpu_mark_store(layout, pte));
    if (cpu_may_store(layout, shared)) return "lets stores through after pte_wrprotect()";
    if (!pte_dirty(layout, shared)) return "loses a store's mark in pte_wrprotect()";
    return "";
}

std::string wrong_with_helpers(const Layout& layout, Pte pte, std::uint64_t pfn, std::uint64_t flags) {
    const bool protects = uffd_wp_protects(layout);
    for (const FlagHelper& helper : helpers) {
        const Pte changed = helper.change(layout, pte);
        const std::uint64_t clears = helper.clears | (protects && (helper.sets & 16) != 0 ? 1U : 0U);
        const std::uint64_t expected = ((flags | helper.sets) & ~clears & flags_possible(layout));
        if (pte_present(layout, changed) && pte_pfn(layout, changed) == pfn && flags_read(layout, changed) == expected)
            continue;
        return std::string("is ") + hex_word(layout, changed.val) + " after " + helper.name + "(), which reads as " +
               describe(layout, changed);
    }
    return "";
}

std::string wrong_after_marks(const Layout& layout, Pte pte, Pte after) {
    if (pte_present(layout, after) && pte_pfn(layout, after) == pte_pfn(layout, pte) &&
        pte_write(layout, after) == pte_write(layout, pte))
        return "";
    return hex_word(layout, pte.val) + " is " + describe(layout, pte) + ", and with what hardware marks in it " +
           hex_word(layout, after.val) + ", which reads as " + describe(layout, after);
}

std::optional<Witness> walk_marks_of_present(const Layout& layout) {
    if (layout.present_pte.pfn.segments.empty()) return std::nullopt;
    constexpr std::uint64_t pfn = 9;
    for (std::uint64_t choice = 0; choice < 32; ++choice) {
        const Pte pte = mark_present(layout, pfn_pte(layout, pfn), choice & flags_possible(layout));
        if (!pte_present(layout, pte)) continue; // said by the walk over flags
        const Pte invalidated = {pte.val | layout.present_pte.walk.on_invalidate};
        for (const Pte after : {cpu_mark_load(layout, pte), cpu_mark_store(layout, pte), invalidated}) {
            std::string wrong = wrong_after_marks(layout, pte, after);
            if (!wrong.empty()) return Witness{pte, std::move(wrong)};
        }
    }
    return std::nullopt;
}

std::optional<Witness> walk_marks_of_swap(const Layout& layout) {
    const WordSet swap = swap_words(layout);
    const bool may_be_present = !known_reason(layout, Fault::none_can_read_as_present).empty();
    const std::uint64_t given_up = may_be_present ? bits_looked_at(layout.present) : 0;
    const std::uint64_t ignored =
        layout.none_ignore & ~(given_up | swap.free | swap.fixed | layout.swap.fixed_mask) & low_bits(layout.pte_bits);
    for (const std::uint64_t word : one_and_two_bit_words()) {
        const SwpEntry entry = {static_cast<unsigned>(word % swp_types), word & max_swp_offset(layout)};
        const Pte pte = mark_swap(layout, swp_entry_to_pte(layout, entry), word % 8);
        if (!is_swap_pte(layout, pte)) continue; // said by the walk over entries
        for (const std::uint64_t marks : {ignored, ignored & (~ignored + 1), ignored & (ignored - (ignored != 0))}) {
            const Pte after = {pte.val | marks};
            if (is_swap_pte(layout, after) && pte_to_swp_entry(layout, after) == pte_to_swp_entry(layout, pte) &&
                pte_swp_exclusive(layout, after) == pte_swp_exclusive(layout, pte))
                continue;
            return Witness{pte, hex_word(layout, pte.val) + " is " + describe(layout, pte) +
                                    ", and with bits that pte_none() ignores " + hex_word(layout, after.val) +
                                    ", which reads as " + describe(layout, after)};
        }
    }
    return std::nullopt;
}

} // namespace

std::span<const FlagHelper> flag_helpers() { return helpers; }

Pte mark_present(const Layout& layout, Pte pte, std::uint64_t choice) {
    pte = (choice & 1) != 0 ? pte_mkwrite(layout, pte) : pte_wrprotect(layout, pte);
    pte = (choice & 2) != 0 ? pte_mkdirty(layout, pte) : pte_mkclean(layout, pte);
    pte = (choice & 4) != 0 ? pte_mkyoung(layout, pte) : pte_mkold(layout, pte);
    pte = (choice & 8) != 0 ? pte_mksoft_dirty(layout, pte) : pte_clear_soft_dirty(layout, pte);
    return (choice & 16) != 0 ? pte_mkuffd_wp(layout, pte) : pte_clear_uffd_wp(layout, pte);
}

std::uint64_t flags_possible(const Layout& layout) {
    return 7 | std::uint64_t{has_soft_dirty(layout)} << 3 | std::uint64_t{has_uffd_wp(layout)} << 4;
}

std::optional<Witness> present_round_trip(const Layout& layout, std::uint64_t pfn, std::uint64_t choice) {
    const Pte pte = mark_present(layout, pfn_pte(layout, pfn), choice);
    if (uffd_wp_protects(layout) && (choice & 16) != 0) choice &= ~std::uint64_t{1};
    const std::uint64_t flags = flags_read(layout, pte);
    std::string wrong;
    if (!pte_present(layout, pte) || pte_none(layout, pte) || is_swap_pte(layout, pte) || pte_pfn(layout, pte) != pfn ||
        flags != (choice & flags_possible(layout)))
        wrong = "reads as " + describe(layout, pte);
    if (wrong.empty()) wrong = wrong_with_access(layout, pte);
    if (wrong.empty()) wrong = wrong_with_helpers(layout, pte, pfn, flags);
    if (wrong.empty()) return std::nullopt;
    std::string text = hex_word(layout, pte.val) + " is the PTE of pfn " + std::to_string(pfn);
    const char* const words[] = {" write", " dirty", " young", " soft-dirty", " uffd-wp"};
    for (unsigned n = 0; n < 5; ++n) {
        if ((choice >> n & 1) != 0) text += words[n];
    }
    return Witness{pte, text + " and " + wrong};
}

std::optional<Witness> walk_present_flags(const Layout& layout) {
    if (layout.present_pte.pfn.segments.empty()) return std::nullopt;
    const std::uint64_t pfns = field_values(layout.present_pte.pfn);
    for (const std::uint64_t word : one_and_two_bit_words()) {
        for (std::uint64_t choice = 0; choice < 32; ++choice) {
            if ((choice & ~flags_possible(layout)) != 0) continue;
            if (auto wrong = present_round_trip(layout, word & pfns, choice)) return wrong;
        }
    }
    return std::nullopt;
}

std::optional<Witness> walk_hardware_marks(const Layout& layout) {
    if (auto wrong = walk_marks_of_present(layout)) return wrong;
    return walk_marks_of_swap(layout);
}

} // namespace arch
