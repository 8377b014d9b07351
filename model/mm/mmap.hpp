// SPDX-License-Identifier: GPL-2.0-only
// mm/mmap.c: the end of a mapping. (exit_mmap() stands in model/kernel/fork.hpp, beside dup_mmap(), its opposite.)
#pragma once

#include "model/task.hpp"

namespace model {

/// munmap(2) of the page at `va` in current->mm. No operation where nothing is mapped, as in the kernel.
void do_munmap(Task& t, Va va);

} // namespace model
