// SPDX-License-Identifier: GPL-2.0-only
// Loads and stores of user threads: the processor walks the page table, and faults where it does not allow the access.
#pragma once

#include "model/task.hpp"

namespace model {

/// How an access ended. The signals kill the thread.
enum class Access : std::uint8_t { done, sigsegv, sigbus };

struct LoadResult {
    Access access = Access::done;
    Value value = 0; ///< with Access::done only
};

Access user_store(Task& t, Va va, Unit unit, Value value);
LoadResult user_load(Task& t, Va va, Unit unit);

} // namespace model
