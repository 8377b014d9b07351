// SPDX-License-Identifier: GPL-2.0-only
// The unreduced graph of a program's states, whole in memory: every state, every step. Built by a search, then only read.
#pragma once

#include "checker/hash.hpp"
#include "checker/search.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace checker {

class StateGraph {
public:
    using Id = std::uint32_t;
    static constexpr Id none = ~Id{0};

    struct Edge {
        Id to;
        Step step;
    };

    StateGraph() : table_(1024, none) {}

    // Building it.

    /// The state's id, and whether it is new. The first one is where everything begins.
    std::pair<Id, bool> add(const Hash128& fingerprint) {
        if (2 * (states_.size() + 1) > table_.size()) grow();
        Id& slot = table_[slot_of(fingerprint)];
        if (slot != none) return {slot, false};
        slot = static_cast<Id>(states_.size());
        states_.push_back({fingerprint, 0, false});
        return {slot, true};
    }
    /// `has_failed`: some thread has failed an assertion.
    void describe(Id state, Word enabled, bool has_failed) {
        states_[state].enabled = enabled;
        states_[state].has_failed = has_failed;
    }
    /// A state's steps are connected in (thread, choice) order.
    void connect(Id from, Step step, Id to) { found_.push_back({from, to, step}); }
    /// No more is added: the edges are put in order.
    void finish() {
        first_.assign(states_.size() + 1, 0);
        for (const FoundEdge& edge : found_) ++first_[edge.from + 1];
        for (std::size_t id = 1; id < first_.size(); ++id) first_[id] += first_[id - 1];
        edges_.resize(found_.size());
        std::vector<std::size_t> next(first_.begin(), first_.end() - 1);
        for (const FoundEdge& edge : found_) edges_[next[edge.from]++] = {edge.to, edge.step};
        found_ = {};
        table_ = {};
    }

    // Reading it.

    Id size() const { return static_cast<Id>(states_.size()); }
    Word enabled(Id state) const { return states_[state].enabled; }
    bool has_failed(Id state) const { return states_[state].has_failed; }
    std::span<const Edge> edges(Id state) const {
        return {edges_.data() + first_[state], edges_.data() + first_[state + 1]};
    }

    /// What it takes now, with what it will take to be finished and searched.
    std::uint64_t bytes() const {
        return states_.capacity() * (sizeof(State) + 2 * sizeof(std::size_t) + 10 * sizeof(Id)) +
               table_.capacity() * sizeof(Id) + found_.capacity() * sizeof(FoundEdge) + found_.size() * sizeof(Edge) +
               edges_.capacity() * sizeof(Edge);
    }

private:
    struct State {
        Hash128 fingerprint;
        Word enabled;
        bool has_failed;
    };
    struct FoundEdge {
        Id from;
        Id to;
        Step step;
    };

    std::size_t slot_of(const Hash128& fingerprint) const {
        const std::size_t mask = table_.size() - 1;
        std::size_t slot = fingerprint.low & mask;
        while (table_[slot] != none && states_[table_[slot]].fingerprint != fingerprint) slot = (slot + 1) & mask;
        return slot;
    }
    void grow() {
        table_.assign(2 * table_.size(), none);
        for (Id id = 0; id < size(); ++id) table_[slot_of(states_[id].fingerprint)] = id;
    }

    std::vector<State> states_;
    std::vector<Id> table_; ///< open addressing; a power of two
    std::vector<FoundEdge> found_;
    std::vector<std::size_t> first_; ///< of each state's edges, and at last their number
    std::vector<Edge> edges_;
};

} // namespace checker
