// SPDX-License-Identifier: GPL-2.0-only
// The forgets of the modelled functions, on real scenarios: the audit tells states apart by all that the stacks hold and compares
// their successors, and the searches that rely on keys agree with one that keeps whole states.
#include "checker/audit.hpp"
#include "tests/model_gate.hpp"

using namespace model_tests;

namespace {

BuiltScenario built_for(const std::string& name, Kernel kernel) {
    auto built = build(load(name), rules_of(kernel), *arch::find_layout("x86_64"));
    INFO(name);
    if (!built) FAIL(built.error().text());
    return std::move(built.value());
}

/// Small scenarios that between them run every retry loop of the model.
const std::vector<std::string> small_scenarios = {
    "canonical/S4.get-mprotect",
    "canonical/S6p.pin-fork-parent-writes",
    "canonical/S8.pin-read-shared",
    "swap/exit-during-swapoff",
    "swap/read-then-write",
    "swap/swapoff-during-fork",
    "fork/swapped-out",
};

} // namespace

TEST_CASE("no forget of the model leaves out a live value, as far as the audit comes", "[audit]") {
    std::vector<std::string> names = small_scenarios;
    for (const char* larger : {"canonical/S5.get-swapoff", "seed/o-direct-read.swapout", "swap/two-faults.get",
                               "swap/skip-swapcache.slot-reuse"})
        names.emplace_back(larger);
    for (const std::string& name : names) {
        for (const Kernel kernel : {Kernel::v5_10, Kernel::v6_1}) {
            const BuiltScenario built = built_for(name, kernel);
            const checker::AuditResult result = checker::audit(built.program, is_quick() ? 300 : 50'000);
            INFO(name << " on " << info(kernel).name);
            CHECK(result.fault.empty());
            CHECK(result.error.empty());
            CHECK(result.raw_states > 20);
        }
    }
}

TEST_CASE("plain and stateful agree on scenarios, and so do the engines", "[audit]") {
    for (const std::string& name : small_scenarios) {
        const BuiltScenario built = built_for(name, Kernel::v5_18);
        const auto explored = [&built](checker::Strategy strategy, checker::Engine engine) {
            checker::SearchOptions options;
            options.strategy = strategy;
            options.engine = engine;
            options.counterexamples = false;
            options.collect_final_states = true;
            return model::explore(built, options);
        };
        const auto reference = explored(checker::Strategy::plain, checker::Engine::automata);
        const auto agrees = [&reference](const checker::SearchResult& result) {
            CHECK(result.verdict == reference.verdict);
            CHECK(violated(result) == violated(reference));
            CHECK(result.final_states == reference.final_states);
        };
        INFO(name);
        agrees(explored(checker::Strategy::stateful, checker::Engine::automata));
        // Under AddressSanitizer the other engines replay the whole way, which takes too long.
        if (is_quick()) continue;
        agrees(explored(checker::Strategy::stateful, checker::Engine::fibers));
        agrees(explored(checker::Strategy::plain, checker::Engine::fibers));
    }
}
