// SPDX-License-Identifier: GPL-2.0-only
// How a sequence of steps that could be taken instead of an event relates to a step that is, was or will be explored from the
// same state. Both kinds of wakeup trees (dpor_wakeup.hpp, dpor_shared.hpp) decide by this what need not be inserted.
#pragma once

#include "checker/dpor_trace.hpp"

#include <cstdint>

namespace checker {

/// A sequence of steps that could be taken instead of an event: events that do not follow from that one, and among them a
/// step that was taken after it, or could have been.
struct Reversal {
    std::uint32_t first = 0; ///< position of the event
    EventSet causes{};       ///< what comes before the step
    Step step{};
    Label label = untouching; ///< what the step touches there
    std::uint32_t second = 0; ///< its position, perhaps behind the end
    bool has_step = true;
    EventSet others{}; ///< what comes after it, or does not matter to it
    EventSet needed{}; ///< of the others, those that must not be left out
};

enum class Relation : std::uint8_t {
    conflicting, ///< with a step of the sequence, before itself
    member,      ///< the sequence can begin with it
    independent, ///< of all steps
};
struct Meeting {
    Relation relation = Relation::independent;
    std::uint32_t at = nowhere; ///< the position of the event that decides it
};

class Meetings {
public:
    Meetings(const Dependence& dependence, const EventTrace& trace) : dependence_(dependence), trace_(trace) {}

    Meeting meet(Step step, Label label, const Reversal& reversal) const;
    /// By which position of its events it is certain that the sequence and the step, which do not conflict, never will,
    /// however later events turn out: nowhere if it depends on them all.
    std::uint32_t certain_by(Step step, Label label, const Meeting& meeting, const Reversal& reversal) const {
        // A member stays one while its event stays. What is independent stays so too if its thread's event is none of the
        // sequence: what conflicts with that and comes later is none of the sequence either.
        return meeting.relation == Relation::member ? meeting.at
                                                    : trace_.first_following(reversal.first, step.thread, label);
    }
    /// The sequence without the event at this position, which is its first step.
    static void remove(Reversal& reversal, std::uint32_t position);
    /// The event at this position must not be left out, for it conflicts with what is explored elsewhere.
    static void note_needed(Reversal& reversal, std::uint32_t position) {
        if (position != reversal.second && reversal.others.has(position)) reversal.needed.add(position);
    }
    /// Calls `call(step, label, position)` for each step of the sequence, cut down to what is needed and what happened before that.
    template <class F>
    void for_each_needed(Reversal& reversal, F call) const {
        const auto call_with = [&](std::uint32_t at) { call(trace_[at].step, trace_[at].label, at); };
        reversal.causes.for_each(call_with);
        if (reversal.has_step) call(reversal.step, reversal.label, reversal.second);
        add_cut(reversal);
        reversal.needed.for_each(call_with);
    }

private:
    void add_cut(Reversal& reversal) const;

    const Dependence& dependence_;
    const EventTrace& trace_;
};

} // namespace checker
