// SPDX-License-Identifier: GPL-2.0-only
//
// All layouts, those of Linux 6.1 and of 6.12: the swap side against tests/data/arch_layouts.txt, round trips, and the faults that
// the kernel's own layouts have. Whether they are the kernel's is for tests/conformance to say.
#include "tests/arch_encodings_checks.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

using namespace arch_checks;

namespace {

std::vector<std::string> split(const std::string& text, char at) {
    std::vector<std::string> parts;
    std::istringstream stream(text);
    for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
    return parts;
}

std::uint64_t number(const std::string& text) { return std::stoull(text, nullptr, 0); }
std::uint64_t marker(const std::string& text) { return text == "-" ? 0 : bit(static_cast<unsigned>(number(text))); }

std::string field_text(const Field& field) {
    std::string text;
    for (const Segment& segment : field.segments)
        text += (text.empty() ? "" : "+") + std::to_string(segment.pte_lsb) + ":" + std::to_string(segment.width) +
                ":" + std::to_string(segment.val_lsb);
    return text + (field.inverted ? "~" : "");
}

std::string words_text(const Layout& layout) {
    std::string text;
    for (const std::uint8_t word : layout.words) text += (text.empty() ? "" : "+") + std::to_string(word);
    return text;
}

std::string endian_text(Endian endian) {
    return endian == Endian::little ? "little" : endian == Endian::big ? "big" : "either";
}

// What the table says of a word's presence: mask==value, or mask!=value.
bool present_by_table(const std::string& text, std::uint64_t word) {
    for (const std::string& item : split(text, '|')) {
        const std::size_t at = item.find_first_of("=!");
        const bool is_equal = (word & number(item.substr(0, at))) == number(item.substr(at + 2));
        if (is_equal == (item[at] == '=')) return true;
    }
    return false;
}

std::vector<std::vector<std::string>> table() {
    const char* source = std::getenv("COWHERD_SOURCE");
    std::ifstream file(std::string(source == nullptr ? "." : source) + "/tests/data/arch_layouts.txt");
    std::vector<std::vector<std::string>> rows;
    for (std::string line; std::getline(file, line);) {
        if (!line.empty() && line[0] != '#') rows.push_back(split(line, ' '));
    }
    return rows;
}

// "layout: fault" of every fault that a layout owns up to.
std::set<std::string> known_faults(Fault fault) {
    std::set<std::string> names;
    for (const Layout* layout : all_layouts()) {
        for (const Known& known : layout->known) {
            if (known.fault == fault) names.emplace(layout->name);
        }
    }
    return names;
}

using Names = std::set<std::string>;

} // namespace

TEST_CASE("the swap side of all 49 layouts is that of the table", "[arch]") {
    const auto rows = table();
    REQUIRE(rows.size() == 49);
    std::set<const Layout*> seen;
    for (const auto& row : rows) {
        INFO(row[0]);
        REQUIRE(row.size() == 17);
        const Layout* layout = find_layout(row[0]);
        REQUIRE(layout != nullptr);
        seen.insert(layout);
        CHECK(row[0].ends_with(layout->kernel));
        CHECK(layout->pte_bits == number(row[1]));
        CHECK(layout->ulong_bits == number(row[2]));
        CHECK(layout->page_shift == number(row[3]));
        CHECK(endian_text(layout->stored) == row[4]);
        CHECK(words_text(*layout) == row[5]);
        CHECK(field_text(layout->swap.type) == row[6]);
        CHECK(field_text(layout->swap.offset) == row[7]);
        CHECK(layout->swap.usable_offset_bits == number(row[8]));
        CHECK(layout->swap.exclusive == marker(row[9]));
        CHECK(layout->swap.soft_dirty == marker(row[10]));
        CHECK(layout->swap.uffd_wp == marker(row[11]));
        CHECK(layout->swap.fixed_mask == number(row[12]));
        CHECK(layout->swap.fixed_value == number(row[13]));
        CHECK(layout->none_ignore == number(row[15]));
        CHECK(layout->none_value == number(row[16]));
        for (const std::uint64_t word : one_and_two_bit_words()) {
            if (pte_present(*layout, {word}) != present_by_table(row[14], word)) FAIL_CHECK("present of " << word);
        }
    }
    // riscv64 of 6.1 has no exclusive bit and no row.
    CHECK(seen.size() == 49);
    CHECK(all_layouts().size() == 50);
}

TEST_CASE("every layout is found by its name, once, and those of 6.1 by their long name too", "[arch]") {
    Names names;
    for (const Layout* layout : all_layouts()) {
        CHECK(find_layout(layout->name) == layout);
        names.emplace(layout->name);
        CHECK(has_swp_exclusive(*layout) == (layout->name != "riscv64"));
    }
    CHECK(names.size() == all_layouts().size());
    CHECK(find_layout("x86_64-6.1") == &x86_64);
    CHECK(find_layout("ppc64-book3s-64k-6.1") == &ppc64_64k);
    CHECK(find_layout("riscv64-6.1") == &riscv64);
    CHECK(find_layout("riscv64-6.12") != &riscv64);
    CHECK(find_layout("x86_64-6.13") == nullptr);
}

TEST_CASE("every layout has the faults that it owns up to, with a reason, and no other", "[arch]") {
    for (const Layout* layout : all_layouts()) {
        INFO(layout->name);
        CHECK(describe(find_fault(*layout)) == describe(Fault::none));
        Layout silent = *layout;
        silent.known = {};
        CHECK((find_fault(silent) == Fault::none) == layout->known.empty());
        for (const Known& known : layout->known) {
            CHECK(find_all_faults(*layout).has(known.fault));
            CHECK_FALSE(known.reason.empty());
        }
        if (layout->known.size() == 4) continue;
        Layout boastful = *layout;
        REQUIRE(boastful.known.push_back({Fault::none_can_read_as_present, "it has not"}));
        if (!find_all_faults(*layout).has(Fault::none_can_read_as_present))
            CHECK(find_fault(boastful) == Fault::known_fault_is_absent);
    }
    CHECK(known_faults(Fault::swap_can_read_as_none) == Names{"nios2-6.12", "x86_64", "x86_64-6.12"});
    CHECK(known_faults(Fault::swap_uses_bits_that_none_ignores) == Names{"mips32-xpa-6.12", "nios2-6.12"});
    CHECK(known_faults(Fault::protnone_reads_as_swap) == Names{"csky-abiv1-6.12", "csky-abiv2-6.12", "sparc32-6.12"});
    CHECK(known_faults(Fault::protnone_is_readable) == Names{"m68k-sun3-6.12"});
    CHECK(known_faults(Fault::swap_leaves_upper_word_unused) ==
          Names{"arm-lpae-6.12", "ppc32-44x-6.12", "ppc32-book3s-pte64-6.12", "ppc32-e500-pte64-6.12"});
    CHECK(known_faults(Fault::type_is_not_masked) == Names{"arm64", "arm64-6.12", "mips32-r4k-6.12", "ppc64-4k",
                                                           "ppc64-64k", "ppc64-book3s-4k-6.12",
                                                           "ppc64-book3s-64k-6.12"});
    CHECK(known_faults(Fault::exclusive_is_not_read_back) == Names{"alpha-6.12"});
    CHECK(known_faults(Fault::protection_keeps_write) == Names{"mips32-phys36-6.12", "sh-x2tlb-6.12"});
    CHECK(known_faults(Fault::user_access_is_refused) == Names{"sparc64-6.12"});
}

TEST_CASE("a layout of 6.1 has the marker if its architecture got it by then, and all of 6.12 have it", "[arch]") {
    Names early;
    for (const Layout* layout : all_layouts()) {
        INFO(layout->name);
        const bool is_early = layout->exclusive_since == "5.19";
        CHECK((is_early || layout->exclusive_since == "6.3"));
        CHECK(has_swp_exclusive(*layout) == (is_early || layout->kernel == "6.12"));
        if (is_early) early.emplace(layout->name.substr(0, layout->name.find('-')));
    }
    CHECK(early == Names{"arm64", "ppc64", "s390x", "x86_64"});
}

TEST_CASE("what clearing leaves of a PTE reads as none, however many words it has", "[arch]") {
    Names two_words;
    for (const Layout* layout : all_layouts()) {
        INFO(layout->name);
        CHECK((layout->order.clear_keeps & ~layout->none_ignore) == 0);
        CHECK(pte_none(*layout, pte_cleared(*layout, {low_bits(layout->pte_bits)})));
        const bool is_split = layout->words.size() == 2;
        CHECK(has_two_words(*layout) == is_split);
        CHECK((layout->order.get[0] == PteAccess::whole) == !is_split);
        if (is_split) two_words.emplace(layout->name);
    }
    CHECK(two_words == Names{"mips32-phys36-6.12", "mips32-xpa-6.12", "ppc32-44x-6.12", "ppc32-book3s-pte64-6.12",
                             "ppc32-e500-pte64-6.12", "sh-x2tlb-6.12", "x86_32-pae-6.12"});
}

TEST_CASE("pte_same() ignores the nG bit of LPAE's present PTEs, and the same bit of no swap PTE", "[arch]") {
    const Layout& lpae = *find_layout("arm-lpae-6.12");
    const Pte present = pfn_pte(lpae, 7);
    CHECK(pte_same(lpae, present, {present.val ^ bit(11)}));
    CHECK_FALSE(pte_same(lpae, present, {present.val ^ bit(12)}));
    const Pte swapped = swp_entry_to_pte(lpae, {1, 5});
    CHECK_FALSE(pte_same(lpae, swapped, {swapped.val ^ bit(11)}));
}

TEST_CASE("GUP-fast writes through a PTE of sh's X2TLB only if both of its write bits are set", "[arch]") {
    const Layout& sh = *find_layout("sh-x2tlb-6.12");
    const Pte writable = pte_mkwrite(sh, pfn_pte(sh, 7));
    CHECK(pte_access_permitted(sh, writable, true));
    const Pte for_the_kernel = {writable.val & ~bit(44)};
    CHECK(pte_write(sh, for_the_kernel));
    CHECK_FALSE(pte_access_permitted(sh, for_the_kernel, true));
    CHECK(pte_access_permitted(sh, for_the_kernel, false));
}

TEST_CASE("nios2 loses the swap PTEs of type 0 with offset 1 to 15, and no others", "[arch]") {
    const Layout& nios2 = *find_layout("nios2-6.12");
    for (unsigned type = 0; type < types; ++type) {
        for (std::uint64_t offset = 0; offset < 1 << 12; ++offset)
            if (pte_none(nios2, swp_entry_to_pte(nios2, {type, offset})) != (type == 0 && offset < 16))
                FAIL_CHECK("type " << type << " offset " << offset);
    }
}

TEST_CASE("alpha sets a marker that it does not see, and so never finds the entry again", "[arch]") {
    const Layout& alpha = *find_layout("alpha-6.12");
    const Pte plain = swp_entry_to_pte(alpha, {1, 5});
    const Pte marked = pte_swp_mkexclusive(alpha, plain);
    CHECK(marked != plain);
    CHECK_FALSE(pte_swp_exclusive(alpha, marked));
    CHECK_FALSE(pte_same_as_swp(alpha, marked, plain));
}

TEST_CASE("all types, offsets, markers and flags survive in every layout, whatever hardware does, but for known faults",
          "[arch]") {
    for (const Layout* layout : all_layouts()) {
        for (const ExhaustiveWalk& walk : walks()) {
            INFO(layout->name << ": " << walk.name);
            const auto wrong = walk.run(*layout);
            if (wrong) FAIL_CHECK(wrong->says);
        }
    }
}

TEST_CASE("a PTE of two words names each of its halves once", "[arch]") {
    Names two;
    for (const Layout* layout : all_layouts()) {
        if (layout->words.size() == 1) {
            CHECK(layout->words[0] == 0);
            continue;
        }
        two.emplace(layout->name);
        CHECK(layout->pte_bits == 64);
        CHECK(layout->ulong_bits == 32);
        CHECK(layout->words[0] + layout->words[1] == 32);
    }
    CHECK(two == Names{"mips32-phys36-6.12", "mips32-xpa-6.12", "ppc32-44x-6.12", "ppc32-book3s-pte64-6.12",
                       "ppc32-e500-pte64-6.12", "sh-x2tlb-6.12", "x86_32-pae-6.12"});
}
