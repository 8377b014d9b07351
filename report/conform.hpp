// SPDX-License-Identifier: GPL-2.0-only
// The result of `cowherd conform`, as text and as JSON.
#pragma once

#include "model/conform.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace report {

struct ConformanceSummary {
    std::size_t runs = 0, agree = 0, disagree = 0, not_modelled = 0, unforced = 0;
};
ConformanceSummary summarise(const std::vector<model::ConformedRun>& runs);

/// A line a run, what differs beneath those that do not agree, and a summary.
std::string to_text(const std::vector<model::ConformedRun>& runs, bool colour);
nlohmann::json to_json(const std::vector<model::ConformedRun>& runs);

} // namespace report
