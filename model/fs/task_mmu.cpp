// SPDX-License-Identifier: GPL-2.0-only
// fs/proc/task_mmu.c: clear_refs. Start at the bottom, with clear_refs_write().
#include "model/fs/task_mmu.hpp"

#include "model/mm/mmap.hpp"
#include "model/page.hpp"
#include "model/results.hpp"

namespace model {

// pte_is_pinned(), fs/proc/task_mmu.c, from v5.11 (9348b73c2e1b) to v6.1.
// Left out: is_cow_mapping (all of the model's are), special PTEs.
bool pte_is_pinned(Task& t, Mapping at, Pte pte) {
    if (!t.rules[Rule::clear_refs_skips_pinned]) return false;
    if (!arch::pte_write(t.arch, pte)) return false;
    if (read_once(t, t.machine.mm(at.mm).has_pinned, "test_bit(MMF_HAS_PINNED)") == 0) return false;
    const PageId page = t.machine.pte_page(pte);
    bug_on(t, !page, "vm_normal_page(): the PTE names no page");
    return page_maybe_dma_pinned(t, page);
}

// clear_soft_dirty(), fs/proc/task_mmu.c, v5.7 - v6.1. The caller holds the page-table lock.
// Left out: the same of a huge PMD. On powerpc the PTE stays present to the kernel between start and commit, though not to
// the processor; here it is none there too.
void clear_soft_dirty(Task& t, Mapping at) {
    const Pte ptent = ptep_get(t, at);
    if (arch::pte_present(t.arch, ptent)) {
        if (t.call<pte_is_pinned>(at, ptent)) return;
        const Pte old_pte = ptep_get_and_clear(t, at, "ptep_modify_prot_start");
        const Pte soft_clean = arch::pte_clear_soft_dirty(t.arch, arch::pte_wrprotect(t.arch, old_pte));
        set_pte_at(t, at, soft_clean, "ptep_modify_prot_commit");
    } else if (arch::is_swap_pte(t.arch, ptent)) {
        set_pte_at(t, at, arch::pte_swp_clear_soft_dirty(t.arch, ptent));
    }
}

namespace {

// VMA flags are looked at under mmap_lock only, so a walk over all of them is one step. The results are bit sets of Va.

/// Clears VM_SOFTDIRTY everywhere if `clear`, and returns which addresses are mapped.
VaSet walk_vmas(Task& t, MmId mm, bool clear) {
    return t.thread.atomic(
        "walk_page_range",
        [](Cells& c, MmId m, bool f) {
            const Machine& machine = c.context<Machine>();
            Word mapped = 0;
            for (std::uint8_t va = 0; va < machine.vas(); ++va) {
                const auto cell = machine.at({m, Va{va}}).vma;
                const Word flags = c.get(cell);
                if ((flags & VM::mapped) == 0) continue;
                mapped |= Word{1} << va;
                if (f) c.set(cell, flags & ~VM::softdirty);
            }
            return VaSet{mapped};
        },
        Where::here(), mm, clear);
}

bool some_vma_is_softdirty(Task& t, MmId mm) {
    return t.thread.atomic(
        "vma->vm_flags",
        [](Cells& c, MmId m) {
            const Machine& machine = c.context<Machine>();
            for (std::uint8_t va = 0; va < machine.vas(); ++va) {
                if ((c.get(machine.at({m, Va{va}}).vma) & VM::softdirty) != 0) return true;
            }
            return false;
        },
        Where::here(), mm);
}

// clear_refs_pte_range(), fs/proc/task_mmu.c, v5.7 - v6.1, for CLEAR_REFS_SOFT_DIRTY: all addresses that are mapped, under one
// hold of the page-table lock.
// Left out: the other types, huge PMDs, rescheduling.
void clear_refs_pte_range(Task& t, MmId mm, Word mapped) {
    pte_offset_map_lock(t, mm);
    for (std::uint8_t va = 0; va < t.machine.vas(); ++va) {
        if ((mapped >> va & 1) != 0) t.call<clear_soft_dirty>(Mapping{mm, Va{va}});
    }
    pte_unmap_unlock(t, mm);
}

} // namespace

// clear_refs_write(), fs/proc/task_mmu.c, v5.7 - v6.1, for CLEAR_REFS_SOFT_DIRTY on current->mm.
// Left out: the other types; finding the process; waiting for mmap_lock being killable; vma_set_page_prot (a private mapping's
// protection does not depend on VM_SOFTDIRTY); tlb_flush_pending, the mmu notifier, the TLB flush; without soft-dirty
// PTEs the walk, which changes nothing.
void clear_refs_write(Task& t) {
    const bool mmap_write = t.rules[Rule::clear_refs_mmap_write];
    if (mmap_write) {
        mmap_write_lock(t, t.mm);
        if (arch::has_soft_dirty(t.arch)) t.call<clear_refs_pte_range>(t.mm, walk_vmas(t, t.mm, true).bits);
        mmap_write_unlock(t, t.mm);
        return;
    }
    mmap_read_lock(t, t.mm);
    if (arch::has_soft_dirty(t.arch)) {
        const bool clear = some_vma_is_softdirty(t, t.mm);
        if (clear) {
            mmap_read_unlock(t, t.mm);
            mmap_write_lock(t, t.mm);
        }
        // In the kernel the flags are cleared first and the walk finds its VMAs afterwards; nobody can tell.
        const Word mapped = walk_vmas(t, t.mm, clear).bits;
        if (clear) mmap_write_downgrade(t, t.mm);
        t.call<clear_refs_pte_range>(t.mm, mapped);
    }
    mmap_read_unlock(t, t.mm);
}

} // namespace model
