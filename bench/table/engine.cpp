// SPDX-License-Identifier: GPL-2.0-only
// What a step costs, in bare switches of stacks, which are measured in turn with it: absolute times on a shared machine mean
// little. Of several rounds the middle one counts.
#include "bench/programs.hpp"
#include "bench/table/sections.hpp"
#include "checker/fiber.hpp"
#include "checker/replay_execution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace bench {

namespace {

using namespace checker;

constexpr int rounds = 9;
constexpr std::uint64_t round_trips = 1'000'000;

struct Cost {
    double nanoseconds = 0;
    double bare = 0; ///< of a round trip in the same round
};

double bare_nanoseconds() {
    static PingPong ping_pong;
    return seconds_of([] { ping_pong.round_trips(round_trips); }) * 1e9 / static_cast<double>(round_trips);
}

/// `nanoseconds()` measures once.
Cost middle_of(const std::function<double()>& nanoseconds) {
    std::vector<Cost> costs;
    for (int round = 0; round < rounds; ++round) {
        const double bare = bare_nanoseconds();
        costs.push_back({nanoseconds(), bare});
    }
    std::sort(costs.begin(), costs.end(),
              [](const Cost& a, const Cost& b) { return a.nanoseconds / a.bare < b.nanoseconds / b.bare; });
    return costs[rounds / 2];
}

double naive_step(Engine engine) {
    const SearchResult result = search(lock_and_counter(3, 4), naive_options(engine, 0));
    return result.seconds * 1e9 / static_cast<double>(result.transitions);
}

/// Runs the same forty steps again on fresh stacks.
double replayed_step() {
    const Program program = lock_free(2, 20);
    ReplayExecution execution(program, MachineSettings::of(naive_options(Engine::replay, 0)));
    for (std::uint8_t thread = 0; execution.depth() < 40; ++thread)
        execution.step({ThreadId{static_cast<std::uint8_t>(thread % 2)}, 0});
    constexpr int repetitions = 20'000;
    const double seconds = seconds_of([&execution] {
        for (int n = 0; n < repetitions; ++n) {
            const Step last = execution.schedule().back();
            execution.undo();
            execution.step(last);
        }
    });
    return seconds * 1e9 / repetitions / 40;
}

} // namespace

void measure_engine(Output& out) {
    double load = 0;
    getloadavg(&load, 1);
    out.begin("engine",
              fmt::format("A step of naive search with its undo, beside a bare round trip between two stacks ({} "
                          "processors, load {:.1f} before)",
                          std::thread::hardware_concurrency(), load),
              {{"what", -32}, {"ns", 8}, {"per s", 14}, {"round trips", 12}, {"goal", -24}});
    const auto row = [&out](const std::string& what, const Cost& cost, const std::string& goal) {
        out.row({words(what), decimal(cost.nanoseconds, 1), count(static_cast<std::uint64_t>(1e9 / cost.nanoseconds)),
                 decimal(cost.nanoseconds / cost.bare, 2), words(goal)});
    };
    row("bare round trip", middle_of(bare_nanoseconds), "");
    row("step and undo, automata", middle_of([] { return naive_step(Engine::automata); }), "2 round trips");
    if (Fiber::can_roll_back)
        row("step and undo, fibers", middle_of([] { return naive_step(Engine::fibers); }), "6 round trips");
    row("step, replayed", middle_of(replayed_step), "40 ns");
}

} // namespace bench
