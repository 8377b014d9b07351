// SPDX-License-Identifier: GPL-2.0-only
// mm/vmscan.c: reclaim of one page, and the two callers of it. Start with shrink_folio_list().
#pragma once

#include "model/page.hpp"

namespace model {

/// On whose behalf a page is reclaimed.
enum class Reclaimer : std::uint8_t { madvise, kswapd };

/// What pageout says; PAGE_ACTIVATE never comes from swap_writepage.
enum class PageoutResult : std::uint8_t { keep, success, clean };

/// Tries to free an isolated page, dropping the isolation's reference then. Returns the number of pages freed, 0 or 1;
/// after 0 the caller puts the page back.
Word shrink_folio_list(Task& t, PageId page, Reclaimer reclaimer);
/// Starts writeback of a locked dirty page, unless somebody holds a reference that is unaccounted for.
PageoutResult pageout(Task& t, PageId page);
/// __remove_mapping(): freezes a locked page's count and takes it out of the swap cache; true: the caller frees it.
bool remove_mapping(Task& t, PageId page);
/// The end of MADV_PAGEOUT: shrinks an isolated page and puts it back if it is kept.
void reclaim_pages(Task& t, PageId page);
/// Background reclaim: each pass takes one page off the LRU, whichever, and shrinks it.
void kswapd(Task& t, unsigned passes);

} // namespace model
