// SPDX-License-Identifier: GPL-2.0-only
#include "checker/states_alike.hpp"

namespace checker {

bool has_threads_alike(const Program& program) {
    std::size_t thread = 0;
    for (const auto& info : program.threads())
        if (info.first_alike.index != thread++) return true;
    return false;
}

// One thread after the other: among those that are alike, the n-th can be given the place of any of the n, and of those in the
// same local state it does not matter which has which place.
double states_alike(const Machine& machine) {
    const auto& threads = machine.program().threads();
    double states = 1;
    for (std::uint8_t thread = 0; thread < threads.size(); ++thread) {
        double alike = 1;
        double same = 1;
        for (std::uint8_t other = threads[thread].first_alike.index; other < thread; ++other) {
            if (threads[other].first_alike != threads[thread].first_alike) continue;
            ++alike;
            if (machine.local({other}).contribution == machine.local({thread}).contribution) ++same;
        }
        states *= alike / same;
    }
    return states;
}

} // namespace checker
