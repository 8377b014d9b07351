// SPDX-License-Identifier: GPL-2.0-only
// What a trace belongs to. A schedule means something only for the program it was found in.
#pragma once

#include "checker/program.hpp"
#include "model/scenario.hpp"
#include "report/report.hpp"

#include <string>
#include <utility>
#include <vector>

namespace report {

/// The version of the model: raised when the steps of modelled functions change, so that old schedules mean other things.
std::string model_identity();

/// A hash of the program as built: the names and initial values of its cells, its threads and its properties. Equal on
/// every machine.
std::string program_identity(const checker::Program& program);

/// What a saved search of a cell belongs to: names, as a sentence has them, and values.
std::vector<std::pair<std::string, std::string>> search_identity(const model::Scenario& scenario, const Cell& cell);

} // namespace report
