// SPDX-License-Identifier: GPL-2.0-only
// mm/swapfile.c: the swap map, who may free a slot, and swapoff. Start with swap_duplicate() and swap_free().
// swapfile.cpp holds the primitives on swap_map, swapfile_free.cpp what frees swap cache pages, swapfile_off.cpp swapoff.
// Names that begin with two underscores in the kernel lose them here, for C++ reserves such names.
#pragma once

#include "model/swap.hpp"

namespace model {

// A reference on the device of a slot, which swapoff waits for; false after swapoff has killed it.
bool get_swap_device(Task& t, SwapSlot slot);
void put_swap_device(Task& t, SwapSlot slot);

/// A slot for a page that is to be swapped out, its byte SWAP_HAS_CACHE; none if no device with SWP_WRITEOK has one.
SwapSlot get_swap_page(Task& t);
/// Clears SWAP_HAS_CACHE after the page has left the swap cache, and frees the slot if nobody counts on it.
void put_swap_page(Task& t, SwapSlot slot);

/// One more swap PTE for a slot that has at least one, or SWAP_HAS_CACHE; false for a free slot.
bool swap_duplicate(Task& t, SwapSlot slot);
/// One swap PTE less. `used`: the swap cache page that unuse_pte has mapped instead.
void swap_free(Task& t, SwapSlot slot, PageId used = PageId::none());

enum class Prepare : std::uint8_t { ok, exists, no_entry };
/// Sets SWAP_HAS_CACHE for whoever is about to add a page to the swap cache, or to read around it.
Prepare swapcache_prepare(Task& t, SwapSlot slot);
/// Blocks until a swapcache_prepare that said `exists` has a chance to say something else, or the swap cache has the page.
void swapcache_wait(Task& t, SwapSlot slot);
/// Takes back swapcache_prepare where no page was added; frees the slot if its count is 0.
void swapcache_clear(Task& t, SwapSlot slot);

/// __swap_count(), named without the underscores that C++ reserves. 0 for a device that is gone.
Word swap_count(Task& t, SwapSlot slot);
/// vm_swap_full(): more than half of all slots are in use. mem_cgroup_swap_full() without its control groups.
bool vm_swap_full(Task& t);

/// The page is locked; true: nobody but the caller's PTE maps it or counts on its slot (kernels before v5.18).
bool reuse_swap_page(Task& t, PageId page);
/// folio_free_swap(), before v6.1 try_to_free_swap(): takes a locked page out of the swap cache if no swap PTE wants it.
bool folio_free_swap(Task& t, PageId page);
/// Drops the count of a swap PTE that is about to be cleared, and the swap cache page that only it kept.
void free_swap_and_cache(Task& t, SwapSlot slot);
/// __try_to_reclaim_swap(), as free_swap_and_cache calls it: frees the slot's swap cache page if it is not mapped.
void try_to_reclaim_swap(Task& t, SwapSlot slot);

/// Replaces the swap PTE for `slot` at `at`, if it is there, by a PTE for the locked page.
void unuse_pte(Task& t, Mapping at, SwapSlot slot, PageId page);
/// unuse_pte_range() for the one address: reads the page in if need be. False: out of memory, as the kernel sees it.
bool unuse_pte_range(Task& t, Mapping at, DeviceId device);
/// Brings every page of the device back into `mm`.
bool unuse_mm(Task& t, MmId mm, DeviceId device);
/// Empties the device; false if it gave up.
bool try_to_unuse(Task& t, DeviceId device);
/// swapoff(2). Nothing happens where the device is off, or if try_to_unuse gives up.
void swapoff(Task& t, DeviceId device);
/// swapon(2). Nothing happens where the device is on.
void swapon(Task& t, DeviceId device);

} // namespace model
