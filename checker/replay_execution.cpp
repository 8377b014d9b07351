// SPDX-License-Identifier: GPL-2.0-only
// Going back by running again; see replay_execution.hpp.
#include "checker/replay_execution.hpp"

namespace checker {

ReplayExecution::ReplayExecution(const Program& program, const MachineSettings& settings)
    : machine_(program, settings),
      states_(std::make_unique<LocalState[]>(program.threads().size())) {
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread) where_.push_back(&states_[thread]);
    machine_.start(where_.data());
}

void ReplayExecution::run_again() {
    machine_.restart(where_.data());
    for (const Step step : schedule_) machine_.step_again(step, *where_[step.thread.index]);
    machine_.refresh();
    is_stale_ = false;
}

void ReplayExecution::append_stack(ThreadId thread, std::string& bytes) {
    const Fiber& fiber = fresh().fiber(thread);
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + fiber.used_bytes());
    fiber.peek(reinterpret_cast<std::byte*>(bytes.data() + old_size));
}

} // namespace checker
