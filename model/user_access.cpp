// SPDX-License-Identifier: GPL-2.0-only
// Loads and stores of user threads. An access is one step: the processor's walk, its marks in the PTE and the page's content.
// Without TLBs a walk and the access through it cannot come apart.
#include "model/user_access.hpp"

#include "model/mm/memory.hpp"
#include "model/page.hpp"
#include "model/pte.hpp"
#include "model/results.hpp"

namespace model {

namespace {

// do_user_addr_fault(), arch/x86/mm/fault.c, and what stands for it elsewhere, v5.7 - v6.1.
// Left out: faults of the kernel and on kernel addresses, spurious and reserved-bit faults, protection keys, signals that are
// handled (SIGSEGV and SIGBUS kill), OOM, stack growth. The check of the VMA is in handle_mm_fault here.
Access do_user_addr_fault(Task& t, Mapping at, bool write) {
    FaultFlags flags = FAULT_FLAG_ALLOW_RETRY | (write ? FAULT_FLAG_WRITE : 0);
    for (;;) {
        t.forget("do_user_addr_fault: retry", flags);
        mmap_read_lock(t, at.mm);
        const FaultResult fault = t.call<handle_mm_fault>(at, flags);
        if ((fault & VM_FAULT_RETRY) == 0) {
            mmap_read_unlock(t, at.mm);
            if ((fault & VM_FAULT_SIGSEGV) != 0) return Access::sigsegv;
            if ((fault & VM_FAULT_SIGBUS) != 0) return Access::sigbus;
            return Access::done;
        }
        flags |= FAULT_FLAG_TRIED;
    }
}

/// What the processor's walk leaves in the PTE, both words at once.
void mark_pte(Cells& c, const Machine& machine, Mapping m, arch::Pte pte) {
    put_pte(c, machine, m, pte, arch::has_two_words(machine.arch()) ? HighWord::with_low : HighWord::not_stored);
}

UnitAccess store_instruction(Task& t, Mapping at, Unit unit, Value value) {
    return t.thread.atomic(
        "store",
        [](Cells& c, Mapping m, Unit u, Value v) {
            const Machine& machine = c.context<Machine>();
            const arch::Pte pte{c.get(machine.at(m).pte)};
            if (!arch::cpu_may_store(machine.arch(), pte)) return UnitAccess{UnitAccess::Kind::faults};
            const PageId page = machine.pte_page(pte);
            if (!page) return UnitAccess{UnitAccess::Kind::nothing};
            // Dirty by the processor is not soft-dirty: only faults make a PTE so.
            mark_pte(c, machine, m, arch::cpu_mark_store(machine.arch(), pte));
            const auto data = touch(c, page).data[u.index];
            ghost_store(c, m, u, v);
            c.set(data, v);
            return UnitAccess{UnitAccess::Kind::done, v};
        },
        Where::here(), at, unit, value);
}

UnitAccess load_instruction(Task& t, Mapping at, Unit unit) {
    return t.thread.atomic(
        "load",
        [](Cells& c, Mapping m, Unit u) {
            const Machine& machine = c.context<Machine>();
            const arch::Pte pte{c.get(machine.at(m).pte)};
            if (!arch::cpu_may_load(machine.arch(), pte)) return UnitAccess{UnitAccess::Kind::faults};
            const PageId page = machine.pte_page(pte);
            if (!page) return UnitAccess{UnitAccess::Kind::nothing};
            mark_pte(c, machine, m, arch::cpu_mark_load(machine.arch(), pte));
            const auto value = static_cast<Value>(c.get(touch(c, page).data[u.index]));
            ghost_load(c, m, u, value);
            return UnitAccess{UnitAccess::Kind::done, value};
        },
        Where::here(), at, unit);
}

} // namespace

Access user_store(Task& t, Va va, Unit unit, Value value) {
    const Mapping at{t.mm, va};
    for (;;) {
        t.forget("user_store: again");
        const UnitAccess store = store_instruction(t, at, unit, value);
        bug_on(t, store.kind == UnitAccess::Kind::nothing, "the processor stores to a page frame that is not there");
        if (store.is_done()) return Access::done;
        const Access access = t.call<do_user_addr_fault>(at, true);
        if (access != Access::done) return access;
    }
}

LoadResult user_load(Task& t, Va va, Unit unit) {
    const Mapping at{t.mm, va};
    for (;;) {
        t.forget("user_load: again");
        const UnitAccess load = load_instruction(t, at, unit);
        bug_on(t, load.kind == UnitAccess::Kind::nothing, "the processor loads from a page frame that is not there");
        if (load.is_done()) return {Access::done, load.value};
        const Access access = t.call<do_user_addr_fault>(at, false);
        if (access != Access::done) return {access, 0};
    }
}

} // namespace model
