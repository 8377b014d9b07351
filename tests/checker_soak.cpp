// SPDX-License-Identifier: GPL-2.0-only
// `./dev soak [N [FIRST]]`: searches N generated programs (default 100,000) in every way there is, and counts what was
// compared. Each strategy, engine and reduction, by one thread and by two, in order and shuffled, must find the same violated
// properties and the same final states; and `dpor`, however it is run, must follow the same number of schedules.
//
// tests/checker_generated_test.cpp compares as many programs with fewer ways each, and says what makes such programs worth
// comparing. Here the programs are small. Naive search and dpor are left out where a program has loops without end or is too
// long for naive search.
#include "checker/grouped.hpp"
#include "checker/search.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/ways.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

using namespace checker;
using generated::GeneratedProgram;
using generated::reduced;
using generated::together;
using generated::way;
using generated::Way;

namespace {

constexpr std::uint64_t largest_naive = 1'000;   ///< nodes
constexpr std::uint64_t largest_plain = 200'000; ///< states

struct Tally {
    std::uint64_t programs = 0;
    std::uint64_t with_endless_loops = 0;
    std::uint64_t too_long_for_naive = 0;
    std::uint64_t too_large = 0; ///< for `plain`: not compared
    std::uint64_t searches = 0;
    std::map<std::string, std::uint64_t> properties; ///< kind of violation: in how many programs
    std::map<std::string, std::uint64_t> ways;       ///< how many programs were searched so
    std::vector<std::string> disagreements;

    void operator+=(const Tally& other) {
        programs += other.programs;
        with_endless_loops += other.with_endless_loops;
        too_long_for_naive += other.too_long_for_naive;
        too_large += other.too_large;
        searches += other.searches;
        for (const auto& [kind, count] : other.properties) properties[kind] += count;
        for (const auto& [way, count] : other.ways) ways[way] += count;
        disagreements.insert(disagreements.end(), other.disagreements.begin(), other.disagreements.end());
    }
};

/// The bound is one that leaves nothing out.
SearchOptions all_within(Strategy strategy, Engine engine, std::uint64_t sibling_order_seed = 0) {
    SearchOptions options = way(strategy, engine, sibling_order_seed);
    options.bound = 1'000'000;
    return options;
}

SearchOptions strict(SearchOptions options) {
    options.reductions.commute = false;
    return options;
}

std::vector<Way> ways_with_memory(std::uint64_t seed) {
    using enum Strategy;
    using enum Engine;
    constexpr Reductions choose{.choose = true, .merge = false, .commute = false, .symmetry = false};
    constexpr Reductions merge{.choose = false, .merge = true, .commute = false, .symmetry = false};
    constexpr Reductions commute{.choose = false, .merge = true, .commute = true, .symmetry = false};
    constexpr Reductions symmetry{.choose = false, .merge = false, .commute = false, .symmetry = true};
    return {
        {"plain, fibers", way(plain, fibers)},
        {"plain, replay", way(plain, replay)},
        {"plain, automata, shuffled", way(plain, automata, seed)},
        {"stateful, none", reduced(Reductions::none())},
        {"stateful, none, shuffled", reduced(Reductions::none(), seed)},
        {"stateful, none, -j 2", together(reduced(Reductions::none()), 2)},
        {"stateful, none, by turns", together(reduced(Reductions::none()), 1)},
        {"stateful, choose", reduced(choose)},
        {"stateful, choose, by turns", together(reduced(choose), 1)},
        {"stateful, choose, shuffled", reduced(choose, seed)},
        {"stateful, merge", reduced(merge)},
        {"stateful, merge, shuffled", reduced(merge, seed)},
        {"stateful, merge and commute", reduced(commute)},
        {"stateful, merge and commute, shuffled", reduced(commute, seed)},
        {"stateful, symmetry", reduced(symmetry)},
        {"stateful, symmetry, by turns", together(reduced(symmetry), 1)},
        {"stateful, symmetry, shuffled", reduced(symmetry, seed)},
        {"stateful, all", reduced({})},
        {"stateful, all, shuffled, other seed", reduced({}, seed, ~seed)},
        {"stateful, all, -j 2", together(reduced({}), 2)},
        {"stateful, all, -j 2, shuffled", together(reduced({}, seed), 2)},
        {"stateful, all, fibers", way(stateful, fibers)},
        {"stateful, all, fibers, shuffled", way(stateful, fibers, seed)},
        {"stateful, all, fibers, -j 2", together(way(stateful, fibers), 2)},
        {"stateful, all, replay", way(stateful, replay)},
        {"bounded", all_within(bounded, automata)},
        {"bounded, fibers", all_within(bounded, fibers)},
        {"delay", all_within(delay, automata)},
        {"delay, replay", all_within(delay, replay)},
    };
}

std::vector<Way> ways_without_memory(std::uint64_t seed) {
    using enum Strategy;
    using enum Engine;
    return {
        {"naive, automata", way(naive, automata)},
        {"naive, automata, shuffled", way(naive, automata, seed)},
        {"naive, fibers", way(naive, fibers)},
        {"naive, replay", way(naive, replay)},
    };
}

/// These follow the same number of schedules too.
std::vector<Way> ways_of_dpor(std::uint64_t seed) {
    using enum Strategy;
    using enum Engine;
    return {
        {"dpor", way(dpor, automata)},
        {"dpor, shuffled", way(dpor, automata, seed)},
        {"dpor, fibers", way(dpor, fibers)},
        {"dpor, replay, shuffled", way(dpor, replay, seed)},
        {"dpor, -j 2", together(way(dpor, automata), 2)},
        {"dpor, -j 2, shuffled", together(way(dpor, automata, seed), 2)},
        {"dpor, fibers, -j 2", together(way(dpor, fibers), 2)},
    };
}
std::vector<Way> ways_of_strict_dpor(std::uint64_t seed) {
    using enum Strategy;
    using enum Engine;
    return {
        {"dpor, updates do not commute", strict(way(dpor, automata))},
        {"dpor, updates do not commute, -j 2, shuffled", strict(together(way(dpor, automata, seed), 2))},
    };
}

/// One program, and what the first way found in it.
class Comparison {
public:
    Comparison(const GeneratedProgram& code, Tally& tally)
        : code_(code),
          program_(generated::build(code)),
          tally_(tally) {}

    /// Whether the program is small enough.
    bool begin() {
        SearchOptions options = way(Strategy::plain, Engine::automata);
        options.max_states = largest_plain;
        const SearchResult result = search(program_, options);
        if (!result.stopped_because.empty()) return false;
        count("plain, automata");
        expected_ = generated::findings_of(result);
        for (const Violation& violation : result.violations)
            ++tally_.properties[violation.property.substr(0, violation.property.find(' '))];
        if (!result.never_reached.empty()) ++tally_.properties["sometimes"];
        return true;
    }
    bool is_too_long_for_naive() const {
        SearchOptions options = way(Strategy::naive, Engine::automata);
        options.max_states = largest_naive;
        return !search(program_, options).stopped_because.empty();
    }
    void compare(const std::vector<Way>& ways) {
        for (const Way& way : ways) run(way);
    }
    void compare_schedules(const std::vector<Way>& ways) {
        const std::uint64_t schedules = run(ways.front());
        for (const Way& way : ways) {
            if (&way == &ways.front()) continue;
            if (const std::uint64_t found = run(way); found != schedules)
                disagree(way, std::to_string(found) + " schedules, not " + std::to_string(schedules));
        }
    }

private:
    std::uint64_t run(Way way) {
        way.options.max_states = 0;
        const SearchResult result = search(program_, way.options);
        count(way.name);
        const std::string found = generated::findings_of(result);
        if (!result.error.empty() || !result.stopped_because.empty() || found != expected_)
            disagree(way, found + " " + result.error + result.stopped_because);
        return result.executions;
    }
    void count(const char* name) {
        ++tally_.searches;
        ++tally_.ways[name];
    }
    void disagree(const Way& way, const std::string& found) {
        tally_.disagreements.push_back(std::string(way.name) + "\n" + generated::describe(code_) +
                                       "\nexpected: " + expected_ + "\nfound:    " + found + "\n");
    }

    const GeneratedProgram& code_;
    Program program_;
    Tally& tally_;
    std::string expected_;
};

void compare_program(std::uint64_t seed, Tally& tally) {
    const bool endless = seed % 4 == 0;
    const GeneratedProgram code = generated::generate(seed, {.endless_loops = endless,
                                                             .plain_accesses = seed % 7 == 0,
                                                             .more_forgets = seed % 5 == 0,
                                                             .alike = seed % 3 == 0,
                                                             .steps = seed % 3 == 0 ? 5U : 7U});
    ++tally.programs;
    tally.with_endless_loops += endless ? 1 : 0;
    Comparison comparison(code, tally);
    if (!comparison.begin()) {
        ++tally.too_large;
        return;
    }
    comparison.compare(ways_with_memory(seed));
    if (endless) return;
    if (comparison.is_too_long_for_naive()) {
        ++tally.too_long_for_naive;
        return;
    }
    comparison.compare(ways_without_memory(seed));
    comparison.compare_schedules(ways_of_dpor(seed));
    comparison.compare_schedules(ways_of_strict_dpor(seed));
}

void print(const char* what, std::uint64_t count) { std::printf("  %-46s %12s\n", what, grouped(count).c_str()); }

void print(const Tally& tally) {
    std::printf("generated programs, searched in every way\n");
    print("programs", tally.programs);
    print("of these with endless loops: no naive, no dpor", tally.with_endless_loops);
    print("too long for naive and dpor", tally.too_long_for_naive);
    print("too large for plain: not compared", tally.too_large);
    print("searches", tally.searches);
    print("disagreements", tally.disagreements.size());
    std::printf("what was violated, in how many programs\n");
    for (const auto& [kind, count] : tally.properties) print(kind.c_str(), count);
    std::printf("ways, and how many programs were searched so\n");
    for (const auto& [name, count] : tally.ways) print(name.c_str(), count);
    for (std::size_t at = 0; at < std::min<std::size_t>(tally.disagreements.size(), 3); ++at)
        std::printf("\nDISAGREEMENT: %s", tally.disagreements[at].c_str());
}

} // namespace

int main(int argc, char** argv) {
    const auto number = [&](int at, std::uint64_t otherwise) {
        return at < argc ? std::strtoull(argv[at], nullptr, 10) : otherwise;
    };
    const std::uint64_t count = number(1, 100'000);
    const std::uint64_t first = number(2, 20'000'000);
    if (count == 0) {
        std::fputs("usage: checker_soak [PROGRAMS [FIRST_SEED]]; at least one program\n", stderr);
        return 2;
    }
    const auto tally = generated::sum_over_seeds<Tally>(first, count, compare_program);
    print(tally);
    return tally.disagreements.empty() && tally.too_large < count / 10 ? 0 : 1;
}
