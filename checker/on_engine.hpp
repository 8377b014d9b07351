// SPDX-License-Identifier: GPL-2.0-only
// Runs a search, a template over executions, on the engine that the options name.
#pragma once

#include "checker/automata_execution.hpp"
#include "checker/fiber_execution.hpp"
#include "checker/replay_execution.hpp"

#include <utility>

namespace checker {

/// Constructs `Search<E>` with the arguments and runs it. Where stacks cannot be restored (sanitizer builds), replay stands
/// in for fibers.
template <template <class> class Search, class... A>
SearchResult run_on_engine(Engine engine, A&&... arguments) {
    if (engine == Engine::automata) return Search<AutomataExecution>(std::forward<A>(arguments)...).run();
    if (engine == Engine::fibers && Fiber::can_roll_back)
        return Search<FiberExecution>(std::forward<A>(arguments)...).run();
    return Search<ReplayExecution>(std::forward<A>(arguments)...).run();
}

} // namespace checker
