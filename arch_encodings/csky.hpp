// SPDX-License-Identifier: GPL-2.0-only
//
// csky of Linux 6.12 in its two ABIs, from arch/csky/include/asm/pgtable.h and abiv*/inc/abi/pgtable-bits.h.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace csky {

inline constexpr std::uint64_t V1_PRESENT = bit(0);
inline constexpr std::uint64_t V1_READ = bit(1);
inline constexpr std::uint64_t V1_WRITE = bit(2);
inline constexpr std::uint64_t V1_ACCESSED = bit(3);
inline constexpr std::uint64_t V1_MODIFIED = bit(4);
inline constexpr std::uint64_t V1_GLOBAL = bit(6);
inline constexpr std::uint64_t V1_VALID = bit(7);
inline constexpr std::uint64_t V1_DIRTY = bit(8);
inline constexpr std::uint64_t V1_SWP_EXCLUSIVE = bit(9);
inline constexpr std::uint64_t V2_GLOBAL = bit(0);
inline constexpr std::uint64_t V2_VALID = bit(1);
inline constexpr std::uint64_t V2_DIRTY = bit(2);
inline constexpr std::uint64_t V2_ACCESSED = bit(7);
inline constexpr std::uint64_t V2_READ = bit(8);
inline constexpr std::uint64_t V2_WRITE = bit(9);
inline constexpr std::uint64_t V2_PRESENT = bit(10);
inline constexpr std::uint64_t V2_MODIFIED = bit(11);

} // namespace csky

inline constexpr Layout csky_abiv1_6_12 = {
    .name = "csky-abiv1-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::little,
    .present = {any_set(csky::V1_PRESENT)},
    .none_ignore = csky::V1_GLOBAL,
    .swap =
        {
            .type = {{{.pte_lsb = 2, .width = 4}, {.pte_lsb = 8, .width = 1, .val_lsb = 4}}},
            .offset = plain_field(10, 22),
            .usable_offset_bits = 22,
            .exclusive = csky::V1_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = shadowed_flag(csky::V1_WRITE, csky::V1_MODIFIED, csky::V1_DIRTY),
            .dirty = shadowed_flag(csky::V1_MODIFIED, csky::V1_WRITE, csky::V1_DIRTY),
            .young = shadowed_flag(csky::V1_ACCESSED, csky::V1_READ, csky::V1_VALID),
            .page_readonly = {csky::V1_PRESENT | csky::V1_READ | csky::V1_ACCESSED | csky::V1_SWP_EXCLUSIVE | bit(10)},
            .page_none = {csky::V1_READ},
            .modify = {.keep = csky::V1_ACCESSED | csky::V1_MODIFIED | bit(5) | csky::V1_VALID | csky::V1_DIRTY |
                               bits(12, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(csky::V1_PRESENT | csky::V1_READ)},
                     .may_store = {all_set(csky::V1_PRESENT | csky::V1_WRITE)},
                     .on_load = {{.set = csky::V1_ACCESSED | csky::V1_VALID}},
                     .on_store = {{.set = csky::V1_ACCESSED | csky::V1_MODIFIED | csky::V1_VALID | csky::V1_DIRTY}}},
        },
    .known = {{Fault::protnone_reads_as_swap, "PAGE_NONE is a software bit that pte_present() does not test; the vma "
                                              "forbids the access before anyone decodes it as an entry"}},
};
static_assert(find_fault(csky_abiv1_6_12) == Fault::none);

inline constexpr Layout csky_abiv2_6_12 = {
    .name = "csky-abiv2-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::little,
    .present = {any_set(csky::V2_PRESENT)},
    .none_ignore = csky::V2_GLOBAL,
    .swap =
        {
            .type = plain_field(2, 5),
            .offset = {{{.pte_lsb = 8, .width = 1}, {.pte_lsb = 11, .width = 21, .val_lsb = 1}}},
            .usable_offset_bits = 22,
            .exclusive = csky::V2_ACCESSED,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = shadowed_flag(csky::V2_WRITE, csky::V2_MODIFIED, csky::V2_DIRTY),
            .dirty = shadowed_flag(csky::V2_MODIFIED, csky::V2_WRITE, csky::V2_DIRTY),
            .young = shadowed_flag(csky::V2_ACCESSED, csky::V2_READ, csky::V2_VALID),
            .page_readonly = {bit(3) | bit(6) | csky::V2_ACCESSED | csky::V2_READ | csky::V2_PRESENT},
            .page_none = {csky::V2_WRITE},
            .modify = {.keep = csky::V2_VALID | csky::V2_DIRTY | bits(4, 6) | csky::V2_ACCESSED | csky::V2_MODIFIED |
                               bits(12, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(csky::V2_READ | csky::V2_PRESENT)},
                     .may_store = {all_set(csky::V2_WRITE | csky::V2_PRESENT)},
                     .on_load = {{.set = csky::V2_VALID | csky::V2_ACCESSED}},
                     .on_store = {{.set = csky::V2_VALID | csky::V2_DIRTY | csky::V2_ACCESSED | csky::V2_MODIFIED}}},
        },
    .known = {{Fault::protnone_reads_as_swap, "PAGE_NONE is a software bit that pte_present() does not test; the vma "
                                              "forbids the access before anyone decodes it as an entry"}},
};
static_assert(find_fault(csky_abiv2_6_12) == Fault::none);

} // namespace arch
