// SPDX-License-Identifier: GPL-2.0-only
// How far the seed's swap-out scenario can be grown: the scenarios of bench/scaling/, from few threads to many, on v5.19.
#include "bench/table/sections.hpp"
#include "model/build.hpp"
#include "model/loader.hpp"
#include "report/check.hpp"

#include <fmt/format.h>

#include <string>

namespace bench {

namespace {

using checker::Verdict;

/// "1.3 x", of how many states there are to those with a thread less; "at least" where not all were visited.
Entry growth_of(double states, double before, bool complete, bool was_complete) {
    if (before == 0 || !was_complete) return nothing();
    return {fmt::format("{}{:.1f}", complete ? "" : "> ", states / before), states / before};
}

Entry outcome_of(const checker::SearchResult& result) {
    switch (result.verdict) {
    case Verdict::holds: return words("holds");
    case Verdict::violated:
        return words("violated: " +
                     (result.violations.empty() ? result.never_reached.front() : result.violations.front().property));
    case Verdict::inconclusive: return words("not exhausted: " + result.stopped_because);
    case Verdict::error: break;
    }
    return words("error: " + result.error);
}

} // namespace

bool measure_scaling(Output& out, const Settings& settings) {
    out.begin(
        "scaling",
        fmt::format("The seed's swap-out scenario on v5.19 with more and more threads, at most {:.0f} s and {:.0f} "
                    "MiB each, by {} threads",
                    settings.seconds_of_scaling, settings.memory_of_scaling, settings.jobs),
        {{"threads", 7},
         {"scenario", -46},
         {"states", 12},
         {"growth", 8},
         {"s", 7},
         {"states/s", 11},
         {"MiB", 7},
         {"outcome", -20}});
    checker::SearchOptions options{.reductions = model::paying_reductions};
    options.jobs = settings.jobs;
    options.max_seconds = settings.seconds_of_scaling;
    options.max_memory_bytes = static_cast<std::uint64_t>(settings.memory_of_scaling) << 20;
    options.counterexamples = false;
    const auto files = model::find_scenarios(settings.source + "/bench/scaling");
    if (!files) {
        out.remark("FAILED: " + files.error().text());
        return false;
    }
    double before = 0;
    bool was_complete = false;
    for (const std::string& file : files.value()) {
        const auto scenario = model::load_scenario(file);
        const auto report = scenario ? report::check(scenario.value(), {"v5.19", "x86_64", {}, {}}, options)
                                     : checker::Result<report::Report>(scenario.error());
        if (!report) {
            out.remark("FAILED: " + file + ": " + report.error().text());
            return false;
        }
        const checker::SearchResult& result = report.value().result;
        const bool complete = result.verdict == Verdict::holds || result.verdict == Verdict::violated;
        const auto states = static_cast<double>(result.states);
        const auto built = report::build_cell(scenario.value(), {"v5.19", "x86_64", {}, {}});
        out.row({count(built.value().program.threads().size()), words(scenario.value().title), count(result.states),
                 growth_of(states, before, complete, was_complete), decimal(result.seconds, 1),
                 count(static_cast<std::uint64_t>(states / result.seconds)),
                 decimal(static_cast<double>(result.table_bytes) / (1 << 20), 0), outcome_of(result)});
        before = states;
        was_complete = complete;
    }
    return true;
}

} // namespace bench
