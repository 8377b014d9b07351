// SPDX-License-Identifier: GPL-2.0-only
// What a worker of a stateful search leaves to be gone on with, and going on with it. Included by stateful_worker.hpp.
#pragma once

#include "checker/stateful_worker.hpp"

namespace checker {

/// All that is left of its part. Only while it stands still, or is done.
template <Execution E>
std::optional<WorkItem> StatefulWorker<E>::left() const {
    if (arrival_ != Arrival::settled) return WorkItem{path_, nodes_, arrival_};
    if (nodes_.empty()) return std::nullopt;
    // What was done after the last node is done with.
    const auto end = path_.begin() + static_cast<std::ptrdiff_t>(nodes_.back().depth);
    return WorkItem{Schedule(path_.begin(), end), nodes_};
}

/// Whether the item is of this program: its steps can be taken, and the table has the states on the way that it goes on from.
template <Execution E>
bool StatefulWorker<E>::fits(const WorkItem& item) {
    while (execution_.depth() > 0) execution_.undo();
    std::size_t node = 0;
    for (std::size_t done = 0;; ++done) {
        for (; node < item.nodes.size() && item.nodes[node].depth == done; ++node)
            if (!fits_here(item.nodes[node])) return false;
        if (done == item.schedule.size()) break;
        const auto [thread, choice] = item.schedule[done];
        if (!is_enabled_here(thread) || choice >= execution_.choices(thread)) return false;
        execution_.step(item.schedule[done]);
        if (!execution_.error().empty()) return false;
    }
    if (node != item.nodes.size()) return false;
    if (item.arrival == Arrival::settled) return node != 0 && item.nodes.back().depth == item.schedule.size();
    return item.arrival == Arrival::unsettled || visited_.contains(execution_.fingerprint());
}

template <Execution E>
bool StatefulWorker<E>::is_enabled_here(ThreadId thread) {
    return thread.index < program_.threads().size() && (execution_.enabled() >> thread.index & 1) != 0;
}

template <Execution E>
bool StatefulWorker<E>::fits_here(const SearchNode& node) {
    if ((node.to_try & ~execution_.enabled()) != 0 || node.choice > node.choices) return false;
    // A thread is being tried, or none was yet.
    if (node.choices != 0 && (!is_enabled_here(node.thread) || node.choices != execution_.choices(node.thread)))
        return false;
    return node.first <= node.choices && visited_.contains(execution_.fingerprint());
}

/// Takes over the counts and findings of a search that this one goes on with.
template <Execution E>
void StatefulWorker<E>::restore(const Checkpoint& checkpoint) {
    now_.states = checkpoint.counts.states;
    now_.transitions = checkpoint.counts.transitions;
    executions_ = checkpoint.counts.executions;
    max_depth_ = checkpoint.counts.max_depth;
    gains_ = checkpoint.counts.gains;
    findings_.restore(checkpoint.violations, checkpoint.final_states, checkpoint.reached);
    execution_.ignore(findings_.known_properties());
}

} // namespace checker
