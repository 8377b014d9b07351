// SPDX-License-Identifier: GPL-2.0-only
// Reports as JSON, for programs. "search" and "timings" hold what may differ between strategies and machines; all
// else is the same wherever and however often the same input is checked.
#pragma once

#include "report/matrix.hpp"
#include "report/report.hpp"
#include "report/trace.hpp"

namespace report {

inline constexpr int json_version = 1;

nlohmann::json to_json(const Report& report);
nlohmann::json to_json(const Counterexample& counterexample);
/// The counterexample, and what it is one of.
nlohmann::json to_json(const ReplayedTrace& replayed);
nlohmann::json to_json(const Matrix& matrix);

} // namespace report
