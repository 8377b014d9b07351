// SPDX-License-Identifier: GPL-2.0-only
// Finding a livelock in a finished graph of states, and the least way into it and round; see livelock.hpp.
#include "checker/livelock.hpp"

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

namespace checker {

namespace {

using Id = StateGraph::Id;

/// The strongly connected components (Tarjan, SIAM J. Comput. 1972), without recursion: graphs are deep.
class Components {
public:
    Components(const StateGraph& graph, const std::function<bool()>& may_go_on)
        : graph_(graph),
          may_go_on_(may_go_on),
          component_(graph.size(), StateGraph::none),
          low_(graph.size(), 0) {
        for (Id root = 0; root < graph.size() && !was_stopped_; ++root)
            if (low_[root] == 0) search(root);
    }

    bool was_stopped() const { return was_stopped_; }
    Id operator[](Id state) const { return component_[state]; }
    Id size() const { return count_; }

private:
    struct Frame {
        Id state;
        Id number; ///< in the order of arrival, from 1
        std::size_t next_edge = 0;
    };

    void search(Id root) {
        enter(root);
        while (!frames_.empty() && !was_stopped_) {
            Frame& frame = frames_.back();
            const auto edges = graph_.edges(frame.state);
            if (frame.next_edge < edges.size()) {
                const Id to = edges[frame.next_edge++].to;
                if (low_[to] == 0)
                    enter(to);
                else if (component_[to] == StateGraph::none)
                    low_[frame.state] = std::min(low_[frame.state], low_[to]);
                continue;
            }
            leave();
        }
    }
    void enter(Id state) {
        low_[state] = ++arrivals_;
        if (arrivals_ % arrivals_between_questions == 0) was_stopped_ = !may_go_on_();
        frames_.push_back({state, arrivals_});
        open_.push_back(state);
    }
    void leave() {
        const Frame frame = frames_.back();
        frames_.pop_back();
        if (!frames_.empty()) {
            Id& low = low_[frames_.back().state];
            low = std::min(low, low_[frame.state]);
        }
        if (low_[frame.state] != frame.number) return;
        Id state = StateGraph::none;
        do {
            state = open_.back();
            open_.pop_back();
            component_[state] = count_;
        } while (state != frame.state);
        ++count_;
    }

    static constexpr Id arrivals_between_questions = 1U << 16;

    const StateGraph& graph_;
    const std::function<bool()>& may_go_on_;
    std::vector<Id> component_;
    std::vector<Id> low_; ///< the least arrival that is known to be reachable; 0: not arrived at
    std::vector<Frame> frames_;
    std::vector<Id> open_; ///< arrived at, and in no component yet
    Id arrivals_ = 0;
    Id count_ = 0;
    bool was_stopped_ = false;
};

/// What decides whether a component is a livelock.
struct Traits {
    Word stepped = 0; ///< threads that take a step inside
    Word paused = 0;  ///< threads that cannot go on in some state inside
    bool has_failed = false;
};

class LassoSearch {
public:
    LassoSearch(const StateGraph& graph, Word threads, Word daemons, std::uint64_t budget,
                const std::function<bool()>& may_go_on)
        : graph_(graph),
          threads_(threads),
          daemons_(daemons),
          budget_(budget),
          component_(graph, may_go_on) {
        if (component_.was_stopped()) return;
        std::vector<Traits> traits(component_.size());
        for (Id state = 0; state < graph.size(); ++state) {
            Traits& here = traits[component_[state]];
            here.paused |= ~graph.enabled(state);
            here.has_failed |= graph.has_failed(state);
            for (const StateGraph::Edge& edge : graph.edges(state))
                if (component_[edge.to] == component_[state]) here.stepped |= bit(edge.step);
        }
        for (const Traits& each : traits) {
            const bool is_fair = (threads_ & ~(each.stepped | each.paused)) == 0;
            is_livelock_.push_back(is_fair && (each.stepped & ~daemons_) != 0 && !each.has_failed);
        }
    }

    LivelockSearch run() {
        if (component_.was_stopped()) return {.lasso = std::nullopt, .was_stopped = true};
        Lasso lasso;
        const Id entry = walk_to_livelock(lasso.schedule);
        if (entry == StateGraph::none) return {};
        lasso.stem = lasso.schedule.size();
        lasso.is_least = go_round(entry, lasso.schedule);
        return {.lasso = std::move(lasso)};
    }

private:
    /// A state, and what has been done on the way round so far.
    struct Node {
        Id state;
        Word had_turn;   ///< threads that took a step or could not go on
        bool progresses; ///< a thread that is no daemon took a step
        bool operator==(const Node&) const = default;
    };
    struct HashOfNode {
        std::size_t operator()(const Node& node) const {
            return static_cast<std::size_t>(mix(node.had_turn ^ mix(Word{node.state} << 1 | Word{node.progresses})));
        }
    };
    struct Reached {
        Node node;
        std::size_t parent;
        Step via;
    };

    static constexpr std::uint64_t no_budget = std::numeric_limits<std::uint64_t>::max();

    static Word bit(Step step) { return Word{1} << step.thread.index; }

    /// Breadth-first with steps in order, so that the first way to a state is its shortest, and of these the first. Returns
    /// where the first livelock begins.
    Id walk_to_livelock(Schedule& schedule) const {
        std::vector<Id> parent(graph_.size(), StateGraph::none);
        std::vector<Step> via(graph_.size());
        std::vector<Id> queue{0};
        parent[0] = 0;
        for (std::size_t at = 0; at < queue.size(); ++at) {
            const Id state = queue[at];
            if (is_livelock_[component_[state]]) {
                for (Id back = state; back != 0; back = parent[back]) schedule.push_back(via[back]);
                std::reverse(schedule.begin(), schedule.end());
                return state;
            }
            for (const StateGraph::Edge& edge : graph_.edges(state)) {
                if (parent[edge.to] != StateGraph::none) continue;
                parent[edge.to] = state;
                via[edge.to] = edge.step;
                queue.push_back(edge.to);
            }
        }
        return StateGraph::none;
    }

    Node after(const Node& node, const StateGraph::Edge& edge) const {
        return {edge.to, (node.had_turn | bit(edge.step) | ~graph_.enabled(edge.to)) & threads_,
                node.progresses || (bit(edge.step) & ~daemons_) != 0};
    }
    bool is_round(const Node& node, Id entry) const {
        return node.state == entry && node.had_turn == threads_ && node.progresses;
    }

    /// Appends a fair cycle. Returns whether it is the least; if that cannot be found within the budget, it is one in which
    /// the threads get their turns one after another.
    bool go_round(Id entry, Schedule& schedule) const {
        const std::size_t stem = schedule.size();
        Node now{entry, ~graph_.enabled(entry) & threads_, false};
        const auto is_wanted = [&](const Node& node) { return is_round(node, entry); };
        if (walk(now, schedule, budget_, is_wanted)) return true;
        schedule.resize(stem);
        while (now.had_turn != threads_ || !now.progresses) {
            const Node before = now;
            walk(now, schedule, no_budget, [&](const Node& node) {
                return node.had_turn != before.had_turn || node.progresses != before.progresses;
            });
        }
        if (now.state != entry) walk(now, schedule, no_budget, is_wanted);
        return false;
    }

    /// Goes the least way, of at least one step, from `now` to a node that is wanted, within the component.
    template <class Wanted>
    bool walk(Node& now, Schedule& schedule, std::uint64_t budget, Wanted is_wanted) const {
        std::vector<Reached> queue{{now, 0, Step{}}};
        std::unordered_set<Node, HashOfNode> seen{now};
        for (std::size_t at = 0; at < queue.size(); ++at) {
            const Node node = queue[at].node;
            for (const StateGraph::Edge& edge : graph_.edges(node.state)) {
                if (component_[edge.to] != component_[node.state]) continue;
                const Node next = after(node, edge);
                if (is_wanted(next)) {
                    append_way(queue, at, schedule);
                    schedule.push_back(edge.step);
                    now = next;
                    return true;
                }
                if (!seen.insert(next).second) continue;
                if (queue.size() >= budget) return false;
                queue.push_back({next, at, edge.step});
            }
        }
        return false;
    }
    static void append_way(const std::vector<Reached>& queue, std::size_t last, Schedule& schedule) {
        const std::size_t begin = schedule.size();
        for (std::size_t at = last; at != 0; at = queue[at].parent) schedule.push_back(queue[at].via);
        std::reverse(schedule.begin() + static_cast<std::ptrdiff_t>(begin), schedule.end());
    }

    const StateGraph& graph_;
    Word threads_;
    Word daemons_;
    std::uint64_t budget_;
    Components component_;
    std::vector<bool> is_livelock_;
};

} // namespace

LivelockSearch find_livelock(const StateGraph& graph, Word threads, Word daemons, std::uint64_t budget,
                             const std::function<bool()>& may_go_on) {
    return LassoSearch(graph, threads, daemons, budget, may_go_on).run();
}

} // namespace checker
