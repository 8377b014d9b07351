// SPDX-License-Identifier: GPL-2.0-only
// Checks a certificate without trusting the search that it comes from. Of the checker it uses the program, what operations do
// to cells (perform.hpp), and a machine to run the threads on: no search, no table, no reduction, no automata, no
// incremental fingerprints or properties.
//
// What is shown: the program's first state is in the certificate, each step of each state, unreduced, leads to one that is
// in it too, no property is false in any, and there is none that cannot be reached. Under symmetry a state stands for all
// that differ in which of threads that are alike is where; that threads added together are alike is taken for granted, and
// so is that they cannot be told apart (asking for an id is an error).
//
// What is not shown: that `forget` is used rightly. Local states are one here too if they have observed the same, which the
// audit (audit.hpp) is about.
#pragma once

#include "certificate/certificate.hpp"
#include "checker/search.hpp"

namespace certificate {

struct Verification {
    /// Why the certificate is refused; empty if it is right.
    std::string fault;
    /// How to come to the state that the fault is in, and, if it is in a step, with that as the last.
    checker::Schedule schedule;
    std::uint64_t transitions = 0;
    std::uint64_t ends = 0; ///< states where nothing is enabled
};

/// `certificate` was read for this program.
Verification verify(const checker::Program& program, const Certificate& certificate);

} // namespace certificate
