// SPDX-License-Identifier: GPL-2.0-only
// The shipped scenarios, for tests that explore them: loading, running one cell, and what it violated.
#pragma once

#include "arch_encodings/layouts.hpp"
#include "checker/search.hpp"
#include "model/build.hpp"
#include "model/loader.hpp"
#include "model/matrix.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

namespace model_tests {

using namespace model;

inline std::string source_root() {
    const char* source = std::getenv("COWHERD_SOURCE");
    return source == nullptr ? "." : source;
}

/// The gate's benchmark, and too large for a test.
inline constexpr std::string_view largest_scenario = "seed/three-threads";

inline Scenario load(const std::string& name) {
    auto scenario = load_scenario(source_root() + "/scenarios/" + name + ".json");
    INFO(name);
    if (!scenario) FAIL(scenario.error().text());
    return std::move(scenario.value());
}

/// Sanitizer builds take many times as long a step: they run small scenarios only.
inline bool is_quick() { return std::getenv("COWHERD_QUICK") != nullptr; }
inline bool is_small(const std::string& name) {
    for (const char* prefix :
         {"canonical/S3.", "canonical/S4.", "canonical/S6", "canonical/S8.", "gup/dontfork", "gup/pin-clear-refs",
          "swap/exit-during-swapoff", "swap/read-then-write", "swap/swapoff-during-fork"})
        if (name.rfind(prefix, 0) == 0) return true;
    return false;
}

/// All scenarios that a test has time for.
inline std::vector<Scenario> all_scenarios() {
    const auto files = find_scenarios(source_root() + "/scenarios");
    if (!files) FAIL(files.error().text());
    std::vector<Scenario> scenarios;
    for (const std::string& file : files.value()) {
        const std::string name = scenario_name(file);
        if (name != largest_scenario && (!is_quick() || is_small(name))) scenarios.push_back(load(name));
    }
    return scenarios;
}

inline checker::SearchResult explore(const Scenario& scenario, const Rules& rules, const arch::Layout& layout) {
    const auto built = build(scenario, rules, layout);
    INFO(scenario.name);
    if (!built) FAIL(built.error().text());
    checker::SearchOptions options;
    options.counterexamples = false;
    return model::explore(built.value(), options);
}

/// Names of all violated properties and of the "sometimes" that were never reached, in alphabetical order.
inline std::vector<std::string> violated(const checker::SearchResult& result) {
    std::set<std::string> names(result.never_reached.begin(), result.never_reached.end());
    for (const checker::Violation& violation : result.violations) names.insert(violation.property);
    return {names.begin(), names.end()};
}

/// Explores one cell of the matrix and compares verdict and properties.
inline void meets(const Scenario& scenario, const MatrixCell& cell) {
    const Expectation& expected = scenario.expect[cell.expectation];
    const checker::SearchResult result = explore(scenario, rules_of(scenario, expected, cell.kernel), *cell.arch);
    INFO(scenario.name << " on " << info(cell.kernel).name << ", " << cell.arch->name);
    auto properties = expected.properties;
    std::sort(properties.begin(), properties.end());
    CHECK(violated(result) == properties);
    CHECK(result.verdict ==
          (expected.verdict == Expected::holds ? checker::Verdict::holds : checker::Verdict::violated));
}

inline bool is_mutant(const Expectation& entry) { return !entry.without.empty() || !entry.with.empty(); }

} // namespace model_tests
