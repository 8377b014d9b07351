// SPDX-License-Identifier: GPL-2.0-only
// mm/gup.c without locks: GUP-fast. Start with gup_pte_range().
#include "model/mm/gup.hpp"
#include "model/page.hpp"

namespace model {

namespace {

/// Which step of GUP-fast is the last that can still give up: with it the reference becomes valid.
enum class Proof : std::uint8_t { pte_unchanged, exclusive, sequence_unchanged };

/// A grabbed page on its way to become a reference; an argument of steps.
struct Candidate {
    PageId page;
    Mapping home;
    RefId ref;
    bool pin = false;
    bool write = false;
};

// A pin is proved by write_protect_seq where the kernel has it. Without it, by the PTE that has not changed, and for an R/O pin
// by PG_anon_exclusive read after that.
Proof proof_of(const Task& t, FollFlags flags, Pte pte) {
    if ((flags & FOLL_PIN) == 0) return Proof::pte_unchanged;
    if (t.rules[Rule::write_protect_seq]) return Proof::sequence_unchanged;
    if (t.rules[Rule::gup_unshares] && (flags & FOLL_WRITE) == 0 && !arch::pte_write(t.arch, pte))
        return Proof::exclusive;
    return Proof::pte_unchanged;
}

/// Ghost: the candidate becomes a reference.
void ghost_candidate_proved(Cells& c, const Candidate& x) { ghost_ref_taken(c, x.ref, x.page, x.home, x.pin, x.write); }

// try_grab_folio(), mm/gup.c, v6.1; before v5.18 try_grab_compound_head().
// Left out: large folios and their pincount, the recheck that the page still belongs to its folio, FOLL_LONGTERM, the zero
// page, statistics. v5.7 and v5.10 (without stable's backport of c24d37322548) add all 1024 in one step.
bool try_grab_folio(Task& t, PageId page, FollFlags flags) {
    if (!try_get_page(t, page)) return false;
    if ((flags & FOLL_PIN) == 0) return true;
    t.thread.atomic(
        "folio_ref_add",
        [](Cells& c, PageId p) {
            const auto cell = touch(c, p).refcount;
            c.set(cell, c.get(cell) + GUP_PIN_COUNTING_BIAS - 1);
        },
        Where::here(), page);
    // The pin is visible before the PTE is read again: pairs with the barrier between the clearing of the PTE and the test
    // for pins in page_try_share_anon_rmap.
    if (t.rules.peek(Rule::gup_fast_barriers)) t.thread.fence("smp_mb__after_atomic");
    return true;
}

// gup_put_folio(), mm/gup.c, v6.1: takes back what was grabbed in vain. Ghost: it was no reference yet.
// Left out: large folios, the zero page, statistics, device memory.
void gup_put_folio(Task& t, PageId page, FollFlags flags) {
    const Word count = (flags & FOLL_PIN) != 0 ? GUP_PIN_COUNTING_BIAS : 1;
    t.thread.atomic(
        "gup_put_folio", [](Cells& c, PageId p, Word n) { drop_references(c, p, n); }, Where::here(), page, count);
}

/// The same of a PTE of two words, which are compared one after the other.
Reread reread_words(Task& t, const Candidate& candidate, Pte pte, bool proves) {
    const arch::PteAccess first = first_of_both(t);
    const bool high_is_first = first == arch::PteAccess::high;
    if (load_word(t, candidate.home, first) != (pte.val & (high_is_first ? arch::high_word : arch::low_word)))
        return Reread::changed;
    return t.thread.atomic(
        high_is_first ? "load of the low word" : "load of the high word",
        [](Cells& c, Candidate x, Pte old, bool low, bool last) {
            const MappingCells& at = c.context<Machine>().at(x.home);
            const Word changed = (low ? c.get(at.pte) & arch::low_word : c.get(at.pte_high)) ^ old.val;
            if ((changed & (low ? arch::low_word : arch::high_word)) != 0) return Reread::changed;
            if (last) ghost_candidate_proved(c, x);
            return Reread::unchanged;
        },
        Where::here(), candidate, pte, high_is_first, proves);
}

/// B4: whether the PTE still has the value that the walk began with.
Reread reread_pte(Task& t, const Candidate& candidate, Pte pte, bool proves) {
    if (arch::has_two_words(t.arch)) return reread_words(t, candidate, pte, proves);
    return t.thread.atomic(
        "ptep_get_lockless",
        [](Cells& c, Candidate x, Pte old, bool last) {
            const Machine& m = c.context<Machine>();
            if (c.get(m.at(x.home).pte) != old.val) return Reread::changed;
            if (last) ghost_candidate_proved(c, x);
            return Reread::unchanged;
        },
        Where::here(), candidate, pte, proves);
}

/// B5 where it is the last proof; else gup_must_unshare() does it.
bool exclusive_proves(Task& t, const Candidate& candidate) {
    return t.thread.atomic(
        "PageAnonExclusive",
        [](Cells& c, Candidate x) {
            if ((c.get(touch(c, x.page).flags) & PG::anon_exclusive) == 0) return false;
            ghost_candidate_proved(c, x);
            return true;
        },
        Where::here(), candidate);
}

// gup_pte_range(), mm/gup.c, v5.7 - v6.1, for one page, called with interrupts off. The steps B1 to B5 of kernel-facts B.3.
// Left out: several pages; the PMD, which never changes; devmap, special PTEs and secret memory; FOLL_FORCE's way past
// PROT_NONE; making the page accessible (s390 protected guests); marking it referenced.
PageId gup_pte_range(Task& t, Va va, FollFlags flags, RefId ref) {
    const Mapping at{t.mm, va};
    const Pte pte = ptep_get_lockless(t, at);
    if (arch::pte_protnone(t.arch, pte)) return PageId::none();
    if (!arch::pte_access_permitted(t.arch, pte, (flags & FOLL_WRITE) != 0)) return PageId::none();
    const PageId page = t.machine.pte_page(pte);
    bug_on(t, !page, "VM_BUG_ON(!pfn_valid(pte_pfn(pte)))");
    const Candidate candidate{page, at, ref, (flags & FOLL_PIN) != 0, (flags & FOLL_WRITE) != 0};
    const Proof proof = proof_of(t, flags, pte);

    if (!try_grab_folio(t, page, flags)) return PageId::none();
    // Pairs with all who clear a PTE before they look at the reference count: either they see the reference, or this sees
    // the PTE changed.
    if (reread_pte(t, candidate, pte, proof == Proof::pte_unchanged) == Reread::changed) {
        gup_put_folio(t, page, flags);
        return PageId::none();
    }
    if (!arch::pte_write(t.arch, pte)) {
        const bool must_unshare =
            proof == Proof::exclusive ? !exclusive_proves(t, candidate) : gup_must_unshare(t, flags, page);
        if (must_unshare) {
            gup_put_folio(t, page, flags);
            return PageId::none();
        }
    }
    return page;
}

enum class Sequence : std::uint8_t { unchanged, changed, not_exclusive };

// read_seqcount_retry() at the end of lockless_pages_from_mm, with what sanity_check_pinned_pages() asserts after it.
Sequence sequence_proves(Task& t, const Candidate& candidate, Word start) {
    return t.thread.atomic(
        "read_seqcount_retry",
        [](Cells& c, Candidate x, Word before) {
            const Machine& m = c.context<Machine>();
            if (c.get(m.mm(x.home.mm).write_protect_seq.cell) != before) return Sequence::changed;
            ghost_candidate_proved(c, x);
            const PageCells& p = touch(c, x.page);
            const bool exclusive = (c.get(p.flags) & PG::anon_exclusive) != 0;
            return m.rules()[Rule::anon_exclusive] && c.get(p.mapping) != 0 && !exclusive ? Sequence::not_exclusive
                                                                                          : Sequence::unchanged;
        },
        Where::here(), candidate, start);
}

} // namespace

// lockless_pages_from_mm(), mm/gup.c, v5.7 - v6.1; gup_pgd_range() in v5.7.
// Left out: the levels above the PTE; that disabling interrupts keeps page tables from being freed (the model never frees
// them), and holds up TLB flushes where PTEs are one word (tlb.hpp). Without write_protect_seq nothing asserts
// that a pinned page is exclusive: no kernel has the one without the other.
PageId lockless_pages_from_mm(Task& t, Va va, FollFlags flags, RefId ref) {
    if (!arch::has_gup_fast(t.arch)) return PageId::none();
    const bool by_sequence = (flags & FOLL_PIN) != 0 && t.rules[Rule::write_protect_seq];
    Word seq = 0;
    if (by_sequence) {
        seq = t.thread.read_seqcount(t.machine.mm(t.mm).write_protect_seq);
        if ((seq & 1) != 0) return PageId::none();
    }
    const Word interrupts = local_irq_save(t, t.mm);
    const PageId page = t.call<gup_pte_range>(va, flags, ref);
    local_irq_restore(t, t.mm, interrupts);
    if (!page || !by_sequence) return page;
    // Pairs with raw_write_seqcount_begin in copy_page_range: a fork that write-protects meanwhile may not have seen the pin.
    const Sequence sequence = sequence_proves(t, {page, {t.mm, va}, ref, true, (flags & FOLL_WRITE) != 0}, seq);
    bug_on(t, sequence == Sequence::not_exclusive,
           "VM_BUG_ON_PAGE(!PageAnonExclusive(page)) in sanity_check_pinned_pages");
    if (sequence == Sequence::unchanged) return page;
    gup_put_folio(t, page, flags);
    return PageId::none();
}

// internal_get_user_pages_fast(), mm/gup.c, v5.7 - v6.1, with FOLL_FAST_ONLY, for one page.
// Left out: several pages; the range check of the address. (v5.7 has no has_pinned, and nobody there reads it.)
PageId get_user_pages_fast_only(Task& t, Va va, FollFlags flags, RefId ref) {
    // Before the walk, so that a fork that finds the flag clear has no pin of this walk to look for.
    if ((flags & FOLL_PIN) != 0) write_once(t, t.machine.mm(t.mm).has_pinned, 1, "mm_set_has_pinned_flag");
    return t.call<lockless_pages_from_mm>(va, flags, ref);
}

// internal_get_user_pages_fast(), mm/gup.c, v5.7 - v6.1, for one page.
// Left out: as above.
PageId get_user_pages_fast(Task& t, Va va, FollFlags flags, RefId ref) {
    const PageId page = t.call<get_user_pages_fast_only>(va, flags, ref);
    if (page) return page;
    return t.call<get_user_pages_unlocked>(va, flags, ref);
}

} // namespace model
