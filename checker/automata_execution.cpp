// SPDX-License-Identifier: GPL-2.0-only
// What an execution adds to automata beside stepping and undoing; see automata_execution.hpp.
#include "checker/automata_execution.hpp"

#include <algorithm>

namespace checker {

AutomataExecution::AutomataExecution(const Program& program, const MachineSettings& settings,
                                     std::shared_ptr<Automata> automata)
    : automata_(std::move(automata)),
      machine_(program, settings),
      observes_(automata_->independence().is_wanted()),
      now_(automata_->initial()),
      hindrances_(now_.size()) {
    std::vector<LocalState*> initial;
    for (Local* const local : now_) initial.push_back(&local->state);
    machine_.start_at(initial.data());
    is_awaited_.resize(machine_.cells().size());
    begin_here();
    machine_.adopt_error(automata_->machine());
}

void AutomataExecution::begin_at(const std::vector<Word>& cells, const std::vector<Local*>& locals) {
    undo_log_.clear();
    now_ = locals;
    std::vector<LocalState*> states;
    for (Local* const local : now_) states.push_back(&local->state);
    machine_.start_at(states.data());
    for (std::size_t cell = 0; cell < cells.size(); ++cell)
        machine_.cells().poke(CellId{static_cast<std::uint16_t>(cell)}, cells[cell]);
    begin_here();
}

void AutomataExecution::begin_here() {
    enabled_ = now_.size() == 64 ? ~Word{0} : (Word{1} << now_.size()) - 1;
    may_be_blocked_ = 0;
    for (std::uint8_t thread = 0; thread < now_.size(); ++thread)
        announce(ThreadId{thread}, now_[thread]->state.thread.pending, true);
}

void AutomataExecution::await_all_cells() { std::fill(is_awaited_.begin(), is_awaited_.end(), 1); }

Word AutomataExecution::mergeable(Word enabled) {
    Independence& independence = automata_->independence();
    for (Word rest = enabled; rest != 0; rest &= rest - 1) {
        const std::size_t mover = first_thread(rest).index;
        LocalKnowledge& a = now_[mover]->knowledge;
        if (!independence.may_be_merged(a)) continue;
        const auto conflicts_with = [&](std::size_t other) {
            return other != mover && !independence.are_independent(a, now_[other]->knowledge);
        };
        // Who was in the way last time is mostly in the way again.
        std::uint8_t& hindrance = hindrances_[mover];
        if (conflicts_with(hindrance)) continue;
        std::uint8_t other = 0;
        while (other < now_.size() && !conflicts_with(other)) ++other;
        if (other == now_.size()) return rest & -rest;
        hindrance = other;
    }
    return 0;
}

std::optional<Hash128> AutomataExecution::fingerprint_after_otherwise(Step step) {
    const Local& now = *now_[step.thread.index];
    Cells& cells = machine_.cells();
    const std::size_t log_position = cells.log_position();
    const Hash128 cells_hash = cells.hash();
    const char* misuse = nullptr;
    const Word result = perform(cells, now.state.thread.pending, step.choice, misuse);
    const std::optional<Hash128> fingerprint =
        misuse != nullptr ? std::nullopt : fingerprint_with(now, now.edges.after(result));
    cells.rewind(log_position, cells_hash);
    cells.take_watchers_hit();
    return fingerprint;
}

Word AutomataExecution::perform_otherwise(ThreadId thread, Word choice) {
    const Step step{thread, static_cast<std::uint16_t>(choice)};
    const bool is_atomic = machine_.pending(thread).kind == OpKind::atomic;
    return observes_ && is_atomic ? perform_observed(step) : machine_.perform_announced(step);
}

Word AutomataExecution::perform_observed(Step step) {
    Local& at = *now_[step.thread.index];
    Cells& cells = machine_.cells();
    const std::size_t log_position = cells.log_position();
    recorder_.clear();
    cells.record_into(&recorder_);
    const Word result = machine_.perform_announced(step);
    cells.record_into(nullptr);
    observe(at, result, log_position);
    return result;
}

void AutomataExecution::observe(Local& at, Word result, std::size_t log_position) {
    const Independence& independence = automata_->independence();
    const Cells& cells = machine_.cells();
    Word digest = recorder_.digest();
    lock_changes_.clear();
    for (std::size_t write = log_position; write < cells.log().size(); ++write) {
        const auto [cell, old] = cells.log()[write];
        const Word bits = independence.lock_bits(cell);
        if (const Word changed = (old ^ cells.peek(cell)) & bits; changed != 0) [[unlikely]] {
            lock_changes_.push_back({cell, changed & cells.peek(cell), changed & old});
            digest = mix(digest ^ mix(cell.index ^ mix(old & bits) ^ mix(changed)));
        }
    }
    if (!lock_changes_.empty() || at.knowledge.changes_locks.load(std::memory_order_relaxed)) [[unlikely]]
        digest = mix(digest ^ result);
    digest |= 1;
    if (!Independence::has_observed(at, digest)) [[unlikely]]
        automata_->independence().observe(at, result, digest, recorder_, lock_changes_);
}

/// What a wait looks at is noted whether it goes on or not.
void AutomataExecution::observe_waits() {
    for (Word rest = may_be_blocked_; rest != 0; rest &= rest - 1) {
        Local& local = *now_[first_thread(rest).index];
        const Operation& op = local.state.thread.pending;
        if (op.kind != OpKind::wait) continue;
        recorder_.clear();
        machine_.cells().record_into(&recorder_);
        is_blocked(op, machine_.cells());
        machine_.cells().record_into(nullptr);
        observe(local, 0, machine_.cells().log_position());
    }
}

} // namespace checker
