// SPDX-License-Identifier: GPL-2.0-only
// What a TLB flush and GUP-fast have to do with each other. There are no TLBs here: to whoever walks the page table a flush is
// over at once. But where it is an interrupt that every processor has to take, it is not over before walks that had interrupts
// off when it began, and a PTE never turns from one present page to another under them. ptep_get_lockless() of a PTE of
// two words counts on that, so there it is modelled; elsewhere nobody is held up (left out: what else GUP-fast gains by it).
//
// Two counters, as in SRCU: who comes after a flush has begun is counted in the other one, and does not hold it up. Left out: two
// flushes of an address space at once, the first of which waits for newcomers as well.
#pragma once

#include "model/task.hpp"

namespace model {

/// Before a lockless walk of `mm`; what is returned goes to local_irq_restore().
inline Word local_irq_save(Task& t, MmId mm, Where at = Where::here()) {
    if (!t.machine.has_flush_interrupts()) return 0;
    return t.thread.atomic(
        "local_irq_save",
        [](Cells& c, MmId id) {
            const MmCells& cells = c.context<Machine>().mm(id);
            const Word phase = c.get(cells.flush_phase);
            c.set(cells.walkers[phase], c.get(cells.walkers[phase]) + 1);
            return phase;
        },
        at, mm);
}
inline void local_irq_restore(Task& t, MmId mm, Word phase, Where at = Where::here()) {
    if (!t.machine.has_flush_interrupts()) return;
    t.thread.atomic(
        "local_irq_restore",
        [](Cells& c, MmId id, Word p) {
            const MmCells& cells = c.context<Machine>().mm(id);
            c.set(cells.walkers[p], c.get(cells.walkers[p]) - 1);
        },
        at, mm, phase);
}

/// flush_tlb_page() and flush_tlb_range(): ends when every walk that is in progress has ended.
inline void flush_tlb(Task& t, MmId mm, Where at = Where::here()) {
    if (!t.machine.has_flush_interrupts()) return;
    constexpr Word nobody = 2;
    const Word phase = t.thread.atomic(
        "flush_tlb_page",
        [](Cells& c, MmId id) {
            const MmCells& cells = c.context<Machine>().mm(id);
            const Word now = c.get(cells.flush_phase);
            if (c.get(cells.walkers[now]) == 0) return nobody;
            c.set(cells.flush_phase, 1 - now);
            return now;
        },
        at, mm);
    if (phase == nobody) return;
    t.thread.wait_until(
        "smp_call_function_many: wait",
        [](const View& v, MmId id, Word p) { return v[v.context<Machine>().mm(id).walkers[p]] == 0; }, at, mm, phase);
}

} // namespace model
