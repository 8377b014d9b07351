// SPDX-License-Identifier: GPL-2.0-only
// The audit of reductions on the real scenarios: from sampled states of the reduced search, an unreduced search some steps
// deep comes to nothing that the reduced one does not cover.
#include "checker/reduction_audit.hpp"
#include "tests/model_gate.hpp"

using namespace model_tests;
using checker::Reductions;

namespace {

struct Way {
    const char* name;
    Reductions reductions;
};
const std::vector<Way> ways = {
    {"choose", {.choose = true, .merge = false, .commute = false, .symmetry = false}},
    {"merge", {.choose = false, .merge = true, .commute = false, .symmetry = false}},
    {"commute", {.choose = false, .merge = true, .commute = true, .symmetry = false}},
    {"symmetry", {.choose = false, .merge = false, .commute = false, .symmetry = true}},
    {"all", {}},
};

} // namespace

TEST_CASE("no reduction leaves out anything of the scenarios, as far as the audit comes", "[audit]") {
    std::uint64_t audits = 0;
    std::uint64_t compared = 0;
    for (const Scenario& scenario : all_scenarios()) {
        for (const Kernel kernel : {Kernel::v5_18, Kernel::v5_19}) {
            const auto built = build(scenario, rules_of(scenario, Expectation{}, kernel), *arch::find_layout("x86_64"));
            if (!built) continue; // Its set-up needs another kernel.
            for (const Way& way : ways) {
                checker::ReductionAuditOptions options;
                options.search.reductions = way.reductions;
                options.samples = is_quick() ? 50 : 500;
                options.depth = 4;
                const checker::ReductionAudit audit = checker::audit_reductions(built.value().program, options);
                INFO(scenario.name << " on " << info(kernel).name << ", " << way.name << ": " << audit.fault
                                   << audit.error);
                CHECK(audit.error.empty());
                CHECK(audit.fault.empty());
                CHECK(audit.sampled == std::min<std::uint64_t>(audit.found.states, options.samples));
                ++audits;
                compared += audit.compared;
                if (getenv("SHOW"))
                    printf("%s %s %s states %lu restarts %lu compared %lu %.2f s\n", scenario.name.c_str(),
                           std::string(info(kernel).name).c_str(), way.name, audit.found.states, audit.found.restarts,
                           audit.compared, audit.found.seconds);
            }
        }
    }
    CHECK(audits >= (is_quick() ? 50 : 300));
    CHECK(compared >= 100 * audits);
}
