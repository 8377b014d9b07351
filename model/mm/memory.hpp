// SPDX-License-Identifier: GPL-2.0-only
// mm/memory.c: page faults on anonymous memory, copying page tables at fork, and zapping them. Start with
// handle_mm_fault(). memory.cpp holds the way from a fault to its handler, memory_wp.cpp copy-on-write, memory_swapin.cpp
// swap-in, memory_fork.cpp the copying of page tables, memory_zap.cpp zapping and the gather's end.
#pragma once

#include "model/pte.hpp"
#include "model/task.hpp"

namespace model {

using FaultFlags = Word;
inline constexpr FaultFlags FAULT_FLAG_WRITE = 0x01;
inline constexpr FaultFlags FAULT_FLAG_ALLOW_RETRY = 0x04; ///< with FAULT_FLAG_TRIED: waits under mmap_lock
inline constexpr FaultFlags FAULT_FLAG_TRIED = 0x20;
inline constexpr FaultFlags FAULT_FLAG_UNSHARE = 0x400; ///< never together with FAULT_FLAG_WRITE

using FaultResult = Word; ///< 0: done, or to be tried again by whoever faulted
inline constexpr FaultResult VM_FAULT_SIGBUS = 0x02;
inline constexpr FaultResult VM_FAULT_WRITE = 0x08; ///< the write part of a write fault is done; informative
inline constexpr FaultResult VM_FAULT_SIGSEGV = 0x40;
inline constexpr FaultResult VM_FAULT_RETRY = 0x400; ///< mmap_lock was dropped; try again with FAULT_FLAG_TRIED
inline constexpr FaultResult VM_FAULT_ERROR = VM_FAULT_SIGBUS | VM_FAULT_SIGSEGV;

/// Handles a fault at `at`; the caller holds mmap_lock for reading, and still does afterwards unless VM_FAULT_RETRY comes
/// back. VM_FAULT_SIGSEGV: nothing is mapped there, or it is not writable and the fault writes.
FaultResult handle_mm_fault(Task& t, Mapping at, FaultFlags flags);

// What a fault goes through. `vm_flags`: VM::... of `at`, which cannot change under mmap_lock; `orig_pte`: the PTE as it
// was read before the page-table lock.
FaultResult handle_pte_fault(Task& t, Mapping at, Word vm_flags, FaultFlags flags);
FaultResult do_anonymous_page(Task& t, Mapping at, Word vm_flags);
FaultResult do_swap_page(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags);
/// Entered with the page-table lock, which it releases.
FaultResult do_wp_page(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags);
/// Entered with the page-table lock, which it releases.
void wp_page_reuse(Task& t, Mapping at, Word vm_flags);
/// Entered without the page-table lock, with a reference on `old_page`, which it drops.
FaultResult wp_page_copy(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags, PageId old_page);
bool should_try_to_free_swap(Task& t, PageId page, FaultFlags flags);

/// Write permission for a PTE if its VMA has it. No step.
inline Pte maybe_mkwrite(const Task& t, Pte pte, Word vm_flags) {
    return (vm_flags & VM::write) != 0 ? arch::pte_mkwrite(t.arch, pte) : pte;
}
/// ptep_set_access_flags(): makes the PTE young and, if asked to, dirty and writable, keeping what the hardware set since
/// it was read. Under the page-table lock.
inline void ptep_set_access_flags(Task& t, Mapping m, bool dirty, bool write, Where at = Where::here()) {
    edit_pte(
        t, m, "ptep_set_access_flags", t.arch.order.set_access_flags, arch::pte_access_flags_bits(t.arch, dirty, write),
        [](const arch::Layout& layout, Pte pte, bool mkdirty, bool mkwrite) {
            pte = arch::pte_mkyoung(layout, pte);
            if (mkdirty) pte = arch::pte_mkdirty(layout, pte);
            return mkwrite ? arch::pte_mkwrite(layout, pte) : pte;
        },
        at, dirty, write);
}

// fork. The caller holds mmap_lock of both for writing.

/// Gives the child the page table of one address.
void copy_page_range(Task& t, MmId parent, MmId child, Va va);
void copy_pte_range(Task& t, MmId parent, MmId child, Va va);
/// Under both page-table locks; `pte`: the parent's.
void copy_nonpresent_pte(Task& t, Mapping dst, Mapping src, Pte pte);
/// How a present PTE was copied: both map the page now; the child maps `prealloc`; a page must be preallocated first
/// (-EAGAIN).
enum class CopiedPte : std::uint8_t { shared, copied, needs_page };
/// Under both page-table locks; `pte`: the parent's.
CopiedPte copy_present_pte(Task& t, Mapping dst, Mapping src, Pte pte, PageId prealloc);
CopiedPte copy_present_page(Task& t, Mapping dst, PageId page, PageId prealloc);

// Zapping. The caller holds mmap_lock for reading at least.

/// struct mmu_gather: the pages whose PTEs are gone and whose references are dropped after the TLB flush.
struct MmuGather {
    Word pages = 0; ///< bit set of PageId
};
/// Clears one PTE. Returns the page whose reference is now the gather's, or none.
PageId zap_pte_range(Task& t, Mapping at);
inline void tlb_remove_page(MmuGather& tlb, PageId page) {
    if (page) tlb.pages |= Word{1} << page.index;
}
/// The end of a gather: flushes, frees the swap cache of pages that nobody maps any more, drops the references.
void tlb_finish_mmu(Task& t, MmId mm, MmuGather tlb);
/// MADV_DONTNEED: zaps one address, from the local LRU drain to the gather's end.
void zap_page_range(Task& t, Mapping at);

} // namespace model
