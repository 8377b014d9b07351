// SPDX-License-Identifier: GPL-2.0-only
// The engine that runs no thread while it searches: a state of the program is the cells and one local state a thread, out of
// automata that are learned once (automata.hpp), and going back is a pointer's assignment.
#pragma once

#include "checker/automata.hpp"
#include "checker/execution.hpp"
#include "checker/inline_stack.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace checker {

class AutomataExecution {
public:
    AutomataExecution(const Program& program, const MachineSettings& settings)
        : AutomataExecution(program, settings, std::make_shared<Automata>(program, settings, Reductions::none())) {}
    /// One of several over the same automata, which were made with the same settings.
    AutomataExecution(const Program& program, const MachineSettings& settings, std::shared_ptr<Automata> automata);

    [[gnu::always_inline]] void step(Step step) {
        this->step(step, [] {});
    }
    /// See Machine::step.
    template <class F>
    [[gnu::always_inline]] void step(Step step, F before_properties) {
        const std::size_t thread = step.thread.index;
        Local& now = *now_[thread];
        Cells& cells = machine_.cells();
        const CellEffect& effect = now.effect;
        const Word before = cells.peek(effect.cell);
        UndoRecord& undo = undo_log_.push();
        undo.left = &now;
        undo.before = before;
        undo.announced = machine_.announced();
        undo.thread = step.thread;
        undo.cell = effect.cell;
        if (cells.is_hashing()) undo.cells_hash = cells.hash();
        Word result = 0;
        undo.is_covered = effect.covers(before);
        if (undo.is_covered) [[likely]] {
            const Word after = effect.after(before);
            cells.replace(effect.cell, before, after);
            result = effect.result(before, after);
        } else {
            undo.log_position = cells.log_position();
            result = perform_otherwise(step);
        }
        Local* next = now.edges.after(result);
        if (next == nullptr) [[unlikely]]
            next = &automata_->learn(now, result, machine_);
        now_[thread] = next;
        machine_.enter(step.thread, next->state, before_properties);
    }
    /// The fingerprint of the state that the step leads to, without going there. Nothing if the step has something to teach.
    [[gnu::always_inline]] std::optional<Hash128> fingerprint_after(Step step) {
        const Local& now = *now_[step.thread.index];
        Cells& cells = machine_.cells();
        const std::size_t log_position = cells.log_position();
        const Hash128 cells_hash = cells.hash();
        const char* misuse = nullptr;
        const Word result = perform(cells, now.state.thread.pending, step.choice, misuse);
        const Local* const next = now.edges.after(result);
        std::optional<Hash128> after;
        // By what message an assertion fails is not part of the state, so that step says more than its state does. (Who learned
        // the edge has mostly recorded the message, but walks that learn what commutes record nothing.)
        if (next != nullptr && misuse == nullptr && next->state.thread.pending.kind != OpKind::failed) [[likely]] {
            after = machine_.fingerprint();
            *after -= now.state.contribution;
            *after += next->state.contribution;
        }
        cells.rewind(log_position, cells_hash);
        cells.take_watchers_hit();
        return after;
    }
    void undo() {
        const UndoRecord& last = undo_log_.back();
        machine_.cells().put_back(last.cell, last.before, last.cells_hash);
        if (!last.is_covered) [[unlikely]]
            machine_.cells().rewind(last.log_position, last.cells_hash);
        now_[last.thread.index] = last.left;
        machine_.put_back(last.thread, last.left->state, last.announced);
        undo_log_.pop_back();
    }

    Word enabled() { return observes_ ? enabled_observed() : machine_.enabled(); }
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

    /// The first thread of `enabled` whose step commutes with all that the others may do before it moves on, as a bit set; 0 if
    /// there is none.
    Word mergeable(Word enabled);

    /// What operations touch is of no interest any more.
    void stop_observing() { observes_ = false; }
    bool is_observing() const { return observes_; }

    const Machine& machine() const { return machine_; }
    Automata& automata() { return *automata_; }
    const Automata& automata() const { return *automata_; }
    const std::shared_ptr<Automata>& shared_automata() const { return automata_; }
    /// Where the thread is in its automaton.
    Local& local(ThreadId thread) const { return *now_[thread.index]; }
    /// Begins anew in this state, to which nothing can be undone; what holds in it is not looked at.
    void begin_at(const std::vector<Word>& cells, const std::vector<Local*>& locals);

private:
    struct UndoRecord {
        Local* left;
        Word before;              ///< what `cell` held
        std::size_t log_position; ///< where nothing is covered
        Machine::Announced announced;
        CellId cell;
        ThreadId thread;
        bool is_covered;    ///< by the operation's CellEffect
        Hash128 cells_hash; ///< where hashes are wanted
    };

    Word perform_otherwise(Step step);
    Word perform_observed(Step step);
    Word enabled_observed();
    void observe(Local& at, Word result, std::size_t log_position);

    std::shared_ptr<Automata> automata_;
    Machine machine_;
    bool observes_;
    std::vector<Local*> now_;
    std::vector<std::uint8_t> hindrances_; ///< by thread: one whose steps its did not commute with
    InlineStack<UndoRecord> undo_log_;
    AccessRecorder recorder_;
    std::vector<Independence::LockChange> lock_changes_;
};

static_assert(Execution<AutomataExecution>);

} // namespace checker
