// SPDX-License-Identifier: GPL-2.0-only
// Sampling schedules instead of exploring all of them: run after run from the initial state, each as a scheduler decides
// that draws lots. What a run does depends on the program, the seed and the run's number alone. Nothing that is sampled
// proves anything, so without a violation the verdict is always inconclusive.
//
// A strategy brings the scheduler; what is common to all, running, recording and counting, is here.
#pragma once

#include "checker/depth_first.hpp"
#include "checker/grouped.hpp"
#include "checker/random.hpp"
#include "checker/record.hpp"
#include "checker/visited.hpp"

#include <algorithm>
#include <concepts>
#include <vector>

namespace checker {

template <class S, class E>
concept SampleScheduler = requires(S scheduler, E& execution, const Sample& so_far, Random& random, Word threads,
                                   Step step, std::uint64_t steps, bool is_whole, Sample& sample) {
    requires std::constructible_from<S, const Program&, const SearchOptions&>;
    /// A run begins.
    scheduler.begin(so_far, random);
    /// One of the threads, of which there is at least one.
    { scheduler.choose(execution, threads, random) } -> std::same_as<ThreadId>;
    /// This step, of the thread that was chosen among `threads`, is going to be taken.
    scheduler.stepping(execution, step, threads, random);
    /// It has been taken.
    scheduler.stepped(execution, step);
    /// The run is over. `is_whole`: it was not cut.
    scheduler.end(steps, is_whole);
    scheduler.finish(sample);
};

/// The thread with the highest priority; which of several is the first.
template <class Priority>
ThreadId highest(Word threads, const std::vector<Priority>& priority) {
    ThreadId highest = first_thread(threads);
    for (Word rest = threads & (threads - 1); rest != 0; rest &= rest - 1)
        if (priority[first_thread(rest).index] > priority[highest.index]) highest = first_thread(rest);
    return highest;
}

/// Of the operation about to happen: whether the thread gets a lock by it. A trylock may get it or not.
inline bool gets_lock(const Operation& op, const View& view) {
    const auto is_free = [&](Word mask) { return (view[op.cell] & mask) == 0; };
    switch (op.kind) {
    case OpKind::lock:
    case OpKind::read_lock:
    case OpKind::write_lock: return true;
    case OpKind::trylock: return is_free(op.mask);
    case OpKind::read_trylock: return is_free(RwLock::writer_held);
    case OpKind::write_trylock: return is_free(~Word{0});
    default: return false;
    }
}

template <Execution E, SampleScheduler<E> Scheduler>
class Sampling {
public:
    Sampling(const Program& program, const SearchOptions& options)
        : program_(program),
          options_(options),
          scheduler_(program, options),
          findings_(program),
          bounds_(options),
          states_(options.max_memory_bytes / 2),
          lock_orders_(options.max_memory_bytes / 2),
          execution_(program, MachineSettings::of(options)) {
        sample_.seed = options.random_seed;
    }

    SearchResult run() {
        bool goes_on = look_at_state();
        while (goes_on && sample_.runs < options_.runs) {
            Random random(options_.random_seed, sample_.runs);
            goes_on = run_once(random);
            while (execution_.depth() > 0) execution_.undo();
            schedule_.clear();
        }
        return result();
    }

private:
    /// Returns whether more runs may follow.
    bool run_once(Random& random) {
        scheduler_.begin(sample_, random);
        lock_order_ = Hash128{};
        Word enabled = execution_.enabled();
        for (; enabled != 0 && schedule_.size() < options_.max_depth; enabled = execution_.enabled())
            if (!take_step(enabled, random)) return false;
        const bool is_whole = enabled == 0;
        if (is_whole && !look_at_end()) return false;
        note_run(is_whole);
        return true;
    }

    bool take_step(Word enabled, Random& random) {
        const ThreadId thread = scheduler_.choose(execution_, enabled, random);
        const std::uint32_t choices = execution_.choices(thread);
        const Step step{thread, static_cast<std::uint16_t>(choices == 1 ? 0 : random.below(choices))};
        const Operation& op = execution_.pending(thread);
        if (gets_lock(op, execution_.view()))
            for (const Word part : {Word{op.cell.index}, op.mask, Word{thread.index}}) lock_order_.absorb(part);
        scheduler_.stepping(execution_, step, enabled, random);
        execution_.step(step);
        schedule_.push_back(step);
        ++sample_.steps;
        if (!look_at_state()) return false;
        scheduler_.stepped(execution_, step);
        return true;
    }

    /// Returns whether the search goes on.
    bool look_at_state() {
        if (!execution_.error().empty()) return false;
        if (record_raised(execution_, findings_, [this] { return schedule_; }) && !found_violation()) return false;
        count(states_, execution_.fingerprint());
        const Progress now = progress();
        if (!bounds_.allow(now)) return false;
        return !bounds_.is_time_to_look() || bounds_.look(now);
    }
    bool look_at_end() {
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        const bool found = record_end(execution_, findings_, [this] { return schedule_; });
        if (!execution_.error().empty()) return false;
        return !found || found_violation();
    }
    /// Returns whether the search goes on.
    bool found_violation() {
        if (sample_.first_violation == 0) sample_.first_violation = sample_.runs + 1;
        return !options_.stop_at_first;
    }

    void note_run(bool is_whole) {
        ++sample_.runs;
        sample_.cut_runs += is_whole ? 0 : 1;
        sample_.longest_run = std::max<std::uint64_t>(sample_.longest_run, schedule_.size());
        scheduler_.end(schedule_.size(), is_whole);
        if (is_whole) count(lock_orders_, lock_order_);
    }
    /// What does not fit any more is not counted any more; runs go on.
    void count(VisitedTable& table, const Hash128& seen) {
        if (sample_.counted_all && table.insert(seen) == VisitedTable::Insertion::no_room) sample_.counted_all = false;
    }

    Progress progress() const {
        Progress now;
        now.states = states_.size();
        now.transitions = sample_.steps;
        now.memory_bytes = states_.bytes() + lock_orders_.bytes();
        // What is too deep ends a run, not the search.
        now.depth = std::min<std::uint64_t>(schedule_.size(), options_.max_depth);
        return now;
    }

    SearchResult result() {
        SearchResult result;
        record_engine(execution_, result);
        findings_.finish(result, false);
        sample_.lock_orders = lock_orders_.size();
        scheduler_.finish(sample_);
        result.sample = sample_;
        result.stopped_because = bounds_.stopped_because();
        if (result.violations.empty() && result.error.empty()) {
            const std::string found_nothing =
                grouped(sample_.runs) + (sample_.runs == 1 ? " run" : " runs") + " found nothing";
            result.stopped_because =
                found_nothing + (result.stopped_because.empty() ? "" : "; ") + result.stopped_because;
        }
        result.states = states_.size();
        result.transitions = sample_.steps;
        result.executions = sample_.runs;
        result.max_depth = sample_.longest_run;
        result.table_bytes = states_.peak_bytes() + lock_orders_.peak_bytes();
        result.seconds = bounds_.seconds();
        result.verdict = verdict_of(result, false);
        return result;
    }

    const Program& program_;
    const SearchOptions& options_;
    Scheduler scheduler_;
    Findings findings_;
    Bounds bounds_;
    VisitedTable states_;
    VisitedTable lock_orders_;
    E execution_;
    Schedule schedule_; ///< of the run
    Hash128 lock_order_;
    Sample sample_;
};

template <class Scheduler>
SearchResult sample_with(const Program& program, const SearchOptions& options) {
    return with_engine(options,
                       [&]<class E>(std::type_identity<E>) { return Sampling<E, Scheduler>(program, options).run(); });
}

} // namespace checker
