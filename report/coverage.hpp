// SPDX-License-Identifier: GPL-2.0-only
// What a search covered that did not set out to cover everything: sampled runs, or schedules within a bound.
#pragma once

#include "checker/search.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace report {

/// Lines, indented like the rest of a report; empty where the strategy has nothing to say.
std::string coverage_text(const checker::SearchResult& result);
/// Adds members to the counters of a search.
void add_coverage(const checker::SearchResult& result, nlohmann::json& counters);

} // namespace report
