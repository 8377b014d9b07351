// SPDX-License-Identifier: GPL-2.0-only
// mm/rmap.c and include/linux/rmap.h: see rmap.hpp. Start with try_to_unmap_one().
#include "model/mm/rmap.hpp"

#include "model/mm/swapfile.hpp"

namespace model {

namespace {

/// What a step of the accounting was seen to do wrong.
enum class RmapBug : std::uint8_t { none, exclusive_twice, still_exclusive, wrong_index };

/// __page_set_anon_rmap(): inside a step, under the page-table lock.
void page_set_anon_rmap(Cells& c, PageId page, Mapping at, bool exclusive) {
    const Machine& m = c.context<Machine>();
    const PageCells& p = touch(c, page);
    if (c.get(p.mapping) == 0) c.set(p.mapping, page_mapping_of(exclusive ? at : Mapping{anon_vma_root(c, at), at.va}));
    if (exclusive && m.rules()[Rule::anon_exclusive]) c.set(p.flags, c.get(p.flags) | PG::anon_exclusive);
}

} // namespace

// page_add_new_anon_rmap(), mm/rmap.c, v5.7 - v6.1. One step: nobody else knows the page yet.
// Left out: compound pages, statistics.
void page_add_new_anon_rmap(Task& t, PageId page, Mapping at) {
    t.thread.atomic(
        "page_add_new_anon_rmap",
        [](Cells& c, PageId p, Mapping m) {
            const PageCells& cells = touch(c, p);
            c.set(cells.flags, c.get(cells.flags) | PG::swapbacked);
            c.set(cells.mapcount, 1);
            page_set_anon_rmap(c, p, m, true);
        },
        Where::here(), page, at);
}

// page_add_anon_rmap(), mm/rmap.c, v5.7 - v6.1 (do_page_add_anon_rmap before v5.19). One step: the page and the page table
// are locked; of what is written only the mapcount is read without either lock.
// Left out: KSM, compound pages, mlock, statistics; the check that the page's anon_vma has the same root.
void page_add_anon_rmap(Task& t, PageId page, Mapping at, bool exclusive) {
    const auto bug = t.thread.atomic(
        "page_add_anon_rmap",
        [](Cells& c, PageId p, Mapping m, bool alone) {
            const PageCells& cells = touch(c, p);
            const bool has_exclusive = c.context<Machine>().rules()[Rule::anon_exclusive];
            const Word count = c.get(cells.mapcount);
            c.set(cells.mapcount, count + 1);
            if (count == 0) {
                page_set_anon_rmap(c, p, m, alone);
                return RmapBug::none;
            }
            if (has_exclusive && alone) return RmapBug::exclusive_twice;
            if ((c.get(cells.flags) & PG::anon_exclusive) != 0) return RmapBug::still_exclusive;
            if (anon_vma_of(c.get(cells.mapping)).va != m.va) return RmapBug::wrong_index;
            return RmapBug::none;
        },
        Where::here(), page, at, exclusive);
    bug_on(t, bug == RmapBug::exclusive_twice, "VM_BUG_ON_PAGE(!first && (flags & RMAP_EXCLUSIVE), page)");
    bug_on(t, bug == RmapBug::still_exclusive, "VM_BUG_ON_PAGE(!first && PageAnonExclusive(page), page)");
    bug_on(t, bug == RmapBug::wrong_index, "VM_BUG_ON_PAGE(page_to_pgoff(page) != linear_page_index(vma, address))");
}

// page_remove_rmap(), mm/rmap.c, v5.7 - v6.1. It leaves the anon_vma and PG_anon_exclusive as they are.
// Left out: file pages, compound pages, mlock, statistics.
void page_remove_rmap(Task& t, PageId page) {
    const bool was_mapped = t.thread.atomic(
        "page_remove_rmap",
        [](Cells& c, PageId p) {
            const auto cell = touch(c, p).mapcount;
            if (c.get(cell) == 0) return false;
            c.set(cell, c.get(cell) - 1);
            return true;
        },
        Where::here(), page);
    bug_on(t, !was_mapped, "page_remove_rmap: the page is not mapped");
}

// page_move_anon_rmap(), mm/rmap.c, v5.7 - v6.1. One step: the page and the page table are locked, and what GUP-fast reads
// without them is PG_anon_exclusive alone.
// Left out: nothing.
void page_move_anon_rmap(Task& t, PageId page, Mapping at) {
    const bool locked = t.thread.atomic(
        "page_move_anon_rmap",
        [](Cells& c, PageId p, Mapping m) {
            const PageCells& cells = touch(c, p);
            c.set(cells.mapping, page_mapping_of(m));
            if (c.context<Machine>().rules()[Rule::anon_exclusive])
                c.set(cells.flags, c.get(cells.flags) | PG::anon_exclusive);
            return (c.get(cells.flags) & PG::locked) != 0;
        },
        Where::here(), page, at);
    bug_on(t, !locked, "VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio)");
}

// page_try_dup_anon_rmap(), include/linux/rmap.h, v5.19 - v6.1. Before v5.19 it stands for what copy_present_pte does in its
// place: nothing but page_dup_rmap up to v5.8, page_needs_cow_for_dma first from v5.9 on.
// Left out: device-private pages.
bool page_try_dup_anon_rmap(Task& t, PageId page, Mapping src) {
    const bool exclusive = !t.rules[Rule::anon_exclusive] || PageAnonExclusive(t, page);
    if (exclusive) {
        // page_needs_cow_for_dma(): a pin must keep the page that it knows.
        if (t.rules[Rule::fork_copies_pinned] && read_once(t, t.machine.mm(src.mm).has_pinned, "mm_has_pinned") != 0 &&
            page_maybe_dma_pinned(t, page))
            return false;
        if (t.rules[Rule::anon_exclusive]) ClearPageAnonExclusive(t, page, src, true);
    }
    t.thread.atomic(
        "page_dup_rmap",
        [](Cells& c, PageId p) {
            const auto cell = touch(c, p).mapcount;
            c.set(cell, c.get(cell) + 1);
        },
        Where::here(), page);
    return true;
}

// page_try_share_anon_rmap(), include/linux/rmap.h, v5.19 - v6.1.
// Left out: device-private pages.
bool page_try_share_anon_rmap(Task& t, PageId page, Mapping at) {
    // Pairs with the barrier between GUP-fast's reference and its second look at the PTE (try_grab_folio, gup_pte_range):
    // either the pin is seen here, or the cleared PTE there. Before v6.1 the TLB flush has to do.
    if (t.rules.peek(Rule::gup_fast_barriers)) t.thread.fence("smp_mb");
    if (page_maybe_dma_pinned(t, page)) return false;
    ClearPageAnonExclusive(t, page, at, false);
    // Pairs with the smp_rmb in gup_must_unshare: whoever sees the PTE that is set next sees the flag gone.
    if (t.rules.peek(Rule::gup_fast_barriers)) t.thread.fence("smp_mb__after_atomic");
    return true;
}

// try_to_unmap_one() with page_vma_mapped_walk(), mm/rmap.c and mm/page_vma_mapped.c, v5.7 - v6.1: the anonymous swap-out
// branch for one small page. The caller holds the page lock and the anon_vma lock for reading.
// Left out: hugetlb, THP, file pages, hwpoison, mlocked VMAs, MADV_FREE pages, pages a guest has declared unused,
// arch_unmap_one (ADI tags), swap count continuation, mmu notifiers, rss counters, TTU_SYNC. The TLB flush is deferred only where
// processors mark late: a cleared PTE stops all accesses at once while TLBs are not modelled. There it always is, as if other
// CPUs had the address space (should_defer_flush), without flush_tlb_batched_pending, by which zapping and mprotect wait for it.
UnmappedOne try_to_unmap_one(Task& t, PageId page, Mapping at) {
    // map_pte(): the first look is without the lock, so a PTE that another thread has only cleared for a moment is passed
    // over, and the page then counts as still mapped.
    if (!arch::pte_present(t.arch, ptep_get(t, at, "page_vma_mapped_walk"))) return {};
    pte_offset_map_lock(t, at.mm);
    const Pte mapped = ptep_get(t, at, "check_pte");
    if (!arch::pte_present(t.arch, mapped) || t.machine.pte_page(mapped) != page) {
        pte_unmap_unlock(t, at.mm);
        return {};
    }

    const bool anon_exclusive = t.rules[Rule::anon_exclusive] && PageAnonExclusive(t, page);
    const bool is_deferred = t.machine.has_late_marks() && arch::has_deferred_unmap_flush(t.arch);
    const Pte pteval = is_deferred ? ptep_get_and_clear(t, at) : ptep_clear_flush(t, at);
    const bool was_dirty = arch::pte_dirty(t.arch, pteval);
    if (was_dirty) SetPageDirty(t, page);

    // The page lock keeps all three as they are, so one step reads them.
    const SwapSlot entry = t.thread.atomic(
        "page_private",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            const Word both = PG::swapbacked | PG::swapcache;
            return (c.get(cells.flags) & both) == both ? slot_of_private(c.get(cells.private_)) : SwapSlot::none();
        },
        Where::here(), page);
    // The kernel warns and goes on with the PTE cleared, which loses the page: as good as a crash.
    bug_on(t, !entry, "WARN_ON_ONCE(folio_test_swapbacked(folio) != folio_test_swapcache(folio))");

    if (!swap_duplicate(t, entry)) {
        set_pte_at(t, at, pteval);
        pte_unmap_unlock(t, at.mm);
        return {false, is_deferred, was_dirty};
    }
    // The PTE is clear: a pin that is not seen here belongs to a GUP-fast walk that will see the PTE changed and give up.
    if (anon_exclusive && !t.call<page_try_share_anon_rmap>(page, at)) {
        swap_free(t, entry);
        set_pte_at(t, at, pteval);
        pte_unmap_unlock(t, at.mm);
        return {false, is_deferred, was_dirty};
    }
    // swapoff finds this address space from now on. The kernel looks whether it is on the list before it takes the list's
    // lock; nothing can take it off while `entry` is in use, so look and insertion are one step.
    write_once(t, t.machine.mm(at.mm).on_mmlist, 1, "list_add(&mm->mmlist)");

    Pte swp_pte = t.machine.swp_entry_to_pte(entry);
    if (t.rules[Rule::swp_exclusive] && t.rules[Rule::unmap_keeps_exclusive] &&
        (anon_exclusive || !t.rules[Rule::unmap_marks_only_exclusive]))
        swp_pte = arch::pte_swp_mkexclusive(t.arch, swp_pte);
    if (arch::pte_soft_dirty(t.arch, pteval)) swp_pte = arch::pte_swp_mksoft_dirty(t.arch, swp_pte);
    if (arch::pte_uffd_wp(t.arch, pteval)) swp_pte = arch::pte_swp_mkuffd_wp(t.arch, swp_pte);
    set_pte_at(t, at, swp_pte);
    page_remove_rmap(t, page);
    put_page(t, page);
    pte_unmap_unlock(t, at.mm);
    return {true, is_deferred, was_dirty};
}

// try_to_unmap() with rmap_walk_anon() and folio_lock_anon_vma_read(), mm/rmap.c, v5.7 - v6.1. The caller holds the page
// lock, so the page stays with its anon_vma. Address spaces are walked in the order of their ids; the kernel's interval
// tree has them in the order in which they were linked, parents first.
// Left out: KSM and file pages; the trylock in front of the sleeping lock and the early exits when the page turns out not
// to be mapped any more while its anon_vma is looked up (the walk then finds no PTE either).
UnmapBatch try_to_unmap(Task& t, PageId page) {
    const Mapping owner = t.thread.atomic(
        "folio->mapping",
        [](Cells& c, PageId p) {
            const Word mapping = c.get(touch(c, p).mapping);
            return mapping == 0 ? Mapping{} : anon_vma_of(mapping);
        },
        Where::here(), page);
    UnmapBatch batch;
    if (!owner.mm) return batch;

    t.thread.read_lock(t.machine.anon_vma_lock(owner.va), "anon_vma_lock_read");
    Word linked = read_once(t, t.machine.at(owner).anon_vma, "anon_vma_interval_tree_foreach");
    for (std::uint8_t mm = 0; linked != 0; ++mm, linked >>= 1) {
        if ((linked & 1) == 0) continue;
        const auto one = t.call<try_to_unmap_one>(page, Mapping{MmId{mm}, owner.va});
        if (one.is_deferred) batch.mms |= static_cast<std::uint8_t>(1U << mm);
        batch.writable = batch.writable || (one.is_deferred && one.was_dirty);
        if (!one.goes_on) break;
        // page_not_mapped() ends the walk; after the last address space it makes no difference and is left out.
        if ((linked >> 1) != 0 && !page_mapped(t, page)) break;
    }
    t.thread.read_unlock(t.machine.anon_vma_lock(owner.va), "anon_vma_unlock_read");
    return batch;
}

// try_to_unmap_flush() and try_to_unmap_flush_dirty(), mm/rmap.c, v5.7 - v6.1. Address spaces one after the other; the kernel interrupts
// all CPUs at once and waits for all of them.
// Left out: nothing.
void try_to_unmap_flush(Task& t, UnmapBatch& batch) {
    for (std::uint8_t mm = 0; batch.mms >> mm != 0; ++mm) {
        if ((batch.mms >> mm & 1) != 0) flush_tlb(t, MmId{mm}, "arch_tlbbatch_flush");
    }
    batch = {};
}
void try_to_unmap_flush_dirty(Task& t, UnmapBatch& batch) {
    if (batch.writable) try_to_unmap_flush(t, batch);
}

} // namespace model
