// SPDX-License-Identifier: GPL-2.0-only
// The part of a partial-order reduction's wakeup trees that several workers share, and who works on what.
//
// A branch is explored by one worker, which keeps all that is behind it to itself (dpor_worker.hpp). Only if another worker
// has nothing to do, the first states behind the branch are shared too, with what is known to be explored from there. A
// worker that finds a race with a step on the way to its branch inserts the reversal here.
//
// Why that explores every trace, and none twice, in whatever order branches are explored: what has to be known of a branch is
// which branches of the same state come before it in the list, for these sleep while it is explored; and a list only grows at its
// end. A sequence is compared with those before the branch that it reverses as with sleeping steps, and inserted among those
// behind it, wherever they are being explored meanwhile. So the tree that there is in the end says all that a search by one
// worker would have to have done, and lists that tell earlier from later are all that its proof needs of the order of time.
#pragma once

#include "checker/dpor_dependence.hpp"
#include "checker/search.hpp"

#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <span>
#include <vector>

namespace checker {

/// Names a set of accesses to all workers; each has its own labels beside.
using SharedLabel = std::uint32_t;

struct SharedBranch {
    enum class State : std::uint8_t {
        pending, ///< the last step of a sequence, to be explored
        running, ///< and what comes after it is one worker's own
        inner,   ///< it has children
        done
    };

    Step step{};
    SharedLabel label = 0;
    SharedBranch* parent = nullptr;
    /// Whatever begins with this branch will be explored: nothing is inserted behind it but by those that explore it.
    bool covers_all = true;
    State state = State::done; ///< guarded by the lock
    std::atomic<bool> is_counted = false;
    std::atomic<SharedBranch*> next = nullptr; ///< of the same state, later
    std::atomic<SharedBranch*> children = nullptr;
};

class SharedBranches {
public:
    /// A branch to be explored, and how long the worker's way is with which the way there begins.
    struct Added {
        std::uint32_t common = 0;
        SharedBranch* branch = nullptr;
    };

    explicit SharedBranches(unsigned workers) : workers_(workers), pending_(workers) {}
    SharedBranches(const SharedBranches&) = delete;
    SharedBranches& operator=(const SharedBranches&) = delete;
    ~SharedBranches();

    /// Stands for the initial state. One worker has it, and everything behind it, at the beginning.
    SharedBranch& root() { return root_; }

    /// Whether somebody has nothing to do, and nothing is left for him.
    bool wants_work() const {
        return idle_.load(std::memory_order_relaxed) != 0 && pending_count_.load(std::memory_order_relaxed) == 0;
    }
    /// The worker has explored all that was its own of this branch (null: it had none). Gives it the one of those that it has
    /// added that leaves its way last, else one of another worker, else waits for one. Null if there is none left for anybody,
    /// or the search is over.
    SharedBranch* take(unsigned worker, SharedBranch* finished);
    /// The children of the branch, which was the caller's own, are shared from now on. `added` are among what is behind it.
    void share(unsigned worker, SharedBranch& branch, SharedBranch* children, std::span<const Added> added);
    /// To be called for the last branch of an inserted sequence.
    void add(unsigned worker, const Added& added);

    /// All workers are to end.
    void end();
    bool is_over() const { return is_over_.load(std::memory_order_relaxed); }
    /// Whether it is because everything is explored.
    bool is_complete();

    SharedLabel label_of(std::span<const Touched> accesses);
    std::vector<Touched> accesses(SharedLabel label);

    /// For those who report the progress of all.
    std::atomic<std::uint64_t> states = 0, transitions = 0;

private:
    SharedBranch* next_for(unsigned worker);
    void note_pending(unsigned worker, const Added& added);
    void forget_what_is_behind();
    static void delete_children(SharedBranch& branch);

    const unsigned workers_;
    std::mutex mutex_;
    std::condition_variable changed_;
    SharedBranch root_{.covers_all = true, .state = SharedBranch::State::running};
    /// All branches before this one are done, and nothing can be inserted there any more. Null: so are all.
    SharedBranch* first_left_ = &root_;
    /// By worker what it has added, by how much is common. When it turns to one of those that have most in common with its
    /// way, what is common with the rest stays the same.
    std::vector<std::multimap<std::uint32_t, SharedBranch*>> pending_;
    std::atomic<std::size_t> pending_count_ = 0;
    std::atomic<unsigned> idle_ = 0;
    std::atomic<bool> is_over_ = false;

    std::mutex naming_;
    std::map<std::vector<Touched>, SharedLabel> known_;
    std::vector<const std::vector<Touched>*> labels_;
};

} // namespace checker
