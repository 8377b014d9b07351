// SPDX-License-Identifier: GPL-2.0-only
// Layout files: what goes out comes back, and what is wrong in one is said with its place.
#include "arch_encodings/layouts.hpp"
#include "arch_encodings/witness.hpp"
#include "layouts/layout_file.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace layouts;
using nlohmann::json;

namespace {

/// A small sound layout that a person could have written.
const json& sample() {
    static const json document = json::parse(R"({
        "version": 1, "name": "toy", "kernel": "6.13", "pte_bits": 32, "page_shift": 12, "ulong_bits": 32,
        "present": [{"any_set": 0}],
        "swap": {"type": "2..6", "offset": ["8..11", "12..31"], "exclusive": 7, "reads_as_none": {"type": 0, "offset": 0}},
        "present_pte": {
            "pfn": "12..31", "write": 1, "dirty": 2, "young": 3,
            "page_readonly": "0x19", "page_none": [0, 3], "modify": {"keep": [2, 3, "12..31"], "take": "all"},
            "walk": {"may_load": [{"all_set": [0, 4]}], "may_store": [{"all_set": [0, 1, 4]}],
                     "on_load": [{"set": 3}], "on_store": [{"set": "2..3"}]}
        }
    })");
    return document;
}

/// The error of the sample with `value` at `pointer`.
std::string error_with(const std::string& pointer, const json& value) {
    json document = sample();
    document[json::json_pointer(pointer)] = value;
    const auto read = parse_layout(document.dump());
    return read ? "" : read.error().text();
}

void says(const std::string& pointer, const json& value, const std::string& message) {
    INFO(pointer << " " << value.dump());
    CHECK(error_with(pointer, value) == message);
}

} // namespace

TEST_CASE("every layout goes to JSON and comes back the same, field by field and text by text", "[layouts]") {
    for (const arch::Layout* layout : arch::all_layouts()) {
        INFO(layout->name);
        const std::string text = layout_text(*layout);
        const auto read = parse_layout(text);
        if (!read) FAIL(read.error().text());
        CHECK(read.value().layout() == *layout);
        CHECK(layout_text(read.value().layout()) == text);
        CHECK(json::parse(text) == json::parse(layout_json(*layout).dump()));
    }
    CHECK(arch::all_layouts().size() == 50);
}

TEST_CASE("a layout that differs in any field is not the same", "[layouts]") {
    arch::Layout changed = arch::x86_64;
    changed.present_pte.walk.on_store = {{.set = 1}};
    CHECK_FALSE(changed == arch::x86_64);
    changed = arch::x86_64;
    changed.swap.type.inverted = true;
    CHECK_FALSE(changed == arch::x86_64);
}

TEST_CASE("a layout keeps its texts when what it was read from is gone, and its place when copied", "[layouts]") {
    std::optional<OwnedLayout> copy;
    {
        const auto read = parse_layout(sample().dump());
        if (!read) FAIL(read.error().text());
        copy = read.value();
        CHECK(&copy->layout() == &read.value().layout());
    }
    CHECK(copy->layout().name == "toy");
    CHECK(copy->layout().kernel == "6.13");
}

TEST_CASE("bits may be written as numbers, ranges, masks and lists, and fields in pieces", "[layouts]") {
    const auto read = parse_layout(sample().dump());
    if (!read) FAIL(read.error().text());
    const arch::Layout& layout = read.value().layout();
    CHECK(arch::why_refused(layout).empty());
    CHECK(layout.present_pte.page_readonly.val == 0x19);
    CHECK(layout.present_pte.page_none.val == 9);
    CHECK(layout.present_pte.modify.take == ~std::uint64_t{0});
    CHECK(layout.present_pte.write == arch::plain_flag(2));
    // Pieces go from the lowest value bit up.
    CHECK(arch::swp_entry_to_pte(layout, {0, 0x12}).val == 0x1200);
    CHECK(layout.swap.offset.segments[1].val_lsb == 4);
    // As many offset bits are usable as PTE and swp_entry_t hold, where the file does not say.
    CHECK(layout.swap.usable_offset_bits == 24);
    CHECK(layout.swap.exclusive == 0x80);
    json other = sample();
    other["present_pte"]["dirty"] = {{"inverted", 2}};
    other["swap"]["keep_clear"] = {{"all_but", "0..31"}};
    const auto changed = parse_layout(other.dump());
    if (!changed) FAIL(changed.error().text());
    CHECK(changed.value().layout().present_pte.dirty == arch::inverted_flag(4));
    CHECK(changed.value().layout().swap.keep_clear == 0xffffffff00000000);
}

TEST_CASE("a field outside the word, a word of 65 bits and a field of none are refused", "[layouts]") {
    says("/swap/offset", "8..32", "/swap/offset: bit 32 is outside of the PTE, whose bits are 0 to 31");
    says("/swap/exclusive", 64, "/swap/exclusive: bit 64 is outside of the PTE, whose bits are 0 to 31");
    says("/present_pte/page_none", "0x100000000",
         "/present_pte/page_none: bit 32 is outside of the PTE, whose bits are 0 to 31");
    says("/pte_bits", 65, "/pte_bits: expected the bits of a PTE, 32 or 64, found 65");
    says("/pte_bits", 0, "/pte_bits: expected the bits of a PTE, 32 or 64, found 0");
    says("/ulong_bits", "32", "/ulong_bits: expected the bits of an unsigned long, 32 or 64, found a string");
    says("/swap/type", json::array(), "/swap/type: there are no pieces of a field here; at least 1 is needed");
    says("/swap/usable_offset_bits", 0,
         "/swap/usable_offset_bits: expected a number of offset bits that is from 1 to 32, found 0");
    says("/words", {"0..31", "0..31"},
         "/words/1: expected a word of 32 bits that no other one has, or the PTE as a whole, found bits 0..31");
    says("/words", {"0..15"},
         "/words/0: expected a word of 32 bits that no other one has, or the PTE as a whole, found bits 0..15");
}

TEST_CASE("late marks are marks that the walk makes, in the word that has the present bit", "[layouts]") {
    says("/present_pte/walk/late", json::array({3, 4}),
         "/present_pte/walk/late: neither a load nor a store sets bit 4");
    json pae = json::parse(layout_text(*arch::find_layout("x86_32-pae-6.12")));
    pae["present_pte"]["walk"]["on_load"] = json::parse(R"([{"set": [5, 52]}])");
    CHECK(parse_layout(pae.dump()));
    pae["present_pte"]["walk"]["late"] = {5, 52};
    const auto high = parse_layout(pae.dump());
    REQUIRE_FALSE(high);
    CHECK(high.error().text() ==
          "/present_pte/walk/late: bit 52 would be in the high word; of a PTE of two words, late marks "
          "are modelled in the low one, which has the present bit");
}

TEST_CASE("a bad range and bits twice in a field are refused with what was meant", "[layouts]") {
    says("/swap/type", "6..2",
         "/swap/type: the range \"6..2\" runs downwards; write the low bit first, as in \"2..6\"");
    says("/swap/type", "2-6", "/swap/type: expected a bit's number or a range such as \"12..51\", found \"2-6\"");
    says("/swap/offset", {"8..20", "20..31"}, "/swap/offset/1: this field has bit 20 twice");
    says("/swap/offset", {"8..9", 10, 11, 12}, "/swap/offset: at most 3 pieces of a field are possible, found 4");
    says("/swap/exclusive", -1, "/swap/exclusive: expected a bit's number from 0 to 31, found -1");
    says("/swap/exclusive", 1.5, "/swap/exclusive: expected a bit's number from 0 to 31, found 1.5");
    says("/swap/keep_clear", {1, {2, 3}},
         "/swap/keep_clear/1: expected a bit's number or a range such as \"12..51\", found an array");
    says("/swap/keep_clear", "0xfg",
         "/swap/keep_clear: expected a mask of up to 64 bits such as \"0x101\", found \"0xfg\"");
    says("/swap/keep_clear", {{"all_but", {{"all_but", 1}}}},
         "/swap/keep_clear/all_but: expected the bits that are left out, found an object");
}

TEST_CASE("another version, unknown keys and values of the wrong type are refused", "[layouts]") {
    says("/version", 2, "/version: this program reads version 1 of layout files, this file is version 2");
    says("/version", "1", "/version: expected the format's version, an integer, found a string");
    says("/swap/exclusiv", 3, "/swap/exclusiv: a swap PTE has no key \"exclusiv\"; did you mean \"exclusive\"?");
    says("/present_pte/yung", 3, "/present_pte/yung: a present PTE has no key \"yung\"; did you mean \"young\"?");
    says("/stored", "litle", "/stored: expected a byte order, found \"litle\"; did you mean \"little\"?");
    says("/present/0", {{"any", 3}},
         "/present/0/any: a test of bits has no key \"any\"; its keys are any_set, all_set, none_set, of, only_set, "
         "not_only_set");
    says("/present/0", {{"of", 3}},
         "/present/0: expected one of \"any_set\", \"all_set\" and \"none_set\", or \"of\" with \"only_set\" or "
         "\"not_only_set\"");
    says("/present/0", {{"of", 3}, {"only_set", 4}},
         "/present/0/only_set: bit 4 cannot be set: not among those of \"of\"");
    says("/swap", json::array(), "/swap: expected a swap PTE, which is an object, found an array");
    says("/present", 0, "/present: expected an array of tests of bits, found an integer");
    says("/name", "two words",
         "/name: expected a layout's name of 1 to 40 letters, digits, '-', '_' and '.', found \"two words\"");
    says("/swap/type_is_masked", 1, "/swap/type_is_masked: expected true or false, found an integer");
    says("/page_shift", 64, "/page_shift: expected a page shift from 10 to 24, found 64");
    json without = sample();
    without["swap"].erase("offset");
    const auto read = parse_layout(without.dump());
    REQUIRE_FALSE(read);
    CHECK(read.error().text() == "/swap: a swap PTE needs the key \"offset\"");
}

TEST_CASE("known faults have a name and a reason, once", "[layouts]") {
    const json known = {{"fault", "type_is_not_masked"}, {"reason", "no type is above 31"}};
    says("/known", json::array({known}), "");
    says("/known", json::array({known, known}), "/known/1/fault: \"type_is_not_masked\" is in this list twice");
    says("/known", {{{"fault", "type_is_not_maskd"}, {"reason", "x"}}},
         "/known/0/fault: expected a fault, found \"type_is_not_maskd\"; did you mean \"type_is_not_masked\"?");
    says("/known", {{{"fault", "type_is_not_masked"}, {"reason", ""}}},
         "/known/0/reason: expected why nobody meets the fault, or who does, found an empty string");
}

TEST_CASE("an exclusive bit that is asked for has to be there", "[layouts]") {
    says("/requires_exclusive", true, "");
    json document = sample();
    document["swap"].erase("exclusive");
    CHECK(parse_layout(document.dump()));
    document["requires_exclusive"] = true;
    const auto read = parse_layout(document.dump());
    REQUIRE_FALSE(read);
    CHECK(read.error().text() == "/swap: there is no \"exclusive\" bit, and \"requires_exclusive\" asks for one");
}

TEST_CASE("what is no JSON, no object or no file is refused", "[layouts]") {
    const std::string text = sample().dump();
    const auto cut = parse_layout(text.substr(0, text.size() / 2));
    REQUIRE_FALSE(cut);
    CHECK_THAT(cut.error().text(), Catch::StartsWith("line 1, column "));
    CHECK(parse_layout("[]").error().text() == "expected a layout, which is an object, found an array");
    CHECK_FALSE(parse_layout(""));
    CHECK(load_layout(std::filesystem::temp_directory_path().string()).error().text() ==
          "cannot be read: Is a directory");
    CHECK(load_layout("/nowhere/x.json").error().text() == "cannot be opened: No such file or directory");
}

TEST_CASE("every text cut short is refused, and no byte of one makes the reader fall over", "[layouts]") {
    const std::string text = layout_text(*arch::find_layout("mips32-xpa-6.12"));
    for (std::size_t length = 0; length + 2 < text.size(); ++length)
        if (parse_layout(std::string_view(text).substr(0, length))) FAIL_CHECK(length);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const char byte : {'0', '9', '"', '-', '{', '\0', '\xff'}) {
            std::string damaged = text;
            damaged[at] = byte;
            const auto read = parse_layout(damaged);
            if (!read) {
                ++refused;
                CHECK_FALSE(read.error().message.empty());
            } else if (at % 8 == 0) {
                static_cast<void>(arch::why_refused(read.value().layout()).size());
            }
        }
    }
    CHECK(refused > text.size());
}
