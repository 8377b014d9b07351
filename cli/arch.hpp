// SPDX-License-Identifier: GPL-2.0-only
// Between arch.cpp and arch_check.cpp.
#pragma once

#include "cli/commands.hpp"

namespace cli {

/// cowherd arch check.
void add_arch_check(CLI::App& arch, const std::shared_ptr<bool>& as_json, Command& chosen);

} // namespace cli
