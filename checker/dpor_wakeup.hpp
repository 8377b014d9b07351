// SPDX-License-Identifier: GPL-2.0-only
// What is to be explored from a state of the way here, and what need not be: wakeup trees and sleeping steps, after Abdulla,
// Aronis, Jonsson and Sagonas, "Source sets: a foundation for optimal dynamic partial order reduction", JACM 2017.
//
// A wakeup tree holds sequences of steps. A sequence is inserted only if no step that sleeps in the state is a first step of
// some schedule that goes on from the sequence; so whatever is explored after it is new. Sequences are cut down to what makes
// that certain: the rest is explored anyway.
#pragma once

#include "checker/dpor_trace.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace checker {

/// A step that need not be taken in a state, for all that begins with it has been explored.
struct Sleeper {
    Step step{};
    Label label = untouching;
};

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

    WakeupTrees(const Dependence& dependence, const EventTrace& trace) : dependence_(dependence), trace_(trace) {}

    /// Inserts the sequence, unless all that begins with it is, or will be, explored. Returns by which position of its events
    /// that is certain, however later events turn out: nowhere if it depends on them all. `reversal` is used up.
    std::uint32_t insert(std::span<const Sleeper> sleepers, Branches& branches, Reversal& reversal);
    /// Whether a step of the sequence is in conflict with this step, which may else as well come first. If so it is needed.
    bool wakes(Reversal& reversal, Step step, Label label) const;
    /// Removes the first branch.
    Taken take(Branches& branches);

    std::uint64_t bytes() const { return nodes_.size() * sizeof(Node); }

private:
    enum class Relation : std::uint8_t {
        conflicting, ///< with a step of the sequence, before itself
        member,      ///< the sequence can begin with it
        independent, ///< of all steps
    };
    struct Meeting {
        Relation relation = Relation::independent;
        std::uint32_t at = nowhere; ///< the position of the event that decides it
    };
    struct Node {
        Step step{};
        Label label = untouching;
        Branches children = none;
        Branches next = none;
    };

    Meeting meet(Step step, Label label, const Reversal& reversal) const;
    static void note_needed(Reversal& reversal, std::uint32_t position);
    static void remove(Reversal& reversal, std::uint32_t position);
    std::uint32_t certain_by(Step step, Label label, const Meeting& meeting, const Reversal& reversal) const;
    /// The branches that leave the node; without one, those that leave the state.
    Branches& list(Branches node, Branches& of_state) { return node == none ? of_state : nodes_[node].children; }
    std::uint32_t append(Branches parent, Branches& of_state, Reversal& reversal);
    void add_cut(Reversal& reversal) const;
    Branches new_node(Step step, Label label);

    const Dependence& dependence_;
    const EventTrace& trace_;
    std::vector<Node> nodes_;
    Branches free_ = none;
};

} // namespace checker
