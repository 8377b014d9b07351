// SPDX-License-Identifier: GPL-2.0-only
#include "checker/states_alike.hpp"

namespace checker {

std::vector<Word> threads_alike(const Program& program) {
    const auto& threads = program.threads();
    std::vector<Word> of_first(threads.size());
    for (std::size_t thread = 0; thread < threads.size(); ++thread)
        of_first[threads[thread].first_alike.index] |= Word{1} << thread;
    std::erase_if(of_first, [](Word group) { return std::popcount(group) < 2; });
    return of_first;
}

Word without_doubles(Word threads, const std::vector<Word>& groups, const Machine& machine) {
    for (const Word group : groups) {
        for (Word rest = threads & group; rest != 0; rest &= rest - 1) {
            const Hash128& place = machine.local(first_thread(rest)).contribution;
            for (Word others = rest & (rest - 1); others != 0; others &= others - 1) {
                if (machine.local(first_thread(others)).contribution != place) continue;
                threads &= ~(others & -others);
                rest &= ~(others & -others);
            }
        }
    }
    return threads;
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
