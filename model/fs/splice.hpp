// SPDX-License-Identifier: GPL-2.0-only
// fs/splice.c: vmsplice(2) of one page into a pipe, and the read that empties the pipe.
#pragma once

#include "model/results.hpp"
#include "model/task.hpp"

namespace model {

/// The page at `va` goes into the pipe buffer `ref`, by reference.
void vmsplice_to_pipe(Task& t, Va va, RefId ref);
/// Reads one unit out of the pipe buffer and releases it. Nothing where the pipe is empty.
UnitAccess pipe_read(Task& t, RefId ref, Unit unit);

} // namespace model
