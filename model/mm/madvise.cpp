// SPDX-License-Identifier: GPL-2.0-only
// mm/madvise.c. Start at the bottom, with do_madvise().
#include "model/mm/madvise.hpp"

#include "model/mm/memory.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/vmscan.hpp"
#include "model/page.hpp"
#include "model/pte.hpp"

namespace model {

// madvise_cold_or_pageout_pte_range(), mm/madvise.c, v5.7 - v6.1, for MADV_PAGEOUT, without its last call, reclaim_pages().
// Left out: MADV_COLD, huge pages, several addresses, fatal signals; device and special pages, unevictable pages; PG_referenced
// and PG_young; the batched TLB flush before and the gather's flush after. Before v6.0 (58d426a7ba92) PG_lru is not
// looked at before young is cleared, so there a page off the LRU gets old too.
PageId madvise_cold_or_pageout_pte_range(Task& t, Mapping at) {
    PageId isolated;
    pte_offset_map_lock(t, at.mm);
    const Pte pte = ptep_get(t, at);
    if (arch::pte_present(t.arch, pte)) {
        const PageId page = t.machine.pte_page(pte);
        bug_on(t, !page, "vm_normal_page(): the PTE names no page");
        // What other processes map too is not ours to page out.
        if (PageLRU(t, page) && page_mapcount(t, page) == 1) {
            if (arch::pte_young(t.arch, pte)) {
                const Pte old = ptep_get_and_clear(t, at, "ptep_get_and_clear_full");
                set_pte_at(t, at, arch::pte_mkold(t.arch, old));
            }
            if (t.call<isolate_lru_page>(page)) isolated = page;
        }
    }
    pte_unmap_unlock(t, at.mm);
    return isolated;
}

// madvise_pageout(), mm/madvise.c, v5.7 - v6.1.
// Left out: locked, huge and file mappings.
void madvise_pageout(Task& t, Mapping at) {
    t.call<lru_add_drain>();
    const PageId page = t.call<madvise_cold_or_pageout_pte_range>(at);
    if (page) t.call<reclaim_pages>(page);
}

namespace {

// madvise_vma_behavior() and madvise_update_vma(), mm/madvise.c, v5.7 - v6.1, for MADV_DONTFORK and MADV_DOFORK. The caller
// holds mmap_lock for writing.
// Left out: splitting and merging VMAs, VM_IO.
void madvise_update_vma(Task& t, Mapping at, Word vm_flags, bool dontcopy) {
    const Word new_flags = dontcopy ? vm_flags | VM::dontcopy : vm_flags & ~VM::dontcopy;
    if (new_flags != vm_flags) write_once(t, t.machine.at(at).vma, new_flags, "vma->vm_flags");
}

} // namespace

// do_madvise(), mm/madvise.c, v5.7 - v6.1.
// Left out: all other advice, several addresses and VMAs, block plugging, waiting for mmap_lock being killable; userfaultfd
// and locked VMAs with MADV_DONTNEED.
void do_madvise(Task& t, Va va, Advice advice) {
    const Mapping at{t.mm, va};
    // madvise_need_mmap_write()
    const bool write = advice == Advice::dontfork || advice == Advice::dofork;
    if (write)
        mmap_write_lock(t, t.mm);
    else
        mmap_read_lock(t, t.mm);
    const Word vm_flags = vma_flags(t, at);
    if ((vm_flags & VM::mapped) != 0) {
        switch (advice) {
        case Advice::pageout: t.call<madvise_pageout>(at); break;
        case Advice::dontneed: t.call<zap_page_range>(at); break;
        case Advice::dontfork: madvise_update_vma(t, at, vm_flags, true); break;
        case Advice::dofork: madvise_update_vma(t, at, vm_flags, false); break;
        }
    }
    if (write)
        mmap_write_unlock(t, t.mm);
    else
        mmap_read_unlock(t, t.mm);
}

} // namespace model
