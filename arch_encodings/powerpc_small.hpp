// SPDX-License-Identifier: GPL-2.0-only
//
// powerpc of Linux 6.12 that is not 64-bit book3s: 32-bit book3s (6xx), 44x, 85xx, e500 and 8xx, and 64-bit nohash (e500mc64,
// e6500), from arch/powerpc/include/asm/book3s/32/ and nohash/. A 64-bit PTE of a 32-bit kernel is stored with its high word first.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace powerpc_small {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_HASHPTE = bit(1);
inline constexpr std::uint64_t PAGE_READ = bit(2);
inline constexpr std::uint64_t PAGE_DIRTY = bit(7);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(8);
inline constexpr std::uint64_t PAGE_WRITE = bit(10);

// 64 bits. set_pte() is assembler with a barrier between its stores; the rest is pte_update(), C that changes the low word and stores both,
// or, where there is a hash table, lwarx and stwcx. of the low word beside a plain load of the high one. Clearing leaves the high word, which
// pte_none() ignores. Pages are pinned without the lock although nothing makes sure that the two words of a load belong together.
inline constexpr WordOrder TWO_WORDS = {
    .set = {PteAccess::high, PteAccess::low},
    .clear = {PteAccess::both},
    .get_and_clear = {PteAccess::both},
    .set_wrprotect = {PteAccess::both},
    .set_access_flags = {PteAccess::both},
    .clear_keeps = bits(32, 63),
    .get = {PteAccess::both},
    .get_lockless = {PteAccess::both},
};
inline constexpr WordOrder HASHED_TWO_WORDS = {
    .set = {PteAccess::high, PteAccess::low},
    .clear = {PteAccess::low},
    .get_and_clear = {PteAccess::low},
    .set_wrprotect = {PteAccess::low},
    .set_access_flags = {PteAccess::low},
    .get_and_clear_is_atomic = true,
    .clear_keeps = PAGE_HASHPTE | bits(32, 63),
    .get = {PteAccess::both},
    .get_lockless = {PteAccess::both},
};

} // namespace powerpc_small

inline constexpr Layout ppc32_book3s_6_12 = {
    .name = "ppc32-book3s-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(powerpc_small::PAGE_PRESENT)},
    .none_ignore = powerpc_small::PAGE_HASHPTE,
    .same_ignore = powerpc_small::PAGE_HASHPTE,
    .order = {.clear_keeps = powerpc_small::PAGE_HASHPTE},
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(3, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = powerpc_small::PAGE_READ,
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = {{any_set(powerpc_small::PAGE_WRITE)},
                      {{.set = powerpc_small::PAGE_READ | powerpc_small::PAGE_WRITE}},
                      {{.clear = powerpc_small::PAGE_WRITE}}},
            .dirty = plain_flag(powerpc_small::PAGE_DIRTY),
            .young = plain_flag(powerpc_small::PAGE_ACCESSED),
            .access_permitted = {all_set(powerpc_small::PAGE_READ)},
            .page_readonly = {powerpc_small::PAGE_PRESENT | powerpc_small::PAGE_READ | bit(4) |
                              powerpc_small::PAGE_ACCESSED},
            .page_none = {powerpc_small::PAGE_PRESENT | bit(4) | powerpc_small::PAGE_ACCESSED},
            .modify = {.keep = powerpc_small::PAGE_HASHPTE | powerpc_small::PAGE_DIRTY | powerpc_small::PAGE_ACCESSED |
                               bits(11, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(powerpc_small::PAGE_PRESENT | powerpc_small::PAGE_READ)},
                     .may_store = {all_set(powerpc_small::PAGE_PRESENT | powerpc_small::PAGE_WRITE)},
                     .on_load = {{.set = powerpc_small::PAGE_ACCESSED}},
                     .on_store = {{.set = powerpc_small::PAGE_DIRTY | powerpc_small::PAGE_ACCESSED}}},
        },
};
static_assert(find_fault(ppc32_book3s_6_12) == Fault::none);

inline constexpr Layout ppc32_book3s_pte64_6_12 = {
    .name = "ppc32-book3s-pte64-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .words = {32, 0},
    .present = {any_set(powerpc_small::PAGE_PRESENT)},
    .none_ignore = powerpc_small::PAGE_HASHPTE | bits(32, 63),
    .same_ignore = powerpc_small::PAGE_HASHPTE,
    .order = powerpc_small::HASHED_TWO_WORDS,
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(3, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = powerpc_small::PAGE_READ,
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 32),
            .write = {{any_set(powerpc_small::PAGE_WRITE)},
                      {{.set = powerpc_small::PAGE_READ | powerpc_small::PAGE_WRITE}},
                      {{.clear = powerpc_small::PAGE_WRITE}}},
            .dirty = plain_flag(powerpc_small::PAGE_DIRTY),
            .young = plain_flag(powerpc_small::PAGE_ACCESSED),
            .access_permitted = {all_set(powerpc_small::PAGE_READ)},
            .page_readonly = {powerpc_small::PAGE_PRESENT | powerpc_small::PAGE_READ | bit(4) |
                              powerpc_small::PAGE_ACCESSED},
            .page_none = {powerpc_small::PAGE_PRESENT | bit(4) | powerpc_small::PAGE_ACCESSED},
            .modify = {.keep = powerpc_small::PAGE_HASHPTE | powerpc_small::PAGE_DIRTY | powerpc_small::PAGE_ACCESSED |
                               bits(11, 63),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(powerpc_small::PAGE_PRESENT | powerpc_small::PAGE_READ)},
                     .may_store = {all_set(powerpc_small::PAGE_PRESENT | powerpc_small::PAGE_WRITE)},
                     .on_load = {{.set = powerpc_small::PAGE_ACCESSED}},
                     .on_store = {{.set = powerpc_small::PAGE_DIRTY | powerpc_small::PAGE_ACCESSED}}},
        },
    .known = {{Fault::swap_leaves_upper_word_unused,
               "the header promises 32 more bits of offset, and the shift is done in a 32-bit unsigned long: devices "
               "above 64 GiB are refused"}},
};
static_assert(find_fault(ppc32_book3s_pte64_6_12) == Fault::none);

inline constexpr Layout ppc32_44x_6_12 = {
    .name = "ppc32-44x-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .words = {32, 0},
    .present = {any_set(bit(0))},
    .none_ignore = bits(32, 63),
    .order = powerpc_small::TWO_WORDS,
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(3, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = bit(2),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 32),
            .write = {{any_set(bit(1))}, {{.set = bit(1) | bit(3)}}, {{.clear = bit(1)}}},
            .dirty = plain_flag(bit(4)),
            .young = plain_flag(bit(6)),
            .access_permitted = {all_set(bit(3))},
            .page_readonly = {bit(0) | bit(3) | bit(6)},
            .page_none = {bit(0) | bit(6)},
            .modify = {.keep = bits(4, 6) | bits(12, 63), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(bit(0) | bit(3))},
                     .may_store = {all_set(bits(0, 1))},
                     .on_load = {{.set = bit(6)}},
                     .on_store = {{.set = bit(4) | bit(6)}}},
        },
    .known = {{Fault::swap_leaves_upper_word_unused,
               "the header promises 32 more bits of offset, and the shift is done in a 32-bit unsigned long: devices "
               "above 64 GiB are refused"}},
};
static_assert(find_fault(ppc32_44x_6_12) == Fault::none);

inline constexpr Layout ppc32_85xx_6_12 = {
    .name = "ppc32-85xx-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(bit(1))},
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(3, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = bit(2),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = {{any_set(bit(2))}, {{.set = bit(0) | bit(2)}}, {{.clear = bit(2)}}},
            .dirty = plain_flag(bit(3)),
            .young = plain_flag(bit(5)),
            .access_permitted = {all_set(bit(0))},
            .page_readonly = {bits(0, 1) | bit(5)},
            .page_none = {bit(1) | bit(5)},
            .modify = {.keep = bit(3) | bit(5) | bits(11, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(bits(0, 1))},
                     .may_store = {all_set(bits(1, 2))},
                     .on_load = {{.set = bit(5)}},
                     .on_store = {{.set = bit(3) | bit(5)}}},
        },
};
static_assert(find_fault(ppc32_85xx_6_12) == Fault::none);

inline constexpr Layout ppc32_e500_pte64_6_12 = {
    .name = "ppc32-e500-pte64-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .words = {32, 0},
    .present = {any_set(bit(0))},
    .none_ignore = bits(32, 63),
    .order = powerpc_small::TWO_WORDS,
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(3, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = bit(2),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(24, 32),
            .write = {{any_set(bit(5)), any_set(bit(4))}, {{.set = bits(2, 5)}}, {{.clear = bits(4, 5)}}},
            .dirty = plain_flag(bit(12)),
            .young = plain_flag(bit(18)),
            .access_permitted = {all_set(bits(2, 3))},
            .page_readonly = {bit(0) | bits(2, 3) | bit(8) | bit(18)},
            .page_none = {bit(0) | bit(8) | bit(18)},
            .modify = {.keep = bits(12, 13) | bit(18) | bits(24, 63), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(bit(0) | bit(3))},
                     .may_store = {all_set(bit(0) | bit(5))},
                     .on_load = {{.set = bit(18)}},
                     .on_store = {{.set = bit(12) | bit(18)}}},
        },
    .known = {{Fault::swap_leaves_upper_word_unused,
               "the header promises 32 more bits of offset, and the shift is done in a 32-bit unsigned long: devices "
               "above 64 GiB are refused"}},
};
static_assert(find_fault(ppc32_e500_pte64_6_12) == Fault::none);

inline constexpr Layout ppc32_8xx_6_12 = {
    .name = "ppc32-8xx-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::big,
    .present = {any_set(bit(0))},
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(3, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = bit(2),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = inverted_flag(bits(9, 10)),
            .dirty = plain_flag(bit(8)),
            .young = plain_flag(bit(5)),
            .access_permitted = {differs(bits(9, 10), bit(9))},
            .page_readonly = {bit(0) | bit(5) | bits(9, 10)},
            .page_none = {bit(0) | bit(5) | bit(9)},
            .modify = {.keep = bit(5) | bits(7, 8) | bits(12, 31), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {equals(bit(0) | bits(9, 10), bit(0)),
                                  equals(bit(0) | bits(9, 10), bit(0) | bits(9, 10))},
                     .may_store = {equals(bit(0) | bits(9, 10), bit(0))},
                     .on_load = {{.set = bit(5)}},
                     .on_store = {{.set = bit(5) | bit(8)}}},
        },
};
static_assert(find_fault(ppc32_8xx_6_12) == Fault::none);

inline constexpr Layout ppc64_nohash_6_12 = {
    .name = "ppc64-nohash-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 64,
    .stored = Endian::big,
    .present = {any_set(bit(0))},
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(2, 5),
            .offset = plain_field(24, 40),
            .usable_offset_bits = 40,
            .exclusive = bit(7),
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(24, 40),
            .write = {{any_set(bit(5)), any_set(bit(4))}, {{.set = bits(2, 5)}}, {{.clear = bits(4, 5)}}},
            .dirty = plain_flag(bit(12)),
            .young = plain_flag(bit(18)),
            .access_permitted = {all_set(bits(2, 3))},
            .page_readonly = {bit(0) | bits(2, 3) | bit(8) | bit(18)},
            .page_none = {bit(0) | bit(8) | bit(18)},
            .modify = {.keep = bits(12, 13) | bit(18) | bits(24, 63), .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(bit(0) | bit(3))},
                     .may_store = {all_set(bit(0) | bit(5))},
                     .on_load = {{.set = bit(18)}},
                     .on_store = {{.set = bit(12) | bit(18)}}},
        },
};
static_assert(find_fault(ppc64_nohash_6_12) == Fault::none);

} // namespace arch
