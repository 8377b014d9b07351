// SPDX-License-Identifier: GPL-2.0-only
// The strategies on programs small enough to be counted by hand or by a formula: exact numbers of executions and states,
// verdicts and properties, bounds, and the audit of keys.

#include "checker/audit.hpp"
#include "checker/search.hpp"
#include "checker/thread.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <map>

using namespace checker;

namespace {

constexpr Strategy every_strategy[] = {Strategy::naive, Strategy::plain, Strategy::stateful};
constexpr Strategy with_memory[] = {Strategy::plain, Strategy::stateful};

Property always(std::string name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {std::move(name), PropertyKind::always, std::move(footprint), std::move(holds), nullptr};
}
Property at_end(std::string name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {std::move(name), PropertyKind::at_end, std::move(footprint), std::move(holds), nullptr};
}
Property sometimes(std::string name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {std::move(name), PropertyKind::sometimes, std::move(footprint), std::move(holds), nullptr};
}

auto equals(Var<int> var, int value) {
    return [=](const View& view) { return from_word<int>(view[var.cell]) == value; };
}

SearchResult search_with(const Program& program, Strategy strategy) { return search(program, {.strategy = strategy}); }

std::vector<std::string> names(const SearchResult& result) {
    std::vector<std::string> names;
    for (const Violation& violation : result.violations) names.push_back(violation.property);
    return names;
}

/// What all strategies must say: the verdict and exactly these violated properties.
void check_all(const Program& program, Verdict verdict, const std::vector<std::string>& violated) {
    for (const Strategy strategy : every_strategy) {
        for (const Engine engine : {Engine::fibers, Engine::replay}) {
            const SearchResult result = search(program, {.strategy = strategy, .engine = engine});
            CAPTURE(static_cast<int>(strategy), static_cast<int>(engine), result.error, result.stopped_because);
            CHECK(result.verdict == verdict);
            CHECK(names(result) == violated);
        }
    }
}

/// `threads` threads that each store `steps` times to a variable of their own.
Program independent(unsigned threads, unsigned steps) {
    Program program;
    for (unsigned thread = 0; thread < threads; ++thread) {
        const auto var = program.var<unsigned>("v" + std::to_string(thread));
        program.add_thread("t" + std::to_string(thread), [=](Thread& t) {
            for (unsigned i = 1; i <= steps; ++i) t.store(var, i);
        });
    }
    return program;
}

std::uint64_t binomial(std::uint64_t n, std::uint64_t k) {
    std::uint64_t result = 1;
    for (std::uint64_t i = 1; i <= k; ++i) result = result * (n - k + i) / i;
    return result;
}

void lock_increment_unlock(Thread& t, Mutex m, Var<int> counter) {
    t.lock(m);
    const int old = t.load(counter);
    t.store(counter, old + 1);
    t.unlock(m);
}

/// Threads that count under a lock, or without.
Program counting(int threads, bool locked) {
    Program program;
    const auto counter = program.var<int>("counter");
    const Mutex m = program.mutex("m");
    for (int thread = 0; thread < threads; ++thread) {
        program.add_thread("t", [=](Thread& t) {
            if (locked)
                lock_increment_unlock(t, m, counter);
            else
                t.store(counter, t.load(counter) + 1);
        });
    }
    program.add_property(at_end("all are counted", {counter.cell}, equals(counter, threads)));
    return program;
}

} // namespace

TEST_CASE("two threads of k independent steps have as many executions as there are ways to merge them", "[naive]") {
    for (unsigned steps = 1; steps <= 8; ++steps) {
        const SearchResult naive = search_with(independent(2, steps), Strategy::naive);
        CHECK(naive.executions == binomial(2 * steps, steps));
        CHECK(naive.max_depth == 2 * steps);
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
        CHECK(result.states == 5 * 5 * 5);
        CHECK(result.transitions == 3 * 4 * 5 * 5);
        CHECK(result.executions == 1);
        CHECK(result.max_depth == 12);
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
    const SearchResult stateful = search(program, {.strategy = Strategy::stateful, .collect_final_states = true});
    // Of the chooser's states - before, at the choose, chosen twice, ended twice - all go with each of the other's four.
    CHECK(plain.states == 6 * 4);
    CHECK(stateful.states == 6 * 4);
    CHECK(plain.transitions == 4 * (1 + 2 + 2) + 6 * 3);
    // Where the choose is pending, the other thread waits its turn.
    CHECK(stateful.transitions == 4 * (1 + 2 + 2) + 5 * 3);
    CHECK(stateful.final_states == plain.final_states);
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
        const SearchResult cut = search(program, {.strategy = strategy, .max_states = 5});
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

TEST_CASE("a search can stop at the first violation, and then claims nothing else", "[bounds]") {
    Program program = counting(2, false);
    program.add_property(sometimes("never", {}, [](const View&) { return false; }));
    for (const Strategy strategy : every_strategy) {
        const SearchResult result = search(program, {.strategy = strategy, .stop_at_first = true});
        CHECK(result.verdict == Verdict::violated);
        CHECK(names(result) == std::vector<std::string>{"all are counted"});
        CHECK(result.never_reached.empty());
    }
}

TEST_CASE("bounds end a search as inconclusive and say how far it came", "[bounds]") {
    const Program program = independent(4, 6);
    for (const Strategy strategy : every_strategy) {
        const SearchResult states = search(program, {.strategy = strategy, .max_states = 100});
        CHECK(states.verdict == Verdict::inconclusive);
        CHECK(states.states == 100);
        CHECK_THAT(states.stopped_because, Catch::StartsWith("the bound of 100 states was reached (100 states, "));
        const SearchResult depth = search(program, {.strategy = strategy, .max_depth = 23});
        CHECK(depth.verdict == Verdict::inconclusive);
        CHECK_THAT(depth.stopped_because, Catch::StartsWith("the bound of 23 steps in one schedule was reached"));
    }
    CHECK(search(program, {.max_states = 7 * 7 * 7 * 7, .max_depth = 24}).verdict == Verdict::holds);
}

TEST_CASE("a bound of memory holds for the visited table", "[bounds]") {
    const Program program = independent(4, 8);
    for (const Strategy strategy : with_memory) {
        const SearchResult result = search(program, {.strategy = strategy, .max_memory_bytes = 30'000});
        CHECK(result.verdict == Verdict::inconclusive);
        CHECK_THAT(result.stopped_because, Catch::StartsWith("the bound of 30000 bytes for visited states"));
        CHECK(result.states > 50);
        CHECK(result.table_bytes <= 30'000 + 1'000);
    }
}

TEST_CASE("time and interruption end a search, and progress is reported on the way", "[bounds]") {
    const Program program = independent(5, 12);
    std::atomic<bool> interrupted{false};
    std::uint64_t reports = 0;
    SearchOptions options{.strategy = Strategy::naive, .max_seconds = 0.5};
    options.progress = [&](const Progress& now) {
        ++reports;
        CHECK(now.states > 0);
        CHECK(now.depth <= 60);
    };
    options.interrupted = &interrupted;
    const SearchResult timed = search(program, options);
    CHECK(timed.verdict == Verdict::inconclusive);
    CHECK_THAT(timed.stopped_because, Catch::StartsWith("the time was up"));
    CHECK(reports >= 2);
    interrupted = true;
    CHECK_THAT(search(program, options).stopped_because, Catch::StartsWith("it was interrupted"));
}

TEST_CASE("seeds, engines and sibling orders change no count of states", "[determinism]") {
    Program program = counting(3, true);
    const auto a = program.var<unsigned>("a");
    program.add_thread("chooses", [=](Thread& t) { t.store(a, t.choose(3)), t.store(a, t.choose(2)); });
    const SearchResult reference = search(program, {.collect_final_states = true});
    CHECK(reference.missed_state_probability < 1e-15);
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        for (const Engine engine : {Engine::fibers, Engine::replay}) {
            const SearchResult result =
                search(program,
                       {.engine = engine, .seed = seed * 77, .sibling_order_seed = seed, .collect_final_states = true});
            CHECK(result.states == reference.states);
            CHECK(result.transitions == reference.transitions);
            CHECK(result.executions == reference.executions);
            CHECK(result.final_states == reference.final_states);
        }
    }
}

TEST_CASE("a shuffled naive search sees the same tree in another order", "[determinism]") {
    const Program program = counting(3, false);
    const SearchResult in_order = search(program, {.strategy = Strategy::naive, .counterexamples = false});
    std::map<std::size_t, int> first_schedules;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        const SearchResult shuffled =
            search(program, {.strategy = Strategy::naive, .counterexamples = false, .sibling_order_seed = seed});
        CHECK(shuffled.states == in_order.states);
        CHECK(shuffled.executions == in_order.executions);
        first_schedules[shuffled.violations[0].schedule == in_order.violations[0].schedule ? 0 : 1]++;
    }
    CHECK(first_schedules[1] > 0);
}

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
        const SearchResult result = search(program, {});
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
