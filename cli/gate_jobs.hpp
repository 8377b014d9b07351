// SPDX-License-Identifier: GPL-2.0-only
// The searches of the gate. Many cells of a scenario are one search: those on layouts that the scenario cannot tell apart, and
// those under rules that differ in none that the search asked for.
#pragma once

#include "checker/search.hpp"
#include "model/layout_answers.hpp"
#include "report/matrix.hpp"

#include <functional>
#include <vector>

namespace cli {

/// A cell to be checked, where its result goes, and further cells on other layouts that it is the result of.
struct GateCell {
    report::MatrixEntry* entry;
    model::Rules rules; ///< with what the layout lacks switched off
    std::vector<report::MatrixEntry*> alike;
};

/// Cells of one scenario on one layout, to be checked one after the other.
struct GateJob {
    const model::Scenario* scenario;
    std::vector<GateCell> cells;
};

/// All cells of a scenario. Entries that differ in the architecture alone stand beside each other.
std::vector<GateJob> gate_jobs(const model::Scenario& scenario, std::vector<report::MatrixEntry>& entries);

/// Fills in the entries. `options(entry)`: how to search; `done(n)`: n more of them are filled in.
void run_job(const GateJob& job, const std::function<checker::SearchOptions(const report::MatrixEntry&)>& options,
             const std::function<void(std::size_t)>& done);

} // namespace cli
