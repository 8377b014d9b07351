// SPDX-License-Identifier: GPL-2.0-only
// swapoff in mm/swapfile.c: see swapfile.hpp. Start with swapoff(), at the end.
#include "model/mm/rmap.hpp"
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"

namespace model {

namespace {

/// `read` reads a cell: from Cells in a step, from a View in a wait.
template <class Read>
bool has_slot_in_use(const Read& read, const Machine& m, DeviceId device) {
    const DeviceCells& d = m.device(device);
    for (std::uint8_t i = 0; i < d.slots; ++i)
        if (read(m.slot(SwapSlot{static_cast<std::uint8_t>(d.first.index + i)}).swap_map) != 0) return true;
    return false;
}

/// READ_ONCE(si->inuse_pages) != 0.
bool inuse_pages(Task& t, DeviceId device) {
    return t.thread.atomic(
        "READ_ONCE(si->inuse_pages)",
        [](Cells& c, DeviceId d) {
            return has_slot_in_use([&c](checker::CellId cell) { return c.get(cell); }, c.context<Machine>(), d);
        },
        Where::here(), device);
}

/// The slot of `device` that a PTE names; none if it is not a swap PTE for it.
SwapSlot slot_on_device(const Machine& m, arch::Pte pte, DeviceId device) {
    if (!arch::is_swap_pte(m.arch(), pte)) return SwapSlot::none();
    const SwapSlot slot = m.pte_to_swp_entry(pte);
    return slot && m.slot(slot).device == device ? slot : SwapSlot::none();
}

/// Whether another round of try_to_unuse() would find something to do, or nothing left.
bool can_go_on(const View& v, DeviceId device) {
    const Machine& m = v.context<Machine>();
    if (!has_slot_in_use([&v](checker::CellId cell) { return v[cell]; }, m, device)) return true;
    const DeviceCells& d = m.device(device);
    for (std::uint8_t i = 0; i < d.slots; ++i) {
        const SlotCells& s = m.slot(SwapSlot{static_cast<std::uint8_t>(d.first.index + i)});
        if (v[s.cache] != 0 && v[s.swap_map] == SWAP_HAS_CACHE) return true;
    }
    for (std::size_t i = 0; i < m.mms(); ++i) {
        const MmCells& mm = m.mm(MmId{static_cast<std::uint8_t>(i)});
        if (v[mm.on_mmlist] == 0 || v[mm.alive] == 0) continue;
        for (const MappingCells& at : mm.at)
            if (slot_on_device(m, arch::Pte{v[at.pte]}, device)) return true;
    }
    return false;
}

/// The part of try_to_unuse() that looks at one slot after the walk over the address spaces.
void unuse_swap_cache(Task& t, SwapSlot slot) {
    const PageId page = swap_cache_get_page(t, slot);
    if (!page) return;
    lock_page(t, page);
    wait_on_page_writeback(t, page);
    t.call<folio_free_swap>(page);
    unlock_page(t, page);
    put_page(t, page);
}

} // namespace

// unuse_pte(), mm/swapfile.c, v5.7 - v6.1. The page is locked, not under writeback, and has a reference of the caller's. It
// looks at the PTE again, but not at the page's slot: no slot of this device can be given away meanwhile.
// Left out: KSM's copies, pages that could not be read (there are no read errors), hwpoison, activate_page (before v5.10).
// Before v5.19 the PTE is set before the page is counted as mapped; nobody can tell under both locks.
void unuse_pte(Task& t, Mapping at, SwapSlot slot, PageId page) {
    pte_offset_map_lock(t, at.mm);
    const Pte pte = ptep_get(t, at);
    if (!arch::pte_same_as_swp(t.arch, pte, t.machine.swp_entry_to_pte(slot))) {
        pte_unmap_unlock(t, at.mm);
        return;
    }
    enum class Bug : std::uint8_t { none, exclusive, writeback, not_uptodate };
    const auto bug = t.thread.atomic(
        "get_page",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            c.set(cells.refcount, c.get(cells.refcount) + 1);
            const Word flags = c.get(cells.flags);
            if ((flags & PG::anon_exclusive) != 0) return Bug::exclusive;
            if ((flags & PG::uptodate) == 0) return Bug::not_uptodate;
            return (flags & PG::writeback) != 0 ? Bug::writeback : Bug::none;
        },
        Where::here(), page);
    bug_on(t, bug == Bug::exclusive, "BUG_ON(PageAnon(page) && PageAnonExclusive(page))");
    bug_on(t, bug == Bug::writeback, "VM_BUG_ON_PAGE(PageWriteback(page), page)");
    bug_on(t, bug == Bug::not_uptodate, "unuse_pte: the page has not been read");

    const bool exclusive =
        t.rules[Rule::swp_exclusive] && t.rules[Rule::unuse_restores_exclusive] && arch::pte_swp_exclusive(t.arch, pte);
    page_add_anon_rmap(t, page, at, exclusive);
    // Never writable: the next store faults, and do_wp_page decides.
    Pte new_pte = arch::pte_mkold(t.arch, t.machine.mk_pte(page));
    if (t.rules[Rule::unuse_keeps_soft_dirty]) {
        if (arch::pte_swp_soft_dirty(t.arch, pte)) new_pte = arch::pte_mksoft_dirty(t.arch, new_pte);
        if (arch::pte_swp_uffd_wp(t.arch, pte)) new_pte = arch::pte_mkuffd_wp(t.arch, new_pte);
    }
    set_pte_at(t, at, new_pte);
    swap_free(t, slot, page);
    pte_unmap_unlock(t, at.mm);
}

// unuse_pte_range(), mm/swapfile.c, v5.7 - v6.1, for one address. The PTE is read without its lock.
// Left out: that a PTE of two words is read word by word (unuse_pte compares again under the lock); frontswap.
bool unuse_pte_range(Task& t, Mapping at, DeviceId device) {
    const SwapSlot entry = slot_on_device(t.machine, ptep_get(t, at), device);
    if (!entry) return true;
    PageId page = swap_cache_get_page(t, entry);
    if (!page) page = t.call<swapin_readahead>(entry);
    // A slot that has become free while it was read is no failure; anything else is taken for a lack of memory, and the
    // whole of swapoff fails. read_swap_cache_async() sees to it that nothing else happens here.
    if (!page) {
        const bool is_free = read_once(t, t.machine.slot(entry).swap_map, "*swap_map") == 0;
        bug_on(t, !is_free, "unuse_pte_range: -ENOMEM where memory is not short");
        return is_free;
    }

    lock_page(t, page);
    wait_on_page_writeback(t, page);
    t.call<unuse_pte>(at, entry, page);
    t.call<folio_free_swap>(page);
    unlock_page(t, page);
    put_page(t, page);
    return true;
}

// unuse_mm() with unuse_vma(), mm/swapfile.c, v5.7 - v6.1.
// Left out: the test for VMAs without an anon_vma (they have no swap PTEs), hugetlb.
bool unuse_mm(Task& t, MmId mm, DeviceId device) {
    bool is_done = true;
    mmap_read_lock(t, mm);
    for (std::size_t n = 0; is_done && n < t.machine.vas(); ++n)
        is_done = t.call<unuse_pte_range>(Mapping{mm, Va{static_cast<std::uint8_t>(n)}}, device);
    mmap_read_unlock(t, mm);
    return is_done;
}

// try_to_unuse(), mm/swapfile.c, v5.7 - v6.1. The kernel starts round after round until no slot is in use; here a round
// starts when there is something for it to do: a swap PTE in an address space that it walks, or a swap cache page that
// nothing counts on any more. (A slot that is only being given to a page, or a dying address space, has to be waited for.)
// Left out: shmem, signals, mmget (an address space that dies while it is walked is zapped beside the walk, under the same
// page-table lock, and not after it), frontswap; the order of the list (the kernel walks the address space that was put on
// it last first, but a forked one right after its parent; here they come by their ids, and one that is put on the list
// during the walk is seen by it if its id is still to come, else by the next); a child that fork has not finished (the
// kernel's walk would wait for its mmap_lock).
bool try_to_unuse(Task& t, DeviceId device) {
    for (;;) {
        t.forget("try_to_unuse");
        if (!inuse_pages(t, device)) return true;
        for (std::size_t i = 0; i < t.machine.mms(); ++i) {
            const MmId mm{static_cast<std::uint8_t>(i)};
            const bool walk = t.thread.atomic(
                "mmget_not_zero",
                [](Cells& c, MmId id, DeviceId d) {
                    const Machine& m = c.context<Machine>();
                    return c.get(m.mm(id).on_mmlist) != 0 && c.get(m.mm(id).alive) != 0 &&
                           has_slot_in_use([&c](checker::CellId cell) { return c.get(cell); }, m, d);
                },
                Where::here(), mm, device);
            if (walk && !t.call<unuse_mm>(mm, device)) return false;
            t.forget("try_to_unuse: next mm", mm);
        }
        const DeviceCells& d = t.machine.device(device);
        for (std::uint8_t i = 0; i < d.slots; ++i) {
            t.call<unuse_swap_cache>(SwapSlot{static_cast<std::uint8_t>(d.first.index + i)});
            t.forget("try_to_unuse: next slot", i);
        }
        t.thread.wait_until(
            "cond_resched", [](const View& v, DeviceId dev) { return can_go_on(v, dev); }, Where::here(), device);
    }
}

// swapoff(2), mm/swapfile.c, v5.7 - v6.1.
// Left out: permissions, the memory that must be there for all pages to come back, priorities, draining the slot cache and
// the mutex that keeps it off (two swapoffs of different devices take turns in try_to_unuse for it; here they run side by
// side), synchronize_rcu() (nothing in the model relies on an RCU read-side section to keep the device), discard, the file.
// What frees the device, from destroy_swap_extents to blkdev_put, is no step: from the moment the last reference is gone,
// whoever touches the device is wrong.
void swapoff(Task& t, DeviceId device) {
    const DeviceCells& d = t.machine.device(device);
    const bool was_on = t.thread.exchange(checker::Var<Word>{d.writeok}, 0, "p->flags &= ~SWP_WRITEOK") != 0;
    if (!was_on) return;
    if (!t.call<try_to_unuse>(device)) {
        write_once(t, d.writeok, 1, "reinsert_swap_info");
        return;
    }
    write_once(t, d.alive, 0, "percpu_ref_kill");
    t.thread.wait_until(
        "wait_for_completion",
        [](const View& v, DeviceId dev) { return v[v.context<Machine>().device(dev).users] == 0; }, Where::here(),
        device);
    // If no device has a slot in use, no address space needs to be found by the next swapoff.
    t.thread.atomic(
        "drain_mmlist",
        [](Cells& c) {
            const Machine& m = c.context<Machine>();
            const auto read = [&c](checker::CellId cell) { return c.get(cell); };
            for (std::size_t i = 0; i < m.devices(); ++i)
                if (has_slot_in_use(read, m, DeviceId{static_cast<std::uint8_t>(i)})) return;
            for (std::size_t i = 0; i < m.mms(); ++i) c.set(m.mm(MmId{static_cast<std::uint8_t>(i)}).on_mmlist, 0);
        },
        Where::here());
}

// swapon(2) with enable_swap_info(), mm/swapfile.c, v5.7 - v6.1.
// Left out: everything about the file and its header; a device is always as the scenario describes it. It can be switched on
// again as soon as its last user has gone; the kernel says -EBUSY until swapoff has let the block device go.
void swapon(Task& t, DeviceId device) {
    t.thread.atomic(
        "enable_swap_info",
        [](Cells& c, DeviceId d) {
            const DeviceCells& cells = c.context<Machine>().device(d);
            if (c.get(cells.alive) != 0 || c.get(cells.users) != 0) return;
            c.set(cells.alive, 1);
            c.set(cells.writeok, 1);
        },
        Where::here(), device);
}

} // namespace model
