// SPDX-License-Identifier: GPL-2.0-only
// mm/swap_state.c: the swap cache, which names the page of a slot.
#pragma once

#include "model/swap.hpp"

namespace model {

/// swap_cache_get_folio() and lookup_swap_cache(): the page of a slot with a reference for the caller, or none. One step.
PageId swap_cache_get_page(Task& t, SwapSlot slot);

/// Puts a locked page into the swap cache at `slot`, whose byte has SWAP_HAS_CACHE; takes a reference.
void add_to_swap_cache(Task& t, PageId page, SwapSlot slot);
/// __delete_from_swap_cache(): the section under the XArray lock, used inside steps. The swap cache's reference is not
/// dropped. False where the kernel asserts: the page is not locked, not at `slot`, or under writeback.
bool delete_from_swap_cache_locked(Cells& c, PageId page, SwapSlot slot);
/// Takes a locked page out of the swap cache, frees its slot if nobody counts on it, drops the swap cache's reference.
void delete_from_swap_cache(Task& t, PageId page);

/// Gives a locked page a slot and puts it into the swap cache, dirty; false if there is no slot.
bool add_to_swap(Task& t, PageId page);

/// The page of a slot, in the swap cache and with a reference for the caller; read from disk if it was not there, or being
/// read by another thread: the caller locks it before it looks. None if nothing counts on the slot any more.
PageId read_swap_cache_async(Task& t, SwapSlot slot);
/// What do_swap_page and swapoff call; without neighbours it is read_swap_cache_async.
PageId swapin_readahead(Task& t, SwapSlot slot);

/// Takes a page out of the swap cache if it is not mapped and its lock is free.
void free_swap_cache(Task& t, PageId page);
void free_page_and_swap_cache(Task& t, PageId page);

} // namespace model
