// SPDX-License-Identifier: GPL-2.0-only
// Fibers and the two ways back: stepping and undoing in any order leads to the same states as running there afresh, threads own
// nothing that undo would miss.

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/replay_execution.hpp"
#include "checker/thread.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <new>

using namespace checker;

// Traps allocation on a fiber: what is on the heap, undo does not know about.
namespace {
bool allocation_is_trapped = false;
int allocations_trapped = 0;
} // namespace

void* operator new(std::size_t bytes) {
    if (allocation_is_trapped && Fiber::running() != nullptr) ++allocations_trapped;
    if (void* const memory = std::malloc(bytes)) return memory;
    throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }
// Not inlined, or GCC would see a free() of what it knows to come from operator new, and warn.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace {

Step by(unsigned thread, unsigned choice = 0) {
    return {ThreadId{static_cast<std::uint8_t>(thread)}, static_cast<std::uint16_t>(choice)};
}

/// Everything that may be asked of a state.
struct Snapshot {
    Word enabled = 0;
    Hash128 fingerprint;
    std::vector<Word> cells;
    std::vector<std::string> pending;
    friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

template <class E>
Snapshot snapshot(E& execution, const Program& program) {
    Snapshot now;
    now.enabled = execution.enabled();
    now.fingerprint = execution.fingerprint();
    for (unsigned cell = 0; cell < program.cells().size(); ++cell)
        now.cells.push_back(execution.view()[CellId{static_cast<std::uint16_t>(cell)}]);
    for (unsigned thread = 0; thread < program.threads().size(); ++thread) {
        const Operation& op = execution.pending(ThreadId{static_cast<std::uint8_t>(thread)});
        std::string text = std::to_string(static_cast<int>(op.kind)) + " " + std::to_string(op.cell.index) + " " +
                           std::to_string(op.value) + " " + op.label + " " + std::to_string(op.where.line);
        for (unsigned at = 0; at < op.argument_count; ++at) text += " " + std::to_string(op.arguments[at]);
        now.pending.push_back(text);
    }
    return now;
}

int sum_of(Thread& t, Var<int> a, Var<int> b) {
    const int first = t.load(a);
    return first + t.load(b);
}

struct Pair {
    Thread& thread;
    Var<int> a;
    Var<int> b;
};
int sum(Pair& pair) { return sum_of(pair.thread, pair.a, pair.b); }

/// A bit of everything: calls, locks, a retry loop, waits, choices, operations with arguments, values kept in locals.
struct Medley {
    Program program;
    Var<int> a = program.var<int>("a", 1);
    Var<int> b = program.var<int>("b", 2);
    Mutex lock = program.mutex("lock");

    Medley() {
        program.add_thread("adds", [a = a, b = b, lock = lock](Thread& t) {
            Pair pair{t, a, b};
            const int both = t.call<sum>(pair);
            t.lock(lock);
            t.store(a, both);
            t.unlock(lock);
            t.add(b, both);
        });
        program.add_thread("chooses", [a = a, b = b](Thread& t) {
            const unsigned chosen = t.choose(3);
            t.atomic(
                "swap",
                [](Cells& cells, Var<int> x, Var<int> y, unsigned extra) {
                    const Word old = cells.get(x.cell);
                    cells.set(x.cell, cells.get(y.cell) + extra);
                    cells.set(y.cell, old);
                },
                Where::here(), a, b, chosen);
        });
        program.add_thread("retries", [a = a, lock = lock](Thread& t) {
            for (unsigned tries = 0; tries < 2; ++tries) {
                t.forget("retry", tries);
                if (!t.trylock(lock)) continue;
                t.store(a, static_cast<int>(tries) + 10);
                t.unlock(lock);
                break;
            }
            t.wait_until(
                "a is large",
                [](const View& view, Var<int> var, int least) { return from_word<int>(view[var.cell]) >= least; },
                Where::here(), a, 3);
            t.check(t.load(a) != 12, "a is never twelve");
        });
    }
};

/// Any step that is possible, and a random bit.
template <class E>
Step some_step(E& execution, std::uint64_t random) {
    Word enabled = execution.enabled();
    for (auto skip = random % static_cast<unsigned>(__builtin_popcountll(enabled)); skip > 0; --skip)
        enabled &= enabled - 1;
    const ThreadId thread{static_cast<std::uint8_t>(__builtin_ctzll(enabled))};
    return {thread, static_cast<std::uint16_t>((random >> 32) % execution.choices(thread))};
}

/// Steps and undoes at random and compares every state with the one that fresh stacks arrive at.
template <class E>
void wander(const Program& program, std::uint64_t seed) {
    E execution(program, {});
    Schedule schedule;
    for (int move = 0; move < 300; ++move) {
        const std::uint64_t random = mix(seed += 0x9e3779b97f4a7c15ULL);
        const bool stuck = execution.enabled() == 0;
        if (stuck || (random % 5 < 2 && !schedule.empty())) {
            for (auto back = 1 + random % schedule.size(); back > 0; --back) {
                execution.undo();
                schedule.pop_back();
            }
        } else {
            schedule.push_back(some_step(execution, mix(random)));
            execution.step(schedule.back());
        }
        ReplayExecution fresh(program, {});
        for (const Step step : schedule) fresh.step(step);
        REQUIRE(execution.depth() == schedule.size());
        REQUIRE(snapshot(execution, program) == snapshot(fresh, program));
    }
}

} // namespace

TEST_CASE("a fiber runs until it suspends, and its stack can be put back to go on from there again", "[fiber]") {
    struct Shared {
        Fiber fiber;
        std::vector<int> seen;
    } shared;
    shared.seen.reserve(16);
    shared.fiber.start(
        [](void* argument) {
            auto& [fiber, seen] = *static_cast<Shared*>(argument);
            for (int i = 1;; i *= 2) {
                seen.push_back(i);
                fiber.suspend();
            }
        },
        &shared);
    shared.fiber.resume();
    shared.fiber.resume();
    CHECK(shared.seen == std::vector<int>{1, 2});
    CHECK(shared.fiber.used_bytes() < 4096);
    CHECK_FALSE(shared.fiber.has_overflowed());
    CHECK(Fiber::running() == nullptr);
    if constexpr (Fiber::can_roll_back) {
        std::vector<std::byte> image(shared.fiber.used_bytes());
        shared.fiber.save(image.data());
        shared.fiber.resume();
        shared.fiber.resume();
        CHECK(shared.seen == std::vector<int>{1, 2, 4, 8});
        shared.fiber.restore(image.data(), image.size());
        shared.fiber.resume();
        CHECK(shared.seen == std::vector<int>{1, 2, 4, 8, 4});
    }
}

TEST_CASE("undo and replay lead back to the very states that fresh stacks arrive at", "[execution]") {
    const Medley medley;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        wander<ReplayExecution>(medley.program, seed);
        if constexpr (Fiber::can_roll_back) wander<FiberExecution>(medley.program, seed);
        wander<AutomataExecution>(medley.program, seed);
    }
}

TEST_CASE("threads allocate nothing", "[execution]") {
    const Medley medley;
    ReplayExecution execution(medley.program, {});
    allocation_is_trapped = true;
    allocations_trapped = 0;
    std::uint64_t random = 5;
    while (execution.enabled() != 0) execution.step(some_step(execution, random = mix(random + 1)));
    allocation_is_trapped = false;
    CHECK(allocations_trapped == 0);
}

TEST_CASE("the trap of allocations on a fiber works", "[execution]") {
    Program program;
    const auto a = program.var<std::size_t>("a");
    program.add_thread("allocates", [=](Thread& t) {
        const std::string text(100, 'x');
        t.store(a, text.size());
    });
    ReplayExecution execution(program, {});
    allocation_is_trapped = true;
    allocations_trapped = 0;
    execution.step(by(0));
    execution.undo();
    (void)execution.enabled();
    allocation_is_trapped = false;
    CHECK(allocations_trapped == 1);
    execution.step(by(0));
}

TEST_CASE("what a step raised: violated, reached and failed", "[execution]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto is = [=](int value) { return [=](const View& view) { return from_word<int>(view[a.cell]) == value; }; };
    program.add_property({"stays zero", PropertyKind::always, {a.cell}, is(0), nullptr});
    program.add_property({"becomes two", PropertyKind::sometimes, {a.cell}, is(2), nullptr});
    program.add_property({"ends at three", PropertyKind::at_end, {a.cell}, is(3), nullptr});
    program.add_thread("t", [=](Thread& t) {
        t.store(a, 1);
        t.store(a, 2);
    });
    program.add_thread("u", [=](Thread& t) { t.check(t.load(a) == 0, "zero"); });
    ReplayExecution execution(program, {});
    CHECK(execution.raised().violated == 0);
    execution.step(by(0));
    CHECK(execution.raised().violated == 1);
    CHECK(execution.raised().reached == 0);
    execution.step(by(0));
    CHECK(execution.raised().violated == 1);
    CHECK(execution.raised().reached == 2);
    execution.step(by(1));
    CHECK(execution.raised().violated == 0);
    CHECK(execution.raised().failed == 2);
    CHECK(std::string(execution.pending(ThreadId{1}).label) == "zero");
    CHECK(execution.enabled() == 0);
    CHECK(execution.ending() == Ending::failed);
    CHECK(execution.violated_at_end() == 4);
    execution.undo();
    CHECK(execution.status(ThreadId{0}) == ThreadStatus::finished);
    CHECK(execution.status(ThreadId{1}) == ThreadStatus::running);
}

TEST_CASE("the seed enters the fingerprint of threads as well as of cells", "[execution]") {
    Program program;
    program.add_thread("chooses", [](Thread& t) { t.choose(2); });
    const Hash128 one = ReplayExecution(program, {.seed = 1}).fingerprint();
    CHECK(one == ReplayExecution(program, {.seed = 1}).fingerprint());
    CHECK(one.low != ReplayExecution(program, {.seed = 2}).fingerprint().low);
    CHECK(one.high != ReplayExecution(program, {.seed = 2}).fingerprint().high);
}

TEST_CASE("states in which finished threads have seen different things are one", "[execution]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread("reads", [=](Thread& t) { (void)t.load(a); });
    program.add_thread("writes", [=](Thread& t) {
        t.store(a, 1);
        t.store(a, 2);
    });
    ReplayExecution early(program, {});
    for (const Step step : {by(0), by(1), by(1)}) early.step(step);
    ReplayExecution late(program, {});
    for (const Step step : {by(1), by(1), by(0)}) late.step(step);
    CHECK(early.fingerprint() == late.fingerprint());
}

TEST_CASE("where a known step leads is told without going there, but not that an assertion fails", "[execution]") {
    Program program;
    const auto value = program.var<int>("value");
    program.add_thread("chooser", [=](Thread& t) { t.store(value, static_cast<int>(t.choose(2))); });
    program.add_thread("failing", [=](Thread& t) { t.check(t.load(value) != 0, "zero"); });
    AutomataExecution execution(program, MachineSettings{});
    const auto learn = [&](Step step) {
        CHECK_FALSE(execution.fingerprint_after(step));
        execution.step(step);
        const Hash128 fingerprint = execution.fingerprint();
        execution.undo();
        return fingerprint;
    };
    const Hash128 before = execution.fingerprint();
    const Hash128 zero = learn(by(0, 0));
    const Hash128 one = learn(by(0, 1));
    REQUIRE(execution.fingerprint_after(by(0, 0)));
    CHECK(*execution.fingerprint_after(by(0, 0)) == zero);
    CHECK(*execution.fingerprint_after(by(0, 1)) == one);
    learn(by(1));
    CHECK_FALSE(execution.fingerprint_after(by(1)));
    CHECK(execution.fingerprint() == before);
    CHECK(execution.depth() == 0);
}

TEST_CASE("a call's observations merge into its result", "[execution]") {
    Program program;
    const auto a = program.var<int>("a", 1);
    const auto b = program.var<int>("b", 1);
    program.add_thread("reads", [=](Thread& t) {
        Pair pair{t, a, b};
        (void)t.call<sum>(pair);
        t.store(a, 0);
    });
    program.add_thread("moves", [=](Thread& t) {
        t.add(b, -1);
        t.add(a, 1);
        t.store(a, 2);
        t.store(b, 0);
    });
    // The sum is two either way: of one and one, or of two and zero.
    ReplayExecution early(program, {});
    for (const Step step : {by(0), by(0), by(1), by(1), by(1), by(1)}) early.step(step);
    ReplayExecution late(program, {});
    for (const Step step : {by(1), by(1), by(1), by(1), by(0), by(0)}) late.step(step);
    CHECK(early.fingerprint() == late.fingerprint());
    ReplayExecution other(program, {});
    for (const Step step : {by(0), by(1), by(0), by(1), by(1), by(1)}) other.step(step);
    CHECK(early.fingerprint() != other.fingerprint());
}

TEST_CASE("a breakpoint stops its thread at each entry of the function and changes nothing", "[execution]") {
    Medley medley;
    medley.program.break_at(ThreadId{0}, "sum");
    ReplayExecution execution(medley.program, {});
    CHECK(execution.pending(ThreadId{0}).kind == OpKind::breakpoint);
    CHECK(std::string(execution.pending(ThreadId{0}).label) == "sum");
    execution.step(by(0));
    CHECK(execution.pending(ThreadId{0}).kind == OpKind::load);
    CHECK(std::string(execution.pending(ThreadId{0}).where.function) == "sum_of");
}

TEST_CASE("small variables wrap round within their own width", "[execution]") {
    Program program;
    const auto a = program.var<std::uint8_t>("a", 255);
    const auto b = program.var<int>("b", 0);
    program.add_thread("t", [=](Thread& t) {
        t.check(t.add_return(a, 1) == 0, "wraps");
        t.check(t.add_return(b, -1) == -1, "goes below zero");
        t.check(t.compare_exchange(b, -1, 7) == -1, "compares negative values");
        t.add(b, -9);
    });
    program.add_property({"canonical",
                          PropertyKind::at_end,
                          {a.cell, b.cell},
                          [=](const View& view) { return view[a.cell] == 0 && view[b.cell] == to_word(-2); },
                          nullptr});
    CHECK(search(program, {}).verdict == Verdict::holds);
}
