// SPDX-License-Identifier: GPL-2.0-only
// Reports as text, for people.
#pragma once

#include "checker/describe.hpp"
#include "report/report.hpp"
#include "report/trace.hpp"
#include "report/words.hpp"

#include <string>

namespace report {

struct TextOptions {
    bool colour = false;
    bool ghost = false; ///< show the bookkeeping of the properties too
};

/// The verdict, one line, then each counterexample.
std::string to_text(const Report& report, const TextOptions& options);
/// One counterexample: a column a thread, a line a step, what changed beneath, and what went wrong at the end.
std::string to_text(const Counterexample& counterexample, const TextOptions& options);
/// What `check` says of the cell in its first line, then the counterexample.
std::string to_text(const ReplayedTrace& replayed, const TextOptions& options);

/// "v5.18, x86_64, without swp_exclusive".
std::string cell_name(const Cell& cell);
using checker::verdict_name;

} // namespace report
