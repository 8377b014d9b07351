// SPDX-License-Identifier: GPL-2.0-only
#include "report/coverage.hpp"

#include "report/words.hpp"

#include <fmt/format.h>

namespace report {

namespace {

std::string text_of(const checker::Sample& sample, std::uint64_t states) {
    const char* least = sample.counted_all ? "" : "at least ";
    std::string out = fmt::format("  {} with seed {}: {}, the longest run {}; {}{}, {}\n", counted(sample.runs, "run"),
                                  sample.seed, counted(sample.steps, "step"), counted(sample.longest_run, "step"),
                                  least, counted(states, "distinct state"), counted(sample.lock_orders, "lock order"));
    if (sample.first_violation != 0)
        out += fmt::format("  the first violation was found in run {}\n", grouped(sample.first_violation));
    if (sample.cut_runs != 0)
        out += fmt::format("  {} of the runs had not ended after {} and did not go on\n", grouped(sample.cut_runs),
                           counted(sample.longest_run, "step"));
    if (sample.bug_depth == 0) return out;
    if (sample.run_finds_bug == 0)
        return out + fmt::format("  nothing can be said of bugs of depth {}, for it is not known how long runs are\n",
                                 sample.bug_depth);
    return out + fmt::format(
                     "  if no run takes more than {}: a bug of depth {} is found by a run with a probability of "
                     "at least {:.3g}, by these runs of {:.3g}\n",
                     counted(sample.longest_run, "step"), sample.bug_depth, sample.run_finds_bug, sample.runs_find_bug);
}

nlohmann::json to_json(const checker::Sample& sample) {
    nlohmann::json json = {{"seed", sample.seed},
                           {"runs", sample.runs},
                           {"steps", sample.steps},
                           {"longest_run", sample.longest_run},
                           {"cut_runs", sample.cut_runs},
                           {"lock_orders", sample.lock_orders},
                           {"first_violation", sample.first_violation},
                           {"counted_all", sample.counted_all}};
    if (sample.bug_depth == 0) return json;
    json["bug_depth"] = sample.bug_depth;
    json["run_finds_bug"] = sample.run_finds_bug;
    json["runs_find_bug"] = sample.runs_find_bug;
    return json;
}

} // namespace

std::string coverage_text(const checker::SearchResult& result) {
    if (result.sample) return text_of(*result.sample, result.states);
    std::string out;
    for (std::size_t bound = 0; bound < result.states_within.size(); ++bound)
        out += fmt::format("{}{} within {}", out.empty() ? "  states: " : ", ", grouped(result.states_within[bound]),
                           bound);
    return out.empty() ? out : out + "\n";
}

void add_coverage(const checker::SearchResult& result, nlohmann::json& counters) {
    if (result.sample) counters["sample"] = to_json(*result.sample);
    if (!result.states_within.empty()) counters["states_within"] = result.states_within;
}

} // namespace report
