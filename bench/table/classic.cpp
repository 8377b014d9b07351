// SPDX-License-Identifier: GPL-2.0-only
// The classical programs of partial-order reduction, by dpor: one schedule a trace, and how many a second.
#include "bench/classic/classic.hpp"

#include "bench/peers/swap_toy.hpp"
#include "bench/table/sections.hpp"
#include "checker/search.hpp"

#include <string>
#include <vector>

namespace bench {

namespace {

using namespace checker;

struct Classic {
    std::string name;
    Program program;
    std::uint64_t traces = 0; ///< that it is known to have
    bool commuting = true;
    const char* goal = "";
};

std::vector<Classic> programs() {
    std::vector<Classic> all;
    const auto add = [&all](const std::string& name, Program program, std::uint64_t traces, const char* goal = "",
                            bool commuting = true) {
        all.push_back({name, std::move(program), traces, commuting, goal});
    };
    const auto toy = [](unsigned o_direct, unsigned reclaimers, unsigned writers) {
        return peers::swap_toy({.o_direct = o_direct, .reclaimers = reclaimers, .writers = writers});
    };
    for (const unsigned n : {8U, 13U, 18U}) add("readers(" + std::to_string(n) + ")", classic::readers(n), 1ULL << n);
    add("lastzero(5)", classic::lastzero(5), 64);
    add("lastzero(8)", classic::lastzero(8), 704);
    add("lastzero(10)", classic::lastzero(10), 3'328);
    add("lastzero(12)", classic::lastzero(12), 15'360);
    add("lastzero(15)", classic::lastzero(15), 147'456, "520,000/s");
    add("lastzero(18)", classic::lastzero(18), 1'376'256);
    add("indexer(12)", classic::indexer(12), 8);
    add("indexer(15)", classic::indexer(15), 4'096);
    add("filesystem(14)", classic::filesystem(14), 2);
    add("filesystem(18)", classic::filesystem(18), 32);
    add("filesystem(22)", classic::filesystem(22), 512);
    add("casw(3)", classic::casw(3), 66);
    add("casw(4)", classic::casw(4), 1'200);
    add("casw(5)", classic::casw(5), 32'880);
    add("fib_bench(3)", classic::fib_bench(3), 1'698);
    add("fib_bench(4)", classic::fib_bench(4), 19'605);
    add("fib_bench(5)", classic::fib_bench(5), 218'243, "1,400,000/s");
    add("fib_bench(6)", classic::fib_bench(6), 2'364'418);
    add("ainc(7)", classic::ainc(7), 1);
    add("ainc(7), not commuting", classic::ainc(7), 5'040, "", false);
    add("toy 2,2,2", toy(2, 2, 2), 8'256);
    add("toy 2,2,2, not commuting", toy(2, 2, 2), 49'392, "", false);
    return all;
}

} // namespace

bool measure_classic(Output& out, const Settings& settings) {
    out.begin("classic", "Schedules of the classical programs by dpor, one a trace",
              {{"program", -26},
               {"traces", 10},
               {"schedules", 10},
               {"s", 8},
               {"schedules/s", 12},
               {"-j", 3},
               {"s then", 8},
               {"goal", -12}});
    bool all_right = true;
    for (const Classic& classic : programs()) {
        SearchOptions options{.strategy = Strategy::dpor, .counterexamples = false};
        options.reductions.commute = classic.commuting;
        const SearchResult alone = search(classic.program, options);
        options.jobs = settings.jobs;
        const SearchResult together = search(classic.program, options);
        all_right = all_right && alone.executions == classic.traces && together.executions == classic.traces;
        // What takes no time is not measured by a second.
        const bool is_long = alone.seconds > 0.001;
        out.row({words(classic.name), count(classic.traces), count(alone.executions), decimal(alone.seconds, 3),
                 is_long ? count(static_cast<std::uint64_t>(static_cast<double>(alone.executions) / alone.seconds))
                         : nothing(),
                 count(settings.jobs), decimal(together.seconds, 3), words(classic.goal)});
    }
    if (!all_right) out.remark("WRONG: some program was not explored in as many schedules as it has traces");
    return all_right;
}

} // namespace bench
