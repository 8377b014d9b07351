// SPDX-License-Identifier: GPL-2.0-only
// The primitives of mm/swapfile.c on swap_map and on the device's reference: see swapfile.hpp. A section under the cluster
// lock is one step: without the lock others read single bytes, and see them before or after.
//
// What all of them leave out: huge clusters, the per-CPU slot cache (a slot whose byte becomes 0 is free at once; the kernel
// keeps SWAP_HAS_CACHE in the byte of a slot that waits in a cache), swap count continuation, SWAP_MAP_BAD and shmem's
// SWAP_MAP_SHMEM, swap control groups, discard, arch_swap_invalidate_page, shadows.
#include "model/mm/swapfile.hpp"

namespace model {

namespace {

constexpr Word swap_map_max = 0x3e;
constexpr SwapSlot either_slot{0xfe};

bool is_free(const Cells& c, SwapSlot slot) {
    const Machine& m = c.context<Machine>();
    return c.get(m.slot(slot).swap_map) == 0 && c.get(m.device(m.slot(slot).device).writeok) != 0;
}

SwapSlot last_freed(const Cells& c) {
    const Word word = c.get(c.context<Machine>().last_freed_slot());
    const SwapSlot slot = slot_of_private(word);
    return slot && is_free(c, slot) ? slot : SwapSlot::none();
}

SwapSlot lowest_free_but(const Cells& c, SwapSlot other) {
    for (std::size_t i = 0; i < c.context<Machine>().slots(); ++i) {
        const SwapSlot slot{static_cast<std::uint8_t>(i)};
        if (slot != other && is_free(c, slot)) return slot;
    }
    return SwapSlot::none();
}

/// As with pages: which slot was freed last is not remembered longer than it matters.
SwapSlot take(Cells& c, SwapSlot slot) {
    if (slot && slot == last_freed(c)) c.set(c.context<Machine>().last_freed_slot(), 0);
    if (slot) c.set(c.context<Machine>().slot(slot).swap_map, SWAP_HAS_CACHE);
    return slot;
}

/// The two numbers of mm/swapfile.c. swapoff takes a device's whole size off both at its start, and each slot that it frees
/// then comes back to nr_swap_pages: until the device is empty its slots in use count against the other devices.
struct SwapPages {
    std::int64_t nr_swap_pages = 0;
    std::int64_t total_swap_pages = 0;
};
SwapPages swap_pages(const Cells& c) {
    const Machine& m = c.context<Machine>();
    SwapPages pages;
    for (std::size_t d = 0; d < m.devices(); ++d) {
        const DeviceCells& device = m.device(DeviceId{static_cast<std::uint8_t>(d)});
        if (c.get(device.writeok) != 0) pages.total_swap_pages += device.slots;
    }
    pages.nr_swap_pages = pages.total_swap_pages;
    for (std::size_t s = 0; s < m.slots(); ++s)
        if (c.get(m.slot(SwapSlot{static_cast<std::uint8_t>(s)}).swap_map) != 0) --pages.nr_swap_pages;
    return pages;
}

} // namespace

// get_swap_device(), mm/swapfile.c, v5.7 - v6.1: percpu_ref_tryget_live() (before v5.14 a flag and an RCU read-side section,
// which swapoff waits for just as well).
// Left out: entries that name no device or no slot of it.
bool get_swap_device(Task& t, SwapSlot slot) {
    return t.thread.atomic(
        "get_swap_device",
        [](Cells& c, DeviceId d) {
            const DeviceCells& device = c.context<Machine>().device(d);
            if (c.get(device.alive) == 0) return false;
            c.set(device.users, c.get(device.users) + 1);
            return true;
        },
        Where::here(), t.machine.slot(slot).device);
}

// put_swap_device(), include/linux/swap.h, v5.7 - v6.1.
// Left out: nothing.
void put_swap_device(Task& t, SwapSlot slot) {
    t.thread.atomic(
        "put_swap_device",
        [](Cells& c, DeviceId d) {
            const auto cell = c.context<Machine>().device(d).users;
            c.set(cell, c.get(cell) - 1);
        },
        Where::here(), t.machine.slot(slot).device);
}

// folio_alloc_swap() with get_swap_pages(), mm/swap_slots.c and mm/swapfile.c, v5.7 - v6.1 (get_swap_page before v5.19). The
// most recently freed slot and the lowest other one are both tried, so that the reuse of a slot is always explored. If
// another thread takes the chosen one first, the other one, or the next, is taken.
// Left out (beside the list above): device priorities (lower devices come first), memory-cgroup limits, the search that
// drops si->lock, and its __try_to_reclaim_swap when swap is full.
SwapSlot get_swap_page(Task& t) {
    const SwapSlot found = t.thread.atomic(
        "get_swap_pages",
        [](Cells& c) {
            if (swap_pages(c).nr_swap_pages <= 0) return SwapSlot::none();
            const SwapSlot freed = last_freed(c);
            const SwapSlot lowest = lowest_free_but(c, freed);
            if (freed && lowest) return either_slot;
            return take(c, freed ? freed : lowest);
        },
        Where::here());
    if (found != either_slot) return found;
    const bool reuse = t.thread.choose(2, "next slot: fresh / last freed") == 1;
    return t.thread.atomic(
        "scan_swap_map_slots",
        [](Cells& c, bool wants_freed) {
            const SwapSlot freed = last_freed(c);
            const SwapSlot lowest = lowest_free_but(c, freed);
            return take(c, freed && (wants_freed || !lowest) ? freed : lowest);
        },
        Where::here(), reuse);
}

// put_swap_folio() with __swap_entry_free_locked(SWAP_HAS_CACHE), mm/swapfile.c, v5.7 - v6.1 (put_swap_page before v6.1).
// Left out: the list above.
void put_swap_page(Task& t, SwapSlot slot) {
    const bool had_cache = t.thread.atomic(
        "put_swap_folio",
        [](Cells& c, SwapSlot s) {
            const Word byte = c.get(c.context<Machine>().slot(s).swap_map);
            if ((byte & SWAP_HAS_CACHE) != 0) write_swap_map(c, s, swap_count_of(byte));
            return (byte & SWAP_HAS_CACHE) != 0;
        },
        Where::here(), slot);
    bug_on(t, !had_cache, "VM_BUG_ON(!has_cache)");
}

// swap_duplicate() with __swap_duplicate(), mm/swapfile.c, v5.7 - v6.1. The kernel's returns an error only where no
// continuation page can be had; for a free slot, or a device that is gone, it changes nothing and returns 0 all the same,
// which is true here: property V1 then finds a swap PTE that nothing counts.
// Left out: the list above.
bool swap_duplicate(Task& t, SwapSlot slot) {
    return t.thread.atomic(
        "swap_duplicate",
        [](Cells& c, SwapSlot s) {
            const auto cell = c.context<Machine>().slot(s).swap_map;
            const Word byte = c.get(cell);
            if (byte == 0) return true;
            if (swap_count_of(byte) == swap_map_max) return false;
            c.set(cell, byte + 1);
            return true;
        },
        Where::here(), slot);
}

// swap_free() with __swap_entry_free(), mm/swapfile.c, v5.7 - v6.1.
// Left out: the list above.
void swap_free(Task& t, SwapSlot slot, PageId used) {
    const bool counted = t.thread.atomic(
        "swap_free",
        [](Cells& c, SwapSlot s, PageId page) {
            if (page) ghost_swap_page_used(c, page, s);
            const Word byte = c.get(c.context<Machine>().slot(s).swap_map);
            if (swap_count_of(byte) == 0) return false;
            write_swap_map(c, s, byte - 1);
            return true;
        },
        Where::here(), slot, used);
    // The kernel says "Unused swap offset entry" and goes on, or lets the byte wrap around.
    bug_on(t, !counted, "swap_free: Unused swap offset entry");
}

// swapcache_prepare() with __swap_duplicate(SWAP_HAS_CACHE), mm/swapfile.c, v5.7 - v6.1. A device that swapoff has killed
// (-EINVAL) counts as no_entry: callers treat both alike.
// Left out: the list above.
Prepare swapcache_prepare(Task& t, SwapSlot slot) {
    return t.thread.atomic(
        "swapcache_prepare",
        [](Cells& c, SwapSlot s) {
            const Machine& m = c.context<Machine>();
            const Word byte = c.get(m.slot(s).swap_map);
            if (c.get(m.device(m.slot(s).device).alive) == 0) return Prepare::no_entry;
            if ((byte & SWAP_HAS_CACHE) != 0) return Prepare::exists;
            if (byte == 0) return Prepare::no_entry;
            c.set(m.slot(s).swap_map, byte | SWAP_HAS_CACHE);
            return Prepare::ok;
        },
        Where::here(), slot);
}

// schedule_timeout_uninterruptible(1) of those who met SWAP_HAS_CACHE, mm/swap_state.c and mm/memory.c, v5.7 - v6.1. The
// kernel sleeps a tick and tries again, until the flag is gone or the swap cache has the page; so this waits for just that.
// Left out: retries that find everything as it was.
void swapcache_wait(Task& t, SwapSlot slot) {
    t.thread.wait_until(
        "schedule_timeout_uninterruptible",
        [](const View& v, SwapSlot s) {
            const SlotCells& cells = v.context<Machine>().slot(s);
            return v[cells.cache] != 0 || (v[cells.swap_map] & SWAP_HAS_CACHE) == 0;
        },
        Where::here(), slot);
}

// swapcache_clear(), mm/swapfile.c, v6.8 and 6.1.192.
// Left out: the list above.
void swapcache_clear(Task& t, SwapSlot slot) {
    const bool had_cache = t.thread.atomic(
        "swapcache_clear",
        [](Cells& c, SwapSlot s) {
            const Word byte = c.get(c.context<Machine>().slot(s).swap_map);
            if ((byte & SWAP_HAS_CACHE) != 0) write_swap_map(c, s, swap_count_of(byte));
            return (byte & SWAP_HAS_CACHE) != 0;
        },
        Where::here(), slot);
    bug_on(t, !had_cache, "VM_BUG_ON(!has_cache)");
}

// __swap_count(), mm/swapfile.c, v5.7 - v6.1. It takes the device's reference for itself around the read, where a device
// that is off counts 0.
// Left out: the list above.
Word swap_count(Task& t, SwapSlot slot) {
    return t.thread.atomic(
        "__swap_count",
        [](Cells& c, SwapSlot s) {
            const Machine& m = c.context<Machine>();
            if (c.get(m.device(m.slot(s).device).alive) == 0) return Word{0};
            return swap_count_of(c.get(m.slot(s).swap_map));
        },
        Where::here(), slot);
}

// vm_swap_full(), include/linux/swap.h, v5.7 - v6.1, for mem_cgroup_swap_full(). Swap counts as full while a device that is
// going off still has slots in use, unless others have room enough: see nr_swap_pages.
// Left out: memory-cgroup limits.
bool vm_swap_full(Task& t) {
    return t.thread.atomic(
        "vm_swap_full",
        [](Cells& c) {
            const SwapPages pages = swap_pages(c);
            return pages.nr_swap_pages * 2 < pages.total_swap_pages;
        },
        Where::here());
}

} // namespace model
