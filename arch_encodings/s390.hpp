// SPDX-License-Identifier: GPL-2.0-only
//
// s390x of Linux 6.1 and 6.12, whose PTEs are the same, 4 KiB pages, from arch/s390/include/asm/pgtable.h; protection_map in arch/s390/mm/mmap.c. On a machine
// with no-execute protection, with MEM_SOFT_DIRTY and NUMA_BALANCING, without KVM's PGSTEs. There is no uffd-wp bit.
//
// The processor knows two bits, PAGE_INVALID and PAGE_PROTECT; everything else is software's. A PTE is *present* by
// PAGE_PRESENT alone. It is *valid* to the processor only while it is young and readable, and it may be *stored to* only while
// it is writable and dirty: the fault that the missing half causes is how the kernel learns of accesses. So an old PTE is
// present and faults, and an empty PTE is not 0 but PAGE_INVALID.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {
namespace s390 {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_SOFT_DIRTY = bit(1);
inline constexpr std::uint64_t PAGE_YOUNG = bit(2);
inline constexpr std::uint64_t PAGE_DIRTY = bit(3);
inline constexpr std::uint64_t PAGE_READ = bit(4);
inline constexpr std::uint64_t PAGE_WRITE = bit(5);
inline constexpr std::uint64_t PAGE_SPECIAL = bit(6);
inline constexpr std::uint64_t PAGE_NOEXEC = bit(8);
inline constexpr std::uint64_t PAGE_PROTECT = bit(9);
inline constexpr std::uint64_t PAGE_INVALID = bit(10);
inline constexpr std::uint64_t PAGE_LARGE = bit(11);
inline constexpr std::uint64_t PAGE_CHG_MASK = bits(12, 63) | PAGE_SPECIAL | PAGE_DIRTY | PAGE_YOUNG | PAGE_SOFT_DIRTY;

inline constexpr Rule validate_readable = {.when = any_set(PAGE_READ), .clear = PAGE_INVALID};
inline constexpr Rule validate_readable_young = {.when = all_set(PAGE_READ | PAGE_YOUNG), .clear = PAGE_INVALID};
inline constexpr Rule unprotect_writable_dirty = {.when = all_set(PAGE_WRITE | PAGE_DIRTY), .clear = PAGE_PROTECT};

} // namespace s390

inline constexpr Layout s390x = {
    .name = "s390x",
    .kernel = "6.1",
    .stored = Endian::big,
    .present = {any_set(s390::PAGE_PRESENT)},
    .none_value = s390::PAGE_INVALID,
    .has_gup_fast = true,
    .exclusive_since = "5.19",
    .swap =
        {
            .type = {{{.pte_lsb = 2, .width = 5}}},
            .offset = {{{.pte_lsb = 12, .width = 52}}},
            .usable_offset_bits = 52,
            .exclusive = s390::PAGE_LARGE,
            .soft_dirty = s390::PAGE_SOFT_DIRTY,
            // Not present, and told from an empty PTE by PAGE_PROTECT.
            .fixed_mask = s390::PAGE_PRESENT | s390::PAGE_PROTECT | s390::PAGE_INVALID,
            .fixed_value = s390::PAGE_PROTECT | s390::PAGE_INVALID,
        },
    .present_pte =
        {
            .pfn = {{{.pte_lsb = 12, .width = 52}}},
            .write = {{any_set(s390::PAGE_WRITE)},
                      {{.set = s390::PAGE_WRITE}, {.when = any_set(s390::PAGE_DIRTY), .clear = s390::PAGE_PROTECT}},
                      {{.set = s390::PAGE_PROTECT, .clear = s390::PAGE_WRITE}}},
            .dirty = {{any_set(s390::PAGE_DIRTY)},
                      {{.set = s390::PAGE_DIRTY | s390::PAGE_SOFT_DIRTY},
                       {.when = any_set(s390::PAGE_WRITE), .clear = s390::PAGE_PROTECT}},
                      {{.set = s390::PAGE_PROTECT, .clear = s390::PAGE_DIRTY}}},
            .young = {{any_set(s390::PAGE_YOUNG)},
                      {{.set = s390::PAGE_YOUNG}, s390::validate_readable},
                      {{.set = s390::PAGE_INVALID, .clear = s390::PAGE_YOUNG}}},
            .soft_dirty = {{any_set(s390::PAGE_SOFT_DIRTY)},
                           {{.set = s390::PAGE_SOFT_DIRTY}},
                           {{.clear = s390::PAGE_SOFT_DIRTY}}},
            .protnone = {equals(s390::PAGE_PRESENT | s390::PAGE_READ, s390::PAGE_PRESENT)},
            .page_readonly = {s390::PAGE_PRESENT | s390::PAGE_READ | s390::PAGE_NOEXEC | s390::PAGE_INVALID |
                              s390::PAGE_PROTECT},
            .page_none = {s390::PAGE_PRESENT | s390::PAGE_INVALID | s390::PAGE_PROTECT},
            // mk_pte_phys() makes every newborn PTE young. mk_pte() also dirties a writable one whose page is dirty, which
            // no private mapping's protection is.
            .on_birth = {{.set = s390::PAGE_YOUNG}, s390::validate_readable},
            .modify = {.keep = s390::PAGE_CHG_MASK,
                       .take = ~std::uint64_t{0},
                       .after = {s390::validate_readable_young, s390::unprotect_writable_dirty}},
            // Storage keys, not PTEs, hold what the processor notes.
            .walk = {.may_load = {equals(s390::PAGE_PRESENT | s390::PAGE_INVALID, s390::PAGE_PRESENT)},
                     .may_store = {equals(s390::PAGE_PRESENT | s390::PAGE_INVALID | s390::PAGE_PROTECT,
                                          s390::PAGE_PRESENT)},
                     .on_invalidate = s390::PAGE_INVALID},
        },
};
static_assert(find_fault(s390x) == Fault::none);

inline constexpr Layout s390x_6_12 = [] {
    Layout layout = s390x;
    layout.name = "s390x-6.12";
    layout.kernel = "6.12";
    return layout;
}();
static_assert(find_fault(s390x_6_12) == Fault::none);

} // namespace arch
