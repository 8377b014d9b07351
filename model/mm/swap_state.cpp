// SPDX-License-Identifier: GPL-2.0-only
// mm/swap_state.c: see swap_state.hpp. A section under the XArray's lock is one step: without the lock others look up one
// slot, and find it before or after.
//
// What all of them leave out: shadows and the working set, control groups, statistics, large folios, allocation failure.
#include "model/mm/swap_state.hpp"

#include "model/mm/page_io.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swapfile.hpp"

namespace model {

// swap_cache_get_folio() (lookup_swap_cache before v6.1), mm/swap_state.c, v5.7 - v6.1, and filemap_get_folio() on the swap
// address space where __read_swap_cache_async and try_to_unuse call that. One step: the kernel's walk takes the reference only
// if the slot still names the page after that, and starts again if not. The device's reference is held around it (in
// try_to_unuse it is swapoff itself that keeps the device); a killed device has no page.
// Left out: read-ahead statistics.
PageId swap_cache_get_page(Task& t, SwapSlot slot) {
    return t.thread.atomic(
        "swap_cache_get_folio",
        [](Cells& c, SwapSlot s) {
            const Machine& m = c.context<Machine>();
            if (c.get(m.device(m.slot(s).device).alive) == 0) return PageId::none();
            const PageId page = page_of_cache(c.get(m.slot(s).cache));
            if (!page) return PageId::none();
            const auto refcount = touch(c, page).refcount;
            c.set(refcount, c.get(refcount) + 1);
            return page;
        },
        Where::here(), slot);
}

// add_to_swap_cache(), mm/swap_state.c, v5.7 - v6.1.
// Left out: the list above.
void add_to_swap_cache(Task& t, PageId page, SwapSlot slot) {
    t.thread.atomic(
        "folio_ref_add",
        [](Cells& c, PageId p) {
            const auto cell = touch(c, p).refcount;
            c.set(cell, c.get(cell) + 1);
        },
        Where::here(), page);
    set_page_flag(t, page, PG::swapcache, "folio_set_swapcache");
    const bool is_sane = t.thread.atomic(
        "xas_store",
        [](Cells& c, PageId p, SwapSlot s) {
            const PageCells& cells = touch(c, p);
            const SlotCells& target = c.context<Machine>().slot(s);
            const Word needed = PG::locked | PG::swapbacked;
            const bool sane = (c.get(cells.flags) & needed) == needed && c.get(target.cache) == 0;
            c.set(cells.private_, private_of_slot(s));
            c.set(target.cache, cache_of_page(p));
            return sane;
        },
        Where::here(), page, slot);
    bug_on(t, !is_sane, "add_to_swap_cache: the page is locked and swap-backed, and the slot is empty");
}

// __delete_from_swap_cache(), mm/swap_state.c, v5.7 - v6.1: part of a step.
// Left out: the list above.
bool delete_from_swap_cache_locked(Cells& c, PageId page, SwapSlot slot) {
    const PageCells& p = touch(c, page);
    const SlotCells& s = c.context<Machine>().slot(slot);
    const Word flags = c.get(p.flags);
    const bool sane = (flags & PG::locked) != 0 && (flags & PG::swapcache) != 0 && (flags & PG::writeback) == 0 &&
                      page_of_cache(c.get(s.cache)) == page;
    c.set(s.cache, 0);
    c.set(p.private_, 0);
    c.set(p.flags, flags & ~PG::swapcache);
    return sane;
}

// delete_from_swap_cache(), mm/swap_state.c, v5.7 - v6.1.
// Left out: the list above.
void delete_from_swap_cache(Task& t, PageId page) {
    const SwapSlot entry = t.thread.atomic(
        "__delete_from_swap_cache",
        [](Cells& c, PageId p) {
            // The page lock keeps the entry as it is, so reading it belongs to the section.
            const SwapSlot slot = slot_of_private(c.get(touch(c, p).private_));
            return slot && delete_from_swap_cache_locked(c, p, slot) ? slot : SwapSlot::none();
        },
        Where::here(), page);
    bug_on(t, !entry, "__delete_from_swap_cache: the page is locked, in the swap cache and not under writeback");
    put_swap_page(t, entry);
    t.thread.atomic(
        "folio_ref_sub", [](Cells& c, PageId p) { drop_references(c, p, 1); }, Where::here(), page);
}

// add_to_swap(), mm/swap_state.c, v5.7 - v6.1.
// Left out: the list above; the assertion that the page is up to date.
bool add_to_swap(Task& t, PageId page) {
    const SwapSlot entry = t.call<get_swap_page>();
    if (!entry) return false;
    t.call<add_to_swap_cache>(page, entry);
    // Always: nobody has marked the page dirty yet if its PTE is clean.
    SetPageDirty(t, page);
    return true;
}

namespace {

/// mm/swap_slots.c: swapoff switches the slot cache off while try_to_unuse runs. Between that and percpu_ref_kill the kernel
/// has it on again; there no slot of the device is in use, and those of others are given up a step later than they could be.
bool swap_slot_cache_enabled(Task& t) {
    return t.thread.atomic(
        "swap_slot_cache_enabled",
        [](Cells& c) {
            const Machine& m = c.context<Machine>();
            for (std::size_t d = 0; d < m.devices(); ++d) {
                const DeviceCells& device = m.device(DeviceId{static_cast<std::uint8_t>(d)});
                if (c.get(device.writeok) == 0 && c.get(device.alive) != 0) return false;
            }
            return true;
        },
        Where::here());
}

} // namespace

// read_swap_cache_async() with __read_swap_cache_async(), mm/swap_state.c, v5.7 - v6.1.
// Left out (beside the list above): the asynchrony, see swap_readpage; that v5.7 keeps its page from one turn to the next.
PageId read_swap_cache_async(Task& t, SwapSlot slot) {
    PageId page;
    for (;;) {
        t.forget("read_swap_cache_async");
        page = swap_cache_get_page(t, slot);
        if (page) return page;
        // While swapoff runs, a slot that nothing counts on but that still has SWAP_HAS_CACHE is waited for: were it given
        // up, unuse_pte_range would take the missing page for a lack of memory.
        if (swap_count(t, slot) == 0 && swap_slot_cache_enabled(t)) return PageId::none();
        page = alloc_page(t);
        const Prepare prepared = swapcache_prepare(t, slot);
        if (prepared == Prepare::ok) break;
        put_page(t, page);
        if (prepared == Prepare::no_entry) return PageId::none();
        swapcache_wait(t, slot);
    }
    // Nobody else knows the page yet.
    set_page_flag(t, page, PG::locked | PG::swapbacked, "__folio_set_locked");
    t.call<add_to_swap_cache>(page, slot);
    lru_cache_add(t, page);
    t.call<swap_readpage>(page, slot);
    return page;
}

// swapin_readahead(), mm/swap_state.c, v5.7 - v6.1.
// Left out: the neighbours (a scenario's `readahead` reads them), and the lru_add_drain() that follows when there were any.
PageId swapin_readahead(Task& t, SwapSlot slot) { return t.call<read_swap_cache_async>(slot); }

// free_swap_cache(), mm/swap_state.c, v5.7 - v6.1. The caller has a reference.
// Left out: the list above.
void free_swap_cache(Task& t, PageId page) {
    if (!PageSwapCache(t, page) || page_mapped(t, page) || !trylock_page(t, page)) return;
    t.call<folio_free_swap>(page);
    unlock_page(t, page);
}

// free_page_and_swap_cache(), mm/swap_state.c, v5.7 - v6.1.
// Left out: the huge zero page.
void free_page_and_swap_cache(Task& t, PageId page) {
    t.call<free_swap_cache>(page);
    put_page(t, page);
}

} // namespace model
