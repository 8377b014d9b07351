// SPDX-License-Identifier: GPL-2.0-only
// What any reduction of states could come to at best, by looking at all states of a scenario (v5.19, x86_64) together:
//
// - quotient: the classes of the coarsest bisimulation in which steps are told apart by thread and choice alone. States of one
//   class differ in values that nobody reads any more, or in names. No canonical form of states can leave fewer.
// - alone: the states left where no thread can go on alone, if it were known of every state what the others can still do
//   before that thread moves: a thread may go on alone if its step commutes with all of that. No merging and no persistent
//   set of one thread can leave fewer. "Kept" ignores properties; "with properties" takes two steps that both change what one
//   property reads for dependent, as they must be without more knowledge of the property.
//
// Usage: bounds_bench FILE...
#include "arch_encodings/layouts.hpp"
#include "checker/automata_execution.hpp"
#include "checker/state_graph.hpp"
#include "model/build.hpp"
#include "model/loader.hpp"
#include "model/matrix.hpp"

#include <algorithm>
#include <cstdio>
#include <unordered_map>

namespace {

using namespace checker;
using Id = StateGraph::Id;

/// The properties that read a cell which the step has changed, by edge in the order of the graph.
using Visible = std::unordered_map<std::uint64_t, Word>;

class Explored {
public:
    explicit Explored(const Program& program) : execution_(program, MachineSettings{}) {
        execution_.stop_observing();
        watchers_.resize(program.cells().size(), 0);
        for (std::size_t i = 0; i < program.properties().size(); ++i)
            for (const CellId cell : program.properties()[i].footprint) watchers_[cell.index] |= Word{1} << i;
        explore();
        graph_.finish();
    }
    const StateGraph& graph() const { return graph_; }
    Word visible(Id from, Step step) const {
        const auto found = visible_.find(key(from, step));
        return found == visible_.end() ? 0 : found->second;
    }

private:
    struct Frame {
        Id state;
        Word to_try;
        std::uint32_t choice = 0;
    };

    static std::uint64_t key(Id from, Step step) {
        return std::uint64_t{from} << 24 | std::uint64_t{step.thread.index} << 16 | step.choice;
    }
    void explore() {
        std::vector<Frame> frames{enter(graph_.add(execution_.fingerprint()).first)};
        while (!frames.empty()) {
            Frame& frame = frames.back();
            if (frame.to_try == 0) {
                frames.pop_back();
                if (!frames.empty()) execution_.undo();
                continue;
            }
            const ThreadId thread{static_cast<std::uint8_t>(std::countr_zero(frame.to_try))};
            const Step step{thread, static_cast<std::uint16_t>(frame.choice++)};
            const Id from = frame.state;
            if (frame.choice == execution_.choices(thread)) {
                frame.choice = 0;
                frame.to_try &= frame.to_try - 1;
            }
            const std::vector<Word> before = cells();
            execution_.step(step);
            note_visible(from, step, before);
            const auto [to, is_new] = graph_.add(execution_.fingerprint());
            graph_.connect(from, step, to);
            if (is_new)
                frames.push_back(enter(to));
            else
                execution_.undo();
        }
    }
    Frame enter(Id state) {
        graph_.describe(state, execution_.enabled(), false);
        return {state, execution_.enabled()};
    }
    std::vector<Word> cells() const {
        const View view = execution_.view();
        std::vector<Word> words;
        for (std::size_t cell = 0; cell < watchers_.size(); ++cell)
            words.push_back(view[CellId{static_cast<decltype(CellId::index)>(cell)}]);
        return words;
    }
    void note_visible(Id from, Step step, const std::vector<Word>& before) {
        const std::vector<Word> after = cells();
        Word properties = 0;
        for (std::size_t cell = 0; cell < watchers_.size(); ++cell)
            if (before[cell] != after[cell]) properties |= watchers_[cell];
        if (properties != 0) visible_[key(from, step)] = properties;
    }

    AutomataExecution execution_;
    std::vector<Word> watchers_; ///< by cell: the properties that read it
    StateGraph graph_;
    Visible visible_;
};

/// Classes are split by where their states' steps lead, until nothing is split any more.
std::size_t classes(const StateGraph& graph) {
    std::vector<Id> now(graph.size(), 0);
    std::vector<Id> next(graph.size());
    for (std::size_t before = 0, count = 1; before != count;) {
        std::unordered_map<Word, Id> known;
        std::vector<Word> steps;
        for (Id state = 0; state < graph.size(); ++state) {
            steps.clear();
            for (const auto& [to, step] : graph.edges(state))
                steps.push_back(mix((step.thread.index + Word{1}) << 56 ^ Word{step.choice} << 40 ^ now[to]));
            std::sort(steps.begin(), steps.end());
            Word hash = mix(now[state] + 1);
            for (const Word step : steps) hash = mix(hash ^ step);
            next[state] = known.try_emplace(hash, static_cast<Id>(known.size())).first->second;
        }
        now.swap(next);
        before = count;
        count = known.size();
    }
    return *std::max_element(now.begin(), now.end()) + std::size_t{1};
}

class Alone {
public:
    Alone(const Explored& explored, std::size_t threads, bool properties)
        : explored_(explored),
          graph_(explored.graph()),
          properties_(properties),
          into_(graph_.size()),
          may_(threads, std::vector<bool>(graph_.size(), true)) {
        for (Id from = 0; from < graph_.size(); ++from)
            for (const auto& edge : graph_.edges(from)) into_[edge.to].push_back({from, edge.step});
        for (std::uint8_t thread = 0; thread < threads; ++thread) find(ThreadId{thread});
    }

    /// How many states are reached where no thread goes on alone.
    std::size_t kept() const {
        std::vector<bool> seen(graph_.size(), false);
        std::vector<Id> work{0};
        seen[0] = true;
        std::size_t count = 0;
        while (!work.empty()) {
            const Id state = work.back();
            work.pop_back();
            const auto alone = std::find_if(may_.begin(), may_.end(), [state](const auto& may) { return may[state]; });
            if (alone == may_.end()) ++count;
            for (const auto& [to, step] : graph_.edges(state)) {
                if (alone != may_.end() && step.thread.index != alone - may_.begin()) continue;
                if (seen[to]) continue;
                seen[to] = true;
                work.push_back(to);
            }
        }
        return count;
    }

private:
    Id after(Id state, Step step) const {
        for (const auto& edge : graph_.edges(state))
            if (edge.step == step) return edge.to;
        return StateGraph::none;
    }
    bool commutes_here(Id state, ThreadId thread) const {
        if ((graph_.enabled(state) >> thread.index & 1) == 0) return false;
        for (const auto& other : graph_.edges(state)) {
            if (other.step.thread == thread) continue;
            for (const auto& own : graph_.edges(state)) {
                if (own.step.thread != thread) continue;
                const Id both = after(other.to, own.step);
                if (both == StateGraph::none || both != after(own.to, other.step)) return false;
                if (properties_ && (explored_.visible(state, own.step) & explored_.visible(state, other.step)) != 0)
                    return false;
            }
        }
        return true;
    }
    /// Where it does not commute at once, and from where others get there while the thread stays.
    void find(ThreadId thread) {
        std::vector<bool>& may = may_[thread.index];
        std::vector<Id> work;
        for (Id state = 0; state < graph_.size(); ++state) {
            if (commutes_here(state, thread)) continue;
            may[state] = false;
            work.push_back(state);
        }
        while (!work.empty()) {
            const Id state = work.back();
            work.pop_back();
            for (const auto& [from, step] : into_[state]) {
                if (step.thread == thread || !may[from]) continue;
                may[from] = false;
                work.push_back(from);
            }
        }
    }

    const Explored& explored_;
    const StateGraph& graph_;
    const bool properties_;
    std::vector<std::vector<StateGraph::Edge>> into_;
    std::vector<std::vector<bool>> may_; ///< by thread and state
};

void print(const std::string& file) {
    const auto scenario = model::load_scenario(file);
    if (!scenario) return void(std::printf("%s: %s\n", file.c_str(), scenario.error().text().c_str()));
    const auto rules = model::rules_of(scenario.value(), model::Expectation{}, *model::find_kernel("v5.19"));
    const auto built = model::build(scenario.value(), rules, *arch::find_layout("x86_64"));
    if (!built) return void(std::printf("%s: %s\n", file.c_str(), built.error().text().c_str()));
    const Program& program = built.value().program;
    const Explored explored(program);
    const std::size_t threads = program.threads().size();
    std::printf("%-40s %12u %12zu %12zu %16zu\n", scenario.value().name.c_str(), explored.graph().size(),
                classes(explored.graph()), Alone(explored, threads, false).kept(),
                Alone(explored, threads, true).kept());
    std::fflush(stdout);
}

} // namespace

int main(int count, char** arguments) {
    std::printf("%-40s %12s %12s %12s %16s\n", "scenario", "states", "quotient", "kept", "with properties");
    for (int i = 1; i < count; ++i) print(arguments[i]);
}
