// SPDX-License-Identifier: GPL-2.0-only
// kernel/fork.c: the birth of an address space by fork, and its end. (exit_mmap() is mm/mmap.c's; it stands here as the
// opposite of dup_mmap().)
#pragma once

#include "model/task.hpp"

namespace model {

/// fork: copies the address space of current->mm to `child`, which nobody has used before, and makes it alive. Takes and
/// drops mmap_lock of both.
void dup_mmap(Task& t, MmId child);

/// exit: the last user of the address space goes. This is what the `exit` operation calls; it calls exit_mmap().
void mmput(Task& t, MmId mm);
/// Zaps everything. No user is left; mmap_lock is free.
void exit_mmap(Task& t, MmId mm);

} // namespace model
