// SPDX-License-Identifier: GPL-2.0-only
// Interned local automata: search without fibers. What a thread does next depends on its local state and on the result of its
// operation alone, and there are few local states. Each is kept once, with the operation that it announces; the edge (local
// state, result) -> local state is found by running the thread on its fiber the first time it is needed, and looked up ever
// after. A state of the program is then the cells and one local state a thread, and going back is a pointer's assignment.
//
// Local states are told apart as fingerprints tell them apart: by what the thread has observed (frame.hpp), its announced
// operation and the depth of its stack. A `forget` that leaves out a live value is as wrong here as it is there.
#pragma once

#include "checker/execution.hpp"

#include <array>
#include <cstdlib>
#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

namespace checker {

class AutomataExecution {
public:
    AutomataExecution(const Program& program, const MachineSettings& settings);

    [[gnu::always_inline]] void step(Step step) {
        this->step(step, [] {});
    }
    /// See Machine::step.
    template <class F>
    [[gnu::always_inline]] void step(Step step, F before_properties) {
        const std::size_t thread = step.thread.index;
        Local& now = *now_[thread];
        Cells& cells = machine_.cells();
        undo_log_.push_back({cells.log_position(), cells.hash(), &now});
        const Word result = machine_.perform_announced(step);
        Local* next = now.after(result);
        if (next == nullptr) [[unlikely]]
            next = &learn(thread, now, result);
        now_[thread] = next;
        machine_.enter(step.thread, next->state, before_properties);
    }
    void undo() {
        const UndoRecord& last = undo_log_.back();
        machine_.cells().rewind(last.log_position, last.cells_hash);
        const ThreadId thread = last.left->thread;
        now_[thread.index] = last.left;
        machine_.put_back(thread, last.left->state);
        undo_log_.pop_back();
    }

    Word enabled() const { return machine_.enabled(); }
    std::uint32_t choices(ThreadId thread) const { return machine_.choices(thread); }
    const Operation& pending(ThreadId thread) const { return machine_.pending(thread); }
    ThreadStatus status(ThreadId thread) const { return machine_.status(thread); }
    Ending ending() const { return machine_.ending(); }
    Word violated_at_end() { return machine_.violated_at_end(); }
    Hash128 fingerprint() const { return machine_.fingerprint(); }
    View view() const { return machine_.cells().view(); }
    std::size_t depth() const { return undo_log_.size(); }
    const Raised& raised() const { return machine_.raised(); }
    const std::string& error() const { return machine_.error(); }
    bool is_out_of_room() const { return machine_.is_out_of_room(); }
    void ignore(Word properties) { machine_.ignore(properties); }

    const Machine& machine() const { return machine_; }
    /// How many local states are known, of all threads.
    std::uint64_t local_states() const { return locals_.size(); }
    /// How often a thread was run on its fiber, from one of its operations to the next.
    std::uint64_t fiber_runs() const { return fiber_runs_; }

private:
    struct Local {
        /// Null if this result was never seen here.
        Local* after(Word result) const {
            for (const Edge& edge : few) {
                if (edge.to == nullptr) return nullptr;
                if (edge.result == result) return edge.to;
            }
            return after_one_of_many(result);
        }
        Local* after_one_of_many(Word result) const;
        void add_edge(Word result, Local* to);

        struct Edge {
            Word result = 0;
            Local* to = nullptr;
        };
        std::array<Edge, 2> few{};                              ///< most operations have one result or two
        std::unique_ptr<std::unordered_map<Word, Local*>> many; ///< the other edges
        LocalState state;
        ThreadId thread{};
        const std::byte* image = nullptr; ///< of the stack; null where stacks cannot be restored
        /// How it was reached for the first time; null: it is the first.
        const Local* parent = nullptr;
        Word told = 0; ///< the result that led here from there
    };
    struct UndoRecord {
        std::size_t log_position;
        Hash128 cells_hash;
        Local* left;
    };
    struct HashOfHash {
        std::size_t operator()(const Hash128& hash) const { return static_cast<std::size_t>(hash.low); }
    };
    using Interned = std::unordered_map<Hash128, Local*, HashOfHash>;

    Local& learn(std::size_t thread, Local& from, Word result);
    Local& intern(Local& fresh);
    Local& new_local(std::size_t thread);
    void bring_stack_to(const Local& local);
    void save_stack(Local& local);
    void run_again(const Local& local);

    Machine machine_;
    std::vector<Local*> now_;
    std::vector<UndoRecord> undo_log_;
    std::deque<Local> locals_;
    std::vector<Interned> interned_;        ///< by thread
    std::vector<const Local*> stack_is_of_; ///< by thread: which local state the fiber's stack shows
    std::vector<std::unique_ptr<std::byte[]>> chunks_;
    std::size_t chunk_left_ = 0;
    LocalState on_the_way_; ///< of a thread that is run again
    std::uint64_t fiber_runs_ = 0;
};

static_assert(Execution<AutomataExecution>);

} // namespace checker
