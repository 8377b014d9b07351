// SPDX-License-Identifier: GPL-2.0-only
// mm/mprotect.c: the protection of one address, read-only and back.
#pragma once

#include "model/pte.hpp"
#include "model/task.hpp"

namespace model {

/// mprotect(2) of the page at `va` in current->mm: PROT_READ|PROT_WRITE if `write`, else PROT_READ.
void do_mprotect_pkey(Task& t, Va va, bool write);
/// `vm_flags`: the VMA's, the new ones. `try_change_writable`: MM_CP_TRY_CHANGE_WRITABLE.
void change_pte_range(Task& t, Mapping at, Word vm_flags, bool try_change_writable);
/// Whether a PTE that is not writable, of a VMA that is, would become so in a write fault without further checks.
bool can_change_pte_writable(Task& t, Pte pte, Word vm_flags);

} // namespace model
