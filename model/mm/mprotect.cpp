// SPDX-License-Identifier: GPL-2.0-only
// mm/mprotect.c. Start at the bottom, with do_mprotect_pkey().
#include "model/mm/mprotect.hpp"

#include "model/page.hpp"

namespace model {

// can_change_pte_writable(), mm/mprotect.c, v6.0 - v6.1 (64fe24a3e05e, 76aefad628aa). The caller holds the page-table lock.
// Left out: uffd-wp, shared mappings, PageAnon (every page of the model that is mapped is anonymous).
bool can_change_pte_writable(Task& t, Pte pte, Word vm_flags) {
    bug_on(t, (vm_flags & VM::write) == 0 || arch::pte_write(t.arch, pte),
           "VM_BUG_ON(!(vma->vm_flags & VM_WRITE) || pte_write(pte))");
    if (arch::pte_protnone(t.arch, pte) || !arch::pte_dirty(t.arch, pte)) return false;
    // vma_soft_dirty_enabled(): the next write has to fault, for it is to be noticed.
    if (arch::has_soft_dirty(t.arch) && (vm_flags & VM::softdirty) == 0 && !arch::pte_soft_dirty(t.arch, pte))
        return false;
    // The write-fault handler asks nothing more of an exclusive page either.
    const PageId page = t.machine.pte_page(pte);
    bug_on(t, !page, "vm_normal_page(): the PTE names no page");
    return PageAnonExclusive(t, page);
}

// change_pte_range(), mm/mprotect.c, v5.7 - v6.1, as mprotect(2) calls it. The caller holds mmap_lock for writing.
// Left out: NUMA hinting, uffd-wp, migration and device entries (nothing else of a swap PTE changes), several addresses; the
// batched TLB flush before, tlb_flush_pending, the flush after where permissions only grow (which x86 does without since
// v5.19). On powerpc the PTE stays present to the kernel between
// start and commit, though not to the processor; here it is none there too.
void change_pte_range(Task& t, Mapping at, Word vm_flags, bool try_change_writable) {
    bool is_revoked = false;
    pte_offset_map_lock(t, at.mm);
    if (arch::pte_present(t.arch, ptep_get(t, at))) {
        const Pte oldpte = ptep_get_and_clear(t, at, "ptep_modify_prot_start");
        // A private mapping has the same vm_page_prot with and without VM_WRITE: write permission comes from faults alone.
        Pte ptent = arch::pte_modify(t.arch, oldpte, t.arch.present_pte.page_readonly);
        if (try_change_writable && !arch::pte_write(t.arch, ptent) && can_change_pte_writable(t, ptent, vm_flags))
            ptent = arch::pte_mkwrite(t.arch, ptent);
        is_revoked = arch::pte_write(t.arch, oldpte) && !arch::pte_write(t.arch, ptent);
        set_pte_at(t, at, ptent, "ptep_modify_prot_commit");
    }
    pte_unmap_unlock(t, at.mm);
    if (is_revoked) flush_tlb(t, at.mm, "flush_tlb_range");
}

// do_mprotect_pkey() and mprotect_fixup(), mm/mprotect.c, v5.7 - v6.1.
// Left out: splitting and merging VMAs, several addresses, PROT_NONE and PROT_EXEC, protection keys, accounting, security
// hooks, populating a locked VMA; the walk of change_protection and its mmu notifier.
void do_mprotect_pkey(Task& t, Va va, bool write) {
    const Mapping at{t.mm, va};
    mmap_write_lock(t, t.mm);
    const Word oldflags = vma_flags(t, at);
    const Word newflags = write ? oldflags | VM::write : oldflags & ~VM::write;
    if ((oldflags & VM::mapped) != 0 && newflags != oldflags) {
        write_once(t, t.machine.at(at).vma, newflags, "vma->vm_flags");
        change_pte_range(t, at, newflags, write && t.rules[Rule::mprotect_restores_write]);
    }
    mmap_write_unlock(t, t.mm);
}

} // namespace model
