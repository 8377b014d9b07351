// SPDX-License-Identifier: GPL-2.0-only
// Which step commutes with all that other threads may do before its thread moves on: the knowledge that merging of steps
// (stateful.cpp) goes by.
//
// A thread in local state `a` may step alone, without interleaving, if for every other thread, in local state `b`, nothing
// that it can do from `b` on conflicts with a's operation, as long as the first thread stays where it is. What it can do is
// read off its automaton, cut wherever it would have to take a lock that the first thread holds: so a critical section whose
// cells are touched under its lock alone is no interleaving point, and neither is a step on what no other thread can reach
// any more. Two steps that write to cells of one property conflict, for the property may see the state between them.
//
// All this is found out while searching: accesses as operations are performed, automata as threads are run. It is taken to
// be complete until more is seen; when that makes a decision wrong that was relied on (`refresh`), the search begins again and
// keeps what is known. So it ends with knowledge that every step of it agrees with; then nothing is missing: of a conflict
// that was overlooked, the first one on some path could be moved behind the step that was merged, and would have been seen
// there. More knowledge only ever means fewer independent pairs, so the order in which it comes makes no difference in the end.
//
// A lock counts as held by a thread from the step that takes it to the step that gives it back. One that some other step
// takes away (a page that is unlocked by its I/O, say) counts as held by nobody.
#pragma once

#include "checker/access.hpp"
#include "checker/search.hpp"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace checker {

struct Local;

/// What is decided about pairs (one local state, each other).
struct PairRow {
    explicit PairRow(std::size_t size) : decided(size) {}
    std::vector<std::atomic<std::uint8_t>> decided; ///< 0: not yet, else a PairDecision
};
enum class PairDecision : std::uint8_t { unknown, independent, dependent };

/// The part of a local state that Independence keeps there, because it is asked at every step.
struct LocalKnowledge {
    std::uint32_t index = 0;                    ///< dense, in order of discovery
    std::array<std::atomic<Word>, 8> digests{}; ///< of what its operation was seen to touch
    std::atomic<bool> changes_locks = false;    ///< without being a lock operation
    std::atomic<std::uint8_t> alone = 0;        ///< a PairDecision: whether its step may be merged at all
    std::atomic<PairRow*> row = nullptr;
};

class Independence {
public:
    Independence(const Program& program, const Reductions& reductions);

    bool is_wanted() const { return wanted_; }

    // Discovery, by Automata.
    void add_local(Local& local, bool is_initial);
    void add_edge(const Local& from, Word result, const Local& to);

    // Observation, by executions.

    /// The bits of a cell that belong to locks.
    Word lock_bits(CellId cell) const { return lock_bits_[cell.index]; }
    static bool has_observed(const Local& at, Word digest);
    struct LockChange {
        CellId cell;
        Word taken = 0;
        Word released = 0;
    };
    /// The operation of `at` touched these cells, changed these lock bits and returned `result`. `digest` is a hash of the
    /// cells, of the changes and, where there are any, of the result; it is not 0.
    void observe(Local& at, Word result, Word digest, const AccessRecorder& recorder,
                 const std::vector<LockChange>& changes);

    /// Whether the step of `a` may be merged at all. One that may begin another round of a retry loop may not, so that nobody
    /// is put off for ever.
    bool may_be_merged(LocalKnowledge& a) {
        const auto decision = static_cast<PairDecision>(a.alone.load(std::memory_order_relaxed));
        return decision == PairDecision::unknown ? decide(a) : decision == PairDecision::independent;
    }
    /// Whether the operation of `a` commutes with everything that another thread, in `b`, can do while a's thread stays.
    bool are_independent(LocalKnowledge& a, const LocalKnowledge& b) {
        const PairRow* const row = a.row.load(std::memory_order_acquire);
        if (row != nullptr && b.index < row->decided.size()) [[likely]] {
            const auto decision = static_cast<PairDecision>(row->decided[b.index].load(std::memory_order_relaxed));
            if (decision != PairDecision::unknown) return decision == PairDecision::independent;
        }
        return decide(a, b);
    }

    /// Whether something was found out since the last refresh.
    bool is_stale() const { return stale_.load(std::memory_order_relaxed); }
    /// Checks all decisions against all that is known by now. Returns whether one that was relied on was wrong. No other
    /// thread may use this object meanwhile.
    bool refresh();

private:
    using Bits = std::vector<Word>;
    using AccessId = std::uint32_t;
    /// Locks, each 2 * its number + 1 if it is held exclusively; sorted.
    using Held = std::vector<std::uint32_t>;

    struct Effect {
        Word result = 0;
        Held taken;                          ///< whenever this result was returned
        std::vector<std::uint32_t> released; ///< at least once; numbers of locks
    };
    struct Edge {
        Word result = 0;
        std::uint32_t to = 0;
    };
    struct Info {
        Local* local = nullptr;
        bool is_initial = false;
        bool is_on_cycle = false;
        bool has_held = false;
        Held held;
        std::vector<AccessId> accesses;
        std::vector<Edge> edges;
        std::vector<Effect> effects; ///< of operations whose effect on locks was observed
    };
    struct Future {
        bool is_known = false;
        Word written_properties = 0;
        Bits accesses;
    };
    using Futures = std::vector<Future>; ///< by local state

    /// What there is to know of one local state to compare it with many others.
    struct Mover {
        Held held;
        Futures* futures;
        Bits conflicts;
        Word written_properties;
    };

    bool decide(LocalKnowledge& a);
    bool decide(LocalKnowledge& a, const LocalKnowledge& b);
    Mover mover(std::uint32_t a);
    bool is_independent(const Mover& a, std::uint32_t b);
    static bool may_be_merged(const Info& a);
    void set_decision(LocalKnowledge& a, std::uint32_t b, PairDecision decision);

    void add_access(Info& info, const Access& access);
    AccessId id_of(const Access& access);
    int lock_at(CellId cell, Word mask) const;
    Held held_after(const Info& from, Word result);
    void note_foreign_write(const Operation& op);
    Held owned(const Held& held) const;
    Futures& futures_of(const Held& held);
    const Future& future(Futures& futures, const Held& held, std::uint32_t local);
    void compute_all(Futures& futures, const Held& held);
    bool join(Future& into, const Future& from) const;
    void add_own(Future& into, const Info& info) const;
    bool is_blocked(const Info& info, const Held& held) const;
    bool can_return(const Info& info, Word result, const Held& held) const;
    void find_cycles();
    void find_held();

    const bool wanted_;
    const bool commuting_;
    std::vector<Mutex> locks_;
    std::vector<Word> lock_bits_; ///< by cell
    std::vector<Word> watchers_;  ///< by cell: the properties that are to be evaluated when it changes
    std::vector<bool> is_shared_; ///< by lock: it was released by a thread that had not taken it
    mutable std::mutex mutex_;
    std::atomic<bool> stale_ = false;
    std::vector<Info> infos_;
    std::vector<Access> accesses_;
    std::vector<Bits> conflicts_; ///< by access: the accesses that it conflicts with
    std::map<Held, Futures> futures_;
    std::vector<std::unique_ptr<PairRow>> rows_;
    std::vector<std::uint32_t> reached_; ///< scratch of `future`
};

} // namespace checker
