// SPDX-License-Identifier: GPL-2.0-only
// Invariants of PG_anon_exclusive and of its bit in swap PTEs: I1 to I6 and I9 of kernel-facts B.1.
#include "model/properties_parts.hpp"

#include <fmt/format.h>

namespace model {

namespace {

using checker::Property;

bool is_exclusive(const View& v, const Machine& m, PageId page) {
    return (v[m.page(page).flags] & PG::anon_exclusive) != 0;
}

std::optional<PageId> find_exclusive_not_anon(const View& v, const Machine& m) {
    return find_page(m, [&](PageId page) { return is_exclusive(v, m, page) && v[m.page(page).mapping] == 0; });
}

// Fork is no exception: page_try_dup_anon_rmap clears the flag before it counts the second mapping.
std::optional<PageId> find_exclusive_mapped_twice(const View& v, const Machine& m) {
    return find_page(m, [&](PageId page) { return is_exclusive(v, m, page) && v[m.page(page).mapcount] > 1; });
}

// How many PTEs map the page, apart from those of address spaces whose page table is being changed.
struct PteCount {
    unsigned settled = 0;
    bool some_lock_held = false;
};
PteCount count_ptes(const View& v, const Machine& m, PageId page) {
    PteCount count;
    for (std::size_t mm = 0; mm < m.mms(); ++mm) {
        if (!page_table_lock_is_free(v, m, mm_id(mm))) {
            count.some_lock_held = true;
            continue;
        }
        for (std::size_t va = 0; va < m.vas(); ++va) {
            if (mapped_page(v, m, {mm_id(mm), va_id(va)}) == page) ++count.settled;
        }
    }
    return count;
}

std::optional<PageId> find_exclusive_not_mapped_once(const View& v, const Machine& m) {
    return find_page(m, [&](PageId page) {
        if (!is_exclusive(v, m, page) || v[m.page(page).mapcount] == 0) return false;
        const PteCount count = count_ptes(v, m, page);
        // A held lock may hide the one PTE, but never excuses two.
        return count.settled > 1 || (count.settled == 0 && !count.some_lock_held);
    });
}

std::optional<Mapping> find_writable_shared(const View& v, const Machine& m) {
    return find_mapping(m, [&](Mapping at) {
        const arch::Pte pte = pte_at(v, m, at);
        if (!arch::pte_present(m.arch(), pte) || !arch::pte_write(m.arch(), pte)) return false;
        const PageId page = m.pte_page(pte);
        if (!page || v[m.page(page).mapping] == 0 || is_exclusive(v, m, page)) return false;
        return page_table_lock_is_free(v, m, at.mm);
    });
}

// The swap PTE's page is known to belong to its process alone.
std::optional<Mapping> find_marked_shared(const View& v, const Machine& m) {
    return find_mapping(m, [&](Mapping at) {
        const arch::Pte pte = pte_at(v, m, at);
        if (!arch::is_swap_pte(m.arch(), pte) || !arch::pte_swp_exclusive(m.arch(), pte)) return false;
        if (!page_table_lock_is_free(v, m, at.mm)) return false;
        const SwapSlot slot = m.pte_to_swp_entry(pte);
        if (!slot || swap_count_of(v[m.slot(slot).swap_map]) != 1) return true;
        return any_mapping(m, [&](Mapping other) {
            return other != at && page_table_lock_is_free(v, m, other.mm) && swap_slot_at(v, m, other) == slot;
        });
    });
}

std::string explain_marked_shared(const View& v, const Machine& m, Mapping at) {
    const SwapSlot slot = swap_slot_at(v, m, at);
    if (!slot) return mapping_name(m, at) + " holds an exclusive swap entry that names no slot";
    return fmt::format("{} holds an exclusive swap entry for {}, whose swap_map byte is {}, or which another PTE names "
                       "too",
                       mapping_name(m, at), slot_name(m, slot),
                       describe_cell(m, m.slot(slot).swap_map, v[m.slot(slot).swap_map]));
}

std::optional<Mapping> find_swap_pte_of_exclusive(const View& v, const Machine& m) {
    return find_mapping(m, [&](Mapping at) {
        const SwapSlot slot = swap_slot_at(v, m, at);
        if (!slot) return false;
        const PageId page = page_of_cache(v[m.slot(slot).cache]);
        return page && v[m.page(page).mapping] != 0 && is_exclusive(v, m, page) && page_table_lock_is_free(v, m, at.mm);
    });
}

} // namespace

Property make_i1(const Machine& m) {
    return make_always("I1", Footprint(m).page_flags().page_mappings(), find_exclusive_not_anon,
                       [](const View&, const Machine&, PageId page) {
                           return page_name(page) + " is PG_anon_exclusive, but not an anonymous page";
                       });
}

Property make_i2(const Machine& m) {
    return make_always("I2", Footprint(m).page_flags().mapcounts(), find_exclusive_mapped_twice,
                       [](const View& v, const Machine& machine, PageId page) {
                           return fmt::format("{} is PG_anon_exclusive and has mapcount {}", page_name(page),
                                              v[machine.page(page).mapcount]);
                       });
}

Property make_i3(const Machine& m) {
    return make_always("I3", Footprint(m).page_flags().mapcounts().page_table_locks().ptes(),
                       find_exclusive_not_mapped_once, [](const View& v, const Machine& machine, PageId page) {
                           return fmt::format("{} is PG_anon_exclusive and mapped, and {} PTEs map it", page_name(page),
                                              count_ptes(v, machine, page).settled);
                       });
}

Property make_i4(const Machine& m) {
    return make_always("I4", Footprint(m).page_flags().page_mappings().page_table_locks().ptes(), find_writable_shared,
                       [](const View& v, const Machine& machine, Mapping at) {
                           const PageId page = mapped_page(v, machine, at);
                           return fmt::format("{} maps {} writable, but {} is not PG_anon_exclusive: it may be shared",
                                              mapping_name(machine, at), page_name(page), page_name(page));
                       });
}

Property make_i5(const Machine& m) {
    return make_always("I5", Footprint(m).page_table_locks().ptes().swap_maps(), find_marked_shared,
                       explain_marked_shared);
}

Property make_i6(const Machine& m) {
    return make_always("I6", Footprint(m).page_flags().page_mappings().page_table_locks().ptes().swap_caches(),
                       find_swap_pte_of_exclusive, [](const View& v, const Machine& machine, Mapping at) {
                           const SwapSlot slot = swap_slot_at(v, machine, at);
                           const PageId page = page_of_cache(v[machine.slot(slot).cache]);
                           return fmt::format("{} is swapped out to {}, whose page in the swap cache, {}, is "
                                              "PG_anon_exclusive",
                                              mapping_name(machine, at), slot_name(machine, slot), page_name(page));
                       });
}

Property make_i9(const Machine& m) {
    return make_unbroken(m, "I9", Broken::exclusive_cleared,
                         "PG_anon_exclusive was cleared of a pinned page, or while its PTE could still be used");
}

} // namespace model
