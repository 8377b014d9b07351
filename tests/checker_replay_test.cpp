// SPDX-License-Identifier: GPL-2.0-only
// What a replay says of a schedule: each step, what is violated after it, and why a schedule does not fit.
#include "tests/checker_counterexamples.hpp"

#include <catch2/catch.hpp>

using namespace checker;
using namespace counterexamples;

TEST_CASE("a replay says of each step what was done, where, with what result and what changed", "[replay]") {
    const LostUpdate lost;
    const Replay replayed = replay(lost.program, {by(0), by(1), by(1), by(0)}, "both-count");
    CHECK(replayed.error.empty());
    REQUIRE(replayed.steps.size() == 4);
    CHECK(replayed.steps[0].operation.kind == OpKind::load);
    CHECK(std::string(replayed.steps[0].operation.label) == "READ_ONCE");
    CHECK(replayed.steps[0].changes.empty());
    CHECK(replayed.steps[2].step == by(1));
    CHECK(std::string(replayed.steps[2].operation.label) == "WRITE_ONCE");
    REQUIRE(replayed.steps[2].changes.size() == 1);
    CHECK(replayed.steps[2].changes[0].cell == lost.counter.cell);
    CHECK(replayed.steps[2].changes[0].before == 0);
    CHECK(replayed.steps[2].changes[0].after == 1);
    CHECK(replayed.steps[2].violated.empty());
    CHECK(replayed.steps[3].changes.empty());
    CHECK(replayed.steps[3].violated == std::vector<std::string>{"both-count"});
    CHECK(replayed.violated == std::vector<std::string>{"both-count"});
    CHECK(replayed.explanation == "the counter is 1");
    CHECK(replayed.initial_cells == std::vector<Word>{0});
    CHECK(replayed.final_cells == std::vector<Word>{1});
    CHECK(replayed.ended);
    CHECK(replayed.blocked.empty());
    CHECK(replay(lost.program, {by(0), by(1), by(1), by(0)}, "").explanation.empty());
}

namespace names {

struct Context {
    Thread& t;
    Var<int> x;
};

int do_swap_page(Context& c, int argument) { return c.t.add_return(c.x, argument); }
template <class T>
void templated(Context& c) {
    c.t.store(c.x, T{7});
}

} // namespace names

TEST_CASE("a replay names functions as people do, and gives results", "[replay]") {
    Program program;
    const auto x = program.var<int>("x", 5);
    program.add_thread("a", [=](Thread& t) {
        names::Context context{t, x};
        t.call<names::do_swap_page>(context, 2);
        names::templated<int>(context);
        t.exchange(x, 9);
        t.choose(3);
    });
    const Replay replayed = replay(program, {by(0), by(0), by(0), by(0, 2)}, "");
    REQUIRE(replayed.steps.size() == 4);
    CHECK(replayed.steps[0].function == "do_swap_page");
    CHECK(replayed.steps[0].result == 7);
    CHECK(replayed.steps[1].function == "templated");
    CHECK(replayed.steps[1].changes.empty());
    CHECK(replayed.steps[2].result == 7);
    CHECK(replayed.steps[2].changes[0].before == 7);
    CHECK(replayed.steps[2].changes[0].after == 9);
    CHECK(replayed.steps[3].result == 2);
    CHECK(replayed.ended);
}

TEST_CASE("a replay reports a step that changes several cells, each cell once and in order of writing", "[replay]") {
    Program program;
    const auto x = program.var<int>("x", 1);
    const auto y = program.var<int>("y", 2);
    const auto z = program.var<int>("z", 3);
    program.add_thread("a", [=](Thread& t) {
        t.atomic(
            "rotate",
            [](Cells& cells, CellId a, CellId b, CellId c) {
                cells.set(c, 7);
                cells.set(a, 8);
                cells.set(c, 9);
                cells.set(b, 10);
                cells.set(b, 2);
            },
            Where::here(), x.cell, y.cell, z.cell);
    });
    const Replay replayed = replay(program, {by(0)}, "");
    REQUIRE(replayed.steps.size() == 1);
    const std::vector<TraceStep::Change>& changes = replayed.steps[0].changes;
    REQUIRE(changes.size() == 2);
    CHECK((changes[0].cell == z.cell && changes[0].before == 3 && changes[0].after == 9));
    CHECK((changes[1].cell == x.cell && changes[1].before == 1 && changes[1].after == 8));
    CHECK(replayed.steps[0].operation.arguments == nullptr);
}

TEST_CASE("a replay explains a deadlock and names who is blocked", "[replay]") {
    const CrossedLocks crossed;
    const Replay replayed = replay(crossed.program, {by(0), by(1)}, deadlock_property);
    CHECK(replayed.error.empty());
    CHECK(replayed.ended);
    CHECK(replayed.blocked == std::vector<ThreadId>{ThreadId{0}, ThreadId{1}});
    CHECK(replayed.violated == std::vector<std::string>{deadlock_property});
    CHECK(replayed.explanation == "a waits at spin_lock in operator(); b waits at spin_lock in operator()");
}

TEST_CASE("a replay shows when a property fails, recovers and fails again", "[replay]") {
    Program program;
    const auto x = program.var<int>("x");
    program.add_thread("a", [=](Thread& t) {
        for (const int value : {1, 2, 0, 3}) t.store(x, value);
        t.check(t.load(x) == 0, "zero at last");
    });
    Property property = always("zero", {x.cell}, [=](const View& view) { return view[x.cell] == 0; });
    property.explain = [=](const View& view) { return "x is " + std::to_string(view[x.cell]); };
    program.add_property(property);
    const Replay replayed = replay(program, Schedule(5, by(0)), "zero");
    REQUIRE(replayed.steps.size() == 5);
    const std::vector<std::string> zero{"zero"};
    CHECK(replayed.steps[0].violated == zero);
    CHECK(replayed.steps[1].violated.empty());
    CHECK(replayed.steps[2].violated.empty());
    CHECK(replayed.steps[3].violated == zero);
    CHECK(replayed.steps[4].violated == std::vector<std::string>{"assertion: zero at last"});
    CHECK(replayed.violated == std::vector<std::string>{"assertion: zero at last", "zero"});
    CHECK(replayed.explanation == "x is 1");
    CHECK(replay(program, Schedule(5, by(0)), "assertion: zero at last").explanation ==
          "a found in operator() that this does not hold: zero at last");
}

TEST_CASE("a schedule that does not fit is refused with the step and what was expected", "[replay][bad-input]") {
    const CrossedLocks crossed;
    const auto error = [&](const Schedule& schedule) { return replay(crossed.program, schedule, "").error; };
    CHECK(error({by(0), by(7)}) == "step 2: there is no thread 7, the program has 2 threads");
    CHECK(error({by(0), by(0), by(1)}) ==
          "step 3: b cannot go on (it waits at spin_lock in operator()); expected one of: a");
    CHECK(error({by(0), by(1), by(0)}) ==
          "step 3: a cannot go on (it waits at spin_lock in operator()); expected one of: "
          "nothing, the program has ended");
    CHECK(error({by(0), by(0), by(0), by(0), by(0)}) == "step 5: a cannot go on (it has finished); expected one of: b");
    CHECK(error({by(0, 1)}) == "step 1: the choice 1 of a is out of range at spin_lock in operator(); expected 0 to 0");
    const Replay replayed = replay(crossed.program, {by(0), by(7)}, "");
    CHECK(replayed.steps.size() == 1);
    CHECK_FALSE(replayed.ended);
}

TEST_CASE("a partial schedule leaves the program unfinished", "[replay]") {
    const CrossedLocks crossed;
    const Replay replayed = replay(crossed.program, {by(0), by(0)}, "");
    CHECK(replayed.error.empty());
    CHECK_FALSE(replayed.ended);
    CHECK(replayed.blocked == std::vector<ThreadId>{ThreadId{1}});
    CHECK(replayed.violated.empty());
}

TEST_CASE("a schedule that violates its property too early is no counterexample", "[counterexample]") {
    const LostUpdate lost;
    const auto fault = [](const Program& program, const std::string& property, Schedule schedule) {
        return counterexample_fault(program, {.property = property, .schedule = std::move(schedule)});
    };
    CHECK(fault(lost.program, "both-count", {by(0), by(1), by(0), by(1)}).empty());
    CHECK(fault(lost.program, "both-count", {by(0), by(0), by(1), by(1)}) ==
          "the schedule does not violate 'both-count'");
    CHECK(fault(lost.program, "both-count", {by(0), by(1), by(0)}) == "the schedule does not violate 'both-count'");

    Program early;
    const auto x = early.var<int>("x");
    early.add_thread("a", [=](Thread& t) {
        t.store(x, 1);
        t.store(x, 2);
    });
    early.add_property(always("zero", {x.cell}, [=](const View& view) { return view[x.cell] == 0; }));
    CHECK(fault(early, "zero", {by(0)}).empty());
    CHECK(fault(early, "zero", {by(0), by(0)}) == "'zero' is violated in step 1 of 2 already");
}
