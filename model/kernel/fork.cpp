// SPDX-License-Identifier: GPL-2.0-only
// The birth of an address space by fork, and its end.
#include "model/kernel/fork.hpp"

#include "model/ghost.hpp"
#include "model/mm/memory.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"
#include "model/results.hpp"

namespace model {

namespace {

/// Gives the child its VMAs; the result is the bit set of their addresses. The kernel does it one by one, between copying
/// their page tables; one step, for the child's mmap_lock keeps everybody from looking, and the rmap is linked later.
VaSet dup_vmas(Task& t, MmId parent, MmId child) {
    return t.thread.atomic(
        "vm_area_dup",
        [](Cells& c, MmId from, MmId to) {
            const Machine& m = c.context<Machine>();
            ghost_fork_begin(c, from, to);
            Word copied = 0;
            for (std::uint8_t v = 0; v < m.vas(); ++v) {
                const Word flags = c.get(m.at({from, Va{v}}).vma);
                if ((flags & VM::mapped) == 0 || (flags & VM::dontcopy) != 0) continue;
                c.set(m.at({to, Va{v}}).vma, flags);
                copied |= Word{1} << v;
            }
            return VaSet{copied};
        },
        Where::here(), parent, child);
}

/// The addresses that have a VMA, under mmap_lock or after the last user is gone.
VaSet mapped_vmas(Task& t, MmId mm) {
    return t.thread.atomic(
        "mas_find",
        [](Cells& c, MmId id) {
            const Machine& m = c.context<Machine>();
            Word mapped = 0;
            for (std::uint8_t v = 0; v < m.vas(); ++v) {
                if ((c.get(m.at({id, Va{v}}).vma) & VM::mapped) != 0) mapped |= Word{1} << v;
            }
            return VaSet{mapped};
        },
        Where::here(), mm);
}

void remove_vmas(Task& t, MmId mm) {
    t.thread.atomic(
        "remove_vma",
        [](Cells& c, MmId id) {
            const Machine& m = c.context<Machine>();
            for (std::uint8_t v = 0; v < m.vas(); ++v) c.set(m.at({id, Va{v}}).vma, 0);
        },
        Where::here(), mm);
}

} // namespace

// dup_mmap(), kernel/fork.c, v5.7 - v6.1, and of copy_process() its end: the child may run.
// Left out: everything about VMAs but their flags, VM_WIPEONFORK, files, accounting, KSM, userfaultfd, failure; mm_users of the
// child, which is 1 from the start, so that a swapoff would wait for the child's mmap_lock and could walk it before the flush
// (here it passes the child over until it may run, and comes back to it). That the flush waits for walks in progress
// (see tlb.hpp): PTEs lose the write permission only, and whatever changes their page later flushes itself.
void dup_mmap(Task& t, MmId child) {
    const MmId parent = t.mm;
    mmap_write_lock(t, parent);
    // Nobody runs in the child yet, and reclaim needs no mmap_lock.
    mmap_write_lock(t, child);
    const Word vmas = dup_vmas(t, parent, child).bits;
    for (std::uint8_t v = 0; v < t.machine.vas(); ++v) {
        if ((vmas >> v & 1) == 0) continue;
        t.call<anon_vma_fork>(parent, child, Va{v});
        t.call<copy_page_range>(parent, child, Va{v});
    }
    mmap_write_unlock(t, child);
    // Up to here the parent's threads may store through writable TLB entries that are older than the write protection.
    t.thread.atomic(
        "flush_tlb_mm", [](Cells& c, MmId from, MmId to) { ghost_fork_end(c, from, to); }, Where::here(), parent,
        child);
    mmap_write_unlock(t, parent);
    write_once(t, t.machine.mm(child).alive, 1, "wake_up_new_task");
}

// mmput() and __mmput(), kernel/fork.c, v5.7 - v6.1: by the last user.
// Left out: the count mm_users, so that this does not wait for a swapoff that walks the address space (it zaps beside the
// walk, as MADV_DONTNEED does); AIO, KSM, khugepaged, uprobes.
void mmput(Task& t, MmId mm) {
    write_once(t, t.machine.mm(mm).alive, 0, "atomic_dec_and_test mm_users");
    t.call<exit_mmap>(mm);
    write_once(t, t.machine.mm(mm).on_mmlist, 0, "list_del mmlist");
}

// exit_mmap(), mm/mmap.c, v5.7 - v6.1.
// Left out: mmap_lock, which only the OOM reaper would contend for; mlock (before v5.18), notifiers, page tables.
void exit_mmap(Task& t, MmId mm) {
    t.call<lru_add_drain>();
    const Word vmas = mapped_vmas(t, mm).bits;
    MmuGather tlb;
    for (std::uint8_t v = 0; v < t.machine.vas(); ++v) {
        if ((vmas >> v & 1) != 0) tlb_remove_page(tlb, t.call<zap_pte_range>(Mapping{mm, Va{v}}));
    }
    for (std::uint8_t v = 0; v < t.machine.vas(); ++v) {
        if ((vmas >> v & 1) != 0) t.call<unlink_anon_vmas>(Mapping{mm, Va{v}});
    }
    t.call<tlb_finish_mmu>(mm, tlb);
    remove_vmas(t, mm);
}

} // namespace model
