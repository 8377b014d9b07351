// SPDX-License-Identifier: GPL-2.0-only
// Faults on swap PTEs. Start with do_swap_page().
#include "model/mm/memory.hpp"
#include "model/mm/page_io.hpp"
#include "model/mm/rmap.hpp"
#include "model/mm/swap.hpp"
#include "model/mm/swap_state.hpp"
#include "model/mm/swapfile.hpp"
#include "model/results.hpp"

namespace model {

namespace {

/// How do_swap_page came by a page.
struct SwapinPage {
    PageId page; ///< with a reference for the caller; none: back out, and let the access fault again
    bool in_swapcache = false;
    bool pinned = false; ///< SWAP_HAS_CACHE was set for it (need_clear_cache)
};

// folio_lock_or_retry(), mm/filemap.c, before v5.16 lock_page_or_retry(); v5.7 - v6.1.
// Left out: FAULT_FLAG_KILLABLE and FAULT_FLAG_RETRY_NOWAIT; the trylock of a thread that will wait anyway.
bool lock_page_or_retry(Task& t, PageId page, MmId mm, FaultFlags flags) {
    const bool retry_first = (flags & FAULT_FLAG_ALLOW_RETRY) != 0 && (flags & FAULT_FLAG_TRIED) == 0;
    if (!retry_first) {
        lock_page(t, page);
        return true;
    }
    if (trylock_page(t, page)) return true;
    mmap_read_unlock(t, mm);
    t.thread.wait_until(
        "folio_wait_locked",
        [](const View& v, PageId p) { return (v[v.context<Machine>().page(p).flags] & PG::locked) == 0; },
        Where::here(), page);
    return false;
}

// The kernel sleeps for a tick and faults again, until one of these has changed: the PTE, the swap cache, the byte.
// Left out: that mmap_lock and the device's reference are dropped and taken again after each tick. Whoever is waited for needs
// neither mmap_lock for writing nor a device without users.
void wait_for_other_swapin(Task& t, Mapping at, Pte orig_pte, SwapSlot entry) {
    t.thread.wait_until(
        "schedule_timeout_uninterruptible",
        [](const View& v, Mapping m, Pte pte, SwapSlot slot) {
            const Machine& machine = v.context<Machine>();
            const Word byte = v[machine.slot(slot).swap_map];
            return v[machine.at(m).pte] != pte.val || v[machine.slot(slot).cache] != 0 ||
                   ((byte & SWAP_HAS_CACHE) == 0 && byte != 0);
        },
        Where::here(), at, orig_pte, entry);
}

// The part of do_swap_page(), mm/memory.c, v5.7 - v6.1, that reads around the swap cache. With the rule
// skip_swapcache_pin another thread that comes here for the same entry waits, so that the entry cannot be freed, used
// anew and found unchanged in the PTE.
// Left out: allocation failure, control groups, shadow entries, page_private for swap_readpage, and that 5.10 sets
// PG_swapcache around its charge.
SwapinPage swapin_skip_swapcache(Task& t, Mapping at, Pte orig_pte, SwapSlot entry) {
    const bool pin = t.rules[Rule::skip_swapcache_pin];
    if (pin && t.call<swapcache_prepare>(entry) != Prepare::ok) {
        wait_for_other_swapin(t, at, orig_pte, entry);
        return {PageId::none()};
    }
    const PageId page = alloc_page(t);
    set_page_flag(t, page, PG::locked | PG::swapbacked, "__folio_set_locked, __folio_set_swapbacked");
    t.call<lru_cache_add>(page);
    t.call<swap_readpage>(page, entry);
    return {page, false, pin};
}

// The part of do_swap_page() that finds the page of an entry or reads it.
// Left out: hwpoison; VM_FAULT_OOM where there is no page and the PTE is nevertheless the same (the slot was freed and used
// anew meanwhile): the access faults again in either case, so the PTE is not compared.
SwapinPage swapin_find_page(Task& t, Mapping at, Pte orig_pte, SwapSlot entry) {
    const PageId cached = t.call<swap_cache_get_page>(entry);
    if (cached) return {cached, true, false};
    if (swap_is_synchronous(t, entry) && t.call<swap_count>(entry) == 1)
        return t.call<swapin_skip_swapcache>(at, orig_pte, entry);
    const PageId page = t.call<swapin_readahead>(entry);
    if (!page) {
        // Whoever dropped the last count holds the page-table lock until the PTE has changed.
        pte_offset_map_lock(t, at.mm);
        pte_unmap_unlock(t, at.mm);
    }
    return {page, true, false};
}

/// Whether a locked page is still the one of `entry` in the swap cache. One step: both words are stable under the lock.
bool is_swapcache_of(Task& t, PageId page, SwapSlot entry) {
    return t.thread.atomic(
        "folio_test_swapcache && page_private",
        [](Cells& c, PageId p, SwapSlot slot) {
            const PageCells& cells = touch(c, p);
            return (c.get(cells.flags) & PG::swapcache) != 0 && c.get(cells.private_) == private_of_slot(slot);
        },
        Where::here(), page, entry);
}

/// Whether the swap PTE, or how the page was come by, proves that nobody else has it.
bool swapin_is_exclusive(Task& t, Pte orig_pte, SwapSlot entry, const SwapinPage& in) {
    // Fresh, and never exposed to the swap cache.
    if (!in.in_swapcache) return true;
    if (!t.rules[Rule::swp_exclusive] || !t.rules[Rule::swapin_restores_exclusive]) return false;
    if (!arch::pte_swp_exclusive(t.arch, orig_pte)) return false;
    // A device that wants stable pages must not see the page change while it writes it, so the page must not be mapped
    // writable. Dropping the marker is safe: writeback starts only if nobody held a reference after the last unmapping.
    if (!t.rules[Rule::stable_writes_drops_exclusive]) return true;
    if (swap_has_stable_writes(t, entry) == t.rules[Rule::mutation_stable_writes_test_inverted]) return true;
    return !PageWriteback(t, in.page);
}

/// The page's PTE, read-only, with what the swap PTE remembers. Soft-dirty and uffd-wp survive swap.
Pte mk_swapin_pte(const Task& t, PageId page, Word vm_flags, Pte orig_pte, bool writable) {
    Pte pte = t.machine.mk_pte(page);
    if (writable) pte = maybe_mkwrite(t, arch::pte_mkdirty(t.arch, pte), vm_flags);
    if (arch::pte_swp_soft_dirty(t.arch, orig_pte)) pte = arch::pte_mksoft_dirty(t.arch, pte);
    if (arch::pte_swp_uffd_wp(t.arch, orig_pte)) pte = arch::pte_wrprotect(t.arch, arch::pte_mkuffd_wp(t.arch, pte));
    return pte;
}

/// What mapping the page came to: the new PTE, and VM_FAULT_WRITE if it satisfies a write fault.
struct MappedPage {
    Pte pte;
    FaultResult result = 0;
};

// The mapping half of do_swap_page(), mm/memory.c, v5.18 - v6.1: drops the entry, and the swap cache if it can, then
// counts. Under the page-table lock and the page lock; the entry's count may be 0 before its PTE is gone.
// Left out: arch_swap_restore and arch_do_swap_page (no architecture here has tags), VM_LOCKED, counters; the assertion
// that a page mapped writable is exclusive (property I4 says so).
MappedPage swapin_map_free_first(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags, SwapinPage in) {
    const SwapSlot entry = t.machine.pte_to_swp_entry(orig_pte);
    const bool write = (flags & FAULT_FLAG_WRITE) != 0;
    // Under the page-table lock, which keeps fork from sharing the entry meanwhile.
    const bool exclusive = swapin_is_exclusive(t, orig_pte, entry, in);
    t.call<swap_free>(entry, PageId::none());
    if (t.call<should_try_to_free_swap>(in.page, flags)) t.call<folio_free_swap>(in.page);

    const bool reuse = (write || t.rules[Rule::swapin_exclusive_on_read]) && (exclusive || page_count(t, in.page) == 1);
    const Pte pte = mk_swapin_pte(t, in.page, vm_flags, orig_pte, reuse && write);
    t.call<page_add_anon_rmap>(in.page, at, reuse);
    set_pte_at(t, at, pte);
    return {pte, reuse && write ? VM_FAULT_WRITE : 0};
}

// The same before v5.18: reuse_swap_page counts the faulting PTE's own entry, so the entry is dropped last.
// Left out: as above; v5.7's activate_page, whose batch holds a reference to a page on the LRU until it is drained.
MappedPage swapin_map_free_last(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags, SwapinPage in) {
    const SwapSlot entry = t.machine.pte_to_swp_entry(orig_pte);
    const bool reuse =
        (flags & FAULT_FLAG_WRITE) != 0 && t.rules[Rule::swapin_reuse_swap_page] && t.call<reuse_swap_page>(in.page);
    const Pte pte = mk_swapin_pte(t, in.page, vm_flags, orig_pte, reuse);
    set_pte_at(t, at, pte);
    t.call<page_add_anon_rmap>(in.page, at, reuse);
    t.call<swap_free>(entry, PageId::none());
    if (t.call<vm_swap_full>()) t.call<folio_free_swap>(in.page);
    return {pte, reuse ? VM_FAULT_WRITE : 0};
}

/// What do_swap_page does after the page's lock is dropped.
enum class AfterSwapin : Word {
    release,    ///< drop the reference: the page was not mapped, and the page-table lock is free
    unlock_pte, ///< the page was mapped; the page-table lock is held
    write,      ///< the same, but the fault writes and the PTE is read-only: do_wp_page
};
struct SwapinMapped {
    AfterSwapin next = AfterSwapin::release;
    FaultResult result = 0;
    Pte pte; ///< what was mapped
};

// The middle of do_swap_page(), mm/memory.c, v5.7 - v6.1: from the page lock to its release. Mapped: the page-table lock is
// still held; else it and the page's lock are dropped, the reference is not.
// Left out: KSM's copy.
SwapinMapped swapin_map_page(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags, SwapinPage in) {
    const PageId page = in.page;
    // The reference and the comparison of the PTE below do not exclude that the slot was freed and used anew.
    const SwapSlot entry = t.machine.pte_to_swp_entry(orig_pte);
    if (in.in_swapcache && t.rules[Rule::swapin_rechecks_swapcache] && !is_swapcache_of(t, page, entry)) {
        unlock_page(t, page);
        return {};
    }
    const bool write = (flags & FAULT_FLAG_WRITE) != 0;
    // The local batch's reference would make the page look shared.
    if (in.in_swapcache && write && t.rules[Rule::swapin_frees_first] && !PageLRU(t, page)) t.call<lru_add_drain>();

    pte_offset_map_lock(t, at.mm);
    if (!arch::pte_same(t.arch, ptep_get(t, at), orig_pte)) {
        pte_unmap_unlock(t, at.mm);
        unlock_page(t, page);
        return {};
    }
    const PageFlags page_flags = t.thread.atomic(
        "folio_test_uptodate",
        [](Cells& c, PageId p, SwapSlot expected) {
            const Word found = c.get(touch(c, p).flags) & (PG::uptodate | PG::anon_exclusive);
            // Before reuse_swap_page (up to v5.17) or folio_free_swap may take the page out of the swap cache.
            if (expected && (found & PG::uptodate) != 0) ghost_swap_page_used(c, p, expected);
            return PageFlags{found};
        },
        Where::here(), page, in.in_swapcache ? entry : SwapSlot::none());
    if ((page_flags.bits & PG::uptodate) == 0) {
        pte_unmap_unlock(t, at.mm);
        unlock_page(t, page);
        return {AfterSwapin::release, VM_FAULT_SIGBUS, Pte{}};
    }
    // A swap PTE never points at a page in the swap cache that is exclusive.
    bug_on(t, t.rules[Rule::anon_exclusive] && (page_flags.bits & PG::anon_exclusive) != 0,
           "BUG_ON(folio_test_anon(folio) && PageAnonExclusive(page))");

    const MappedPage mapped = t.rules[Rule::swapin_frees_first]
                                  ? t.call<swapin_map_free_first>(at, vm_flags, orig_pte, flags, in)
                                  : t.call<swapin_map_free_last>(at, vm_flags, orig_pte, flags, in);
    unlock_page(t, page);
    const bool still_to_write = write && mapped.result == 0;
    return {still_to_write ? AfterSwapin::write : AfterSwapin::unlock_pte, mapped.result, mapped.pte};
}

} // namespace

// should_try_to_free_swap(), mm/memory.c, v5.18 - v6.1.
// Left out: KSM, VM_LOCKED and mlocked pages; mem_cgroup_swap_full is vm_swap_full.
bool should_try_to_free_swap(Task& t, PageId page, FaultFlags flags) {
    if (!PageSwapCache(t, page)) return false;
    if (t.call<vm_swap_full>()) return true;
    // Only where it is likely to make the fault the exclusive user: its own reference and the swap cache's.
    return (flags & FAULT_FLAG_WRITE) != 0 && page_count(t, page) == 2;
}

// do_swap_page(), mm/memory.c, v5.7 - v6.1. Its parts, in the kernel's order, are the functions above.
// Left out: pte_unmap_same (see handle_pte_fault), non-swap entries (migration, device, hwpoison, swap-in error, markers),
// major-fault accounting, and what the parts say.
FaultResult do_swap_page(Task& t, Mapping at, Word vm_flags, Pte orig_pte, FaultFlags flags) {
    const SwapSlot entry = t.machine.pte_to_swp_entry(orig_pte);
    // print_bad_pte(): the word names no slot that exists.
    if (!entry) return VM_FAULT_SIGBUS;
    const bool holds_device = t.rules[Rule::swapin_holds_device];
    if (holds_device && !t.call<get_swap_device>(entry)) return 0;

    const SwapinPage in = t.call<swapin_find_page>(at, orig_pte, entry);
    FaultResult ret = 0;
    if (in.page) {
        if (!t.call<lock_page_or_retry>(in.page, at.mm, flags)) {
            ret = VM_FAULT_RETRY;
            put_page(t, in.page);
        } else {
            const SwapinMapped done = t.call<swapin_map_page>(at, vm_flags, orig_pte, flags, in);
            ret = done.result;
            if (done.next == AfterSwapin::release)
                put_page(t, in.page);
            else if (done.next == AfterSwapin::write)
                ret |= t.call<do_wp_page>(at, vm_flags, done.pte, flags);
            else
                pte_unmap_unlock(t, at.mm);
        }
    }
    // After the page-table lock, so that nobody skips the swap cache for this entry before the PTE has changed.
    if (in.pinned) t.call<swapcache_clear>(entry);
    if (holds_device) t.call<put_swap_device>(entry);
    return ret;
}

} // namespace model
