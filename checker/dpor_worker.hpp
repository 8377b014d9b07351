// SPDX-License-Identifier: GPL-2.0-only
// One worker of a partial-order reduction; dpor_search.hpp says what it does, and what it adds to the algorithm of the paper.
#pragma once

#include "checker/dpor_observer.hpp"
#include "checker/dpor_placement.hpp"
#include "checker/dpor_shared_part.hpp"
#include "checker/inline_stack.hpp"
#include "checker/record.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace checker {

/// How a search, or a part of it, came to its end.
enum class DporPass : std::uint8_t {
    complete,
    ended,        ///< by a bound, an error or the first violation
    to_be_shared, ///< it has become large enough for several workers
};

template <Execution E>
class DporWorker {
public:
    /// `automata`: what the execution is made of beside the program and its settings.
    template <class... Automata>
    DporWorker(const Program& program, const SearchOptions& options, const Automata&... automata)
        : program_(program),
          options_(options),
          findings_(program),
          bounds_(options),
          execution_(program, MachineSettings::of(options), automata...),
          dependence_(program, options.reductions.commute),
          trace_(dependence_, program.threads().size()),
          meetings_(dependence_, trace_),
          trees_(meetings_),
          observer_(execution_, dependence_),
          placements_(execution_, observer_, dependence_, trace_),
          order_(options.sibling_order_seed) {}

    /// To be called once, first. Whether the search goes on.
    bool look_at_start() {
        return arrive() && enter({.sleepers_begin = 0, .sleepers_end = 0, .branches = WakeupTrees::none});
    }
    /// Explores what is the worker's own. `share_at`: how many steps are enough to share the rest; 0: none are.
    DporPass explore(std::uint64_t share_at) {
        while (!is_done_) {
            if (!follow_to_end() || !end()) return DporPass::ended;
            if (part_ && part_->wants_to_share()) give_away();
            go_back();
            if (part_ && part_->is_over()) return DporPass::ended;
            if (share_at != 0 && now_.states >= share_at && !is_done_) return DporPass::to_be_shared;
        }
        return DporPass::complete;
    }
    /// Explores what is the worker's own, and what others leave, until nobody has anything left. At the beginning everything
    /// is worker 0's own.
    DporPass explore_with(SharedBranches& shared, unsigned number);

    const E& execution() const { return execution_; }
    const Findings& findings() const { return findings_; }
    const Bounds& bounds() const { return bounds_; }
    /// The search contradicts itself.
    const std::string& fault() const { return fault_; }
    std::uint64_t executions() const { return executions_; }
    /// Of all schedules that were followed to their ends.
    std::uint64_t steps() const { return steps_; }
    std::uint64_t max_depth() const { return max_depth_; }

private:
    /// A state on the way here, the last one without an event.
    struct Node {
        std::size_t sleepers_begin = 0;
        std::size_t sleepers_end = 0;
        WakeupTrees::Branches branches = WakeupTrees::none; ///< what is still to be explored from here
    };

    /// Returns whether the search goes on.
    bool follow_to_end() {
        for (;;) {
            Node& node = nodes_.back();
            if (node.branches != WakeupTrees::none) {
                const WakeupTrees::Taken branch = trees_.take(node.branches);
                if (!take(branch.step, branch.after)) return false;
                if (trace_[trace_.size() - 1].label != branch.label) return complain();
                continue;
            }
            // After a whole branch nothing sleeps any more: what comes now is all new.
            if (node.sleepers_begin != node.sleepers_end) return complain();
            const std::optional<ThreadId> thread = any_enabled();
            if (!thread) return true;
            if (!take({*thread, 0}, WakeupTrees::none)) return false;
        }
    }
    std::optional<ThreadId> any_enabled() {
        if (order_.is_shuffled()) [[unlikely]] {
            const Word enabled = execution_.enabled();
            return enabled == 0 ? std::nullopt : std::optional(order_.any_of(enabled));
        }
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadId id{static_cast<std::uint8_t>(thread)};
            if (!observer_.is_blocked(id)) return id;
        }
        return std::nullopt;
    }

    [[gnu::always_inline]] bool take(Step step, WakeupTrees::Branches branches) {
        const std::uint32_t choices = execution_.choices(step.thread);
        trace_.push(observer_.take(step));
        for (std::uint32_t value = 0; choices > 1 && value < choices; ++value) {
            if (value != step.choice) trace_.add_alternative(static_cast<std::uint16_t>(value));
        }
        ++now_.transitions;
        return arrive() && enter(with_sleepers(branches));
    }

    /// How many of those that sleep in a state sleep on after the event.
    std::size_t sleep_on(const Node& from, const Event& event) const {
        std::size_t count = 0;
        for (std::size_t at = from.sleepers_begin; at < from.sleepers_end; ++at)
            count += sleeps_on(sleepers_[at], event);
        return count;
    }
    bool sleeps_on(const Sleeper& sleeper, const Event& event) const {
        return sleeper.step.thread != event.step.thread && !dependence_.conflict(sleeper.label, event.label);
    }

    /// The state just arrived at; what slept before and does not depend on the last step sleeps on.
    [[gnu::always_inline]] Node with_sleepers(WakeupTrees::Branches branches) {
        const Node& from = nodes_.back();
        const Event& last = trace_[trace_.size() - 1];
        sleepers_.shrink_to(from.sleepers_end);
        for (std::size_t at = from.sleepers_begin; at < from.sleepers_end; ++at) {
            const Sleeper sleeper = sleepers_[at];
            if (sleeps_on(sleeper, last)) sleepers_.push_back(sleeper);
        }
        return {from.sleepers_end, sleepers_.size(), branches};
    }

    /// Looks at what the last step brought about.
    [[gnu::always_inline]] bool arrive() {
        if (!execution_.error().empty()) [[unlikely]]
            return false;
        if (record_raised(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first) [[unlikely]]
            return false;
        if (bounds_.is_time_to_look()) [[unlikely]] {
            now_.memory_bytes = trees_.bytes() + trace_.bytes();
            if (!bounds_.look(progress())) return false;
        }
        return true;
    }
    Progress progress();

    [[gnu::always_inline]] bool enter(const Node& node) {
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
        steps_ += trace_.size();
        if (record_end(execution_, findings_, [this] { return schedule(); }) && options_.stop_at_first) return false;
        if (!execution_.error().empty()) return false;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        reverse_races();
        return execution_.error().empty();
    }

    /// Where the way here leaves what other workers know.
    std::size_t own_from() const { return part_ ? part_->way().size() : 0; }

    /// Back to the last state that has something left to explore; if there is none of the worker's own, all is done.
    void go_back() {
        const std::size_t own = own_from();
        while (nodes_.back().branches == WakeupTrees::none) {
            if (trace_.size() == own) {
                is_done_ = true;
                break;
            }
            const Event done = trace_[trace_.size() - 1];
            undo();
            Node& node = nodes_.back();
            sleepers_.shrink_to(node.sleepers_end);
            sleepers_.push_back({done.step, done.label});
            ++node.sleepers_end;
        }
        kept_ = std::min(kept_, trace_.size());
    }
    void undo() {
        nodes_.pop_back();
        trace_.pop();
        execution_.undo();
    }

    void give_away();
    bool go_to(SharedBranch& branch);
    bool follow(SharedBranch& branch);

    void reverse_races() {
        trace_.begin_asking();
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
        for (std::size_t at = node.sleepers_begin; at < node.sleepers_end; ++at) {
            const Sleeper& sleeper = sleepers_[at];
            const Meeting meeting = meetings_.meet(sleeper.step, sleeper.label, reversal);
            if (meeting.relation != Relation::conflicting) {
                return std::max(reversal.second, meetings_.certain_by(sleeper.step, sleeper.label, meeting, reversal));
            }
            Meetings::note_needed(reversal, meeting.at);
        }
        return reversal.first < own_from() ? part_->insert(reversal) : trees_.insert(node.branches, reversal);
    }

    void place(std::uint32_t earlier, std::uint32_t later) {
        placements_.find(earlier, later, [this](Reversal reversal) {
            // What touches less there than it does now may not race with what is explored from there at the moment.
            const Event& now = trace_[reversal.first];
            const Meeting meeting = meetings_.meet(now.step, now.label, reversal);
            if (meeting.relation != Relation::conflicting) return;
            Meetings::note_needed(reversal, meeting.at);
            insert(reversal);
        });
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

    static constexpr std::uint64_t rest_between_gifts = 64; ///< schedules; waking another worker costs as much as a few

    const Program& program_;
    const SearchOptions& options_;
    Findings findings_;
    Bounds bounds_;
    E execution_;
    Dependence dependence_;
    EventTrace trace_;
    Meetings meetings_;
    WakeupTrees trees_;
    Observer<E> observer_;
    Placements<E> placements_;
    SiblingOrder order_;
    std::optional<SharedPart> part_; ///< if there are other workers
    InlineStack<Node> nodes_;
    InlineStack<Sleeper> sleepers_; ///< of all nodes, one after the other
    Reversal reversal_;             ///< being inserted
    std::uint32_t kept_ = 0;        ///< so many events are the same as when races were last looked at
    Progress now_{};
    Progress told_{}; ///< to those who report the progress of all
    std::uint64_t executions_ = 0;
    std::uint64_t steps_ = 0;
    std::uint64_t max_depth_ = 0;
    std::uint64_t next_gift_ = 0; ///< not before so many executions
    bool is_done_ = false;        ///< with what is the worker's own
    std::string fault_;
};

/// What all workers have come to.
template <Execution E>
Progress DporWorker<E>::progress() {
    now_.memory_bytes = trees_.bytes() + trace_.bytes();
    if (!part_) return now_;
    Progress all = now_;
    all.states = part_->add_states(now_.states - told_.states);
    all.transitions = part_->add_transitions(now_.transitions - told_.transitions);
    told_ = now_;
    return all;
}

} // namespace checker

#include "checker/dpor_sharing.hpp" // IWYU pragma: keep
