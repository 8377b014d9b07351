// SPDX-License-Identifier: GPL-2.0-only
// The command line's words for strategies, and that what is sampled depends on the seed alone.
#include "tests/cli_run.hpp"

#include <nlohmann/json.hpp>

using namespace cli_tests;
using Catch::Contains;

namespace {

const std::string check_seed = "check " + seed + " --kernel v5.18 ";
const std::string check_small = "check " + small + " --kernel v5.19 ";

void is_wrong_for_check(const std::string& arguments, const std::string& message) {
    is_usage_error(check_small + arguments, message);
}

nlohmann::json without_timings(const Run& run) {
    nlohmann::json report = nlohmann::json::parse(run.text);
    report.erase("timings");
    return report;
}

} // namespace

TEST_CASE("numbers of strategies are checked, and what they may be is said", "[cli][strategies]") {
    for (const char* bound : {"0", "-1", "abc", "1.5", "1000001"})
        is_wrong_for_check("--strategy bounded --bound=" + std::string(bound),
                           "--bound: expected a number of preemptions or delays from 1 to 1,000,000, found \"");
    for (const char* runs : {"0", "-1", "abc"})
        is_wrong_for_check("--strategy random --runs=" + std::string(runs),
                           "--runs: expected a number of runs from 1 to");
    for (const char* number : {"-1", "abc", "18446744073709551616"})
        is_wrong_for_check("--strategy pos --seed=" + std::string(number),
                           "--seed: expected a number from 0 to 18,446,");
    for (const char* depth : {"0", "65"})
        is_wrong_for_check("--strategy pct --pct-depth=" + std::string(depth),
                           "--pct-depth: expected a number of ordering constraints from 1 to 64, found \"");
    is_wrong_for_check("--max-depth 0", "--max-depth: expected a number of steps from 1 to 4,294,967,295, found \"0\"");
    is_wrong_for_check("--strategy randon", "did you mean \"random\"?");
    is_wrong_for_check("--strategy bound", "did you mean \"bounded\"?");
}

TEST_CASE("an option of one strategy is refused with another, which names whose it is", "[cli][strategies]") {
    is_wrong_for_check("--bound 1", "--bound is for --strategy bounded or delay, not for stateful");
    is_wrong_for_check("--strategy random --bound 1", "--bound is for --strategy bounded or delay, not for random");
    is_wrong_for_check("--strategy bounded --runs 5", "--runs is for --strategy random, pct or pos, not for bounded");
    is_wrong_for_check("--seed 5", "--seed is for --strategy random, pct or pos, not for stateful");
    is_wrong_for_check("--strategy pos --pct-depth 2", "--pct-depth is for --strategy pct, not for pos");
    is_wrong_for_check("--livelock --strategy plain", "--livelock is a mode of its own: leave --strategy out");
    is_wrong_for_check("--livelock --seed 1", "--seed is for --strategy random, pct or pos, not for --livelock");
}

TEST_CASE("a summary says what a search cost and what reductions saved", "[cli][strategies]") {
    const Run run = shell("\"$COWHERD\" check " + seed + " --kernel v5.19 --summary 2>&1 >/dev/null");
    CHECK(run.code == 0);
    CHECK_THAT(run.text,
               Catch::Matches("[0-9,]+ states by [0-9,]+ steps in [0-9.]+ s, [0-9,]+ states a second; depth [0-9]+; "
                              "[0-9,]+ local states of threads, which ran [0-9,]+ times; [0-9.]+ MiB, [0-9.]+ "
                              "bytes a state; a state was missed with a probability of [0-9.]+e-[0-9]+\n"
                              "choose: one thread alone went on from [0-9,]+ states, which left [0-9,]+ steps of "
                              "others out\n"));
    CHECK_THAT(cowherd("check " + seed + " --kernel v5.19").text, !Contains("states a second"));
    CHECK_THAT(
        shell("\"$COWHERD\" check bench/scaling/4-threads.json --kernel v5.19 --max-states 5000 --summary 2>&1").text,
        Contains("symmetry: they stand for ") && Contains(" of threads where one like them stood were left out\n"));
}

TEST_CASE("the same seed gives the same report, and it names the seed", "[cli][strategies]") {
    for (const char* strategy : {"random", "pct", "pos"}) {
        const std::string arguments = check_seed + "--json --runs 300 --strategy " + strategy;
        const auto report = without_timings(cowherd(arguments + " --seed 5"));
        CHECK(report == without_timings(cowherd(arguments + " --seed 5")));
        CHECK(report.at("search").at("sample").at("seed") == 5);
        CHECK(report != without_timings(cowherd(arguments + " --seed 6")));
        CHECK(without_timings(cowherd(arguments)).at("search").at("sample").at("seed") == 1);
    }
}

TEST_CASE("dpor says how many schedules there were, and how many threads searched changes nothing",
          "[cli][strategies]") {
    const std::string arguments = "check scenarios/seed/o-direct-read.clear-refs.json --kernel v5.19 --strategy dpor ";
    CHECK_THAT(cowherd(arguments).text, Contains(": holds (21,538 schedules)\n"));
    const auto alone = without_timings(cowherd(arguments + "--json"));
    CHECK(alone.at("search").at("executions") == 21'538);
    for (const char* jobs : {"-j 2", "-j 3"}) CHECK(alone == without_timings(cowherd(arguments + "--json " + jobs)));
}

TEST_CASE("what was sampled and found nothing is inconclusive", "[cli][strategies]") {
    for (const char* strategy : {"random", "pct", "pos"}) {
        const Run run = cowherd(check_small + "--strategy " + strategy);
        CHECK(run.code == 20);
        CHECK_THAT(run.text, Contains("  stopped: 1,000 runs found nothing\n  1,000 runs with seed 1: "));
    }
    const Run cut = cowherd(check_small + "--strategy random --runs 9 --max-depth 5");
    CHECK(cut.code == 20);
    CHECK_THAT(cut.text, Contains("9 of the runs had not ended after 5 steps and did not go on"));
    const Run time = cowherd(check_small + "--strategy pos --runs 1000000000 --max-time 0.1");
    CHECK(time.code == 20);
    CHECK_THAT(time.text, Contains(" runs found nothing; the time was up ("));
}

TEST_CASE("a bound is named where it ends a search, and one that covers everything holds", "[cli][strategies]") {
    const Run one = cowherd("check " + seed + " --kernel v5.19 --strategy delay --bound 1");
    CHECK(one.code == 20);
    CHECK_THAT(one.text, Contains("no violation within 1 delay ("));
    CHECK(cowherd(check_small + "--strategy bounded --bound 1000").code == 0);
    CHECK(cowherd(check_small + "--strategy delay --bound 1000").code == 0);
    // docs/STRATEGIES.md shows these numbers.
    const Run shown = cowherd("check " + seed + " --kernel v5.19 --strategy bounded --bound 1");
    CHECK_THAT(shown.text,
               Contains("no violation within 1 preemption (") && Contains("  states: 353 within 0, 2,903 within 1\n"));
    const Run lost = cowherd(check_seed + "--strategy bounded --bound 2");
    CHECK(lost.code == 10);
    CHECK_THAT(lost.text, Contains("now maps page 4") && Contains("nothing was tried beyond 2 preemptions"));
}

TEST_CASE("a schedule that was sampled can be replayed", "[cli][strategies]") {
    const TemporaryFile trace("");
    CHECK(cowherd(check_seed + "--strategy pct --stop-at-first --trace " + trace.path()).code == 10);
    const Run replay = cowherd("replay " + trace.path());
    CHECK(replay.code == 0);
    CHECK_THAT(replay.text, Contains("now maps page 4"));
}

TEST_CASE("a search for livelocks holds, finds other violations, and is inconclusive where it is bounded",
          "[cli][livelock]") {
    const std::string none = "  there is no livelock\n";
    const Run holds = cowherd(check_small + "--livelock");
    CHECK(holds.code == 0);
    CHECK_THAT(holds.text, Contains(": holds (") && Contains(none));
    CHECK_THAT(cowherd(check_small).text, !Contains(none));
    const Run lost = cowherd(check_seed + "--livelock");
    CHECK(lost.code == 10);
    CHECK_THAT(lost.text, Contains("now maps page 4") && Contains(none));
    CHECK_THAT(cowherd(check_seed + "--livelock --stop-at-first").text, !Contains(none));
    const Run memory = cowherd("check " + seed + " --kernel v5.19 --livelock --max-memory 1");
    CHECK(memory.code == 20);
    CHECK_THAT(memory.text, Contains("the bound of 1 MiB for visited states was reached") && !Contains(none));
}

TEST_CASE("without PG_anon_exclusive a pin asks for an unshared page for ever, which its trace shows again",
          "[cli][livelock]") {
    const TemporaryFile trace("");
    const std::string pin = "check scenarios/canonical/S8.pin-read-shared.json --kernel v5.19 --livelock ";
    CHECK(cowherd(pin).code == 0);
    const Run run = cowherd(pin + "--without anon_exclusive --trace " + trace.path());
    CHECK(run.code == 10);
    CHECK_THAT(run.text, Contains("  violated: livelock\n") && Contains("      from here it repeats:\n") &&
                             Contains("  67  gup_must_unshare: PageAnonExclusive = false\n") &&
                             Contains("what begins with step 64 repeats for ever, without an end of: app\n"));
    const Run replay = cowherd("replay " + trace.path());
    CHECK(replay.code == 0);
    CHECK_THAT(run.text, Contains(replay.text.substr(replay.text.find("\n\n") + 2)));
    CHECK(nlohmann::json::parse(cowherd("replay " + trace.path() + " --json").text).at("repeats_from") == 64);
    // A schedule that stops short of coming round again shows nothing.
    auto document = nlohmann::json::parse(trace.content());
    document["schedule"].erase(document["schedule"].size() - 1);
    const TemporaryFile shorter(document.dump());
    const Run refused = cowherd("replay " + shorter.path());
    CHECK(refused.code == 3);
    CHECK_THAT(refused.text, Contains("the schedule does not violate \"livelock\" any more"));
}
