// SPDX-License-Identifier: GPL-2.0-only
// Invariants of the swap cache, the swap map and swapped content: V1 to V4, V6 and V8 of kernel-facts B.5.
#include "model/properties_parts.hpp"

#include <fmt/format.h>

namespace model {

namespace {

using checker::Property;

struct SwapPtes {
    unsigned settled = 0; ///< of address spaces whose page-table lock is free
    bool some_lock_held = false;
};
SwapPtes count_swap_ptes(const View& v, const Machine& m, SwapSlot slot) {
    SwapPtes ptes;
    for (std::size_t mm = 0; mm < m.mms(); ++mm) {
        if (!page_table_lock_is_free(v, m, mm_id(mm))) {
            ptes.some_lock_held = true;
            continue;
        }
        for (std::size_t va = 0; va < m.vas(); ++va) {
            if (swap_slot_at(v, m, {mm_id(mm), va_id(va)}) == slot) ++ptes.settled;
        }
    }
    return ptes;
}

// Whoever changes the count or a PTE holds the page-table lock of the PTE from the one to the other.
std::optional<SwapSlot> find_miscounted(const View& v, const Machine& m) {
    return find_slot(m, [&](SwapSlot slot) {
        const Word count = swap_count_of(v[m.slot(slot).swap_map]);
        const SwapPtes ptes = count_swap_ptes(v, m, slot);
        return ptes.some_lock_held ? count < ptes.settled : count != ptes.settled;
    });
}

std::optional<SwapSlot> find_wrong_cache_page(const View& v, const Machine& m) {
    return find_slot(m, [&](SwapSlot slot) {
        const PageId page = page_of_cache(v[m.slot(slot).cache]);
        if (!page) return false;
        return (v[m.page(page).flags] & PG::swapcache) == 0 || v[m.page(page).private_] != private_of_slot(slot) ||
               (v[m.slot(slot).swap_map] & SWAP_HAS_CACHE) == 0;
    });
}

std::string explain_wrong_cache_page(const View& v, const Machine& m, SwapSlot slot) {
    const PageId page = page_of_cache(v[m.slot(slot).cache]);
    const PageCells& p = m.page(page);
    return fmt::format("the swap cache has {} for {}, but its flags are {}, its private is {}, and the slot's swap_map "
                       "byte is {}",
                       page_name(page), slot_name(m, slot), describe_cell(m, p.flags, v[p.flags]),
                       describe_cell(m, p.private_, v[p.private_]),
                       describe_cell(m, m.slot(slot).swap_map, v[m.slot(slot).swap_map]));
}

std::optional<SwapSlot> find_freed_in_use(const View& v, const Machine& m) {
    return find_slot(m, [&](SwapSlot slot) {
        if (v[m.slot(slot).swap_map] != 0) return false;
        return v[m.slot(slot).cache] != 0 || count_swap_ptes(v, m, slot).settled != 0;
    });
}

bool a_reference_may_write(const View& v, const Machine& m, PageId page) {
    for (std::size_t n = 0; n < m.refs(); ++n) {
        const RefState ref = RefState::unpack(v[m.ref(ref_id(n))]);
        if (ref.page == page && ref.write) return true;
    }
    return false;
}

bool a_dirty_pte_maps(const View& v, const Machine& m, PageId page) {
    return any_mapping(
        m, [&](Mapping at) { return mapped_page(v, m, at) == page && arch::pte_dirty(m.arch(), pte_at(v, m, at)); });
}

// A clean page in the swap cache, which reclaim may drop at any moment, differs from the copy that swap PTEs count on.
// While the page is locked, its holder may be between clearing PG_dirty and starting writeback.
std::optional<PageId> find_clean_and_different(const View& v, const Machine& m) {
    constexpr Word clean = PG::swapcache | PG::uptodate;
    constexpr Word looked_at = clean | PG::dirty | PG::writeback | PG::locked;
    return find_page(m, [&](PageId page) {
        const PageCells& p = m.page(page);
        if ((v[p.flags] & looked_at) != clean) return false;
        const SwapSlot slot = slot_of_private(v[p.private_]);
        if (!slot || swap_count_of(v[m.slot(slot).swap_map]) == 0) return false;
        for (std::size_t u = 0; u < m.units(); ++u) {
            if (v[p.data[u]] != v[m.slot(slot).disk[u]])
                return !a_dirty_pte_maps(v, m, page) && !a_reference_may_write(v, m, page);
        }
        return false;
    });
}

/// Violates V6: a page, or a swapped-out address.
struct LostContent {
    PageId page;
    Mapping at;
};

std::optional<LostContent> find_lost_content(const View& v, const Machine& m) {
    if (const auto page = find_clean_and_different(v, m)) return LostContent{*page, {}};
    // A device that writes through a reference whose page table has gone its own way makes this false as well, but that is
    // for write-reference-in-sync and no-lost-write to report: where there are references, only pages are looked at.
    if (m.refs() != 0) return std::nullopt;
    const auto at = find_mapping(m, [&](Mapping swapped) {
        const SwapSlot slot = swap_slot_at(v, m, swapped);
        if (!slot || v[m.slot(slot).cache] != 0 || !page_table_lock_is_free(v, m, swapped.mm)) return false;
        for (std::size_t u = 0; u < m.units(); ++u) {
            if ((v[m.at(swapped).legal[u]] & bit_of(static_cast<Value>(v[m.slot(slot).disk[u]]))) == 0) return true;
        }
        return false;
    });
    if (!at) return std::nullopt;
    return LostContent{PageId::none(), *at};
}

std::string explain_lost_content(const View& v, const Machine& m, const LostContent& lost) {
    if (lost.page)
        return fmt::format("{} is clean and in the swap cache, but differs from what {} holds", page_name(lost.page),
                           slot_name(m, slot_of_private(v[m.page(lost.page).private_])));
    return fmt::format("{} is swapped out to {}, which does not hold what was last written there",
                       mapping_name(m, lost.at), slot_name(m, swap_slot_at(v, m, lost.at)));
}

bool has_stable_writes_device(const Machine& m) {
    for (const DeviceSpec& device : m.spec().devices) {
        if (device.stable_writes) return true;
    }
    return false;
}

// The processor stores through a writable PTE at once, whoever holds the page-table lock.
std::optional<Mapping> find_writable_under_writeback(const View& v, const Machine& m) {
    constexpr Word written = PG::swapcache | PG::writeback;
    return find_mapping(m, [&](Mapping at) {
        const arch::Pte pte = pte_at(v, m, at);
        if (!arch::pte_present(m.arch(), pte) || !arch::pte_write(m.arch(), pte)) return false;
        const PageId page = m.pte_page(pte);
        if (!page || (v[m.page(page).flags] & written) != written) return false;
        const SwapSlot slot = slot_of_private(v[m.page(page).private_]);
        return slot && m.device(m.slot(slot).device).stable_writes;
    });
}

} // namespace

Property make_v1(const Machine& m) {
    return make_always("V1", Footprint(m).page_table_locks().ptes().swap_maps(), find_miscounted,
                       [](const View& v, const Machine& machine, SwapSlot slot) {
                           return fmt::format(
                               "the swap_map byte of {} is {}, and {} swap PTEs name it", slot_name(machine, slot),
                               describe_cell(machine, machine.slot(slot).swap_map, v[machine.slot(slot).swap_map]),
                               count_swap_ptes(v, machine, slot).settled);
                       });
}

Property make_v2(const Machine& m) {
    return make_always("V2", Footprint(m).page_flags().page_private().swap_caches().swap_maps(), find_wrong_cache_page,
                       explain_wrong_cache_page);
}

Property make_v3(const Machine& m) {
    return make_always("V3", Footprint(m).page_table_locks().ptes().swap_caches().swap_maps(), find_freed_in_use,
                       [](const View&, const Machine& machine, SwapSlot slot) {
                           return slot_name(machine, slot) +
                                  " is free, but the swap cache has a page for it or a swap PTE names it";
                       });
}

Property make_v4(const Machine& m) {
    return make_unbroken(m, "V4", Broken::wrong_swap_page,
                         "a page found in the swap cache was mapped for a swap entry that it no longer belonged to");
}

Property make_v6(const Machine& m) {
    Footprint footprint(m);
    footprint.page_flags().page_private().page_data().swap_maps().swap_caches().disks();
    footprint.ptes().references().page_table_locks();
    if (m.refs() == 0) footprint.legal_values();
    return make_always("V6", footprint, find_lost_content, explain_lost_content);
}

Property make_v8(const Machine& m) {
    const auto explain = [](const View& v, const Machine& machine, Mapping at) {
        return fmt::format("{} maps {} writable while it is written to a device that wants stable pages",
                           mapping_name(machine, at), page_name(mapped_page(v, machine, at)));
    };
    if (!has_stable_writes_device(m))
        return make_always(
            "V8", Footprint(m), [](const View&, const Machine&) -> std::optional<Mapping> { return std::nullopt; },
            explain);
    return make_always("V8", Footprint(m).page_flags().page_private().ptes(), find_writable_under_writeback, explain);
}

} // namespace model
