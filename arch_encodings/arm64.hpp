// SPDX-License-Identifier: GPL-2.0-only
//
// arm64 of Linux 6.1 and 6.12, 4 KiB pages, 48-bit physical addresses. From arch/arm64/include/asm/: pgtable-hwdef.h and
// pgtable-prot.h (bits, protections), pgtable.h (helpers, swap entries); protection_map in arch/arm64/mm/mmap.c.
// With NUMA_BALANCING; MT_NORMAL is memory type 0. 6.1 has no
// soft-dirty and no uffd-wp bit here; 6.12 has uffd-wp, and PROT_NONE where 6.1 has nothing, which moved the swap entry up.
//
// PTE_WRITE is the hardware's DBM bit: a PTE with PTE_WRITE and PTE_RDONLY is writable and clean, and the processor clears
// PTE_RDONLY when it stores. So a PTE is dirty in hardware (PTE_WRITE without PTE_RDONLY) or in software (PTE_DIRTY), and
// write-protecting has to carry the first over into the second. The processor is one that manages the access flag and the
// dirty state (ARMv8.1, HW_AFDBM).
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {
namespace aarch64 {

inline constexpr std::uint64_t PTE_VALID = bit(0);
inline constexpr std::uint64_t PTE_TYPE_PAGE = bits(0, 1);
inline constexpr std::uint64_t PTE_ATTRINDX_MASK = bits(2, 4);
inline constexpr std::uint64_t PTE_USER = bit(6);
inline constexpr std::uint64_t PTE_RDONLY = bit(7);
inline constexpr std::uint64_t PTE_SHARED = bits(8, 9);
inline constexpr std::uint64_t PTE_AF = bit(10);
inline constexpr std::uint64_t PTE_NG = bit(11);
inline constexpr std::uint64_t PTE_GP = bit(50);
inline constexpr std::uint64_t PTE_WRITE = bit(51);
inline constexpr std::uint64_t PTE_PXN = bit(53);
inline constexpr std::uint64_t PTE_UXN = bit(54);
inline constexpr std::uint64_t PTE_DIRTY = bit(55);
inline constexpr std::uint64_t PTE_PROT_NONE = bit(58);
// 6.12.
inline constexpr std::uint64_t PTE_PRESENT_INVALID = PTE_NG; // in a PTE that is not PTE_VALID
inline constexpr std::uint64_t PTE_UFFD_WP = bit(58);
inline constexpr std::uint64_t PTE_PO_IDX_MASK = bits(60, 62);
inline constexpr std::uint64_t PAGE_DEFAULT = PTE_TYPE_PAGE | PTE_AF | PTE_SHARED;
inline constexpr std::uint64_t MODIFY_MASK =
    PTE_USER | PTE_PXN | PTE_UXN | PTE_RDONLY | PTE_PROT_NONE | PTE_VALID | PTE_WRITE | PTE_GP | PTE_ATTRINDX_MASK;

inline constexpr Match hw_dirty = equals(PTE_WRITE | PTE_RDONLY, PTE_WRITE);
// pte_mkdirty() of a PTE known to be dirty in hardware has nothing else to do.
inline constexpr Rule save_hw_dirty = {.when = hw_dirty, .set = PTE_DIRTY};

} // namespace aarch64

inline constexpr Layout arm64 = {
    .name = "arm64",
    .kernel = "6.1",
    .stored = Endian::either,
    .present = {any_set(aarch64::PTE_VALID | aarch64::PTE_PROT_NONE)},
    .has_gup_fast = true,
    .exclusive_since = "5.19",
    .swap =
        {
            .type = {{{.pte_lsb = 3, .width = 5}}},
            .type_is_masked = false,
            .offset = {{{.pte_lsb = 8, .width = 50}}},
            .usable_offset_bits = 50,
            .exclusive = bit(2),
            // The upper bit of the descriptor type, and the one by which pmd_present() knows a huge page that is being split.
            .keep_clear = bit(1) | bit(59),
            // Offset 0 of a device is its header and is never handed out.
            .reads_as_none = SwpEntry{.type = 0, .offset = 0},
        },
    .present_pte =
        {
            .pfn = {{{.pte_lsb = 12, .width = 36}}},
            .write = {{any_set(aarch64::PTE_WRITE)},
                      {{.set = aarch64::PTE_WRITE},
                       {.when = any_set(aarch64::PTE_DIRTY), .clear = aarch64::PTE_RDONLY}},
                      {aarch64::save_hw_dirty, {.set = aarch64::PTE_RDONLY, .clear = aarch64::PTE_WRITE}}},
            .dirty = {{any_set(aarch64::PTE_DIRTY), aarch64::hw_dirty},
                      {{.set = aarch64::PTE_DIRTY},
                       {.when = any_set(aarch64::PTE_WRITE), .clear = aarch64::PTE_RDONLY}},
                      {{.set = aarch64::PTE_RDONLY, .clear = aarch64::PTE_DIRTY}}},
            .young = {{any_set(aarch64::PTE_AF)}, {{.set = aarch64::PTE_AF}}, {{.clear = aarch64::PTE_AF}}},
            .protnone = {equals(aarch64::PTE_VALID | aarch64::PTE_PROT_NONE, aarch64::PTE_PROT_NONE)},
            .access_permitted = {all_set(aarch64::PTE_VALID | aarch64::PTE_USER)},
            .page_readonly = {aarch64::PAGE_DEFAULT | aarch64::PTE_USER | aarch64::PTE_RDONLY | aarch64::PTE_NG |
                              aarch64::PTE_PXN | aarch64::PTE_UXN},
            .page_none = {(aarch64::PAGE_DEFAULT & ~aarch64::PTE_VALID) | aarch64::PTE_PROT_NONE | aarch64::PTE_RDONLY |
                          aarch64::PTE_NG | aarch64::PTE_PXN | aarch64::PTE_UXN},
            .modify = {.before = {aarch64::save_hw_dirty},
                       .keep = ~aarch64::MODIFY_MASK,
                       .take = aarch64::MODIFY_MASK,
                       .after = {{.when = all_set(aarch64::PTE_DIRTY | aarch64::PTE_WRITE),
                                  .clear = aarch64::PTE_RDONLY}}},
            .walk = {.may_load = {all_set(aarch64::PTE_VALID | aarch64::PTE_USER)},
                     .may_store = {equals(aarch64::PTE_VALID | aarch64::PTE_USER | aarch64::PTE_RDONLY,
                                          aarch64::PTE_VALID | aarch64::PTE_USER),
                                   all_set(aarch64::PTE_VALID | aarch64::PTE_USER | aarch64::PTE_WRITE)},
                     .on_load = {{.set = aarch64::PTE_AF}},
                     .on_store = {{.set = aarch64::PTE_AF, .clear = aarch64::PTE_RDONLY}}},
        },
    .known = {{Fault::type_is_not_masked, "generic code makes no type above 31"}},
};
static_assert(find_fault(arm64) == Fault::none);

inline constexpr Layout arm64_6_12 = [] {
    using namespace aarch64;
    Layout layout = arm64;
    layout.name = "arm64-6.12";
    layout.kernel = "6.12";
    layout.defers_unmap_flush = true;
    layout.present = {any_set(PTE_VALID), equals(PTE_VALID | PTE_PRESENT_INVALID, PTE_PRESENT_INVALID)};
    layout.swap.type = plain_field(6, 5);
    layout.swap.offset = plain_field(12, 50);
    layout.swap.uffd_wp = bit(3);
    layout.swap.keep_clear = bit(1) | PTE_PRESENT_INVALID;
    PresentFields& present = layout.present_pte;
    present.pfn = plain_field(12, 38);
    present.uffd_wp = plain_flag(PTE_UFFD_WP);
    present.uffd_wp.make = {save_hw_dirty, {.set = PTE_RDONLY | PTE_UFFD_WP, .clear = PTE_WRITE}};
    present.protnone = {equals(PTE_VALID | PTE_PRESENT_INVALID | PTE_USER | PTE_UXN, PTE_PRESENT_INVALID | PTE_UXN)};
    present.page_none.val &= ~PTE_PROT_NONE;
    present.modify.take = (MODIFY_MASK & ~PTE_PROT_NONE) | PTE_PRESENT_INVALID | PTE_PO_IDX_MASK;
    present.modify.keep = ~present.modify.take;
    return layout;
}();
static_assert(find_fault(arm64_6_12) == Fault::none);

} // namespace arch
