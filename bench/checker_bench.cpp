// SPDX-License-Identifier: GPL-2.0-only
// What the checker costs, next to what it could not cost less than: a bare Boost.Context round trip, measured in the same
// run and alternating with what is compared, since absolute times on a shared machine mean little.
//
//   round_trips_per_step    a step of naive search, in bare round trips; 6 at most with undo, 2 with automata
//   undo_over_replay        executions a second with undo over those with replay; 5 at least
//   replay_ns_per_step      what replay costs, so that undo is not fast only beside something slow; 40 at most
//   executions_per_s        of dpor on the classical programs; 520,000 on lastzero(15) and 1,400,000 on fib_bench(5) at least
//   bytes_per_state         peak memory of the visited table, growth included; 24 at most

#include "bench/classic/classic.hpp"
#include "bench/peers/swap_toy.hpp"
#include "bench/programs.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/replay_execution.hpp"

#include <benchmark/benchmark.h>

using namespace checker;
using bench::lock_and_counter, bench::lock_free, bench::naive_options, bench::PingPong, bench::seconds_of;

namespace {

void bare_round_trip(benchmark::State& state) {
    PingPong ping_pong;
    for (auto _ : state) ping_pong.round_trip();
}
BENCHMARK(bare_round_trip);

void naive(benchmark::State& state, Engine engine) {
    const Program program = lock_and_counter(3, 4);
    PingPong ping_pong;
    double bare_seconds = 0;
    double search_seconds = 0;
    std::uint64_t round_trips = 0;
    std::uint64_t steps = 0;
    for (auto _ : state) {
        constexpr std::uint64_t some = 500'000;
        bare_seconds += seconds_of([&] { ping_pong.round_trips(some); });
        round_trips += some;
        const SearchResult result = search(program, naive_options(engine, 0));
        if (result.verdict != Verdict::holds) state.SkipWithError("the search is not complete");
        search_seconds += result.seconds;
        steps += result.transitions;
    }
    const double ns_per_step = search_seconds * 1e9 / static_cast<double>(steps);
    const double ns_per_round_trip = bare_seconds * 1e9 / static_cast<double>(round_trips);
    state.counters["ns_per_step"] = ns_per_step;
    state.counters["ns_per_round_trip"] = ns_per_round_trip;
    state.counters["round_trips_per_step"] = ns_per_step / ns_per_round_trip;
}
BENCHMARK_CAPTURE(naive, with_undo, Engine::fibers)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(naive, with_automata, Engine::automata)->Unit(benchmark::kMillisecond);

/// Forty steps deep; the argument is the number of threads. The tree is far too large, so both engines walk the same part.
void undo_against_replay(benchmark::State& state) {
    const auto threads = static_cast<int>(state.range(0));
    const Program program = lock_free(threads, 40 / threads);
    double undo_seconds = 0;
    double replay_seconds = 0;
    std::uint64_t executions = 0;
    for (auto _ : state) {
        const SearchResult undo = search(program, naive_options(Engine::fibers, 500'000));
        const SearchResult replay = search(program, naive_options(Engine::replay, 500'000));
        if (undo.executions != replay.executions || undo.max_depth != replay.max_depth)
            state.SkipWithError("the engines disagree");
        undo_seconds += undo.seconds;
        replay_seconds += replay.seconds;
        executions += undo.executions;
    }
    state.counters["executions_per_s_undo"] = static_cast<double>(executions) / undo_seconds;
    state.counters["executions_per_s_replay"] = static_cast<double>(executions) / replay_seconds;
    state.counters["undo_over_replay"] = replay_seconds / undo_seconds;
}
BENCHMARK(undo_against_replay)->Arg(2)->Arg(4)->Arg(10)->Unit(benchmark::kMillisecond);

/// Runs the same forty steps again and again on fresh stacks.
void replay_of_forty_steps(benchmark::State& state) {
    const Program program = lock_free(2, 20);
    ReplayExecution execution(program, MachineSettings::of(naive_options(Engine::replay, 0)));
    std::uint64_t thread = 0;
    while (execution.depth() < 40) execution.step({ThreadId{static_cast<std::uint8_t>(thread++ % 2)}, 0});
    for (auto _ : state) {
        const Step last = execution.schedule().back();
        execution.undo();
        execution.step(last);
    }
    state.counters["replay_ns_per_step"] = benchmark::Counter(
        static_cast<double>(state.iterations()) * 40 / 1e9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(replay_of_forty_steps);

void stateful(benchmark::State& state, Engine engine) {
    const Program program = lock_free(4, static_cast<int>(state.range(0)));
    SearchOptions options;
    options.counterexamples = false;
    options.engine = engine;
    options.max_states = 2'000'000;
    double seconds = 0;
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    double bytes_per_state = 0;
    for (auto _ : state) {
        const SearchResult result = search(program, options);
        seconds += result.seconds;
        states += result.states;
        transitions += result.transitions;
        bytes_per_state = static_cast<double>(result.table_bytes) / static_cast<double>(result.states);
    }
    state.counters["states_per_s"] = static_cast<double>(states) / seconds;
    state.counters["transitions_per_s"] = static_cast<double>(transitions) / seconds;
    state.counters["bytes_per_state"] = bytes_per_state;
}
BENCHMARK_CAPTURE(stateful, with_undo, Engine::fibers)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(stateful, with_automata, Engine::automata)->Arg(4)->Arg(8)->Unit(benchmark::kMillisecond);

/// Optimal partial-order reduction of programs of which the number of traces is known.
void dpor(benchmark::State& state, const Program& program, std::uint64_t traces) {
    PingPong ping_pong;
    double bare_seconds = 0;
    double seconds = 0;
    std::uint64_t round_trips = 0;
    std::uint64_t executions = 0;
    std::uint64_t steps = 0;
    for (auto _ : state) {
        constexpr std::uint64_t some = 500'000;
        bare_seconds += seconds_of([&] { ping_pong.round_trips(some); });
        round_trips += some;
        const SearchResult result = search(program, {.strategy = Strategy::dpor, .counterexamples = false});
        if (result.executions != traces) state.SkipWithError("the number of executions is wrong");
        seconds += result.seconds;
        executions += result.executions;
        steps += result.transitions;
    }
    state.counters["executions"] = static_cast<double>(traces);
    state.counters["executions_per_s"] = static_cast<double>(executions) / seconds;
    state.counters["ns_per_step"] = seconds * 1e9 / static_cast<double>(steps);
    state.counters["ns_per_round_trip"] = bare_seconds * 1e9 / static_cast<double>(round_trips);
}
BENCHMARK_CAPTURE(dpor, readers_13, classic::readers(13), 8'192)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, lastzero_15, classic::lastzero(15), 147'456)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, indexer_15, classic::indexer(15), 4'096)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, filesystem_22, classic::filesystem(22), 512)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, casw_5, classic::casw(5), 32'880)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, fib_bench_5, classic::fib_bench(5), 218'243)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(dpor, swap_toy_2_2_2, peers::swap_toy({.o_direct = 2, .reclaimers = 2, .writers = 2}), 8'256)
    ->Unit(benchmark::kMillisecond);

} // namespace

BENCHMARK_MAIN();
