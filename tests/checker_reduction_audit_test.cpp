// SPDX-License-Identifier: GPL-2.0-only
// The audit of reductions on generated programs: every kept state, some steps deep.
#include "checker/reduction_audit.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

#include <catch2/catch.hpp>

using namespace checker;
using generated::GeneratedProgram;
using generated::Shape;

namespace {

struct Way {
    const char* name;
    Reductions reductions;
};
const std::vector<Way> ways = {
    {"none", Reductions::none()},
    {"choose", {.choose = true, .merge = false, .commute = false, .symmetry = false}},
    {"merge", {.choose = false, .merge = true, .commute = false, .symmetry = false}},
    {"commute", {.choose = false, .merge = true, .commute = true, .symmetry = false}},
    {"symmetry", {.choose = false, .merge = false, .commute = false, .symmetry = true}},
    {"all", {}},
};

struct Tally {
    std::uint64_t programs = 0, audits = 0, sampled = 0, compared = 0, kept = 0;
    std::vector<std::string> wrong;
    void operator+=(const Tally& other) {
        programs += other.programs;
        audits += other.audits;
        sampled += other.sampled;
        compared += other.compared;
        kept += other.kept;
        wrong.insert(wrong.end(), other.wrong.begin(), other.wrong.end());
    }
};

Shape varied(std::uint64_t seed) {
    return {.endless_loops = seed % 3 == 0,
            .plain_accesses = seed % 7 == 0,
            .more_forgets = seed % 4 == 0,
            .alike = seed % 5 == 0,
            .steps = seed % 5 == 0 ? 10U : 14U};
}

} // namespace

TEST_CASE("the audit finds nothing that any reduction leaves out of generated programs", "[generated][audit]") {
    const std::uint64_t count = generated::quick() ? 200 : 2'000;
    const auto tally = generated::sum_over_seeds<Tally>(30'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        const Program program = generated::build(code);
        ++sum.programs;
        for (const Way& way : ways) {
            ReductionAuditOptions options;
            options.search.reductions = way.reductions;
            options.samples = seed % 2 == 0 ? 1'000'000 : 100;
            options.depth = seed % 2 == 0 ? 2 : 5;
            const ReductionAudit audit = audit_reductions(program, options);
            ++sum.audits;
            sum.sampled += audit.sampled;
            sum.compared += audit.compared;
            sum.kept += audit.found.states;
            if (audit.fault.empty() && audit.error.empty()) continue;
            sum.wrong.push_back(generated::describe(code) + way.name + ": " + audit.fault + audit.error);
        }
    });
    WARN(tally.audits << " audits, " << tally.kept << " kept, " << tally.sampled << " sampled, " << tally.compared
                      << " compared, faults " << tally.wrong.size());
    for (std::size_t n = 0; n < std::min<std::size_t>(tally.wrong.size(), 3); ++n) UNSCOPED_INFO(tally.wrong[n]);
    REQUIRE(tally.wrong.empty());
    CHECK(tally.audits == ways.size() * count);
    CHECK(tally.compared > tally.sampled);
}
