// SPDX-License-Identifier: GPL-2.0-only
// The edges that leave a local state, by the result that takes them. Many read, one at a time adds; nothing is removed.
#pragma once

#include "checker/hash.hpp"
#include "checker/ids.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <vector>

namespace checker {

template <class Node>
class EdgeTable {
public:
    /// Null if this result was never seen here.
    Node* after(Word result) const {
        for (const Edge& edge : few_) {
            Node* const to = edge.to.load(std::memory_order_acquire);
            if (to == nullptr) return nullptr;
            if (edge.result == result) return to;
        }
        const Table* const many = many_.load(std::memory_order_acquire);
        return many == nullptr ? nullptr : many->find(result);
    }
    /// `result` is not there yet.
    void add(Word result, Node* to) {
        for (Edge& edge : few_) {
            if (edge.to.load(std::memory_order_relaxed) == nullptr) return edge.fill(result, to);
        }
        if (tables_.empty() || tables_.back()->is_full()) grow();
        tables_.back()->add(result, to);
    }
    /// Calls `visit(Word result, Node& to)` for each.
    template <class Visit>
    void for_each(Visit visit) const {
        for (const Edge& edge : few_) edge.show(visit);
        if (tables_.empty()) return;
        for (const Edge& edge : tables_.back()->edges) edge.show(visit);
    }

private:
    struct Edge {
        Word result = 0;
        std::atomic<Node*> to = nullptr;

        void fill(Word with, Node* target) {
            result = with;
            to.store(target, std::memory_order_release);
        }
        template <class Visit>
        void show(Visit visit) const {
            if (Node* const target = to.load(std::memory_order_acquire)) visit(result, *target);
        }
    };
    /// Open addressing, at most half full. A power of two of edges.
    struct Table {
        explicit Table(std::size_t size) : edges(size) {}

        Node* find(Word result) const {
            for (std::size_t at = mix(result);; ++at) {
                const Edge& edge = edges[at & (edges.size() - 1)];
                Node* const to = edge.to.load(std::memory_order_acquire);
                if (to == nullptr || edge.result == result) return to;
            }
        }
        void add(Word result, Node* to) {
            std::size_t at = mix(result);
            while (edges[at & (edges.size() - 1)].to.load(std::memory_order_relaxed) != nullptr) ++at;
            edges[at & (edges.size() - 1)].fill(result, to);
            ++used;
        }
        bool is_full() const { return used * 2 >= edges.size(); }

        std::vector<Edge> edges;
        std::size_t used = 0;
    };

    void grow() {
        constexpr std::size_t first_size = 8;
        auto larger = std::make_unique<Table>(tables_.empty() ? first_size : 2 * tables_.back()->edges.size());
        if (!tables_.empty())
            for (const Edge& edge : tables_.back()->edges)
                edge.show([&](Word result, Node& to) { larger->add(result, &to); });
        tables_.push_back(std::move(larger));
        many_.store(tables_.back().get(), std::memory_order_release);
    }

    std::array<Edge, 2> few_{}; ///< most operations have one result or two
    std::atomic<Table*> many_ = nullptr;
    std::vector<std::unique_ptr<Table>> tables_; ///< the last is in use; others may still be read
};

} // namespace checker
