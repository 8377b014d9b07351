// SPDX-License-Identifier: GPL-2.0-only
// How much of a depth-first search with visited states is left.
//
// The share of the tree that is done, each branch weighing as much as its siblings (Knuth), says nothing here: the first branch
// of a node finds nearly all states, and the others find them known. So how large branches are is learned where nodes are
// done with: of all nodes whose first branch led to about so many new states, how many did the second, the third and so on
// lead to? From the deepest node up to the first one, that says what the untried branches will come to; a node whose first
// branch is not done counts with what that will have come to. bench/forecast_bench.cpp measures how good it is.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace checker {

class BranchSizes {
public:
    /// The `rank`-th branch of a node, from 2 on, has led to so many new states, and the first one to so many.
    void learn(std::uint64_t states_of_first, std::uint32_t rank, std::uint64_t states) {
        Sum& sum = sums_[row(rank)][static_cast<std::size_t>(std::bit_width(states_of_first))];
        sum.first += states_of_first;
        sum.others += states;
        ++sum.nodes;
    }
    /// What the `rank`-th branch is expected to lead to.
    double expected(double states_of_first, std::uint32_t rank) const {
        const auto whole = static_cast<std::uint64_t>(std::min(states_of_first, largest));
        const std::array<Sum, classes>& sums = sums_[row(rank)];
        // Where hardly any node has had so large a first branch, as those with smaller ones.
        for (auto size = static_cast<std::size_t>(std::bit_width(whole)) + 1; size-- > 0;)
            if (sums[size].nodes >= enough_nodes && sums[size].first > 0)
                return states_of_first * static_cast<double>(sums[size].others) / static_cast<double>(sums[size].first);
        return 0;
    }

private:
    struct Sum {
        std::uint64_t first = 0;
        std::uint64_t others = 0;
        std::uint64_t nodes = 0;
    };
    static constexpr std::size_t classes = 65; ///< of the first branch's size, by powers of two
    static constexpr std::uint32_t ranks = 4;  ///< the last stands for all further ones
    static constexpr std::uint64_t enough_nodes = 3;
    static constexpr double largest = 1e18;

    static std::size_t row(std::uint32_t rank) { return std::min(std::max(rank, 2U) - 2, ranks - 1); }

    std::array<std::array<Sum, classes>, ranks> sums_{};
};

/// The branches of one node, as the search takes them.
struct BranchCount {
    std::uint32_t taken = 0;           ///< begun
    std::uint64_t states_of_first = 0; ///< once that is done
    std::uint64_t states_before = 0;   ///< known when the branch that is being taken began

    /// The next branch begins, or there is none: what the one before has led to is known.
    void next(std::uint64_t states, BranchSizes& sizes) {
        if (taken == 1)
            states_of_first = states - states_before;
        else if (taken > 1)
            sizes.learn(states_of_first, taken, states - states_before);
        ++taken;
        states_before = states;
    }
    /// What this node will still lead to: `below` in the branch that is being taken, and `untried` further branches.
    double to_come(double below, std::uint32_t untried, std::uint64_t states, const BranchSizes& sizes) const {
        const double first =
            taken < 2 ? static_cast<double>(states - states_before) + below : static_cast<double>(states_of_first);
        double sum = below;
        for (std::uint32_t n = 1; n <= untried; ++n) sum += sizes.expected(first, taken + n);
        return sum;
    }
};

/// Makes an interval of the last estimates. It is wide, for a search may come to what is like nothing before.
class Forecast {
public:
    struct Interval {
        double least = 0; ///< seconds
        double most = 0;
    };

    /// To be told at each report of progress. None while there is nothing to go by.
    std::optional<Interval> update(std::uint64_t states, double states_to_come, double seconds) {
        if (!estimates_.empty() && states < estimates_.back().states) estimates_.clear(); // It has begun again.
        if (states_to_come <= 0 || seconds <= 0) return std::nullopt;
        estimates_.push_back({states, static_cast<double>(states) + states_to_come});
        while (estimates_.front().states < states / 2) estimates_.pop_front();
        const auto [least, most] = std::minmax_element(
            estimates_.begin(), estimates_.end(), [](const Estimate& a, const Estimate& b) { return a.all < b.all; });
        const double done = static_cast<double>(states);
        const double rate = done / seconds;
        return Interval{std::max(least->all - done, 0.0) / divisor / rate, (most->all - done) * factor / rate};
    }

private:
    // How often that is right: docs/PERFORMANCE.md.
    static constexpr double divisor = 4;
    static constexpr double factor = 2.5;

    struct Estimate {
        std::uint64_t states;
        double all;
    };
    std::deque<Estimate> estimates_; ///< made since there were half as many states as now
};

} // namespace checker
