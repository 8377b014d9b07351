// SPDX-License-Identifier: GPL-2.0-only
// Livelocks: what is one and what is none, and that the search agrees with brute force on generated programs with retry
// loops: there every closed walk is a candidate, and nothing is known of components.

#include "checker/livelock.hpp"
#include "checker/replay_execution.hpp"
#include "tests/checker_programs.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

#include <map>
#include <queue>

using namespace checker;
using namespace small;
using generated::comparable;
using generated::GeneratedProgram;

namespace {

const std::vector<std::string> livelock{livelock_property};
const std::vector<std::string> nothing{};

SearchOptions for_livelock(Engine engine = Engine::automata) {
    SearchOptions options;
    options.engine = engine;
    options.livelock = true;
    return options;
}

SearchResult search_for_livelock(const Program& program) { return search(program, for_livelock()); }

/// A thread that retries, with a forget each time, until `var` is not zero.
void spin(Thread& t, Var<int> var) {
    do t.forget("spin");
    while (t.load(var) == 0);
}

/// Two threads that take two locks in opposite order, and back off where the second is taken.
Program backing_off(bool in_opposite_order, Program program = {}) {
    const Mutex a = program.mutex("a");
    const Mutex b = program.mutex("b");
    for (const bool is_first : {true, false}) {
        const auto [one, other] = is_first || !in_opposite_order ? std::pair(a, b) : std::pair(b, a);
        program.add_thread(is_first ? "first" : "second", [one = one, other = other](Thread& t) {
            for (;;) {
                t.forget("retry");
                t.lock(one);
                if (t.trylock(other)) break;
                t.unlock(one);
            }
            t.unlock(other);
            t.unlock(one);
        });
    }
    return program;
}

/// The graph of a program's states, each kept whole, and closed walks in it found by trying them all.
class BruteForce {
public:
    static constexpr std::size_t max_states = 200;

    explicit BruteForce(const Program& program)
        : program_(program),
          execution_(program, MachineSettings::of(SearchOptions{.engine = Engine::replay})) {
        explore();
        if (was_cut()) return;
        for (std::size_t state = 0; state < nodes_.size(); ++state) {
            const std::size_t length = shortest_livelock_at(state);
            if (length == 0) continue;
            is_livelock_ = true;
            stem_ = std::min(stem_, nodes_[state].distance);
            cycle_at_[state] = length;
        }
    }

    bool was_cut() const { return nodes_.size() > max_states; }
    bool is_livelock() const { return is_livelock_; }
    std::size_t stem() const { return stem_; }

    /// Whether the schedule is a lasso with a shortest stem and, from there, a shortest cycle.
    bool is_least_lasso(const Schedule& schedule, std::size_t stem) {
        if (stem != stem_) return false;
        std::size_t at = 0;
        for (std::size_t i = 0; i < stem; ++i) at = nodes_[at].after.at(schedule[i]);
        const std::size_t entry = at;
        for (std::size_t i = stem; i < schedule.size(); ++i) at = nodes_[at].after.at(schedule[i]);
        return at == entry && cycle_at_.count(entry) != 0 && cycle_at_[entry] == schedule.size() - stem;
    }

private:
    struct Node {
        Schedule way;
        Word enabled = 0;
        bool has_failed = false;
        std::size_t distance = 0;
        std::map<Step, std::size_t> after;
    };

    void go_to(const Schedule& way) {
        while (execution_.depth() > 0) execution_.undo();
        for (const Step step : way) execution_.step(step);
    }
    std::size_t number_of_state(const Schedule& way) {
        std::string bytes;
        execution_.machine().append_state(bytes);
        const auto [entry, is_new] = numbers_.emplace(bytes, nodes_.size());
        if (!is_new) return entry->second;
        Node node;
        node.way = way;
        node.distance = way.size();
        node.enabled = execution_.enabled();
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread)
            node.has_failed |= execution_.status(ThreadId{static_cast<std::uint8_t>(thread)}) == ThreadStatus::failed;
        nodes_.push_back(node);
        return entry->second;
    }
    /// Breadth-first, so that ways are shortest.
    void explore() {
        number_of_state({});
        for (std::size_t at = 0; at < nodes_.size() && !was_cut(); ++at) {
            const Schedule way = nodes_[at].way;
            for (unsigned thread = 0; thread < program_.threads().size(); ++thread) {
                if ((nodes_[at].enabled >> thread & 1) == 0) continue;
                go_to(way);
                const std::uint32_t choices = execution_.choices(ThreadId{static_cast<std::uint8_t>(thread)});
                for (std::uint32_t choice = 0; choice < choices; ++choice) {
                    const Step step{ThreadId{static_cast<std::uint8_t>(thread)}, static_cast<std::uint16_t>(choice)};
                    go_to(way);
                    execution_.step(step);
                    Schedule longer = way;
                    longer.push_back(step);
                    const std::size_t reached = number_of_state(longer);
                    nodes_[at].after[step] = reached;
                }
            }
        }
    }
    /// The length of the shortest fair closed walk from and to the state on which somebody who is no daemon takes a step; 0:
    /// there is none. Candidates are told apart by state, by who was seen stepping or unable to, and by whether one has.
    std::size_t shortest_livelock_at(std::size_t start) const {
        using Candidate = std::tuple<std::size_t, Word, bool>;
        const Word everybody = (Word{1} << program_.threads().size()) - 1;
        if (nodes_[start].has_failed) return 0;
        std::map<Candidate, std::size_t> length{{{start, everybody & ~nodes_[start].enabled, false}, 0}};
        std::queue<Candidate> queue;
        queue.push(length.begin()->first);
        for (; !queue.empty(); queue.pop()) {
            const Candidate candidate = queue.front();
            const auto& [state, had_turn, progressed] = candidate;
            for (const auto& [step, to] : nodes_[state].after) {
                const Word turns = had_turn | Word{1} << step.thread.index | (everybody & ~nodes_[to].enabled);
                const Candidate next{to, turns, progressed || !program_.threads()[step.thread.index].daemon};
                if (to == start && turns == everybody && std::get<2>(next)) return length.at(candidate) + 1;
                if (length.emplace(next, length.at(candidate) + 1).second) queue.push(next);
            }
        }
        return 0;
    }

    const Program& program_;
    ReplayExecution execution_;
    std::map<std::string, std::size_t> numbers_;
    std::vector<Node> nodes_;
    bool is_livelock_ = false;
    std::size_t stem_ = ~std::size_t{0};
    std::map<std::size_t, std::size_t> cycle_at_;
};

struct Tally {
    std::uint64_t compared = 0;
    std::uint64_t skipped = 0;
    std::uint64_t livelocks = 0;
    std::uint64_t long_cycles = 0;
    std::uint64_t loops_without = 0; ///< programs with an endless loop and no livelock
    std::vector<std::string> disagreements;

    void operator+=(const Tally& other) {
        compared += other.compared;
        skipped += other.skipped;
        livelocks += other.livelocks;
        long_cycles += other.long_cycles;
        loops_without += other.loops_without;
        disagreements.insert(disagreements.end(), other.disagreements.begin(), other.disagreements.end());
    }
};

std::uint64_t scaled(std::uint64_t count) { return generated::quick() ? count / 10 : count; }

} // namespace

TEST_CASE("spinning for a lock whose holder can go on is no livelock", "[livelock]") {
    Program program;
    const Mutex m = program.mutex("m");
    for (const char* name : {"a", "b", "c"}) {
        program.add_thread(name, [=](Thread& t) {
            do t.forget("spin");
            while (!t.trylock(m));
            t.unlock(m);
        });
    }
    const SearchResult result = search_for_livelock(program);
    CHECK(result.verdict == Verdict::holds);
    CHECK(result.states == search(program, {.strategy = Strategy::plain}).states);
}

TEST_CASE("spinning for a holder that has forgotten to unlock is one", "[livelock]") {
    Program program;
    const Mutex m = program.mutex("m");
    program.add_thread("holds", [=](Thread& t) { t.lock(m); });
    program.add_thread("spins", [=](Thread& t) {
        do t.forget("spin");
        while (!t.trylock(m));
        t.unlock(m);
    });
    CHECK(names(search_for_livelock(program)) == livelock);
}

TEST_CASE("threads that back off from each other in lock step are a livelock", "[livelock]") {
    const Program program = backing_off(true);
    const SearchResult result = search_for_livelock(program);
    REQUIRE(names(result) == livelock);
    CHECK(result.violations[0].canonical);
    // first locks, second locks, and each in turn fails, unlocks and locks again.
    const Schedule& schedule = result.violations[0].schedule;
    const Replay replayed = replay(program, schedule, livelock_property);
    CHECK(replayed.error.empty());
    REQUIRE(replayed.repeats_from);
    CHECK(replayed.violated == livelock);
    CHECK(replayed.steps.back().violated == livelock);
    CHECK(schedule.size() - *replayed.repeats_from == 6);
    CHECK(replayed.explanation.find("repeats for ever, without an end of: first, second") != std::string::npos);
    // The same locks in the same order: who has the first gets the second.
    CHECK(search_for_livelock(backing_off(false)).verdict == Verdict::holds);
}

TEST_CASE("a thread that retries for ever on a flag that nobody sets is a livelock, also beside others", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    const auto other = program.var<int>("other");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("stores", [=](Thread& t) { t.store(other, 1); });
    const SearchResult result = search_for_livelock(program);
    REQUIRE(names(result) == livelock);
    // Fairness wants the store first; then spinning repeats.
    CHECK(result.violations[0].schedule == Schedule{{ThreadId{1}, 0}, {ThreadId{0}, 0}});
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from == 1);
    CHECK(result.violations[0].context_switches == 1);
}

TEST_CASE("spinning for a flag that another thread sets is no livelock, however late it sets it", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    const auto other = program.var<int>("other");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("sets", [=](Thread& t) {
        for (int i = 0; i < 5; ++i) t.store(other, i);
        t.store(flag, 1);
    });
    CHECK(search_for_livelock(program).verdict == Verdict::holds);
}

TEST_CASE("threads that spin for each other are a livelock", "[livelock]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto b = program.var<int>("b");
    program.add_thread("one", [=](Thread& t) { spin(t, a), t.store(b, 1); });
    program.add_thread("two", [=](Thread& t) { spin(t, b), t.store(a, 1); });
    const SearchResult result = search_for_livelock(program);
    REQUIRE(names(result) == livelock);
    // Neither load alone is fair, for the other thread can go on: the cycle is both, and passes its state in between.
    CHECK(result.violations[0].schedule == Schedule{{ThreadId{0}, 0}, {ThreadId{1}, 0}});
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from == 0);
}

TEST_CASE("a daemon that polls for ever is excused, and a thread that runs for ever beside it is not", "[livelock]") {
    for (const bool is_daemon : {true, false}) {
        Program program;
        const auto a = program.var<int>("a");
        program.add_thread(
            "polls",
            [=](Thread& t) {
                for (;;) {
                    t.forget("poll");
                    (void)t.load(a);
                }
            },
            is_daemon);
        program.add_thread("stores", [=](Thread& t) { t.store(a, 1); });
        const SearchResult result = search_for_livelock(program);
        CHECK(names(result) == (is_daemon ? nothing : livelock));
        CHECK(result.verdict == (is_daemon ? Verdict::holds : Verdict::violated));
        // Elsewhere it only counts that no schedule ends.
        CHECK(names(search(program, {})) == std::vector<std::string>{never_ends_property});
    }
}

TEST_CASE("where only daemons run for ever, at-end properties are never looked at, and that is said", "[livelock]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread(
        "polls", [=](Thread& t) { spin(t, a); }, true);
    program.add_thread("reads", [=](Thread& t) { (void)t.load(a); });
    program.add_property(at_end("is one", {a.cell}, equals(a, 1)));
    CHECK(names(search_for_livelock(program)) == std::vector<std::string>{never_ends_property});
}

TEST_CASE("a choose that is never made well is a livelock: schedulers are fair, not choices", "[livelock]") {
    Program program;
    program.add_thread("retries", [=](Thread& t) {
        do t.forget("retry");
        while (t.choose(2) == 0);
    });
    CHECK(names(search_for_livelock(program)) == livelock);
}

TEST_CASE("spinning for a thread that has failed an assertion is that assertion's fault", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("fails", [=](Thread& t) {
        t.check(t.load(flag) == 1, "the flag is set");
        t.store(flag, 1);
    });
    CHECK(names(search_for_livelock(program)) == std::vector<std::string>{"assertion: the flag is set"});
}

TEST_CASE("waiting for ever is a deadlock and no livelock, and both are found in one program", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    const auto mode = program.var<int>("mode");
    program.add_thread("either", [=](Thread& t) {
        if (t.load(mode) == 0) return spin(t, flag);
        t.wait_until(
            "flag", [](const View& view, Var<int> f) { return view[f.cell] == 1; }, Where::here(), flag);
    });
    program.add_thread("sets the mode", [=](Thread& t) { t.store(mode, 1); });
    CHECK(names(search_for_livelock(program)) == std::vector<std::string>{deadlock_property, livelock_property});
}

TEST_CASE("a search for livelocks checks all other properties too", "[livelock]") {
    const Program program = counting(2, false);
    const SearchResult result = search_for_livelock(program);
    CHECK(names(result) == std::vector<std::string>{"all are counted"});
    CHECK(result.violations[0].schedule == search(program, {}).violations.at(0).schedule);
    Program reachable = counting(2, true);
    reachable.add_property(sometimes("never", {}, [](const View&) { return false; }));
    CHECK(search_for_livelock(reachable).never_reached == std::vector<std::string>{"never"});
}

TEST_CASE("bounds of states, depth, memory and time make a search for livelocks inconclusive", "[livelock]") {
    const Program program = independent(4, 8);
    SearchOptions options = for_livelock();
    options.max_states = 100;
    SearchResult result = search(program, options);
    CHECK(result.verdict == Verdict::inconclusive);
    CHECK(result.states == 100);
    CHECK_THAT(result.stopped_because, Catch::StartsWith("the bound of 100 states was reached ("));
    options = for_livelock();
    options.max_depth = 31;
    CHECK_THAT(search(program, options).stopped_because, Catch::StartsWith("the bound of 31 steps in one schedule"));
    options = for_livelock();
    options.max_memory_bytes = 100'000;
    result = search(program, options);
    CHECK(result.verdict == Verdict::inconclusive);
    CHECK_THAT(result.stopped_because, Catch::StartsWith("the bound of 100,000 bytes"));
    options = for_livelock();
    options.max_seconds = 1e-6;
    CHECK_THAT(search(independent(5, 8), options).stopped_because, Catch::StartsWith("the time was up"));
    CHECK(search(program, for_livelock()).verdict == Verdict::holds);
}

TEST_CASE("a livelock in the part that was explored is reported although a bound ended the search", "[livelock]") {
    // The search goes as far as the first thread can before the others take a step.
    const Program program = backing_off(true, independent(1, 1'000));
    SearchOptions options = for_livelock();
    options.max_states = 2'000;
    const SearchResult result = search(program, options);
    REQUIRE_FALSE(result.stopped_because.empty());
    CHECK(names(result) == livelock);
    CHECK_FALSE(result.violations.at(0).canonical);
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from);
}

TEST_CASE("where the least cycle is out of reach, a fair one is shown all the same", "[livelock]") {
    const Program program = backing_off(true);
    SearchOptions options = for_livelock();
    options.counterexample_budget = 8;
    const SearchResult result = search(program, options);
    REQUIRE(names(result) == livelock);
    CHECK_FALSE(result.violations[0].canonical);
    CHECK(replay(program, result.violations[0].schedule, livelock_property).repeats_from);
}

TEST_CASE("a schedule that does not come round, or not fairly, is no livelock to a replay", "[livelock]") {
    Program program;
    const auto flag = program.var<int>("flag");
    program.add_thread("spins", [=](Thread& t) { spin(t, flag); });
    program.add_thread("sets", [=](Thread& t) { t.store(flag, 1); });
    const ThreadId spins{0};
    const ThreadId sets{1};
    CHECK(replay(program, {{spins, 0}, {spins, 0}}, livelock_property).violated.empty());
    CHECK(replay(program, {{spins, 0}, {sets, 0}, {spins, 0}}, livelock_property).violated.empty());
    CHECK(replay(program, {}, livelock_property).violated.empty());
    Program polling;
    const auto a = polling.var<int>("a");
    polling.add_thread(
        "polls", [=](Thread& t) { spin(t, a); }, true);
    CHECK(replay(polling, {{ThreadId{0}, 0}, {ThreadId{0}, 0}}, livelock_property).violated.empty());
}

TEST_CASE("livelocks of generated programs are what brute force finds, with a least lasso", "[livelock][generated]") {
    const Tally tally = generated::sum_over_seeds<Tally>(9'000'000, scaled(4'000), [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code =
            generated::generate(seed, {.endless_loops = true, .more_forgets = seed % 5 == 0, .steps = 8});
        const Program program = generated::build(code);
        BruteForce expected(program);
        if (expected.was_cut()) {
            ++sum.skipped;
            return;
        }
        ++sum.compared;
        const Engine engine = seed % 3 == 0 ? Engine::replay : seed % 3 == 1 ? Engine::fibers : Engine::automata;
        const SearchResult found = search(program, for_livelock(engine));
        const auto is_livelock = [](const Violation& each) { return each.property == livelock_property; };
        const auto at = std::find_if(found.violations.begin(), found.violations.end(), is_livelock);
        const bool is_found = at != found.violations.end();
        bool is_right = found.error.empty() && is_found == expected.is_livelock();
        if (is_found && is_right) {
            const auto stem = replay(program, at->schedule, livelock_property).repeats_from;
            is_right = stem && at->canonical && expected.is_least_lasso(at->schedule, *stem);
            sum.long_cycles += stem && at->schedule.size() - *stem > 2 ? 1 : 0;
        }
        sum.livelocks += is_found ? 1 : 0;
        sum.loops_without += !is_found && code.has_endless_loop ? 1 : 0;
        if (!is_right) sum.disagreements.push_back(generated::describe(code) + found.error);
    });
    for (std::size_t i = 0; i < std::min<std::size_t>(tally.disagreements.size(), 2); ++i)
        UNSCOPED_INFO(tally.disagreements[i]);
    REQUIRE(tally.disagreements.empty());
    CHECK(tally.compared >= scaled(2'000));
    CHECK(tally.livelocks >= scaled(300));
    CHECK(tally.long_cycles >= scaled(100));
    CHECK(tally.loops_without >= scaled(300));
}

TEST_CASE("apart from livelock and never-ends the search for livelocks finds what plain finds",
          "[livelock][generated]") {
    const Tally tally = generated::sum_over_seeds<Tally>(9'100'000, scaled(2'000), [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, {.endless_loops = seed % 2 == 0, .steps = 14});
        const Program program = generated::build(code);
        SearchOptions plain = comparable(Strategy::plain);
        plain.max_states = 20'000;
        SearchOptions livelocks = plain;
        livelocks.livelock = true;
        const SearchResult whole = search(program, plain);
        const SearchResult found = search(program, livelocks);
        if (!whole.stopped_because.empty()) return;
        ++sum.compared;
        auto expected = generated::violated_names(whole);
        auto names = generated::violated_names(found);
        const bool is_livelock = names.erase(livelock_property) != 0;
        // What never ends at all is a livelock, unless all that runs for ever are daemons.
        const bool never_ends = expected.erase(never_ends_property) != 0;
        names.erase(never_ends_property);
        sum.livelocks += is_livelock ? 1 : 0;
        const bool may_loop = code.has_endless_loop || (!is_livelock && !never_ends);
        if (names == expected && found.states == whole.states && found.transitions == whole.transitions &&
            found.executions == whole.executions && generated::final_states(found) == generated::final_states(whole) &&
            found.never_reached == whole.never_reached && may_loop)
            return;
        sum.disagreements.push_back(generated::describe(code) + found.error);
    });
    for (std::size_t i = 0; i < std::min<std::size_t>(tally.disagreements.size(), 2); ++i)
        UNSCOPED_INFO(tally.disagreements[i]);
    REQUIRE(tally.disagreements.empty());
    CHECK(tally.compared >= scaled(1'800));
    CHECK(tally.livelocks >= scaled(100));
}
