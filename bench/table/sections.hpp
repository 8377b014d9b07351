// SPDX-License-Identifier: GPL-2.0-only
// The tables of `./dev bench`, a function each. Start reading at main() in main.cpp.
#pragma once

#include "bench/table/table.hpp"

#include <string>

namespace bench {

struct Settings {
    std::string cowherd;             ///< the program
    std::string source;              ///< the project's directory
    unsigned jobs = 2;               ///< how many threads search where more than one does
    double seconds_of_scaling = 30;  ///< what a scenario of the scaling table gets
    double memory_of_scaling = 4096; ///< MiB
};

/// A step, and a step and its undo, beside a bare switch of stacks.
void measure_engine(Output& out);
/// States a second and bytes a state, of the swap toy.
void measure_stateful(Output& out, const Settings& settings);
/// The classical programs, a schedule a trace. Returns whether all counts are right.
bool measure_classic(Output& out, const Settings& settings);
/// The whole matrix of scenarios. Returns whether all is as expected.
bool measure_gate(Output& out, const Settings& settings);
/// The seed's swap-out scenario with more and more threads. Returns whether each could be read.
bool measure_scaling(Output& out, const Settings& settings);

} // namespace bench
