// SPDX-License-Identifier: GPL-2.0-only
// fs/proc/task_mmu.c: writing to /proc/PID/clear_refs.
#pragma once

#include "model/pte.hpp"
#include "model/task.hpp"

namespace model {

/// Writing 4 to /proc/self/clear_refs: every address of current->mm becomes soft-clean, and write-protected to notice a write.
void clear_refs_write(Task& t);
/// One PTE, under the page-table lock.
void clear_soft_dirty(Task& t, Mapping at);

} // namespace model
