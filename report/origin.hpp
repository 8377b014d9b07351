// SPDX-License-Identifier: GPL-2.0-only
// What a file that is about a program says of it, so that the program can be built again: the text of the scenario and the
// cell of the matrix.
#pragma once

#include "checker/input_error.hpp"
#include "model/build.hpp"
#include "report/report.hpp"

#include <nlohmann/json.hpp>

namespace report {

struct Origin {
    model::Scenario scenario;
    Cell cell;
    model::BuiltScenario built;
};

/// What a file says of the cell: its layout too if that is not built in.
nlohmann::json describe_cell(const Cell& cell);
nlohmann::json describe_origin(const model::BuiltScenario& built, const Cell& cell);

/// The program again. Refused, with the reason: what is no such description, a scenario that cannot be built, and one that
/// makes another program by now. `file`: what kind of file says this.
checker::Result<Origin> rebuild(const nlohmann::json& from, const std::string& file);

} // namespace report
