// SPDX-License-Identifier: GPL-2.0-only
// The operations of scenarios: what a thread's list of Op comes to.
#pragma once

#include "model/task.hpp"

#include <optional>
#include <string_view>

namespace model {

/// What Machine::thread_done() of a thread holds: a sum over all that are alike, of what each adds at its end.
enum class ThreadDone : Word {
    finished = 1, ///< all its operations are over
    killed = 256, ///< SIGSEGV or SIGBUS ended it before that; it runs no more
};
inline Word finished_threads(Word done) { return done & 0xff; }
inline Word killed_threads(Word done) { return done >> 8; }

/// How an operation ended for its thread.
enum class OpResult : std::uint8_t { done, killed };

OpResult run_operation(Task& t, const Op& op);
/// The body of a thread of the scenario: waits until its process exists, if that is born later, runs its operations, sets Machine::thread_done().
/// A signal ends this thread alone, not its process as the default action would; so does `exit`, after which nothing of the
/// process is mapped, and other threads of it meet SIGSEGV. A reference that could not be taken (-EFAULT) is no signal: the
/// thread goes on, and what it does with that reference is skipped. A reference is taken again only after it was put.
void run_thread(Task& t, const ThreadSpec& spec);

/// Names as JSON scenarios write them.
const char* name_of(OpCode code);
std::optional<OpCode> find_op_code(std::string_view name);

} // namespace model
