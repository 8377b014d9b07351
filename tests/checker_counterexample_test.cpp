// SPDX-License-Identifier: GPL-2.0-only
// Canonical counterexamples: on small programs whose least schedule can be worked out by hand, and on generated
// ones, against a search through all schedules and between the strategies. checker_replay_test.cpp has what a replay says.

#include "checker/counterexample.hpp"
#include "checker/replay_execution.hpp"
#include "tests/checker_counterexamples.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/settings.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>
#include <tuple>

using namespace checker;
using namespace counterexamples;

namespace {

/// The violation of this property as every strategy reports it; requires that they agree, and that it is canonical.
Violation violation_of(const Program& program, const std::string& property) {
    std::vector<Violation> reported;
    for (const Strategy strategy : {Strategy::naive, Strategy::plain, Strategy::stateful}) {
        const SearchResult result = search(program, {.strategy = strategy});
        CHECK(result.error.empty());
        REQUIRE(result.verdict == Verdict::violated);
        for (const Violation& violation : result.violations) {
            if (violation.property == property) reported.push_back(violation);
        }
    }
    REQUIRE(reported.size() == 3);
    for (const Violation& violation : reported) {
        CHECK(violation.canonical);
        CHECK(violation.schedule == reported[0].schedule);
        CHECK(violation.context_switches == context_switches(violation.schedule));
    }
    return reported[0];
}

} // namespace

TEST_CASE("a lost update needs two context switches", "[counterexample]") {
    const LostUpdate lost;
    const Violation violation = violation_of(lost.program, "both-count");
    CHECK(violation.schedule == Schedule{by(0), by(1), by(1), by(0)});
    CHECK(violation.context_switches == 2);
}

TEST_CASE("crossed locks deadlock after two steps", "[counterexample]") {
    const CrossedLocks crossed;
    CHECK(violation_of(crossed.program, deadlock_property).schedule == Schedule{by(0), by(1)});
}

TEST_CASE("fewer context switches come before fewer steps", "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x");
    const auto y = program.var<int>("y");
    const auto z = program.var<int>("z");
    program.add_thread("long", [=](Thread& t) {
        t.store(x, 1);
        for (int i = 1; i <= 5; ++i) t.store(z, i);
        t.store(y, 1);
    });
    program.add_thread("short", [=](Thread& t) { t.store(y, 1); });
    program.add_property(
        always("not-both", {x.cell, y.cell}, [=](const View& view) { return view[x.cell] == 0 || view[y.cell] == 0; }));
    const Violation violation = violation_of(program, "not-both");
    CHECK(violation.schedule == Schedule(7, by(0)));
    CHECK(violation.context_switches == 0);
}

TEST_CASE("of equally many context switches the fewer steps win, also on the way to one and the same state",
          "[counterexample]") {
    // Whether the detour of one load was made is forgotten, so both ways lead to one state, the longer way first.
    Program program;
    const auto x = program.var<int>("x");
    const auto y = program.var<int>("y");
    program.add_thread("a", [=](Thread& t) {
        for (int i = 0; i < 3; ++i) {
            if (t.choose(2) == 0) {
                t.load(y);
                t.load(y);
            }
            t.forget("rounds", i);
        }
        t.store(x, 1);
        t.load(y);
        t.check(false, "the end");
    });
    program.add_thread("b", [=](Thread& t) { t.store(y, 1); });
    CHECK(violation_of(program, "assertion: the end").schedule == Schedule{by(0, 1), by(0, 1), by(0, 1), by(0), by(0)});
}

TEST_CASE("of equal cost the first in (thread, choice) order wins", "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x");
    const auto body = [=](Thread& t) {
        const unsigned chosen = t.choose(4);
        t.store(x, static_cast<int>(chosen));
    };
    program.add_thread("a", body);
    program.add_thread("b", body);
    program.add_property(always("small", {x.cell}, [=](const View& view) { return view[x.cell] < 2; }));
    CHECK(violation_of(program, "small").schedule == Schedule{by(0, 2), by(0)});
}

TEST_CASE("the first thread's start is no context switch, whichever thread it is", "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x");
    program.add_thread("reads", [=](Thread& t) { t.load(x); });
    program.add_thread("writes", [=](Thread& t) { t.store(x, 1); });
    program.add_property(always("zero", {x.cell}, [=](const View& view) { return view[x.cell] == 0; }));
    CHECK(violation_of(program, "zero").schedule == Schedule{by(1)});
}

TEST_CASE("what is violated from the start has an empty schedule", "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x", 1);
    program.add_thread("asserts", [](Thread& t) { t.check(false, "at once"); });
    program.add_thread("writes", [=](Thread& t) { t.store(x, 0); });
    program.add_property(always("zero", {x.cell}, [=](const View& view) { return view[x.cell] == 0; }));
    CHECK(violation_of(program, "zero").schedule.empty());
    CHECK(violation_of(program, "assertion: at once").schedule.empty());
}

TEST_CASE("a program that never ends has no schedule to show it", "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x");
    program.add_thread("waits", [=](Thread& t) {
        do t.forget("for ever");
        while (t.load(x) == 0);
    });
    const SearchResult result = search(program, {});
    REQUIRE(result.verdict == Verdict::violated);
    REQUIRE(result.violations.size() == 1);
    CHECK(result.violations[0].property == never_ends_property);
    CHECK(result.violations[0].schedule.empty());
    CHECK(result.violations[0].canonical);
}

TEST_CASE("each violated property has its own counterexample, the least name first", "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x");
    const auto y = program.var<int>("y");
    program.add_thread("a", [=](Thread& t) {
        t.store(x, 1);
        t.check(t.load(y) == 0, "alone");
        t.store(x, 0);
    });
    program.add_thread("b", [=](Thread& t) { t.store(y, 1); });
    program.add_property(always("y-stays", {y.cell}, [=](const View& view) { return view[y.cell] == 0; }));
    program.add_property(always("both-stay", {x.cell, y.cell},
                                [=](const View& view) { return view[x.cell] == 0 || view[y.cell] == 0; }));
    const SearchResult result = search(program, {});
    REQUIRE(result.violations.size() == 3);
    CHECK(result.violations[0].property == "assertion: alone");
    CHECK(result.violations[0].schedule == Schedule{by(1), by(0), by(0)});
    CHECK(result.violations[1].property == "both-stay");
    CHECK(result.violations[1].schedule == Schedule{by(0), by(1)});
    CHECK(result.violations[2].property == "y-stays");
    CHECK(result.violations[2].schedule == Schedule{by(1)});
}

TEST_CASE("when the budget runs out the known schedule is given, and said not to be canonical", "[counterexample]") {
    const LostUpdate lost;
    const Schedule known{by(1), by(0), by(1), by(0)};
    const Violation cut = canonical_counterexample(lost.program, "both-count", {.counterexample_budget = 2}, known);
    CHECK_FALSE(cut.canonical);
    CHECK(cut.schedule == known);
    CHECK(cut.context_switches == 3);
    CHECK(counterexample_fault(lost.program, cut).empty());

    const Violation whole = canonical_counterexample(lost.program, "both-count", {}, known);
    CHECK(whole.canonical);
    CHECK(whole.schedule == Schedule{by(0), by(1), by(1), by(0)});
}

TEST_CASE("every budget gives a schedule that replays, never worse than the known one", "[counterexample]") {
    const LostUpdate lost;
    const Schedule known{by(1), by(0), by(1), by(0)};
    bool was_canonical = false;
    for (std::uint64_t budget = 1; budget < 40; ++budget) {
        const Violation violation =
            canonical_counterexample(lost.program, "both-count", {.counterexample_budget = budget}, known);
        CHECK(counterexample_fault(lost.program, violation).empty());
        CHECK(violation.context_switches <= 3);
        CHECK((violation.canonical || !was_canonical));
        was_canonical = violation.canonical;
    }
    CHECK(was_canonical);
}

TEST_CASE("what may not be longer than the bound of depth may have a lesser, longer counterexample, and says so",
          "[counterexample]") {
    // The least schedule is the second thread alone, which takes 9 steps.
    Program program;
    const auto x = program.var<int>("x");
    const auto y = program.var<int>("y");
    const auto z = program.var<int>("z");
    program.add_thread("short", [=](Thread& t) { t.store(y, 1); });
    program.add_thread("long", [=](Thread& t) {
        t.store(x, 1);
        for (int i = 1; i <= 7; ++i) t.store(z, i);
        t.store(y, 1);
    });
    program.add_property(
        always("not-both", {x.cell, y.cell}, [=](const View& view) { return view[x.cell] == 0 || view[y.cell] == 0; }));
    program.add_property(always("z-stays", {z.cell}, [=](const View& view) { return view[z.cell] < 2; }));
    for (const std::uint32_t depth : {5U, 8U, 9U, 10U}) {
        const SearchResult result = search(program, {.max_depth = depth});
        INFO(depth);
        REQUIRE(result.violations.size() == 2);
        CHECK(result.violations[0].canonical == (depth >= 9));
        CHECK(result.violations[0].schedule == (depth >= 9 ? Schedule(9, by(1)) : Schedule{by(0), by(1)}));
        // What is found in the level that was cut short is the least there is.
        CHECK(result.violations[1].canonical);
        CHECK(result.violations[1].schedule == Schedule(3, by(1)));
    }
}

TEST_CASE("a choose among as many values as a step can say ends, also off the way of the counterexample",
          "[counterexample]") {
    Program program;
    const auto x = program.var<int>("x");
    program.add_thread("chooses", [](Thread& t) { t.choose(65'536); });
    program.add_thread("writes", [=](Thread& t) { t.store(x, 1); });
    program.add_property(always("zero", {x.cell}, [=](const View& view) { return view[x.cell] == 0; }));
    const SearchResult result = search(program, {});
    REQUIRE(result.violations.size() == 1);
    CHECK(result.violations[0].canonical);
    CHECK(result.violations[0].schedule == Schedule{by(1)});
}

TEST_CASE("an interrupted search for a counterexample gives the known schedule", "[counterexample]") {
    const LostUpdate lost;
    const std::atomic<bool> interrupted = true;
    const Schedule known{by(1), by(0), by(0), by(1)};
    const Violation violation =
        canonical_counterexample(lost.program, "both-count", {.interrupted = &interrupted}, known);
    CHECK_FALSE(violation.canonical);
    CHECK(violation.schedule == known);
}

TEST_CASE("a violation that does not replay is an internal error, not a report", "[counterexample]") {
    // The body keeps something between runs, which bodies must not do: only its first run misbehaves.
    Program program;
    const auto x = program.var<int>("x");
    int runs = 0;
    program.add_thread("impure", [&runs, x](Thread& t) { t.store(x, runs++ == 0 ? 1 : 0); });
    program.add_property(always("zero", {x.cell}, [=](const View& view) { return view[x.cell] == 0; }));
    const SearchResult result = search(program, {});
    CHECK(result.verdict == Verdict::error);
    CHECK(result.error == "internal: counterexample does not replay: the schedule does not violate 'zero'");
}

namespace {

/// Tries every schedule and keeps the least for each violated property. Knows nothing of states.
template <Execution E>
class BruteForce {
public:
    explicit BruteForce(const Program& program) : program_(program), execution_(program, {.hashing = false}) {}

    /// False if there are too many schedules.
    bool run(std::uint64_t max_nodes) {
        max_nodes_ = max_nodes;
        note();
        return explore();
    }
    const std::map<std::string, Schedule>& least() const { return least_; }

private:
    bool explore() {
        if (++nodes_ > max_nodes_) return false;
        for (unsigned thread = 0; thread < program_.threads().size(); ++thread) {
            if ((execution_.enabled() >> thread & 1) == 0) continue;
            const unsigned choices = execution_.choices(by(thread).thread);
            for (unsigned choice = 0; choice < choices; ++choice) {
                execution_.step(by(thread, choice));
                schedule_.push_back(by(thread, choice));
                note();
                const bool goes_on = explore();
                schedule_.pop_back();
                execution_.undo();
                if (!goes_on) return false;
            }
        }
        return true;
    }
    /// Keeps the schedule so far for all that is violated after it.
    void note() {
        for (const Property& property : program_.properties()) {
            const bool is_due = property.kind == PropertyKind::always ||
                                (property.kind == PropertyKind::at_end && ended(Ending::complete));
            if (is_due && !property.holds(execution_.view())) keep(property.name);
        }
        for (unsigned thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadId id = by(thread).thread;
            if (execution_.status(id) == ThreadStatus::failed)
                keep(std::string(assertion_prefix) + execution_.pending(id).label);
        }
        if (ended(Ending::deadlock)) keep(deadlock_property);
    }
    bool ended(Ending ending) { return execution_.enabled() == 0 && execution_.ending() == ending; }
    void keep(const std::string& property) {
        const auto [at, is_new] = least_.try_emplace(property, schedule_);
        if (is_new) return;
        const auto cost = [](const Schedule& s) { return std::tuple(context_switches(s), s.size(), s); };
        if (cost(schedule_) < cost(at->second)) at->second = schedule_;
    }

    const Program& program_;
    E execution_;
    Schedule schedule_;
    std::map<std::string, Schedule> least_;
    std::uint64_t nodes_ = 0;
    std::uint64_t max_nodes_ = 0;
};

} // namespace

TEST_CASE("on generated programs the counterexample is the least of all schedules", "[counterexample][generated]") {
    const unsigned wanted = generated::quick() ? 200 : 2000;
    unsigned compared = 0;
    for (std::uint64_t seed = 0; compared < wanted; ++seed) {
        const auto code =
            generated::generate(seed, {.more_forgets = seed % 4 == 0, .alike = seed % 3 == 0, .steps = 11});
        const Program program = generated::build(code);
        BruteForce<ReplayExecution> all(program);
        if (!all.run(4'000)) continue;
        std::map<std::string, Schedule> reported;
        for (const Violation& violation : search(program, {}).violations) {
            CHECK(violation.canonical);
            reported[violation.property] = violation.schedule;
        }
        INFO("seed " << seed);
        REQUIRE(reported == all.least());
        if (!reported.empty()) ++compared;
        REQUIRE(seed < std::uint64_t{20} * wanted);
    }
}

TEST_CASE("on generated programs a counterexample that is called canonical is so whatever the budget",
          "[counterexample][generated]") {
    const unsigned wanted = generated::quick() ? 100 : 1000;
    unsigned cut = 0;
    for (std::uint64_t seed = 7'000'000; cut < wanted; ++seed) {
        const auto code = generated::generate(seed, {.endless_loops = seed % 2 == 0, .steps = 12});
        const Program program = generated::build(code);
        const SearchResult whole = search(program, {});
        for (const std::uint64_t budget : {2U, 5U, 12U, 30U, 80U}) {
            const SearchResult part = search(program, {.counterexample_budget = budget});
            INFO("seed " << seed << ", budget " << budget);
            REQUIRE(part.violations.size() == whole.violations.size());
            for (std::size_t i = 0; i < whole.violations.size(); ++i) {
                REQUIRE(whole.violations[i].canonical);
                if (part.violations[i].canonical)
                    REQUIRE(part.violations[i].schedule == whole.violations[i].schedule);
                else
                    ++cut;
            }
        }
        REQUIRE(seed < 7'000'000 + 20 * wanted);
    }
}

TEST_CASE("on generated programs all strategies give the same counterexamples", "[counterexample][generated]") {
    const unsigned wanted = generated::quick() ? 300 : 2500;
    unsigned violated = 0;
    for (std::uint64_t seed = 1'000'000; violated < wanted; ++seed) {
        const auto code =
            generated::generate(seed, {.more_forgets = seed % 4 == 0, .alike = seed % 3 == 0, .steps = 14});
        const Program program = generated::build(code);
        const SearchResult naive = search(program, {.strategy = Strategy::naive, .max_states = 20'000});
        if (!naive.stopped_because.empty()) continue;
        const SearchResult stateful = search(program, {.strategy = Strategy::stateful, .seed = seed});
        const SearchResult replayed =
            search(program, {.strategy = Strategy::stateful, .engine = Engine::replay, .sibling_order_seed = seed});
        INFO("seed " << seed);
        REQUIRE(naive.error.empty());
        for (const SearchResult* other : {&stateful, &replayed}) {
            REQUIRE(other->violations.size() == naive.violations.size());
            for (std::size_t i = 0; i < naive.violations.size(); ++i) {
                const Violation& a = naive.violations[i];
                const Violation& b = other->violations[i];
                REQUIRE((a.canonical && b.canonical));
                REQUIRE(a.property == b.property);
                REQUIRE(a.schedule == b.schedule);
                REQUIRE(a.context_switches == b.context_switches);
            }
        }
        if (!naive.violations.empty()) ++violated;
        REQUIRE(seed < 1'000'000 + 20 * wanted);
    }
}
