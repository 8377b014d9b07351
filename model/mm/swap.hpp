// SPDX-License-Identifier: GPL-2.0-only
// mm/swap.c and LRU isolation: the per-CPU batch that a new page waits in, with a reference, before reclaim can see it.
#pragma once

#include "model/page.hpp"

namespace model {

/// Puts a page on this CPU's batch, with a reference.
void lru_cache_add(Task& t, PageId page);
/// Moves this CPU's batch onto the LRU and drops the batch's references.
void lru_add_drain(Task& t);

/// Takes a page off the LRU and gives the caller a reference; false if it was not on it. The caller knows that the page
/// has a reference (a PTE under its lock, for MADV_PAGEOUT).
bool isolate_lru_page(Task& t, PageId page);
/// Puts an isolated page back and drops the isolation's reference.
void putback_lru_page(Task& t, PageId page);

} // namespace model
