// SPDX-License-Identifier: GPL-2.0-only
// Runs one check: builds the program of a scenario for one cell of the matrix, explores it, and turns each violation into
// a counterexample that says what happened. Start reading here.
#pragma once

#include "checker/input_error.hpp"
#include "model/build.hpp"
#include "report/report.hpp"

namespace report {

/// The rules of a cell. An error names what there is not.
checker::Result<model::Rules> rules_of(const model::Scenario& scenario, const Cell& cell);

/// The program of a cell. An error names what there is not, or says why the scenario's set-up cannot be run there.
checker::Result<model::BuiltScenario> build_cell(const model::Scenario& scenario, const Cell& cell,
                                                 model::AskedRules* asked = nullptr);

/// `asked`: if given, notes which rules the result rests on.
checker::Result<Report> check(const model::Scenario& scenario, const Cell& cell, const checker::SearchOptions& options,
                              model::AskedRules* asked = nullptr);

/// The counterexample that a violation's schedule is; an error if it does not fit the program or does not violate the
/// property. The context switches are counted anew.
checker::Result<Counterexample> counterexample_of(const model::BuiltScenario& built, const Cell& cell,
                                                  const checker::Violation& violation);

} // namespace report
