// SPDX-License-Identifier: GPL-2.0-only
// Copying page tables at fork. Start with copy_pte_range().
#include "model/mm/memory.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swapfile.hpp"

namespace model {

namespace {

/// The step that gives the child a PTE for what the parent's names.
void set_child_pte(Task& t, Mapping dst, Mapping src, Pte pte) {
    const Where here = Where::here();
    const HighWord high = high_word_of(t, t.arch.order.set, arch::high_word);
    const auto set_pte = [&] {
        t.thread.atomic(
            "set_pte_at",
            [](Cells& c, Mapping to, Mapping from, Pte word, HighWord h) {
                ghost_pte_duplicated(c, from);
                put_pte(c, c.context<Machine>(), to, word, h);
            },
            here, dst, src, pte, high);
    };
    in_word_order(
        high, [&] { store_high_word(t, dst, pte, here); }, set_pte);
}

// list_add() of the child to swapoff's list, under mmlist_lock, if it is not there.
// Left out: where on the list it is; the look without the lock before.
void add_to_mmlist(Task& t, MmId mm) { write_once(t, t.machine.mm(mm).on_mmlist, 1, "list_add mmlist"); }

} // namespace

// copy_page_range(), mm/memory.c, v5.7 - v6.1: a private anonymous VMA. Each address is a VMA of its own here.
// Left out: VMAs without an anon_vma, which need no copy (vma_needs_copy; the machine's are born with one); upper page-table
// levels, hugetlb, PFN maps, notifiers.
void copy_page_range(Task& t, MmId parent, MmId child, Va va) {
    const bool seq = t.rules[Rule::write_protect_seq];
    // Pairs with read_seqcount_retry in lockless_pages_from_mm: a pin taken meanwhile is given back.
    if (seq) t.thread.write_seqcount_begin(t.machine.mm(parent).write_protect_seq);
    t.call<copy_pte_range>(parent, child, va);
    if (seq) t.thread.write_seqcount_end(t.machine.mm(parent).write_protect_seq);
}

// copy_pte_range(), mm/memory.c, v5.7 - v6.1: one PTE. The kernel looks at the parent's PTE several times under the lock;
// what the hardware sets in between reaches the child or not in either way.
// Left out: swap count continuations (ENOMEM, and the retry for them), rss, allocation failure.
void copy_pte_range(Task& t, MmId parent, MmId child, Va va) {
    const Mapping src{parent, va};
    const Mapping dst{child, va};
    PageId prealloc = PageId::none();
    for (;;) {
        t.forget("copy_pte_range", prealloc);
        pte_offset_map_lock(t, child);
        pte_offset_map_lock(t, parent);
        const Pte pte = ptep_get(t, src);
        CopiedPte copied = CopiedPte::shared;
        if (arch::is_swap_pte(t.arch, pte))
            t.call<copy_nonpresent_pte>(dst, src, pte);
        else if (arch::pte_present(t.arch, pte))
            copied = t.call<copy_present_pte>(dst, src, pte, prealloc);
        // Preallocated for nothing: the pin is gone, or the PTE.
        if (prealloc && copied == CopiedPte::shared) put_page(t, prealloc);
        pte_unmap_unlock(t, parent);
        pte_unmap_unlock(t, child);
        if (copied != CopiedPte::needs_page) return;
        prealloc = alloc_page(t);
    }
}

// copy_nonpresent_pte(), mm/memory.c, v5.7 - v6.1 (before v5.9 in copy_one_pte()): a swap entry.
// Left out: all other entries (migration, device, hwpoison, markers), continuations, rss, userfaultfd (the bit is cleared for the child).
void copy_nonpresent_pte(Task& t, Mapping dst, Mapping src, Pte pte) {
    const SwapSlot entry = t.machine.pte_to_swp_entry(pte);
    bug_on(t, !entry, "copy_nonpresent_pte(): the PTE names no swap slot");
    const bool duplicated = t.call<swap_duplicate>(entry);
    bug_on(t, !duplicated, "swap_duplicate(): the count needs a continuation");
    add_to_mmlist(t, dst.mm);
    // The entry is shared now, so neither PTE may claim it.
    if (t.rules[Rule::swp_exclusive] && t.rules[Rule::fork_clears_swp_exclusive] &&
        arch::pte_swp_exclusive(t.arch, pte)) {
        pte = arch::pte_swp_clear_exclusive(t.arch, pte);
        set_pte_at(t, src, pte);
    }
    set_child_pte(t, dst, src, arch::pte_swp_clear_uffd_wp(t.arch, pte));
}

// copy_present_pte(), mm/memory.c, v5.7 - v6.1 (before v5.9 in copy_one_pte()): an anonymous page of a private mapping.
// v5.9 - v5.18 take the reference after they have looked for a pin, which changes a count that nobody compares exactly.
// Left out: file pages, shared mappings, rss, userfaultfd (the bit is cleared for the child); the assertion that the page is
// not exclusive any more (property I3 says so).
CopiedPte copy_present_pte(Task& t, Mapping dst, Mapping src, Pte pte, PageId prealloc) {
    const PageId page = t.machine.pte_page(pte);
    bug_on(t, !page, "vm_normal_page(): the PTE names no page");
    get_page(t, page);
    if (!t.call<page_try_dup_anon_rmap>(page, src)) {
        put_page(t, page);
        return t.call<copy_present_page>(dst, page, prealloc);
    }
    if (arch::pte_write(t.arch, pte)) {
        ptep_set_wrprotect(t, src);
        pte = arch::pte_wrprotect(t.arch, pte);
    }
    pte = arch::pte_clear_uffd_wp(t.arch, arch::pte_mkold(t.arch, pte));
    set_child_pte(t, dst, src, pte);
    return CopiedPte::shared;
}

// copy_present_page(), mm/memory.c, v5.9 - v6.1: a page that may be pinned. The parent's PTE stays as it is, writable, so
// stores and DMA may tear the copy. The child's PTE duplicates nothing.
// Left out: control groups, rss, userfaultfd.
CopiedPte copy_present_page(Task& t, Mapping dst, PageId page, PageId prealloc) {
    if (!prealloc) return CopiedPte::needs_page;
    for (std::uint8_t u = 0; u < t.machine.units(); ++u) copy_unit(t, prealloc, page, Unit{u}, "copy_user_highpage");
    SetPageUptodate(t, prealloc);
    t.call<page_add_new_anon_rmap>(prealloc, dst);
    t.call<lru_cache_add>(prealloc);
    const Pte dirty = arch::pte_mkdirty(t.arch, t.machine.mk_pte(prealloc));
    set_pte_at(t, dst, maybe_mkwrite(t, dirty, vma_flags(t, dst)));
    return CopiedPte::copied;
}

} // namespace model
