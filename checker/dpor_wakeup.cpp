// SPDX-License-Identifier: GPL-2.0-only
// Inserting into wakeup trees; see dpor_wakeup.hpp.
#include "checker/dpor_wakeup.hpp"

#include <algorithm>
#include <bit>

namespace checker {

/// What decides is the first of the sequence that is of the step's thread or in conflict with it.
WakeupTrees::Meeting WakeupTrees::meet(Step step, Label label, const Reversal& reversal) const {
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

void WakeupTrees::note_needed(Reversal& reversal, std::uint32_t position) {
    if (position != reversal.second && reversal.others.has(position)) reversal.needed.add(position);
}

void WakeupTrees::remove(Reversal& reversal, std::uint32_t position) {
    if (position == reversal.second) {
        reversal.has_step = false;
        return;
    }
    reversal.causes.remove(position);
    reversal.others.remove(position);
    reversal.needed.remove(position);
}

bool WakeupTrees::wakes(Reversal& reversal, Step step, Label label) const {
    const Meeting meeting = meet(step, label, reversal);
    if (meeting.relation != Relation::conflicting) return false;
    note_needed(reversal, meeting.at);
    return true;
}

/// A member stays one while its event stays. What is independent stays so too if its thread's event is none of the sequence:
/// what conflicts with that and comes later is none of the sequence either.
std::uint32_t WakeupTrees::certain_by(Step step, Label label, const Meeting& meeting, const Reversal& reversal) const {
    return meeting.relation == Relation::member ? meeting.at
                                                : trace_.first_following(reversal.first, step.thread, label);
}

std::uint32_t WakeupTrees::insert(std::span<const Sleeper> sleepers, Branches& branches, Reversal& reversal) {
    std::uint32_t certain = reversal.second;
    for (const Sleeper& sleeper : sleepers) {
        const Meeting meeting = meet(sleeper.step, sleeper.label, reversal);
        if (meeting.relation != Relation::conflicting)
            return std::max(certain, certain_by(sleeper.step, sleeper.label, meeting, reversal));
        note_needed(reversal, meeting.at);
    }
    for (Branches parent = none;;) {
        Branches into = none;
        for (Branches at = list(parent, branches); at != none && into == none; at = nodes_[at].next) {
            const Node& node = nodes_[at];
            const Meeting meeting = meet(node.step, node.label, reversal);
            if (meeting.relation == Relation::conflicting) {
                note_needed(reversal, meeting.at);
                continue;
            }
            into = at;
            certain = std::max(certain, certain_by(node.step, node.label, meeting, reversal));
            if (meeting.relation == Relation::member) remove(reversal, meeting.at);
        }
        if (into == none) return std::max(certain, append(parent, branches, reversal));
        if (nodes_[into].children == none) return certain; // All that begins with this branch will be explored.
        parent = into;
    }
}

/// Of the others, what is needed and what happened before that.
void WakeupTrees::add_cut(Reversal& reversal) const {
    const EventSet wanted = reversal.needed;
    wanted.for_each([&](std::uint32_t event) {
        const Word* const past = trace_.past(event);
        for (std::size_t word = 0; word <= event / 64; ++word)
            reversal.needed.word(word) |= past[word] & reversal.others.word(word);
    });
}

/// Returns the last position of what is appended.
std::uint32_t WakeupTrees::append(Branches parent, Branches& of_state, Reversal& reversal) {
    Branches first = none;
    Branches last = none;
    std::uint32_t last_position = 0;
    const auto add = [&](Step step, Label label, std::uint32_t position) {
        const Branches node = new_node(step, label);
        (last == none ? first : nodes_[last].children) = node;
        last = node;
        last_position = std::max(last_position, position);
    };
    reversal.causes.for_each([&](std::uint32_t at) { add(trace_[at].step, trace_[at].label, at); });
    if (reversal.has_step) add(reversal.step, reversal.label, reversal.second);
    add_cut(reversal);
    reversal.needed.for_each([&](std::uint32_t at) { add(trace_[at].step, trace_[at].label, at); });
    Branches* end = &list(parent, of_state);
    while (*end != none) end = &nodes_[*end].next;
    *end = first;
    return last_position;
}

WakeupTrees::Branches WakeupTrees::new_node(Step step, Label label) {
    Branches node = free_;
    if (node == none) {
        node = static_cast<Branches>(nodes_.size());
        nodes_.emplace_back();
    } else {
        free_ = nodes_[node].next;
    }
    nodes_[node] = {step, label, none, none};
    return node;
}

WakeupTrees::Taken WakeupTrees::take(Branches& branches) {
    const Branches first = branches;
    const Node node = nodes_[first];
    branches = node.next;
    nodes_[first].next = free_;
    free_ = first;
    return {node.step, node.label, node.children};
}

} // namespace checker
