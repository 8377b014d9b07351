// SPDX-License-Identifier: GPL-2.0-only
//
// ppc64 book3s of Linux 6.1 and 6.12 with 4 KiB and 64 KiB pages, from arch/powerpc/include/asm/book3s/64/: pgtable.h (bits,
// protections, helpers, swap entries), radix.h (pte_none, pte_same), hash-4k.h and hash-64k.h; protection_map in
// arch/powerpc/mm/pgtable.c. With MEM_SOFT_DIRTY and NUMA_BALANCING; there is no uffd-wp bit.
//
// The kernel chooses radix or hash translation at boot. The two share every bit below; they differ in what pte_none() and
// pte_same() ignore. These layouts are radix, and prove in `keep_clear` that the hash bits stay free as well. Words are
// pte_val(): memory holds them big-endian whatever the kernel's byte order.
#pragma once

#include "arch_encodings/proof.hpp"

namespace arch {
namespace powerpc {

inline constexpr std::uint64_t PAGE_EXEC = bit(0);
inline constexpr std::uint64_t PAGE_WRITE = bit(1);
inline constexpr std::uint64_t PAGE_READ = bit(2);
inline constexpr std::uint64_t PAGE_RW = PAGE_READ | PAGE_WRITE;
inline constexpr std::uint64_t PAGE_RWX = PAGE_RW | PAGE_EXEC;
inline constexpr std::uint64_t PAGE_PRIVILEGED = bit(3);
inline constexpr std::uint64_t PAGE_NON_IDEMPOTENT = bit(5);
inline constexpr std::uint64_t PAGE_DIRTY = bit(7);
inline constexpr std::uint64_t PAGE_ACCESSED = bit(8);
inline constexpr std::uint64_t PAGE_SOFT_DIRTY = bit(9);
inline constexpr std::uint64_t PAGE_SPECIAL = bit(10);
inline constexpr std::uint64_t PAGE_DEVMAP = bit(11);
inline constexpr std::uint64_t PAGE_INVALID = bit(61);
inline constexpr std::uint64_t PAGE_PTE = bit(62);
inline constexpr std::uint64_t PAGE_PRESENT = bit(63);
// An empty PTE can still have a referenced or changed bit written back.
inline constexpr std::uint64_t RADIX_PTE_NONE_MASK = PAGE_DIRTY | PAGE_ACCESSED;
inline constexpr std::uint64_t HPTEFLAGS_4K = bit(6) | bits(53, 55) | bit(56) | bit(60);
inline constexpr std::uint64_t HPTEFLAGS_64K = bit(6) | bit(12) | bit(55);

// The highest physical address bit in use is 52 with either page size.
constexpr Layout book3s64(std::string_view name, std::uint8_t page_shift, std::uint64_t hpteflags) {
    const auto pfn_width = static_cast<std::uint8_t>(53 - page_shift);
    const std::uint64_t base = PAGE_PRESENT | PAGE_ACCESSED;
    return {
        .name = name,
        .kernel = "6.1",
        .page_shift = page_shift,
        .stored = Endian::big,
        // PAGE_INVALID stands in for PAGE_PRESENT while the kernel changes a valid PTE.
        .present = {all_set(PAGE_PRESENT | PAGE_PTE), all_set(PAGE_INVALID | PAGE_PTE)},
        .none_ignore = RADIX_PTE_NONE_MASK,
        .has_gup_fast = true,
        .exclusive_since = "5.19",
        .swap =
            {
                .type = {{{.pte_lsb = 0, .width = 5}}},
                .type_is_masked = false,
                .offset = {{{.pte_lsb = page_shift, .width = pfn_width}}},
                .usable_offset_bits = pfn_width,
                .exclusive = PAGE_NON_IDEMPOTENT,
                .soft_dirty = PAGE_SOFT_DIRTY,
                .fixed_mask = PAGE_PRESENT | PAGE_PTE | PAGE_INVALID,
                .fixed_value = PAGE_PTE,
                // Hash translation preserves its own bits over a set_pte(), and radix hardware may write back the others.
                .keep_clear = hpteflags | RADIX_PTE_NONE_MASK,
            },
        .present_pte =
            {
                .pfn = {{{.pte_lsb = page_shift, .width = pfn_width}}},
                // The second way to be writable is pte_savedwrite(): a NUMA-hinting PTE without PAGE_PRIVILEGED was writable.
                .write = {{any_set(PAGE_WRITE), none_set(PAGE_RWX | PAGE_PRIVILEGED)},
                          {{.set = PAGE_RW}},
                          {{.when = none_set(PAGE_RWX | PAGE_PRIVILEGED), .set = PAGE_PRIVILEGED},
                           {.clear = PAGE_WRITE}}},
                .dirty = {{any_set(PAGE_DIRTY)}, {{.set = PAGE_DIRTY | PAGE_SOFT_DIRTY}}, {{.clear = PAGE_DIRTY}}},
                .young = {{any_set(PAGE_ACCESSED)}, {{.set = PAGE_ACCESSED}}, {{.clear = PAGE_ACCESSED}}},
                .soft_dirty = {{any_set(PAGE_SOFT_DIRTY)}, {{.set = PAGE_SOFT_DIRTY}}, {{.clear = PAGE_SOFT_DIRTY}}},
                .protnone = {equals(PAGE_PRESENT | PAGE_PTE | PAGE_RWX, PAGE_PRESENT | PAGE_PTE)},
                .access_permitted = {equals(PAGE_PRIVILEGED | PAGE_READ, PAGE_READ)},
                .page_readonly = {base | PAGE_READ},
                .page_none = {base | PAGE_PRIVILEGED},
                .on_birth = {{.set = PAGE_PTE}},
                .modify = {.keep = bits(page_shift, 52) | hpteflags | PAGE_DIRTY | PAGE_ACCESSED | PAGE_SPECIAL |
                                   PAGE_PTE | PAGE_SOFT_DIRTY | PAGE_DEVMAP,
                           .take = ~std::uint64_t{0}},
                .walk = {.may_load = {equals(PAGE_PRESENT | PAGE_PRIVILEGED | PAGE_READ, PAGE_PRESENT | PAGE_READ)},
                         .may_store = {equals(PAGE_PRESENT | PAGE_PRIVILEGED | PAGE_WRITE, PAGE_PRESENT | PAGE_WRITE)},
                         .on_load = {{.set = PAGE_ACCESSED}},
                         .on_store = {{.set = PAGE_ACCESSED | PAGE_DIRTY}},
                         .late = RADIX_PTE_NONE_MASK},
            },
        .known = {{Fault::type_is_not_masked, "generic code makes no type above 31"}},
    };
}

// 6.12 has no pte_savedwrite(): a PTE is writable by its bit alone, and PAGE_NONE needs no PAGE_PRIVILEGED to say otherwise.
constexpr Layout without_savedwrite(Layout layout, std::string_view name) {
    layout.name = name;
    layout.kernel = "6.12";
    layout.present_pte.write = {{any_set(PAGE_WRITE)}, {{.set = PAGE_RW}}, {{.clear = PAGE_WRITE}}};
    layout.present_pte.page_none = {PAGE_PRESENT | PAGE_ACCESSED};
    return layout;
}

} // namespace powerpc

inline constexpr Layout ppc64_4k = powerpc::book3s64("ppc64-4k", 12, powerpc::HPTEFLAGS_4K);
static_assert(find_fault(ppc64_4k) == Fault::none);

inline constexpr Layout ppc64_64k = powerpc::book3s64("ppc64-64k", 16, powerpc::HPTEFLAGS_64K);
static_assert(find_fault(ppc64_64k) == Fault::none);

inline constexpr Layout ppc64_4k_6_12 = powerpc::without_savedwrite(ppc64_4k, "ppc64-book3s-4k-6.12");
static_assert(find_fault(ppc64_4k_6_12) == Fault::none);

inline constexpr Layout ppc64_64k_6_12 = powerpc::without_savedwrite(ppc64_64k, "ppc64-book3s-64k-6.12");
static_assert(find_fault(ppc64_64k_6_12) == Fault::none);

} // namespace arch
