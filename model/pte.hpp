// SPDX-License-Identifier: GPL-2.0-only
// The vocabulary of page tables. Each function is one step. PTEs are real words: what is written here is what
// arch_encodings encodes, and what is read is what it decodes. Decoding a word that one has read is no step: use the
// arch:: helpers on it directly, with `t.arch`.
#pragma once

#include "model/ghost.hpp"
#include "model/pte_words.hpp"
#include "model/task.hpp"
#include "model/tlb.hpp"

namespace model {

// pte_offset_map_lock and pte_unmap_unlock: one lock for an address space's page table.
inline void pte_offset_map_lock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.lock(t.machine.mm(mm).page_table_lock, "pte_offset_map_lock", at);
}
inline void pte_unmap_unlock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.unlock(t.machine.mm(mm).page_table_lock, "pte_unmap_unlock", at);
}

/// Reads the PTE in one step: under its lock, or to be compared again under it. `label`: "ptep_get" and the like.
inline Pte ptep_get(Task& t, Mapping m, const char* label = "ptep_get", Where at = Where::here()) {
    return Pte{read_once(t, t.machine.at(m).pte, label, at)};
}
/// Reads the PTE for whoever never takes the lock: of two words a pair that belongs together, if it is present.
inline Pte ptep_get_lockless(Task& t, Mapping m, Where at = Where::here()) {
    return arch::has_two_words(t.arch) ? t.call<load_words_lockless>(m) : ptep_get(t, m, "ptep_get_lockless", at);
}

inline void set_pte_at(Task& t, Mapping m, Pte pte, const char* label = "set_pte_at", Where at = Where::here()) {
    const HighWord high = high_word_of(t, t.arch.order.set, arch::high_word, at);
    in_word_order(
        high, [&] { store_high_word(t, m, pte, at); }, [&] { write_once(t, t.machine.at(m).pte, pte.val, label, at); });
}

/// Clears the PTE and returns what it was (with what the hardware set meanwhile).
inline Pte ptep_get_and_clear(Task& t, Mapping m, const char* label = "ptep_get_and_clear", Where at = Where::here()) {
    const HighWord high = high_word_of(t, t.arch.order.get_and_clear, ~t.arch.order.clear_keeps, at);
    Pte old;
    const auto exchange = [&] {
        if (!arch::has_two_words(t.arch) && t.arch.order.clear_keeps == 0) {
            const checker::Var<Word> pte{t.machine.at(m).pte};
            old = {t.thread.exchange(pte, arch::pte_none_value(t.arch).val, label, checker::Order::full, at)};
            return;
        }
        old = t.thread.atomic(
            label,
            [](Cells& c, Mapping x, HighWord h) {
                const Machine& machine = c.context<Machine>();
                const Pte found{c.get(machine.at(x).pte)};
                put_pte(c, machine, x, arch::pte_cleared(machine.arch(), found), h);
                return found;
            },
            at, m, high);
    };
    clear_pte(t, m, high, exchange, at);
    return old;
}
/// The same and flushes the TLB.
inline Pte ptep_clear_flush(Task& t, Mapping m, const char* label = "ptep_clear_flush", Where at = Where::here()) {
    const Pte old = ptep_get_and_clear(t, m, label, at);
    flush_tlb(t, m.mm, "flush_tlb_page", at);
    return old;
}
/// Write-protects the PTE in place, keeping what the hardware set meanwhile (fork).
inline void ptep_set_wrprotect(Task& t, Mapping m, Where at = Where::here()) {
    edit_pte(
        t, m, "ptep_set_wrprotect", t.arch.order.set_wrprotect, arch::pte_wrprotect_bits(t.arch),
        [](const arch::Layout& layout, Pte pte) { return arch::pte_wrprotect(layout, pte); }, at);
}
/// VMA flags (VM::...), read under mmap_lock.
inline Word vma_flags(Task& t, Mapping m, Where at = Where::here()) {
    return read_once(t, t.machine.at(m).vma, "vma->vm_flags", at);
}

} // namespace model
