// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c: see vmscan.hpp.
//
// The references check (folio_check_references) is left out in all of them, and needs no choice in its place: a page that
// it keeps is locked, unlocked and put back, so such a pass equals one that never happened, or one that found the page
// locked, but for the LRU batch that a page put back by MADV_PAGEOUT waits in. A later pass goes on as the first would.
#include "model/mm/vmscan.hpp"

#include "model/mm/page_io.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"
#include "model/results.hpp"

#include <bit>

namespace model {

namespace {

constexpr Word bit_of(PageId page) { return Word{1} << page.index; }

/// Folio flags, read once; decoding them is no step.
Word page_flags(Task& t, PageId page, const char* label, Where at = Where::here()) {
    const PageFlags flags = t.thread.atomic(
        label, [](Cells& c, PageId p) { return PageFlags{c.get(touch(c, p).flags)}; }, at, page);
    return flags.bits;
}

/// The labels `activate_locked`, `keep_locked` and `keep` with what follows the loop over the list.
Word keep(Task& t, UnmapBatch& batch) {
    try_to_unmap_flush(t, batch);
    return 0;
}
Word keep_locked(Task& t, PageId page, UnmapBatch& batch) {
    unlock_page(t, page);
    return keep(t, batch);
}
Word activate_locked(Task& t, PageId page, UnmapBatch& batch) {
    if (PageSwapCache(t, page) && vm_swap_full(t)) t.call<folio_free_swap>(page);
    return keep_locked(t, page, batch);
}

bool isolate(Cells& c, PageId page) {
    const PageCells& p = c.context<Machine>().page(page);
    const Word flags = c.get(p.flags);
    if ((flags & PG::lru) == 0 || c.get(p.refcount) == 0) return false;
    c.set(p.flags, flags & ~PG::lru);
    c.set(p.refcount, c.get(p.refcount) + 1);
    return true;
}

/// isolate_lru_folios() for one page: the lruvec's lock is held, so it is one step. Which page comes first is a choice.
PageId isolate_lru_folio(Task& t) {
    const PageSet on_lru = t.thread.atomic(
        "isolate_lru_folios",
        [](Cells& c) {
            const Machine& m = c.context<Machine>();
            Word found = 0;
            for (std::size_t i = 0; i < m.pages(); ++i) {
                const PageId page{static_cast<std::uint8_t>(i)};
                if ((c.get(m.page(page).flags) & PG::lru) != 0) found |= bit_of(page);
            }
            if (std::has_single_bit(found) && !isolate(c, PageId{static_cast<std::uint8_t>(std::countr_zero(found))}))
                return PageSet{};
            return PageSet{found};
        },
        Where::here());
    Word pages = on_lru.bits;
    if (pages == 0) return PageId::none();
    const bool is_isolated = std::has_single_bit(pages);
    for (unsigned skip = t.thread.choose(static_cast<unsigned>(std::popcount(pages)), "next page of the LRU"); skip > 0;
         --skip)
        pages &= pages - 1;
    const PageId page{static_cast<std::uint8_t>(std::countr_zero(pages))};
    if (is_isolated) return page;
    const bool taken = t.thread.atomic(
        "folio_test_clear_lru", [](Cells& c, PageId p) { return isolate(c, p); }, Where::here(), page);
    return taken ? page : PageId::none();
}

/// move_folios_to_lru(): straight onto the LRU, not through a batch.
void move_folio_to_lru(Task& t, PageId page) {
    set_page_flag(t, page, PG::lru, "folio_set_lru");
    put_page(t, page);
}

} // namespace

// __remove_mapping(), mm/vmscan.c, v5.7 - v6.1. The section under the XArray's lock is one step: whoever tries for a
// reference meets the page before the freeze, and the freeze fails, or finds the slot empty. Inside it the count is frozen
// before the dirty flag is read, so that what the last holder of a reference has marked is not missed.
// Left out: the page cache, shadows, control groups.
bool remove_mapping(Task& t, PageId page) {
    enum class Frozen : std::uint8_t { no, yes, bug };
    struct Removed {
        Frozen frozen;
        SwapSlot entry;
    };
    const auto removed = t.thread.atomic(
        "__remove_mapping",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            constexpr Word expected = 2; // The isolation's and the swap cache's.
            if (c.get(cells.refcount) != expected) return Removed{Frozen::no, SwapSlot::none()};
            if ((c.get(cells.flags) & PG::dirty) != 0) return Removed{Frozen::no, SwapSlot::none()};
            c.set(cells.refcount, 0);
            const SwapSlot slot = slot_of_private(c.get(cells.private_));
            const bool sane = slot && delete_from_swap_cache_locked(c, p, slot);
            return Removed{sane ? Frozen::yes : Frozen::bug, slot};
        },
        Where::here(), page);
    bug_on(t, removed.frozen == Frozen::bug, "__remove_mapping: the page is locked, in its slot, not under writeback");
    if (removed.frozen == Frozen::no) return false;
    put_swap_page(t, removed.entry);
    return true;
}

// pageout(), mm/vmscan.c, v5.7 - v6.1, for a page in the swap cache.
// Left out: file pages, congestion, PG_reclaim, statistics.
PageoutResult pageout(Task& t, PageId page) {
    // is_page_cache_freeable(): the isolation's reference and the swap cache's. No PTE maps the page any more, so a page
    // that passes has no GUP reference while it is written, and none can come before it is found in the swap cache.
    if (page_count(t, page) != 2) return PageoutResult::keep;
    if (!test_clear_page_flag(t, page, PG::dirty, "folio_clear_dirty_for_io")) return PageoutResult::clean;
    t.call<swap_writepage>(page);
    return PageoutResult::success;
}

// shrink_folio_list(), mm/vmscan.c, v5.7 - v6.1 (shrink_page_list up to v5.19): for one isolated anonymous page.
// Left out: file pages, THP, unevictable and mlocked pages, MADV_FREE pages, the multi-generational LRU, demotion, PG_reclaim and PG_active, the wait
// for writeback of version 1 control groups, reclaim that may not do I/O, references (see above); that the pages
// of a list are flushed and freed together at its end.
Word shrink_folio_list(Task& t, PageId page, Reclaimer reclaimer) {
    // Kswapd and MADV_PAGEOUT differ in what they take off the LRU and how they put it back, not here.
    (void)reclaimer;
    UnmapBatch batch;
    if (!trylock_page(t, page)) return keep(t, batch);
    // Global reclaim does not wait for writeback; it comes back later.
    if (PageWriteback(t, page)) return activate_locked(t, page, batch);

    // The page lock keeps these as they are, so one step reads them.
    const bool needs_slot = t.thread.atomic(
        "folio_test_anon && folio_test_swapbacked && !folio_test_swapcache",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            const Word both = c.get(cells.flags) & (PG::swapbacked | PG::swapcache);
            return c.get(cells.mapping) != 0 && both == PG::swapbacked;
        },
        Where::here(), page);
    if (needs_slot) {
        if (t.rules[Rule::add_to_swap_refuses_pinned] && page_maybe_dma_pinned(t, page))
            return keep_locked(t, page, batch);
        if (!t.call<add_to_swap>(page)) return activate_locked(t, page, batch);
    }

    if (page_mapped(t, page)) {
        batch = t.call<try_to_unmap>(page);
        if (page_mapped(t, page)) return activate_locked(t, page, batch);
    }
    // No PTE maps the page, so no pin can come any more; one that is there makes the rest pointless.
    if (t.rules[Rule::pageout_refuses_pinned] && page_maybe_dma_pinned(t, page)) return activate_locked(t, page, batch);

    // folio_mapping(): the swap address space, or nothing for a page that is not in the swap cache: then pageout keeps it if
    // it is dirty, and the test in front of __remove_mapping if it is clean.
    Word flags = page_flags(t, page, "folio_test_dirty");
    if ((flags & PG::swapcache) == 0) return keep_locked(t, page, batch);
    if ((flags & PG::dirty) != 0) {
        try_to_unmap_flush_dirty(t, batch);
        const PageoutResult result = t.call<pageout>(page);
        if (result == PageoutResult::keep) return keep_locked(t, page, batch);
        if (result == PageoutResult::success) {
            // Only the holder of the page lock starts writeback, so the two flags may as well be read together, twice.
            flags = page_flags(t, page, "folio_test_writeback");
            if ((flags & (PG::writeback | PG::dirty)) != 0) return keep(t, batch);
            if (!trylock_page(t, page)) return keep(t, batch);
            flags = page_flags(t, page, "folio_test_dirty");
            if ((flags & (PG::writeback | PG::dirty)) != 0) return keep_locked(t, page, batch);
            if ((flags & PG::swapcache) == 0) return keep_locked(t, page, batch);
        }
    }

    if (!t.call<remove_mapping>(page)) return keep_locked(t, page, batch);
    unlock_page(t, page);
    try_to_unmap_flush(t, batch);
    t.thread.atomic(
        "free_unref_page", [](Cells& c, PageId p) { free_page_now(c, p); }, Where::here(), page);
    return 1;
}

// reclaim_pages() with reclaim_folio_list(), mm/vmscan.c, v5.7 - v6.1, for the one page that MADV_PAGEOUT has isolated.
// Left out: nodes.
void reclaim_pages(Task& t, PageId page) {
    if (t.call<shrink_folio_list>(page, Reclaimer::madvise) == 0) putback_lru_page(t, page);
}

// kswapd() with balance_pgdat() and shrink_inactive_list(), mm/vmscan.c, v5.7 - v6.1. Each pass drains the LRU batches of the
// CPU that kswapd runs on first, so it may take a page that a thread of that CPU has just faulted in.
// Left out: watermarks, priorities and when it is woken (it makes `passes` passes, whenever), the active list and the order
// of the LRU (a pass takes any page), several pages in one pass, slab.
void kswapd(Task& t, unsigned passes) {
    for (unsigned left = passes; left > 0; --left) {
        t.forget("kswapd", left);
        t.call<lru_add_drain>();
        const PageId page = t.call<isolate_lru_folio>();
        if (!page) continue;
        if (t.call<shrink_folio_list>(page, Reclaimer::kswapd) == 0) move_folio_to_lru(t, page);
    }
}

} // namespace model
