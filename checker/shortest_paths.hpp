// SPDX-License-Identifier: GPL-2.0-only
// The nodes that the search for canonical counterexamples has reached: (state, last thread), each with the least cost at
// which it is reached and one way of getting there at that cost. Internal to counterexample.cpp and bounded.cpp.
#pragma once

#include "checker/hash.hpp"
#include "checker/search.hpp"

#include <cstdint>
#include <vector>

namespace checker {

class ShortestPaths {
public:
    using NodeId = std::uint32_t;
    static constexpr NodeId none = ~NodeId{0};

    struct Node {
        Hash128 key;          ///< of the state and the last thread
        NodeId parent = none; ///< where the way comes from; `none` for the root
        std::uint32_t switches = 0;
        std::uint32_t steps = 0;
        Step via{}; ///< the last step of the way
    };

    ShortestPaths() : table_(1024, none) {}

    /// The node for a state that was reached by a step of `last`.
    static Hash128 key_of(Hash128 fingerprint, ThreadId last) {
        fingerprint.absorb(last.index);
        return fingerprint;
    }

    NodeId find(const Hash128& key) const { return table_[slot_of(key)]; }
    /// Adds a node whose key is not there yet.
    NodeId add(const Node& node) {
        if (2 * (nodes_.size() + 1) > table_.size()) grow();
        const auto id = static_cast<NodeId>(nodes_.size());
        table_[slot_of(node.key)] = id;
        nodes_.push_back(node);
        return id;
    }

    Node& operator[](NodeId id) { return nodes_[id]; }
    const Node& operator[](NodeId id) const { return nodes_[id]; }
    NodeId size() const { return static_cast<NodeId>(nodes_.size()); }
    std::uint64_t bytes() const { return nodes_.capacity() * sizeof(Node) + table_.capacity() * sizeof(NodeId); }

    /// The nodes on the way to `id`, from the root to `id` itself.
    void path_to(NodeId id, std::vector<NodeId>& path) const {
        path.clear();
        for (NodeId at = id; at != none; at = nodes_[at].parent) path.push_back(at);
        for (std::size_t i = 0, j = path.size(); i + 1 < j; ++i) std::swap(path[i], path[--j]);
    }

private:
    /// Where the key is or would be.
    std::size_t slot_of(const Hash128& key) const {
        const std::size_t mask = table_.size() - 1;
        std::size_t slot = key.low & mask;
        while (table_[slot] != none && nodes_[table_[slot]].key != key) slot = (slot + 1) & mask;
        return slot;
    }
    void grow() {
        table_.assign(2 * table_.size(), none);
        for (NodeId id = 0; id < size(); ++id) table_[slot_of(nodes_[id].key)] = id;
    }

    std::vector<Node> nodes_;
    std::vector<NodeId> table_; ///< open addressing; a power of two
};

} // namespace checker
