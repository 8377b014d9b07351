// SPDX-License-Identifier: GPL-2.0-only
// fs/proc/task_mmu.c: writing to /proc/PID/clear_refs.
#pragma once

#include "model/pte.hpp"
#include "model/task.hpp"

namespace model {

/// Writing 4 to /proc/self/clear_refs: every address of current->mm becomes soft-clean, and write-protected so that a write
/// is noticed. An architecture without the soft-dirty bit only takes the lock.
void clear_refs_write(Task& t);
/// One PTE, under the page-table lock.
void clear_soft_dirty(Task& t, Mapping at);
/// A PTE of a page that may be pinned, and that has to stay writable for the pin's sake.
bool pte_is_pinned(Task& t, Mapping at, Pte pte);

} // namespace model
