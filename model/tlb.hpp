// SPDX-License-Identifier: GPL-2.0-only
// What a TLB flush and walks of the page table have to do with each other. There are no TLBs here: to whoever walks the page table
// a flush is over at once. But where it is an interrupt that every processor has to take, it is not over before the walks that are
// in progress when it begins, and two kinds of walks are long enough for that to matter:
//
// GUP-fast's, with interrupts off: a PTE never turns from one present page to another under it. ptep_get_lockless() of a PTE of two
// words counts on that, so there it is modelled; elsewhere nobody is held up (left out: what else GUP-fast gains by it).
// The processor's own, where it marks late (user_access.cpp). No interrupt is taken in the middle of it.
//
// Two counters, as in SRCU: who comes after a flush has begun is counted in the other one, and does not hold it up. Left out: of two
// flushes of an address space at once, each may wait for newcomers as well; that threads on the CPU that flushes are not
// in the middle of anything.
#pragma once

#include "model/results.hpp"
#include "model/task.hpp"

namespace model {

/// Within a step: a walk of `mm` begins, and what is returned ends it.
inline Word begin_walk(Cells& c, MmId mm) {
    const MmCells& cells = c.context<Machine>().mm(mm);
    const Word phase = c.get(cells.flush_phase);
    c.set(cells.walkers[phase], c.get(cells.walkers[phase]) + 1);
    return phase;
}
inline void end_walk(Cells& c, MmId mm, Word phase) {
    const MmCells& cells = c.context<Machine>().mm(mm);
    c.set(cells.walkers[phase], c.get(cells.walkers[phase]) - 1);
}

/// Before a lockless walk of `mm`; what is returned goes to local_irq_restore().
inline Word local_irq_save(Task& t, MmId mm, Where at = Where::here()) {
    if (!t.machine.has_flush_interrupts()) return 0;
    return t.thread.atomic(
        "local_irq_save", [](Cells& c, MmId id) { return begin_walk(c, id); }, at, mm);
}
inline void local_irq_restore(Task& t, MmId mm, Word phase, Where at = Where::here()) {
    if (!t.machine.has_flush_interrupts()) return;
    t.thread.atomic(
        "local_irq_restore", [](Cells& c, MmId id, Word p) { end_walk(c, id, p); }, at, mm, phase);
}

/// flush_tlb_page() and the like: ends when every walk that is in progress has ended, those that a flush before this one waits
/// for as well.
inline void flush_tlb(Task& t, MmId mm, const char* label = "flush_tlb_page", Where at = Where::here()) {
    if (!t.machine.flush_waits()) return;
    const FlushWait wait = t.thread.atomic(
        label,
        [](Cells& c, MmId id) {
            const MmCells& cells = c.context<Machine>().mm(id);
            const Word now = c.get(cells.flush_phase);
            const bool is_before = c.get(cells.walkers[1 - now]) != 0;
            if (c.get(cells.walkers[now]) == 0) {
                if (!is_before) return FlushWait::nobody;
                return now == 0 ? FlushWait::phase_1 : FlushWait::phase_0;
            }
            c.set(cells.flush_phase, 1 - now);
            if (is_before) return FlushWait::both;
            return now == 0 ? FlushWait::phase_0 : FlushWait::phase_1;
        },
        at, mm);
    if (wait == FlushWait::nobody) return;
    t.thread.wait_until(
        "smp_call_function_many: wait",
        [](const View& v, MmId id, FlushWait w) {
            const MmCells& cells = v.context<Machine>().mm(id);
            return (w == FlushWait::phase_1 || v[cells.walkers[0]] == 0) &&
                   (w == FlushWait::phase_0 || v[cells.walkers[1]] == 0);
        },
        at, mm, wait);
}

} // namespace model
