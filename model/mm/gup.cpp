// SPDX-License-Identifier: GPL-2.0-only
// mm/gup.c under mmap_lock and the page-table lock: the slow way. Start at the bottom, with get_user_pages_unlocked().
// Names that begin with two underscores in the kernel lose them here, for C++ reserves such names.
#include "model/mm/gup.hpp"

#include "model/mm/memory.hpp"
#include "model/page.hpp"

namespace model {

namespace {

enum class Grab : std::uint8_t { ok, no_reference, not_exclusive };

// try_grab_page(), mm/gup.c, v5.7 - v6.1, and the assertion that stands before its call in follow_page_pte (from b6a2619c60b4
// on, with CONFIG_DEBUG_VM). The caller holds the page-table lock of a PTE that maps the page.
// Left out: large folios and their pincount, the zero page (the model has none), statistics, the flags that grab nothing.
void try_grab_page(Task& t, PageId page, Mapping home, FollFlags flags, RefId ref) {
    const Grab grab = t.thread.atomic(
        "try_grab_page",
        [](Cells& c, PageId p, Mapping at, FollFlags f, RefId r) {
            const Machine& m = c.context<Machine>();
            const PageCells& cells = touch(c, p);
            const Word count = c.get(cells.refcount);
            const bool pin = (f & FOLL_PIN) != 0;
            if (count == 0) return Grab::no_reference;
            if (pin && m.rules()[Rule::anon_exclusive] && (c.get(cells.flags) & PG::anon_exclusive) == 0)
                return Grab::not_exclusive;
            c.set(cells.refcount, count + (pin ? GUP_PIN_COUNTING_BIAS : 1));
            // Nobody changes the PTE while its lock is held: the reference needs no other proof.
            ghost_ref_taken(c, r, p, at, pin, (f & FOLL_WRITE) != 0);
            return Grab::ok;
        },
        Where::here(), page, home, flags, ref);
    bug_on(t, grab == Grab::not_exclusive,
           "VM_BUG_ON_PAGE((flags & FOLL_PIN) && PageAnon(page) && !PageAnonExclusive(page))");
    bug_on(t, grab == Grab::no_reference, "WARN_ON_ONCE(folio_ref_count(folio) <= 0)");
}

// check_vma_flags(), mm/gup.c, v5.7 - v6.1. No step.
// Left out: FOLL_FORCE, FOLL_ANON, FOLL_LONGTERM, FOLL_REMOTE; mappings of devices, files and secret memory; VM_READ (all
// that is mapped can be read).
bool check_vma_flags(Word vm_flags, FollFlags flags) {
    if ((vm_flags & VM::mapped) == 0) return false; // vma_lookup() finds nothing
    return (flags & FOLL_WRITE) == 0 || (vm_flags & VM::write) != 0;
}

enum class Faultin : std::uint8_t { done, busy, error };

// faultin_page(), mm/gup.c, v5.7 - v6.1.
// Left out: FOLL_NOFAULT, FOLL_NOWAIT, FOLL_REMOTE, FOLL_MLOCK, fatal signals, fault accounting; FOLL_COW of v5.7 - v5.19, which only FOLL_FORCE needs;
// VM_FAULT_COMPLETED of v6.0, which no handler of anonymous memory returns.
Faultin faultin_page(Task& t, Mapping at, FollFlags flags, bool unshare) {
    FaultFlags fault_flags = FAULT_FLAG_ALLOW_RETRY;
    if ((flags & FOLL_WRITE) != 0) fault_flags |= FAULT_FLAG_WRITE;
    if ((flags & FOLL_TRIED) != 0) fault_flags |= FAULT_FLAG_TRIED;
    if (unshare) {
        fault_flags |= FAULT_FLAG_UNSHARE;
        bug_on(t, (fault_flags & FAULT_FLAG_WRITE) != 0, "VM_BUG_ON(fault_flags & FAULT_FLAG_WRITE)");
    }
    const FaultResult result = t.call<handle_mm_fault>(at, fault_flags);
    if ((result & VM_FAULT_ERROR) != 0) return Faultin::error;
    if ((result & VM_FAULT_RETRY) != 0) return Faultin::busy;
    return Faultin::done;
}

/// What became of one page: grabbed, or failed for good, both with mmap_lock held; or `locked` is false, for
/// VM_FAULT_RETRY dropped it, and the caller tries again.
struct GupResult {
    PageId page;
    bool locked = true;
};

// __get_user_pages(), mm/gup.c, v5.7 - v6.1, for one page. The caller holds mmap_lock for reading.
// Left out: several pages; the gate area, hugetlb; fatal signals; the levels above the PTE (follow_page_mask).
GupResult get_user_pages(Task& t, Va va, FollFlags flags, RefId ref) {
    const Mapping at{t.mm, va};
    if (!check_vma_flags(vma_flags(t, at), flags)) return {};
    for (;;) {
        // What the last round found is looked up again: a fault promises nothing.
        t.forget("__get_user_pages: retry");
        const FollowResult found = t.call<follow_page_pte>(at, flags, ref);
        if (found.kind == FollowResult::Kind::page) return {found.page, true};
        const Faultin fault = t.call<faultin_page>(at, flags, found.kind == FollowResult::Kind::unshare);
        if (fault == Faultin::busy) return {PageId::none(), false};
        if (fault == Faultin::error) return {};
    }
}

// __get_user_pages_locked(), mm/gup.c, v5.7 - v6.1, for one page. Entered and left with mmap_lock held for reading (the
// kernel may leave without it and says so; its caller releases it then, and here always).
// Left out: several pages; a caller without `locked`; fatal signals. (v5.7 has no has_pinned, and nobody there reads it.)
PageId get_user_pages_locked(Task& t, Va va, FollFlags flags, RefId ref) {
    if ((flags & FOLL_PIN) != 0) write_once(t, t.machine.mm(t.mm).has_pinned, 1, "mm_set_has_pinned_flag");
    GupResult got = t.call<get_user_pages>(va, flags, ref);
    while (!got.locked) {
        t.forget("__get_user_pages_locked: retry");
        mmap_read_lock(t, t.mm);
        got = t.call<get_user_pages>(va, flags | FOLL_TRIED, ref);
    }
    return got.page;
}

} // namespace

// gup_must_unshare(), include/linux/mm.h, from v5.19-part2 (a7f226604170) to v6.1.
// Left out: PageAnon (every page of the model that is mapped is anonymous), hugetlb.
bool gup_must_unshare(Task& t, FollFlags flags, PageId page) {
    if (!t.rules[Rule::gup_unshares]) return false;
    if ((flags & (FOLL_WRITE | FOLL_PIN)) != FOLL_PIN) return false;
    // PG_anon_exclusive is read after the PTE: pairs with the barrier after ClearPageAnonExclusive in
    // page_try_share_anon_rmap, which orders it before the PTE that is installed afterwards.
    if (t.rules.peek(Rule::gup_fast_barriers)) t.thread.fence("smp_rmb", checker::Order::acquire);
    return !PageAnonExclusive(t, page);
}

// follow_page_pte(), mm/gup.c, v5.7 - v6.1. The caller holds mmap_lock for reading.
// Left out: FOLL_FORCE and with it all of can_follow_write_pte (FOLL_COW before v6.1) but pte_write; FOLL_MIGRATION,
// FOLL_NUMA, FOLL_DUMP, FOLL_SPLIT, FOLL_MLOCK; hugetlb, devmap and special PTEs, the zero page among them; making the
// page accessible (s390 protected guests); mark_page_accessed.
FollowResult follow_page_pte(Task& t, Mapping at, FollFlags flags, RefId ref) {
    using Kind = FollowResult::Kind;
    pte_offset_map_lock(t, at.mm);
    const Pte pte = ptep_get(t, at);
    if (!arch::pte_present(t.arch, pte) || arch::pte_protnone(t.arch, pte)) {
        pte_unmap_unlock(t, at.mm);
        return {Kind::fault, PageId::none()};
    }
    const PageId page = t.machine.pte_page(pte);
    if ((flags & FOLL_WRITE) != 0 && !arch::pte_write(t.arch, pte)) {
        pte_unmap_unlock(t, at.mm);
        return {Kind::fault, PageId::none()};
    }
    bug_on(t, !page, "vm_normal_page(): the PTE names no page");
    if (!arch::pte_write(t.arch, pte) && gup_must_unshare(t, flags, page)) {
        pte_unmap_unlock(t, at.mm);
        return {Kind::unshare, PageId::none()};
    }
    try_grab_page(t, page, at, flags, ref);
    // The device's writes will not pass through the PTE, so the page has to be dirty by itself.
    if ((flags & FOLL_TOUCH) != 0 && (flags & FOLL_WRITE) != 0 && !arch::pte_dirty(t.arch, pte) && !PageDirty(t, page))
        SetPageDirty(t, page);
    pte_unmap_unlock(t, at.mm);
    return {Kind::page, page};
}

// get_user_pages_unlocked() and pin_user_pages_unlocked(), mm/gup.c, v5.7 - v6.1, for one page of current->mm.
// Left out: FOLL_LONGTERM, waiting for mmap_lock being killable.
PageId get_user_pages_unlocked(Task& t, Va va, FollFlags flags, RefId ref) {
    mmap_read_lock(t, t.mm);
    const PageId page = t.call<get_user_pages_locked>(va, flags | FOLL_TOUCH, ref);
    mmap_read_unlock(t, t.mm);
    return page;
}

} // namespace model
