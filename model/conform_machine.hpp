// SPDX-License-Identifier: GPL-2.0-only
// The model driven as the interpreter drove the real machine: one operation of one actor runs while all others stand still.
// Nothing is explored and nothing is undone.
#pragma once

#include "checker/machine.hpp"
#include "model/conform_trace.hpp"
#include "model/task.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace model {

/// One life of a page frame, from its allocation to its free. None: no frame.
struct PageLife {
    PageId page;
    unsigned life = 0;
    bool operator==(const PageLife&) const = default;
};

/// What the model's address under test looks like to one process, in the terms of SeenPte.
struct ModelPte {
    PteKind kind = PteKind::none;
    PageLife page;
    bool writable = false, soft_dirty = false, swp_exclusive = false;
    bool swapcache = false, writeback = false, anon_exclusive = false;
    Word mapcount = 0, refcount = 0;
};

class ForcedMachine {
public:
    struct Settings {
        Rules rules;
        TraceSwap swap = TraceSwap::nvme;
        std::uint8_t units = 1;
        std::string stops_at; ///< T stops at the entry of this function, whenever it is told to stop; "": nowhere
    };

    /// Processes P, C (forked from P) and D (forked from C), a thread T of P, one page at one address, one swap device.
    explicit ForcedMachine(const Settings& settings);
    ForcedMachine(const ForcedMachine&) = delete;
    ForcedMachine& operator=(const ForcedMachine&) = delete;
    ~ForcedMachine();

    enum class Outcome : std::uint8_t {
        done,
        stopped, ///< at the entry of Settings::stops_at
        blocked, ///< for ever: nobody who may run would let it go on
        failed,  ///< an assertion of the model failed, or a signal killed the actor
    };
    struct Ran {
        Outcome outcome = Outcome::done;
        std::string why;       ///< of `blocked` and `failed`
        Word value = no_value; ///< what an operation that reads has read
    };
    static constexpr Word no_value = 0x100;

    /// Runs `op` to its end.
    Ran run(TraceActor actor, const Op& op) { return run(static_cast<std::size_t>(actor), op, false); }
    /// Runs T's `op` until T stops or is at its end; then `go_on` runs it to its end.
    Ran run_to_stop(const Op& op) { return run(static_cast<std::size_t>(TraceActor::T), op, true); }
    Ran go_on() { return finish(static_cast<std::size_t>(TraceActor::T), false); }
    bool is_busy(TraceActor actor) const;
    /// kswapd's, memory-cgroup reclaim's part: one pass over `page`, if it is on the LRU.
    Ran reclaim_pass(PageLife page);
    /// Empties the LRU batches of all CPUs, as lru_add_drain_all() does.
    Ran drain_all();
    /// Lets the swap device finish what it has to write.
    Ran settle();
    /// Lets the O_DIRECT device do its part, to the end.
    Ran complete_dio();

    ModelPte look(TraceActor actor) const;
    bool is_alive(TraceActor actor) const;
    bool is_alive(PageLife page) const;
    /// Whether `earlier` was free by the time `later` was allocated, so that both may be one frame.
    bool was_free_before(PageLife earlier, PageLife later) const;
    bool dio_is_idle() const;
    /// The page that a reference holds.
    PageLife held(RefId ref) const;
    PageLife life_of(PageId page) const;
    Word refcount(PageLife page) const;
    bool is_in_lru_batch(PageLife page) const;

    static constexpr std::size_t slots = 16; ///< references of `take`; then come the pipe's and the O_DIRECT request's
    static constexpr RefId slot(unsigned n) { return RefId{static_cast<std::uint8_t>(n)}; }
    static constexpr RefId pipe{slots};
    static constexpr RefId dio{slots + 1};
    static constexpr IoId dio_request{0};

private:
    /// What an actor is told to do. It reads this when its cell says so.
    struct Desk {
        Op op;
        checker::CellId busy;   ///< 1 from the order to its end
        checker::CellId result; ///< of the last order: what it read, or no_value; `killed` if a signal came
    };

    static MachineSpec spec_of(const Settings& settings);
    void add_actor(std::size_t n, MmId mm, CpuId cpu);
    Ran run(std::size_t actor, const Op& op, bool may_stop);
    Ran finish(std::size_t actor, bool may_stop);
    Ran run_agent(std::size_t agent);
    bool step_agent(std::size_t agent);
    void step(std::size_t thread);
    unsigned choice_of(const checker::Operation& pending) const;
    checker::View view() const { return engine_->cells().view(); }
    std::string failure_of(std::size_t thread) const;

    // The actors are threads 0 to 3; one more thread a CPU stands for the kernel's workers and kswapd.
    static constexpr std::size_t cpus = 2;
    static constexpr std::size_t first_worker = trace_actor_count;
    static constexpr std::size_t swap_agent = first_worker + cpus;

    checker::Program program_;
    std::unique_ptr<const Machine> machine_;
    std::array<Desk, first_worker + cpus> desks_;
    std::size_t dio_agent_ = swap_agent;
    bool has_swap_agent_ = false;
    std::unique_ptr<checker::Machine> engine_;
    std::unique_ptr<checker::LocalState[]> states_;
    /// When the frame was allocated and freed, in steps of the model.
    struct Span {
        std::size_t birth = 0, death = alive;
        static constexpr std::size_t alive = SIZE_MAX;
    };
    std::vector<std::vector<Span>> lives_; ///< by PageId: all lives so far
    std::size_t steps_ = 0;
    PageId reclaimed_; ///< what kswapd is to look at
};

} // namespace model
