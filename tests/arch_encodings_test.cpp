// SPDX-License-Identifier: GPL-2.0-only
//
// The PTE layouts as such: round trips over every type, all words of one and two bits and 100,000 random words each, and
// damaged layouts, to show that the proofs and round trips notice.
#include "tests/arch_encodings_checks.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace arch_checks;

TEST_CASE("the layouts are listed in a fixed order and found by name", "[arch]") {
    std::vector<std::string> names;
    for (const Layout* layout : layouts()) {
        names.emplace_back(layout->name);
        CHECK(layout->kernel == "6.1");
        CHECK(find_layout(layout->name) == layout);
    }
    CHECK(names == std::vector<std::string>{"x86_64", "arm64", "s390x", "ppc64-4k", "ppc64-64k", "riscv64"});
    CHECK(find_layout("x86-64") == nullptr);
    CHECK(find_layout("") == nullptr);
}

TEST_CASE("every type and sampled offset survives a swap PTE with every choice of markers", "[arch]") {
    for (const Layout* layout : layouts()) {
        std::size_t checked = 0;
        for (const std::uint64_t word : sample_words()) {
            const std::uint64_t offset = word & max_swp_offset(*layout);
            // All types on the words of few bits, one type each on the random ones.
            const bool few_bits = checked < 2081;
            for (unsigned type = 0; type < (few_bits ? types : 1U); ++type) {
                const SwpEntry entry = {few_bits ? type : static_cast<unsigned>((word >> 59) % types), offset};
                const auto wrong = swap_round_trip(*layout, entry);
                if (wrong) FAIL_CHECK(layout->name << ": " << wrong->says);
            }
            ++checked;
        }
        CHECK(checked == 1 + 64 + 64 * 63 / 2 + 100'000);
    }
}

TEST_CASE("every word is exactly one of none, present and swap, and a swap word is its fields and nothing else",
          "[arch]") {
    for (const Layout* layout : layouts()) {
        const WordSet swap = swap_words(*layout);
        std::size_t swap_ptes = 0;
        for (const std::uint64_t word : sample_words()) {
            const Pte pte = {word};
            const int classes =
                int{pte_none(*layout, pte)} + int{pte_present(*layout, pte)} + int{is_swap_pte(*layout, pte)};
            if (classes != 1) FAIL_CHECK(layout->name << " word " << word << " has " << classes << " classes");

            const Pte canonical = {(word & swap.free) | swap.fixed};
            if (!is_swap_pte(*layout, canonical)) {
                if (!pte_none(*layout, canonical))
                    FAIL_CHECK(layout->name << ": a swap PTE reads as present: " << word);
                continue;
            }
            const std::uint64_t markers = std::uint64_t{pte_swp_exclusive(*layout, canonical)} |
                                          std::uint64_t{pte_swp_soft_dirty(*layout, canonical)} << 1 |
                                          std::uint64_t{pte_swp_uffd_wp(*layout, canonical)} << 2;
            const Pte again =
                mark_swap(*layout, swp_entry_to_pte(*layout, pte_to_swp_entry(*layout, canonical)), markers);
            if (again != canonical) FAIL_CHECK(layout->name << " decodes and encodes " << word << " differently");
            ++swap_ptes;
        }
        CHECK(swap_ptes > 100'000);
    }
}

TEST_CASE("present flags are independent of each other and of the pfn", "[arch]") {
    for (const Layout* layout : layouts()) {
        for (const std::uint64_t word : sample_words()) {
            const std::uint64_t pfn = word & field_values(layout->present_pte.pfn);
            // A random word brings its own choice of flags; first_complaint() tries all of them on the words of few bits.
            const auto wrong = present_round_trip(*layout, pfn, (word >> 59) & flags_possible(*layout));
            if (wrong) FAIL_CHECK(layout->name << ": " << wrong->says);
        }
        CHECK(first_complaint(*layout).empty());
    }
}

TEST_CASE("helpers keep a present word present and its page, whatever the word", "[arch]") {
    for (const Layout* layout : layouts()) {
        std::size_t present = 0;
        for (const std::uint64_t word : sample_words()) {
            const Pte pte = {word};
            if (!pte_present(*layout, pte)) continue;
            ++present;
            for (const FlagHelper& helper : flag_helpers()) {
                const Pte changed = helper.change(*layout, pte);
                if (!pte_present(*layout, changed) || pte_pfn(*layout, changed) != pte_pfn(*layout, pte))
                    FAIL_CHECK(layout->name << " word " << word);
            }
            if (pte_young(*layout, pte_mkold(*layout, pte)) || pte_dirty(*layout, pte_mkclean(*layout, pte)))
                FAIL_CHECK(layout->name << " word " << word << " stays young or dirty");
        }
        CHECK(present > 20'000);
    }
}

TEST_CASE("the one swap entry that reads as none is the one the layout names", "[arch]") {
    CHECK(pte_none(x86_64, swp_entry_to_pte(x86_64, {0, low_bits(50)})));
    CHECK_FALSE(pte_none(x86_64, swp_entry_to_pte(x86_64, {0, 0})));
    CHECK(pte_none(arm64, swp_entry_to_pte(arm64, {0, 0})));
    CHECK(pte_none(riscv64, swp_entry_to_pte(riscv64, {0, 0})));
    for (const Layout* layout : {&s390x, &ppc64_4k, &ppc64_64k}) {
        CHECK_FALSE(layout->swap.reads_as_none.has_value());
        CHECK(is_swap_pte(*layout, swp_entry_to_pte(*layout, {0, 0})));
    }
}

TEST_CASE("a layout with any one field damaged is refused by the proof or fails its round trip", "[arch]") {
    struct Damage {
        std::string_view what;
        const Layout& layout;
        void (*damage)(Layout&);
    };
    const Damage list[] = {
        {"exclusive on the offset", x86_64, [](Layout& l) { l.swap.exclusive = bit(9); }},
        {"exclusive on soft-dirty", x86_64, [](Layout& l) { l.swap.exclusive = l.swap.soft_dirty; }},
        {"exclusive on the present bit", x86_64, [](Layout& l) { l.swap.exclusive = bit(0); }},
        {"exclusive on PROTNONE", x86_64, [](Layout& l) { l.swap.exclusive = bit(8); }},
        {"exclusive on the erratum's accessed bit", x86_64, [](Layout& l) { l.swap.exclusive = bit(5); }},
        {"exclusive of two bits", x86_64, [](Layout& l) { l.swap.exclusive = bits(3, 4); }},
        {"offset not inverted", x86_64, [](Layout& l) { l.swap.offset.inverted = false; }},
        {"offset starting at PROTNONE", x86_64, [](Layout& l) { l.swap.offset.segments[0].pte_lsb = 8; }},
        {"offset a bit too wide", x86_64, [](Layout& l) { l.swap.offset.segments[0].width = 51; }},
        {"too many usable bits", x86_64, [](Layout& l) { l.swap.usable_offset_bits = 51; }},
        {"uffd-wp rules without a test", arm64, [](Layout& l) { l.present_pte.uffd_wp.make = {{.set = bit(60)}}; }},
        {"type moved up", arm64, [](Layout& l) { l.swap.type.segments[0].pte_lsb = 4; }},
        {"type of four bits", arm64, [](Layout& l) { l.swap.type.segments[0].width = 4; }},
        {"offset over PROT_NONE", arm64, [](Layout& l) { l.swap.offset.segments[0].width = 51; }},
        {"type in two segments with a gap", arm64,
         [](Layout& l) {
             l.swap.type = {{{3, 3, 0}, {6, 2, 4}}};
         }},
        {"entry that reads as none not named", arm64, [](Layout& l) { l.swap.reads_as_none.reset(); }},
        {"present only by the valid bit", arm64, [](Layout& l) { l.present = {any_set(bit(0))}; }},
        {"write-protecting loses dirty", arm64, [](Layout& l) { l.present_pte.write.clear = {{.clear = bit(51)}}; }},
        {"dirty only in software", arm64, [](Layout& l) { l.present_pte.dirty.test = {any_set(bit(51))}; }},
        {"swap PTE without PROTECT", s390x, [](Layout& l) { l.swap.fixed_value = 0x400; }},
        {"swap PTE with the present bit", s390x, [](Layout& l) { l.swap.fixed_value = 0x601; }},
        {"fixed value outside its mask", s390x, [](Layout& l) { l.swap.fixed_mask = 0x201; }},
        {"newborn PTEs young but invalid", s390x, [](Layout& l) { l.present_pte.on_birth = {{.set = bit(2)}}; }},
        {"empty PTE present", s390x, [](Layout& l) { l.none_value = 0x401; }},
        {"exclusive inside the type", ppc64_4k, [](Layout& l) { l.swap.exclusive = bit(4); }},
        {"exclusive on a hash bit", ppc64_64k, [](Layout& l) { l.swap.exclusive = bit(55); }},
        {"soft-dirty on the write-back bit", ppc64_4k, [](Layout& l) { l.swap.soft_dirty = bit(7); }},
        {"swap PTE without PAGE_PTE", ppc64_4k, [](Layout& l) { l.swap.fixed_value = 0; }},
        {"swap PTE with PAGE_INVALID", ppc64_64k, [](Layout& l) { l.swap.fixed_value |= bit(61); }},
        {"offset as the header's picture has it", riscv64,
         [](Layout& l) {
             l.swap.offset = {{{10, 53, 0}}};
         }},
        {"offset beyond the word", riscv64, [](Layout& l) { l.swap.offset.segments[0].width = 54; }},
        {"type from bit 5", riscv64, [](Layout& l) { l.swap.type.segments[0].pte_lsb = 5; }},
        {"pfn from bit 7", riscv64, [](Layout& l) { l.present_pte.pfn.segments[0].pte_lsb = 7; }},
        {"write and dirty share a bit", riscv64, [](Layout& l) { l.present_pte.dirty = l.present_pte.write; }},
        {"newborn PTEs writable", riscv64, [](Layout& l) { l.present_pte.page_readonly.val |= bit(2); }},
        {"mkold that clears nothing", riscv64, [](Layout& l) { l.present_pte.young.clear = {}; }},
        {"a 32-bit PTE", riscv64, [](Layout& l) { l.pte_bits = 32; }},
    };
    for (const Damage& item : list) {
        Layout damaged = item.layout;
        item.damage(damaged);
        INFO(damaged.name << ": " << item.what);
        CHECK_FALSE(first_complaint(damaged).empty());
    }
}

TEST_CASE("a number in several pieces, and an inverted one, come back whole", "[arch]") {
    // hexagon of Linux 6.12 has the first kind, 32-bit x86 with PAE the second (26 of 50 inverted bits usable).
    constexpr Field pieces = {{{.pte_lsb = 7, .width = 3}, {.pte_lsb = 13, .width = 19, .val_lsb = 3}}};
    static_assert(field_is_whole(pieces) && field_mask(pieces) == 0xffffe380);
    Layout pae = x86_64;
    pae.swap.usable_offset_bits = 26;
    for (const std::uint64_t word : sample_words()) {
        if (extract(pieces, deposit(pieces, word)) != (word & low_bits(22))) FAIL_CHECK("pieces lose " << word);
        const SwpEntry entry = {31, word & low_bits(26)};
        if (pte_to_swp_entry(pae, swp_entry_to_pte(pae, entry)) != entry) FAIL_CHECK("PAE loses " << word);
    }
    CHECK(deposit(pieces, 0x3fffff) == field_mask(pieces));
    CHECK(deposit(pieces, 0xf) == 0x2380);
}
