// SPDX-License-Identifier: GPL-2.0-only
// mm/mmap.c: the end of a mapping. (exit_mmap() stands in model/kernel/fork.hpp, beside dup_mmap(), its opposite.)
#pragma once

#include "model/pte.hpp"
#include "model/task.hpp"

namespace model {

/// Turns mmap_lock, held for writing, into one held for reading, without letting it go.
inline void mmap_write_downgrade(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.atomic(
        "mmap_write_downgrade", [](Cells& c, MmId m) { c.set(c.context<Machine>().mm(m).mmap_lock.cell, 1); }, at, mm);
}

/// munmap(2) of the page at `va` in current->mm. Nothing happens where nothing is mapped, as in the kernel.
void do_munmap(Task& t, Va va);

} // namespace model
