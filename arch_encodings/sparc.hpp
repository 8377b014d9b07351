// SPDX-License-Identifier: GPL-2.0-only
//
// sparc of Linux 6.12: 32-bit with the SRMMU, from arch/sparc/include/asm/pgtable_32.h and pgtsrmmu.h, and 64-bit in the sun4u form that
// its helpers have before they are patched for sun4v, from pgtable_64.h; protections of arch/sparc/mm/init_64.c.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace sparc {

inline constexpr std::uint64_t SRMMU_WRITE = bit(2);
inline constexpr std::uint64_t SRMMU_REF = bit(5);
inline constexpr std::uint64_t SRMMU_DIRTY = bit(6);
inline constexpr std::uint64_t SRMMU_CACHE = bit(7);
inline constexpr std::uint64_t PAGE_W = bit(1);
inline constexpr std::uint64_t PAGE_P = bit(2);
inline constexpr std::uint64_t PAGE_CV = bit(4);
inline constexpr std::uint64_t PAGE_CP = bit(5);
inline constexpr std::uint64_t PAGE_PRESENT = bit(7);
inline constexpr std::uint64_t PAGE_WRITE = bit(8);
inline constexpr std::uint64_t PAGE_READ = bit(9);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(10);
inline constexpr std::uint64_t PAGE_MODIFIED = bit(11);
inline constexpr std::uint64_t PAGE_SWP_EXCLUSIVE = bit(20);
inline constexpr std::uint64_t PAGE_VALID = bit(63);

} // namespace sparc

inline constexpr Layout sparc32_6_12 = {
    .name = "sparc32-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {equals(bits(0, 1), bit(1))},
    .swap =
        {
            .type = plain_field(7, 5),
            .offset = plain_field(12, 20),
            .usable_offset_bits = 20,
            .exclusive = sparc::SRMMU_DIRTY,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(8, 20),
            .write = plain_flag(sparc::SRMMU_WRITE),
            .dirty = plain_flag(sparc::SRMMU_DIRTY),
            .young = plain_flag(sparc::SRMMU_REF),
            .page_readonly = {bit(1) | bit(3) | sparc::SRMMU_REF | sparc::SRMMU_CACHE},
            .page_none = {sparc::SRMMU_WRITE | bits(3, 4) | sparc::SRMMU_REF | sparc::SRMMU_CACHE},
            .modify = {.keep = sparc::SRMMU_REF | sparc::SRMMU_DIRTY | bits(8, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {equals(bits(0, 1) | bit(4), bit(1))},
                     .may_store = {equals(bits(0, 1) | sparc::SRMMU_WRITE | bit(4), bit(1) | sparc::SRMMU_WRITE)},
                     .on_load = {{.set = sparc::SRMMU_REF}},
                     .on_store = {{.set = sparc::SRMMU_REF | sparc::SRMMU_DIRTY}}},
        },
    .known = {{Fault::protnone_reads_as_swap,
               "SRMMU_PAGE_NONE has the entry type of an invalid PTE, and pte_present() asks for that of a PTE; the "
               "vma forbids the access before anyone decodes it as an entry"}},
};
static_assert(find_fault(sparc32_6_12) == Fault::none);

inline constexpr Layout sparc64_6_12 = {
    .name = "sparc64-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 13,
    .ulong_bits = 64,
    .stored = Endian::big,
    .present = {any_set(sparc::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(13, 7),
            .offset = plain_field(21, 43),
            .usable_offset_bits = 43,
            .exclusive = sparc::PAGE_SWP_EXCLUSIVE,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(13, 30),
            .write = shadowed_flag(sparc::PAGE_WRITE, sparc::PAGE_MODIFIED, sparc::PAGE_W),
            .dirty = shadowed_flag(sparc::PAGE_MODIFIED, sparc::PAGE_WRITE, sparc::PAGE_W),
            .young = {{any_set(sparc::PAGE_ACCESSED)},
                      {{.set = sparc::PAGE_ACCESSED | sparc::PAGE_VALID}},
                      {{.clear = sparc::PAGE_ACCESSED | sparc::PAGE_VALID}}},
            .access_permitted = {equals(sparc::PAGE_PRESENT | sparc::PAGE_P | bit(57),
                                        sparc::PAGE_PRESENT | sparc::PAGE_P)},
            .page_readonly = {sparc::PAGE_CV | sparc::PAGE_CP | sparc::PAGE_PRESENT | sparc::PAGE_READ |
                              sparc::PAGE_ACCESSED | sparc::PAGE_VALID},
            .page_none = {sparc::PAGE_CV | sparc::PAGE_CP | sparc::PAGE_PRESENT | sparc::PAGE_ACCESSED},
            .modify = {.keep = bit(3) | sparc::PAGE_CV | sparc::PAGE_CP | sparc::PAGE_ACCESSED | sparc::PAGE_MODIFIED |
                               bits(13, 19) | sparc::PAGE_SWP_EXCLUSIVE | bits(21, 42) | bit(48) | bits(56, 57) |
                               bits(61, 62),
                       .take = bit(0) | sparc::PAGE_W | sparc::PAGE_P | bit(6) | sparc::PAGE_PRESENT |
                               sparc::PAGE_WRITE | sparc::PAGE_READ | bit(12) | bits(43, 47) | bits(49, 55) |
                               bits(58, 60) | sparc::PAGE_VALID},
            .walk = {.may_load = {all_set(sparc::PAGE_VALID)},
                     .may_store = {all_set(sparc::PAGE_W | sparc::PAGE_VALID)}},
        },
    .known = {{Fault::user_access_is_refused,
               "pte_access_permitted() asks for the privileged bit, which no user's PTE has: "
               "only GUP-fast would call it, and sparc64 has none"}},
};
static_assert(find_fault(sparc64_6_12) == Fault::none);

} // namespace arch
