// SPDX-License-Identifier: GPL-2.0-only
// Inserting into wakeup trees; see dpor_wakeup.hpp.
#include "checker/dpor_wakeup.hpp"

#include <algorithm>

namespace checker {

std::uint32_t WakeupTrees::insert(Branches& branches, Reversal& reversal) {
    std::uint32_t certain = reversal.second;
    for (Branches parent = none;;) {
        Branches into = none;
        for (Branches at = list(parent, branches); at != none && into == none; at = nodes_[at].next) {
            const Node& node = nodes_[at];
            const Meeting meeting = meetings_.meet(node.step, node.label, reversal);
            if (meeting.relation == Relation::conflicting) {
                Meetings::note_needed(reversal, meeting.at);
                continue;
            }
            into = at;
            certain = std::max(certain, meetings_.certain_by(node.step, node.label, meeting, reversal));
            if (meeting.relation == Relation::member) Meetings::remove(reversal, meeting.at);
        }
        if (into == none) return std::max(certain, append(parent, branches, reversal));
        if (nodes_[into].children == none) return certain; // All that begins with this branch will be explored.
        parent = into;
    }
}

/// Returns the last position of what is appended.
std::uint32_t WakeupTrees::append(Branches parent, Branches& of_state, Reversal& reversal) {
    Branches first = none;
    Branches last = none;
    std::uint32_t last_position = 0;
    meetings_.for_each_needed(reversal, [&](Step step, Label label, std::uint32_t position) {
        const Branches node = new_node(step, label);
        (last == none ? first : nodes_[last].children) = node;
        last = node;
        last_position = std::max(last_position, position);
    });
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
