// SPDX-License-Identifier: GPL-2.0-only
// The operations of a set-up in a line of text.
#pragma once

#include "model/scenario.hpp"

#include <string>

namespace report {

/// "app store 0x1000 unit 0 = 1", "app gup 0x1000 as r (get, write, fast)", "put r": the operation's words as the scenario
/// has them, what it is about first.
std::string setup_text(const model::Scenario& scenario, const model::SetupOp& step);

} // namespace report
