// SPDX-License-Identifier: GPL-2.0-only
// Threads that are alike: whose steps lead to the same place, and how many states one stands for.
#pragma once

#include "checker/machine.hpp"

#include <vector>

namespace checker {

/// The threads that were added together, as bit sets of two and more.
std::vector<Word> threads_alike(const Program& program);

/// Without those of `threads` that are alike, and in the same local state, as one that stays. Whatever such a thread does, the one
/// that stays does too, and the states that this leads to differ only in who is who. `groups`: of the program.
Word without_doubles(Word threads, const std::vector<Word>& groups, const Machine& machine);

/// How many states differ from that of the machine only in which of the threads that are alike is where, itself included.
double states_alike(const Machine& machine);

} // namespace checker
