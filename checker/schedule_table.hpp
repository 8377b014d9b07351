// SPDX-License-Identifier: GPL-2.0-only
// How a schedule is laid out for people: a column for each thread that takes part, a line a step, and beneath it what is
// worth noting of the step, so that a line never has to be cut.
#pragma once

#include <string>
#include <vector>

namespace checker {

/// One step, ready to be printed.
struct ScheduleLine {
    unsigned number = 0; ///< from 1
    std::string thread;
    std::string function; ///< may be empty; named where it is another than on the line before
    std::string action;
    std::string above;              ///< a line to itself before the step; may be empty
    std::vector<std::string> notes; ///< a line each, beneath the step: what it changed, what it violates
};

struct ScheduleTable {
    static constexpr std::size_t number_width = 6; ///< to the left of the columns

    std::vector<std::string> columns; ///< the threads that take a step, in the order of `threads`
    std::size_t width = 0;            ///< of a column
    std::string body;                 ///< all lines; the names of the columns are for the caller to put above
};

/// `threads`: all there are, in the order of their columns.
ScheduleTable schedule_table(const std::vector<std::string>& threads, const std::vector<ScheduleLine>& lines);

} // namespace checker
