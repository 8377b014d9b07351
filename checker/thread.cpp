// SPDX-License-Identifier: GPL-2.0-only
// Where a thread's body gives way to the scheduler; see thread.hpp.
#include "checker/thread.hpp"

#include "checker/fiber.hpp"

#include <cstdlib>

namespace checker {

Word Thread::announce() {
    ThreadState& state = *state_;
    state.pending.after_forget = state.observed.forgot;
    state.observed.forgot = false;
    fiber_->suspend();
    return result_;
}

void Thread::fail(const char* message, Where at) {
    operation(OpKind::failed, CellId{}, 0, message, Order::plain, at);
    state_->observed = Observed{};
    fiber_->suspend();
    std::abort(); // A failed thread is never resumed.
}

void Thread::stop_at_entry() {
    operation(OpKind::breakpoint, CellId{}, 0, breakpoint_name_, Order::plain, Where{breakpoint_name_, 0});
    announce();
}

} // namespace checker
