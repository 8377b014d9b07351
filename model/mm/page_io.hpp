// SPDX-License-Identifier: GPL-2.0-only
// mm/page_io.c: reading a page from swap and writing it there.
#pragma once

#include "model/swap.hpp"

namespace model {

/// Fills a locked page from `slot`, unit by unit, makes it up to date and unlocks it.
void swap_readpage(Task& t, PageId page, SwapSlot slot);

/// Starts (on a synchronous device: does) the writing of a locked page to its slot, and unlocks it. It is not written if
/// nobody counts on the slot: then it just leaves the swap cache.
void swap_writepage(Task& t, PageId page);

/// The device's side of asynchronous writeback, a daemon: writes pages that are under writeback, one unit at a time.
void end_swap_writeback_agent(Task& t);

} // namespace model
