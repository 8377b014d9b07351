// SPDX-License-Identifier: GPL-2.0-only
// The vocabulary of swap: slots as the cells keep them, and primitives that are one step. The functions of mm/swapfile.c
// and mm/swap_state.c are in model/mm; what is here is used inside their steps, or wherever the kernel reads one word.
#pragma once

#include "model/ghost.hpp"
#include "model/page.hpp"
#include "model/pte.hpp"

namespace model {

/// swap_count(): the number of swap PTEs that a swap_map byte counts, SWAP_HAS_CACHE taken off.
inline constexpr Word swap_count_of(Word byte) { return byte & ~SWAP_HAS_CACHE; }

/// PageCells::private_ and SlotCells::cache keep ids plus one, so that 0 is "none".
inline constexpr SwapSlot slot_of_private(Word private_word) {
    return private_word == 0 ? SwapSlot::none() : SwapSlot{static_cast<std::uint8_t>(private_word - 1)};
}
inline constexpr Word private_of_slot(SwapSlot slot) { return slot ? 1 + Word{slot.index} : 0; }
inline constexpr PageId page_of_cache(Word cache_word) {
    return cache_word == 0 ? PageId::none() : PageId{static_cast<std::uint8_t>(cache_word - 1)};
}
inline constexpr Word cache_of_page(PageId page) { return page ? 1 + Word{page.index} : 0; }

/// Whether a device is gone: its users reference is killed and nobody holds it any more, so that swapoff frees swap_map,
/// the swap address space and the block device at any moment.
inline bool swap_device_is_gone(const Cells& c, SwapSlot slot) {
    const Machine& m = c.context<Machine>();
    const DeviceCells& d = m.device(m.slot(slot).device);
    return c.get(d.alive) == 0 && c.get(d.users) == 0;
}

/// Writes a swap_map byte, inside a step that stands for a section of the cluster lock. A byte of 0 frees the slot: it is
/// what get_swap_page offers first, and its disk content becomes 0, for nobody may ever read it again.
inline void write_swap_map(Cells& c, SwapSlot slot, Word byte) {
    const Machine& m = c.context<Machine>();
    const SlotCells& s = m.slot(slot);
    c.set(s.swap_map, byte);
    if (byte != 0) return;
    for (unsigned u = 0; u < m.units(); ++u) c.set(s.disk[u], 0);
    c.set(m.last_freed_slot(), 1 + Word{slot.index});
}

/// page_private() of a swap cache page (or of a page on its way there) as a slot; none if it is 0.
inline SwapSlot page_swap_entry(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "page_private", [](Cells& c, PageId p) { return slot_of_private(c.get(touch(c, p).private_)); }, at, page);
}
inline void set_page_private(Task& t, PageId page, SwapSlot slot, Where at = Where::here()) {
    t.thread.atomic(
        "set_page_private", [](Cells& c, PageId p, SwapSlot s) { c.set(touch(c, p).private_, private_of_slot(s)); }, at,
        page, slot);
}

inline const DeviceSpec& swap_device_spec(const Task& t, SwapSlot slot) {
    return t.machine.spec().devices[t.machine.slot(slot).device.index];
}
/// data_race(si->flags & SWP_SYNCHRONOUS_IO) and SWP_STABLE_WRITES: constants of a device, so reading them is no step.
inline bool swap_is_synchronous(const Task& t, SwapSlot slot) { return swap_device_spec(t, slot).synchronous_io; }
inline bool swap_has_stable_writes(const Task& t, SwapSlot slot) { return swap_device_spec(t, slot).stable_writes; }

} // namespace model
