// SPDX-License-Identifier: GPL-2.0-only
// Data races on plain variables: what is one and what is none, how it is reported, and that a search finds one exactly where
// vector clocks, which order accesses by what happened before them, find one in some schedule.

#include "checker/counterexample.hpp"
#include "checker/trace_file.hpp"
#include "tests/checker_programs.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/happens_before.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/settings.hpp"

#include <catch2/catch.hpp>

using namespace checker;
using small::check_all;

namespace {

const std::vector<std::string> a_race{data_race_property};

void write_it(Thread& t, Plain<int> var) { t.write(var, 1); }
void read_it(Thread& t, Plain<int> var) { (void)t.read(var); }

/// A writer publishes by a flag; a reader looks at the flag first, or does not.
Program publishing(bool looks_first) {
    Program program;
    const auto data = program.plain<int>("data");
    const auto ready = program.var<bool>("ready");
    program.add_thread("writer", [=](Thread& t) {
        write_it(t, data);
        t.store(ready, true, "smp_store_release", Order::release);
    });
    program.add_thread("reader", [=](Thread& t) {
        if (!looks_first || t.load(ready, "smp_load_acquire", Order::acquire)) read_it(t, data);
    });
    return program;
}

} // namespace

TEST_CASE("two plain accesses of which one writes are a data race unless something orders them", "[race]") {
    check_all(publishing(true), Verdict::holds, {});
    check_all(publishing(false), Verdict::violated, a_race);
}

TEST_CASE("a lock, a wait and a reader-writer lock order plain accesses; a lock of one of the two does not", "[race]") {
    for (const bool both : {true, false}) {
        Program locked;
        const auto data = locked.plain<int>("data");
        const Mutex m = locked.mutex("m");
        for (const bool locks : {true, both}) {
            locked.add_thread("t", [=](Thread& t) {
                if (locks) t.lock(m);
                t.write(data, t.read(data) + 1);
                if (locks) t.unlock(m);
            });
        }
        check_all(locked, both ? Verdict::holds : Verdict::violated, both ? std::vector<std::string>{} : a_race);

        Program shared;
        const auto text = shared.plain<int>("text");
        const RwLock l = shared.rwlock("l");
        for (int reader = 0; reader < 2; ++reader) {
            shared.add_thread("reader", [=](Thread& t) {
                t.read_lock(l);
                read_it(t, text);
                t.read_unlock(l);
            });
        }
        shared.add_thread("writer", [=](Thread& t) {
            both ? t.write_lock(l) : t.read_lock(l);
            write_it(t, text);
            both ? t.write_unlock(l) : t.read_unlock(l);
        });
        check_all(shared, both ? Verdict::holds : Verdict::violated, both ? std::vector<std::string>{} : a_race);
    }

    Program waiting;
    const auto data = waiting.plain<int>("data");
    const auto done = waiting.var<bool>("done");
    waiting.add_thread("writer", [=](Thread& t) { write_it(t, data), t.store(done, true); });
    waiting.add_thread("reader", [=](Thread& t) {
        t.wait_until(
            "done", [](const View& view, Var<bool> is_done) { return view[is_done.cell] != 0; }, Where::here(), done);
        read_it(t, data);
    });
    check_all(waiting, Verdict::holds, {});
}

TEST_CASE("reads do not race with each other, nor accesses of different variables, nor of one thread", "[race]") {
    Program program;
    const auto shared = program.plain<int>("shared", 7);
    const auto own = std::array{program.plain<int>("own 0"), program.plain<int>("own 1")};
    const auto sum = std::array{program.var<int>("sum 0"), program.var<int>("sum 1")};
    for (unsigned n = 0; n < 2; ++n) {
        program.add_thread("t", [=](Thread& t) {
            t.write(own[n], t.read(shared));
            t.store(sum[n], t.read(own[n]) + t.read(shared));
        });
    }
    program.add_property(small::at_end(
        "all add up", {}, [=](const View& view) { return view[sum[0].cell] == 14 && view[sum[1].cell] == 14; }));
    check_all(program, Verdict::holds, {});
}

TEST_CASE("threads that begin with plain accesses race before the first step", "[race]") {
    Program program;
    const auto other = program.plain<int>("other");
    const auto data = program.plain<int>("data");
    program.add_thread("bystander", [=](Thread& t) { read_it(t, other); });
    program.add_thread("reader", [=](Thread& t) { read_it(t, data); });
    program.add_thread("writer", [=](Thread& t) { write_it(t, data); });
    check_all(program, Verdict::violated, a_race);
    const SearchResult result = search(program, {});
    CHECK(result.violations[0].schedule.empty());
    CHECK(result.violations[0].canonical);
    CHECK(replay(program, {}, data_race_property).violated == a_race);
}

TEST_CASE("a plain access races with a synchronised one of the same cell, whoever comes last", "[race]") {
    for (const bool plain_comes_last : {false, true}) {
        Program program;
        const auto data = program.plain<int>("data");
        const auto order = program.var<int>("order");
        const Var<int> synchronised{data.cell};
        program.add_thread("plain", [=](Thread& t) {
            if (plain_comes_last) t.store(order, 1);
            read_it(t, data);
        });
        program.add_thread("synchronised", [=](Thread& t) {
            if (!plain_comes_last) t.store(order, 1);
            t.store(synchronised, 1);
        });
        program.add_thread("another", [=](Thread& t) { (void)t.load(synchronised); });
        check_all(program, Verdict::violated, a_race);
    }
}

TEST_CASE("the report of a data race names the variable, the two threads and where they stand", "[race]") {
    const Program program = publishing(false);
    const SearchResult result = search(program, {});
    REQUIRE(result.violations.size() == 1);
    CHECK(result.violations[0].schedule.empty());
    const Replay replayed = replay(program, result.violations[0].schedule, data_race_property);
    CHECK(replayed.explanation == "data race on data: writer is about to write it (write in write_it, line 23), "
                                  "reader is about to read it (read in read_it, line 24), and nothing orders the two");
}

TEST_CASE("the shortest way to a data race is found, replayed and kept in a trace file", "[race][trace]") {
    Program program;
    const auto data = program.plain<int>("data");
    const auto turns = program.var<int>("turns");
    program.add_thread("counter", [=](Thread& t) {
        for (int i = 0; i < 3; ++i) t.add(turns, 1);
        write_it(t, data);
    });
    program.add_thread("looker", [=](Thread& t) {
        if (t.load(turns) >= 2) read_it(t, data);
    });
    check_all(program, Verdict::violated, a_race);
    const SearchResult result = search(program, {});
    const Violation& violation = result.violations.at(0);
    // Two turns, a look at them, and then the third.
    CHECK(violation.canonical);
    CHECK(violation.schedule.size() == 4);
    CHECK(violation.context_switches == 1);
    CHECK(counterexample_fault(program, violation).empty());

    const Replay replayed = replay(program, violation.schedule, data_race_property);
    CHECK(replayed.steps.back().violated == a_race);
    const TraceFile file{"a model", violation.property, {}, named_schedule(program, replayed)};
    const auto parsed = parse_trace(write_trace(file), "a model");
    REQUIRE(parsed);
    const auto bound = bind_schedule(program, parsed.value().schedule);
    REQUIRE(bound);
    CHECK(bound.value() == violation.schedule);
    CHECK(replay(program, bound.value(), parsed.value().property).violated == a_race);
}

TEST_CASE("threads that differ in nothing race with each other", "[race]") {
    for (const bool locks : {true, false}) {
        Program program;
        const auto data = program.plain<int>("data");
        const Mutex m = program.mutex("m");
        program.add_threads("t", 3, [=](Thread& t) {
            if (locks) t.lock(m);
            t.write(data, t.read(data) + 1);
            if (locks) t.unlock(m);
        });
        check_all(program, locks ? Verdict::holds : Verdict::violated, locks ? std::vector<std::string>{} : a_race);
    }
}

TEST_CASE("a plain variable that no program has made is an error", "[race]") {
    Program program;
    program.var<int>("no plain one");
    program.add_thread("t", [](Thread& t) { t.write(Plain<int>{}, 1); });
    for (const Engine engine : {Engine::automata, Engine::fibers, Engine::replay}) {
        const SearchResult result = search(program, {.engine = engine});
        CHECK(result.verdict == Verdict::error);
        CHECK(result.error.find("accesses a plain variable that Program::plain has not made") != std::string::npos);
    }
}

TEST_CASE("a search finds a data race exactly where vector clocks find one in some schedule", "[race][generated]") {
    const std::uint64_t count = generated::quick() ? 1'500 : 15'000;
    std::uint64_t compared = 0;
    std::uint64_t with_race = 0;
    std::uint64_t ordered = 0; ///< conflicting accesses, and no race
    std::uint64_t far_apart = 0;
    for (std::uint64_t seed = 7'000'000; seed < 7'000'000 + count; ++seed) {
        const generated::GeneratedProgram code =
            generated::generate(seed, {.plain_accesses = true, .steps = seed % 3 == 0 ? 10U : 8U});
        const Program program = generated::build(code);
        const generated::HappensBefore clocks = generated::race_by_vector_clocks(program, 20'000);
        if (!clocks.complete) continue;
        ++compared;
        with_race += clocks.race ? 1 : 0;
        ordered += clocks.conflict && !clocks.race ? 1 : 0;
        far_apart += clocks.race && !clocks.race_is_adjacent ? 1 : 0;
        for (const Strategy strategy : small::every_strategy) {
            const SearchResult result = search(program, {.strategy = strategy, .counterexamples = false});
            const std::vector<std::string> found = small::names(result);
            const bool races = std::find(found.begin(), found.end(), data_race_property) != found.end();
            INFO(generated::describe(code));
            REQUIRE(result.error.empty());
            REQUIRE(races == clocks.race);
        }
    }
    CAPTURE(compared, with_race, ordered, far_apart);
    CHECK(compared >= count * 9 / 10);
    CHECK(with_race >= compared / 10);
    CHECK(ordered >= compared / 50);
    CHECK(far_apart >= compared / 50);
}
