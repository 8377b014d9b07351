// SPDX-License-Identifier: GPL-2.0-only
// The scenarios against what they expect, as far as a test has time (`./dev gate` explores the whole matrix), and against
// the table of docs/SCENARIOS.md. Their mutants are in model_mutants_test.cpp.
#include "model/properties.hpp"
#include "tests/model_gate.hpp"

#include <array>
#include <fstream>
#include <map>
#include <sstream>

namespace {

using namespace model_tests;
using Names = std::vector<std::string>;

const Names ok{};
const Names lost{"no-lost-write", "write-reference-in-sync"};
const Names lost_by_pin{"no-lost-write", "pin-in-sync"};
const Names lost_to_child{"cow-isolation", "no-lost-write", "pin-in-sync"};
const Names leak{"cow-isolation"};
const Names copy{"no-needless-copy"};
const Names lost_to_load{"assertion: expect_load failed"};
const Names lost_to_dma{"assertion: expect_dma failed"};

/// A row of kernel-facts A.0.1 as it was explored: the violated properties on each kernel, oldest first, then 5.10.262 and
/// 6.1.192. riscv64 stands for the architectures without the bit; it has no soft-dirty either.
struct Row {
    std::string id;
    std::string scenario;
    std::array<Names, kernel_count> x86_64;
    std::array<Names, kernel_count> riscv64;
};

const std::vector<Row>& table() {
    static const std::vector<Row> rows{
        {"S1",
         "S1.get-swapout-write",
         {ok, ok, lost, lost, ok, ok, ok, ok},
         {ok, ok, lost, lost, lost, lost, ok, lost}},
        {"S2",
         "S2.get-swapout-read-write",
         {ok, lost, lost, lost, ok, ok, lost, ok},
         {ok, lost, lost, lost, lost, lost, lost, lost}},
        {"S3", "S3.get-clear-refs", {ok, lost, lost, ok, ok, ok, lost, ok}, {ok, ok, ok, ok, ok, ok, ok, ok}},
        {"S4", "S4.get-mprotect", {ok, lost, lost, ok, ok, ok, lost, ok}, {ok, lost, lost, ok, ok, ok, lost, ok}},
        {"S5",
         "S5.get-swapoff",
         {ok, lost, lost, lost, ok, ok, lost, ok},
         {ok, lost, lost, lost, lost, lost, lost, lost}},
        {"S6",
         "S6.get-fork-parent-writes",
         {lost_to_load, lost_to_load, lost_to_load, lost_to_load, lost_to_load, lost_to_load, lost_to_load,
          lost_to_load},
         {lost_to_load, lost_to_load, lost_to_load, lost_to_load, lost_to_load, lost_to_load, lost_to_load,
          lost_to_load}},
        {"S6p",
         "S6p.pin-fork-parent-writes",
         {lost_to_child, ok, ok, ok, ok, ok, ok, ok},
         {lost_to_child, ok, ok, ok, ok, ok, ok, ok}},
        {"S6p-race",
         "S6p-race.pin-fast-during-fork",
         {lost_to_child, lost_to_child, ok, ok, ok, ok, ok, ok},
         {lost_to_child, lost_to_child, ok, ok, ok, ok, ok, ok}},
        {"S7", "S7.vmsplice-child", {leak, ok, ok, ok, ok, ok, ok, ok}, {leak, ok, ok, ok, ok, ok, ok, ok}},
        {"S7s",
         "S7s.vmsplice-child-swapped",
         {leak, leak, ok, ok, ok, ok, leak, ok},
         {leak, leak, ok, ok, ok, ok, leak, ok}},
        {"S8",
         "S8.pin-read-shared",
         {lost_to_dma, lost_to_dma, lost_to_dma, ok, ok, ok, lost_to_dma, ok},
         {lost_to_dma, lost_to_dma, lost_to_dma, ok, ok, ok, lost_to_dma, ok}},
        {"S9",
         "S9.pin-swapout",
         {ok, lost_by_pin, lost_by_pin, ok, ok, ok, lost_by_pin, ok},
         {ok, lost_by_pin, lost_by_pin, ok, ok, ok, lost_by_pin, ok}},
        {"S10",
         "S10.two-faults-no-reference",
         {ok, copy, copy, copy, ok, ok, copy, ok},
         {ok, copy, copy, copy, copy, copy, copy, copy}},
    };
    return rows;
}

std::string word(const Names& names) {
    if (names == ok) return "ok";
    if (names == leak) return "LEAK";
    return names == copy ? "copy" : "LOST";
}

/// The row as docs/SCENARIOS.md has it; what riscv64 has differently follows a slash.
std::string in_markdown(const Row& row) {
    std::string line = "| " + row.id + " |";
    for (std::size_t kernel = 0; kernel < kernel_count; ++kernel) {
        const std::string with = word(row.x86_64[kernel]);
        const std::string without = word(row.riscv64[kernel]);
        line.append(" ").append(with);
        if (without != with) line.append(" / ").append(without);
        line.append(" |");
    }
    return line;
}

std::string text_of(const std::string& path) {
    std::ifstream file(source_root() + "/" + path);
    std::stringstream text;
    text << file.rdbuf();
    INFO(path);
    REQUIRE_FALSE(text.str().empty());
    return text.str();
}

} // namespace

TEST_CASE("every scenario meets its expectations on kernels before and after the exclusive marker", "[scenarios]") {
    for (const Scenario& scenario : all_scenarios()) {
        unsigned cells = 0;
        for (const MatrixCell& cell : cells_of(scenario)) {
            if (is_mutant(scenario.expect[cell.expectation])) continue;
            ++cells;
            const bool wanted = cell.kernel == Kernel::v5_10 || cell.kernel == Kernel::v5_18 ||
                                cell.kernel == Kernel::v5_19 || cell.kernel == Kernel::d6_1_192;
            if (wanted && (cell.arch->name == "x86_64" || cell.arch->name == "riscv64")) meets(scenario, cell);
        }
        INFO(scenario.name);
        CHECK(cells == kernel_count * arch::all_layouts().size());
    }
}

TEST_CASE("the rows S1 to S10 come out as the table says, on every kernel, with and without the bit", "[scenarios]") {
    for (const Row& row : table()) {
        const std::string name = "canonical/" + row.scenario;
        if (is_quick() && !is_small(name)) continue;
        const Scenario scenario = load(name);
        for (const KernelInfo& kernel : all_kernels()) {
            const auto n = static_cast<std::size_t>(kernel.kernel);
            const Rules rules = rules_of(kernel.kernel);
            INFO(row.id << " on " << kernel.name);
            CHECK(violated(explore(scenario, rules, *arch::find_layout("x86_64"))) == row.x86_64[n]);
            CHECK(violated(explore(scenario, rules, *arch::find_layout("riscv64"))) == row.riscv64[n]);
        }
    }
}

TEST_CASE("docs/SCENARIOS.md shows the table as it is explored", "[scenarios][docs]") {
    const std::string docs = text_of("docs/SCENARIOS.md");
    for (const Row& row : table()) {
        INFO(in_markdown(row));
        CHECK(docs.find("\n" + in_markdown(row) + "\n") != std::string::npos);
    }
}

TEST_CASE("the worked example of docs/SCENARIOS.md is a scenario of the gate", "[scenarios][docs]") {
    const std::string example = text_of("scenarios/canonical/S4.get-mprotect.json");
    CHECK(text_of("docs/SCENARIOS.md").find("```json\n" + example + "```\n") != std::string::npos);
}

TEST_CASE("whatever a scenario expects to be violated, it says why", "[scenarios]") {
    for (const Scenario& scenario : all_scenarios()) {
        INFO(scenario.name);
        CHECK_FALSE(scenario.about.empty());
        CHECK_FALSE(scenario.sometimes.empty());
        for (const Expectation& entry : scenario.expect) {
            if (entry.verdict == Expected::violated || is_mutant(entry)) CHECK_FALSE(entry.reason.empty());
        }
    }
}

TEST_CASE("a scenario that picks its properties leaves none out", "[scenarios]") {
    // no-needless-copy is had by naming it, and whoever names one property has to name them all.
    for (const Scenario& scenario : all_scenarios()) {
        INFO(scenario.name);
        CHECK((scenario.properties.empty() || scenario.properties.size() == all_properties().size()));
    }
}

TEST_CASE("each counterexample replays to the property that it is about", "[scenarios]") {
    const std::map<std::string, Kernel> runs{{"canonical/S3.get-clear-refs", Kernel::v5_18},
                                             {"canonical/S4.get-mprotect", Kernel::v5_10},
                                             {"canonical/S6.get-fork-parent-writes", Kernel::v6_1},
                                             {"canonical/S6p-race.pin-fast-during-fork", Kernel::v5_10},
                                             {"canonical/S8.pin-read-shared", Kernel::v5_18}};
    for (const auto& [name, kernel] : runs) {
        const auto built = build(load(name), rules_of(kernel), *arch::find_layout("x86_64"));
        INFO(name);
        REQUIRE(built);
        const auto result = checker::search(built.value().program, {});
        REQUIRE_FALSE(result.violations.empty());
        for (const checker::Violation& violation : result.violations) {
            INFO(violation.property);
            CHECK(violation.canonical);
            const auto replay = checker::replay(built.value().program, violation.schedule, violation.property);
            CHECK(replay.error.empty());
            CHECK(std::count(replay.violated.begin(), replay.violated.end(), violation.property) == 1);
        }
    }
}

TEST_CASE("counts of states are part of the contract", "[scenarios]") {
    const std::map<std::string, std::uint64_t> states{{"seed/o-direct-read.swapout", 32'554},
                                                      {"canonical/S5.get-swapoff", 5'982},
                                                      {"fork/swapped-out", 11'319},
                                                      {"canonical/S4.get-mprotect", 48},
                                                      {"canonical/S6.get-fork-parent-writes", 7}};
    for (const auto& [name, count] : states) {
        INFO(name);
        if (is_quick() && !is_small(name)) continue;
        CHECK(explore(load(name), rules_of(Kernel::v5_19), *arch::find_layout("x86_64")).states == count);
    }
}
