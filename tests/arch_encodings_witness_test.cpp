// SPDX-License-Identifier: GPL-2.0-only
//
// For each fault that a layout can have, a layout that has it and the PTE that shows it; and the walks, each with what it finds.
#include "arch_encodings/witness.hpp"
#include "tests/arch_encodings_checks.hpp"

#include <catch2/catch.hpp>

#include <set>

using namespace arch_checks;

namespace {

struct Damage {
    Fault fault;
    const char* base;
    void (*damage)(Layout&);
    const char* says;
};

const std::vector<Damage>& damages() {
    static const std::vector<Damage> list = {
        {Fault::field_outside_pte, "riscv32-6.12", [](Layout& l) { l.swap.exclusive = bit(32); },
         "0x0000000100000000 is used and outside of the PTE"},
        {Fault::field_has_gaps, "riscv64",
         [](Layout& l) {
             l.swap.type = {{{6, 3, 0}, {8, 2, 3}}};
         },
         "0x0000000000000100 is in a field twice, or a value bit is in none"},
        {Fault::type_too_narrow, "arm64",
         [](Layout& l) {
             l.swap.type.segments[0].width = 4;
             l.swap.type_is_masked = true;
         },
         "0x0000000000000278 is written for swap type 31 offset 2 and reads as swap type 15 offset 2"},
        {Fault::more_offset_bits_usable_than_stored, "riscv64", [](Layout& l) { ++l.swap.usable_offset_bits; },
         "0x0000000000000000 is written for swap type 0 offset 9007199254740992 and keeps less of it: 53 bits of "
         "offset fit the PTE and swp_entry_t, 54 are declared usable"},
        {Fault::fewer_offset_bits_usable_than_stored, "riscv64", [](Layout& l) { --l.swap.usable_offset_bits; },
         "0x8000000000000000 is the swap PTE of type 0 offset 4503599627370496, which is called too large: 53 bits of "
         "offset fit the PTE and swp_entry_t, 52 are declared usable"},
        {Fault::marker_is_not_one_bit, "x86_64", [](Layout& l) { l.swap.exclusive = bits(3, 4); },
         "0x0000000000000018 is exclusive: bits 3..4"},
        {Fault::fixed_value_outside_mask, "s390x", [](Layout& l) { l.swap.fixed_mask = 0x201; },
         "0x0000000000000400 is in the fixed value and not in its mask"},
        {Fault::swap_fields_overlap, "x86_64", [](Layout& l) { l.swap.exclusive = bit(9); },
         "0x07fffffffffffa00 is written for swap type 0 offset 2 and reads as swap type 0 offset 3 exclusive: bit 9 is "
         "offset and exclusive"},
        {Fault::swap_fields_overlap, "riscv64-6.12", [](Layout& l) { l.swap.exclusive = bit(12); },
         "0x0000000000001000 is written for swap type 0 offset 1 and reads as swap type 0 offset 0 exclusive: bit 12 "
         "is offset and exclusive"},
        {Fault::swap_fields_overlap, "riscv64-6.12", [](Layout& l) { l.swap.exclusive = bit(7); },
         "0x0000000000001080 is written for swap type 1 offset 1 and reads as swap type 0 offset 1 exclusive: bit 7 is "
         "type and exclusive"},
        {Fault::swap_fields_overlap, "x86_64", [](Layout& l) { l.swap.exclusive = l.swap.soft_dirty; },
         "0x07fffffffffffc02 is written for swap type 0 offset 1 exclusive and reads as swap type 0 offset 1 exclusive "
         "soft-dirty: bit 1 is exclusive and soft-dirty"},
        {Fault::swap_uses_bits_to_keep_clear, "x86_64", [](Layout& l) { l.swap.exclusive = bit(7); },
         "0x07fffffffffffc80 is the swap PTE of type 0 offset 1 exclusive: bit 7, of exclusive, has to stay zero in a "
         "swap PTE"},
        {Fault::swap_uses_bits_that_none_ignores, "x86_64", [](Layout& l) { l.swap.exclusive = bit(5); },
         "0x07fffffffffffc20 is the swap PTE of type 0 offset 1 with bit 5, which pte_none() ignores since others set "
         "it, and reads as swap type 0 offset 1 exclusive"},
        {Fault::swap_uses_bits_that_none_ignores, "ppc32-book3s-6.12", [](Layout& l) { l.swap.exclusive = bit(1); },
         "0x00000002 is the swap PTE of type 0 offset 0 exclusive and reads as none"},
        {Fault::swap_can_read_as_present, "x86_64", [](Layout& l) { l.swap.exclusive = bit(0); },
         "0x07fffffffffffc01 is the swap PTE of type 0 offset 1 exclusive and reads as present pfn 1099511627775 "
         "soft-dirty uffd-wp"},
        {Fault::swap_can_read_as_present, "sparc32-6.12", [](Layout& l) { l.swap.exclusive = bit(1); },
         "0x00001002 is the swap PTE of type 0 offset 1 exclusive and reads as present pfn 16"},
        {Fault::swap_can_read_as_none, "riscv64", [](Layout& l) { l.swap.reads_as_none.reset(); },
         "0x0000000000000000 is the swap PTE of type 0 offset 0 and reads as none"},
        {Fault::swap_can_read_as_none, "riscv64",
         [](Layout& l) {
             l.swap.reads_as_none = SwpEntry{1, 1};
         },
         "0x0000000000000000 is the swap PTE of type 0 offset 0 and reads as none"},
        {Fault::none_can_read_as_present, "s390x", [](Layout& l) { l.none_value = 0x401; },
         "0x0000000000000401 is both none to pte_none() and present to pte_present()"},
        {Fault::exclusive_is_not_read_back, "mips64-6.12", [](Layout& l) { l.swap.exclusive_visible = low_bits(16); },
         "0x0000000001800000 is the swap PTE of type 0 offset 1 exclusive, and pte_swp_exclusive() is false of it"},
        {Fault::type_is_not_masked, "riscv64", [](Layout& l) { l.swap.type_is_masked = false; },
         "0x0000000000001800 is written for swap type 32 offset 2 and reads as swap type 0 offset 3"},
        {Fault::swap_leaves_upper_word_unused, "x86_32-pae-6.12",
         [](Layout& l) {
             l.swap.type = plain_field(1, 5);
             l.swap.offset = plain_field(9, 23);
         },
         "0x00000000fffffebe is the swap PTE of type 31 offset 8388607 exclusive, the last there is: bits 32..63 stay "
         "zero"},
        {Fault::present_flag_without_bit, "arm64", [](Layout& l) { l.present_pte.uffd_wp.make = {{.set = bit(60)}}; },
         "0x1060000000001fc3 is 0x0060000000001fc3 made uffd-wp, for which there is no test"},
        {Fault::present_flag_without_bit, "riscv64", [](Layout& l) { l.present_pte.young.make = {}; },
         "0x0000000000000000 is 0 made young, and the test of young is false of it"},
        {Fault::present_flags_overlap, "riscv64", [](Layout& l) { l.present_pte.dirty = l.present_pte.write; },
         "0x0000000000000004 is write and dirty at once"},
        {Fault::present_flags_overlap, "x86_64", [](Layout& l) { l.present_pte.young = plain_flag(bit(8)); },
         "0x000fffffffffe120 is present pfn 1 protnone young, and clearing young makes it 0x000fffffffffe020, which "
         "reads as swap type 0 offset 1117103813820431"},
        {Fault::present_flag_overlaps_pfn, "riscv64", [](Layout& l) { l.present_pte.dirty = plain_flag(bit(10)); },
         "0x0000000000000453 is present pfn 1 dirty young, and clearing dirty makes it 0x0000000000000053, which reads "
         "as present pfn 0 young"},
        {Fault::protection_overlaps_pfn, "riscv64", [](Layout& l) { l.present_pte.page_readonly.val |= bit(11); },
         "0x0000000000000853 is the PTE of pfn 0 and reads as present pfn 2 young"},
        {Fault::newborn_pte_is_wrong, "riscv64", [](Layout& l) { l.present_pte.page_readonly.val |= bit(2); },
         "0x0000000000000057 is the newborn PTE of pfn 0 and reads as present pfn 0 write young, which the processor "
         "can store to"},
        {Fault::newborn_pte_is_wrong, "arm64", [](Layout& l) { l.present_pte.page_none.val |= bit(51); },
         "0x0468000000000f82 is the PROT_NONE PTE of pfn 0 and reads as present pfn 0 protnone write young"},
        {Fault::user_access_is_refused, "riscv64",
         [](Layout& l) { l.present_pte.access_permitted = {all_set(bit(5))}; },
         "0x0000000000000453 is the newborn PTE of pfn 1, and pte_access_permitted() refuses a load through it"},
        {Fault::protnone_reads_as_swap, "arm64", [](Layout& l) { l.present = {any_set(bit(0))}; },
         "0x0460000000001f82 is the PROT_NONE PTE of pfn 1 and reads as swap type 16 offset 105553116266527"},
        {Fault::protnone_is_readable, "riscv64",
         [](Layout& l) { l.present_pte.page_none = l.present_pte.page_readonly; },
         "0x0000000000000453 is the PROT_NONE PTE of pfn 1, and the processor can load through it"},
        {Fault::protection_keeps_write, "riscv64", [](Layout& l) { l.present_pte.modify.keep |= bit(2); },
         "0x0000000000000457 is present pfn 1 write young, and pte_modify() to read-only makes it 0x0000000000000457, "
         "which reads as present pfn 1 write young"},
        {Fault::access_changes_translation, "riscv64", [](Layout& l) { l.present_pte.modify.keep &= ~bit(53); },
         "0x003ffffffffffc53 is present pfn 17592186044415 young, and pte_modify() makes it 0x001ffffffffffc53, which "
         "reads as present pfn 8796093022207 young"},
        {Fault::access_changes_translation, "riscv64",
         [](Layout& l) { l.present_pte.walk.on_load = {{.set = bit(12)}}; },
         "0x0000000000000053 is present pfn 0 young, and an access makes it 0x0000000000001053, which reads as present "
         "pfn 4 young"},
        {Fault::none_sees_late_marks, "x86_64", [](Layout& l) { l.none_ignore = bit(5); },
         "0x0000000000000040 is the empty PTE with a mark that a processor sets late, and reads as swap type 0 offset "
         "1125899906842623"},
        {Fault::raw_entry_keeps_marker, "x86_32-pae-6.12", [](Layout& l) { l.swap.raw_entry_keeps_markers = true; },
         "0x07fffffffffffc80 is the swap PTE of type 0 offset 1 exclusive, and __pte_to_swp_entry() takes bit 7 along"},
    };
    return list;
}

} // namespace

TEST_CASE("for every fault there is a PTE that shows it", "[arch]") {
    std::set<Fault> shown;
    for (const Damage& item : damages()) {
        Layout damaged = *find_layout(item.base);
        item.damage(damaged);
        INFO(item.base << ": " << fault_name(item.fault));
        REQUIRE(find_all_faults(damaged).has(item.fault));
        shown.insert(item.fault);
        CHECK(find_witness(damaged, item.fault).says == item.says);
        if (item.fault != known_everywhere.fault) CHECK_FALSE(why_refused(damaged).empty());
    }
    for (const Fault fault : all_faults()) {
        INFO(fault_name(fault));
        CHECK((shown.contains(fault) || fault == Fault::known_fault_is_absent));
    }
}

TEST_CASE("each walk finds what the layout says wrongly, with a PTE", "[arch]") {
    const auto found = [](Layout layout, std::size_t walk, void (*damage)(Layout&)) {
        damage(layout);
        const auto wrong = walks()[walk].run(layout);
        return wrong ? wrong->says : "";
    };
    CHECK(found(*find_layout("nios2-6.12"), 0, [](Layout& l) { l.known = {}; }) ==
          "0x00000001 is the swap PTE of type 0 offset 1 and reads as none");
    CHECK(found(*find_layout("alpha-6.12"), 0, [](Layout& l) { l.known = {}; }) ==
          "0x0000018000000000 is the swap PTE of type 0 offset 1 exclusive and reads as swap type 0 offset 1");
    CHECK(found(arm64, 1, [](Layout& l) { l.present_pte.young.clear = {}; }) ==
          "0x0060000000000fc3 is the PTE of pfn 0 and reads as present pfn 0 young");
    CHECK(found(*find_layout("riscv64"), 1, [](Layout& l) {
              l.present_pte.walk.may_store = {all_set(bit(2) | bit(9))};
          }) == "0x00000000000000d7 is the PTE of pfn 0 write dirty young and lets no store through");
    // C51: IPTE has set the invalid bit, and nothing else has been written.
    CHECK(found(s390x, 2, [](Layout& l) { l.present = {equals(s390::PAGE_PRESENT | s390::PAGE_INVALID, 1)}; }) ==
          "0x0000000000009315 is present pfn 9 young, and with what hardware marks in it 0x0000000000009715, which "
          "reads as "
          "swap type 5 offset 9");
    // C52: a Knights Landing sets the accessed bit in a swap PTE.
    CHECK(found(x86_64, 2, [](Layout& l) { l.present = {any_set(0x101 | x86::PAGE_ACCESSED)}; }) ==
          "0x07fffffffffffe00 is swap type 0 offset 0, and with bits that pte_none() ignores 0x07fffffffffffe60, which "
          "reads as "
          "present pfn 0 dirty young soft-dirty uffd-wp");
    CHECK(found(*find_layout("x86_32-pae-6.12"), 3, [](Layout& l) { l.swap.offset.inverted = false; }) ==
          "0x0000000000000200 is the swap PTE of type 0 offset 1 and points to pfn 0, where there can be memory");
}

TEST_CASE("what the walks leave out is what a known fault covers, and nothing beside it", "[arch]") {
    Layout xpa = *find_layout("mips32-xpa-6.12");
    CHECK_FALSE(walk_hardware_marks(xpa));
    xpa.known = {};
    CHECK(walk_hardware_marks(xpa));
    Layout alpha = *find_layout("alpha-6.12");
    alpha.swap.offset.segments[0].width = 23;
    CHECK(walk_swap_entries(alpha));
}

TEST_CASE("a layout is refused for the first fault that nobody explains, and not for the others", "[arch]") {
    for (const Layout* layout : all_layouts()) CHECK(why_refused(*layout).empty());
    Layout clash = x86_64;
    clash.swap.exclusive = clash.swap.soft_dirty;
    CHECK(why_refused(clash) == "swap_fields_overlap: type, offset, exclusive, soft-dirty, uffd-wp and fixed bits "
                                "overlap; 0x07fffffffffffc02 is "
                                "written for swap type 0 offset 1 exclusive and reads as swap type 0 offset 1 "
                                "exclusive soft-dirty: bit 1 is exclusive "
                                "and soft-dirty");
    CHECK(clash.known.size() == 1);
    Layout boastful = arm64;
    REQUIRE(boastful.known.push_back({Fault::none_can_read_as_present, "it has not"}));
    CHECK(why_refused(boastful) ==
          "known_fault_is_absent: the layout says that it has a fault which it does not have; no word "
          "shows none_can_read_as_present");
}

TEST_CASE("every fault has a name of its own and a sentence", "[arch]") {
    std::set<std::string_view> names, sentences;
    for (const Fault fault : all_faults()) {
        names.insert(fault_name(fault));
        sentences.insert(describe(fault));
    }
    CHECK(names.size() == all_faults().size());
    CHECK(sentences.size() == all_faults().size());
    CHECK_FALSE(names.contains("unknown"));
    CHECK_FALSE(sentences.contains("unknown fault"));
}
