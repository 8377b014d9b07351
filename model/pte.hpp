// SPDX-License-Identifier: GPL-2.0-only
// The vocabulary of page tables. Each function is one step. PTEs are real words: what is written here is what
// arch_encodings encodes, and what is read is what it decodes. Decoding a word that one has read is no step: use the
// arch:: helpers on it directly, with `t.arch`.
#pragma once

#include "model/ghost.hpp"
#include "model/task.hpp"

namespace model {

using arch::Pte;

// pte_offset_map_lock and pte_unmap_unlock: one lock for an address space's page table.
inline void pte_offset_map_lock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.lock(t.machine.mm(mm).page_table_lock, "pte_offset_map_lock", at);
}
inline void pte_unmap_unlock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.unlock(t.machine.mm(mm).page_table_lock, "pte_unmap_unlock", at);
}

/// Reads the PTE, with or without the lock. `label`: "ptep_get", "ptep_get_lockless".
inline Pte ptep_get(Task& t, Mapping m, const char* label = "ptep_get", Where at = Where::here()) {
    return Pte{read_once(t, t.machine.at(m).pte, label, at)};
}
inline void set_pte_at(Task& t, Mapping m, Pte pte, Where at = Where::here()) {
    write_once(t, t.machine.at(m).pte, pte.val, "set_pte_at", at);
}
/// Clears the PTE, flushes the TLB and returns what the PTE was (with what the hardware set meanwhile).
inline Pte ptep_clear_flush(Task& t, Mapping m, const char* label = "ptep_clear_flush", Where at = Where::here()) {
    return Pte{t.thread.exchange(checker::Var<Word>{t.machine.at(m).pte}, arch::pte_none_value(t.arch).val, label,
                                 checker::Order::full, at)};
}
/// Write-protects the PTE in place, keeping what the hardware set meanwhile (fork).
inline void ptep_set_wrprotect(Task& t, Mapping m, Where at = Where::here()) {
    t.thread.atomic(
        "ptep_set_wrprotect",
        [](Cells& c, Mapping x) {
            const Machine& machine = c.context<Machine>();
            const auto cell = machine.at(x).pte;
            c.set(cell, arch::pte_wrprotect(machine.arch(), Pte{c.get(cell)}).val);
        },
        at, m);
}
/// VMA flags (VM::...), read under mmap_lock.
inline Word vma_flags(Task& t, Mapping m, Where at = Where::here()) {
    return read_once(t, t.machine.at(m).vma, "vma->vm_flags", at);
}

} // namespace model
