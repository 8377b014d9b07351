// SPDX-License-Identifier: GPL-2.0-only
// Reports as text, for people.
#pragma once

#include "report/report.hpp"

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

/// "v5.18, x86_64, without swp_exclusive".
std::string cell_name(const Cell& cell);
const char* verdict_name(checker::Verdict verdict);
/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

} // namespace report
