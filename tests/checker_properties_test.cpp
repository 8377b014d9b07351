// SPDX-License-Identifier: GPL-2.0-only
// Properties of all kinds, deadlock and assertions: when they are looked at and what violates them, in every strategy.

#include "tests/checker_programs.hpp"

using namespace checker;
using namespace small;

TEST_CASE("a daemon need not finish, any other thread must", "[at-end]") {
    for (const bool daemon : {true, false}) {
        Program program;
        const auto work = program.var<int>("work");
        const auto done = program.var<int>("done");
        program.add_thread(
            "worker",
            [=](Thread& t) {
                for (;;) {
                    t.forget("next");
                    t.wait_until(
                        "work", [](const View& view, Var<int> w) { return view[w.cell] != 0; }, Where::here(), work);
                    t.store(work, 0);
                    t.add(done, 1);
                }
            },
            daemon);
        program.add_thread("user", [=](Thread& t) { t.store(work, 1); });
        program.add_property(at_end("done once", {done.cell}, equals(done, 1)));
        if (daemon)
            check_all(program, Verdict::holds, {});
        else
            check_all(program, Verdict::violated, {deadlock_property});
    }
}

TEST_CASE("what a complete search never reached is a violation, of an incomplete one nothing is said", "[sometimes]") {
    Program program = independent(2, 6);
    const Var<int> first{CellId{0}};
    program.add_property(sometimes("reached", {first.cell}, equals(first, 6)));
    program.add_property(sometimes("initially", {first.cell}, equals(first, 0)));
    program.add_property(sometimes("unreachable", {first.cell}, equals(first, 7)));
    for (const Strategy strategy : every_strategy) {
        const SearchResult result = search_with(program, strategy);
        CHECK(result.verdict == Verdict::violated);
        CHECK(result.violations.empty());
        CHECK(result.never_reached == std::vector<std::string>{"unreachable"});
        const SearchResult cut =
            search(program, {.strategy = strategy, .reductions = Reductions::none(), .max_states = 5});
        CHECK(cut.verdict == Verdict::inconclusive);
        CHECK(cut.never_reached.empty());
    }
}

TEST_CASE("a failed assertion stops its thread only, and what waits for it is no deadlock", "[assertion]") {
    Program program;
    const auto a = program.var<int>("a");
    const Mutex m = program.mutex("m");
    program.add_thread("fails", [=](Thread& t) {
        t.lock(m);
        t.check(t.load(a) == 0, "a is zero");
        t.unlock(m);
    });
    program.add_thread("goes on", [=](Thread& t) {
        t.store(a, 1);
        t.store(a, 2);
        t.check(t.load(a) != 2, "a is not two");
    });
    program.add_thread("waits", [=](Thread& t) { t.lock(m), t.unlock(m); });
    check_all(program, Verdict::violated, {"assertion: a is not two", "assertion: a is zero"});
}

TEST_CASE("assertions before the first step belong to the initial state", "[assertion]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread("one", [](Thread& t) { t.check(false, "first"); });
    program.add_thread("two", [](Thread& t) { t.check(false, "second"); });
    program.add_thread("three", [=](Thread& t) { t.store(a, 1); });
    check_all(program, Verdict::violated, {"assertion: first", "assertion: second"});
    CHECK(search(program, {}).violations[0].schedule.empty());
}

TEST_CASE("an always-property is looked at initially and whenever its footprint changes", "[always]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto b = program.var<int>("b");
    program.add_thread("t", [=](Thread& t) { t.store(a, 1), t.store(b, 1), t.store(a, 0); });
    program.add_property(always("initially false", {a.cell}, equals(a, 5)));
    program.add_property(always("false for one step", {a.cell, b.cell},
                                [=](const View& view) { return view[a.cell] == 0 || view[b.cell] == 0; }));
    program.add_property(always("of all cells", {}, equals(b, 0)));
    check_all(program, Verdict::violated, {"false for one step", "initially false", "of all cells"});
    const SearchResult result = search(program, {});
    CHECK(result.violations[0].schedule.size() == 2);
    CHECK(result.violations[1].schedule.empty());
}
