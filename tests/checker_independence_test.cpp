// SPDX-License-Identifier: GPL-2.0-only
// Merging of steps where a lock is not what it seems: in each program an update is lost although both threads lock, and a search
// that takes the lock for held would not see it. Generated programs hardly ever come to this.
#include "tests/checker_programs.hpp"

#include <algorithm>

using namespace small;

namespace {

void increment(Thread& t, Var<int> counter) { t.store(counter, t.load(counter) + 1); }

/// Two threads count, each once; `add_others` adds what comes between.
struct TwoCount {
    Program program;
    Mutex m = program.mutex("m");
    Var<int> counter = program.var<int>("counter");

    TwoCount() { program.add_property(at_end("both count", {counter.cell}, equals(counter, 2))); }

    void add_locked(const char* name) {
        program.add_thread(name, [lock = m, variable = counter](Thread& t) {
            t.lock(lock);
            increment(t, variable);
        });
    }
    void check_is_lost() const {
        const std::vector<std::string> expected = names(search_with(program, Strategy::plain));
        CHECK(std::count(expected.begin(), expected.end(), "both count") == 1);
        for (const bool commute : {true, false}) {
            for (const std::uint64_t order : {0UL, 1UL, 2UL, 3UL}) {
                const SearchResult result =
                    search(program, {.reductions = {.commute = commute}, .sibling_order_seed = order});
                CHECK(names(result) == expected);
            }
        }
    }
};

} // namespace

TEST_CASE("a lock that another thread releases is held by nobody", "[merging]") {
    TwoCount two;
    two.add_locked("first");
    two.add_locked("second");
    two.program.add_thread("releases", [m = two.m](Thread& t) {
        t.wait_until(
            "held", [](const View& view, CellId cell) { return view[cell] != 0; }, Where::here(), m.cell);
        t.unlock(m);
    });
    two.check_is_lost();
}

TEST_CASE("a lock whose bits are written to is held by nobody", "[merging]") {
    TwoCount two;
    two.add_locked("first");
    two.add_locked("second");
    SECTION("by a store") {
        two.program.add_thread("writes", [m = two.m](Thread& t) { t.store(Var<int>{m.cell}, 0); });
        two.check_is_lost();
    }
    SECTION("by clearing bits") {
        two.program.add_thread("writes", [m = two.m](Thread& t) { t.clear(Flag{m.cell, 3}); });
        two.check_is_lost();
    }
    SECTION("by an atomic") {
        two.program.add_thread("writes", [m = two.m](Thread& t) {
            t.atomic(
                "release", [](Cells& cells, CellId cell) { cells.set(cell, 0); }, Where::here(), m.cell);
        });
        two.check_is_lost();
    }
}

TEST_CASE("a lock is held where it is held on every way there", "[merging]") {
    Program program;
    const Mutex m = program.mutex("m");
    const auto tried = program.var<bool>("tried");
    const auto counter = program.var<int>("counter");
    program.add_thread("tries", [=](Thread& t) {
        (void)t.trylock(m);
        t.store(tried, true);
        t.forget("whether it was got");
        increment(t, counter);
    });
    // Comes in between only where the lock was not got, and was released since.
    program.add_thread("locks", [=](Thread& t) {
        t.wait_until(
            "tried", [](const View& view, CellId cell) { return view[cell] != 0; }, Where::here(), tried.cell);
        t.lock(m);
        t.add(counter, 10);
    });
    program.add_thread("holds for a while", [=](Thread& t) { t.lock(m), t.unlock(m); });
    program.add_property(at_end("both count", {counter.cell}, equals(counter, 11)));
    check_all(program, Verdict::violated, {"both count", deadlock_property});
}

TEST_CASE("a lock that an atomic takes is held", "[merging]") {
    TwoCount two;
    two.program.add_thread("takes", [m = two.m, counter = two.counter](Thread& t) {
        const bool got = t.atomic(
            "take", [](Cells& cells, CellId cell) { return cells.get(cell) == 0 && (cells.set(cell, 1), true); },
            Where::here(), m.cell);
        if (!got) return;
        increment(t, counter);
        t.unlock(m);
    });
    two.program.add_thread("locks", [m = two.m, counter = two.counter](Thread& t) {
        t.lock(m);
        increment(t, counter);
        t.unlock(m);
    });
    // Where it is not got, only one counts; no update is lost.
    const SearchResult merged = search(two.program, {});
    const SearchResult whole = search(two.program, {.reductions = Reductions::none()});
    CHECK(names(merged) == names(whole));
    CHECK(merged.states == 6);
    CHECK(whole.states == 20);
}
