// SPDX-License-Identifier: GPL-2.0-only
//
// The six layouts of Linux 6.1: the numbers of arch-encodings.json and of the headers written out by hand, and the kernel's
// usual sequences of helpers on each.
#include "tests/arch_encodings_checks.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace arch_checks;

TEST_CASE("the kernel's usual sequences come out right", "[arch]") {
    for (const Layout* layout : layouts()) {
        INFO(layout->name);
        const Layout& a = *layout;
        const Pte newborn = pfn_pte(a, 7);
        CHECK(describe(a, newborn) == "present pfn 7 young");
        CHECK(cpu_may_load(a, newborn));
        CHECK_FALSE(cpu_may_store(a, newborn));

        // do_anonymous_page() on a write fault.
        const Pte writable = pte_mkwrite(a, pte_mkdirty(a, newborn));
        CHECK(pte_write(a, writable));
        CHECK(pte_dirty(a, writable));
        CHECK(pte_soft_dirty(a, writable) == has_soft_dirty(a));
        CHECK(cpu_may_store(a, writable));
        CHECK(pte_mkdirty(a, pte_mkwrite(a, newborn)) == writable);
        CHECK(pte_access_permitted(a, writable, true));

        // fork() and clear_refs write-protect; what was dirty stays so, in hardware or not.
        const Pte shared = pte_wrprotect(a, cpu_mark_store(a, writable));
        CHECK_FALSE(pte_write(a, shared));
        CHECK(pte_dirty(a, shared));
        CHECK_FALSE(cpu_may_store(a, shared));
        CHECK(pte_access_permitted(a, shared, false));
        CHECK_FALSE(pte_access_permitted(a, shared, true));
        CHECK(pte_mkwrite(a, shared) == pte_mkwrite(a, pte_wrprotect(a, pte_mkwrite(a, shared))));

        const Pte old = pte_mkold(a, shared);
        CHECK(pte_present(a, old));
        CHECK_FALSE(pte_young(a, old));
        CHECK(pte_dirty(a, old));
        CHECK(pte_mkyoung(a, old) == shared);

        // mprotect() to read-only and to nothing and back.
        const Pte read_only = pte_modify(a, writable, a.present_pte.page_readonly);
        CHECK_FALSE(pte_write(a, read_only));
        CHECK(pte_dirty(a, read_only));
        CHECK(pte_pfn(a, read_only) == 7);
        CHECK(pte_mkwrite(a, read_only) == writable);
        const Pte hidden = pte_modify(a, writable, a.present_pte.page_none);
        CHECK(pte_present(a, hidden));
        CHECK(pte_protnone(a, hidden));
        CHECK(pte_pfn(a, hidden) == 7);
        CHECK_FALSE(cpu_may_load(a, hidden));
        // Where pte_access_permitted() is the generic one, GUP-fast asks pte_protnone() itself.
        CHECK_FALSE(pte_access_permitted(a, hidden, a.present_pte.access_permitted.empty()));
        CHECK(pte_modify(a, hidden, a.present_pte.page_readonly) == read_only);
    }
}

TEST_CASE("a processor's store makes a writable PTE dirty but not soft-dirty", "[arch]") {
    for (const Layout* layout : layouts()) {
        INFO(layout->name);
        const Pte clean = pte_mkwrite(*layout, pfn_pte(*layout, 7));
        // On s390x the first store to a clean PTE faults, and the kernel's pte_mkdirty() soft-dirties.
        CHECK(cpu_may_store(*layout, clean) == (layout->name != "s390x"));
        if (!cpu_may_store(*layout, clean)) continue;
        const Pte stored = cpu_mark_store(*layout, clean);
        CHECK(pte_dirty(*layout, stored));
        CHECK(pte_write(*layout, stored));
        CHECK(pte_young(*layout, stored));
        CHECK_FALSE(pte_soft_dirty(*layout, stored));
        CHECK(pte_dirty(*layout, pte_wrprotect(*layout, stored)));
        const Pte old = pte_mkold(*layout, clean);
        CHECK(pte_young(*layout, cpu_mark_load(*layout, old)));
    }
    CHECK_FALSE(cpu_may_load(s390x, pte_mkold(s390x, pfn_pte(s390x, 7))));
}

TEST_CASE("capabilities are those of Linux 6.1, and helpers for a missing bit change nothing", "[arch]") {
    std::string capabilities;
    for (const Layout* layout : layouts()) {
        capabilities += std::string(layout->name) + (has_swp_exclusive(*layout) ? " E" : "") +
                        (has_soft_dirty(*layout) ? " SD" : "") + (has_uffd_wp(*layout) ? " UW" : "") + "\n";
        CHECK(has_soft_dirty(*layout) == (layout->swap.soft_dirty != 0));
        CHECK(has_uffd_wp(*layout) == (layout->swap.uffd_wp != 0));
    }
    CHECK(capabilities == "x86_64 E SD UW\narm64 E\ns390x E SD\nppc64-4k E SD\nppc64-64k E SD\nriscv64\n");

    const Pte swap = swp_entry_to_pte(riscv64, {1, 2});
    CHECK(pte_swp_mkexclusive(riscv64, swap) == swap);
    CHECK_FALSE(pte_swp_exclusive(riscv64, pte_swp_mkexclusive(riscv64, swap)));
    CHECK(pte_swp_clear_exclusive(riscv64, swap) == swap);
    CHECK_FALSE(pte_swp_exclusive(riscv64, {~std::uint64_t{0}}));
    const Pte present = pfn_pte(arm64, 1);
    CHECK(pte_mkuffd_wp(arm64, present) == present);
    CHECK_FALSE(pte_uffd_wp(arm64, {~std::uint64_t{0}}));
    CHECK(pte_mksoft_dirty(arm64, present) == present);
    CHECK_FALSE(pte_soft_dirty(arm64, {~std::uint64_t{0}}));
}

TEST_CASE("swap fields stand where arch-encodings.json and the 6.1 headers say", "[arch]") {
    struct Row {
        std::string_view name;
        std::uint64_t type, offset;
        bool inverted;
        std::uint64_t exclusive, soft_dirty, uffd_wp, fixed_mask, fixed_value, none_ignore, none_value;
        std::uint64_t entry_3_0x1234; // the word of type 3, offset 0x1234
    };
    const Row rows[] = {
        {"x86_64", 0xf8'00000000000000, 0x07fffffffffffe00, true, 8, 2, 4, 0, 0, 0x60, 0, 0x1fffffffffdb9600},
        {"arm64", 0xf8, 0x03ffffffffffff00, false, 4, 0, 0, 0, 0, 0, 0, 0x123418},
        {"s390x", 0x7c, 0xfffffffffffff000, false, 0x800, 2, 0, 0x601, 0x600, 0, 0x400, 0x123460c},
        {"ppc64-4k", 0x1f, 0x001ffffffffff000, false, 0x20, 0x200, 0, 0xe000000000000000, 0x4000000000000000, 0x180, 0,
         0x4000000001234003},
        {"ppc64-64k", 0x1f, 0x001fffffffff0000, false, 0x20, 0x200, 0, 0xe000000000000000, 0x4000000000000000, 0x180, 0,
         0x4000000012340003},
        {"riscv64", 0x7c0, 0xfffffffffffff800, false, 0, 0, 0, 0, 0, 0, 0, 0x91a0c0},
    };
    REQUIRE(std::size(rows) == layouts().size());
    for (const Row& row : rows) {
        INFO(row.name);
        const Layout* layout = find_layout(row.name);
        REQUIRE(layout != nullptr);
        CHECK(field_mask(layout->swap.type) == row.type);
        CHECK(field_mask(layout->swap.offset) == row.offset);
        CHECK(field_values(layout->swap.offset) == max_swp_offset(*layout));
        CHECK(layout->swap.offset.inverted == row.inverted);
        CHECK(layout->swap.exclusive == row.exclusive);
        CHECK(layout->swap.soft_dirty == row.soft_dirty);
        CHECK(layout->swap.uffd_wp == row.uffd_wp);
        CHECK(layout->swap.fixed_mask == row.fixed_mask);
        CHECK(layout->swap.fixed_value == row.fixed_value);
        CHECK(layout->none_ignore == row.none_ignore);
        CHECK(layout->none_value == row.none_value);
        CHECK(swp_entry_to_pte(*layout, {3, 0x1234}).val == row.entry_3_0x1234);
    }
}

TEST_CASE("newborn PTEs are the words that mk_pte() makes of PAGE_READONLY, PAGE_COPY, PAGE_RO or PAGE_READ",
          "[arch]") {
    CHECK(pfn_pte(x86_64, 0x1234).val == 0x8000000001234025);
    CHECK(pfn_pte(arm64, 0x1234).val == 0x0060000001234fc3);
    CHECK(pfn_pte(s390x, 0x1234).val == 0x0000000001234315);
    CHECK(pfn_pte(ppc64_4k, 0x1234).val == 0xc000000001234104);
    CHECK(pfn_pte(ppc64_64k, 0x1234).val == 0xc000000012340104);
    CHECK(pfn_pte(riscv64, 0x1234).val == 0x000000000048d053);
    // PROT_NONE inverts the pfn on x86: the protection is 0x120.
    CHECK(pfn_pte(x86_64, 0x1234, x86_64.present_pte.page_none).val == 0x000ffffffedcb120);
}

TEST_CASE("the low bits of an s390x PTE follow the table in its header", "[arch]") {
    // Invalid and protect as a function of read-write or read-only, dirty, young.
    const Pte base = pfn_pte(s390x, 0);
    const auto low = [&](bool write, bool dirty, bool young) {
        Pte pte = write ? pte_mkwrite(s390x, base) : base;
        if (dirty) pte = pte_mkdirty(s390x, pte);
        return (young ? pte : pte_mkold(s390x, pte)).val & 0x63d;
    };
    CHECK(low(false, false, false) == 0x611);
    CHECK(low(false, false, true) == 0x215);
    CHECK(low(false, true, false) == 0x619);
    CHECK(low(false, true, true) == 0x21d);
    CHECK(low(true, false, false) == 0x631);
    CHECK(low(true, false, true) == 0x235);
    CHECK(low(true, true, false) == 0x439);
    CHECK(low(true, true, true) == 0x03d);
    // Bug C51: the processor's IPTE sets the invalid bit alone, and a reader without a lock still sees a present PTE.
    CHECK(pte_present(s390x, {low(true, true, true) | s390::PAGE_INVALID}));
}

TEST_CASE("arm64 carries hardware dirtiness over into software when it write-protects", "[arch]") {
    const Pte clean = pte_mkwrite(arm64, pfn_pte(arm64, 1));
    CHECK((clean.val & (aarch64::PTE_WRITE | aarch64::PTE_RDONLY)) == (aarch64::PTE_WRITE | aarch64::PTE_RDONLY));
    CHECK_FALSE(pte_dirty(arm64, clean));
    CHECK_FALSE(pte_dirty(arm64, pte_wrprotect(arm64, clean)));
    const Pte stored = cpu_mark_store(arm64, clean);
    CHECK((stored.val & aarch64::PTE_DIRTY) == 0);
    CHECK(pte_dirty(arm64, stored));
    CHECK((pte_wrprotect(arm64, stored).val & aarch64::PTE_DIRTY) != 0);
    CHECK_FALSE(pte_dirty(arm64, pte_mkclean(arm64, stored)));
}

TEST_CASE("bits that hardware sets behind the kernel's back do not change what a PTE says", "[arch]") {
    for (const Layout* layout : {&x86_64, &ppc64_4k, &ppc64_64k}) {
        INFO(layout->name);
        const Pte swap = pte_swp_mkexclusive(*layout, swp_entry_to_pte(*layout, {2, 99}));
        const Pte disturbed = {swap.val | layout->none_ignore};
        CHECK(is_swap_pte(*layout, disturbed));
        CHECK(pte_to_swp_entry(*layout, disturbed) == SwpEntry{2, 99});
        CHECK(pte_swp_exclusive(*layout, disturbed));
        CHECK(pte_none(*layout, {layout->none_value | layout->none_ignore}));
    }
    // L1TF: a swap PTE of a device of sane size points beyond all memory.
    CHECK((swp_entry_to_pte(x86_64, {0, bit(32)}).val & bits(46, 51)) == bits(46, 51));
}

TEST_CASE("reports name what a PTE holds", "[arch]") {
    CHECK(describe(x86_64, pte_none_value(x86_64)) == "none");
    CHECK(describe(s390x, pte_none_value(s390x)) == "none");
    CHECK(describe(s390x, {0}) == "swap type 0 offset 0");
    CHECK(describe(x86_64, pte_mkuffd_wp(x86_64, pte_mkdirty(x86_64, pte_mkwrite(x86_64, pfn_pte(x86_64, 2))))) ==
          "present pfn 2 write dirty young soft-dirty uffd-wp");
    CHECK(describe(arm64, pte_mkold(arm64, pfn_pte(arm64, 3))) == "present pfn 3");
    CHECK(describe(arm64, pfn_pte(arm64, 3, arm64.present_pte.page_none)) == "present pfn 3 protnone young");
    for (const Layout* layout : layouts()) {
        const Pte swap = mark_swap(*layout, swp_entry_to_pte(*layout, {0, 1}), 1);
        CHECK(describe(*layout, swap) ==
              std::string("swap type 0 offset 1") + (has_swp_exclusive(*layout) ? " exclusive" : ""));
    }
}
