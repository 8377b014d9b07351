// SPDX-License-Identifier: GPL-2.0-only
// Preemption and delay bounding: exactly the schedules within the bound, which an enumeration without memory confirms on
// generated programs, and `holds` only where the bound left nothing out.

#include "checker/findings.hpp"
#include "checker/replay_execution.hpp"
#include "tests/checker_programs.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

using namespace checker;
using namespace small;
using generated::comparable;
using generated::final_states;
using generated::GeneratedProgram;
using generated::violated_names;

namespace {

SearchOptions bounded(Strategy strategy, std::uint32_t bound, Engine engine = Engine::automata) {
    SearchOptions options = comparable(strategy, engine);
    options.bound = bound;
    return options;
}

/// Every schedule within a bound, by definition: nothing is remembered, and each schedule's cost is counted as it grows.
class Enumeration {
public:
    Enumeration(const Program& program, Strategy strategy, std::uint32_t bound)
        : program_(program),
          strategy_(strategy),
          bound_(bound),
          execution_(program, settings()) {
        note_raised();
        go_on({}, 0);
    }

    bool was_cut() const { return nodes_ > max_nodes; }
    const std::set<std::string>& violated() const { return violated_; }
    const std::set<std::string>& ends() const { return ends_; }

private:
    static constexpr std::uint64_t max_nodes = 4'000;

    static MachineSettings settings() { return MachineSettings::of(SearchOptions{.engine = Engine::replay}); }

    std::uint32_t cost(const Schedule& schedule, Word enabled, unsigned thread) const {
        const auto is_enabled = [&](unsigned t) { return (enabled >> t & 1) != 0; };
        if (strategy_ == Strategy::bounded) {
            if (schedule.empty()) return 0;
            const unsigned last = schedule.back().thread.index;
            return last != thread && is_enabled(last) ? 1 : 0;
        }
        std::uint32_t passed_over = 0;
        const auto threads = static_cast<unsigned>(program_.threads().size());
        for (unsigned turn = schedule.empty() ? 0 : schedule.back().thread.index; turn != thread;
             turn = (turn + 1) % threads)
            passed_over += is_enabled(turn) ? 1 : 0;
        return passed_over;
    }

    void go_on(Schedule schedule, std::uint32_t spent) {
        if (++nodes_ > max_nodes) return;
        const Word enabled = execution_.enabled();
        if (enabled == 0) note_end();
        for (unsigned thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadId id{static_cast<std::uint8_t>(thread)};
            if ((enabled >> thread & 1) == 0) continue;
            const std::uint32_t now = spent + cost(schedule, enabled, thread);
            if (now > bound_) continue;
            for (std::uint32_t choice = 0; choice < execution_.choices(id); ++choice) {
                execution_.step({id, static_cast<std::uint16_t>(choice)});
                note_raised();
                schedule.push_back({id, static_cast<std::uint16_t>(choice)});
                go_on(schedule, now);
                schedule.pop_back();
                execution_.undo();
            }
        }
    }
    void note_raised() {
        const Raised raised = execution_.raised();
        note(raised.violated);
        for (Word rest = raised.failed; rest != 0; rest &= rest - 1)
            violated_.insert(std::string(assertion_prefix) +
                             execution_.pending(ThreadId{static_cast<std::uint8_t>(std::countr_zero(rest))}).label);
    }
    void note_end() {
        if (execution_.ending() == Ending::complete) note(execution_.violated_at_end());
        if (execution_.ending() == Ending::deadlock) violated_.insert(deadlock_property);
        ends_.insert(generated::text_of(final_state_of(execution_, program_)));
    }
    void note(Word properties) {
        for (Word rest = properties; rest != 0; rest &= rest - 1)
            violated_.insert(program_.properties()[static_cast<std::size_t>(std::countr_zero(rest))].name);
    }

    const Program& program_;
    Strategy strategy_;
    std::uint32_t bound_;
    ReplayExecution execution_;
    std::uint64_t nodes_ = 0;
    std::set<std::string> violated_;
    std::set<std::string> ends_;
};

struct Tally {
    std::uint64_t compared = 0;
    std::uint64_t skipped = 0;
    std::uint64_t found_less = 0; ///< the bound left a violation out
    std::uint64_t held = 0;
    std::vector<std::string> disagreements;

    void operator+=(const Tally& other) {
        compared += other.compared;
        skipped += other.skipped;
        found_less += other.found_less;
        held += other.held;
        disagreements.insert(disagreements.end(), other.disagreements.begin(), other.disagreements.end());
    }
};

void require_none(const Tally& tally) {
    for (std::size_t i = 0; i < std::min<std::size_t>(tally.disagreements.size(), 2); ++i)
        UNSCOPED_INFO(tally.disagreements[i]);
    REQUIRE(tally.disagreements.empty());
}

std::uint64_t scaled(std::uint64_t count) { return generated::quick() ? count / 10 : count; }

/// A bound that no schedule of these programs needs.
constexpr unsigned enough = 1000;

} // namespace

TEST_CASE("within k preemptions or delays the bounded strategies find what an enumeration of those schedules finds",
          "[bounded][generated]") {
    const Tally tally = generated::sum_over_seeds<Tally>(7'000'000, scaled(4'000), [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, {.more_forgets = seed % 4 == 0, .steps = 10});
        const Program program = generated::build(code);
        const SearchResult whole = search(program, comparable(Strategy::plain));
        for (const Strategy strategy : {Strategy::bounded, Strategy::delay}) {
            const auto bound = static_cast<std::uint32_t>(seed / 2 % 3);
            const Enumeration expected(program, strategy, bound);
            if (expected.was_cut()) {
                ++sum.skipped;
                continue;
            }
            ++sum.compared;
            const Engine engine = seed % 3 == 0 ? Engine::replay : seed % 3 == 1 ? Engine::fibers : Engine::automata;
            const SearchResult found = search(program, bounded(strategy, bound, engine));
            sum.found_less += violated_names(found).size() < violated_names(whole).size() ? 1 : 0;
            sum.held += found.verdict == Verdict::holds ? 1 : 0;
            const bool may_hold = found.verdict != Verdict::holds || whole.verdict == Verdict::holds;
            if (violated_names(found) == expected.violated() && final_states(found) == expected.ends() && may_hold)
                continue;
            sum.disagreements.push_back("bound " + std::to_string(bound) + "\n" + generated::describe(code) +
                                        found.error + found.stopped_because);
        }
    });
    require_none(tally);
    CHECK(tally.compared >= scaled(6'000));
    CHECK(tally.found_less >= scaled(150));
    CHECK(tally.held >= scaled(50));
}

TEST_CASE("with a bound that covers everything the bounded strategies say what plain says, of as many states",
          "[bounded][generated]") {
    const Tally tally = generated::sum_over_seeds<Tally>(7'100'000, scaled(3'000), [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code =
            generated::generate(seed, {.endless_loops = seed % 2 == 0, .more_forgets = seed % 4 == 0, .steps = 12});
        const Program program = generated::build(code);
        SearchOptions plain = comparable(Strategy::plain);
        plain.max_states = 20'000;
        const SearchResult whole = search(program, plain);
        if (!whole.stopped_because.empty()) {
            ++sum.skipped;
            return;
        }
        for (const Strategy strategy : {Strategy::bounded, Strategy::delay}) {
            ++sum.compared;
            const SearchResult found = search(program, bounded(strategy, enough));
            sum.held += found.verdict == Verdict::holds ? 1 : 0;
            if (found.verdict == whole.verdict && violated_names(found) == violated_names(whole) &&
                found.never_reached == whole.never_reached && final_states(found) == final_states(whole) &&
                found.states == whole.states && found.executions == whole.executions && found.stopped_because.empty())
                continue;
            sum.disagreements.push_back(generated::describe(code) + found.error + found.stopped_because);
        }
    });
    require_none(tally);
    CHECK(tally.compared >= scaled(5'000));
    CHECK(tally.held >= scaled(500));
}

TEST_CASE("a lost update needs one preemption, and as many delays", "[bounded]") {
    const Program program = counting(2, false);
    for (const Strategy strategy : {Strategy::bounded, Strategy::delay}) {
        const SearchResult none = search(program, bounded(strategy, 0));
        CHECK(none.verdict == Verdict::inconclusive);
        const std::string what = strategy == Strategy::bounded ? "preemptions" : "delays";
        CHECK_THAT(none.stopped_because, Catch::StartsWith("no violation within 0 " + what + " ("));
        const SearchResult one = search(program, bounded(strategy, 1));
        CHECK(names(one) == std::vector<std::string>{"all are counted"});
        CHECK(one.states_within.size() == 2);
        CHECK(one.states_within.back() == one.states);
    }
}

TEST_CASE("the numbers of states within so many preemptions of independent threads are these", "[bounded]") {
    // Two threads of three steps: without a preemption one runs after the other. A state (a, b) with neither at an end
    // needs one; nothing needs two, so the search ends there although it might go on to five.
    const SearchResult preemptions = search(independent(2, 3), bounded(Strategy::bounded, 5));
    CHECK(preemptions.verdict == Verdict::holds);
    CHECK(preemptions.states_within == std::vector<std::uint64_t>{12, 16, 16});
    // The scheduler begins with the first thread: (0, 1) needs a delay, and then going on as the first thread another one.
    const SearchResult delays = search(independent(2, 3), bounded(Strategy::delay, 5));
    CHECK(delays.verdict == Verdict::holds);
    CHECK(delays.states_within == std::vector<std::uint64_t>{7, 16, 16, 16});
}

TEST_CASE("a bound that leaves nothing new out is no reason to doubt", "[bounded]") {
    // With one preemption all 16 states are seen; a second one could lead to none of them that is new.
    const SearchResult result = search(independent(2, 3), bounded(Strategy::bounded, 1));
    CHECK(result.verdict == Verdict::holds);
    CHECK(result.stopped_because.empty());
    CHECK(search(independent(2, 3), bounded(Strategy::bounded, 0)).verdict == Verdict::inconclusive);
}

TEST_CASE("a bounded search ends although the program loops", "[bounded]") {
    Program program;
    const auto a = program.var<int>("a");
    for (int thread = 0; thread < 2; ++thread) {
        program.add_thread("t", [=](Thread& t) {
            for (;;) {
                t.forget("again");
                t.store(a, 1 - t.load(a));
            }
        });
    }
    for (const Strategy strategy : {Strategy::bounded, Strategy::delay}) {
        CHECK(search(program, bounded(strategy, 0)).verdict == Verdict::inconclusive);
        CHECK(names(search(program, bounded(strategy, enough))) == std::vector<std::string>{never_ends_property});
    }
}

TEST_CASE("what else bounds a search ends a bounded one too, as inconclusive", "[bounded]") {
    const Program program = independent(4, 6);
    for (const Strategy strategy : {Strategy::bounded, Strategy::delay}) {
        SearchOptions options = bounded(strategy, enough);
        options.max_states = 100;
        const SearchResult states = search(program, options);
        CHECK(states.verdict == Verdict::inconclusive);
        CHECK(states.states == 100);
        CHECK_THAT(states.stopped_because, Catch::StartsWith("the bound of 100 states was reached ("));
        options = bounded(strategy, enough);
        options.max_depth = 23;
        CHECK_THAT(search(program, options).stopped_because, Catch::StartsWith("the bound of 23 steps"));
        options = bounded(strategy, enough);
        options.max_memory_bytes = 30'000;
        const SearchResult memory = search(program, options);
        CHECK(memory.verdict == Verdict::inconclusive);
        CHECK_THAT(memory.stopped_because, Catch::StartsWith("the bound of 30,000 bytes for visited states"));
    }
}

TEST_CASE("a bounded search can stop at the first violation, and shows the same counterexample as others",
          "[bounded]") {
    Program program = counting(3, false);
    const SearchResult expected = search(program, {});
    for (const Strategy strategy : {Strategy::bounded, Strategy::delay}) {
        const SearchResult found = search(program, {.strategy = strategy, .stop_at_first = true});
        REQUIRE(found.violations.size() == 1);
        CHECK(found.violations[0].canonical);
        CHECK(found.violations[0].schedule == expected.violations.at(0).schedule);
    }
}
