// SPDX-License-Identifier: GPL-2.0-only
// Optimal dynamic partial-order reduction: one schedule of each Mazurkiewicz trace, and no schedule that leads nowhere.
//
// The search follows one schedule to its end. There it looks at the races: pairs of dependent steps of which nothing else
// settles the order. For each it inserts, where the earlier step was taken, a sequence of steps that takes the later one
// first (dpor_wakeup.hpp). Then it goes back to the last state that has such a branch, and follows that.
//
// Beyond the algorithm of the paper:
//   - a blocked step takes part: at the end of a schedule, what blocked threads wait to do races with what blocks them; and a
//     step that was blocked on the way races with what blocked it then, not with what released it;
//   - the values of a `choose` are branches of its state;
//   - what a step touches may depend on the state, and then so do its races (dpor_placement.hpp);
//   - sequences are cut short, and a race is not looked at again while the steps stay that its reversal was certain by.
#pragma once

#include "checker/dpor_observer.hpp"
#include "checker/dpor_placement.hpp"
#include "checker/dpor_wakeup.hpp"
#include "checker/record.hpp"

#include <algorithm>
#include <vector>

namespace checker {

template <Execution E>
class DporSearch {
public:
    DporSearch(const Program& program, const SearchOptions& options)
        : program_(program),
          options_(options),
          findings_(program),
          bounds_(options),
          execution_(program, MachineSettings::of(options)),
          dependence_(program, options.reductions.commute),
          trace_(dependence_, program.threads().size()),
          trees_(dependence_, trace_),
          observer_(execution_, dependence_),
          placements_(execution_, observer_, dependence_, trace_) {}

    SearchResult run() {
        bool goes_on = arrive() && enter({.sleepers_begin = 0, .sleepers_end = 0, .branches = WakeupTrees::none});
        while (goes_on && !nodes_.empty()) goes_on = advance();
        return result();
    }

private:
    /// A state on the way here, the last one without an event.
    struct Node {
        std::size_t sleepers_begin = 0;
        std::size_t sleepers_end = 0;
        WakeupTrees::Branches branches = WakeupTrees::none; ///< what is still to be explored from here
    };

    /// Takes the next step, or ends the schedule and goes back. Returns whether the search goes on.
    bool advance() {
        Node& node = nodes_.back();
        if (node.branches != WakeupTrees::none) {
            const WakeupTrees::Taken branch = trees_.take(node.branches);
            return take(branch.step, branch.after) && (trace_[trace_.size() - 1].label == branch.label || complain());
        }
        // After a whole branch nothing sleeps any more: what comes now is all new.
        if (node.sleepers_begin != node.sleepers_end) return complain();
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadId id{static_cast<std::uint8_t>(thread)};
            if (!observer_.is_blocked(id)) return take({id, 0}, WakeupTrees::none);
        }
        return end() && go_back();
    }

    bool take(Step step, WakeupTrees::Branches branches) {
        const std::uint32_t choices = execution_.choices(step.thread);
        trace_.push(observer_.take(step));
        for (std::uint32_t value = 0; choices > 1 && value < choices; ++value) {
            if (value != step.choice) trace_.add_alternative(static_cast<std::uint16_t>(value));
        }
        ++now_.transitions;
        if (!arrive()) return false;
        return enter(with_sleepers(branches));
    }

    /// The state just arrived at; what slept before and does not depend on the last step sleeps on.
    Node with_sleepers(WakeupTrees::Branches branches) {
        const Node& from = nodes_.back();
        const Event& last = trace_[trace_.size() - 1];
        sleepers_.resize(from.sleepers_end);
        for (std::size_t at = from.sleepers_begin; at < from.sleepers_end; ++at) {
            const Sleeper sleeper = sleepers_[at];
            if (sleeper.step.thread != last.step.thread && !dependence_.conflict(sleeper.label, last.label))
                sleepers_.push_back(sleeper);
        }
        return {from.sleepers_end, sleepers_.size(), branches};
    }

    /// Looks at what the last step brought about.
    bool arrive() {
        if (!execution_.error().empty()) [[unlikely]]
            return false;
        if (record_raised(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first) [[unlikely]]
            return stop_at_violation();
        if (bounds_.is_time_to_look()) [[unlikely]] {
            now_.memory_bytes = trees_.bytes() + trace_.bytes();
            if (!bounds_.look(now_)) return false;
        }
        return true;
    }

    bool enter(const Node& node) {
        nodes_.push_back(node);
        ++now_.states;
        now_.depth = trace_.size();
        max_depth_ = std::max(max_depth_, now_.depth);
        if (bounds_.allow(now_)) [[likely]]
            return true;
        --now_.states;
        return false;
    }

    /// Nothing is enabled here.
    bool end() {
        ++executions_;
        if (record_end(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first)
            return stop_at_violation();
        if (!execution_.error().empty()) return false;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        reverse_races();
        return execution_.error().empty();
    }

    /// Back to the last state that has something left to explore.
    bool go_back() {
        while (nodes_.back().branches == WakeupTrees::none) {
            nodes_.pop_back();
            if (nodes_.empty()) return true;
            const Event done = trace_[trace_.size() - 1];
            trace_.pop();
            execution_.undo();
            Node& node = nodes_.back();
            sleepers_.resize(node.sleepers_end);
            sleepers_.push_back({done.step, done.label});
            ++node.sleepers_end;
        }
        kept_ = std::min(kept_, trace_.size());
        return true;
    }

    void reverse_races() {
        trace_.forget_followers();
        for (std::size_t at = 0; at < trace_.races().size(); ++at) {
            const Race race = trace_.races()[at];
            // Certain by events that are still there.
            if (race.settled_by < kept_) continue;
            const std::uint32_t settled_by = reverse(race);
            trace_.races()[at].settled_by = settled_by;
        }
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadId id{static_cast<std::uint8_t>(thread)};
            if (!execution_.pending(id).is_over) release(id);
        }
        kept_ = trace_.size();
    }

    std::uint32_t reverse(const Race& race) {
        const Event& later = trace_[race.second];
        if (race.first == race.second) {
            return insert_before(race.first, race.second, {later.step.thread, race.choice}, untouching);
        }
        const Event& earlier = trace_[race.first];
        if (!depends_on_state(later.touch.kind) || !dependence_.changes(earlier.label, later.label))
            return insert_before(race.first, race.second, later.step, later.label);
        if (is_lock(later.touch.kind)) {
            // What a lock races with is not the release that it waited for, but the acquisition before.
            const std::uint32_t held =
                is_release(earlier.touch, later.touch) ? acquisition(race.first, later) : nowhere;
            if (held != nowhere)
                return is_own_past(held, later) ? race.second
                                                : insert_before(held, race.second, later.step, later.label);
        } else if (later.touch.has_cell() &&
                   dependence_.overwrites(earlier.label, later.touch.cell, later.touch.mask) &&
                   earlier.touch.has_cell()) {
            const Label there = dependence_.label_of(later.touch, earlier.before);
            return insert_before(race.first, race.second, later.step, there);
        }
        place(race.first, race.second);
        return nowhere;
    }

    /// What a thread that is blocked to the end waits to do.
    void release(ThreadId thread) {
        const auto end = trace_.size();
        trace_.push(observer_.look(thread));
        const Event& later = trace_[end];
        const std::uint32_t held = is_lock(later.touch.kind) ? acquisition(end, later) : nowhere;
        if (held == nowhere)
            place(nowhere, end);
        else if (!is_own_past(held, later))
            insert_before(held, end, later.step, later.label);
        trace_.pop();
    }

    static bool depends_on_state(OpKind kind) {
        switch (kind) {
        case OpKind::compare_exchange:
        case OpKind::trylock:
        case OpKind::read_trylock:
        case OpKind::write_trylock:
        case OpKind::wait:
        case OpKind::atomic: return true;
        default: return is_lock(kind);
        }
    }
    static bool is_lock(OpKind kind) {
        return kind == OpKind::lock || kind == OpKind::read_lock || kind == OpKind::write_lock;
    }
    /// Whether the step releases the same lock as a whole: afterwards nobody has it.
    static bool is_release(const Touch& step, const Touch& lock) {
        return step.cell == lock.cell && step.mask == lock.mask &&
               step.kind == (lock.kind == OpKind::lock ? OpKind::unlock : OpKind::write_unlock);
    }
    /// Position of the step before `end` by which somebody has the lock for himself that `lock` waits for; nowhere if it is
    /// not as simple as that.
    std::uint32_t acquisition(std::uint32_t end, const Event& lock) const {
        const std::uint32_t last = trace_.last_write(end, lock.touch.cell, lock.touch.mask);
        if (last == nowhere) return nowhere;
        const Touch& touch = trace_[last].touch;
        const bool is_mutex = lock.touch.kind == OpKind::lock;
        const bool acquires = touch.kind == (is_mutex ? OpKind::lock : OpKind::write_lock) ||
                              touch.kind == (is_mutex ? OpKind::trylock : OpKind::write_trylock);
        return acquires && touch.cell == lock.touch.cell && touch.mask == lock.touch.mask ? last : nowhere;
    }
    bool is_own_past(std::uint32_t position, const Event& event) const {
        return event.previous != nowhere && position <= event.previous && trace_.is_before(position, event.previous);
    }

    /// A step that stands at `second`, perhaps behind the end, instead of the event at `first`: with all that happened but
    /// does not follow from that event.
    std::uint32_t insert_before(std::uint32_t first, std::uint32_t second, Step step, Label label) {
        const auto size = static_cast<std::uint32_t>(execution_.depth());
        const EventSet& followers = trace_.followers(first);
        const Word* const past = trace_.past(second);
        reversal_.first = first;
        reversal_.step = step;
        reversal_.label = label;
        reversal_.second = second;
        reversal_.has_step = true;
        for (EventSet* const set : {&reversal_.causes, &reversal_.others, &reversal_.needed}) set->clear(size);
        for (std::size_t word = first / 64; word <= size / 64; ++word) {
            Word rest = ~followers.word(word);
            if (word == first / 64) rest &= ~Word{1} << first % 64;
            if (word == size / 64) rest &= ~(~Word{0} << size % 64);
            const Word causes = word <= second / 64 ? rest & past[word] : 0;
            reversal_.causes.word(word) = causes;
            reversal_.others.word(word) = rest & ~causes;
        }
        if (second < size) {
            reversal_.causes.remove(second);
            reversal_.others.remove(second);
        }
        return insert(reversal_);
    }

    std::uint32_t insert(Reversal& reversal) {
        Node& node = nodes_[reversal.first];
        const std::span<const Sleeper> sleepers(sleepers_.data() + node.sleepers_begin,
                                                node.sleepers_end - node.sleepers_begin);
        return trees_.insert(sleepers, node.branches, reversal);
    }

    void place(std::uint32_t earlier, std::uint32_t later) {
        placements_.find(earlier, later, [this](Reversal reversal) {
            // What touches less there than it does now may not race with what is explored from there at the moment.
            const Event& now = trace_[reversal.first];
            if (trees_.wakes(reversal, now.step, now.label)) insert(reversal);
        });
    }

    bool stop_at_violation() {
        stopped_at_violation_ = true;
        return false;
    }
    /// The search contradicts itself.
    bool complain() {
        fault_ = "internal: a branch of the partial-order reduction does not lead where it should";
        return false;
    }

    Schedule schedule() const {
        Schedule schedule;
        for (std::uint32_t at = 0; at < trace_.size(); ++at) schedule.push_back(trace_[at].step);
        return schedule;
    }

    SearchResult result() {
        SearchResult result;
        record_engine(execution_, result);
        if (result.error.empty()) result.error = fault_;
        const bool complete =
            nodes_.empty() && result.error.empty() && bounds_.stopped_because().empty() && !stopped_at_violation_;
        findings_.finish(result, complete);
        result.stopped_because = bounds_.stopped_because();
        result.states = now_.states;
        result.transitions = now_.transitions;
        result.executions = executions_;
        result.max_depth = max_depth_;
        result.seconds = bounds_.seconds();
        result.verdict = verdict_of(result, complete);
        return result;
    }

    const Program& program_;
    const SearchOptions& options_;
    Findings findings_;
    Bounds bounds_;
    E execution_;
    Dependence dependence_;
    EventTrace trace_;
    WakeupTrees trees_;
    Observer<E> observer_;
    Placements<E> placements_;
    std::vector<Node> nodes_;
    std::vector<Sleeper> sleepers_; ///< of all nodes, one after the other
    Reversal reversal_;             ///< being inserted
    std::uint32_t kept_ = 0;        ///< so many events are the same as when races were last looked at
    Progress now_{};
    std::uint64_t executions_ = 0;
    std::uint64_t max_depth_ = 0;
    std::string fault_;
    bool stopped_at_violation_ = false;
};

} // namespace checker
