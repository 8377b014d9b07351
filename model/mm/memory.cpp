// SPDX-License-Identifier: GPL-2.0-only
// From a page fault to its handler, and the first fault on an address.
#include "model/mm/memory.hpp"

#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"

namespace model {

// handle_mm_fault() and __handle_mm_fault(), mm/memory.c, v5.7 - v6.1, with the check of VMA flags that comes before it in
// the architectures' fault handlers (access_error()) and in check_vma_flags().
// Left out: finding the VMA; FOLL_FORCE, so a write needs VM_WRITE; upper page-table levels and huge pages; control groups,
// accounting, userfaultfd, protection keys.
FaultResult handle_mm_fault(Task& t, Mapping at, FaultFlags flags) {
    const Word vm_flags = vma_flags(t, at);
    if ((vm_flags & VM::mapped) == 0) return VM_FAULT_SIGSEGV;
    if ((flags & FAULT_FLAG_WRITE) != 0 && (vm_flags & VM::write) == 0) return VM_FAULT_SIGSEGV;
    return t.call<handle_pte_fault>(at, vm_flags, flags);
}

// handle_pte_fault(), mm/memory.c, v5.7 - v6.1: an anonymous VMA.
// Left out: that a PTE of two words is read word by word, for halves that do not belong together are found out under the lock,
// like a whole that is out of date (pte_unmap_same() does it before a swap entry is used); file VMAs (do_fault), NUMA hinting (do_numa_page), huge PMDs, the flush of a spurious fault's TLB entry. On x86
// the kernel does not write the PTE of a read fault that finds it in order, for there the processor has made it young.
FaultResult handle_pte_fault(Task& t, Mapping at, Word vm_flags, FaultFlags flags) {
    // Without the lock: whatever follows compares again under it.
    const Pte orig_pte = ptep_get(t, at, "ptep_get_lockless");
    if (arch::pte_none(t.arch, orig_pte)) return t.call<do_anonymous_page>(at, vm_flags);
    if (!arch::pte_present(t.arch, orig_pte)) return t.call<do_swap_page>(at, vm_flags, orig_pte, flags);

    pte_offset_map_lock(t, at.mm);
    if (!arch::pte_same(t.arch, ptep_get(t, at), orig_pte)) {
        pte_unmap_unlock(t, at.mm);
        return 0;
    }
    if ((flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) != 0 && !arch::pte_write(t.arch, orig_pte))
        return t.call<do_wp_page>(at, vm_flags, orig_pte, flags);
    ptep_set_access_flags(t, at, (flags & FAULT_FLAG_WRITE) != 0, false);
    pte_unmap_unlock(t, at.mm);
    return 0;
}

// do_anonymous_page(), mm/memory.c, v5.7 - v6.1.
// Left out: the zero page, so that a read fault allocates as it does in an address space that forbids it
// (mm_forbids_zeropage); anon_vma_prepare, for the machine's VMAs are born with their anon_vma; page-table allocation,
// allocation failure, charges, the OOM reaper's check (check_stable_address_space), userfaultfd.
FaultResult do_anonymous_page(Task& t, Mapping at, Word vm_flags) {
    const PageId page = alloc_page(t);
    // Its write barrier orders the page's content before set_pte_at: pairs with the address dependency of whoever finds
    // the page through the PTE.
    SetPageUptodate(t, page);
    Pte entry = t.machine.mk_pte(page);
    if ((vm_flags & VM::write) != 0) entry = arch::pte_mkwrite(t.arch, arch::pte_mkdirty(t.arch, entry));

    pte_offset_map_lock(t, at.mm);
    if (!arch::pte_none(t.arch, ptep_get(t, at))) {
        put_page(t, page);
        pte_unmap_unlock(t, at.mm);
        return 0;
    }
    t.call<page_add_new_anon_rmap>(page, at);
    t.call<lru_cache_add>(page);
    set_pte_at(t, at, entry);
    pte_unmap_unlock(t, at.mm);
    return 0;
}

} // namespace model
