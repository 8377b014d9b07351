// SPDX-License-Identifier: GPL-2.0-only
// What happens to a thread at most once a run; see thread.hpp.
#include "checker/thread.hpp"

#include <cstdlib>
#include <stdexcept>

namespace checker {

void Thread::fail(const char* message, Where at) {
    operation(OpKind::failed, CellId{}, 0, message, Order::plain, at);
    end_failed();
}

void Thread::fail_comparison(Word found, Word expected, const char* message, Where at) {
    Operation& op = operation(OpKind::failed, CellId{}, 0, message, Order::plain, at);
    op.is_comparison = true;
    op.value = found;
    op.expected = expected;
    end_failed();
}

void Thread::give_up(const char* message, Where at) {
    operation(OpKind::failed, CellId{}, 0, message, Order::plain, at).gives_up = true;
    end_failed();
}

void Thread::end_failed() {
    state_->observed = Observed{};
    fiber_->suspend();
    std::abort(); // A failed thread is never resumed.
}

void Thread::stop_at_entry() {
    operation(OpKind::breakpoint, CellId{}, 0, breakpoint_name_, Order::plain, Where{breakpoint_name_, 0});
    announce();
}

void Thread::complain_of_id() {
    throw std::logic_error(
        "it asks for its id, although it was added together with threads that it differs from in nothing");
}

} // namespace checker
