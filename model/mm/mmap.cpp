// SPDX-License-Identifier: GPL-2.0-only
// mm/mmap.c: munmap.
#include "model/mm/mmap.hpp"

#include "model/mm/memory.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"

namespace model {

namespace {

// unmap_region(), mm/mmap.c, v5.7 - v6.1, with free_pgtables(), mm/memory.c. The VMA is out of the tree.
// Left out: hiwater_rss; freeing page tables (the model never frees them).
void unmap_region(Task& t, Mapping at) {
    t.call<lru_add_drain>();
    MmuGather tlb;
    tlb_remove_page(tlb, t.call<zap_pte_range>(at));
    t.call<unlink_anon_vmas>(at);
    t.call<tlb_finish_mmu>(at.mm, tlb);
}

} // namespace

// do_mas_align_munmap(), mm/mmap.c, v6.1; before, __do_munmap(). As munmap(2) calls it, which has mmap_lock downgraded since
// v4.20 (dd2283f2605e): the VMA goes under the lock for writing, its pages under the lock for reading.
// Left out: splitting VMAs, several of them, those next to a stack (which keep the lock for writing); locked pages, uffd,
// accounting.
void do_munmap(Task& t, Va va) {
    const Mapping at{t.mm, va};
    mmap_write_lock(t, t.mm);
    if ((vma_flags(t, at) & VM::mapped) == 0) {
        mmap_write_unlock(t, t.mm);
        return;
    }
    write_once(t, t.machine.at(at).vma, 0, "mas_store_prealloc");
    mmap_write_downgrade(t, t.mm);
    unmap_region(t, at);
    mmap_read_unlock(t, t.mm);
}

} // namespace model
