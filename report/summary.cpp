// SPDX-License-Identifier: GPL-2.0-only
#include "report/summary.hpp"

#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace report {

namespace {

/// With two digits, as far as it matters.
std::string times_as_many(double factor) { return fmt::format("{:.{}f} times as many", factor, factor < 10 ? 1 : 0); }

std::string whole(double number) {
    constexpr double most = 1e15;
    return number < most ? grouped(static_cast<std::uint64_t>(number)) : fmt::format("{:.2e}", number);
}

std::string costs(const checker::SearchResult& result) {
    const auto states = static_cast<double>(result.states);
    const double seconds = result.seconds + result.seconds_before;
    std::string text = result.states != 0 ? counted(result.states, "state") + " by " : std::string();
    text += fmt::format("{} in {:.2f} s", counted(result.transitions, "step"), seconds);
    if (seconds > 0 && result.states != 0)
        text += fmt::format(", {} states a second", grouped(static_cast<std::uint64_t>(states / seconds)));
    text += fmt::format("; depth {}", grouped(result.max_depth));
    if (result.local_states != 0)
        text += fmt::format("; {} of threads, which ran {} times", counted(result.local_states, "local state"),
                            grouped(result.fiber_runs));
    if (result.table_bytes == 0 || result.states == 0) return text;
    text += fmt::format("; {:.1f} MiB, {:.1f} bytes a state", static_cast<double>(result.table_bytes) / (1 << 20),
                        static_cast<double>(result.table_bytes) / states);
    if (result.kept_as != checker::WhenFull::stop)
        text += fmt::format("; about {:.0f} states were taken for others", result.expected_omissions);
    else if (result.missed_state_probability > 0)
        text += fmt::format("; a state was missed with a probability of {:.1e}",
                            std::min(result.missed_state_probability, 1.0));
    return text;
}

} // namespace

std::vector<std::string> summary(const checker::SearchResult& result) {
    std::vector<std::string> lines{costs(result)};
    const checker::ReductionGains& gains = result.gains;
    if (gains.states_alone != 0)
        lines.push_back(fmt::format("choose: one thread alone went on from {}, which left {} of others out",
                                    counted(gains.states_alone, "state"), counted(gains.steps_left_out, "step")));
    if (gains.symmetric_states > 0 && result.states != 0)
        lines.push_back(fmt::format(
            "symmetry: they stand for {} states, {}; {} of threads where one like them stood were left out",
            whole(gains.symmetric_states), times_as_many(gains.symmetric_states / static_cast<double>(result.states)),
            counted(gains.alike_steps_left_out, "step")));
    if (result.merged_steps != 0)
        lines.push_back(
            fmt::format("merge: {} led to states that were not kept", counted(result.merged_steps, "step")));
    return lines;
}

} // namespace report
