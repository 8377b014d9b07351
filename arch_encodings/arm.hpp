// SPDX-License-Identifier: GPL-2.0-only
//
// arm of Linux 6.12, with two levels (from arch/arm/include/asm/pgtable-2level.h) and LPAE (pgtable-3level.h). Two levels: these are
// the Linux PTEs, from which set_pte_ext() derives those that the processor walks; they are invalid unless young and read-only
// unless dirty. The protections are those of ARMv7: write-allocate and shared.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace arm {

inline constexpr std::uint64_t L_PTE_PRESENT = bit(0);
inline constexpr std::uint64_t L_PTE_YOUNG = bit(1);
inline constexpr std::uint64_t L_PTE_DIRTY = bit(6);
inline constexpr std::uint64_t L_PTE_RDONLY = bit(7);
inline constexpr std::uint64_t L_PTE_USER = bit(8);
inline constexpr std::uint64_t L_PTE_XN = bit(9);
inline constexpr std::uint64_t L_PTE_SHARED = bit(10);
inline constexpr std::uint64_t L_PTE_NONE = bit(11);
inline constexpr std::uint64_t LPAE_VALID = bit(0);
inline constexpr std::uint64_t LPAE_USER = bit(6);
inline constexpr std::uint64_t LPAE_SWP_EXCLUSIVE = bit(7);
inline constexpr std::uint64_t LPAE_AF = bit(10);
inline constexpr std::uint64_t LPAE_NG = bit(11);
inline constexpr std::uint64_t LPAE_XN = bit(54);
inline constexpr std::uint64_t LPAE_DIRTY = bit(55);
inline constexpr std::uint64_t LPAE_SPECIAL = bit(56);
inline constexpr std::uint64_t LPAE_NONE = bit(57);
inline constexpr std::uint64_t LPAE_RDONLY = bit(58);

} // namespace arm

inline constexpr Layout arm_2level_6_12 = {
    .name = "arm-2level-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {any_set(arm::L_PTE_PRESENT)},
    .swap =
        {
            .type = plain_field(2, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = arm::L_PTE_RDONLY,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = inverted_flag(arm::L_PTE_RDONLY),
            .dirty = plain_flag(arm::L_PTE_DIRTY),
            .young = plain_flag(arm::L_PTE_YOUNG),
            .access_permitted = {all_set(arm::L_PTE_PRESENT | arm::L_PTE_USER)},
            .page_readonly = {arm::L_PTE_PRESENT | arm::L_PTE_YOUNG | bits(2, 4) | arm::L_PTE_RDONLY | arm::L_PTE_USER |
                              arm::L_PTE_XN | arm::L_PTE_SHARED},
            .page_none = {arm::L_PTE_PRESENT | arm::L_PTE_YOUNG | bits(2, 4) | arm::L_PTE_RDONLY | arm::L_PTE_XN |
                          arm::L_PTE_SHARED | arm::L_PTE_NONE},
            .modify = {.keep = arm::L_PTE_YOUNG | bits(2, 5) | arm::L_PTE_DIRTY | arm::L_PTE_SHARED | bits(12, 31),
                       .take =
                           arm::L_PTE_PRESENT | arm::L_PTE_RDONLY | arm::L_PTE_USER | arm::L_PTE_XN | arm::L_PTE_NONE},
            .walk = {.may_load = {equals(arm::L_PTE_PRESENT | arm::L_PTE_YOUNG | arm::L_PTE_USER | arm::L_PTE_NONE,
                                         arm::L_PTE_PRESENT | arm::L_PTE_YOUNG | arm::L_PTE_USER)},
                     .may_store = {equals(arm::L_PTE_PRESENT | arm::L_PTE_YOUNG | arm::L_PTE_DIRTY | arm::L_PTE_RDONLY |
                                              arm::L_PTE_USER | arm::L_PTE_NONE,
                                          arm::L_PTE_PRESENT | arm::L_PTE_YOUNG | arm::L_PTE_DIRTY | arm::L_PTE_USER)}},
        },
};
static_assert(find_fault(arm_2level_6_12) == Fault::none);

// A PTE is one access: cpu_v7_set_pte_ext() (arch/arm/mm/proc-v7-3level.S) stores it with strd, and a load of 64 bits is an ldrd;
// a processor with LPAE makes both of them single-copy atomic. The stores are assembler and the conformance test reads them only.
inline constexpr Layout arm_lpae_6_12 =
    {
        .name = "arm-lpae-6.12",
        .kernel = "6.12",
        .pte_bits = 64,
        .page_shift = 12,
        .ulong_bits = 32,
        .stored = Endian::either,
        .present = {any_set(arm::LPAE_VALID | bit(1))},
        .present_same_ignore = arm::LPAE_NG,
        .has_gup_fast = true,
        .swap =
            {
                .type = plain_field(2, 5),
                .offset = plain_field(8, 24),
                .usable_offset_bits = 24,
                .exclusive = arm::LPAE_SWP_EXCLUSIVE,
                .reads_as_none = entry_zero,
            },
        .present_pte =
            {
                .pfn = plain_field(12, 28),
                .write = inverted_flag(arm::LPAE_RDONLY),
                .dirty = plain_flag(arm::LPAE_DIRTY),
                .young = plain_flag(arm::LPAE_AF),
                .access_permitted = {all_set(arm::LPAE_VALID | bit(1) | arm::LPAE_USER)},
                .page_readonly = {arm::LPAE_VALID | bits(1, 4) | arm::LPAE_USER | bits(8, 9) | arm::LPAE_AF |
                                  arm::LPAE_XN | arm::LPAE_RDONLY},
                .page_none = {arm::LPAE_VALID | bits(1, 4) | bits(8, 9) | arm::LPAE_AF | arm::LPAE_XN | arm::LPAE_NONE |
                              arm::LPAE_RDONLY},
                .modify = {.keep = bits(1, 5) | arm::LPAE_SWP_EXCLUSIVE | bits(8, 9) | arm::LPAE_AF | bits(11, 53) |
                                   arm::LPAE_DIRTY | arm::LPAE_SPECIAL | bits(59, 63),
                           .take = arm::LPAE_VALID | arm::LPAE_USER | arm::LPAE_XN | arm::LPAE_NONE | arm::LPAE_RDONLY},
                .walk = {.may_load = {equals(arm::LPAE_VALID | arm::LPAE_USER | arm::LPAE_AF | arm::LPAE_NONE,
                                             arm::LPAE_VALID | arm::LPAE_USER | arm::LPAE_AF)},
                         .may_store = {equals(arm::LPAE_VALID | arm::LPAE_USER | arm::LPAE_AF |
                                                  arm::LPAE_DIRTY | arm::LPAE_NONE | arm::LPAE_RDONLY,
                                              arm::LPAE_VALID | arm::LPAE_USER | arm::LPAE_AF | arm::LPAE_DIRTY)}},
            },
        .known = {{Fault::swap_leaves_upper_word_unused,
                   "as its header draws it: a 32-bit swp_entry_t could not fill it"}},
};
static_assert(find_fault(arm_lpae_6_12) == Fault::none);

} // namespace arch
