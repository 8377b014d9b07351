// SPDX-License-Identifier: GPL-2.0-only
//
// microblaze of Linux 6.12, from arch/microblaze/include/asm/pgtable.h. Its swp_entry_t still holds the exclusive bit: generic code
// clears the flags first.
// The walk of each layout says what the processor, or the kernel's handler of a missing translation, does on its own. It is not
// in the headers and no test compares it with them.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {

namespace microblaze {

inline constexpr std::uint64_t PAGE_PRESENT = bit(1);
inline constexpr std::uint64_t PAGE_USER = bit(4);
inline constexpr std::uint64_t PAGE_RW = bit(6);
inline constexpr std::uint64_t PAGE_DIRTY = bit(7);
inline constexpr std::uint64_t PAGE_HWWRITE = bit(8);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(10);

} // namespace microblaze

inline constexpr Layout microblaze_6_12 = {
    .name = "microblaze-6.12",
    .kernel = "6.12",
    .pte_bits = 32,
    .page_shift = 12,
    .ulong_bits = 32,
    .stored = Endian::either,
    .present = {any_set(microblaze::PAGE_PRESENT)},
    .swap =
        {
            .type = plain_field(2, 5),
            .offset = plain_field(8, 24),
            .usable_offset_bits = 24,
            .exclusive = microblaze::PAGE_DIRTY,
            .reads_as_none = entry_zero,
        },
    .present_pte =
        {
            .pfn = plain_field(12, 20),
            .write = {{any_set(microblaze::PAGE_RW)},
                      {{.set = microblaze::PAGE_RW}},
                      {{.clear = microblaze::PAGE_RW | microblaze::PAGE_HWWRITE}}},
            .dirty = {{any_set(microblaze::PAGE_DIRTY)},
                      {{.set = microblaze::PAGE_DIRTY}},
                      {{.clear = microblaze::PAGE_DIRTY | microblaze::PAGE_HWWRITE}}},
            .young = plain_flag(microblaze::PAGE_ACCESSED),
            .page_readonly = {microblaze::PAGE_PRESENT | microblaze::PAGE_USER | microblaze::PAGE_ACCESSED},
            .page_none = {microblaze::PAGE_PRESENT | microblaze::PAGE_ACCESSED},
            .modify = {.keep = microblaze::PAGE_DIRTY | microblaze::PAGE_ACCESSED | bits(12, 31),
                       .take = ~std::uint64_t{0}},
            .walk = {.may_load = {all_set(microblaze::PAGE_PRESENT | microblaze::PAGE_USER)},
                     .may_store = {all_set(microblaze::PAGE_PRESENT | microblaze::PAGE_USER | microblaze::PAGE_RW)},
                     .on_load = {{.set = microblaze::PAGE_ACCESSED}},
                     .on_store = {{.set =
                                       microblaze::PAGE_DIRTY | microblaze::PAGE_HWWRITE | microblaze::PAGE_ACCESSED}}},
        },
};
static_assert(find_fault(microblaze_6_12) == Fault::none);

} // namespace arch
