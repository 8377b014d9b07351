// SPDX-License-Identifier: GPL-2.0-only
// What each operation of a scenario does. Start with run_thread().
#include "model/operations.hpp"

#include "model/fs/direct_io.hpp"
#include "model/fs/splice.hpp"
#include "model/fs/task_mmu.hpp"
#include "model/kernel/fork.hpp"
#include "model/mm/gup.hpp"
#include "model/mm/madvise.hpp"
#include "model/mm/mmap.hpp"
#include "model/mm/mprotect.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"
#include "model/mm/vmscan.hpp"
#include "model/user_access.hpp"

#include <array>

namespace model {

namespace {

constexpr std::array<const char*, static_cast<std::size_t>(OpCode::expect_dma) + 1> names{
    "load",
    "store",
    "fork",
    "exit",
    "munmap",
    "mprotect",
    "clear_refs",
    "madvise",
    "gup",
    "put",
    "dma_write",
    "dma_read",
    "o_direct_read",
    "o_direct_write",
    "await",
    "vmsplice",
    "pipe_read",
    "swapoff",
    "swapon",
    "kswapd",
    "readahead",
    "drain_lru",
    "clear_swp_exclusive",
    "expect_load",
    "expect_dma",
};

OpResult result_of(Access access) { return access == Access::done ? OpResult::done : OpResult::killed; }

OpResult expect_load(Task& t, const Op& op) {
    const LoadResult loaded = t.call<user_load>(op.va, op.unit);
    if (loaded.access != Access::done) return OpResult::killed;
    t.thread.expect(loaded.value, op.value, "expect_load failed");
    return OpResult::done;
}

/// `wanted`: whether the value is compared at all.
void expect_value(Task& t, UnitAccess read, const Op& op, bool wanted, const char* message) {
    if (wanted && read.is_done()) t.thread.expect(read.value, op.value, message);
}

void take_reference(Task& t, const Op& op) {
    const FollFlags flags = (op.kind == GupKind::pin ? FOLL_PIN : FOLL_GET) | (op.write ? FOLL_WRITE : 0);
    switch (op.mode) {
    case GupMode::fast: t.call<get_user_pages_fast>(op.va, flags, op.ref); break;
    case GupMode::slow: t.call<get_user_pages_unlocked>(op.va, flags, op.ref); break;
    case GupMode::fast_only: t.call<get_user_pages_fast_only>(op.va, flags, op.ref); break;
    }
}

// swap_cluster_readahead(), mm/swap_state.c, v5.7 - v6.1: of neighbours of a faulting entry, which may be any slots, stale ones too.
// Left out: the faulting entry itself (swapin_readahead has it), the window, block plugging, PG_readahead.
void readahead(Task& t, unsigned passes) {
    for (unsigned pass = 0; pass < passes; ++pass) {
        t.forget("readahead", pass);
        const unsigned slot = t.thread.choose(static_cast<unsigned>(t.machine.slots()), "readahead of slot");
        const PageId page = t.call<read_swap_cache_async>(SwapSlot{static_cast<std::uint8_t>(slot)});
        if (page) put_page(t, page);
    }
    t.call<lru_add_drain>();
}

// No kernel function: a debugger's mutation of the running kernel, which clears nothing but the marker.
void clear_swp_exclusive(Task& t, Va va) {
    const Mapping at{t.mm, va};
    pte_offset_map_lock(t, t.mm);
    const Pte pte = ptep_get(t, at);
    if (arch::is_swap_pte(t.arch, pte)) set_pte_at(t, at, arch::pte_swp_clear_exclusive(t.arch, pte));
    pte_unmap_unlock(t, t.mm);
}

} // namespace

const char* name_of(OpCode code) { return names[static_cast<std::size_t>(code)]; }

std::optional<OpCode> find_op_code(std::string_view name) {
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (name == names[i]) return static_cast<OpCode>(i);
    }
    return std::nullopt;
}

OpResult run_operation(Task& t, const Op& op) {
    switch (op.code) {
    case OpCode::load: return result_of(t.call<user_load>(op.va, op.unit).access);
    case OpCode::store: return result_of(t.call<user_store>(op.va, op.unit, op.value));
    case OpCode::expect_load: return expect_load(t, op);
    case OpCode::fork: t.call<dup_mmap>(op.child); break;
    case OpCode::exit: t.call<mmput>(t.mm); break;
    case OpCode::munmap: t.call<do_munmap>(op.va); break;
    case OpCode::mprotect: t.call<do_mprotect_pkey>(op.va, op.write); break;
    case OpCode::clear_refs: t.call<clear_refs_write>(); break;
    case OpCode::madvise: t.call<do_madvise>(op.va, op.advice); break;
    case OpCode::gup: take_reference(t, op); break;
    case OpCode::put: t.call<release_ref>(op.ref, op.dirty); break;
    case OpCode::dma_write: t.call<dma_write>(op.ref, op.unit, op.value); break;
    case OpCode::dma_read: t.call<dma_read>(op.ref, op.unit); break;
    case OpCode::expect_dma: expect_value(t, t.call<dma_read>(op.ref, op.unit), op, true, "expect_dma failed"); break;
    case OpCode::o_direct_read:
        t.call<direct_io_submit>(op.va, op.io, IoRequest{IoState::submitted, true, op.unit, op.value});
        break;
    case OpCode::o_direct_write:
        t.call<direct_io_submit>(op.va, op.io, IoRequest{IoState::submitted, false, op.unit, 0});
        break;
    case OpCode::await: t.call<direct_io_await>(op.io); break;
    case OpCode::vmsplice: t.call<vmsplice_to_pipe>(op.va, op.ref); break;
    case OpCode::pipe_read:
        expect_value(t, t.call<pipe_read>(op.ref, op.unit), op, op.has_value, "pipe_read failed");
        break;
    case OpCode::swapoff: t.call<swapoff>(op.device); break;
    case OpCode::swapon: t.call<swapon>(op.device); break;
    case OpCode::kswapd: t.call<kswapd>(op.passes); break;
    case OpCode::readahead: t.call<readahead>(op.passes); break;
    case OpCode::drain_lru: t.call<lru_add_drain>(); break;
    case OpCode::clear_swp_exclusive: t.call<clear_swp_exclusive>(op.va); break;
    }
    return OpResult::done;
}

void run_thread(Task& t, const ThreadSpec& spec) {
    const bool is_born_later = t.mm && t.machine.spec().processes[t.mm.index].forked_from;
    if (is_born_later) {
        t.thread.wait_until(
            "the process exists", [](const View& v, MmId mm) { return v[v.context<Machine>().mm(mm).alive] != 0; },
            Where::here(), t.mm);
    }
    ThreadDone how = ThreadDone::finished;
    for (std::size_t i = 0; i < spec.ops.size(); ++i) {
        // An operation leaves nothing behind in its thread: the next one depends on the shared state alone.
        t.forget("operations", i);
        if (run_operation(t, spec.ops[i]) == OpResult::killed) {
            how = ThreadDone::killed;
            break;
        }
        if (spec.ops[i].code == OpCode::exit) break;
    }
    t.forget("operations are over", how);
    t.thread.add(checker::Var<Word>{t.machine.thread_done(t.index)}, static_cast<Word>(how), "thread_done");
}

} // namespace model
