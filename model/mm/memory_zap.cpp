// SPDX-License-Identifier: GPL-2.0-only
// Zapping PTEs, and the end of the gather that collects their pages.
#include "model/mm/memory.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"

namespace model {

namespace {

/// Clears the PTE; what was there is lost to the address from this step on.
void zap_pte(Task& t, Mapping at, const arch::PteAccesses& stores, const char* label) {
    const Where here = Where::here();
    const HighWord high = high_word_of(t, stores, ~t.arch.order.clear_keeps);
    const auto clear = [&] {
        t.thread.atomic(
            label,
            [](Cells& c, Mapping m, HighWord h) {
                const Machine& machine = c.context<Machine>();
                ghost_zapped(c, m);
                put_pte(c, machine, m, arch::pte_cleared(machine.arch(), Pte{c.get(machine.at(m).pte)}), h);
            },
            here, at, high);
    };
    clear_pte(t, at, high, clear, here);
}

} // namespace

// zap_pte_range(), mm/memory.c, v5.7 - v6.1: one PTE of an anonymous VMA.
// Left out: flush_tlb_batched_pending (see try_to_unmap_one), file pages, other non-present entries than swap entries, uffd-wp
// markers, rss, a full gather (it is flushed at its end only).
PageId zap_pte_range(Task& t, Mapping at) {
    pte_offset_map_lock(t, at.mm);
    const Pte pte = ptep_get(t, at);
    PageId page = PageId::none();
    if (arch::pte_present(t.arch, pte)) {
        page = t.machine.pte_page(pte);
        bug_on(t, !page, "vm_normal_page(): the PTE names no page");
        zap_pte(t, at, t.arch.order.get_and_clear, "ptep_get_and_clear_full");
        t.call<page_remove_rmap>(page);
    } else if (!arch::pte_none(t.arch, pte)) {
        const SwapSlot entry = t.machine.pte_to_swp_entry(pte);
        bug_on(t, !entry, "zap_pte_range(): the PTE names no swap slot");
        // The slot goes first: under the lock its PTE may name a free one.
        t.call<free_swap_and_cache>(entry);
        zap_pte(t, at, t.arch.order.clear, "pte_clear_not_present_full");
    }
    pte_unmap_unlock(t, at.mm);
    return page;
}

// tlb_finish_mmu(), mm/mmu_gather.c, and free_pages_and_swap_cache(), mm/swap_state.c, v5.7 - v6.1.
// Left out: page tables, batches (pages go by frame, not in the order of their addresses).
void tlb_finish_mmu(Task& t, MmId mm, MmuGather tlb) {
    // A page may only be freed when no processor can reach it through a stale TLB entry.
    t.thread.fence("tlb_flush_mmu_tlbonly");
    if (tlb.pages == 0) return;
    flush_tlb(t, mm, "flush_tlb_mm_range");
    t.call<lru_add_drain>();
    for (std::uint8_t p = 0; p < t.machine.pages(); ++p) {
        if ((tlb.pages >> p & 1) != 0) t.call<free_swap_cache>(PageId{p});
    }
    for (std::uint8_t p = 0; p < t.machine.pages(); ++p) {
        if ((tlb.pages >> p & 1) != 0) put_page(t, PageId{p});
    }
}

// zap_page_range(), mm/memory.c, v5.7 - v6.1; MADV_DONTNEED calls zap_page_range_single() from v6.1 on, which is the same.
// Left out: notifiers, rss, details (nothing is spared).
void zap_page_range(Task& t, Mapping at) {
    t.call<lru_add_drain>();
    MmuGather tlb;
    tlb_remove_page(tlb, t.call<zap_pte_range>(at));
    t.call<tlb_finish_mmu>(at.mm, tlb);
}

} // namespace model
