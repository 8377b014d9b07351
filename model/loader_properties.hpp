// SPDX-License-Identifier: GPL-2.0-only
// The names of properties as scenarios write them.
#pragma once

#include <string>
#include <vector>

namespace model {

/// Checked only where a scenario names it.
inline constexpr const char* named_only_property = "no-needless-copy";

/// All that a scenario can name, built-in ones of the checker too.
std::vector<std::string> property_names();

} // namespace model
