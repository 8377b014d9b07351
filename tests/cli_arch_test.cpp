// SPDX-License-Identifier: GPL-2.0-only
// cowherd arch: what it prints, what it refuses, and the pages made of it. `./dev promote cli_arch_test` refreshes the golden files
// tests/data/arch_*.txt and docs/LAYOUTS.md.
#include "arch_encodings/layouts.hpp"
#include "tests/cli_run.hpp"

#include <nlohmann/json.hpp>

#include <fstream>

using namespace cli_tests;
using Catch::Contains;
using nlohmann::json;

namespace {

/// A command's output against a file of the source tree.
void is_golden(const std::string& arguments, const std::string& file) {
    const std::string path = environment("COWHERD_SOURCE", ".") + "/" + file;
    const Run run = cowherd(arguments);
    CHECK(run.code == 0);
    if (std::getenv("COWHERD_PROMOTE") != nullptr && run.code == 0) std::ofstream(path) << run.text;
    INFO(file << " is not what `cowherd " << arguments << "` prints; ./dev promote cli_arch_test");
    CHECK(TemporaryFile::read(path) == run.text);
}

} // namespace

TEST_CASE("a layout is drawn bit by bit, and two of them are compared field by field", "[cli][layouts]") {
    is_golden("arch show x86_64-6.12", "tests/data/arch_show_x86_64.txt");
    is_golden("arch show mips32-xpa-6.12", "tests/data/arch_show_mips32_xpa.txt");
    is_golden("arch diff arm64-6.1 arm64-6.12", "tests/data/arch_diff_arm64.txt");
}

TEST_CASE("the page of all layouts is up to date", "[cli][layouts]") {
    is_golden("arch list --markdown", "docs/LAYOUTS.md");
}

TEST_CASE("drawings of all layouts fit into 100 columns, and name every field that a swap PTE has", "[cli][layouts]") {
    for (const arch::Layout* layout : arch::all_layouts()) {
        INFO(layout->name);
        const Run run = cowherd("arch show " + std::string(layout->name));
        CHECK(run.code == 0);
        std::istringstream lines(run.text);
        for (std::string line; std::getline(lines, line);) {
            if (line.size() > 100 || (!line.empty() && line.back() == ' ')) FAIL_CHECK(line);
        }
        CHECK_THAT(run.text, Contains("type") && Contains("offset") && Contains("pfn") && Contains("young"));
        CHECK((run.text.find("E exclusive") != std::string::npos) == arch::has_swp_exclusive(*layout));
    }
}

TEST_CASE("every layout is listed, with its exclusive bit and known faults", "[cli][layouts]") {
    const json list = json::parse(cowherd("arch list --json").text);
    REQUIRE(list.size() == 50);
    CHECK(list[0] == json{{"name", "x86_64"},
                          {"kernel", "6.1"},
                          {"pte_bits", 64},
                          {"words", 1},
                          {"exclusive", 3},
                          {"known_faults", {"swap_can_read_as_none"}}});
    CHECK(list[5]["exclusive"].is_null());
    const std::string text = cowherd("arch list").text;
    CHECK(std::count(text.begin(), text.end(), '\n') == 51);
    CHECK_THAT(text, Contains("mips32-phys36-6.12       6.12    2 x 32  bit 7      protection_keeps_write\n"));
}

TEST_CASE("names that are no layout's are answered with the nearest one, those of 6.1 have two", "[cli][layouts]") {
    is_usage_error("arch", "say what `cowherd arch` shall do: list, show, check, diff");
    is_usage_error("arch chek", "there is no arch command \"chek\"; did you mean \"check\"?");
    is_usage_error("arch show arm64-6.11", "there is no layout \"arm64-6.11\"; did you mean \"arm64-6.12\"?");
    is_usage_error("arch show ''", "expected the name of a layout or of its file, found an empty word");
    is_usage_error("arch check zzzzzz", "there is no layout \"zzzzzz\"; `cowherd arch list` lists them");
    is_usage_error("arch diff x86_64", "B is required");
    is_usage_error("arch show x86_64 --jsn", "did you mean \"--json\"?");
    CHECK(cowherd("arch show ppc64-book3s-4k-6.1").text == cowherd("arch show ppc64-4k").text);
    CHECK(cowherd("arch diff riscv64-6.1 riscv64").text == "no difference\n");
    CHECK(cowherd("arch diff riscv64 riscv64-6.12").code == 0);
}

TEST_CASE("what `arch show --json` prints is a layout file: edited and given back", "[cli][layouts]") {
    for (const char* name : {"x86_64-6.12", "sparc64-6.12", "mips32-xpa-6.12"}) {
        const TemporaryFile layout(cowherd(std::string("arch show --json ") + name).text, ".json");
        const std::string& file = layout.path();
        const std::string plain = layout.content();
        CHECK(cowherd("arch diff " + file + " " + name).text == "no difference\n");
        CHECK(cowherd("arch show --json " + file).text == plain);
        json edited = json::parse(plain);
        edited["swap"]["keep_clear"] = {63};
        std::ofstream(file) << edited;
        CHECK_THAT(cowherd("arch diff " + std::string(name) + " " + file).text, Contains("kept clear: "));
        CHECK(cowherd("arch check " + file).code == 10);
    }
    CHECK(json::parse(cowherd("arch diff x86_64 x86_64-6.12 --json").text)[0]["field"] == "pte_mkwrite()");
}

TEST_CASE("all layouts pass their proofs, with a PTE for each fault that is known", "[cli][layouts]") {
    const Run run = cowherd("arch check");
    CHECK(run.code == 0);
    CHECK_THAT(run.text, Contains("50 layouts: 0 unexplained faults, 27 known ones and 39 usual ones\n"));
    CHECK(run.text == cowherd("arch check").text);
    // kernel-facts D.4, one by one.
    const auto shows = [](const std::string& layout, const std::string& fault, const std::string& pte) {
        const json checked = json::parse(cowherd("arch check --json " + layout).text).at(0);
        CHECK(checked["sound"] == true);
        for (const json& finding : checked["findings"]) {
            if (finding["fault"] != fault) continue;
            CHECK(finding["shows"] == pte);
            CHECK(finding["known"].is_string());
            return;
        }
        FAIL_CHECK(layout << " has no " << fault);
    };
    shows("nios2-6.12", "swap_can_read_as_none", "0x00000001 is the swap PTE of type 0 offset 1 and reads as none");
    shows("csky-abiv1-6.12", "protnone_reads_as_swap",
          "0x00001002 is the PROT_NONE PTE of pfn 1 and reads as swap type 0 offset 4");
    shows("csky-abiv2-6.12", "protnone_reads_as_swap",
          "0x00001200 is the PROT_NONE PTE of pfn 1 and reads as swap type 0 offset 4");
    shows("sparc32-6.12", "protnone_reads_as_swap",
          "0x000001bc is the PROT_NONE PTE of pfn 1 and reads as swap type 3 offset 0");
    shows("x86_64", "swap_can_read_as_none",
          "0x0000000000000000 is the swap PTE of type 0 offset 1125899906842623 and reads as none");
    shows("ppc32-44x-6.12", "swap_leaves_upper_word_unused",
          "0x00000000fffffffc is the swap PTE of type 31 offset 16777215 exclusive, the last there is: bits 32..63 "
          "stay zero");
    shows("microblaze-6.12", "raw_entry_keeps_marker",
          "0x00000180 is the swap PTE of type 0 offset 1 exclusive, and __pte_to_swp_entry() takes bit 7 along");
    shows("mips32-r4k-6.12", "type_is_not_masked",
          "0x00006000 is written for swap type 32 offset 2 and reads as swap type 0 offset 3");
}

TEST_CASE("--exclusive refuses a layout without the bit", "[cli][layouts]") {
    const Run run = cowherd("arch check riscv64 riscv64-6.12 --exclusive");
    CHECK(run.code == 10);
    CHECK_THAT(run.text,
               Contains("riscv64: refused, 1 unexplained fault\n"
                        "  ERROR  no_exclusive_bit: the layout has no exclusive bit, and --exclusive asks for "
                        "one\n         0x0000000000000800 is swap type 0 offset 1, marked or not\n"
                        "riscv64-6.12: sound\n"));
    CHECK(cowherd("arch check riscv64").code == 0);
}

TEST_CASE("the four clashes of the examples are refused, each with its PTE, and the added bit is not",
          "[cli][layouts]") {
    const auto refused = [](const std::string& file, const std::string& error) {
        const Run run = cowherd("arch check examples/layouts/" + file);
        INFO(run.text);
        CHECK(run.code == 10);
        CHECK_THAT(run.text, Contains(": refused, "));
        CHECK_THAT(run.text, Contains("  ERROR  " + error + "\n"));
    };
    refused("exclusive-on-offset.json",
            "swap_fields_overlap: type, offset, exclusive, soft-dirty, uffd-wp and fixed bits overlap\n"
            "         0x07fffffffffffa00 is written for swap type 0 offset 2 and reads as swap type 0 offset 3 "
            "exclusive: bit 9 is offset and exclusive");
    refused("exclusive-on-soft-dirty.json",
            "swap_fields_overlap: type, offset, exclusive, soft-dirty, uffd-wp and fixed bits overlap\n"
            "         0x07fffffffffffc02 is written for swap type 0 offset 1 exclusive and reads as swap type 0 offset "
            "1 exclusive soft-dirty: bit 1 is exclusive and soft-dirty");
    refused("exclusive-on-present.json",
            "swap_can_read_as_present: some swap PTE reads as present\n"
            "         0x07fffffffffffc01 is the swap PTE of type 0 offset 1 exclusive and reads as present pfn "
            "1099511627775 soft-dirty uffd-wp");
    refused("exclusive-ignored-by-none.json",
            "swap_uses_bits_that_none_ignores: a swap PTE uses bits that pte_none() ignores\n"
            "         0x07fffffffffffc20 is the swap PTE of type 0 offset 1 with bit 5, which pte_none() ignores since "
            "others set it, and reads as swap type 0 offset 1 exclusive");
    const Run run = cowherd("arch check --exclusive examples/layouts/riscv64-with-exclusive.json");
    CHECK(run.code == 0);
    CHECK_THAT(run.text, Contains("riscv64-with-exclusive.json: sound\n"));
    CHECK(cowherd("arch diff riscv64 examples/layouts/riscv64-with-exclusive.json").text ==
          "exclusive marker since: 6.3 -> 6.1\nexclusive: no bits -> bit 4\n");
}

TEST_CASE("a file that is no layout is bad input, with its place, and the others are checked all the same",
          "[cli][layouts]") {
    const TemporaryFile bad("{\"version\": 1, \"nam\": \"x\"}", ".json");
    const std::string& file = bad.path();
    const Run run = cowherd("arch check arc-v2-6.12 " + file);
    CHECK(run.code == 3);
    CHECK_THAT(run.text, Contains(file + ": /nam: a layout has no key \"nam\"; did you mean \"name\"?"));
    CHECK_THAT(run.text, Contains("arc-v2-6.12: sound\n"));
    CHECK(cowherd("arch show /nowhere/x.json").text ==
          "cowherd: /nowhere/x.json: cannot be opened: No such file or directory\n");
    CHECK(cowherd("arch diff x86_64 /tmp").text == "cowherd: /tmp: cannot be read: Is a directory\n");
    CHECK(cowherd("arch diff x86_64 /tmp").code == 3);
}

TEST_CASE("what docs/ARCHITECTURES.md shows of a command is what it prints", "[cli][layouts]") {
    std::istringstream page(TemporaryFile::read(environment("COWHERD_SOURCE", ".") + "/docs/ARCHITECTURES.md"));
    const std::string prompt = "    $ cowherd ";
    std::size_t shown = 0;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with(prompt)) continue;
        const std::string command = line.substr(prompt.size());
        if (!command.starts_with("arch ")) continue;
        std::string expected;
        while (std::getline(page, line) && line.starts_with("    ")) expected += line.substr(4) + "\n";
        INFO(command);
        REQUIRE_FALSE(expected.empty());
        CHECK_THAT(cowherd(command).text, Contains(expected));
        ++shown;
    }
    CHECK(shown >= 4);
}
