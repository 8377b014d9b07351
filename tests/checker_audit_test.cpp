// SPDX-License-Identifier: GPL-2.0-only
// What a thread may forget: states that merge, and the audit that catches it when they must not.

#include "checker/audit.hpp"
#include "tests/checker_programs.hpp"

using namespace checker;
using namespace small;

TEST_CASE("a retry loop merges with a forget and not without", "[forget]") {
    for (const bool forgets : {true, false}) {
        Program program;
        const Mutex m = program.mutex("m");
        const auto a = program.var<int>("a");
        program.add_thread("holder", [=](Thread& t) {
            t.lock(m);
            t.store(a, 1);
            t.unlock(m);
        });
        program.add_thread("retries", [=](Thread& t) {
            for (unsigned tries = 0; tries < 4; ++tries) {
                if (forgets) t.forget("retry", tries);
                if (t.trylock(m)) {
                    t.unlock(m);
                    break;
                }
                (void)t.load(a);
            }
        });
        const SearchResult result = search_with(program, Strategy::stateful);
        CHECK(result.verdict == Verdict::holds);
        // Without it, what was loaded in each round tells states apart for good.
        CHECK(result.states == (forgets ? 34U : 64U));
        CHECK(search_with(program, Strategy::plain).states == result.states);
        CHECK(audit(program, 0).fault.empty());
    }
}

TEST_CASE("the audit catches a forget that leaves out a live value", "[audit]") {
    for (const bool lists_it : {true, false}) {
        Program program;
        const auto a = program.var<int>("a");
        const auto b = program.var<int>("b");
        program.add_thread("writes", [=](Thread& t) { t.store(a, 1), t.store(a, 2); });
        program.add_thread("reads", [=](Thread& t) {
            int seen = 0;
            for (int round = 0; round < 3; ++round) {
                if (lists_it)
                    t.forget("rounds", round, seen);
                else
                    t.forget("rounds", round);
                seen |= t.load(a);
            }
            t.store(b, seen);
        });
        const AuditResult result = audit(program, 0);
        CHECK(result.error.empty());
        CHECK(result.fault.empty() == lists_it);
        CHECK(result.complete == lists_it);
        if (lists_it) continue;
        CHECK_THAT(result.fault, Catch::StartsWith("thread 'reads' goes on in different ways after READ_ONCE"));
        CHECK_THAT(result.fault, Catch::Contains("in the loop 'rounds'"));
    }
}

TEST_CASE("the audit tells by its message alone which assertion fails, and looks beyond the first thread", "[audit]") {
    for (const bool lists_it : {true, false}) {
        Program program;
        const auto a = program.var<int>("a");
        // Always enabled, so that the steps of the other threads never come first.
        program.add_thread("loops", [=](Thread& t) {
            for (;;) {
                t.forget("again");
                (void)t.load(a);
            }
        });
        program.add_thread("writes", [=](Thread& t) { t.store(a, 1); });
        program.add_thread("fails", [=](Thread& t) {
            const int seen = t.load(a);
            if (lists_it)
                t.forget("rounds", seen);
            else
                t.forget("rounds");
            (void)t.choose(2);
            t.check(seen != 0, "seen is not zero");
            t.check(seen != 1, "seen is not one");
        });
        const AuditResult result = audit(program, 0);
        CHECK(result.error.empty());
        CHECK(result.fault.empty() == lists_it);
        if (!lists_it)
            CHECK_THAT(result.fault, Catch::StartsWith("thread 'fails' goes on in different ways after choose"));
    }
}

namespace {

struct Leak {
    Thread& thread;
    Var<int> a;
    int seen = 0;
};
/// Tells its caller something by another way than its result.
bool leak(Leak& context) {
    context.seen = context.thread.load(context.a);
    return true;
}
int give_back(Leak& context) { return context.thread.load(context.a); }

} // namespace

TEST_CASE("the audit catches a function that gives its caller more than its result", "[audit]") {
    for (const bool leaks : {true, false}) {
        Program program;
        const auto a = program.var<int>("a");
        const auto b = program.var<int>("b");
        program.add_thread("writes", [=](Thread& t) { t.store(a, 1); });
        program.add_thread("calls", [=](Thread& t) {
            Leak context{t, a};
            if (leaks)
                t.call<leak>(context);
            else
                context.seen = t.call<give_back>(context);
            (void)t.load(b);
            t.store(b, context.seen);
        });
        CHECK(audit(program, 0).fault.empty() == !leaks);
    }
}

namespace {

struct Spinning {
    Thread& thread;
    Mutex m;
};
void acquire(Spinning& context) {
    do context.thread.forget("acquire");
    while (!context.thread.trylock(context.m));
}

} // namespace

TEST_CASE(
    "a function that forgets is called by Thread::call: two plain calls in one frame look alike, as the audit tells",
    "[forget][audit]") {
    for (const bool has_frames : {true, false}) {
        Program program;
        const auto a = program.var<int>("a");
        const Mutex m = program.mutex("m");
        program.add_thread("t", [=](Thread& t) {
            Spinning context{t, m};
            for (int part = 0; part < 2; ++part) {
                if (has_frames)
                    t.call<acquire>(context);
                else
                    acquire(context);
                t.unlock(m);
            }
            t.store(a, 1);
        });
        program.add_property(always("a is zero", {a.cell}, equals(a, 0)));
        // Without frames the second trylock is taken for the first, and the store is never seen.
        const std::vector<std::string> found = names(search(program, {}));
        CHECK(found == std::vector<std::string>{has_frames ? "a is zero" : never_ends_property});
        const AuditResult result = audit(program, 0);
        CHECK(result.error.empty());
        CHECK(result.fault.empty() == has_frames);
        if (!has_frames) CHECK_THAT(result.fault, Catch::Contains("in the loop 'acquire'"));
    }
}

TEST_CASE("the audit sees as many states as the exact search, and can be cut short", "[audit]") {
    const Program program = counting(3, true);
    const AuditResult whole = audit(program, 0);
    CHECK(whole.complete);
    CHECK(whole.observed_states == search_with(program, Strategy::plain).states);
    CHECK(whole.raw_states >= whole.observed_states);
    const AuditResult part = audit(program, 10);
    CHECK_FALSE(part.complete);
    CHECK(part.fault.empty());
    CHECK(part.raw_states == 10);
}
