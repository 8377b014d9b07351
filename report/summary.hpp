// SPDX-License-Identifier: GPL-2.0-only
// What a search cost and what reductions saved, for people. Has timings: it is talk, and no part of a report.
#pragma once

#include "checker/search.hpp"

#include <string>
#include <vector>

namespace report {

/// A line on the search, and one on each reduction that saved something.
std::vector<std::string> summary(const checker::SearchResult& result);

} // namespace report
