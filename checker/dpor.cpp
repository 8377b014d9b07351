// SPDX-License-Identifier: GPL-2.0-only
// One schedule of each Mazurkiewicz trace; see dpor_search.hpp.
#include "checker/automata_execution.hpp"
#include "checker/dpor_search.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/replay_execution.hpp"
#include "checker/strategies.hpp"

namespace checker {

SearchResult search_dpor(const Program& program, const SearchOptions& options) {
    if (options.engine == Engine::automata) return DporSearch<AutomataExecution>(program, options).run();
    if (options.engine == Engine::fibers && Fiber::can_roll_back)
        return DporSearch<FiberExecution>(program, options).run();
    return DporSearch<ReplayExecution>(program, options).run();
}

} // namespace checker
