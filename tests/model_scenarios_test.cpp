// SPDX-License-Identifier: GPL-2.0-only
// The scenarios against what they expect, as far as a test has time: `./dev gate` checks the whole matrix.
#include "arch_encodings/layouts.hpp"
#include "checker/search.hpp"
#include "model/build.hpp"
#include "model/loader.hpp"
#include "model/matrix.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace {

using namespace model;

std::string root() {
    const char* source = std::getenv("COWHERD_SOURCE");
    return std::string(source == nullptr ? "." : source) + "/scenarios";
}

/// Too large for a test: the gate's benchmark.
constexpr const char* too_large = "seed/three-threads";

Scenario load(const std::string& path) {
    auto scenario = load_scenario(path);
    INFO(path);
    if (!scenario) FAIL(scenario.error().text());
    return std::move(scenario.value());
}

/// Sanitizer builds search by replaying, which takes a hundred times as long: they run small scenarios only.
bool is_quick() { return std::getenv("COWHERD_QUICK") != nullptr; }
bool is_small(const Scenario& scenario) {
    for (const char* name : {"canonical/S3.", "canonical/S4.", "canonical/S6", "canonical/S8.", "gup/"}) {
        if (scenario.name.rfind(name, 0) == 0) return true;
    }
    return false;
}

std::vector<Scenario> all_scenarios() {
    const auto files = find_scenarios(root());
    if (!files) FAIL(files.error().text());
    std::vector<Scenario> scenarios;
    for (const std::string& file : files.value()) {
        scenarios.push_back(load(file));
        if (is_quick() && !is_small(scenarios.back())) scenarios.pop_back();
    }
    return scenarios;
}

checker::SearchResult explore(const Scenario& scenario, const Rules& rules, const arch::Layout& layout) {
    const auto built = build(scenario, rules, layout);
    if (!built) FAIL(built.error().text());
    checker::SearchOptions options;
    options.counterexamples = false;
    return checker::search(built.value().program, options);
}

std::vector<std::string> violated(const checker::SearchResult& result) {
    std::vector<std::string> names = result.never_reached;
    for (const checker::Violation& violation : result.violations) names.push_back(violation.property);
    std::sort(names.begin(), names.end());
    return names;
}

/// Runs one cell of the matrix and compares.
void meets(const Scenario& scenario, const MatrixCell& cell) {
    const Expectation& expected = scenario.expect[cell.expectation];
    const checker::SearchResult result = explore(scenario, rules_of(scenario, expected, cell.kernel), *cell.arch);
    INFO(scenario.name << " on " << info(cell.kernel).name << ", " << cell.arch->name);
    auto properties = expected.properties;
    std::sort(properties.begin(), properties.end());
    CHECK(violated(result) == properties);
    CHECK(result.verdict ==
          (expected.verdict == Expected::holds ? checker::Verdict::holds : checker::Verdict::violated));
}

bool is_mutant(const Expectation& entry) { return !entry.without.empty() || !entry.with.empty(); }

} // namespace

TEST_CASE("every scenario meets its expectations before and after the exclusive marker", "[scenarios]") {
    unsigned cells = 0;
    for (const Scenario& scenario : all_scenarios()) {
        if (scenario.name == too_large) continue;
        for (const MatrixCell& cell : cells_of(scenario)) {
            if (is_mutant(scenario.expect[cell.expectation])) continue;
            const bool wanted = cell.kernel == Kernel::v5_19 || cell.kernel == Kernel::v5_18;
            if (!wanted || (cell.arch->name != "x86_64" && cell.arch->name != "riscv64")) continue;
            meets(scenario, cell);
            ++cells;
        }
    }
    CHECK(cells == (is_quick() ? 28 : 92));
}

TEST_CASE("each mutant is caught by the property that its scenario names", "[scenarios][mutants]") {
    std::set<std::string> caught;
    for (const Scenario& scenario : all_scenarios()) {
        for (const MatrixCell& cell : cells_of(scenario)) {
            const Expectation& entry = scenario.expect[cell.expectation];
            if (!is_mutant(entry)) continue;
            CHECK(entry.verdict == Expected::violated);
            meets(scenario, cell);
            for (const std::string& rule : entry.without) caught.insert("without " + rule);
            for (const std::string& rule : entry.with) caught.insert("with " + rule);
        }
    }
    if (is_quick()) return;
    // Rules without a mutant here: those that choose a generation of a decision rather than guard it (wp_reuse_by_mapcount,
    // wp_reuse_after_swap_free, swapin_reuse_swap_page, swapin_frees_first, swapin_exclusive_on_read, anon_exclusive,
    // mprotect_restores_write), wp_copy_frees_swap (it saves a slot), clear_refs_mmap_write, unuse_keeps_soft_dirty (no
    // property speaks of soft-dirty), add_to_swap_refuses_pinned and pageout_refuses_pinned (early ways out of what later
    // tests refuse), free_swap_holds_device (no scenario yet), gup_fast_barriers (no effect without weak memory).
    CHECK(caught == std::set<std::string>{
                        "with mutation_stable_writes_test_inverted", "without clear_refs_skips_pinned",
                        "without fork_clears_swp_exclusive", "without fork_copies_pinned", "without gup_unshares",
                        "without skip_swapcache_pin", "without stable_writes_drops_exclusive",
                        "without swapin_holds_device", "without swapin_restores_exclusive", "without swp_exclusive",
                        "without unmap_keeps_exclusive", "without unmap_marks_only_exclusive",
                        "without unuse_restores_exclusive", "without write_protect_seq"});
}

TEST_CASE("counts of states are part of the contract", "[scenarios]") {
    const std::map<std::string, std::uint64_t> states{{"seed/o-direct-read.swapout", 56'651},
                                                      {"canonical/S4.get-mprotect", 128},
                                                      {"canonical/S6.get-fork-parent-writes", 62}};
    for (const auto& [name, count] : states) {
        INFO(name);
        if (is_quick() && count > 10'000) continue;
        const Scenario scenario = load(root() + "/" + name + ".json");
        CHECK(explore(scenario, rules_of(Kernel::v5_19), *arch::find_layout("x86_64")).states == count);
    }
}
