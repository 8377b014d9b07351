// SPDX-License-Identifier: GPL-2.0-only
//
// What the tests of the PTE layouts share: the words they try, and round trips that say what went wrong.
#pragma once

#include "arch_encodings/layouts.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace arch_checks {

using namespace arch;

inline constexpr unsigned types = 32;

inline std::vector<std::uint64_t> one_and_two_bit_words() {
    std::vector<std::uint64_t> words = {0};
    for (unsigned high = 0; high < 64; ++high) {
        words.push_back(bit(high));
        for (unsigned low = 0; low < high; ++low) words.push_back(bit(high) | bit(low));
    }
    return words;
}

inline std::vector<std::uint64_t> random_words(std::size_t count) {
    std::mt19937_64 random(20220509);
    std::vector<std::uint64_t> words(count);
    std::generate(words.begin(), words.end(), std::ref(random));
    return words;
}

inline const std::vector<std::uint64_t>& sample_words() {
    static const std::vector<std::uint64_t> words = [] {
        std::vector<std::uint64_t> all = one_and_two_bit_words();
        const std::vector<std::uint64_t> random = random_words(100'000);
        all.insert(all.end(), random.begin(), random.end());
        return all;
    }();
    return words;
}

// Markers in bits 0 to 2 of `choice`: exclusive, soft-dirty, uffd-wp.
inline Pte mark_swap(const Layout& layout, Pte pte, std::uint64_t choice) {
    if ((choice & 1) != 0) pte = pte_swp_mkexclusive(layout, pte);
    if ((choice & 2) != 0) pte = pte_swp_mksoft_dirty(layout, pte);
    if ((choice & 4) != 0) pte = pte_swp_mkuffd_wp(layout, pte);
    return pte;
}

// Returns what went wrong with one entry under all eight choices of markers, or nothing.
inline std::string swap_round_trip(const Layout& layout, SwpEntry entry) {
    const Pte plain = swp_entry_to_pte(layout, entry);
    if (layout.swap.reads_as_none == entry)
        return pte_none(layout, plain) ? "" : "the entry said to read as none does not";
    for (std::uint64_t choice = 0; choice < 8; ++choice) {
        const Pte pte = mark_swap(layout, plain, choice);
        if (!is_swap_pte(layout, pte)) return "not a swap PTE";
        if (pte_to_swp_entry(layout, pte) != entry) return "another entry";
        if (pte_swp_clear_flags(layout, pte) != plain) return "markers do not clear";
        if (!pte_same_as_swp(layout, pte, plain)) return "not the same as its entry";
        if (pte_swp_exclusive(layout, pte) != (has_swp_exclusive(layout) && (choice & 1) != 0)) return "exclusive";
        if (pte_swp_soft_dirty(layout, pte) != (has_soft_dirty(layout) && (choice & 2) != 0)) return "soft-dirty";
        if (pte_swp_uffd_wp(layout, pte) != (has_uffd_wp(layout) && (choice & 4) != 0)) return "uffd-wp";
        if (pte_swp_clear_exclusive(layout, pte) != mark_swap(layout, plain, choice & ~std::uint64_t{1}))
            return "clear E";
        if (pte_swp_clear_soft_dirty(layout, pte) != mark_swap(layout, plain, choice & ~std::uint64_t{2}))
            return "clear SD";
        if (pte_swp_clear_uffd_wp(layout, pte) != mark_swap(layout, plain, choice & ~std::uint64_t{4}))
            return "clear UW";
    }
    return "";
}

// Flags in bits 0 to 4 of `choice`: write, dirty, young, soft-dirty, uffd-wp. Each is set or cleared by its own helper.
inline Pte mark_present(const Layout& layout, Pte pte, std::uint64_t choice) {
    pte = (choice & 1) != 0 ? pte_mkwrite(layout, pte) : pte_wrprotect(layout, pte);
    pte = (choice & 2) != 0 ? pte_mkdirty(layout, pte) : pte_mkclean(layout, pte);
    pte = (choice & 4) != 0 ? pte_mkyoung(layout, pte) : pte_mkold(layout, pte);
    pte = (choice & 8) != 0 ? pte_mksoft_dirty(layout, pte) : pte_clear_soft_dirty(layout, pte);
    return (choice & 16) != 0 ? pte_mkuffd_wp(layout, pte) : pte_clear_uffd_wp(layout, pte);
}

inline std::uint64_t flags_read(const Layout& layout, Pte pte) {
    return std::uint64_t{pte_write(layout, pte)} | std::uint64_t{pte_dirty(layout, pte)} << 1 |
           std::uint64_t{pte_young(layout, pte)} << 2 | std::uint64_t{pte_soft_dirty(layout, pte)} << 3 |
           std::uint64_t{pte_uffd_wp(layout, pte)} << 4;
}

inline std::uint64_t flags_possible(const Layout& layout) {
    return 7 | std::uint64_t{has_soft_dirty(layout)} << 3 | std::uint64_t{has_uffd_wp(layout)} << 4;
}

// What each helper does to the flags, and to nothing else. pte_mkdirty() soft-dirties as well where there is such a bit.
struct Helper {
    Pte (*change)(const Layout&, Pte);
    std::uint64_t sets;
    std::uint64_t clears;
};
inline const std::vector<Helper>& helpers() {
    static const std::vector<Helper> list = {
        {pte_mkwrite, 1, 0},    {pte_wrprotect, 0, 1},      {pte_mkdirty, 2 | 8, 0},  {pte_mkclean, 0, 2},
        {pte_mkyoung, 4, 0},    {pte_mkold, 0, 4},          {pte_mksoft_dirty, 8, 0}, {pte_clear_soft_dirty, 0, 8},
        {pte_mkuffd_wp, 16, 0}, {pte_clear_uffd_wp, 0, 16},
    };
    return list;
}

// pte_mkuffd_wp() of 6.12 write-protects as well, where 6.1 leaves that to its callers.
inline bool uffd_wp_protects(const Layout& layout) {
    return has_uffd_wp(layout) && !pte_write(layout, pte_mkuffd_wp(layout, pte_mkwrite(layout, pfn_pte(layout, 1))));
}

inline std::string present_round_trip(const Layout& layout, std::uint64_t pfn, std::uint64_t choice) {
    const std::uint64_t possible = flags_possible(layout);
    const Pte pte = mark_present(layout, pfn_pte(layout, pfn), choice);
    const bool protects = uffd_wp_protects(layout);
    if (protects && (choice & 16) != 0) choice &= ~std::uint64_t{1};
    if (!pte_present(layout, pte) || pte_none(layout, pte) || is_swap_pte(layout, pte)) return "not present";
    if (pte_pfn(layout, pte) != pfn) return "another pfn";
    const std::uint64_t flags = flags_read(layout, pte);
    if (flags != (choice & possible)) return "flags differ";
    if (pte_young(layout, pte) && !cpu_may_load(layout, pte)) return "young, and yet a load faults";
    if (cpu_may_store(layout, pte)) {
        const Pte shared = pte_wrprotect(layout, cpu_mark_store(layout, pte));
        if (cpu_may_store(layout, shared)) return "write-protected, and yet a store goes through";
        if (!pte_dirty(layout, shared)) return "write-protecting loses a store";
    }
    for (const Helper& helper : helpers()) {
        const Pte changed = helper.change(layout, pte);
        if (!pte_present(layout, changed) || pte_pfn(layout, changed) != pfn) return "a helper loses the page";
        const std::uint64_t clears = helper.clears | (protects && (helper.sets & 16) != 0 ? 1U : 0U);
        if (flags_read(layout, changed) != ((flags | helper.sets) & ~clears & possible)) return "a helper strays";
    }
    return "";
}

// Everything that the checks above can say against a layout, as one word; "" for a sound one.
inline std::string first_complaint(const Layout& layout) {
    if (const Fault fault = find_fault(layout); fault != Fault::none) return std::string(describe(fault));
    for (const std::uint64_t word : one_and_two_bit_words()) {
        for (unsigned type = 0; type < types; ++type) {
            std::string wrong = swap_round_trip(layout, {type, word & max_swp_offset(layout)});
            if (!wrong.empty()) return wrong;
        }
        const std::uint64_t pfn = word & field_values(layout.present_pte.pfn);
        for (std::uint64_t choice = 0; choice < 32; ++choice) {
            std::string wrong = present_round_trip(layout, pfn, choice & flags_possible(layout));
            if (!wrong.empty()) return wrong;
        }
    }
    return "";
}

} // namespace arch_checks
