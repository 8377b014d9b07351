// SPDX-License-Identifier: GPL-2.0-only
// Going back by restoring; see fiber_execution.hpp.
#include "checker/fiber_execution.hpp"

namespace checker {

FiberExecution::FiberExecution(const Program& program, const MachineSettings& settings)
    : machine_(program, settings),
      lanes_(program.threads().size()) {
    std::vector<LocalState*> initial;
    for (Lane& lane : lanes_) initial.push_back(&lane.first_state());
    machine_.start(initial.data());
}

void FiberExecution::Lane::grow() {
    chunks_.push_back(std::make_unique<Kept[]>(chunk_states));
    Kept* const chunk = chunks_.back().get();
    Kept* previous = current_;
    for (std::size_t at = 0; at < chunk_states; ++at) {
        chunk[at].previous = previous;
        chunk[at].index = (chunks_.size() - 1) * chunk_states + at;
        if (previous != nullptr) previous->next = &chunk[at];
        previous = &chunk[at];
    }
    if (current_ == nullptr) current_ = chunk;
}

void FiberExecution::Lane::save(const Fiber& fiber) {
    const Kept* const before = current_->previous;
    current_->image = before == nullptr ? 0 : before->image + before->local.used_bytes;
    const std::size_t end = current_->image + current_->local.used_bytes;
    if (images_.size() < end) images_.resize(2 * end);
    fiber.save(images_.data() + current_->image);
    with_image_ = current_->index + 1;
}

void FiberExecution::append_stack(ThreadId thread, std::string& bytes) const {
    lanes_[thread.index].append_stack(machine_.fiber(thread), bytes);
}

void FiberExecution::Lane::append_stack(const Fiber& fiber, std::string& bytes) const {
    const std::size_t used = current_->local.used_bytes;
    const std::size_t old_size = bytes.size();
    bytes.resize(old_size + used);
    auto* const to = reinterpret_cast<std::byte*>(bytes.data() + old_size);
    if (stack_is_of_ == current_->index)
        fiber.peek(to);
    else
        std::memcpy(to, images_.data() + current_->image, used);
}

} // namespace checker
