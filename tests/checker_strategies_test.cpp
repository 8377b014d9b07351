// SPDX-License-Identifier: GPL-2.0-only
// The strategies on programs small enough to be counted by hand or by a formula: exact numbers of executions and states, and
// verdicts.

#include "checker/audit.hpp"
#include "tests/checker_programs.hpp"

using namespace checker;
using namespace small;

TEST_CASE("two threads of k independent steps have as many executions as there are ways to merge them", "[naive]") {
    for (unsigned steps = 1; steps <= 8; ++steps) {
        const SearchResult naive = search_with(independent(2, steps), Strategy::naive);
        CHECK(naive.executions == binomial(2UL * steps, steps));
        CHECK(naive.max_depth == 2UL * steps);
        // Each node is one beginning of a merge: i steps of one thread and j of the other, in any order.
        std::uint64_t nodes = 0;
        for (unsigned i = 0; i <= steps; ++i)
            for (unsigned j = 0; j <= steps; ++j) nodes += binomial(i + j, i);
        CHECK(naive.states == nodes);
        CHECK(naive.transitions == nodes - 1);
    }
}

TEST_CASE("independent threads have a grid of states", "[plain][stateful]") {
    for (const Strategy strategy : with_memory) {
        const SearchResult result = search_with(independent(3, 4), strategy);
        CHECK(result.verdict == Verdict::holds);
        CHECK(result.states == 5UL * 5 * 5);
        CHECK(result.transitions == 3UL * 4 * 5 * 5);
        CHECK(result.executions == 1);
        CHECK(result.max_depth == 12);
    }
}

TEST_CASE("a section under a lock is no interleaving point, and threads that are alike are counted", "[reductions]") {
    const auto states = [](const Program& program, const Reductions& reductions) {
        const SearchResult result = search(program, {.reductions = reductions});
        CHECK(result.verdict == Verdict::holds);
        return result.states;
    };
    // Any set of finished threads, but those where the one that is left goes on alone.
    CHECK(states(counting(3, true), {}) == 8 - 3);
    Program alike;
    const auto counter = alike.var<int>("counter");
    const Mutex m = alike.mutex("m");
    alike.add_threads("t", 3, [=](Thread& t) { lock_increment_unlock(t, m, counter); });
    alike.add_property(at_end("all are counted", {counter.cell}, equals(counter, 3)));
    CHECK(states(alike, {.symmetry = false}) == 8 - 3);
    CHECK(states(alike, {}) == 4 - 1);
    CHECK(states(alike, Reductions::none()) == 8 + 3 * 3 * 4);
    // Zero to three finished, and one of those left inside after 1, 2 or 3 steps.
    CHECK(states(alike, {.choose = false, .merge = false, .commute = false}) == 4 + 3 * 3);
    // Private variables: nothing interleaves at all.
    CHECK(states(independent(3, 4), {}) == 1);
}

TEST_CASE("of threads that are alike and in the same place one steps for all", "[reductions]") {
    constexpr Reductions symmetry_only{.choose = false, .merge = false, .commute = false, .symmetry = true};
    Program program;
    const auto first = program.var<int>("first");
    const auto second = program.var<int>("second");
    program.add_threads("t", 4, [=](Thread& t) {
        t.add(first, 1);
        t.add(second, 1);
    });
    program.add_thread("other", [=](Thread& t) { t.add(first, 1); });
    for (const Engine engine : {Engine::automata, Engine::fibers, Engine::replay}) {
        const SearchResult result = search(program, {.engine = engine, .reductions = symmetry_only});
        CHECK(result.verdict == Verdict::holds);
        // So many of four have done no step, so many one, the rest both; and the other one has stepped or not.
        CHECK(result.states == 2 * binomial(4 + 2, 2));
        // Where one of the four is before its first step, or before its second, the other three may be anywhere.
        CHECK(result.transitions == 4 * binomial(3 + 2, 2) + binomial(4 + 2, 2));
        // The four have 15 places each way, 4 * 15 in all, of which a third is before either step: so many steps were there.
        CHECK(result.gains.alike_steps_left_out == 4UL * (4 * 15 / 3 - 10));
    }
    const SearchResult unreduced = search(program, {.reductions = Reductions::none()});
    CHECK(unreduced.states == 2UL * 3 * 3 * 3 * 3);
    CHECK(unreduced.gains.alike_steps_left_out == 0);
}

TEST_CASE("updates that return nothing commute if nobody looks", "[reductions]") {
    for (const bool is_looked_at : {false, true}) {
        Program program;
        const auto counter = program.var<int>("counter");
        for (int thread = 0; thread < 3; ++thread)
            program.add_thread("t" + std::to_string(thread), [=](Thread& t) { t.add(counter, 1); });
        if (is_looked_at) program.add_property(always("small", {counter.cell}, [](const View&) { return true; }));
        const auto states = [&](bool commute) { return search(program, {.reductions = {.commute = commute}}).states; };
        CHECK(states(true) == (is_looked_at ? 8 - 3 : 1));
        CHECK(states(false) == 8 - 3);
    }
}

TEST_CASE("a thread that is one of several alike cannot ask who it is", "[reductions]") {
    Program program;
    const auto a = program.var<unsigned>("a");
    program.add_threads("t", 2, [=](Thread& t) { t.store(a, t.id().index); });
    for (const Strategy strategy : every_strategy) {
        const SearchResult result = search(program, {.strategy = strategy});
        CHECK(result.verdict == Verdict::error);
        CHECK_THAT(result.error, Catch::Contains("it asks for its id"));
    }
}

TEST_CASE("three threads under a lock: each order of sections is one execution", "[strategies]") {
    const Program program = counting(3, true);
    check_all(program, Verdict::holds, {});
    CHECK(search_with(program, Strategy::naive).executions == 6);
    CHECK(search_with(program, Strategy::naive).states == 61);
    // Nobody inside: any set of finished threads, 8; one of three inside after 1, 2 or 3 steps, the others finished or not.
    CHECK(search_with(program, Strategy::plain).states == 8 + 3 * 3 * 4);
    CHECK(search_with(program, Strategy::stateful).states == 8 + 3 * 3 * 4);
}

TEST_CASE("a lost update is found, and with stores instead of additions only", "[strategies]") {
    const Program program = counting(2, false);
    check_all(program, Verdict::violated, {"all are counted"});
    CHECK(search_with(program, Strategy::naive).executions == binomial(4, 2));
    CHECK(search(program, {}).violations[0].schedule.size() == 4);

    Program adding;
    const auto counter = adding.var<int>("counter");
    for (int thread = 0; thread < 2; ++thread) adding.add_thread("t", [=](Thread& t) { t.add(counter, 1); });
    adding.add_property(at_end("all are counted", {counter.cell}, equals(counter, 2)));
    check_all(adding, Verdict::holds, {});
}

TEST_CASE("assertions that fail by different messages are all reported, though the state after them is one",
          "[strategies]") {
    Program program;
    const auto seen = program.var<int>("seen");
    program.add_thread("writer", [=](Thread& t) { t.store(seen, 1); });
    program.add_thread("reader", [=](Thread& t) {
        if (t.load(seen) == 0)
            t.check(false, "too early");
        else
            t.check(false, "too late");
    });
    check_all(program, Verdict::violated, {"assertion: too early", "assertion: too late"});
    SearchOptions options;
    options.reductions = Reductions::none();
    CHECK(search(program, options).violations.size() == 2);
}

TEST_CASE("two locks taken in opposite orders deadlock, in the same order they do not", "[deadlock]") {
    for (const bool opposite : {true, false}) {
        Program program;
        const Mutex m = program.mutex("m");
        const Mutex n = program.mutex("n");
        program.add_thread("t", [=](Thread& t) {
            t.lock(m), t.lock(n);
            t.unlock(n), t.unlock(m);
        });
        program.add_thread("u", [=](Thread& t) {
            t.lock(opposite ? n : m), t.lock(opposite ? m : n);
            t.unlock(n), t.unlock(m);
        });
        if (opposite)
            check_all(program, Verdict::violated, {deadlock_property});
        else
            check_all(program, Verdict::holds, {});
    }
}

TEST_CASE("a trylock that fails takes the other branch and never blocks", "[strategies]") {
    Program program;
    const Mutex m = program.mutex("m");
    const auto failures = program.var<int>("failures");
    for (int thread = 0; thread < 2; ++thread) {
        program.add_thread("t", [=](Thread& t) {
            if (t.trylock(m))
                t.unlock(m);
            else
                t.add(failures, 1);
        });
    }
    program.add_property(sometimes("one fails", {failures.cell}, equals(failures, 1)));
    program.add_property(
        always("not both", {failures.cell}, [=](const View& view) { return from_word<int>(view[failures.cell]) < 2; }));
    check_all(program, Verdict::holds, {});
    CHECK(search_with(program, Strategy::naive).executions == 6);
}

TEST_CASE("readers are inside together, a writer is alone", "[strategies]") {
    Program program;
    const RwLock lock = program.rwlock("lock");
    const auto readers = program.var<int>("readers");
    const auto writers = program.var<int>("writers");
    for (int thread = 0; thread < 2; ++thread) {
        program.add_thread("reader", [=](Thread& t) {
            t.read_lock(lock);
            t.add(readers, 1), t.add(readers, -1);
            t.read_unlock(lock);
        });
    }
    program.add_thread("writer", [=](Thread& t) {
        t.write_lock(lock);
        t.add(writers, 1), t.add(writers, -1);
        t.write_unlock(lock);
    });
    program.add_property(sometimes("both readers", {readers.cell}, equals(readers, 2)));
    program.add_property(sometimes("the writer", {writers.cell}, equals(writers, 1)));
    program.add_property(always("not both", {readers.cell, writers.cell},
                                [=](const View& view) { return view[readers.cell] == 0 || view[writers.cell] == 0; }));
    check_all(program, Verdict::holds, {});
}

TEST_CASE("a sequence count keeps readers from using what is half written; without its retry they do", "[strategies]") {
    for (const bool retries : {true, false}) {
        Program program;
        const SeqCount count = program.seqcount("count");
        const auto a = program.var<int>("a");
        const auto b = program.var<int>("b");
        program.add_thread("writer", [=](Thread& t) {
            t.write_seqcount_begin(count);
            t.store(a, 1), t.store(b, 1);
            t.write_seqcount_end(count);
        });
        program.add_thread("reader", [=](Thread& t) {
            for (;;) {
                t.forget("retry");
                const Word start = t.read_seqcount(count);
                const int first = t.load(a);
                const int second = t.load(b);
                if (retries && ((start & 1) != 0 || t.read_seqcount_retry(count, start))) continue;
                t.check(first == second, "consistent");
                break;
            }
        });
        const Verdict verdict = retries ? Verdict::holds : Verdict::violated;
        for (const Strategy strategy : with_memory) CHECK(search_with(program, strategy).verdict == verdict);
        CHECK(audit(program, 0).fault.empty());
    }
}

TEST_CASE("a wait blocks until its condition holds, and for ever if nobody makes it hold", "[strategies]") {
    for (const int value : {1, 2}) {
        Program program;
        const auto flag = program.var<int>("flag");
        const auto data = program.var<int>("data");
        program.add_thread("producer", [=](Thread& t) {
            t.store(data, 7);
            t.store(flag, value);
        });
        program.add_thread("consumer", [=](Thread& t) {
            t.wait_until(
                "flag", [](const View& view, Var<int> f) { return view[f.cell] == 1; }, Where::here(), flag);
            t.check(t.load(data) == 7, "data is there");
        });
        if (value == 1)
            check_all(program, Verdict::holds, {});
        else
            check_all(program, Verdict::violated, {deadlock_property});
        CHECK(search_with(program, Strategy::naive).executions == 1);
    }
}

TEST_CASE("every value of a choose is explored", "[choose]") {
    Program program;
    const auto a = program.var<unsigned>("a");
    program.add_thread("t", [=](Thread& t) {
        const unsigned first = t.choose(5);
        t.store(a, first * 10 + t.choose(3));
    });
    for (unsigned value = 0; value < 5; ++value) {
        program.add_property(sometimes("choice " + std::to_string(value), {a.cell},
                                       [=](const View& view) { return view[a.cell] == value * 10 + 2; }));
    }
    check_all(program, Verdict::holds, {});
    CHECK(search_with(program, Strategy::naive).executions == 15);
    CHECK(search_with(program, Strategy::stateful).states == 1 + 5 + 15 + 15);
    CHECK(search_with(program, Strategy::stateful).executions == 15);
}

TEST_CASE("a choose among one is no step, and one among as many as a step can say works", "[choose]") {
    Program program;
    const auto a = program.var<unsigned>("a");
    program.add_thread("t", [=](Thread& t) { t.store(a, t.choose(1) + t.choose(65'536)); });
    program.add_property(sometimes("the last", {a.cell}, [=](const View& view) { return view[a.cell] == 65'535; }));
    const SearchResult result = search(program, {});
    CHECK(result.verdict == Verdict::holds);
    CHECK(result.executions == 65'536);
    CHECK(result.max_depth == 2);
}

TEST_CASE("the default strategy does not interleave a choose with other threads, the oracles do", "[choose]") {
    Program program;
    const auto a = program.var<unsigned>("a");
    const auto b = program.var<unsigned>("b");
    program.add_thread("chooses", [=](Thread& t) {
        t.store(a, 1);
        t.store(a, 2 + t.choose(2));
    });
    program.add_thread("stores", [=](Thread& t) { t.store(b, 1), t.store(b, 2), t.store(b, 3); });
    const SearchResult plain = search(program, {.strategy = Strategy::plain, .collect_final_states = true});
    const SearchResult stateful =
        search(program, {.strategy = Strategy::stateful, .reductions = {.merge = false}, .collect_final_states = true});
    // Of the chooser's states - before, at the choose, chosen twice, ended twice - all go with each of the other's four.
    CHECK(plain.states == 6UL * 4);
    CHECK(stateful.states == 6UL * 4);
    CHECK(plain.transitions == 4 * (1 + 2 + 2) + 6 * 3);
    // Where the choose is pending, the other thread waits its turn.
    CHECK(stateful.transitions == 4 * (1 + 2 + 2) + 5 * 3);
    CHECK(stateful.final_states == plain.final_states);
}

TEST_CASE("every value is explored among threads whose steps are known to lead nowhere new", "[choose]") {
    Program program;
    const auto chosen = program.var<Word>("chosen");
    const auto spinning = [=](Thread& t) {
        for (;;) {
            t.forget("spinning");
            t.load(chosen);
        }
    };
    program.add_thread("before", spinning, true);
    program.add_thread("chooser", [=](Thread& t) {
        const Word first = t.choose(2);
        const Word second = t.choose(2);
        t.store(chosen, 2 * first + second);
    });
    program.add_thread("after", spinning, true);
    SearchOptions options;
    options.reductions = Reductions::none();
    CHECK(search(program, options).states == search_with(program, Strategy::plain).states);
}

TEST_CASE("a loop that only chooses does not put other threads off for ever", "[choose]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread("loops", [=](Thread& t) {
        for (;;) {
            t.forget("again");
            (void)t.choose(2);
            (void)t.choose(2);
        }
    });
    program.add_thread("stores", [=](Thread& t) { t.store(a, 1); });
    program.add_property(always("stays zero", {a.cell}, equals(a, 0)));
    for (const Strategy strategy : with_memory)
        CHECK(names(search_with(program, strategy)) == std::vector<std::string>{never_ends_property, "stays zero"});
}

TEST_CASE("an endless loop is finite with a forget, and then is reported as never ending", "[never-ends]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread("t", [=](Thread& t) {
        for (;;) {
            t.forget("for ever");
            t.store(a, 1 - t.load(a));
        }
    });
    for (const Strategy strategy : with_memory) {
        const SearchResult result = search_with(program, strategy);
        CHECK(result.verdict == Verdict::violated);
        CHECK(names(result) == std::vector<std::string>{never_ends_property});
        CHECK(result.states == 4);
    }
}
