// SPDX-License-Identifier: GPL-2.0-only
// What is to be explored from a state of the way here, and what need not be: wakeup trees and sleeping steps, after Abdulla,
// Aronis, Jonsson and Sagonas, "Source sets: a foundation for optimal dynamic partial order reduction", JACM 2017.
//
// A wakeup tree holds sequences of steps. A sequence is inserted only if no step that sleeps in the state is a first step of
// some schedule that goes on from the sequence; so whatever is explored after it is new. Sequences are cut down to what makes
// that certain: the rest is explored anyway.
#pragma once

#include "checker/dpor_meeting.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace checker {

/// A step that need not be taken in a state, for all that begins with it has been explored.
struct Sleeper {
    Step step{};
    Label label = untouching;
};

class WakeupTrees {
public:
    /// Names a list of branches that leave one state.
    using Branches = std::uint32_t;
    static constexpr Branches none = nowhere;

    struct Taken {
        Step step{};
        Label label = untouching;
        Branches after = none; ///< the branches of the state that the step leads to
    };

    explicit WakeupTrees(const Meetings& meetings) : meetings_(meetings) {}

    /// Inserts the sequence, unless all that begins with it is, or will be, explored; the sleeping steps have been looked at.
    /// Returns by which position of its events that is certain, however later events turn out: nowhere if it depends on
    /// them all. `reversal` is used up.
    std::uint32_t insert(Branches& branches, Reversal& reversal);
    /// Removes the first branch.
    Taken take(Branches& branches);

    std::uint64_t bytes() const { return nodes_.size() * sizeof(Node); }

private:
    struct Node {
        Step step{};
        Label label = untouching;
        Branches children = none;
        Branches next = none;
    };

    /// The branches that leave the node; without one, those that leave the state.
    Branches& list(Branches node, Branches& of_state) { return node == none ? of_state : nodes_[node].children; }
    std::uint32_t append(Branches parent, Branches& of_state, Reversal& reversal);
    Branches new_node(Step step, Label label);

    const Meetings& meetings_;
    std::vector<Node> nodes_;
    Branches free_ = none;
};

} // namespace checker
