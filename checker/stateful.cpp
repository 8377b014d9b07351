// SPDX-License-Identifier: GPL-2.0-only
// The default: depth-first through the states, each expanded once and kept as a fingerprint, with the reductions that pay.
//
// Merging: a step that commutes with everything other threads may do before its thread moves on (independence.hpp) is taken at
// once, and only that one. So the search goes from one state where no step is like that to the next, and only these states
// are kept: which they are does not depend on the order of exploration, for of two such steps either leaves the other one
// such. Properties are evaluated after every step all the same. Where several values of a `choose` follow, all are explored.
//
// Choose: where steps are not merged, a thread about to `choose` is explored alone, for a choose reads and writes nothing
// shared. What could go wrong is that others are put off for ever, round a cycle of states; but a thread only comes round by
// a `forget`, and a choose that comes directly after a forget is explored with everybody else.
//
// Symmetry: fingerprints count how many threads of those that are alike are in which local state (Machine::contribution), so
// states that differ in who is who are one.
#include "checker/depth_first.hpp"
#include "checker/strategies.hpp"
#include "checker/visited.hpp"

namespace checker {

namespace {

template <Execution E>
class Stateful {
public:
    static constexpr bool can_merge = requires(E execution) { execution.mergeable(Word{}); };

    Stateful(const Program& program, const SearchOptions& options)
        : program_(program),
          options_(options),
          findings_(program),
          bounds_(options),
          execution_(make_execution(program, options)),
          visited_(options.max_memory_bytes),
          order_(options.sibling_order_seed),
          merges_(can_merge && options.reductions.merge) {}

    SearchResult run() {
        last_pass_ = look();
        if constexpr (can_merge)
            if (merges_) learn_by_walking();
        while (last_pass_ == Pass::complete || last_pass_ == Pass::to_be_repeated) {
            begin();
            last_pass_ = explore();
            if (last_pass_ == Pass::complete) break;
        }
        return result();
    }

private:
    enum class Pass : std::uint8_t { complete, ended, to_be_repeated };
    /// Where the search has come and what it does there. Steps that were merged have no node.
    struct Node {
        std::size_t depth;       ///< of the execution
        std::size_t kept_depth;  ///< of the last state on the way here that was kept
        Word to_try;             ///< threads not tried yet
        std::uint32_t choice;    ///< how many values of the thread being tried are done
        std::uint32_t choices;   ///< of how many
        std::uint32_t first = 0; ///< which value comes first, for shuffled orders
        ThreadId thread{};       ///< being tried
    };

    static E make_execution(const Program& program, const SearchOptions& options) {
        const MachineSettings settings = MachineSettings::of(options);
        if constexpr (can_merge)
            return E(program, settings, std::make_shared<Automata>(program, settings, options.reductions));
        else
            return E(program, settings);
    }

    void begin() {
        while (execution_.depth() > 0) execution_.undo();
        visited_.clear();
        nodes_.clear();
        path_.clear();
        now_.states = now_.transitions = now_.depth = 0;
        executions_ = max_depth_ = merged_ = 0;
        next_refresh_ = first_refresh;
    }

    Pass explore() {
        Pass pass = settle();
        while (pass == Pass::complete && !nodes_.empty()) {
            pass = advance();
            if (now_.states >= next_refresh_ && pass == Pass::complete) [[unlikely]] {
                next_refresh_ *= 2;
                pass = check_knowledge();
            }
        }
        return pass == Pass::complete ? check_knowledge() : pass;
    }

    /// Whether what was merged so far may still be called independent.
    Pass check_knowledge() {
        if constexpr (can_merge) {
            Independence& independence = execution_.automata().independence();
            if (merges_ && independence.is_stale() && independence.refresh()) {
                ++restarts_;
                if (now_.states >= too_late) stop_merging();
                return Pass::to_be_repeated;
            }
        }
        return Pass::complete;
    }

    /// Where threads keep coming to states that they were not in before, the search would begin again and again.
    void stop_merging() {
        merges_ = false;
        if constexpr (can_merge) execution_.stop_observing();
    }

    /// Takes the next untried step of the last node, or leaves the node.
    [[gnu::always_inline]] Pass advance() {
        Node& node = nodes_.back();
        while (execution_.depth() > node.depth) execution_.undo();
        path_.resize(node.depth);
        if (node.choice == node.choices) {
            if (node.to_try == 0) {
                nodes_.pop_back();
                return Pass::complete;
            }
            turn_to_next_thread(node);
        }
        std::uint32_t choice = node.first + node.choice;
        if (choice >= node.choices) choice -= node.choices;
        ++node.choice;
        const Pass pass = take({node.thread, static_cast<std::uint16_t>(choice)});
        return pass == Pass::complete ? settle() : pass;
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
        const Raised& raised = execution_.raised();
        if ((raised.violated | raised.reached | raised.failed) != 0) [[unlikely]]
            if (!record()) return Pass::ended;
        if (bounds_.is_time_to_look()) [[unlikely]] {
            now_.memory_bytes = visited_.bytes();
            if (!bounds_.look(now_)) return Pass::ended;
        }
        return Pass::complete;
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
                nodes_.push_back({execution_.depth(), kept_depth, alone, 0, 0});
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
        const VisitedTable::Insertion insertion = visited_.insert(execution_.fingerprint());
        if (insertion == VisitedTable::Insertion::present) return Pass::complete;
        if (insertion == VisitedTable::Insertion::no_room) [[unlikely]] {
            bounds_.refuse_memory(now_);
            return Pass::ended;
        }
        ++now_.states;
        now_.depth = execution_.depth();
        if (now_.depth > max_depth_) max_depth_ = now_.depth;
        if (!bounds_.allow(now_)) [[unlikely]] {
            --now_.states;
            return Pass::ended;
        }
        if (enabled == 0) return end();
        nodes_.push_back({execution_.depth(), execution_.depth(), select(enabled), 0, 0});
        return Pass::complete;
    }

    [[gnu::always_inline]] Word select(Word enabled) {
        if (merges_ || !options_.reductions.choose) return enabled;
        for (Word rest = enabled; rest != 0; rest &= rest - 1) {
            const Operation& op = execution_.pending(first_thread(rest));
            if (op.kind == OpKind::choose && !op.after_forget) return rest & -rest;
        }
        return enabled;
    }

    /// Nothing is enabled here.
    [[gnu::noinline]] Pass end() {
        ++executions_;
        Word violated = 0;
        const Ending ending = execution_.ending();
        if (ending == Ending::complete) violated = execution_.violated_at_end();
        if (violated != 0 || ending == Ending::deadlock) {
            findings_.record_properties(violated, path_);
            if (ending == Ending::deadlock) findings_.record(deadlock_property, path_);
            execution_.ignore(violated);
            if (options_.stop_at_first) return Pass::ended;
        }
        if (!execution_.error().empty()) return Pass::ended;
        if (options_.collect_final_states) findings_.record_final_state(final_state_of(execution_, program_));
        return Pass::complete;
    }

    bool record() {
        findings_.record(execution_.raised(), path_,
                         [this](ThreadId thread) { return execution_.pending(thread).label; });
        execution_.ignore(execution_.raised().violated | execution_.raised().reached);
        return !(options_.stop_at_first && findings_.found_violation());
    }

    /// Most of what commutes is found out by runs at random, so that the search seldom begins again: some that change threads
    /// at every step, some that seldom do. Ends when the later half of the runs brought nothing new.
    void learn_by_walking() {
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

    SearchResult result() {
        SearchResult result;
        const bool complete = last_pass_ == Pass::complete;
        if (complete && executions_ == 0) findings_.record(never_ends_property, {});
        findings_.finish(result, complete);
        result.error = execution_.error();
        result.out_of_room = execution_.is_out_of_room();
        result.stopped_because = bounds_.stopped_because();
        if constexpr (can_merge) {
            result.local_states = execution_.automata().local_states();
            result.fiber_runs = execution_.automata().fiber_runs();
        }
        result.states = now_.states;
        result.transitions = now_.transitions;
        result.merged_steps = merged_;
        result.restarts = restarts_;
        result.executions = executions_;
        result.max_depth = max_depth_;
        result.table_bytes = visited_.peak_bytes();
        result.missed_state_probability = visited_.expected_collisions();
        result.seconds = bounds_.seconds();
        result.verdict = verdict_of(result, complete);
        return result;
    }

    static constexpr std::uint64_t first_refresh = 1024;
    static constexpr std::size_t patience = 1024;
    static constexpr std::uint64_t too_late = 32'768; ///< states explored in vain

    const Program& program_;
    const SearchOptions& options_;
    Findings findings_;
    Bounds bounds_;
    E execution_;
    VisitedTable visited_;
    SiblingOrder order_;
    bool merges_;
    std::vector<Node> nodes_;
    Schedule path_; ///< the steps from the initial state to where the execution is
    Progress now_{};
    std::uint64_t executions_ = 0;
    std::uint64_t max_depth_ = 0;
    std::uint64_t merged_ = 0;
    std::uint64_t restarts_ = 0;
    std::uint64_t next_refresh_ = first_refresh;
    Pass last_pass_ = Pass::complete;
};

} // namespace

SearchResult search_stateful(const Program& program, const SearchOptions& options) {
    return with_engine(options, [&]<class E>(std::type_identity<E>) { return Stateful<E>(program, options).run(); });
}

} // namespace checker
