// SPDX-License-Identifier: GPL-2.0-only
// Traces of real kernels as data: schedules that a user-space interpreter forced on a machine one step at a time, and what
// was seen after each step. Read from JSON by parse_kernel_traces(); conform.hpp runs them on the model.
#pragma once

#include "checker/input_error.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace model {

/// The version of the trace format, the value of "version".
inline constexpr unsigned kernel_traces_version = 1;

/// Who does a step: a process, its child, its grandchild, or the process's second thread.
enum class TraceActor : std::uint8_t { P, C, D, T };
inline constexpr std::size_t trace_actor_count = 4;
const char* name_of(TraceActor actor);

enum class StepCode : std::uint8_t {
    map,
    fill,
    store,
    load,
    expect,
    pageout,
    pageout1,
    reclaim,
    drain,
    softdirty,
    wp,
    unwp,
    unmap,
    swapoff,
    swapon,
    fork,
    exit,
    odstart,
    odfinish,
    take,
    put,
    dmaw,
    dmar,
    vmsplice,
    pipe_open,
    pipe_read,
    ksm,
    unexcl,
    state,
    release,
    join,
};

/// One step of a schedule, "P store 4095 ee". Which fields mean something depends on `code`.
struct TraceStep {
    std::string text;
    TraceActor actor = TraceActor::P;
    StepCode code = StepCode::state;
    unsigned offset = 0; ///< into the page
    unsigned byte = 0;
    unsigned slot = 0;    ///< of take, put, dmaw, dmar
    bool pin = false;     ///< take: FOLL_PIN
    bool write = false;   ///< take: FOLL_WRITE
    bool slow = false;    ///< take: not by GUP-fast
    std::string stops_at; ///< the kernel function at whose entry the actor is stopped, or ""
};

enum class PteKind : std::uint8_t { none, present, swap };

/// What the one address under test looked like to one process. `soft_dirty` and what follows are of present PTEs, where
/// nothing else is said.
struct SeenPte {
    TraceActor actor = TraceActor::P;
    PteKind kind = PteKind::none;
    std::string page; ///< the frame's letter
    bool writable = false;
    bool soft_dirty = false;    ///< of swap PTEs too
    bool swp_exclusive = false; ///< of swap PTEs
    bool swapcache = false;
    bool writeback = false;
    unsigned mapcount = 0;
    std::optional<unsigned> refcount;
    std::optional<bool> anon_exclusive;
};

enum class NoteCode : std::uint8_t {
    dio_in_flight,
    dio_returned,
    pageout_unmapped,
    pageout_refused,
    reclaim_unmapped,
    slot_holds,
    byte_read,
    pipe_byte,
    device_byte,
    device_wrote,
    stopped,
    released,
    ksm_merged,
    ksm_not_merged,
};

/// What the interpreter said of a step. Which fields mean something depends on `code`.
struct TraceNote {
    std::string text;
    NoteCode code = NoteCode::released;
    std::string who; ///< an actor, or "device"
    std::string page;
    std::string kind;      ///< slot_holds: "GET W"
    std::string function;  ///< stopped
    std::string verdict;   ///< of what was compared: "ok" or "DIVERGENCE"
    unsigned number = 0;   ///< calls, slot, offset or bytes
    unsigned refs = 0;     ///< slot_holds
    unsigned byte = 0;     ///< found or written
    unsigned expected = 0; ///< what it was compared with
};

struct TraceAfter {
    std::vector<SeenPte> states; ///< of the processes that were looked at
    std::vector<TraceNote> notes;
};

enum class TraceSwap : std::uint8_t { nvme, zram };
const char* name_of(TraceSwap swap);

enum class TraceResult : std::uint8_t {
    consistent, ///< every expectation held
    divergence, ///< some failed
    unforced,   ///< a step could not be forced, so that the run says nothing
};
const char* name_of(TraceResult result);

/// What one kernel did under the schedule of a trace.
struct TraceRun {
    std::string kernel;
    TraceSwap swap = TraceSwap::nvme;
    TraceResult result = TraceResult::consistent;
    std::vector<TraceAfter> after; ///< one for each step
};

struct KernelTrace {
    std::string name;
    std::vector<TraceStep> schedule;
    std::vector<TraceRun> runs;
};

/// Errors carry no file name: whoever reports one has it.
checker::Result<std::vector<KernelTrace>> parse_kernel_traces(std::string_view text);

/// One step, without a look at those before it.
checker::Result<TraceStep> parse_trace_step(std::string_view text);
/// Empty if it is none of the notes that the format knows.
std::optional<TraceNote> parse_trace_note(std::string_view text);

} // namespace model
