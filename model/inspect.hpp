// SPDX-License-Identifier: GPL-2.0-only
// Looking at the machine from outside: what ghost functions, properties and reports ask of a state. Nothing here is a step,
// and modelled code never uses it.
#pragma once

#include "arch_encodings/pte.hpp"
#include "model/machine.hpp"
#include "model/swap.hpp"

namespace model {

inline MmId mm_id(std::size_t n) { return MmId{static_cast<std::uint8_t>(n)}; }
inline Va va_id(std::size_t n) { return Va{static_cast<std::uint8_t>(n)}; }
inline PageId page_id(std::size_t n) { return PageId{static_cast<std::uint8_t>(n)}; }
inline SwapSlot slot_id(std::size_t n) { return SwapSlot{static_cast<std::uint8_t>(n)}; }
inline RefId ref_id(std::size_t n) { return RefId{static_cast<std::uint8_t>(n)}; }
inline Unit unit_id(std::size_t n) { return Unit{static_cast<std::uint8_t>(n)}; }

inline Word bit_of(Value value) { return Word{1} << value; }

/// Nobody is in the middle of changing a PTE of `mm`. (A step that needs the lock can only be that of its holder, so what
/// is false while the lock is free is false for good.)
inline bool page_table_lock_is_free(const View& v, const Machine& m, MmId mm) {
    const checker::Mutex lock = m.mm(mm).page_table_lock;
    return (v[lock.cell] & lock.mask) == 0;
}
inline bool is_held(const View& v, checker::Mutex lock) { return (v[lock.cell] & lock.mask) != 0; }

inline arch::Pte pte_at(const View& v, const Machine& m, Mapping at) { return {v[m.at(at).pte]}; }
/// The page that the PTE maps; none if it is not present.
inline PageId mapped_page(const View& v, const Machine& m, Mapping at) {
    const arch::Pte pte = pte_at(v, m, at);
    return arch::pte_present(m.arch(), pte) ? m.pte_page(pte) : PageId::none();
}
/// The slot that the PTE names; none if it is no swap PTE.
inline SwapSlot swap_slot_at(const View& v, const Machine& m, Mapping at) {
    const arch::Pte pte = pte_at(v, m, at);
    return arch::is_swap_pte(m.arch(), pte) ? m.pte_to_swp_entry(pte) : SwapSlot::none();
}

/// The page table and the reference name the same page: the PTE of its home maps it, or is a swap PTE whose swap cache
/// page it is.
inline bool home_names_page(const View& v, const Machine& m, const RefState& ref) {
    const arch::Pte pte = pte_at(v, m, ref.home);
    if (arch::pte_present(m.arch(), pte)) return m.pte_page(pte) == ref.page;
    if (!arch::is_swap_pte(m.arch(), pte)) return false;
    const SwapSlot slot = m.pte_to_swp_entry(pte);
    return slot && page_of_cache(v[m.slot(slot).cache]) == ref.page;
}

/// The address can be reached by a user thread of a living process.
inline bool is_reachable(const View& v, const Machine& m, Mapping at) {
    return v[m.mm(at.mm).alive] != 0 && (v[m.at(at).vma] & VM::mapped) != 0;
}

} // namespace model
