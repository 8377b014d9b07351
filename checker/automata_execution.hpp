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

    [[gnu::always_inline]] void step(const Step& step) {
        this->step(step, [] {});
    }
    /// See Machine::step.
    template <Hashing hashing = Hashing::as_set, class F>
    [[gnu::always_inline]] void step(const Step& step, F before_properties) {
        const std::size_t thread = step.thread.index;
        Local& now = *now_[thread];
        Cells& cells = machine_.cells();
        const CellEffect& effect = now.effect;
        const CellId cell = effect.cell;
        const Word before = cells.peek(cell);
        const bool is_covered = effect.covers(before);
        UndoRecord& undo = undo_log_.push();
        undo.enabled = enabled_;
        undo.left = &now;
        undo.before = before;
        undo.may_be_blocked = may_be_blocked_;
        undo.cell = cell;
        undo.thread = step.thread;
        undo.is_covered = is_covered;
        if (hashing == Hashing::as_set && cells.is_hashing()) undo.cells_hash = cells.hash();
        Word result = 0;
        Word watchers_hit = 0;
        bool may_enable_others = true;
        if (is_covered) [[likely]] {
            const Word after = effect.after(before);
            result = effect.result(before, after);
            watchers_hit = cells.replace<hashing>(cell, before, after);
            may_enable_others = before != after && is_awaited_[cell.index] != 0;
        } else {
            undo.log_position = cells.log_position();
            result = perform_otherwise(step.thread, step.choice);
        }
        Local* next = now.edges.after(result);
        if (next == nullptr) [[unlikely]]
            next = &automata_->learn(now, result, machine_);
        now_[thread] = next;
        machine_.enter<hashing>(step.thread, next->state, watchers_hit, before_properties);
        announce(step.thread, next->state.thread.pending, may_enable_others);
    }
    /// The fingerprint of the state that the step leads to, without going there. Nothing if the step has something to teach.
    [[gnu::always_inline]] std::optional<Hash128> fingerprint_after(const Step& step) {
        const Local& now = *now_[step.thread.index];
        const Cells& cells = machine_.cells();
        const CellId cell = now.effect.cell;
        const Word before = cells.peek(cell);
        if (!now.effect.covers(before)) [[unlikely]]
            return fingerprint_after_otherwise(step);
        const Word after = now.effect.after(before);
        std::optional<Hash128> fingerprint = fingerprint_with(now, now.edges.after(now.effect.result(before, after)));
        if (fingerprint) *fingerprint += cells.hash_change(cell, before, after);
        return fingerprint;
    }
    template <Hashing hashing = Hashing::as_set>
    [[gnu::always_inline]] void undo() {
        const UndoRecord& last = undo_log_.back();
        machine_.cells().put_back<hashing>(last.cell, last.before, last.cells_hash);
        if (!last.is_covered) [[unlikely]]
            machine_.cells().rewind(last.log_position, last.cells_hash);
        now_[last.thread.index] = last.left;
        machine_.put_back<hashing>(last.thread, last.left->state);
        enabled_ = last.enabled;
        may_be_blocked_ = last.may_be_blocked;
        undo_log_.pop_back();
    }

    Word enabled() {
        if (observes_) [[unlikely]]
            observe_waits();
        return enabled_;
    }
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

protected:
    Word enabled_ = 0; ///< the threads whose operation can happen now

private:
    // The order is one in which no two words lie side by side that do so in the execution: a compiler copies such two by one load,
    // and a processor that has just stored them one by one stalls there.
    struct UndoRecord {
        Word enabled;
        Local* left;
        Word before; ///< what `cell` held
        Word may_be_blocked;
        std::size_t log_position; ///< of what else was written to, where the step is not covered
        CellId cell;
        ThreadId thread;
        bool is_covered;    ///< by the operation's CellEffect
        Hash128 cells_hash; ///< where hashes are wanted
    };

    /// What it would be with `next` instead of `now`. Nothing if that is not known, or might say more than its fingerprint.
    std::optional<Hash128> fingerprint_with(const Local& now, const Local* next) const {
        // By what message an assertion fails is not part of the state, so that step says more than its state does. (Who learned
        // the edge has mostly recorded the message, but walks that learn what commutes record nothing.)
        if (next == nullptr || next->state.thread.pending.kind == OpKind::failed) [[unlikely]]
            return std::nullopt;
        Hash128 fingerprint = machine_.fingerprint();
        fingerprint -= now.state.contribution;
        fingerprint += next->state.contribution;
        return fingerprint;
    }
    // Of steps that the operation's effect does not cover.
    std::optional<Hash128> fingerprint_after_otherwise(Step step);
    Word perform_otherwise(ThreadId thread, Word choice);
    Word perform_observed(Step step);
    void observe_waits();
    void observe(Local& at, Word result, std::size_t log_position);
    void begin_here();
    [[gnu::noinline]] void await_all_cells();

    /// The thread, which was enabled, announces the operation. `may_enable_others`: or disable them.
    [[gnu::always_inline]] void announce(ThreadId thread, const Operation& op, bool may_enable_others) {
        const Word bit = Word{1} << thread.index;
        may_be_blocked_ &= ~bit;
        if (op.is_over) [[unlikely]]
            enabled_ &= ~bit;
        if (op.may_be_blocked) {
            may_be_blocked_ |= bit;
            is_awaited_[op.cell.index] = 1;
            if (op.kind == OpKind::wait) [[unlikely]]
                await_all_cells();
            if (!may_enable_others) look_again(thread);
        }
        if (may_enable_others)
            for (Word rest = may_be_blocked_; rest != 0; rest &= rest - 1) look_again(first_thread(rest));
    }
    [[gnu::always_inline]] void look_again(ThreadId thread) {
        const Word bit = Word{1} << thread.index;
        const bool blocked = is_blocked(machine_.pending(thread), machine_.cells());
        enabled_ = blocked ? enabled_ & ~bit : enabled_ | bit;
    }

    std::shared_ptr<Automata> automata_;
    Machine machine_;
    bool observes_;
    std::vector<Local*> now_;
    Word may_be_blocked_ = 0;              ///< the threads whose operation has to wait in some states
    std::vector<std::uint8_t> is_awaited_; ///< by cell: whether anybody is enabled may depend on it
    std::vector<std::uint8_t> hindrances_; ///< by thread: one whose steps its did not commute with
    InlineStack<UndoRecord> undo_log_;
    AccessRecorder recorder_;
    std::vector<Independence::LockChange> lock_changes_;
};

/// The same for searches that ask for no fingerprints and merge nothing.
class LeanAutomataExecution : public AutomataExecution {
public:
    using AutomataExecution::AutomataExecution;

    template <class F>
    [[gnu::always_inline]] void step(const Step& step, F before_properties) {
        AutomataExecution::step<Hashing::off>(step, before_properties);
    }
    [[gnu::always_inline]] void step(const Step& step) {
        this->step(step, [] {});
    }
    [[gnu::always_inline]] void undo() { AutomataExecution::undo<Hashing::off>(); }
    Word enabled() const { return enabled_; }
};

static_assert(Execution<AutomataExecution>);
static_assert(Execution<LeanAutomataExecution>);

} // namespace checker
