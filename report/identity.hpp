// SPDX-License-Identifier: GPL-2.0-only
// What a trace belongs to. A schedule means something only for the program it was found in.
#pragma once

#include "checker/program.hpp"

#include <string>

namespace report {

/// The version of the model: raised when the steps of modelled functions change, so that old schedules mean other things.
std::string model_identity();

/// A hash of the program as built: the names and initial values of its cells, its threads and its properties. Equal on
/// every machine.
std::string program_identity(const checker::Program& program);

} // namespace report
