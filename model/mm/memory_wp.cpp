// SPDX-License-Identifier: GPL-2.0-only
// Write faults, and unsharing, on a present PTE: who may go on using the page, and who gets a copy. Start with
// do_wp_page().
#include "model/mm/memory.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"

namespace model {

namespace {

/// What do_wp_page's look at the page came to.
enum class Reuse : std::uint8_t {
    no,
    yes,
    pte_changed, ///< while the page-table lock was dropped; it is dropped now as well
};

// The part of do_wp_page(), mm/memory.c, up to v5.8 that decides about an anonymous page: how often it is mapped and
// swapped counts, who holds references does not.
// Left out: KSM (reuse_ksm_page); huge pages, whose total count decides about page_move_anon_rmap.
Reuse wp_reuse_by_mapcount(Task& t, Mapping at, Pte orig_pte, PageId page) {
    if (!trylock_page(t, page)) {
        get_page(t, page);
        pte_unmap_unlock(t, at.mm);
        lock_page(t, page);
        pte_offset_map_lock(t, at.mm);
        if (!arch::pte_same(t.arch, ptep_get(t, at), orig_pte)) {
            unlock_page(t, page);
            pte_unmap_unlock(t, at.mm);
            put_page(t, page);
            return Reuse::pte_changed;
        }
        put_page(t, page);
    }
    const bool reuse = t.call<reuse_swap_page>(page);
    // Protected against the rmap code by the page lock.
    if (reuse) t.call<page_move_anon_rmap>(page, at);
    unlock_page(t, page);
    return reuse ? Reuse::yes : Reuse::no;
}

// The same part from v5.9 to v5.17: one reference, or a copy. A page in the swap cache has two.
// Left out: KSM.
Reuse wp_reuse_by_refcount(Task& t, PageId page) {
    if (page_count(t, page) != 1) return Reuse::no;
    if (!trylock_page(t, page)) return Reuse::no;
    const bool reuse = page_mapcount(t, page) == 1 && page_count(t, page) == 1;
    unlock_page(t, page);
    return reuse ? Reuse::yes : Reuse::no;
}

// The same part from v5.18 to v6.1: drops the swap cache's reference and the local LRU batch's, then counts.
// Left out: KSM.
Reuse wp_reuse_after_swap_free(Task& t, Mapping at, PageId page) {
    if (page_count(t, page) > 3) return Reuse::no;
    // References of other CPUs' batches, or those of a batch to a page on the LRU, cannot be told from anybody else's.
    if (!PageLRU(t, page)) t.call<lru_add_drain>();
    const Word count = page_count(t, page);
    if (count > 1 + Word{PageSwapCache(t, page)}) return Reuse::no;
    if (!trylock_page(t, page)) return Reuse::no;
    if (PageSwapCache(t, page)) t.call<folio_free_swap>(page);
    if (page_count(t, page) != 1) {
        unlock_page(t, page);
        return Reuse::no;
    }
    // From v5.9 to v5.18 the page stays with the anon_vma it has, which other processes may be linked to.
    if (t.rules[Rule::wp_reuse_moves_anon_rmap]) t.call<page_move_anon_rmap>(page, at);
    unlock_page(t, page);
    return Reuse::yes;
}

Reuse wp_can_reuse(Task& t, Mapping at, Pte orig_pte, PageId page) {
    // Exclusive to this process: it must be reused, whoever holds references, for they are this process's.
    if (t.rules[Rule::anon_exclusive] && PageAnonExclusive(t, page)) return Reuse::yes;
    if (t.rules[Rule::wp_reuse_by_mapcount]) return t.call<wp_reuse_by_mapcount>(at, orig_pte, page);
    if (t.rules[Rule::wp_reuse_after_swap_free]) return t.call<wp_reuse_after_swap_free>(at, page);
    return t.call<wp_reuse_by_refcount>(page);
}

} // namespace

// do_wp_page(), mm/memory.c, v5.7 - v6.1: an anonymous page.
// Left out: userfaultfd write protection and its flush, the zero page and other PTEs without a struct page, shared and file
// mappings.
FaultResult do_wp_page(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags) {
    const bool unshare = (flags & FAULT_FLAG_UNSHARE) != 0;
    bug_on(t, unshare == ((flags & FAULT_FLAG_WRITE) != 0), "VM_BUG_ON(unshare == !!(vmf->flags & FAULT_FLAG_WRITE))");
    const PageId page = t.machine.pte_page(orig_pte);
    bug_on(t, !page, "vm_normal_page(): the PTE names no page");

    const Reuse reuse = t.call<wp_can_reuse>(at, orig_pte, page);
    if (reuse == Reuse::pte_changed) return 0;
    if (reuse == Reuse::yes) {
        if (unshare) {
            pte_unmap_unlock(t, at.mm);
            return 0;
        }
        t.call<wp_page_reuse>(at, vm_flags);
        return VM_FAULT_WRITE;
    }
    get_page(t, page);
    pte_unmap_unlock(t, at.mm);
    return t.call<wp_page_copy>(at, vm_flags, orig_pte, flags, page);
}

// wp_page_reuse(), mm/memory.c, v5.7 - v6.1. The entry is made from the PTE as it is, which under the lock differs from
// orig_pte in what the hardware set at most.
// Left out: the assertion that the page is exclusive (property I4 says so), the last CPU's id (NUMA), counters.
void wp_page_reuse(Task& t, Mapping at, Word vm_flags) {
    ptep_set_access_flags(t, at, true, (vm_flags & VM::write) != 0);
    pte_unmap_unlock(t, at.mm);
}

namespace {

/// The PTE of wp_page_copy's copy.
Pte mk_copy_pte(const Task& t, PageId page, Word vm_flags, Pte orig_pte, bool unshare) {
    Pte entry = t.machine.mk_pte(page);
    if (!unshare) return maybe_mkwrite(t, arch::pte_mkdirty(t.arch, entry), vm_flags);
    if (arch::pte_soft_dirty(t.arch, orig_pte)) entry = arch::pte_mksoft_dirty(t.arch, entry);
    if (arch::pte_uffd_wp(t.arch, orig_pte)) entry = arch::pte_mkuffd_wp(t.arch, entry);
    return entry;
}

} // namespace

// wp_page_copy(), mm/memory.c, v5.7 - v6.1: the page is anonymous.
// Left out: anon_vma_prepare, for a VMA with an anonymous page has its anon_vma; a copy that faults; the zero page;
// allocation failure, charges, notifiers, counters; mlock (before v5.18).
FaultResult wp_page_copy(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags, PageId old_page) {
    const bool unshare = (flags & FAULT_FLAG_UNSHARE) != 0;
    const PageId new_page = alloc_page(t);
    for (std::uint8_t u = 0; u < t.machine.units(); ++u)
        copy_unit(t, new_page, old_page, Unit{u}, "copy_user_highpage");
    // Its write barrier orders the copy before set_pte_at: pairs with the address dependency of whoever reads through it.
    SetPageUptodate(t, new_page);

    pte_offset_map_lock(t, at.mm);
    if (!arch::pte_same(t.arch, ptep_get(t, at), orig_pte)) {
        put_page(t, new_page);
        pte_unmap_unlock(t, at.mm);
        put_page(t, old_page);
        return 0;
    }
    // Cleared and flushed before the copy is mapped, so that no processor reads the old page while another writes the new.
    ptep_clear_flush(t, at, "ptep_clear_flush_notify");
    t.call<page_add_new_anon_rmap>(new_page, at);
    t.call<lru_cache_add>(new_page);
    const Pte entry = mk_copy_pte(t, new_page, vm_flags, orig_pte, unshare);
    bug_on(t, unshare && arch::pte_write(t.arch, entry), "BUG_ON(unshare && pte_write(entry))");
    const Where here = Where::here();
    const HighWord high = high_word_of(t, t.arch.order.set, arch::high_word);
    const auto set_pte_at_notify = [&] {
        t.thread.atomic(
            "set_pte_at_notify",
            [](Cells& c, Mapping m, Pte pte, PageId old, HighWord h) {
                ghost_page_copied(c, old, m);
                put_pte(c, c.context<Machine>(), m, pte, h);
            },
            here, at, entry, old_page, high);
    };
    in_word_order(
        high, [&] { store_high_word(t, at, entry, here); }, set_pte_at_notify);
    // After the flush: whoever sees the lower mapcount and reuses the old page must not meet readers of ours (pairs with
    // the counts in do_wp_page).
    t.call<page_remove_rmap>(old_page);
    // The mapping's reference; the caller's goes last.
    put_page(t, old_page);
    pte_unmap_unlock(t, at.mm);
    if (t.rules[Rule::wp_copy_frees_swap]) t.call<free_swap_cache>(old_page);
    put_page(t, old_page);
    return unshare ? 0 : VM_FAULT_WRITE;
}

} // namespace model
