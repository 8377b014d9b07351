// SPDX-License-Identifier: GPL-2.0-only
// The soundness of the engine: on many thousands of generated programs every strategy, both ways back, every order of
// siblings and every fingerprint seed find the same violated properties and the same final states.
//
// To look at one program: the message of a failure prints it with its seed.

#include "checker/audit.hpp"
#include "checker/search.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/settings.hpp"
#include "tests/generator/ways.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>

using namespace checker;
using generated::findings_of;
using generated::GeneratedProgram;
using generated::max_nodes;
using generated::reduced;
using generated::Shape;
using generated::together;
using generated::way;
using generated::Way;

namespace {

constexpr Reductions merging_only{.choose = false, .merge = true, .commute = false, .symmetry = false};

/// What a batch of programs came to.
struct Tally {
    std::uint64_t compared = 0;
    std::uint64_t skipped = 0; ///< too many nodes
    std::uint64_t violated = 0;
    std::uint64_t with_forget = 0;
    std::map<std::string, std::uint64_t> properties; ///< kind of violation: how many programs
    std::vector<std::string> disagreements;

    void add(const SearchResult& result) {
        if (result.verdict == Verdict::violated) ++violated;
        for (const Violation& violation : result.violations)
            ++properties[violation.property.substr(0, violation.property.find(' '))];
        if (!result.never_reached.empty()) ++properties["sometimes"];
    }
    void operator+=(const Tally& other) {
        compared += other.compared;
        skipped += other.skipped;
        violated += other.violated;
        with_forget += other.with_forget;
        for (const auto& [kind, count] : other.properties) properties[kind] += count;
        disagreements.insert(disagreements.end(), other.disagreements.begin(), other.disagreements.end());
    }
};

/// Searches the program in all the ways; the first is what the others are compared with.
void compare(const GeneratedProgram& code, const std::vector<Way>& ways, Tally& tally) {
    const Program program = generated::build(code);
    const SearchResult reference = search(program, ways.front().options);
    if (!reference.stopped_because.empty()) {
        ++tally.skipped;
        return;
    }
    ++tally.compared;
    tally.with_forget += code.has_forget ? 1 : 0;
    tally.add(reference);
    const std::string expected = findings_of(reference);
    for (const Way& way : ways) {
        SearchResult result;
        if (&way != &ways.front()) result = search(program, way.options);
        const SearchResult& found = &way == &ways.front() ? reference : result;
        if (found.error.empty() && found.stopped_because.empty() && findings_of(found) == expected) continue;
        tally.disagreements.push_back(std::string(way.name) + " against " + ways.front().name + "\n" +
                                      generated::describe(code) + "expected: " + expected +
                                      "\nfound:    " + findings_of(found) + "\n" + found.error + found.stopped_because);
    }
}

/// Programs without endless loops, some longer, some with more forgets than others, some with plain accesses.
Shape varied(std::uint64_t seed) {
    return {.plain_accesses = seed % 7 == 0, .more_forgets = seed % 4 == 0, .steps = seed % 5 == 0 ? 14U : 10U};
}

/// Calls `one(seed, tally)` for the seeds from `first` on, on all processors, and sums up. The result does not depend on how
/// many processors there are.
template <class F>
Tally over_seeds(std::uint64_t first, std::uint64_t count, F one) {
    const std::uint64_t workers = std::clamp(std::thread::hardware_concurrency(), 1U, 8U);
    std::vector<Tally> tallies(workers);
    std::vector<std::thread> threads;
    for (std::uint64_t worker = 0; worker < workers; ++worker) {
        threads.emplace_back([&, worker] {
            for (std::uint64_t seed = first + worker; seed < first + count; seed += workers) one(seed, tallies[worker]);
        });
    }
    for (std::thread& thread : threads) thread.join();
    Tally sum;
    for (const Tally& tally : tallies) sum += tally;
    return sum;
}

void require_agreement(const Tally& tally) {
    for (std::size_t i = 0; i < std::min<std::size_t>(tally.disagreements.size(), 3); ++i)
        UNSCOPED_INFO(tally.disagreements[i]);
    REQUIRE(tally.disagreements.empty());
}

/// Of this many programs, in quick builds a tenth.
std::uint64_t scaled(std::uint64_t count) { return generated::quick() ? count / 10 : count; }

} // namespace

TEST_CASE("naive with undo, naive with replay, plain and stateful agree on generated programs, and so do automata",
          "[generated]") {
    const std::uint64_t count = scaled(25'500);
    const Tally tally = over_seeds(1, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        compare(code,
                {{"naive, undo", way(Strategy::naive, Engine::fibers)},
                 {"naive, replay", way(Strategy::naive, Engine::replay)},
                 {"naive, automata", way(Strategy::naive, Engine::automata)},
                 {"plain, undo", way(Strategy::plain, Engine::fibers)},
                 {"stateful, undo", way(Strategy::stateful, Engine::fibers)},
                 {"stateful, automata", way(Strategy::stateful, Engine::automata)},
                 {"stateful, no reduction", reduced(Reductions::none())},
                 {"stateful, no reduction, by turns", together(reduced(Reductions::none()), seed % 4 == 0 ? 2 : 1)},
                 {"stateful, two workers", seed % 8 == 0 ? together(reduced({}), 2) : reduced({}, ~seed)},
                 {"stateful, merging only, shuffled, other seed", reduced(merging_only, seed, seed)},
                 {"stateful, undo, shuffled, other seed", way(Strategy::stateful, Engine::fibers, seed, seed)}},
                sum);
    });
    require_agreement(tally);
    CHECK(tally.compared + tally.skipped == count);
    CHECK(tally.compared >= scaled(20'000));
    // The programs are worth comparing only if much goes wrong in them, and not in all.
    CHECK(tally.violated >= tally.compared / 3);
    CHECK(tally.violated <= tally.compared * 4 / 5);
    CHECK(tally.with_forget >= tally.compared / 5);
    for (const char* kind : {"always", "at-end", "sometimes", "assertion:", "deadlock", "data"}) {
        INFO(kind);
        CHECK(tally.properties.at(kind) >= tally.compared / 100);
    }
}

TEST_CASE("dpor, which follows one schedule of each trace, finds what naive finds, with every engine",
          "[generated][dpor]") {
    const std::uint64_t count = scaled(20'000);
    const Tally tally = over_seeds(7'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        SearchOptions strict = way(Strategy::dpor, Engine::automata);
        strict.reductions.commute = false;
        compare(code,
                {{"naive, automata", way(Strategy::naive, Engine::automata)},
                 {"dpor, automata", way(Strategy::dpor, Engine::automata)},
                 {"dpor, automata, updates do not commute", strict},
                 {"dpor, undo", way(Strategy::dpor, Engine::fibers)},
                 {"dpor, replay", way(Strategy::dpor, Engine::replay)}},
                sum);
    });
    require_agreement(tally);
    CHECK(tally.compared >= scaled(15'000));
}

TEST_CASE("dpor finds what plain finds in programs that are too long for naive", "[generated][dpor]") {
    const std::uint64_t count = scaled(6'000);
    const Tally tally = over_seeds(8'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, {.more_forgets = seed % 4 == 0, .steps = 16});
        SearchOptions dpor = way(Strategy::dpor, Engine::automata);
        dpor.max_states = 200 * max_nodes;
        compare(code, {{"plain, automata", way(Strategy::plain, Engine::automata)}, {"dpor, automata", dpor}}, sum);
    });
    require_agreement(tally);
    CHECK(tally.compared >= scaled(5'500));
}

TEST_CASE("shuffled siblings change nothing, in any strategy and engine", "[generated]") {
    const std::uint64_t count = scaled(3'000);
    const Tally tally = over_seeds(1'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        compare(code,
                {{"naive, undo", way(Strategy::naive, Engine::fibers)},
                 {"naive, undo, shuffled", way(Strategy::naive, Engine::fibers, seed)},
                 {"naive, replay, shuffled", way(Strategy::naive, Engine::replay, seed + 1)},
                 {"plain, undo, shuffled", way(Strategy::plain, Engine::fibers, seed)},
                 {"plain, replay, shuffled", way(Strategy::plain, Engine::replay, seed)},
                 {"naive, automata, shuffled", way(Strategy::naive, Engine::automata, seed + 2)},
                 {"plain, automata, shuffled", way(Strategy::plain, Engine::automata, seed)},
                 {"stateful, undo, shuffled", way(Strategy::stateful, Engine::fibers, seed)},
                 {"stateful, replay, shuffled", way(Strategy::stateful, Engine::replay, seed)}},
                sum);
    });
    require_agreement(tally);
    CHECK(tally.compared >= scaled(2'200));
}

TEST_CASE("plain and stateful agree on generated programs with endless retry loops", "[generated]") {
    const std::uint64_t count = scaled(6'000);
    const Tally tally = over_seeds(2'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(
            seed, {.endless_loops = true, .plain_accesses = seed % 7 == 0, .more_forgets = seed % 4 == 0, .steps = 18});
        compare(code,
                {{"plain, undo", way(Strategy::plain, Engine::fibers)},
                 {"plain, automata", way(Strategy::plain, Engine::automata)},
                 {"stateful, undo", way(Strategy::stateful, Engine::fibers)},
                 {"stateful, automata, other seed", way(Strategy::stateful, Engine::automata, 0, ~seed)},
                 {"stateful, automata, shuffled", way(Strategy::stateful, Engine::automata, seed)},
                 {"stateful, no reduction", reduced(Reductions::none())},
                 {"stateful, merging only, shuffled", reduced(merging_only, seed + 1)},
                 {"stateful, undo, shuffled, other seed", way(Strategy::stateful, Engine::fibers, seed, seed)},
                 {"plain, undo, shuffled", way(Strategy::plain, Engine::fibers, seed)}},
                sum);
    });
    require_agreement(tally);
    CHECK(tally.compared >= scaled(5'500));
    CHECK(tally.with_forget >= tally.compared / 2);
    CHECK(tally.properties.at("never-ends") >= tally.compared / 500);
}

TEST_CASE("that threads differ in nothing changes no result", "[generated]") {
    std::atomic<std::uint64_t> all = 0;
    std::atomic<std::uint64_t> kept = 0;
    std::atomic<std::uint64_t> left_out = 0;
    constexpr Reductions symmetry_only{.choose = false, .merge = false, .commute = false, .symmetry = true};
    SearchOptions symmetry_with_undo = way(Strategy::stateful, Engine::fibers);
    symmetry_with_undo.reductions = symmetry_only;
    const std::uint64_t count = scaled(8'000);
    const Tally tally = over_seeds(8'000'000, count, [&](std::uint64_t seed, Tally& sum) {
        GeneratedProgram code = generated::generate(
            seed, {.endless_loops = seed % 3 == 0, .more_forgets = seed % 4 == 0, .alike = true, .steps = 10});
        if (seed % 5 == 0) code.threads.front().copies = 3;
        compare(code,
                {{"plain, undo", way(Strategy::plain, Engine::fibers)},
                 {"symmetry only", reduced(symmetry_only)},
                 {"symmetry only, by turns", together(reduced(symmetry_only), seed % 4 == 0 ? 2 : 1)},
                 {"symmetry only, undo", symmetry_with_undo},
                 {"all", reduced({}, 0, seed)},
                 {"all, shuffled", reduced({}, seed)},
                 {"all, two workers", together(reduced({}), 2)}},
                sum);
        const Program program = generated::build(code);
        SearchOptions options = reduced(Reductions::none());
        options.max_states = 0;
        const std::uint64_t states = search(program, options).states;
        options.reductions = symmetry_only;
        const SearchResult reduced_states = search(program, options);
        all += states;
        kept += reduced_states.states;
        left_out += reduced_states.gains.alike_steps_left_out;
        const auto steps = [&](SearchOptions way) {
            way.max_states = 0;
            const SearchResult r = search(program, way);
            return std::array{r.states, r.transitions, r.gains.alike_steps_left_out};
        };
        const auto expected = steps(options);
        if (steps(symmetry_with_undo) != expected || steps(reduced(symmetry_only, seed)) != expected ||
            steps(together(options, seed % 2 == 0 ? 2 : 1)) != expected)
            sum.disagreements.push_back(generated::describe(code) + "other steps");
        // Where no threads are alike by chance, nothing is said.
        const double stand_for = reduced_states.gains.symmetric_states;
        if (stand_for != 0 && stand_for != static_cast<double>(states))
            sum.disagreements.push_back(generated::describe(code));
    });
    require_agreement(tally);
    CHECK(tally.compared + tally.skipped == count);
    CHECK(tally.compared >= count / 2);
    CHECK(kept < all * 2 / 3);
    CHECK(left_out > kept / 20);
}

TEST_CASE("another fingerprint seed and another engine give the same counts of states and transitions", "[generated]") {
    const Tally tally = over_seeds(3'000'000, scaled(3'000), [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, {.endless_loops = seed % 2 == 0, .steps = 18});
        const Program program = generated::build(code);
        const auto counts = [&](SearchOptions options) {
            options.reductions = Reductions::none();
            options.max_states = 0;
            const SearchResult r = search(program, options);
            return std::array{r.states, r.transitions, r.executions, r.max_depth};
        };
        const auto expected = counts(way(Strategy::stateful, Engine::fibers));
        ++sum.compared;
        if (counts(way(Strategy::plain, Engine::automata)) == expected &&
            counts(way(Strategy::stateful, Engine::fibers, 0, seed)) == expected &&
            counts(way(Strategy::stateful, Engine::automata, 0, seed)) == expected &&
            counts(way(Strategy::stateful, Engine::replay, 0, ~seed)) == expected) {
            // Who goes where first, and so by the longest way, depends on turns.
            const auto by_turns = counts(together(way(Strategy::stateful, Engine::automata), seed % 2 == 0 ? 2 : 1));
            if (std::equal(expected.begin(), expected.end() - 1, by_turns.begin())) return;
        }
        sum.disagreements.push_back(generated::describe(code));
    });
    require_agreement(tally);
    CHECK(tally.compared == scaled(3'000));
}

TEST_CASE("which states merging keeps does not depend on the order of the search", "[generated]") {
    std::atomic<std::uint64_t> all = 0;
    std::atomic<std::uint64_t> kept = 0;
    const Tally tally = over_seeds(7'000'000, scaled(3'000), [&](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code =
            generated::generate(seed, {.endless_loops = seed % 2 == 0, .more_forgets = seed % 3 == 0, .steps = 18});
        const Program program = generated::build(code);
        const auto counts = [&](SearchOptions options) {
            options.max_states = 0;
            const SearchResult r = search(program, options);
            return std::array{r.states, r.executions};
        };
        const auto expected = counts(reduced({}));
        ++sum.compared;
        kept += expected[0];
        all += counts(reduced(Reductions::none()))[0];
        if (counts(reduced({}, seed)) == expected && counts(reduced({}, ~seed, seed)) == expected &&
            counts(together(reduced({}), 2)) == expected)
            return;
        sum.disagreements.push_back(generated::describe(code));
    });
    require_agreement(tally);
    CHECK(tally.compared == scaled(3'000));
    CHECK(kept < all / 2);
}

TEST_CASE("the counts of states and transitions over a thousand programs are these", "[generated]") {
    // A change of these numbers is a change of the generator, of what tells states apart, or of a reduction.
    const auto counts = [](Strategy strategy) {
        std::uint64_t states = 0;
        std::uint64_t transitions = 0;
        std::uint64_t ends = 0;
        for (std::uint64_t seed = 4'000'000; seed < 4'001'000; ++seed) {
            const Shape shape{.endless_loops = seed % 2 == 0, .more_forgets = seed % 3 == 0, .steps = 12};
            const GeneratedProgram code = generated::generate(seed, shape);
            SearchOptions options = way(strategy, Engine::fibers);
            options.max_states = 0;
            const SearchResult result = search(generated::build(code), options);
            states += result.states;
            transitions += result.transitions;
            ends += result.executions;
        }
        return std::array{states, transitions, ends};
    };
    CHECK(counts(Strategy::plain) == std::array<std::uint64_t, 3>{363'028, 981'289, 3'415});
    CHECK(counts(Strategy::stateful) == std::array<std::uint64_t, 3>{346'055, 897'000, 3'415});
}

TEST_CASE("the audit finds nothing wrong with programs whose forgets are right", "[generated][audit]") {
    const std::uint64_t count = scaled(1'800);
    const Tally tally = over_seeds(5'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code =
            generated::generate(seed, {.endless_loops = seed % 2 == 0, .more_forgets = seed % 4 == 0, .steps = 14});
        const AuditResult result = audit(generated::build(code), 5'000);
        ++(result.complete ? sum.compared : sum.skipped);
        sum.with_forget += code.has_forget ? 1 : 0;
        if (result.fault.empty() && result.error.empty()) return;
        sum.disagreements.push_back(generated::describe(code) + result.fault + result.error);
    });
    require_agreement(tally);
    CHECK(tally.compared >= scaled(1'400));
    CHECK(tally.with_forget >= scaled(700));
}

TEST_CASE("the audit catches every forget that leaves out a live value and changes what a search finds",
          "[generated][audit]") {
    std::atomic<std::uint64_t> caught = 0;
    const Tally tally = over_seeds(6'000'000, scaled(500), [&caught](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code =
            generated::generate(seed, {.endless_loops = seed % 3 == 0, .more_forgets = true, .steps = 14});
        const SearchOptions plain = way(Strategy::plain, Engine::fibers);
        const SearchResult right = search(generated::build(code), plain);
        if (!right.stopped_because.empty()) return;
        for (unsigned reg = 0; reg < generated::register_count; ++reg) {
            const Program wrong = generated::build(code, static_cast<std::uint8_t>(1U << reg));
            const AuditResult result = audit(wrong, 20'000);
            if (!result.complete && result.fault.empty()) continue;
            ++sum.compared;
            if (!result.fault.empty()) ++caught;
            if (!result.fault.empty() || findings_of(search(wrong, plain)) == findings_of(right)) continue;
            sum.disagreements.push_back("register " + std::to_string(reg) + "\n" + generated::describe(code));
        }
    });
    require_agreement(tally);
    CHECK(tally.compared >= scaled(1'600));
    CHECK(caught >= scaled(300));
}
