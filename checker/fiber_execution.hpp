// SPDX-License-Identifier: GPL-2.0-only
// Reversible fibers: goes back by putting old stack bytes and old cells back.
//
// Each thread keeps the states it went through on the way here. A stack is copied once when the thread leaves a state for
// the first time, and copied back when it leaves that state another way; `undo` itself touches no stack.
#pragma once

#include "checker/execution.hpp"

#include <memory>
#include <vector>

namespace checker {

class FiberExecution {
public:
    /// Not to be used where Fiber::can_roll_back is false.
    FiberExecution(const Program& program, const MachineSettings& settings);

    [[gnu::always_inline]] void step(Step step) {
        this->step(step, [] {});
    }
    /// See Machine::step.
    template <class F>
    [[gnu::always_inline]] void step(Step step, F before_properties) {
        Lane& lane = lanes_[step.thread.index];
        Cells& cells = machine_.cells();
        undo_log_.push_back({cells.log_position(), cells.hash(), step.thread});
        lane.prepare(machine_.fiber(step.thread));
        machine_.step(step, lane.state_to_come(), before_properties);
        lane.advanced();
    }
    void undo() {
        const UndoRecord& last = undo_log_.back();
        machine_.cells().rewind(last.log_position, last.cells_hash);
        machine_.put_back(last.thread, lanes_[last.thread.index].retreat());
        undo_log_.pop_back();
    }

    Word enabled() const { return machine_.enabled(); }
    std::uint32_t choices(ThreadId thread) const { return machine_.choices(thread); }
    const Operation& pending(ThreadId thread) const { return machine_.pending(thread); }
    ThreadStatus status(ThreadId thread) const { return machine_.status(thread); }
    Ending ending() const { return machine_.ending(); }
    Word violated_at_end() { return machine_.violated_at_end(); }
    Hash128 fingerprint() const { return machine_.fingerprint(); }
    View view() const { return machine_.cells().view(); }
    std::size_t depth() const { return undo_log_.size(); }
    const Raised& raised() const { return machine_.raised(); }
    const std::string& error() const { return machine_.error(); }
    bool is_out_of_room() const { return machine_.is_out_of_room(); }
    void ignore(Word properties) { machine_.ignore(properties); }
    void record_into(AccessRecorder* recorder) { machine_.cells().record_into(recorder); }

    const Machine& machine() const { return machine_; }
    /// For the audit: appends the used bytes of the thread's stack.
    void append_stack(ThreadId thread, std::string& bytes) const;

private:
    /// The states of one thread on the way here, a list that grows only. State objects stay where they are.
    class Lane {
    public:
        Lane() { grow(); }

        LocalState& first_state() { return chunks_.front()[0].local; }
        LocalState& state_to_come() {
            if (current_->next == nullptr) [[unlikely]]
                grow();
            return current_->next->local;
        }
        /// Makes the fiber ready to go on from the current state, and keeps an image of that state.
        void prepare(Fiber& fiber) {
            if (current_->index >= with_image_) {
                save(fiber);
            } else if (stack_is_of_ != current_->index) {
                fiber.restore(images_.data() + current_->image, current_->local.used_bytes);
            }
        }
        void advanced() {
            current_ = current_->next;
            stack_is_of_ = with_image_ = current_->index;
        }
        LocalState& retreat() {
            current_ = current_->previous;
            return current_->local;
        }
        void append_stack(const Fiber& fiber, std::string& bytes) const;

    private:
        struct Kept {
            LocalState local;
            Kept* previous = nullptr;
            Kept* next = nullptr;
            std::size_t index = 0;
            std::size_t image = 0; ///< where its stack's image begins, if it has been left before
        };
        static constexpr std::size_t chunk_states = 32;

        void grow();
        void save(const Fiber& fiber);

        std::vector<std::unique_ptr<Kept[]>> chunks_;
        std::vector<std::byte> images_;
        Kept* current_ = nullptr;
        std::size_t stack_is_of_ = 0; ///< index of the state that the fiber's stack shows
        std::size_t with_image_ = 0;  ///< states 0 .. with_image_-1 have an image
    };

    struct UndoRecord {
        std::size_t log_position;
        Hash128 cells_hash;
        ThreadId thread;
    };

    Machine machine_;
    std::vector<Lane> lanes_;
    std::vector<UndoRecord> undo_log_;
};

static_assert(Execution<FiberExecution>);

} // namespace checker
