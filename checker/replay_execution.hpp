// SPDX-License-Identifier: GPL-2.0-only
// Replay: goes back by running the way there again from the initial state, on fresh stacks. Slower than restoring, but it
// trusts nothing, and it is the only way under AddressSanitizer.
#pragma once

#include "checker/execution.hpp"

#include <memory>
#include <vector>

namespace checker {

class ReplayExecution {
public:
    ReplayExecution(const Program& program, const MachineSettings& settings);

    [[gnu::always_inline]] void step(Step step) {
        this->step(step, [] {});
    }
    /// See Machine::step.
    template <class F>
    [[gnu::always_inline]] void step(Step step, F before_properties) {
        fresh().step(step, *where_[step.thread.index], before_properties);
        schedule_.push_back(step);
    }
    /// Only notes that the last step is gone; the way is run again when the next question is asked or step taken.
    void undo() {
        schedule_.pop_back();
        is_stale_ = true;
    }

    Word enabled() { return fresh().enabled(); }
    std::uint32_t choices(ThreadId thread) { return fresh().choices(thread); }
    const Operation& pending(ThreadId thread) { return fresh().pending(thread); }
    ThreadStatus status(ThreadId thread) { return fresh().status(thread); }
    Ending ending() { return fresh().ending(); }
    Word violated_at_end() { return fresh().violated_at_end(); }
    Hash128 fingerprint() { return fresh().fingerprint(); }
    View view() { return fresh().cells().view(); }
    std::size_t depth() const { return schedule_.size(); }
    const Raised& raised() const { return machine_.raised(); }
    const std::string& error() const { return machine_.error(); }
    bool is_out_of_room() const { return machine_.is_out_of_room(); }
    void ignore(Word properties) { machine_.ignore(properties); }
    void record_into(AccessRecorder* recorder) { fresh().cells().record_into(recorder); }

    const Machine& machine() { return fresh(); }
    const Schedule& schedule() const { return schedule_; }
    /// For the audit: appends the used bytes of the thread's stack.
    void append_stack(ThreadId thread, std::string& bytes);

private:
    Machine& fresh() {
        if (is_stale_) run_again();
        return machine_;
    }
    void run_again();

    Machine machine_;
    std::unique_ptr<LocalState[]> states_;
    std::vector<LocalState*> where_;
    Schedule schedule_;
    bool is_stale_ = false;
};

static_assert(Execution<ReplayExecution>);

} // namespace checker
