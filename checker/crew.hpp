// SPDX-License-Identifier: GPL-2.0-only
// Several workers on one depth-first search: who has nothing left to do is given a part of another's stack, and now and then
// one of them needs all others to stand still.
#pragma once

#include "checker/forecast.hpp"
#include "checker/search.hpp"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

namespace checker {

/// Where a search has come and what it does there. Steps that were merged have no node.
struct SearchNode {
    std::size_t depth;       ///< of the execution
    std::size_t kept_depth;  ///< of the last state on the way here that was kept
    Word to_try;             ///< threads not tried yet
    std::uint32_t choice;    ///< how many values of the thread being tried are done
    std::uint32_t choices;   ///< of how many
    std::uint32_t first = 0; ///< which value comes first, for shuffled orders
    ThreadId thread{};       ///< being tried
    BranchCount branches{};  ///< where somebody wants to know how much is left
    // In the worker's list of fingerprints that it has looked ahead to; equal where it did not.
    std::uint32_t next_ahead = 0; ///< that of the next step
    std::uint32_t end_ahead = 0;
};

/// What has been done about the state where a search stands.
enum class Arrival : std::uint8_t {
    settled,   ///< all: to be gone on from the last node
    unsettled, ///< its properties were looked at: it may be new
    kept       ///< it is new, and was kept in the table, but not counted
};

/// A part of the search: what is left to try in states on the way of a schedule.
struct WorkItem {
    Schedule schedule;
    std::vector<SearchNode> nodes;
    Arrival arrival = Arrival::settled; ///< where the schedule ends
};

class Crew {
public:
    explicit Crew(unsigned workers) : workers_(workers) {}

    /// To be called often. Says whether to go on; stands still meanwhile if somebody asked for that.
    bool goes_on() {
        if (is_pausing_.load(std::memory_order_relaxed)) [[unlikely]]
            stand_still();
        return !is_over_.load(std::memory_order_relaxed);
    }
    /// Runs `task` while all other workers stand still. Does nothing if another one did so in the meantime: the caller looks
    /// again.
    void alone(const std::function<void()>& task);

    bool is_anybody_idle() const { return idle_.load(std::memory_order_relaxed) != 0; }
    void give(WorkItem item);
    /// Waits for work. Returns false when there is none left for anybody, or the search is over.
    bool take(WorkItem& item);

    /// What nobody has taken. Only while all others stand still, or are gone.
    const std::deque<WorkItem>& items() const { return items_; }

    /// All workers are to end.
    void end();
    /// This worker has ended, and need not be waited for.
    void leave();

private:
    void stand_still();

    const unsigned workers_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<WorkItem> items_;
    unsigned standing_ = 0; ///< idle or asked to stand still
    std::atomic<unsigned> idle_ = 0;
    std::atomic<bool> is_pausing_ = false;
    std::atomic<bool> is_over_ = false;
};

} // namespace checker
