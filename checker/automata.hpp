// SPDX-License-Identifier: GPL-2.0-only
// Interned local automata: what a thread does next depends on its local state and on the result of its operation alone, and
// there are few local states. Each is kept once, with the operation that it announces; the edge (local state, result) ->
// local state is found by running the thread on its fiber the first time it is needed, and looked up ever after. Threads
// that are alike share their local states.
//
// Local states are told apart as fingerprints tell them apart: by what the thread has observed (frame.hpp), its announced
// operation and the depth of its stack. A `forget` that leaves out a live value is as wrong here as it is there.
//
// One set of automata serves any number of executions, on any number of processors: looking up takes no lock.
#pragma once

#include "checker/cell_effect.hpp"
#include "checker/chunked_array.hpp"
#include "checker/edge_table.hpp"
#include "checker/independence.hpp"
#include "checker/machine.hpp"

#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace checker {

/// What a thread is between two of its steps. Stays as it is once it is interned; only what is known about it grows. There may
/// be more of them than fit into a processor's caches, so a step reads three cache lines of them: what happens to the cell, the
/// edges, and the beginning of the state that these lead to.
struct alignas(64) Local {
    EdgeTable<Local> edges;
    CellEffect effect; ///< of the announced operation
    LocalState state;
    ThreadId owner{};                 ///< the first of the threads that share it
    LocalKnowledge knowledge;         ///< for partial-order reduction
    const std::byte* image = nullptr; ///< of the stack; null where stacks cannot be restored
    /// How it was reached for the first time; null: it is the first.
    const Local* parent = nullptr;
    Word told = 0;            ///< the result that led here from there
    std::uint32_t number = 0; ///< in the order in which they were found
};

/// That a thread was told `result` in a local state, and run on.
struct LearnedEdge {
    std::uint32_t from = 0; ///< the number of the local state
    Word result = 0;
    auto operator<=>(const LearnedEdge&) const = default;
};

class Automata {
public:
    /// `reductions.merge`: what operations touch is noted, for Independence.
    Automata(const Program& program, const MachineSettings& settings, const Reductions& reductions);

    /// One a thread.
    const std::vector<Local*>& initial() const { return initial_; }

    /// Where the thread goes from `from` when it is told `result`, which was not known yet when the caller asked. What is
    /// found wrong with the program goes to `asking`.
    Local& learn(Local& from, Word result, Machine& asking);

    /// In the order in which they were learned. Only while nobody learns.
    const std::vector<LearnedEdge>& learned() const { return learned_; }
    /// Learns what others of the same program have learned, in their order. Returns whether that fits together.
    bool learn_again(const std::vector<LearnedEdge>& edges);
    /// Of all local states: what threads do there and have observed.
    Hash128 digest() const;

    const Machine& machine() const { return machine_; }
    Independence& independence() { return independence_; }
    const Independence& independence() const { return independence_; }
    std::uint64_t local_states() const { return locals_.size(); }
    /// How often a thread was run on its fiber, from one of its operations to the next.
    std::uint64_t fiber_runs() const { return fiber_runs_; }

private:
    struct HashOfHash {
        std::size_t operator()(const Hash128& hash) const { return static_cast<std::size_t>(hash.low); }
    };
    using Interned = std::unordered_map<Hash128, Local*, HashOfHash>;

    Local& intern(Local& fresh);
    Local& new_local(ThreadId owner);
    void bring_stack_to(const Local& local);
    void save_stack(Local& local);
    void run_again(const Local& local);

    std::mutex learning_;
    Machine machine_; ///< runs the threads; its cells are of no account
    Independence independence_;
    std::vector<Local*> initial_;
    ChunkedArray<Local> locals_;
    std::vector<LearnedEdge> learned_;
    std::vector<Interned> interned_;        ///< by owner
    std::vector<const Local*> stack_is_of_; ///< by owner: which local state the fiber's stack shows
    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::size_t chunk_left_ = 0;
    LocalState on_the_way_; ///< of a thread that is run again
    std::uint64_t fiber_runs_ = 0;
};

} // namespace checker
