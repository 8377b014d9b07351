// SPDX-License-Identifier: GPL-2.0-only
// One worker of a stateful search: goes depth-first through its part of the states; see stateful.cpp for what is left out on
// the way, and why that is sound.
#pragma once

#include "checker/checkpoint.hpp"
#include "checker/checkpoint_clock.hpp"
#include "checker/crew.hpp"
#include "checker/depth_first.hpp"
#include "checker/states_alike.hpp"
#include "checker/visited.hpp"

#include <atomic>
#include <memory>
#include <span>

namespace checker {

/// How an exploration, or a part of it, came to its end.
enum class Pass : std::uint8_t {
    complete,
    ended,         ///< by a bound, an error or the first violation
    to_be_shared,  ///< it has become large enough for several workers
    to_be_repeated ///< what was merged turned out not to commute
};

template <Execution E>
class StatefulWorker {
public:
    static constexpr bool can_merge = requires(E execution) { execution.mergeable(Word{}); };
    static constexpr bool can_look_ahead = requires(E execution) { execution.fingerprint_after(Step{}); };

    /// `visited` outlives the worker. `automata`: what the execution is made of beside the program and its settings.
    template <class... Automata>
    StatefulWorker(const Program& program, const SearchOptions& options, VisitedTable& visited,
                   const Automata&... automata)
        : program_(program),
          options_(options),
          findings_(program),
          bounds_(options),
          execution_(program, MachineSettings::of(options), automata...),
          visited_(visited),
          order_(options.sibling_order_seed),
          merges_(can_merge && options.reductions.merge),
          looks_ahead_(can_look_ahead && !merges_ && !order_.is_shuffled()),
          forecasts_(options.progress != nullptr),
          alike_(options.reductions.symmetry ? threads_alike(program) : std::vector<Word>()) {}

    /// Looks at the initial state. To be called once, first.
    Pass look_at_start() { return look(); }
    void learn_by_walking();
    void stop_merging();
    /// Explores from the initial state on, alone. `share_at`: how many states are enough to share the rest; 0: none are.
    Pass explore(std::uint64_t share_at);
    /// As explore(), what is left of a search that was begun before.
    Pass explore_item(const WorkItem& item, std::uint64_t share_at);
    /// One thread's work in a crew: these workers, of which each goes on a little and then lets the next one do so, explore what
    /// is left, and what others leave, until nobody has anything left. Meanwhile memory brings in what they look at next.
    static Pass explore_by_turns(std::span<const std::unique_ptr<StatefulWorker>> workers, Crew& crew);
    /// Whether anything is gained by turns.
    bool looks_ahead() const { return looks_ahead_; }

    /// There is no memory for what explore_by_turns() needs.
    Pass give_up_for_memory() {
        bounds_.refuse_memory(progress());
        return Pass::ended;
    }
    /// Whether what was merged may still be called independent, by all that is known now; else it has to be repeated.
    Pass check_knowledge();

    // See stateful_resume.hpp.
    void save_by(CheckpointClock* clock) { clock_ = clock; }
    std::optional<WorkItem> left() const;
    bool fits(const WorkItem& item);
    void restore(const Checkpoint& checkpoint);

    E& execution() { return execution_; }
    const Findings& findings() const { return findings_; }
    const Bounds& bounds() const { return bounds_; }
    /// Of the present exploration.
    const Progress& counts() const { return now_; }
    std::uint64_t executions() const { return executions_; }
    std::uint64_t max_depth() const { return max_depth_; }
    std::uint64_t merged() const { return merged_; }
    const ReductionGains& gains() const { return gains_; }
    /// For those who report the progress of all.
    std::atomic<std::uint64_t> published_states = 0, published_transitions = 0;
    std::atomic<double> published_to_come = 0;
    std::vector<StatefulWorker*> others;

private:
    using Node = SearchNode;

    /// A node of the state arrived at.
    [[gnu::always_inline]] void push_node(std::size_t kept_depth, Word to_try) {
        nodes_.push_back(
            {.depth = execution_.depth(), .kept_depth = kept_depth, .to_try = to_try, .choice = 0, .choices = 0});
    }
    [[gnu::noinline]] void tell_observer() {
        if constexpr (can_merge) options_.observer->kept(execution_);
    }

    void begin();
    double states_to_come() const;
    Progress progress();
    Pass keep_shared(Word enabled);
    std::optional<WorkItem> give_away();
    Pass take_turn();
    bool take_from(std::span<const std::unique_ptr<StatefulWorker>> workers, Pass& pass);
    Pass go_to(const WorkItem& item);
    Pass go_on(Pass pass, std::uint64_t share_at);
    void save();
    bool is_enabled_here(ThreadId thread);
    bool fits_here(const SearchNode& node);

    /// Takes the next untried step of the last node, or leaves the node.
    [[gnu::always_inline]] Pass advance() {
        Node& node = nodes_.back();
        while (execution_.depth() > node.depth) execution_.undo();
        path_.resize(node.depth);
        if (forecasts_) node.branches.next(now_.states, sizes_);
        if (node.choice == node.choices) {
            if (node.to_try == 0) {
                leave_node();
                return Pass::complete;
            }
            turn_to_next_thread(node);
        }
        if (is_known_ahead(node)) {
            ++node.choice;
            ++now_.transitions;
            return Pass::complete;
        }
        std::uint32_t choice = node.first + node.choice;
        if (choice >= node.choices) choice -= node.choices;
        ++node.choice;
        const Pass pass = take({node.thread, static_cast<std::uint16_t>(choice)});
        return pass == Pass::complete ? settle() : pass;
    }

    void leave_node() {
        nodes_.pop_back();
        ahead_.shrink_to(nodes_.empty() ? 0 : nodes_.back().end_ahead);
        // What was brought in for the node before may be gone again.
        if (nodes_.empty()) return;
        for (std::uint32_t next = nodes_.back().next_ahead; next < nodes_.back().end_ahead; ++next)
            visited_.prefetch(ahead_[next]);
    }

    /// Finds out where the steps of the last node lead to before any is taken. The table's slots then come in from memory all at
    /// once instead of one after the other, and most states turn out to be known without going there.
    [[gnu::always_inline]] void look_ahead() {
        if constexpr (can_look_ahead) {
            Node& node = nodes_.back();
            node.next_ahead = node.end_ahead = static_cast<std::uint32_t>(ahead_.size());
            if (!looks_ahead_) return;
            for (Word rest = node.to_try; rest != 0; rest &= rest - 1) {
                const ThreadId thread = first_thread(rest);
                const std::uint32_t choices = execution_.choices(thread);
                for (std::uint32_t choice = 0; choice < choices; ++choice) {
                    const auto after = execution_.fingerprint_after({thread, static_cast<std::uint16_t>(choice)});
                    if (after) visited_.prefetch(*after);
                    ahead_.push_back(after.value_or(Hash128{}));
                }
            }
            node.end_ahead = static_cast<std::uint32_t>(ahead_.size());
        }
    }

    /// Whether the next step leads to a state that was kept.
    [[gnu::always_inline]] bool is_known_ahead(Node& node) {
        if (node.next_ahead == node.end_ahead) return false;
        const Hash128& after = ahead_[node.next_ahead++];
        return after != Hash128{} && visited_.contains(after);
    }

    [[gnu::always_inline]] void turn_to_next_thread(Node& node) {
        node.thread = order_.is_shuffled() ? order_.any_of(node.to_try) : first_thread(node.to_try);
        node.to_try &= ~(Word{1} << node.thread.index);
        node.choice = 0;
        node.choices = execution_.choices(node.thread);
        node.first = order_.is_shuffled() ? order_.below(node.choices) : 0;
    }

    [[gnu::always_inline]] Pass take(Step step) {
        // Memory is slow: properties are evaluated while the table's slot comes in.
        execution_.step(step, [this] { visited_.prefetch(execution_.fingerprint()); });
        path_.push_back(step);
        ++now_.transitions;
        return look();
    }

    /// Looks at what the last step brought about.
    [[gnu::always_inline]] Pass look() {
        if (!execution_.error().empty()) [[unlikely]]
            return Pass::ended;
        if (record_raised(execution_, findings_, [this] { return path_; }) && options_.stop_at_first) [[unlikely]]
            return Pass::ended;
        if (bounds_.is_time_to_look()) [[unlikely]] {
            if (!bounds_.look(progress())) return leave(Arrival::unsettled);
            if (clock_ != nullptr && clock_->is_due()) is_save_due_ = true;
        }
        return Pass::complete;
    }

    /// Ends the search before all is done about the state arrived at.
    Pass leave(Arrival arrival) {
        arrival_ = arrival;
        return Pass::ended;
    }

    /// Goes on from the state arrived at as long as steps can be merged, and makes a node of the state where it has to stop,
    /// if that is new.
    [[gnu::always_inline]] Pass settle() {
        const std::size_t kept_depth = nodes_.empty() ? 0 : nodes_.back().kept_depth;
        for (;;) {
            const Word enabled = execution_.enabled();
            const Word alone = enabled == 0 ? 0 : mergeable(enabled);
            if (alone == 0) return keep(enabled);
            if (execution_.depth() - kept_depth >= patience) [[unlikely]] {
                if (const Pass pass = lose_patience(); pass != Pass::complete) return pass;
            }
            const ThreadId thread = first_thread(alone);
            if (execution_.choices(thread) > 1) {
                push_node(kept_depth, alone);
                return Pass::complete;
            }
            if (const Pass pass = take({thread, 0}); pass != Pass::complete) [[unlikely]]
                return pass;
            ++merged_;
        }
    }

    [[gnu::always_inline]] Word mergeable(Word enabled) {
        if constexpr (can_merge) {
            if (merges_) return execution_.mergeable(enabled);
        }
        return 0;
    }

    /// Merging goes on and on: it may have run into a loop that is not known to be one yet, or into the bound.
    [[gnu::noinline]] Pass lose_patience() {
        now_.depth = execution_.depth();
        if (!bounds_.allow(now_)) return Pass::ended;
        return execution_.depth() % patience == 0 ? check_knowledge() : Pass::complete;
    }

    [[gnu::always_inline]] Pass keep(Word enabled) {
        if (crew_ != nullptr) return keep_shared(enabled);
        const VisitedTable::Insertion insertion = visited_.insert(execution_.fingerprint());
        if (insertion == VisitedTable::Insertion::present) return Pass::complete;
        if (insertion == VisitedTable::Insertion::no_room) [[unlikely]] {
            bounds_.refuse_memory(now_);
            return leave(Arrival::unsettled);
        }
        return keep_new(enabled);
    }

    [[gnu::always_inline]] Pass keep_new(Word enabled) {
        ++now_.states;
        now_.depth = execution_.depth();
        if (now_.depth > max_depth_) max_depth_ = now_.depth;
        if (!bounds_.allow(now_)) [[unlikely]] {
            --now_.states;
            return leave(Arrival::kept);
        }
        if (options_.observer != nullptr) [[unlikely]]
            tell_observer();
        if (!alike_.empty()) [[unlikely]]
            gains_.symmetric_states += states_alike(execution_.machine());
        if (enabled == 0) return end();
        push_node(execution_.depth(), alike_.empty() ? select(enabled) : select_among_alike(enabled));
        look_ahead();
        return Pass::complete;
    }

    [[gnu::always_inline]] Word select(Word enabled) {
        if (merges_ || !options_.reductions.choose) return enabled;
        for (Word rest = enabled; rest != 0; rest &= rest - 1) {
            const Operation& op = execution_.pending(first_thread(rest));
            if (op.kind == OpKind::choose && !op.after_forget) {
                ++gains_.states_alone;
                gains_.steps_left_out += static_cast<std::uint64_t>(std::popcount(enabled)) - 1;
                return rest & -rest;
            }
        }
        return enabled;
    }

    [[gnu::noinline]] Word select_among_alike(Word enabled) {
        const Word selected = select(enabled);
        const Word different = without_doubles(selected, alike_, execution_.machine());
        for (Word rest = selected & ~different; rest != 0; rest &= rest - 1)
            gains_.alike_steps_left_out += execution_.choices(first_thread(rest));
        return different;
    }

    /// Nothing is enabled here.
    [[gnu::noinline]] Pass end() {
        ++executions_;
        if (record_end(execution_, findings_, [this] { return path_; }) && options_.stop_at_first) return Pass::ended;
        if (!execution_.error().empty()) return Pass::ended;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        return Pass::complete;
    }

    static constexpr std::uint64_t first_refresh = 1024;
    static constexpr std::size_t patience = 1024;

    const Program& program_;
    const SearchOptions& options_;
    Findings findings_;
    Bounds bounds_;
    E execution_;
    VisitedTable& visited_;
    SiblingOrder order_;
    bool merges_;
    bool looks_ahead_;
    const bool forecasts_;
    const std::vector<Word> alike_; ///< groups of threads, if symmetry is made use of
    BranchSizes sizes_;
    std::vector<Node> nodes_;
    InlineStack<Hash128> ahead_; ///< the fingerprints that nodes look ahead to; zero where one is not known
    Schedule path_;              ///< the steps from the initial state to where the execution is
    Progress now_{};
    std::uint64_t executions_ = 0;
    std::uint64_t max_depth_ = 0;
    std::uint64_t merged_ = 0;
    ReductionGains gains_{};
    std::uint64_t next_refresh_ = first_refresh;
    Arrival arrival_ = Arrival::settled; ///< of the state where the execution is
    bool is_save_due_ = false;
    CheckpointClock* clock_ = nullptr;
    Crew* crew_ = nullptr;
    std::uint32_t added_ = 0; ///< to the shared table, not counted there yet
};

template <Execution E>
void StatefulWorker<E>::begin() {
    while (execution_.depth() > 0) execution_.undo();
    visited_.clear();
    nodes_.clear();
    ahead_.clear();
    path_.clear();
    now_ = Progress{};
    executions_ = max_depth_ = merged_ = 0;
    gains_ = {};
    next_refresh_ = first_refresh;
    crew_ = nullptr;
    if (options_.observer != nullptr && options_.observer->begin) options_.observer->begin();
    arrival_ = Arrival::settled;
}

template <Execution E>
Pass StatefulWorker<E>::explore(std::uint64_t share_at) {
    begin();
    return go_on(settle(), share_at);
}

template <Execution E>
Pass StatefulWorker<E>::explore_item(const WorkItem& item, std::uint64_t share_at) {
    return go_on(go_to(item), share_at);
}

template <Execution E>
Pass StatefulWorker<E>::go_on(Pass pass, std::uint64_t share_at) {
    if (share_at != 0) next_refresh_ = std::min(next_refresh_, share_at);
    while (pass == Pass::complete && !nodes_.empty()) {
        pass = advance();
        if (is_save_due_ && pass == Pass::complete) [[unlikely]]
            save();
        if (now_.states < next_refresh_ || pass != Pass::complete) [[likely]]
            continue;
        next_refresh_ *= 2;
        pass = check_knowledge();
        if (pass == Pass::complete && share_at != 0 && now_.states >= share_at) return Pass::to_be_shared;
    }
    return pass == Pass::complete ? check_knowledge() : pass;
}

template <Execution E>
Pass StatefulWorker<E>::explore_by_turns(std::span<const std::unique_ptr<StatefulWorker>> workers, Crew& crew) {
    constexpr unsigned turns_between_gifts = 64;
    for (const auto& worker : workers) worker->crew_ = &crew;
    Pass pass = Pass::complete;
    for (unsigned turn = 0; pass == Pass::complete && crew.goes_on(); ++turn) {
        const bool is_time_to_share = turn % turns_between_gifts == 0;
        bool has_work = false;
        for (const auto& worker : workers) {
            if (worker->nodes_.empty() && !(is_time_to_share && worker->take_from(workers, pass))) continue;
            has_work = true;
            if (pass == Pass::complete) pass = worker->take_turn();
            if (pass != Pass::complete) break;
        }
        if (pass != Pass::complete) break;
        if (!has_work) {
            WorkItem item;
            if (!crew.take(item)) break;
            pass = workers.front()->go_to(item);
        } else if (is_time_to_share && crew.is_anybody_idle()) {
            for (const auto& worker : workers)
                if (auto item = worker->give_away()) {
                    crew.give(std::move(*item));
                    break;
                }
        }
    }
    if (pass != Pass::complete) crew.end();
    for (const auto& worker : workers) {
        worker->visited_.count_shared(worker->added_);
        worker->crew_ = nullptr;
    }
    crew.leave();
    return pass;
}

template <Execution E>
[[gnu::always_inline]] inline Pass StatefulWorker<E>::take_turn() {
    Pass pass = advance();
    if (is_save_due_ && pass == Pass::complete) [[unlikely]]
        save();
    if (now_.states >= next_refresh_ && pass == Pass::complete) [[unlikely]] {
        next_refresh_ *= 2;
        pass = check_knowledge();
    }
    return pass;
}

/// Returns whether one of them had something to give.
template <Execution E>
bool StatefulWorker<E>::take_from(std::span<const std::unique_ptr<StatefulWorker>> workers, Pass& pass) {
    for (const auto& worker : workers) {
        if (auto item = worker->give_away()) {
            pass = go_to(*item);
            return true;
        }
    }
    return false;
}

/// All of what is left to try in the state where least has been done.
template <Execution E>
std::optional<WorkItem> StatefulWorker<E>::give_away() {
    for (Node& node : nodes_) {
        if (node.to_try == 0) continue;
        const Node given{node.depth, node.kept_depth, std::exchange(node.to_try, 0), 0, 0};
        const auto end = path_.begin() + static_cast<std::ptrdiff_t>(node.depth);
        return WorkItem{Schedule(path_.begin(), end), {given}};
    }
    return std::nullopt;
}

/// If another one saves at the same time, that is as good.
template <Execution E>
[[gnu::noinline]] void StatefulWorker<E>::save() {
    is_save_due_ = false;
    if (crew_ != nullptr)
        crew_->alone([this] { clock_->save(); });
    else
        clock_->save();
}

template <Execution E>
Pass StatefulWorker<E>::go_to(const WorkItem& item) {
    while (execution_.depth() > 0) execution_.undo();
    path_.clear();
    for (const Step step : item.schedule) {
        execution_.step(step);
        path_.push_back(step);
        // Who came here first has recorded this too. But what is violated again later must not seem to be so for the first time.
        record_raised(execution_, findings_, [this] { return path_; });
    }
    nodes_ = item.nodes;
    ahead_.clear();
    // The one who counted their branches and looked ahead may have been another.
    for (Node& node : nodes_) {
        node.branches = {.states_before = now_.states};
        node.next_ahead = node.end_ahead = 0;
    }
    switch (item.arrival) {
    case Arrival::settled: break;
    case Arrival::unsettled: return settle();
    case Arrival::kept: return keep_new(execution_.enabled());
    }
    return Pass::complete;
}

template <Execution E>
[[gnu::noinline]] Pass StatefulWorker<E>::keep_shared(Word enabled) {
    for (;;) {
        switch (visited_.insert_shared(execution_.fingerprint(), added_)) {
        case VisitedTable::SharedInsertion::added: return keep_new(enabled);
        case VisitedTable::SharedInsertion::present: return Pass::complete;
        case VisitedTable::SharedInsertion::full: break;
        }
        bool has_room = true;
        // Others may save the search, or end it, meanwhile.
        arrival_ = Arrival::unsettled;
        crew_->alone([&] { has_room = visited_.grow_shared(); });
        if (!crew_->goes_on()) return Pass::complete;
        if (!has_room) return give_up_for_memory();
        arrival_ = Arrival::settled;
    }
}

template <Execution E>
Pass StatefulWorker<E>::check_knowledge() {
    bool is_wrong = false;
    if constexpr (can_merge) {
        Independence& independence = execution_.automata().independence();
        const auto check = [&] { is_wrong = independence.is_stale() && independence.refresh(); };
        if (!merges_ || !independence.is_stale()) return Pass::complete;
        if (crew_ != nullptr)
            crew_->alone(check);
        else
            check();
    }
    return is_wrong ? Pass::to_be_repeated : Pass::complete;
}

template <Execution E>
Progress StatefulWorker<E>::progress() {
    published_states.store(now_.states, std::memory_order_relaxed);
    published_transitions.store(now_.transitions, std::memory_order_relaxed);
    if (forecasts_) published_to_come.store(states_to_come(), std::memory_order_relaxed);
    Progress all = now_;
    all.states_to_come = published_to_come.load(std::memory_order_relaxed);
    for (const StatefulWorker* const other : others) {
        all.states += other->published_states.load(std::memory_order_relaxed);
        all.transitions += other->published_transitions.load(std::memory_order_relaxed);
        all.states_to_come += other->published_to_come.load(std::memory_order_relaxed);
    }
    all.memory_bytes = visited_.bytes();
    return all;
}

/// By what its branches have come to so far.
template <Execution E>
double StatefulWorker<E>::states_to_come() const {
    double sum = 0;
    for (auto node = nodes_.rbegin(); node != nodes_.rend(); ++node) {
        const auto untried = static_cast<std::uint32_t>(std::popcount(node->to_try)) + node->choices - node->choice;
        sum = node->branches.to_come(sum, untried, now_.states, sizes_);
    }
    return sum;
}

/// Where threads keep coming to states that they were not in before, the search would begin again and again.
template <Execution E>
void StatefulWorker<E>::stop_merging() {
    merges_ = false;
    looks_ahead_ = can_look_ahead && !order_.is_shuffled();
    if constexpr (can_merge) execution_.stop_observing();
}

/// Most of what commutes is found out by runs at random, so that the search seldom begins again: some that change threads
/// at every step, some that seldom do. Ends when the later half of the runs brought nothing new.
template <Execution E>
void StatefulWorker<E>::learn_by_walking() {
    if constexpr (can_merge) {
        if (!merges_) return;
        constexpr std::size_t max_walks = 4096;
        constexpr std::size_t max_steps = 2000;
        SiblingOrder random(1);
        std::size_t last_news = 8;
        for (std::size_t walk = 1; walk <= std::min(2 * last_news, max_walks); ++walk) {
            const std::uint64_t known = execution_.automata().fiber_runs();
            const std::uint32_t steps_alone = std::uint32_t{1} << (walk % 8);
            ThreadId thread{};
            for (Word enabled = execution_.enabled(); enabled != 0; enabled = execution_.enabled()) {
                if (execution_.depth() == max_steps || !execution_.error().empty()) break;
                if ((enabled >> thread.index & 1) == 0 || random.below(steps_alone) == 0)
                    thread = random.any_of(enabled);
                execution_.step({thread, static_cast<std::uint16_t>(random.below(execution_.choices(thread)))});
            }
            while (execution_.depth() > 0) execution_.undo();
            if (known != execution_.automata().fiber_runs()) last_news = std::max(last_news, walk);
        }
        if (execution_.error().empty()) execution_.automata().independence().refresh();
    }
}

} // namespace checker

#include "checker/stateful_resume.hpp"
