// SPDX-License-Identifier: GPL-2.0-only
#include "cli/progress.hpp"

#include "cli/output.hpp"
#include "report/text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace cli {

namespace {

bool is_drawn = false;

constexpr double seconds_before_line = 1;
constexpr double seconds_between_lines = 60; ///< where stderr is no terminal

bool stderr_is_terminal() { return isatty(STDERR_FILENO) != 0; }

/// A line that wraps would leave its first part behind with every further one, so it is cut one column before the edge.
std::size_t width_of_terminal() {
    constexpr std::size_t usual = 80;
    winsize size{};
    const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return (is_known ? size.ws_col : usual) - 1;
}

/// In whole units of which there are a few at least.
std::string duration(double seconds) {
    constexpr double minute = 60;
    constexpr double hour = 60 * minute;
    constexpr double day = 24 * hour;
    const auto in = [seconds](double unit, const char* name) {
        return report::grouped(static_cast<std::uint64_t>(std::llround(std::min(seconds / unit, 1e9)))) + " " + name;
    };
    if (seconds < 2 * minute) return in(1, "s");
    if (seconds < 2 * hour) return in(minute, "min");
    return seconds < 2 * day ? in(hour, "h") : in(day, "d");
}

void draw(const std::string& line) {
    is_drawn = true;
    std::fputs(("\r\x1b[K" + report::cut(line, width_of_terminal())).c_str(), stderr);
    std::fflush(stderr);
}

} // namespace

std::string progress_text(const checker::Progress& now, const std::optional<checker::Forecast::Interval>& left) {
    const auto rate = static_cast<std::uint64_t>(static_cast<double>(now.states) / now.seconds);
    std::string text = fmt::format("{}, {:.0f} s, {}/s, depth {}, {} MiB", report::counted(now.states, "state"),
                                   now.seconds, report::grouped(rate), now.depth, now.memory_bytes >> 20);
    if (left) text += fmt::format(", {} to {} left", duration(left->least), duration(left->most));
    return text;
}

bool is_worth_a_line(double seconds) {
    return seconds >= (stderr_is_terminal() ? seconds_before_line : seconds_between_lines);
}

std::function<void(const checker::Progress&)> progress_line() {
    return [is_terminal = stderr_is_terminal(), forecast = checker::Forecast(),
            next = seconds_between_lines](const checker::Progress& now) mutable {
        // Every estimate counts, whether it is shown or not.
        const auto left = forecast.update(now.states, now.states_to_come, now.seconds);
        if (now.seconds < seconds_before_line) {
            next = seconds_between_lines;
        } else if (is_terminal) {
            draw(progress_text(now, left));
        } else if (now.seconds >= next) {
            next = now.seconds + seconds_between_lines;
            remark(progress_text(now, left));
        }
    };
}

void end_progress_line() {
    if (!is_drawn) return;
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
    is_drawn = false;
}

GateProgress::GateProgress(std::size_t cells) : shown_(stderr_is_terminal()), cells_(cells) {}

void GateProgress::at(const std::string& scenario, const report::Cell& cell) {
    if (!shown_) return;
    const std::lock_guard lock(mutex_);
    constexpr double seconds_between_draws = 0.1;
    const double now = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin_).count();
    if (now - last_ < seconds_between_draws) return;
    last_ = now;
    draw(fmt::format("{} of {}, {:.1f} s: {} on {}", report::grouped(done_), report::counted(cells_, "cell"), now,
                     scenario, report::cell_name(cell)));
}

void GateProgress::cells_done(std::size_t cells) {
    const std::lock_guard lock(mutex_);
    done_ += cells;
}

void GateProgress::end() {
    const std::lock_guard lock(mutex_);
    end_progress_line();
}

std::function<void(const checker::Progress&)> GateProgress::while_at(const std::string& scenario,
                                                                     const report::Cell& cell) {
    if (!shown_) return {};
    return [this, scenario, cell](const checker::Progress&) { at(scenario, cell); };
}

} // namespace cli
