// SPDX-License-Identifier: GPL-2.0-only
// The way in; see search.hpp.
#include "checker/search.hpp"

#include "checker/atomic_file.hpp"
#include "checker/checkpoint.hpp"
#include "checker/counterexample.hpp"
#include "checker/livelock.hpp"
#include "checker/strategies.hpp"

#include <algorithm>
#include <exception>

namespace checker {

namespace {

SearchResult explore(const Program& program, const SearchOptions& options) {
    if (options.livelock) return search_livelock(program, options);
    switch (options.strategy) {
    case Strategy::naive: return search_naive(program, options);
    case Strategy::plain: return search_plain(program, options);
    case Strategy::bounded:
    case Strategy::delay: return search_bounded(program, options);
    case Strategy::random: return search_random(program, options);
    case Strategy::pct: return search_pct(program, options);
    case Strategy::pos: return search_pos(program, options);
    case Strategy::dpor: return search_dpor(program, options);
    case Strategy::stateful: break;
    }
    return search_stateful(program, options);
}

/// A livelock's schedule comes from its own search, which knows of cycles.
void make_canonical(const Program& program, const SearchOptions& options, std::vector<Violation>& violations) {
    const auto is_livelock = [](const Violation& violation) { return violation.property == livelock_property; };
    const auto at = std::find_if(violations.begin(), violations.end(), is_livelock) - violations.begin();
    std::vector<Violation> others = violations;
    std::erase_if(others, is_livelock);
    others = canonical_counterexamples(program, std::move(others), options);
    if (others.size() < violations.size())
        others.insert(others.begin() + at, std::move(violations[static_cast<std::size_t>(at)]));
    violations = std::move(others);
}

/// Makes the counterexamples canonical if that is wanted, and has every one replayed before it is reported.
void finish_counterexamples(const Program& program, const SearchOptions& options, SearchResult& result) {
    if (options.counterexamples) {
        SearchOptions remaining = options;
        // A search that has used up its time still owes a schedule that people can read.
        if (options.max_seconds > 0)
            remaining.max_seconds = std::max(options.max_seconds - result.seconds, options.max_seconds / 4);
        make_canonical(program, remaining, result.violations);
    }
    for (Violation& violation : result.violations) {
        violation.context_switches = context_switches(violation.schedule);
        // What never ends has no schedule that could be shown.
        if (violation.property == never_ends_property) continue;
        if (const std::string fault = counterexample_fault(program, violation); !fault.empty()) {
            result.verdict = Verdict::error;
            result.error = "internal: counterexample does not replay: " + fault;
        }
    }
}

/// What cannot be had of what the options ask for, before anything is searched; empty if nothing.
std::string fault_of(const SearchOptions& options) {
    if (std::string fault = fault_of_checkpointing(options); !fault.empty()) return fault;
    const std::string& path = options.checkpoint.save_to;
    return path.empty() ? path : fault_of_durable_file(path).value_or("");
}

} // namespace

SearchResult search(const Program& program, const SearchOptions& options) {
    SearchResult result;
    if (program.threads().empty()) {
        result.error = "the program has no threads";
        return result;
    }
    if (result.refused = fault_of(options); !result.refused.empty()) {
        result.error = result.refused;
        return result;
    }
    try {
        result = explore(program, options);
        if (result.verdict != Verdict::error) finish_counterexamples(program, options, result);
    } catch (const std::exception& thrown) {
        result.verdict = Verdict::error;
        result.error = std::string("an operation or property of the program throws: ") + thrown.what();
    } catch (...) {
        result.verdict = Verdict::error;
        result.error = "an operation or property of the program throws what is no std::exception";
    }
    return result;
}

} // namespace checker
