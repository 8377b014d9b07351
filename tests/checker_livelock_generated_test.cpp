// SPDX-License-Identifier: GPL-2.0-only
// The search for livelocks against brute force on generated programs with retry loops: there every closed walk is a
// candidate, and nothing is known of components.

#include "checker/replay_execution.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <queue>

using namespace checker;
using generated::comparable;
using generated::GeneratedProgram;

namespace {

SearchOptions for_livelock(Engine engine) {
    SearchOptions options;
    options.engine = engine;
    options.livelock = true;
    return options;
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
