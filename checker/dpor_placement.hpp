// SPDX-License-Identifier: GPL-2.0-only
// Where else a step could be taken whose doing depends on the state: a wait or a lock that may be blocked there, a
// compare-exchange, a trylock or an atomic operation that may touch other cells there. That is found out by going there.
//
// The step `later` of a schedule is tried after subsets of the schedule's other events, each closed under what happened
// before. Starting from all that `later` does not follow from by a race, more and more of what keeps it blocked is left out
// until it is enabled; it is then put directly after what it followed, and, one by one, after what it touches only now.
#pragma once

#include "checker/dpor_meeting.hpp"
#include "checker/dpor_observer.hpp"

#include <set>
#include <vector>

namespace checker {

template <Execution E>
class Placements {
public:
    Placements(E& execution, Observer<E>& observer, const Dependence& dependence, const EventTrace& trace)
        : execution_(execution),
          observer_(observer),
          dependence_(dependence),
          trace_(trace) {}

    /// `later` is an event of the trace in which the execution is, or one behind it that is blocked to the end (then
    /// `earlier` is nowhere). Calls `insert(reversal)` for each way to take its step instead of some event. The execution is left where it was; after an error it is not.
    template <class Insert>
    void find(std::uint32_t earlier, std::uint32_t later, Insert insert) {
        later_ = later;
        thread_ = trace_[later].step.thread;
        size_ = static_cast<std::uint32_t>(execution_.depth());
        prefix_ = size_;
        tried_.clear();
        Events left_out(size_);
        if (earlier != nowhere) leave_out(earlier, left_out);
        leave_out_until_enabled(left_out, insert);
        go_to(size_);
    }

private:
    /// A set of events, by position.
    using Events = std::vector<bool>;

    bool has_failed() const { return !execution_.error().empty(); }

    /// The event and all that happened after it.
    void leave_out(std::uint32_t event, Events& left_out) const {
        for (std::uint32_t at = event; at < size_; ++at) {
            if (trace_.is_before(event, at)) left_out[at] = true;
        }
    }

    template <class Insert>
    void leave_out_until_enabled(const Events& left_out, Insert& insert) {
        if (has_failed() || !tried_.insert(left_out).second) return;
        std::uint32_t first = 0;
        while (first < size_ && !left_out[first]) ++first;
        Events kept(size_);
        for (std::uint32_t at = first; at < size_; ++at) kept[at] = !left_out[at];
        if (!go_to(first, kept)) return;
        if (!observer_.is_blocked(thread_)) {
            place(first, kept, insert);
            return;
        }
        for (const std::uint32_t more : what_blocks(left_out, observer_.look(thread_).label)) {
            Events without = left_out;
            leave_out(more, without);
            leave_out_until_enabled(without, insert);
        }
    }

    /// The last ones of those that the blocked thread looks at: any state in which it is enabled lacks one of them.
    std::vector<std::uint32_t> what_blocks(const Events& left_out, Label looked_at) const {
        const std::uint32_t own = trace_[later_].previous;
        std::vector<std::uint32_t> last;
        for (std::uint32_t at = size_; at-- > 0;) {
            if (left_out[at] || !dependence_.conflict(trace_[at].label, looked_at)) continue;
            if (own != nowhere && at <= own && trace_.is_before(at, own)) continue;
            bool is_last = true;
            for (const std::uint32_t other : last) is_last = is_last && !trace_.is_before(at, other);
            if (is_last) last.push_back(at);
        }
        return last;
    }

    template <class Insert>
    void place(std::uint32_t first, const Events& kept, Insert& insert) {
        Events before(size_);
        for (std::uint32_t at = first; at < size_; ++at)
            before[at] = at < later_ && kept[at] && trace_.is_before(at, later_);
        std::set<Events> placed;
        std::vector<Events> to_do{std::move(before)};
        while (!to_do.empty() && !has_failed()) {
            before = std::move(to_do.back());
            to_do.pop_back();
            if (!placed.insert(before).second || !go_to(first, before)) continue;
            const bool is_blocked = observer_.is_blocked(thread_);
            const Event event = is_blocked ? observer_.look(thread_) : try_step();
            if (has_failed()) return;
            if (!is_blocked) insert(reversal_of(first, before, kept, event));
            for (std::uint32_t at = first; at < size_; ++at) {
                if (!kept[at] || before[at] || !dependence_.conflict(trace_[at].label, event.label)) continue;
                Events more = before;
                for (std::uint32_t cause = first; cause <= at; ++cause)
                    more[cause] = more[cause] || (kept[cause] && trace_.is_before(cause, at));
                to_do.push_back(std::move(more));
            }
        }
    }

    /// What the step touches in the state the execution is in.
    Event try_step() {
        const Event event = observer_.take({thread_, trace_[later_].step.choice});
        if (!has_failed()) execution_.undo();
        return event;
    }

    /// The events of `before`, the step, and what of `kept` is still as it was after that.
    Reversal reversal_of(std::uint32_t first, const Events& before, const Events& kept, const Event& step) const {
        Reversal reversal{.first = first, .causes = {}, .step = step.step, .label = step.label, .second = later_};
        for (EventSet* const set : {&reversal.causes, &reversal.others, &reversal.needed}) set->clear(size_);
        std::vector<std::uint32_t> changed;
        for (std::uint32_t at = 0; at < size_; ++at) {
            if (before[at]) reversal.causes.add(at);
            if (!kept[at] || before[at]) continue;
            bool is_changed = dependence_.conflict(trace_[at].label, step.label);
            for (const std::uint32_t cause : changed) is_changed = is_changed || trace_.is_before(cause, at);
            if (is_changed)
                changed.push_back(at);
            else
                reversal.others.add(at);
        }
        return reversal;
    }

    /// Brings the execution behind the first `prefix` events of the trace.
    bool go_to(std::uint32_t prefix) {
        if (has_failed()) return false;
        const std::uint32_t common = prefix < prefix_ ? prefix : prefix_;
        while (execution_.depth() > common) execution_.undo();
        prefix_ = common;
        for (; prefix_ < prefix; ++prefix_) {
            execution_.step(trace_[prefix_].step);
            if (has_failed()) return false;
        }
        return true;
    }
    /// And then behind these events.
    bool go_to(std::uint32_t prefix, const Events& events) {
        if (!go_to(prefix)) return false;
        for (std::uint32_t at = prefix; at < size_; ++at) {
            if (!events[at]) continue;
            execution_.step(trace_[at].step);
            if (has_failed()) return false;
        }
        return true;
    }

    E& execution_;
    Observer<E>& observer_;
    const Dependence& dependence_;
    const EventTrace& trace_;
    std::uint32_t later_ = 0;
    ThreadId thread_{};
    std::uint32_t size_ = 0;   ///< of the trace without what is blocked
    std::uint32_t prefix_ = 0; ///< so many events of the trace are what the execution's way begins with
    std::set<Events> tried_;
};

} // namespace checker
