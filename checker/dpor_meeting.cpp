// SPDX-License-Identifier: GPL-2.0-only
// What conflicts with a sequence of steps, and where; see dpor_meeting.hpp.
#include "checker/dpor_meeting.hpp"

#include <bit>

namespace checker {

/// What decides is the first of the sequence that is of the step's thread or in conflict with it.
Meeting Meetings::meet(Step step, Label label, const Reversal& reversal) const {
    const auto meet_event = [&](std::size_t word, Word hits) {
        const auto at = static_cast<std::uint32_t>(64 * word + static_cast<unsigned>(std::countr_zero(hits)));
        return Meeting{trace_[at].step == step ? Relation::member : Relation::conflicting, at};
    };
    Meeting other;
    for (std::size_t word = reversal.first / 64; word < reversal.causes.words(); ++word) {
        const Word causes = reversal.causes.word(word);
        const Word others = other.at == nowhere ? reversal.others.word(word) : 0;
        if ((causes | others) == 0) continue;
        const Word hits = trace_.in_conflict(step.thread, label, word);
        if ((causes & hits) != 0) return meet_event(word, causes & hits);
        if ((others & hits) != 0) other = meet_event(word, others & hits);
    }
    if (reversal.has_step) {
        if (reversal.step == step) return {Relation::member, reversal.second};
        if (reversal.step.thread == step.thread || dependence_.conflict(label, reversal.label))
            return {Relation::conflicting, reversal.second};
    }
    return other;
}

void Meetings::remove(Reversal& reversal, std::uint32_t position) {
    if (position == reversal.second) {
        reversal.has_step = false;
        return;
    }
    reversal.causes.remove(position);
    reversal.others.remove(position);
    reversal.needed.remove(position);
}

void Meetings::add_cut(Reversal& reversal) const {
    const EventSet wanted = reversal.needed;
    wanted.for_each([&](std::uint32_t event) {
        const Word* const past = trace_.past(event);
        for (std::size_t word = 0; word <= event / 64; ++word)
            reversal.needed.word(word) |= past[word] & reversal.others.word(word);
    });
}

} // namespace checker
