// SPDX-License-Identifier: GPL-2.0-only
// A mutant is a kernel with one rule switched off, or with one that it does not have switched on. Each must be caught by a
// named property in some scenario. A rule whose mutant breaks nothing is listed as unguarded, with the reason, and that it
// breaks nothing is itself checked.
#include "tests/model_gate.hpp"

#include <map>

namespace {

using namespace model_tests;

struct Mutant {
    Rule rule;
    Kernel kernel;
    std::string scenario;
    std::string property; ///< violated by the mutant, and not by the kernel
};

/// The seven that the project must catch from the start (issue 2), each on the first kernel with the swap PTE bit and on 6.1.
const std::vector<Mutant>& founding_mutants() {
    static const std::vector<Mutant> list = [] {
        std::vector<Mutant> mutants;
        for (const Kernel kernel : {Kernel::v5_19, Kernel::v6_1}) {
            const std::vector<Mutant> of_kernel{
                {Rule::fork_clears_swp_exclusive, kernel, "fork/swapped-out", "I5"},
                {Rule::fork_clears_swp_exclusive, kernel, "fork/swapped-out", "I6"},
                {Rule::unmap_keeps_exclusive, kernel, "seed/o-direct-read.swapout", "write-reference-in-sync"},
                {Rule::swapin_restores_exclusive, kernel, "seed/o-direct-read.swapout", "write-reference-in-sync"},
                {Rule::unuse_restores_exclusive, kernel, "canonical/S5.get-swapoff", "write-reference-in-sync"},
                {Rule::unmap_marks_only_exclusive, kernel, "fork/shared-swapout", "I5"},
                {Rule::unmap_marks_only_exclusive, kernel, "canonical/S7s.vmsplice-child-swapped", "cow-isolation"},
                {Rule::stable_writes_drops_exclusive, kernel, "swap/swapin-under-writeback.stable", "V8"},
                {Rule::mutation_stable_writes_test_inverted, kernel, "swap/swapin-under-writeback.stable", "V8"},
                {Rule::mutation_stable_writes_test_inverted, kernel, "swap/swapin-under-writeback.ordinary",
                 "no-needless-copy"},
            };
            mutants.insert(mutants.end(), of_kernel.begin(), of_kernel.end());
        }
        return mutants;
    }();
    return list;
}

const std::vector<Mutant>& other_mutants() {
    static const std::vector<Mutant> list{
        {Rule::wp_reuse_by_mapcount, Kernel::v5_7, "canonical/S4.get-mprotect", "write-reference-in-sync"},
        {Rule::wp_reuse_by_mapcount, Kernel::v5_10, "canonical/S7.vmsplice-child", "cow-isolation"},
        {Rule::wp_reuse_after_swap_free, Kernel::v5_18, "swap/read-then-write", "no-needless-copy"},
        {Rule::wp_reuse_after_swap_free, Kernel::v5_19, "canonical/S7.vmsplice-child", "I4"},
        {Rule::wp_reuse_moves_anon_rmap, Kernel::v5_19, "canonical/S7.vmsplice-child", "I4"},
        {Rule::swapin_reuse_swap_page, Kernel::v5_10, "canonical/S1.get-swapout-write", "write-reference-in-sync"},
        {Rule::swapin_exclusive_on_read, Kernel::v5_19, "canonical/S2.get-swapout-read-write",
         "write-reference-in-sync"},
        {Rule::swapin_holds_device, Kernel::v6_1, "swap/swapoff-during-swapin",
         "assertion: swap_readpage: the device is gone (swapoff)"},
        {Rule::swapin_rechecks_swapcache, Kernel::v5_18, "swap/stale-swapcache-page", "V4"},
        {Rule::swapin_rechecks_swapcache, Kernel::v5_18, "swap/stale-swapcache-page", "no-lost-write"},
        {Rule::skip_swapcache_pin, Kernel::d6_1_192, "swap/skip-swapcache.slot-reuse", "no-lost-write"},
        {Rule::anon_exclusive, Kernel::v5_19, "canonical/S4.get-mprotect", "write-reference-in-sync"},
        {Rule::anon_exclusive, Kernel::v6_1, "canonical/S9.pin-swapout", "pin-in-sync"},
        {Rule::gup_unshares, Kernel::v6_1, "canonical/S8.pin-read-shared",
         "assertion: VM_BUG_ON_PAGE(!PageAnonExclusive(page)) in sanity_check_pinned_pages"},
        {Rule::swp_exclusive, Kernel::v6_1, "seed/o-direct-read.swapout", "write-reference-in-sync"},
        {Rule::fork_copies_pinned, Kernel::v5_10, "canonical/S6p.pin-fork-parent-writes", "pin-in-sync"},
        {Rule::fork_copies_pinned, Kernel::v6_1, "canonical/S6p.pin-fork-parent-writes", "I9"},
        {Rule::write_protect_seq, Kernel::d5_10_262, "canonical/S6p-race.pin-fast-during-fork", "pin-in-sync"},
        {Rule::write_protect_seq, Kernel::v6_1, "canonical/S6p-race.pin-fast-during-fork", "I9"},
        {Rule::clear_refs_skips_pinned, Kernel::v5_18, "gup/pin-clear-refs", "pin-in-sync"},
        {Rule::add_to_swap_refuses_pinned, Kernel::v5_18, "gup/pin-before-reclaim", "pin-in-sync"},
        {Rule::free_swap_holds_device, Kernel::d6_1_192, "swap/exit-during-swapoff",
         "assertion: free_swap_and_cache: the device is gone (swapoff)"},
    };
    return list;
}

struct Unguarded {
    Kernel kernel; ///< where it is checked that the mutant breaks nothing
    std::string reason;
};
const std::map<Rule, Unguarded>& unguarded() {
    static const std::map<Rule, Unguarded> rules{
        {Rule::swapin_frees_first,
         {Kernel::v5_18,
          "an order of steps: do_wp_page, which follows, frees the swap cache once more. (From v5.19 on the "
          "marker is read in this order only, so there its mutant is that of swapin_restores_exclusive.)"}},
        {Rule::wp_copy_frees_swap, {Kernel::v6_1, "gives a swap slot back early; no property counts slots"}},
        {Rule::clear_refs_mmap_write,
         {Kernel::v6_1, "keeps the delayed TLB flush from racing with faults; the model has no TLBs yet"}},
        {Rule::pageout_refuses_pinned,
         {Kernel::d6_1_192, "saves work: pageout refuses a page with a reference too many anyway"}},
        {Rule::gup_fast_barriers, {Kernel::v6_1, "memory order, which means nothing under sequential consistency"}},
        {Rule::lockless_pte_recheck,
         {Kernel::v6_1, "means nothing where a PTE is one word; seed/o-direct-read.swapout shows it on PAE"}},
        {Rule::unuse_keeps_soft_dirty,
         {Kernel::v6_1, "no property speaks of soft-dirty; `cowherd conform` compares the bit with real kernels"}},
        {Rule::mprotect_restores_write, {Kernel::v6_1, "saves a fault that would make the PTE writable as well"}},
    };
    return rules;
}

std::vector<std::string> violated_with(const Scenario& scenario, Kernel kernel, std::optional<Rule> changed) {
    Rules rules = rules_of(kernel);
    if (changed) rules.set(*changed, !rules[*changed]);
    return violated(explore(scenario, rules, *arch::find_layout("x86_64")));
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void is_caught(const Mutant& mutant) {
    if (is_quick() && !is_small(mutant.scenario)) return;
    const Scenario scenario = load(mutant.scenario);
    INFO(info(mutant.rule).name << " changed on " << info(mutant.kernel).name << " in " << mutant.scenario);
    CHECK(contains(violated_with(scenario, mutant.kernel, mutant.rule), mutant.property));
    CHECK_FALSE(contains(violated_with(scenario, mutant.kernel, std::nullopt), mutant.property));
}

} // namespace

TEST_CASE("the mutants that the project was founded to catch are caught by named properties", "[mutants]") {
    for (const Mutant& mutant : founding_mutants()) is_caught(mutant);
}

TEST_CASE("every other guard of the protocol has a mutant that a property catches", "[mutants]") {
    for (const Mutant& mutant : other_mutants()) is_caught(mutant);
}

TEST_CASE("a rule is either guarded by a mutant or listed with the reason why none is", "[mutants]") {
    std::set<Rule> guarded;
    for (const Mutant& mutant : founding_mutants()) guarded.insert(mutant.rule);
    for (const Mutant& mutant : other_mutants()) guarded.insert(mutant.rule);
    for (const RuleInfo& rule : all_rules()) {
        INFO(rule.name);
        CHECK(guarded.count(rule.rule) + unguarded().count(rule.rule) == 1);
    }
}

TEST_CASE("the mutant of an unguarded rule breaks nothing in any scenario", "[mutants]") {
    // Where this fails the rule has found its guard: move it to the mutants.
    for (const Scenario& scenario : all_scenarios()) {
        std::map<Kernel, std::vector<std::string>> unchanged;
        for (const auto& [rule, why] : unguarded()) {
            REQUIRE(rules_of(why.kernel)[rule]);
            if (unchanged.count(why.kernel) == 0)
                unchanged[why.kernel] = violated_with(scenario, why.kernel, std::nullopt);
            INFO(info(rule).name << " changed on " << info(why.kernel).name << " in " << scenario.name);
            CHECK(violated_with(scenario, why.kernel, rule) == unchanged[why.kernel]);
        }
    }
}

TEST_CASE("the mutants that scenarios name come out as they expect", "[mutants][scenarios]") {
    for (const Scenario& scenario : all_scenarios()) {
        for (const MatrixCell& cell : cells_of(scenario)) {
            if (is_mutant(scenario.expect[cell.expectation])) meets(scenario, cell);
        }
    }
}
