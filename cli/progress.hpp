// SPDX-License-Identifier: GPL-2.0-only
// One line on stderr that says how far a run is, if that is a terminal; it is gone when the run is over.
#pragma once

#include "checker/forecast.hpp"
#include "checker/search.hpp"
#include "report/report.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace cli {

/// What a search says of how far it is and how much is left.
std::string progress_text(const checker::Progress& now, const std::optional<checker::Forecast::Interval>& left);

/// For searches over a second; where stderr is no terminal, a line a minute.
std::function<void(const checker::Progress&)> progress_line();
/// Whether a search of so many seconds was long enough for lines about it.
bool is_worth_a_line(double seconds);
/// Takes the line away, if there is one.
void end_progress_line();

/// The gate's line. Its workers may all call it at the same time.
class GateProgress {
public:
    explicit GateProgress(std::size_t cells);

    /// A worker has begun a cell, or is still at it.
    void at(const std::string& scenario, const report::Cell& cell);
    void cells_done(std::size_t cells);
    void end();
    /// To be called by a search, so that the seconds go on during a long one; none where stderr is no terminal.
    std::function<void(const checker::Progress&)> while_at(const std::string& scenario, const report::Cell& cell);

private:
    std::mutex mutex_;
    bool shown_;
    std::size_t cells_, done_ = 0;
    std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
    double last_ = 0; ///< when it was drawn, in seconds
};

} // namespace cli
