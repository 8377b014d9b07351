// SPDX-License-Identifier: GPL-2.0-only
// Livelocks: what is one, what is none, and what is told about them. Generated programs are in
// checker_livelock_generated_test.cpp.

#include "checker/livelock.hpp"
#include "tests/checker_programs.hpp"

using namespace checker;
using namespace small;

namespace {

const std::vector<std::string> livelock{livelock_property};
const std::vector<std::string> nothing{};

SearchOptions for_livelock() {
    SearchOptions options;
    options.livelock = true;
    return options;
}

SearchResult search_for_livelock(const Program& program) { return search(program, for_livelock()); }

/// A thread that retries, with a forget each time, until `var` is not zero.
void spin(Thread& t, Var<int> var) {
    do t.forget("spin");
    while (t.load(var) == 0);
}

/// Two threads that take two locks in opposite order, and back off where the second is taken.
Program backing_off(bool in_opposite_order, Program program = {}) {
    const Mutex a = program.mutex("a");
    const Mutex b = program.mutex("b");
    for (const bool is_first : {true, false}) {
        const auto [one, other] = is_first || !in_opposite_order ? std::pair(a, b) : std::pair(b, a);
        program.add_thread(is_first ? "first" : "second", [one = one, other = other](Thread& t) {
            for (;;) {
                t.forget("retry");
                t.lock(one);
                if (t.trylock(other)) break;
                t.unlock(one);
            }
            t.unlock(other);
            t.unlock(one);
        });
    }
    return program;
}

} // namespace

TEST_CASE("spinning for a lock whose holder can go on is no livelock", "[livelock]") {
    Program program;
    const Mutex m = program.mutex("m");
    for (const char* name : {"a", "b", "c"}) {
        program.add_thread(name, [=](Thread& t) {
            do t.forget("spin");
            while (!t.trylock(m));
            t.unlock(m);
        });
    }
    const SearchResult result = search_for_livelock(program);
    CHECK(result.verdict == Verdict::holds);
    CHECK(result.states == search(program, {.strategy = Strategy::plain}).states);
}

TEST_CASE("threads that are alike are told apart: that they change places is no cycle", "[livelock]") {
    Program program;
    const Mutex m = program.mutex("m");
    const auto turns = program.var<int>("turns");
    program.add_threads("t", 3, [=](Thread& t) {
        t.lock(m);
        t.store(turns, 1 - t.load(turns));
        t.unlock(m);
        do t.forget("spin");
        while (!t.trylock(m));
        t.unlock(m);
    });
    const SearchResult result = search_for_livelock(program);
    CHECK(result.verdict == Verdict::holds);
    CHECK(result.states == search(program, {.strategy = Strategy::plain}).states);
}

TEST_CASE("spinning for a holder that has forgotten to unlock is one", "[livelock]") {
    Program program;
    const Mutex m = program.mutex("m");
    program.add_thread("holds", [=](Thread& t) { t.lock(m); });
    program.add_thread("spins", [=](Thread& t) {
        do t.forget("spin");
        while (!t.trylock(m));
        t.unlock(m);
    });
    CHECK(names(search_for_livelock(program)) == livelock);
}

TEST_CASE("threads that back off from each other in lock step are a livelock", "[livelock]") {
    const Program program = backing_off(true);
    const SearchResult result = search_for_livelock(program);
    REQUIRE(names(result) == livelock);
    CHECK(result.violations[0].canonical);
    // first locks, second locks, and each in turn fails, unlocks and locks again.
    const Schedule& schedule = result.violations[0].schedule;
    const Replay replayed = replay(program, schedule, livelock_property);
    CHECK(replayed.error.empty());
    REQUIRE(replayed.repeats_from);
    CHECK(replayed.violated == livelock);
    CHECK(replayed.steps.back().violated == livelock);
    CHECK(schedule.size() - *replayed.repeats_from == 6);
    CHECK(replayed.explanation.find("repeats for ever, without an end of: first, second") != std::string::npos);
    // The same locks in the same order: who has the first gets the second.
    CHECK(search_for_livelock(backing_off(false)).verdict == Verdict::holds);
}

TEST_CASE("a thread that retries for ever on a flag that nobody sets is a livelock, also beside others", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    const auto other = program.var<int>("other");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("stores", [=](Thread& t) { t.store(other, 1); });
    const SearchResult result = search_for_livelock(program);
    REQUIRE(names(result) == livelock);
    // Fairness wants the store first; then spinning repeats.
    CHECK(result.violations[0].schedule == Schedule{{ThreadId{1}, 0}, {ThreadId{0}, 0}});
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from == 1);
    CHECK(result.violations[0].context_switches == 1);
}

TEST_CASE("spinning for a flag that another thread sets is no livelock, however late it sets it", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    const auto other = program.var<int>("other");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("sets", [=](Thread& t) {
        for (int i = 0; i < 5; ++i) t.store(other, i);
        t.store(flag, 1);
    });
    CHECK(search_for_livelock(program).verdict == Verdict::holds);
}

TEST_CASE("threads that spin for each other are a livelock", "[livelock]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto b = program.var<int>("b");
    program.add_thread("one", [=](Thread& t) { spin(t, a), t.store(b, 1); });
    program.add_thread("two", [=](Thread& t) { spin(t, b), t.store(a, 1); });
    const SearchResult result = search_for_livelock(program);
    REQUIRE(names(result) == livelock);
    // Neither load alone is fair, for the other thread can go on: the cycle is both, and passes its state in between.
    CHECK(result.violations[0].schedule == Schedule{{ThreadId{0}, 0}, {ThreadId{1}, 0}});
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from == 0);
}

TEST_CASE("a daemon that polls for ever is excused, and a thread that runs for ever beside it is not", "[livelock]") {
    for (const bool is_daemon : {true, false}) {
        Program program;
        const auto a = program.var<int>("a");
        program.add_thread(
            "polls",
            [=](Thread& t) {
                for (;;) {
                    t.forget("poll");
                    (void)t.load(a);
                }
            },
            is_daemon);
        program.add_thread("stores", [=](Thread& t) { t.store(a, 1); });
        const SearchResult result = search_for_livelock(program);
        CHECK(names(result) == (is_daemon ? nothing : livelock));
        CHECK(result.verdict == (is_daemon ? Verdict::holds : Verdict::violated));
        // Elsewhere it only counts that no schedule ends.
        CHECK(names(search(program, {})) == std::vector<std::string>{never_ends_property});
    }
}

TEST_CASE("where only daemons run for ever, at-end properties are never looked at, and that is said", "[livelock]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread(
        "polls", [=](Thread& t) { spin(t, a); }, true);
    program.add_thread("reads", [=](Thread& t) { (void)t.load(a); });
    program.add_property(at_end("is one", {a.cell}, equals(a, 1)));
    CHECK(names(search_for_livelock(program)) == std::vector<std::string>{never_ends_property});
}

TEST_CASE("a choose that is never made well is a livelock: schedulers are fair, not choices", "[livelock]") {
    Program program;
    program.add_thread("retries", [=](Thread& t) {
        do t.forget("retry");
        while (t.choose(2) == 0);
    });
    CHECK(names(search_for_livelock(program)) == livelock);
}

TEST_CASE("spinning for a thread that has failed an assertion is that assertion's fault", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("fails", [=](Thread& t) {
        t.check(t.load(flag) == 1, "the flag is set");
        t.store(flag, 1);
    });
    CHECK(names(search_for_livelock(program)) == std::vector<std::string>{"assertion: the flag is set"});
}

TEST_CASE("waiting for ever is a deadlock and no livelock, and both are found in one program", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    const auto mode = program.var<int>("mode");
    program.add_thread("either", [=](Thread& t) {
        if (t.load(mode) == 0) return spin(t, flag);
        t.wait_until(
            "flag", [](const View& view, Var<int> f) { return view[f.cell] == 1; }, Where::here(), flag);
    });
    program.add_thread("sets the mode", [=](Thread& t) { t.store(mode, 1); });
    CHECK(names(search_for_livelock(program)) == std::vector<std::string>{deadlock_property, livelock_property});
}

TEST_CASE("a search for livelocks checks all other properties too", "[livelock]") {
    const Program program = counting(2, false);
    const SearchResult result = search_for_livelock(program);
    CHECK(names(result) == std::vector<std::string>{"all are counted"});
    CHECK(result.violations[0].schedule == search(program, {}).violations.at(0).schedule);
    Program reachable = counting(2, true);
    reachable.add_property(sometimes("never", {}, [](const View&) { return false; }));
    CHECK(search_for_livelock(reachable).never_reached == std::vector<std::string>{"never"});
}

TEST_CASE("bounds of states, depth, memory and time make a search for livelocks inconclusive", "[livelock]") {
    const Program program = independent(4, 8);
    SearchOptions options = for_livelock();
    options.max_states = 100;
    SearchResult result = search(program, options);
    CHECK(result.verdict == Verdict::inconclusive);
    CHECK(result.states == 100);
    CHECK_THAT(result.stopped_because, Catch::StartsWith("the bound of 100 states was reached ("));
    options = for_livelock();
    options.max_depth = 31;
    CHECK_THAT(search(program, options).stopped_because, Catch::StartsWith("the bound of 31 steps in one schedule"));
    options = for_livelock();
    options.max_memory_bytes = 100'000;
    result = search(program, options);
    CHECK(result.verdict == Verdict::inconclusive);
    CHECK_THAT(result.stopped_because, Catch::StartsWith("the bound of 100,000 bytes"));
    options = for_livelock();
    options.max_seconds = 1e-6;
    CHECK_THAT(search(independent(5, 8), options).stopped_because, Catch::StartsWith("the time was up"));
    CHECK(search(program, for_livelock()).verdict == Verdict::holds);
}

TEST_CASE("a livelock in the part that was explored is reported although a bound ended the search", "[livelock]") {
    // The search goes as far as the first thread can before the others take a step.
    const Program program = backing_off(true, independent(1, 1'000));
    SearchOptions options = for_livelock();
    options.max_states = 2'000;
    const SearchResult result = search(program, options);
    REQUIRE_FALSE(result.stopped_because.empty());
    CHECK(names(result) == livelock);
    CHECK_FALSE(result.violations.at(0).canonical);
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from);
}

TEST_CASE("where the least cycle is out of reach, a fair one is shown all the same", "[livelock]") {
    const Program program = backing_off(true);
    SearchOptions options = for_livelock();
    options.counterexample_budget = 8;
    const SearchResult result = search(program, options);
    REQUIRE(names(result) == livelock);
    CHECK_FALSE(result.violations[0].canonical);
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from);
}

TEST_CASE("looking for cycles in a large graph can be stopped, and then says nothing", "[livelock]") {
    StateGraph graph;
    constexpr StateGraph::Id states = 100'000;
    for (StateGraph::Id state = 0; state < states; ++state) {
        graph.add(Hash128{.low = mix(state), .high = state});
        graph.describe(state, 1, false);
        graph.connect(state, Step{}, (state + 1) % states);
    }
    graph.finish();
    unsigned asked = 0;
    const auto found = [&](bool may_go_on) {
        return find_livelock(graph, 1, 0, 4UL * states, [&, may_go_on] { return ++asked, may_go_on; });
    };
    CHECK(found(false).was_stopped);
    CHECK_FALSE(found(false).lasso);
    const LivelockSearch whole = found(true);
    CHECK_FALSE(whole.was_stopped);
    REQUIRE(whole.lasso);
    CHECK(whole.lasso->stem == 0);
    CHECK(whole.lasso->schedule.size() == states);
    CHECK(whole.lasso->is_least);
    CHECK(asked == 3);
}

TEST_CASE("a schedule that does not come round, or not fairly, is no livelock to a replay", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("sets", [=](Thread& t) { t.store(flag, 1); });
    const ThreadId spins{0};
    const ThreadId sets{1};
    CHECK(replay(program, {{spins, 0}, {spins, 0}}, livelock_property).violated.empty());
    CHECK(replay(program, {{spins, 0}, {sets, 0}, {spins, 0}}, livelock_property).violated.empty());
    CHECK(replay(program, {}, livelock_property).violated.empty());
    Program polling;
    const auto a = polling.var<int>("a");
    polling.add_thread(
        "polls", [=](Thread& t) { spin(t, a); }, true);
    CHECK(replay(polling, {{ThreadId{0}, 0}, {ThreadId{0}, 0}}, livelock_property).violated.empty());
}
