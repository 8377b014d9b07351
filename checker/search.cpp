// SPDX-License-Identifier: GPL-2.0-only
// The way in; see search.hpp.
#include "checker/search.hpp"

#include "checker/strategies.hpp"

#if __has_include("checker/counterexample.hpp")
#include "checker/counterexample.hpp"
#define CHECKER_HAS_COUNTEREXAMPLES 1
#endif

#include <exception>

namespace checker {

namespace {

SearchResult explore(const Program& program, const SearchOptions& options) {
    switch (options.strategy) {
    case Strategy::naive: return search_naive(program, options);
    case Strategy::plain: return search_plain(program, options);
    case Strategy::stateful: break;
    }
    return search_stateful(program, options);
}

} // namespace

SearchResult search(const Program& program, const SearchOptions& options) {
    SearchResult result;
    if (program.threads().empty()) {
        result.error = "the program has no threads";
        return result;
    }
    try {
        result = explore(program, options);
#ifdef CHECKER_HAS_COUNTEREXAMPLES
        if (options.counterexamples)
            result.violations = canonical_counterexamples(program, std::move(result.violations), options);
        for (Violation& violation : result.violations)
            violation.context_switches = context_switches(violation.schedule);
#endif
    } catch (const std::exception& thrown) {
        result.verdict = Verdict::error;
        result.error = std::string("an operation or property of the program throws: ") + thrown.what();
    }
    return result;
}

} // namespace checker
