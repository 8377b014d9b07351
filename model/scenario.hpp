// SPDX-License-Identifier: GPL-2.0-only
// A scenario as data: what loader.cpp makes of a JSON file, what build.cpp makes a checker program of, what reports name.
#pragma once

#include "model/ids.hpp"

#include <string>
#include <vector>

namespace model {

enum class OpCode : std::uint8_t {
    load,
    store,
    fork,
    exit,
    munmap,
    mprotect,
    clear_refs,
    madvise,
    gup,
    put,
    dma_write,
    dma_read,
    o_direct_read,  ///< device -> user page: FOLL_WRITE
    o_direct_write, ///< user page -> device
    await,
    vmsplice,
    pipe_read,
    swapoff,
    swapon,
    kswapd,
    readahead,
    drain_lru,
    clear_swp_exclusive,
    expect_load,
    expect_dma,
};

enum class Advice : std::uint8_t { pageout, dontneed, dontfork, dofork };
enum class GupKind : std::uint8_t { get, pin };
enum class GupMode : std::uint8_t { fast, slow, fast_only }; ///< fast: GUP-fast, then slow where it fails

/// One operation of a thread. Which fields mean something depends on `code`; the loader checks that.
struct Op {
    OpCode code = OpCode::load;
    Va va;
    Unit unit{0};
    Value value = 0;
    bool has_value = false; ///< pipe_read: what is read is compared with `value`
    Advice advice = Advice::pageout;
    GupKind kind = GupKind::get;
    GupMode mode = GupMode::fast;
    bool write = false;  ///< gup: FOLL_WRITE; mprotect: PROT_READ|PROT_WRITE instead of PROT_READ
    bool dirty = false;  ///< put: set the page dirty first (unpin_user_pages_dirty_lock)
    bool shared = false; ///< kswapd, madvise: nothing; reserved for what takes shared pages too
    RefId ref;           ///< gup, put, dma_*, expect_dma, vmsplice, pipe_read
    IoId io;             ///< o_direct_*, await
    MmId child;          ///< fork
    DeviceId device;     ///< swapoff, swapon
    unsigned passes = 1; ///< kswapd, readahead
};

struct ProcessSpec {
    std::string name;
    MmId forked_from;       ///< none: it exists from the start
    std::vector<Va> maps{}; ///< where it has writable private anonymous memory; of a forked one: what its parent has
};

struct ThreadSpec {
    std::string name;
    MmId process; ///< none: a kernel agent (kswapd, readahead)
    CpuId cpu{0};
    std::vector<Op> ops;
    std::uint8_t count = 1; ///< so many threads do this, and differ in nothing
};

struct SetupOp {
    MmId process;
    Op op;
};

struct DeviceSpec {
    std::string name;
    std::uint8_t slots = 2;
    bool synchronous_io = false; ///< SWP_SYNCHRONOUS_IO
    bool stable_writes = false;  ///< SWP_STABLE_WRITES
};

struct MachineSpec {
    std::uint8_t pages = 3; ///< page frames that each thread adds to the pool of its like, and those of the set-up
    std::uint8_t cpus = 1;
    std::uint8_t units = 2;
    /// The processors have the erratum of Layout's Walk::late, where the architecture knows one.
    bool late_marks = false;
    std::vector<DeviceSpec> devices;
    std::vector<ProcessSpec> processes;
    std::vector<std::string> addresses;  ///< as the scenario writes them, "0x1000"; index is Va
    std::vector<std::string> references; ///< names of `gup`, vmsplice and O_DIRECT references; index is RefId
    std::vector<std::string>
        io_requests; ///< names of O_DIRECT requests; index is IoId. Request i keeps its reference in `io_refs[i]`.
    std::vector<RefId> io_refs;
};

/// What a condition of `sometimes` looks at.
enum class ConditionKind : std::uint8_t {
    pte_none,
    pte_present,
    pte_writable,
    pte_read_only,
    pte_swap,
    pte_swap_exclusive,
    pte_page_writeback, ///< present, and the page is under writeback
    pte_page_in_swapcache,
    any_page_writeback,
    ref_held,        ///< the reference is held
    ref_diverged,    ///< held, and its home PTE maps another page or none
    thread_finished, ///< did all its operations
    thread_killed,   ///< a signal ended it before
    value_is,        ///< a ghost read of (mm, va, unit) gives `value`
};

struct Condition {
    ConditionKind kind = ConditionKind::pte_none;
    bool negated = false;
    Mapping at{};
    RefId ref;
    std::uint8_t thread = 0;
    Unit unit{0};
    Value value = 0;
};

/// A conjunction that some reachable state must satisfy.
struct Sometimes {
    std::string name;
    std::vector<Condition> all;
};

enum class Expected : std::uint8_t { holds, violated };

/// One entry of `expect`: the first that matches a (kernel, architecture) says what must come out.
struct Expectation {
    std::vector<std::string> kernels; ///< names, or "*"
    std::vector<std::string> archs;   ///< names, "*", "exclusive" (those with the bit) or "no-exclusive"
    std::vector<std::string> without; ///< rules switched off for this cell of the matrix
    std::vector<std::string> with;    ///< rules switched on
    Expected verdict = Expected::holds;
    std::vector<std::string> properties; ///< exactly these are violated; empty with `holds`
    std::string reason;                  ///< why, above all where it differs from kernel-facts A.0.1
};

struct Scenario {
    std::string name;   ///< unique in a directory; the file's path without ".json"
    std::string title;  ///< one line
    std::string about;  ///< prose
    std::string path;   ///< where it was read from
    std::string source; ///< the JSON text it was read from, which a trace file carries; empty if it was not
    MachineSpec machine;
    std::vector<SetupOp> setup;
    std::vector<ThreadSpec> threads;
    std::vector<std::string> properties; ///< empty: all that apply
    std::vector<Sometimes> sometimes;
    std::vector<Expectation> expect;
    std::string kernel; ///< default of `check`; may be empty
    std::string arch;
    std::vector<std::string> without;
    std::vector<std::string> with;
};

/// How many there are of each thread.
inline std::vector<std::uint8_t> threads_of(const Scenario& scenario) {
    std::vector<std::uint8_t> threads;
    for (const ThreadSpec& thread : scenario.threads) threads.push_back(thread.count);
    return threads;
}

/// All threads, those that are alike too.
inline std::size_t count_threads(const Scenario& scenario) {
    std::size_t count = 0;
    for (const ThreadSpec& thread : scenario.threads) count += thread.count;
    return count;
}

} // namespace model
