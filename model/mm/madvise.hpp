// SPDX-License-Identifier: GPL-2.0-only
// mm/madvise.c: advice about one address.
#pragma once

#include "model/task.hpp"

namespace model {

/// madvise(2) on the page at `va` in current->mm. Nothing happens where nothing is mapped (-ENOMEM).
void do_madvise(Task& t, Va va, Advice advice);
/// MADV_PAGEOUT. The caller holds mmap_lock for reading, throughout.
void madvise_pageout(Task& t, Mapping at);
/// The part under the page-table lock: takes the page off the LRU and returns it, or none if it is to be left alone.
PageId madvise_cold_or_pageout_pte_range(Task& t, Mapping at);

} // namespace model
