// SPDX-License-Identifier: GPL-2.0-only
// What symmetry saves: how many states one stands for.
#pragma once

#include "checker/machine.hpp"

namespace checker {

bool has_threads_alike(const Program& program);

/// How many states differ from that of the machine only in which of the threads that are alike is where, itself included.
double states_alike(const Machine& machine);

} // namespace checker
