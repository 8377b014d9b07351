// SPDX-License-Identifier: GPL-2.0-only
// What takes pages out of the swap cache in mm/swapfile.c: see swapfile.hpp.
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"

namespace model {

namespace {

constexpr const char* device_is_gone = "free_swap_and_cache: the device is gone (swapoff)";

/// page_swapcount(): the count of a swap cache page's slot; 0 for a page that is not in the swap cache.
Word page_swapcount(Task& t, PageId page) {
    return t.thread.atomic(
        "page_swapcount",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            if ((c.get(cells.flags) & PG::swapcache) == 0) return Word{0};
            const SwapSlot slot = slot_of_private(c.get(cells.private_));
            return swap_count_of(c.get(c.context<Machine>().slot(slot).swap_map));
        },
        Where::here(), page);
}

} // namespace

// reuse_swap_page(), mm/swapfile.c, v5.7 - v5.17. The count includes the faulting PTE's own: as a mapping, or as a swap PTE.
// Left out: KSM, compound pages (and so the two totals that they need).
bool reuse_swap_page(Task& t, PageId page) {
    const Word mapcount = page_mapcount(t, page);
    const Word count = mapcount + page_swapcount(t, page);
    if (count != 1 || !PageSwapCache(t, page)) return count <= 1;
    if (!PageWriteback(t, page)) {
        t.call<delete_from_swap_cache>(page);
        SetPageDirty(t, page);
        return true;
    }
    // A page that a device wants to find unchanged until it is written must not become writable.
    return !swap_has_stable_writes(t, page_swap_entry(t, page));
}

// folio_free_swap() with folio_swapped(), mm/swapfile.c, v5.7 - v6.1 (try_to_free_swap before v6.1). The references of the
// page are none of its business. The three tests are one step: while the page is locked each of them can only go from
// "keep" to "free", so to test them one after the other finds nothing else.
// Left out: hibernation.
bool folio_free_swap(Task& t, PageId page) {
    enum class Test : std::uint8_t { keep, free, not_locked };
    const auto test = t.thread.atomic(
        "folio_swapped",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            const Word flags = c.get(cells.flags);
            if ((flags & PG::locked) == 0) return Test::not_locked;
            if ((flags & PG::swapcache) == 0 || (flags & PG::writeback) != 0) return Test::keep;
            const SwapSlot slot = slot_of_private(c.get(cells.private_));
            const Word byte = c.get(c.context<Machine>().slot(slot).swap_map);
            return swap_count_of(byte) == 0 ? Test::free : Test::keep;
        },
        Where::here(), page);
    bug_on(t, test == Test::not_locked, "VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio)");
    if (test == Test::keep) return false;
    t.call<delete_from_swap_cache>(page);
    SetPageDirty(t, page);
    return true;
}

// __try_to_reclaim_swap(TTRS_UNMAPPED | TTRS_FULL), mm/swapfile.c, v5.7 - v6.1. It looks into the swap address space without
// a reference on the device, and swapoff frees that too.
// Left out: TTRS_ANYWAY and the caller that looks for a free slot.
void try_to_reclaim_swap(Task& t, SwapSlot slot) {
    struct Found {
        PageId page;
        bool is_gone = false;
    };
    const auto found = t.thread.atomic(
        "filemap_get_folio",
        [](Cells& c, SwapSlot s) {
            if (swap_device_is_gone(c, s)) return Found{PageId::none(), true};
            const PageId page = page_of_cache(c.get(c.context<Machine>().slot(s).cache));
            if (!page) return Found{};
            const auto refcount = touch(c, page).refcount;
            c.set(refcount, c.get(refcount) + 1);
            return Found{page};
        },
        Where::here(), slot);
    bug_on(t, found.is_gone, device_is_gone);
    const PageId page = found.page;
    if (!page) return;
    if (trylock_page(t, page)) {
        if (!page_mapped(t, page) || vm_swap_full(t)) t.call<folio_free_swap>(page);
        unlock_page(t, page);
    }
    put_page(t, page);
}

// free_swap_and_cache(), mm/swapfile.c, v5.7 - v6.1. The caller holds the page-table lock and clears the PTE afterwards.
// Left out: entries that are no swap entries; huge clusters in swap_page_trans_huge_swapped.
void free_swap_and_cache(Task& t, SwapSlot slot) {
    if (t.rules[Rule::free_swap_holds_device] && !get_swap_device(t, slot)) return;
    enum class Left : std::uint8_t { wrong, users, only_cache, nothing };
    const auto left = t.thread.atomic(
        "__swap_entry_free",
        [](Cells& c, SwapSlot s) {
            const Word byte = c.get(c.context<Machine>().slot(s).swap_map);
            if (swap_count_of(byte) == 0) return Left::wrong;
            write_swap_map(c, s, byte - 1);
            if (byte - 1 == 0) return Left::nothing;
            return byte - 1 == SWAP_HAS_CACHE ? Left::only_cache : Left::users;
        },
        Where::here(), slot);
    bug_on(t, left == Left::wrong, "WARN_ON(!p->swap_map[swp_offset(entry)])");
    if (left == Left::only_cache) {
        // Nothing of ours keeps the slot any more, so without the device's reference swapoff may be over by now.
        enum class Swapped : std::uint8_t { no, yes, gone };
        const auto swapped = t.thread.atomic(
            "swap_page_trans_huge_swapped",
            [](Cells& c, SwapSlot s) {
                if (swap_device_is_gone(c, s)) return Swapped::gone;
                const Word byte = c.get(c.context<Machine>().slot(s).swap_map);
                return swap_count_of(byte) != 0 ? Swapped::yes : Swapped::no;
            },
            Where::here(), slot);
        bug_on(t, swapped == Swapped::gone, device_is_gone);
        if (swapped == Swapped::no) t.call<try_to_reclaim_swap>(slot);
    }
    if (t.rules[Rule::free_swap_holds_device]) put_swap_device(t, slot);
}

} // namespace model
