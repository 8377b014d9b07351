// SPDX-License-Identifier: GPL-2.0-only
// All schedules that cost at most so much, cheapest first, for two kinds of cost:
//
// - preemptions (Musuvathi and Qadeer, PLDI 2007): switching away from a thread that could go on costs one;
// - delays (Emmi, Qadeer and Rakamaric, POPL 2011): the scheduler lets a thread go on until it cannot, then takes the next
//   one round; passing over a thread that it would take costs one.
//
// What a schedule can cost from now on depends on the state and on the thread that went last, so these are the nodes. Level
// c holds the nodes whose least cost is c: they are entered from the nodes of lower levels by steps that cost the
// difference, and walked through by steps that cost nothing. A node that is known is known at no greater cost, so going on
// from it again could show nothing new, and the search ends although programs may loop.
//
// The bound has stopped the search only if a step beyond it leads to a state that was not seen. If none does, what was seen
// is closed under all steps, which makes it the whole space, and the search may say so.
#include "checker/depth_first.hpp"
#include "checker/grouped.hpp"
#include "checker/record.hpp"
#include "checker/shortest_paths.hpp"
#include "checker/strategies.hpp"
#include "checker/visited.hpp"

#include <algorithm>
#include <bit>

namespace checker {

namespace {

using NodeId = ShortestPaths::NodeId;

template <class E>
class BoundedSearch {
public:
    BoundedSearch(const Program& program, const SearchOptions& options)
        : program_(program),
          options_(options),
          findings_(program),
          bounds_(options),
          visited_(0),
          execution_(program, MachineSettings::of(options)) {}

    SearchResult run() {
        bool goes_on = begin();
        for (std::uint32_t level = 0; goes_on && level <= options_.bound; ++level) {
            goes_on = level == 0 ? explore(root, 0, 0) : enter_level(level);
            if (!goes_on) break;
            levels_.push_back(paths_.size());
            result_.states_within.push_back(now_.states);
            if (is_exhausted()) break;
        }
        const bool complete = goes_on && !leads_further();
        return finish(complete);
    }

private:
    static constexpr NodeId root = 0;

    struct Frame {
        NodeId node;
        Word to_try;              ///< threads, beginning with the one that is being tried
        std::uint32_t choice = 0; ///< to be tried next
    };

    bool counts_delays() const { return options_.strategy == Strategy::delay; }

    /// What a step of `thread` costs at a node where `enabled` can go on.
    std::uint32_t cost(NodeId node, Word enabled, ThreadId thread) const {
        // The root has had no step, so nobody is preempted there; turns begin with the first thread.
        const unsigned last = paths_[node].via.thread.index;
        const Word in_turn = std::rotr(enabled, static_cast<int>(last));
        if (!counts_delays()) return node != root && (in_turn & 1) != 0 && thread.index != last ? 1 : 0;
        const unsigned place = (thread.index - last) % 64;
        return static_cast<std::uint32_t>(std::popcount(in_turn & ((Word{1} << place) - 1)));
    }
    Word threads_at(std::uint32_t wanted, NodeId node, Word enabled) const {
        Word threads = 0;
        for (Word rest = enabled; rest != 0; rest &= rest - 1)
            if (cost(node, enabled, first_thread(rest)) == wanted) threads |= rest & -rest;
        return threads;
    }
    /// The largest cost of a step, anywhere.
    std::uint32_t most_costly() const {
        return counts_delays() ? static_cast<std::uint32_t>(program_.threads().size()) - 1 : 1;
    }

    // Levels: the nodes of level c are those from the end of level c-1 to the end of its own.

    NodeId level_begin(std::uint32_t level) const { return level == 0 ? root : levels_[level - 1]; }

    /// Nothing can be entered any more: so many levels are empty that no step costs enough to leave them behind.
    bool is_exhausted() const {
        const auto level = static_cast<std::uint32_t>(levels_.size() - 1);
        return level >= most_costly() && level_begin(level + 1 - most_costly()) == paths_.size();
    }

    bool enter_level(std::uint32_t level) {
        for (std::uint32_t dear = 1; dear <= std::min(level, most_costly()); ++dear) {
            const std::uint32_t from = level - dear;
            for (NodeId node = level_begin(from); node < levels_[from]; ++node)
                if (!explore(node, dear, level)) return false;
        }
        return true;
    }

    // One level.

    bool begin() {
        paths_.add({.key = execution_.fingerprint()});
        path_.push_back(root);
        return arrive(root, Step{}, true);
    }

    /// All steps at `from` that cost `dear`, and from there everything that costs nothing more.
    bool explore(NodeId from, std::uint32_t dear, std::uint32_t level) {
        lead_to(from);
        const std::size_t bottom = path_.size();
        frames_.assign(1, {from, threads_at(dear, from, execution_.enabled())});
        while (!frames_.empty()) {
            Frame& frame = frames_.back();
            if (frame.to_try == 0) {
                frames_.pop_back();
                if (path_.size() > bottom) go_back();
                continue;
            }
            const ThreadId thread = first_thread(frame.to_try);
            if (frame.choice == execution_.choices(thread)) {
                frame.to_try &= frame.to_try - 1;
                frame.choice = 0;
                continue;
            }
            const Step step{thread, static_cast<std::uint16_t>(frame.choice++)};
            if (!advance(frame.node, step, level)) return false;
        }
        return true;
    }

    /// Does the step at `node`, and stays there if that is a new node. Returns whether the search goes on.
    bool advance(NodeId node, Step step, std::uint32_t level) {
        execution_.step(step);
        ++now_.transitions;
        const Hash128 key = ShortestPaths::key_of(execution_.fingerprint(), step.thread);
        const NodeId known = paths_.find(key);
        if (!arrive(node, step, known == ShortestPaths::none)) return false;
        if (known != ShortestPaths::none) {
            execution_.undo();
            return true;
        }
        const std::uint32_t steps = paths_[node].steps + 1;
        const NodeId reached = paths_.add({.key = key, .parent = node, .switches = level, .steps = steps, .via = step});
        path_.push_back(reached);
        frames_.push_back({reached, threads_at(0, reached, execution_.enabled())});
        return true;
    }

    /// Looks at the state that `step` at `node` has led to. Returns whether the search goes on.
    bool arrive(NodeId node, Step step, bool is_new_node) {
        if (!execution_.error().empty()) return false;
        const auto schedule_here = [&] { return schedule_with(node, step); };
        if (record_raised(execution_, findings_, schedule_here) && options_.stop_at_first) return stop();
        if (bounds_.is_time_to_look() && !look()) return false;
        if (!is_new_node) return true;
        now_.depth = execution_.depth();
        result_.max_depth = std::max(result_.max_depth, now_.depth);
        const bool is_new_state = visited_.insert(execution_.fingerprint()) == VisitedTable::Insertion::added;
        now_.states += is_new_state ? 1 : 0;
        if (!bounds_.allow(now_)) {
            now_.states -= is_new_state ? 1 : 0;
            return false;
        }
        if (options_.max_memory_bytes != 0 && memory_bytes() > options_.max_memory_bytes) {
            bounds_.refuse_memory(now_);
            return false;
        }
        if (execution_.enabled() != 0 || !is_new_state) return true;
        ++result_.executions;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        const bool found = record_end(execution_, findings_, schedule_here);
        if (!execution_.error().empty()) return false;
        return !(found && options_.stop_at_first) || stop();
    }

    bool stop() {
        stopped_at_violation_ = true;
        return false;
    }
    bool look() {
        now_.memory_bytes = memory_bytes();
        return bounds_.look(now_);
    }
    std::uint64_t memory_bytes() const { return paths_.bytes() + visited_.bytes(); }

    void go_back() {
        execution_.undo();
        path_.pop_back();
    }
    /// Leads the execution to a node, over what its way has in common with the present one.
    void lead_to(NodeId node) {
        paths_.path_to(node, way_);
        std::size_t common = 0;
        while (common < way_.size() && common < path_.size() && way_[common] == path_[common]) ++common;
        while (path_.size() > common) go_back();
        for (; common < way_.size(); ++common) {
            execution_.step(paths_[way_[common]].via);
            path_.push_back(way_[common]);
        }
    }
    Schedule schedule_with(NodeId node, Step step) {
        Schedule schedule;
        if (execution_.depth() == 0) return schedule;
        paths_.path_to(node, way_);
        for (const NodeId at : way_)
            if (at != root) schedule.push_back(paths_[at].via);
        schedule.push_back(step);
        return schedule;
    }

    // Beyond the bound.

    /// Whether some step that costs more than the bound allows leads to what was not seen.
    bool leads_further() {
        for (std::uint32_t level = 0; level < levels_.size(); ++level) {
            for (NodeId node = level_begin(level); node < levels_[level]; ++node) {
                if (level + most_costly() > options_.bound && leads_further(node, options_.bound - level)) return true;
            }
        }
        return false;
    }
    bool leads_further(NodeId node, std::uint32_t budget) {
        lead_to(node);
        const Word enabled = execution_.enabled();
        for (Word rest = enabled; rest != 0; rest &= rest - 1) {
            const ThreadId thread = first_thread(rest);
            if (cost(node, enabled, thread) <= budget) continue;
            const std::uint32_t choices = execution_.choices(thread);
            for (std::uint32_t choice = 0; choice < choices; ++choice)
                if (is_new({thread, static_cast<std::uint16_t>(choice)})) return true;
        }
        return false;
    }
    bool is_new(Step step) {
        execution_.step(step);
        ++now_.transitions;
        // What cannot be asked in time counts as new.
        bool is_new = !execution_.error().empty() || (bounds_.is_time_to_look() && !look());
        is_new |= visited_.insert(execution_.fingerprint()) == VisitedTable::Insertion::added;
        // Fingerprints do not say by what message an assertion has failed.
        const Raised& raised = execution_.raised();
        is_new |= (raised.violated | raised.reached) != 0;
        if (raised.failed != 0)
            is_new |= !findings_.has(std::string(assertion_prefix) + execution_.pending(step.thread).label);
        execution_.undo();
        return is_new;
    }

    SearchResult finish(bool complete) {
        complete = complete && execution_.error().empty();
        record_engine(execution_, result_);
        if (complete && result_.executions == 0) findings_.record(never_ends_property, {});
        findings_.finish(result_, complete);
        result_.stopped_because = bounds_.stopped_because();
        if (!complete && !stopped_at_violation_ && result_.stopped_because.empty() && result_.error.empty())
            result_.stopped_because = beyond_the_bound();
        result_.states = now_.states;
        result_.transitions = now_.transitions;
        result_.table_bytes = memory_bytes();
        result_.missed_state_probability = visited_.expected_collisions();
        result_.seconds = bounds_.seconds();
        result_.verdict = verdict_of(result_, complete);
        return std::move(result_);
    }
    std::string beyond_the_bound() const {
        const std::string what = counts_delays() ? " delay" : " preemption";
        const std::string limit = grouped(options_.bound) + what + (options_.bound == 1 ? "" : "s");
        return (result_.violations.empty() ? "no violation within " : "nothing was tried beyond ") + limit + " (" +
               grouped(now_.transitions) + " transitions, depth " + grouped(result_.max_depth) + ")";
    }

    const Program& program_;
    const SearchOptions& options_;
    Findings findings_;
    Bounds bounds_;
    VisitedTable visited_; ///< states, whoever went last
    E execution_;
    ShortestPaths paths_;
    std::vector<NodeId> levels_; ///< where each level ends
    std::vector<NodeId> path_;   ///< the nodes that the execution went through to where it is
    std::vector<NodeId> way_;
    std::vector<Frame> frames_;
    Progress now_{};
    SearchResult result_;
    bool stopped_at_violation_ = false;
};

} // namespace

SearchResult search_bounded(const Program& program, const SearchOptions& options) {
    return with_engine(options,
                       [&]<class E>(std::type_identity<E>) { return BoundedSearch<E>(program, options).run(); });
}

} // namespace checker
