// SPDX-License-Identifier: GPL-2.0-only
//
// mips of Linux 6.12 in five forms: R3000, XPA, 36-bit physical addresses (Alchemy), plain 32-bit and 64-bit, from
// arch/mips/include/asm/: pgtable-bits.h, pgtable-32.h, pgtable-64.h, pgtable.h; protections of arch/mips/mm/cache.c with cacheable,
// non-coherent memory. Bits are those of pte_val(), that is, pte_low | pte_high << 32.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace mips {

inline constexpr std::uint64_t PAGE_PRESENT = bit(0);
inline constexpr std::uint64_t PAGE_NO_READ = bit(1);
inline constexpr std::uint64_t PAGE_WRITE = bit(2);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(3);
inline constexpr std::uint64_t PAGE_MODIFIED = bit(4);

// pte_clear() is set_pte() of an empty PTE, so that it clears the high word first, although ptep_get_lockless() counts on the low
// one being the first: it can return the old low word beside an empty high one, which holds the pfn.
inline constexpr WordOrder TWO_WORDS = {
    .set = {PteAccess::high, PteAccess::low},
    .clear = {PteAccess::high, PteAccess::low},
    .get_and_clear = {PteAccess::high, PteAccess::low},
    .set_wrprotect = {PteAccess::high, PteAccess::low},
    .set_access_flags = {PteAccess::high, PteAccess::low},
    .get = {PteAccess::both},
    .get_lockless = {PteAccess::low, PteAccess::high, PteAccess::low},
};

} // namespace mips

inline constexpr Layout mips32_r3k_6_12 = {
    .name = "mips32-r3k-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {any_set(mips::PAGE_PRESENT)},
    .none_ignore = bit(8),
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(10, 5),
            .offset = plain_field(15, 17),
            .usable_offset_bits = 17,
            .exclusive = bit(7),
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = shadowed_flag(mips::PAGE_WRITE, mips::PAGE_MODIFIED, bit(10)),
            .dirty = shadowed_flag(mips::PAGE_MODIFIED, mips::PAGE_WRITE, bit(10)),
            .young = {{any_set(mips::PAGE_ACCESSED)},
                      {{.set = mips::PAGE_ACCESSED}, {.when = none_set(mips::PAGE_NO_READ), .set = bit(9)}},
                      {{.clear = mips::PAGE_ACCESSED | bit(9)}}},
            .page_readonly = {mips::PAGE_PRESENT},
            .page_none = {mips::PAGE_PRESENT | mips::PAGE_NO_READ},
            .modify = {.keep = mips::PAGE_ACCESSED | mips::PAGE_MODIFIED | bit(5) | bits(11, 31),
                       .take = mips::PAGE_PRESENT | mips::PAGE_NO_READ | mips::PAGE_WRITE | bits(6, 10),
                       .after = {{.when = equals(mips::PAGE_NO_READ | mips::PAGE_ACCESSED, mips::PAGE_ACCESSED),
                                  .set = bit(9)}}},
            .walk = {.may_load = {equals(mips::PAGE_PRESENT | mips::PAGE_NO_READ, mips::PAGE_PRESENT)},
                     .may_store = {all_set(mips::PAGE_PRESENT | mips::PAGE_WRITE)},
                     .on_load = {{.set = mips::PAGE_ACCESSED | bit(9)}},
                     .on_store = {{.set = mips::PAGE_ACCESSED | mips::PAGE_MODIFIED | bits(9, 10)}}},
        },
};
static_assert(find_fault(mips32_r3k_6_12) == Fault::none);

inline constexpr Layout mips32_xpa_6_12 = {
    .name = "mips32-xpa-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .words = {0, 32},
    .present = {any_set(bit(24))},
    .none_ignore = bits(0, 31) | bit(34),
    .order = mips::TWO_WORDS,
    .has_gup_fast = true,
    .flush_is_interrupt = true,
    .swap =
        {
            .type = plain_field(36, 5),
            .offset = plain_field(41, 23),
            .usable_offset_bits = 23,
            .exclusive = bit(25),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = {{{.pte_lsb = 40, .width = 24}, {.pte_lsb = 0, .width = 8, .val_lsb = 24}}},
            .write = shadowed_flag(bit(25), bit(27), bit(36)),
            .dirty = shadowed_flag(bit(27), bit(25), bit(36)),
            .young = {{any_set(bit(26))},
                      {{.set = bit(26)}, {.when = none_set(bit(1)), .set = bit(35)}},
                      {{.clear = bit(26) | bit(35)}}},
            .page_readonly = {bit(24) | bit(32) | bits(37, 38)},
            .page_none = {bit(24) | bits(32, 33) | bits(37, 38)},
            .modify = {.keep = bits(0, 23) | bits(26, 27) | bits(37, 63), .take = bits(24, 31) | bits(32, 36)},
            .walk = {.may_load = {equals(bit(24) | bit(33), bit(24))},
                     .may_store = {all_set(bits(24, 25))},
                     .on_load = {{.set = bit(26) | bit(35)}},
                     .on_store = {{.set = bits(26, 27) | bits(35, 36)}}},
        },
    .known = {{Fault::none_can_read_as_present, "pte_none() looks at pte_high only and PRESENT is in pte_low; a page's "
                                                "cache attribute is in pte_high, never 0"},
              {Fault::swap_uses_bits_that_none_ignores,
               "pte_none() looks at pte_high only and the marker is in pte_low: it can hide entry (0, 0) alone, and "
               "offset 0 is never handed out"},
              {Fault::present_flag_overlaps_pfn, "pte_mkyoung() tests _PAGE_NO_READ in pte_low, where that bit belongs "
                                                 "to the pfn: above 128 GiB a page may have to fault twice"}},
};
static_assert(find_fault(mips32_xpa_6_12) == Fault::none);

inline constexpr Layout mips32_phys36_6_12 = {
    .name = "mips32-phys36-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .words = {0, 32},
    .present = {any_set(bit(6))},
    .none_ignore = bit(0) | bit(32),
    .order = mips::TWO_WORDS,
    .has_gup_fast = true,
    .flush_is_interrupt = true,
    .swap =
        {
            .type = plain_field(34, 5),
            .offset = plain_field(39, 25),
            .usable_offset_bits = 25,
            .exclusive = bit(7),
            .raw_entry_keeps_markers = false,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(38, 26),
            .write = shadowed_flag(bit(8), bit(10), bit(2) | bit(34)),
            .dirty = shadowed_flag(bit(10), bit(8), bit(2) | bit(34)),
            .young = {{any_set(bit(9))},
                      {{.set = bit(9)}, {.when = none_set(bit(7)), .set = bit(1) | bit(33)}},
                      {{.clear = bit(1) | bit(9) | bit(33)}}},
            .page_readonly = {bits(3, 4) | bit(6) | bits(35, 36)},
            .page_none = {bits(3, 4) | bits(6, 7) | bits(35, 36)},
            .modify = {.keep = bits(3, 31) | bits(35, 63), .take = ~bits(35, 63)},
            .walk = {.may_load = {equals(bits(6, 7), bit(6))},
                     .may_store = {all_set(bit(6) | bit(8))},
                     .on_load = {{.set = bit(1) | bit(9) | bit(33)}},
                     .on_store = {{.set = bits(1, 2) | bits(9, 10) | bits(33, 34)}}},
        },
    .known = {{Fault::protection_keeps_write, "_PFN_MASK is that of pte_high and covers the flags of pte_low: after "
                                              "mprotect(PROT_READ) stores go through"}},
};
static_assert(find_fault(mips32_phys36_6_12) == Fault::none);

inline constexpr Layout mips32_r4k_6_12 = {
    .name = "mips32-r4k-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {any_set(mips::PAGE_PRESENT)},
    .none_ignore = bit(6),
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(8, 5),
            .type_is_masked = false,
            .offset = plain_field(13, 19),
            .usable_offset_bits = 19,
            .exclusive = mips::PAGE_NO_READ,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = shadowed_flag(mips::PAGE_WRITE, mips::PAGE_MODIFIED, bit(8)),
            .dirty = shadowed_flag(mips::PAGE_MODIFIED, mips::PAGE_WRITE, bit(8)),
            .young = {{any_set(mips::PAGE_ACCESSED)},
                      {{.set = mips::PAGE_ACCESSED}, {.when = none_set(mips::PAGE_NO_READ), .set = bit(7)}},
                      {{.clear = mips::PAGE_ACCESSED | bit(7)}}},
            .page_readonly = {mips::PAGE_PRESENT | bits(9, 10)},
            .page_none = {mips::PAGE_PRESENT | mips::PAGE_NO_READ | bits(9, 10)},
            .modify = {.keep = mips::PAGE_ACCESSED | mips::PAGE_MODIFIED | bit(5) | bits(9, 31),
                       .take = mips::PAGE_PRESENT | mips::PAGE_NO_READ | mips::PAGE_WRITE | bits(6, 8),
                       .after = {{.when = equals(mips::PAGE_NO_READ | mips::PAGE_ACCESSED, mips::PAGE_ACCESSED),
                                  .set = bit(7)}}},
            .walk = {.may_load = {equals(mips::PAGE_PRESENT | mips::PAGE_NO_READ, mips::PAGE_PRESENT)},
                     .may_store = {all_set(mips::PAGE_PRESENT | mips::PAGE_WRITE)},
                     .on_load = {{.set = mips::PAGE_ACCESSED | bit(7)}},
                     .on_store = {{.set = mips::PAGE_ACCESSED | mips::PAGE_MODIFIED | bits(7, 8)}}},
        },
    .known = {{Fault::type_is_not_masked, "generic code makes no type above 31"}},
};
static_assert(find_fault(mips32_r4k_6_12) == Fault::none);

inline constexpr Layout mips64_6_12 = {
    .name = "mips64-6.12",
    .kernel = "6.12",
    .pte_bits = 64,
    .page_shift = 12,
    .ulong_bits = 64,
    .stored = Endian::either,
    .present = {any_set(mips::PAGE_PRESENT)},
    .none_ignore = bit(6),
    .has_gup_fast = true,
    .swap =
        {
            .type = plain_field(16, 7),
            .offset = plain_field(24, 40),
            .usable_offset_bits = 40,
            .exclusive = bit(23),
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 52),
            .write = shadowed_flag(mips::PAGE_WRITE, mips::PAGE_MODIFIED, bit(8)),
            .dirty = shadowed_flag(mips::PAGE_MODIFIED, mips::PAGE_WRITE, bit(8)),
            .young = {{any_set(mips::PAGE_ACCESSED)},
                      {{.set = mips::PAGE_ACCESSED}, {.when = none_set(mips::PAGE_NO_READ), .set = bit(7)}},
                      {{.clear = mips::PAGE_ACCESSED | bit(7)}}},
            .page_readonly = {mips::PAGE_PRESENT | bits(9, 10)},
            .page_none = {mips::PAGE_PRESENT | mips::PAGE_NO_READ | bits(9, 10)},
            .modify = {.keep = mips::PAGE_ACCESSED | mips::PAGE_MODIFIED | bit(5) | bits(9, 63),
                       .take = mips::PAGE_PRESENT | mips::PAGE_NO_READ | mips::PAGE_WRITE | bits(6, 8),
                       .after = {{.when = equals(mips::PAGE_NO_READ | mips::PAGE_ACCESSED, mips::PAGE_ACCESSED),
                                  .set = bit(7)}}},
            .walk = {.may_load = {equals(mips::PAGE_PRESENT | mips::PAGE_NO_READ, mips::PAGE_PRESENT)},
                     .may_store = {all_set(mips::PAGE_PRESENT | mips::PAGE_WRITE)},
                     .on_load = {{.set = mips::PAGE_ACCESSED | bit(7)}},
                     .on_store = {{.set = mips::PAGE_ACCESSED | mips::PAGE_MODIFIED | bits(7, 8)}}},
        },
};
static_assert(find_fault(mips64_6_12) == Fault::none);

} // namespace arch
