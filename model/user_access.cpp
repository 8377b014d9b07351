// SPDX-License-Identifier: GPL-2.0-only
// Loads and stores of user threads. An access is one step: the processor's walk, its marks in the PTE and the page's content.
// Without TLBs a walk and the access through it cannot come apart, unless the processors have the erratum of MachineSpec::late_marks:
// what then comes in between is that the kernel replaces the PTE.
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

/// What the processor's walk leaves in the PTE, both words at once. It changes the bits that it marks and no other: the kernel may have
/// stored the high word of its next PTE already, and not the low one.
void mark_pte(Cells& c, const Machine& machine, Mapping m, arch::Pte pte, arch::Pte marked) {
    if (marked == pte) return; // A walk that marks nothing only reads.
    put_pte(c, machine, m, marked, HighWord::not_stored);
    const Word high = (marked.val ^ pte.val) & arch::high_word;
    if (!arch::has_two_words(machine.arch()) || high == 0) return;
    const checker::CellId word = machine.at(m).pte_high;
    c.set(word, (c.get(word) & ~high) | (marked.val & high));
}

/// The first half of an access where processors mark late. A walk that has nothing to mark may as well begin later.
LateWalk page_walk(Task& t, Mapping at, bool write) {
    if (!t.machine.has_late_marks()) return {};
    return t.thread.atomic(
        "page walk",
        [](Cells& c, Mapping m, bool w) {
            const Machine& machine = c.context<Machine>();
            const arch::Layout& layout = machine.arch();
            const arch::Pte pte{c.get(machine.at(m).pte)};
            const bool marks = w ? arch::cpu_may_store(layout, pte) && arch::cpu_mark_store(layout, pte) != pte
                                 : arch::cpu_may_load(layout, pte) && arch::cpu_mark_load(layout, pte) != pte;
            return marks ? LateWalk{true, static_cast<std::uint8_t>(begin_walk(c, m.mm))} : LateWalk{};
        },
        Where::here(), at, write);
}

/// Within the second half, before anything else: the marks do not look whether the PTE is still present. Left out: marks in a
/// PTE that is present and has lost the permission.
arch::Pte mark_late(Cells& c, const Machine& machine, Mapping m, LateWalk walk, bool write) {
    const arch::Pte pte{c.get(machine.at(m).pte)};
    if (!walk.is_begun) return pte;
    end_walk(c, m.mm, walk.phase);
    if (arch::pte_present(machine.arch(), pte)) return pte;
    const arch::Pte marked =
        write ? arch::cpu_mark_store_late(machine.arch(), pte) : arch::cpu_mark_load_late(machine.arch(), pte);
    // Late marks are in the low word: layouts::parse_layout() sees to it.
    put_pte(c, machine, m, marked, HighWord::not_stored);
    return marked;
}

UnitAccess store_instruction(Task& t, Mapping at, Unit unit, Value value) {
    return t.thread.atomic(
        "store",
        [](Cells& c, Mapping m, Unit u, Value v, LateWalk walk) {
            const Machine& machine = c.context<Machine>();
            const arch::Pte pte = mark_late(c, machine, m, walk, true);
            if (!arch::cpu_may_store(machine.arch(), pte)) return UnitAccess{UnitAccess::Kind::faults};
            const PageId page = machine.pte_page(pte);
            if (!page) return UnitAccess{UnitAccess::Kind::nothing};
            // Dirty by the processor is not soft-dirty: only faults make a PTE so.
            mark_pte(c, machine, m, pte, arch::cpu_mark_store(machine.arch(), pte));
            const auto data = touch(c, page).data[u.index];
            ghost_store(c, m, u, v);
            c.set(data, v);
            return UnitAccess{UnitAccess::Kind::done, v};
        },
        Where::here(), at, unit, value, page_walk(t, at, true));
}

UnitAccess load_instruction(Task& t, Mapping at, Unit unit) {
    return t.thread.atomic(
        "load",
        [](Cells& c, Mapping m, Unit u, LateWalk walk) {
            const Machine& machine = c.context<Machine>();
            const arch::Pte pte = mark_late(c, machine, m, walk, false);
            if (!arch::cpu_may_load(machine.arch(), pte)) return UnitAccess{UnitAccess::Kind::faults};
            const PageId page = machine.pte_page(pte);
            if (!page) return UnitAccess{UnitAccess::Kind::nothing};
            mark_pte(c, machine, m, pte, arch::cpu_mark_load(machine.arch(), pte));
            const auto value = static_cast<Value>(c.get(touch(c, page).data[u.index]));
            ghost_load(c, m, u, value);
            return UnitAccess{UnitAccess::Kind::done, value};
        },
        Where::here(), at, unit, page_walk(t, at, false));
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
