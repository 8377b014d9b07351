// SPDX-License-Identifier: GPL-2.0-only
// A search rests on the rules that it asked for and on no other: the gate takes that for granted where it lets one search stand
// for several kernels.
#include "model/properties.hpp"
#include "model_gate.hpp"

#include <catch2/catch.hpp>

using namespace model;
using namespace model_tests;

namespace {

struct Outcome {
    std::uint64_t states, transitions;
    std::vector<std::string> violated;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const Scenario& scenario, Rules rules, const arch::Layout& layout, AskedRules* asked) {
    if (asked != nullptr) rules.note_in(*asked);
    const checker::SearchResult result = explore(scenario, rules, layout);
    return {result.states, result.transitions, violated(result)};
}

} // namespace

TEST_CASE("a search is the same whatever the rules are that it did not ask for", "[rules]") {
    std::size_t unasked = 0, differ = 0;
    for (const char* name :
         {"canonical/S1.get-swapout-write", "canonical/S3.get-clear-refs", "canonical/S4.get-mprotect",
          "canonical/S6p.pin-fork-parent-writes", "swap/read-then-write"}) {
        if (is_quick() && !is_small(name)) continue;
        const Scenario scenario = load(name);
        for (const char* arch : {"x86_64", "x86_32-pae-6.12", "riscv64"}) {
            const arch::Layout& layout = *arch::find_layout(arch);
            for (const Kernel kernel : {Kernel::v5_10, Kernel::v6_1}) {
                AskedRules asked;
                const Rules rules = rules_of(kernel);
                const Outcome first = outcome_of(scenario, rules, layout, &asked);
                for (const RuleInfo& rule : all_rules()) {
                    Rules changed = rules;
                    changed.set(rule.rule, !rules.peek(rule.rule));
                    const bool same = outcome_of(scenario, changed, layout, nullptr) == first;
                    INFO(name << " on " << info(kernel).name << ", " << arch << ": " << rule.name);
                    // What a layout lacks is switched off before anything asks for it.
                    const bool agrees =
                        effective_rules(rules, layout).agrees_on(asked.rules(), effective_rules(changed, layout));
                    if (agrees) CHECK(same);
                    unasked += agrees ? 1 : 0;
                    differ += same ? 0 : 1;
                }
            }
        }
    }
    CHECK(unasked > 100);
    CHECK(differ > 20);
}

TEST_CASE("copies note what they are asked for in the same place, and a glance is not noted", "[rules]") {
    AskedRules asked;
    Rules rules = rules_of(Kernel::v6_1);
    rules.note_in(asked);
    const Rules copy = rules;
    CHECK(copy.peek(Rule::anon_exclusive));
    CHECK(asked.rules().none());
    CHECK(copy[Rule::anon_exclusive]);
    CHECK(asked.rules().count() == 1);
    CHECK_FALSE(copy.agrees_on(asked.rules(), rules_of(Kernel::v5_10)));
    CHECK(copy.agrees_on(asked.rules(), rules_of(Kernel::v5_19)));
}
