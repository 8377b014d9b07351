// SPDX-License-Identifier: GPL-2.0-only
// What the strategies that do not explore everything, and the search for livelocks, find in the model and tell about it.
#include "checker/thread.hpp"
#include "report/check.hpp"
#include "report/coverage.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "tests/model_gate.hpp"

using namespace report;
using Catch::Contains;
using checker::SearchOptions;
using checker::Strategy;
using checker::Verdict;

namespace {

Report checked(const model::Scenario& scenario, const std::string& kernel, const SearchOptions& options) {
    auto report = check(scenario, Cell{kernel, "x86_64", {}, {}}, options);
    INFO(scenario.name << " on " << kernel);
    if (!report) FAIL(report.error().text());
    return std::move(report.value());
}

const std::set<std::string> lost{"no-lost-write", "write-reference-in-sync"};

} // namespace

TEST_CASE("bounded and prioritised strategies lose the seed's data on v5.18, with the counterexample of a whole search",
          "[report][strategies]") {
    const model::Scenario scenario = model_tests::load("seed/o-direct-read.swapout");
    const Report whole = checked(scenario, "v5.18", {});
    for (const Strategy strategy : {Strategy::bounded, Strategy::delay, Strategy::pct, Strategy::pos}) {
        const Report found = checked(scenario, "v5.18", {.strategy = strategy});
        CAPTURE(static_cast<int>(strategy));
        REQUIRE(found.result.verdict == Verdict::violated);
        CHECK(found.result.states < whole.result.states);
        for (const checker::Violation& violation : found.result.violations) {
            CHECK(lost.count(violation.property) == 1);
            CHECK(violation.canonical);
            for (const checker::Violation& expected : whole.result.violations)
                if (expected.property == violation.property) CHECK(violation.schedule == expected.schedule);
        }
    }
}

TEST_CASE("the random walk loses the seed's data only where a third thread helps", "[report][strategies]") {
    // About one run in forty thousand does.
    const SearchOptions options{.strategy = Strategy::random, .runs = 2'000, .random_seed = 2};
    const Report three = checked(model_tests::load("seed/three-threads"), "v5.18", options);
    CHECK(three.result.verdict == Verdict::violated);
    CHECK(three.result.violations.at(0).canonical);
    // With two, some thirty steps of reclaim have to come in a row.
    CHECK(checked(model_tests::load("seed/o-direct-read.swapout"), "v5.18", options).result.verdict ==
          Verdict::inconclusive);
}

TEST_CASE("what a sample covered is said in text and in JSON, with its seed", "[report][strategies]") {
    const model::Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    SearchOptions options{.strategy = Strategy::pct};
    options.runs = 50;
    options.random_seed = 7;
    const Report report = checked(scenario, "v5.19", options);
    const std::string text = to_text(report, {});
    CHECK_THAT(text, Contains(": inconclusive (") && Contains("\n  stopped: 50 runs found nothing\n"));
    CHECK_THAT(text, Catch::Matches("[^]*\n  50 runs with seed 7: [0-9,]+ steps, the longest run [0-9]+ steps; "
                                    "[0-9]+ distinct states, [0-9]+ lock orders?\n"
                                    "  if no run takes more than [0-9]+ steps: a bug of depth 3 is found by a run with "
                                    "a probability of at least [0-9.e-]+, by these runs of [0-9.e-]+\n"));
    const nlohmann::json json = to_json(report);
    const nlohmann::json& sample = json.at("search").at("sample");
    CHECK(sample.at("seed") == 7);
    CHECK(sample.at("runs") == 50);
    CHECK(sample.at("bug_depth") == 3);
    CHECK(sample.at("counted_all") == true);
    CHECK(sample.at("steps") == json.at("search").at("transitions"));
    CHECK_FALSE(to_json(checked(scenario, "v5.19", {})).at("search").contains("sample"));
}

TEST_CASE("the lines about a sample say what was cut, what was not counted and when something was found", "[report]") {
    checker::SearchResult result;
    result.states = 1'234;
    result.sample = checker::Sample{.seed = 3, .runs = 2'000, .steps = 5'000, .longest_run = 100, .cut_runs = 7};
    result.sample->lock_orders = 1;
    CHECK(coverage_text(result) == "  2,000 runs with seed 3: 5,000 steps, the longest run 100 steps; "
                                   "1,234 distinct states, 1 lock order\n"
                                   "  7 of the runs had not ended after 100 steps and did not go on\n");
    result.sample->cut_runs = 0;
    result.sample->counted_all = false;
    result.sample->first_violation = 1'999;
    result.sample->bug_depth = 2;
    CHECK(coverage_text(result) == "  2,000 runs with seed 3: 5,000 steps, the longest run 100 steps; "
                                   "at least 1,234 distinct states, 1 lock order\n"
                                   "  the first violation was found in run 1,999\n"
                                   "  nothing can be said of bugs of depth 2, for it is not known how long runs are\n");
}

TEST_CASE("how many states are within which bound is said in text and in JSON", "[report][strategies]") {
    const model::Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    SearchOptions options{.strategy = Strategy::bounded};
    options.bound = 0;
    const Report report = checked(scenario, "v5.19", options);
    CHECK_THAT(to_text(report, {}),
               Contains(": inconclusive (") && Contains("\n  stopped: no violation within 0 preemptions (") &&
                   Contains("\n  states: " + std::to_string(report.result.states) + " within 0\n"));
    CHECK(to_json(report).at("search").at("states_within") == nlohmann::json{report.result.states});
    options.bound = 100;
    const Report whole = checked(scenario, "v5.19", options);
    CHECK(whole.result.verdict == Verdict::holds);
    CHECK(whole.result.states == checked(scenario, "v5.19", {.strategy = Strategy::plain}).result.states);
}

TEST_CASE("a livelock is shown with what repeats, and its trace is the way there and one turn", "[report][livelock]") {
    const model::Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    const Cell cell{"v5.19", "x86_64", {}, {}};
    auto loading = build_cell(scenario, cell);
    REQUIRE(loading);
    model::BuiltScenario& built = loading.value();
    // A retry loop that the model does not have: nobody ever sets what it waits for.
    const auto never = built.program.var<int>("never");
    built.program.add_thread("retries", [never](checker::Thread& t) {
        do t.forget("retry");
        while (t.load(never) == 0);
    });
    SearchOptions options;
    options.livelock = true;
    const checker::SearchResult result = model::explore(built, options);
    REQUIRE(result.verdict == Verdict::violated);
    REQUIRE(result.violations.size() == 1);
    const checker::Violation& violation = result.violations[0];
    CHECK(violation.property == checker::livelock_property);
    const auto found = counterexample_of(built, cell, violation);
    REQUIRE(found);
    // All others can go on until they are done, so all steps but the last are the way to the loop.
    const auto steps = static_cast<unsigned>(violation.schedule.size());
    CHECK(found.value().repeats_from == steps);
    const std::string text = to_text(found.value(), {});
    CHECK_THAT(text, Contains("livelock: threads run for ever and do not finish, however fair the scheduler\n"));
    CHECK_THAT(text, Contains("\n      from here it repeats:\n  " + std::to_string(steps)));
    CHECK_THAT(text, Contains("\nwhat begins with step " + std::to_string(steps) +
                              " repeats for ever, without an end of: retries"));
    CHECK(to_json(found.value()).at("repeats_from") == steps);
    CHECK(found.value().trace.at("property") == "livelock");
    CHECK(found.value().trace.at("schedule").size() == steps);
    CHECK(found.value().trace.at("schedule").back() == nlohmann::json{"retries"});
}

TEST_CASE("no scenario of the seed has a livelock, of as many states as plain sees", "[report][livelock]") {
    SearchOptions options;
    options.livelock = true;
    const model::Scenario scenario = model_tests::load("seed/o-direct-read.swapout");
    const Report report = checked(scenario, "v5.19", options);
    CHECK(report.result.verdict == Verdict::holds);
    CHECK(report.result.states == checked(scenario, "v5.19", {.strategy = Strategy::plain}).result.states);
    CHECK(checked(scenario, "v5.18", options).result.violations.size() == lost.size());
}
