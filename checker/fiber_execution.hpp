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

    void step(Step step);
    void undo();

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
    void ignore(Word properties) { machine_.ignore(properties); }

    const Machine& machine() const { return machine_; }
    /// For the audit: appends the used bytes of the thread's stack.
    void append_stack(ThreadId thread, std::string& bytes) const;

private:
    /// The states of one thread on the way here. State objects stay where they are.
    class Lane {
    public:
        LocalState& state(std::size_t at) { return (*chunks_[at / chunk_states])[at % chunk_states].local; }
        LocalState& state_to_come();
        /// Makes the fiber ready to go on from the current state, and keeps an image of that state.
        void prepare(Fiber& fiber);
        void advanced() { stack_is_of_ = with_image_ = ++current_; }
        LocalState& retreat() { return state(--current_); }
        void append_stack(const Fiber& fiber, std::string& bytes) const;

    private:
        struct Kept {
            LocalState local;
            std::size_t image = 0; ///< where its stack's image begins, if it has been left before
        };
        static constexpr std::size_t chunk_states = 32;
        Kept& kept(std::size_t at) const { return (*chunks_[at / chunk_states])[at % chunk_states]; }

        std::vector<std::unique_ptr<std::array<Kept, chunk_states>>> chunks_;
        std::vector<std::byte> images_;
        std::size_t current_ = 0;
        std::size_t stack_is_of_ = 0; ///< the state that the fiber's stack shows
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
