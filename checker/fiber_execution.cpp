// SPDX-License-Identifier: GPL-2.0-only
// Going back by restoring; see fiber_execution.hpp.
#include "checker/fiber_execution.hpp"

namespace checker {

FiberExecution::FiberExecution(const Program& program, const MachineSettings& settings)
    : machine_(program, settings),
      lanes_(program.threads().size()) {
    std::vector<LocalState*> initial;
    for (Lane& lane : lanes_) initial.push_back(&lane.state_to_come());
    machine_.start(initial.data());
}

LocalState& FiberExecution::Lane::state_to_come() {
    const std::size_t at = chunks_.empty() ? 0 : current_ + 1;
    if (at / chunk_states == chunks_.size()) chunks_.push_back(std::make_unique<std::array<Kept, chunk_states>>());
    return kept(at).local;
}

void FiberExecution::Lane::prepare(Fiber& fiber) {
    Kept& leaving = kept(current_);
    const std::size_t bytes = leaving.local.used_bytes;
    if (current_ < with_image_) {
        if (stack_is_of_ != current_) fiber.restore(images_.data() + leaving.image, bytes);
        return;
    }
    leaving.image = current_ == 0 ? 0 : kept(current_ - 1).image + kept(current_ - 1).local.used_bytes;
    if (images_.size() < leaving.image + bytes) images_.resize(2 * (leaving.image + bytes));
    fiber.save(images_.data() + leaving.image);
    with_image_ = current_ + 1;
}

void FiberExecution::step(Step step) {
    Lane& lane = lanes_[step.thread.index];
    Cells& cells = machine_.cells();
    undo_log_.push_back({cells.log_position(), cells.hash(), step.thread});
    lane.prepare(machine_.fiber(step.thread));
    machine_.step(step, lane.state_to_come());
    lane.advanced();
}

void FiberExecution::undo() {
    const UndoRecord& last = undo_log_.back();
    machine_.cells().rewind(last.log_position, last.cells_hash);
    machine_.put_back(last.thread, lanes_[last.thread.index].retreat());
    undo_log_.pop_back();
}

void FiberExecution::append_stack(ThreadId thread, std::string& bytes) const {
    lanes_[thread.index].append_stack(machine_.fiber(thread), bytes);
}

void FiberExecution::Lane::append_stack(const Fiber& fiber, std::string& bytes) const {
    const Kept& shown = kept(current_);
    const std::size_t used = shown.local.used_bytes;
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + used);
    auto* const to = reinterpret_cast<std::byte*>(bytes.data() + old_size);
    if (stack_is_of_ == current_)
        fiber.peek(to);
    else
        std::memcpy(to, images_.data() + shown.image, used);
}

} // namespace checker
