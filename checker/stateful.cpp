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
// states that differ in who is who are one. Of those that are alike and in the same local state one steps for all.
#include "checker/grouped.hpp"
#include "checker/stateful_worker.hpp"
#include "checker/strategies.hpp"

#include <memory>
#include <thread>

namespace checker {

namespace {

/// So many workers in one thread that what one has asked of memory is there when it is its turn again.
constexpr std::size_t taking_turns = 4;

constexpr std::uint64_t too_late = 32'768; ///< states explored in vain, after which merging is given up

template <Execution E>
class Stateful {
public:
    Stateful(const Program& program, const SearchOptions& options)
        : program_(program),
          options_(options),
          table_fault_(options.table_file.empty() ? std::nullopt : table_file_.open(options.table_file)),
          visited_(options.max_memory_bytes, options.when_full, &table_file_) {
        if constexpr (can_merge)
            automata_ = std::make_shared<Automata>(program, MachineSettings::of(options), options.reductions);
        add_worker(options);
    }

    SearchResult run() {
        if (table_fault_) return refused(*table_fault_);
        Pass pass = first().look_at_start();
        if (std::string fault = resume(); !fault.empty()) return refused(std::move(fault));
        if (pass == Pass::complete) {
            first().learn_by_walking();
            do pass = explore();
            while (pass == Pass::to_be_repeated);
        }
        return result(pass == Pass::complete);
    }

private:
    using Worker = StatefulWorker<E>;
    static constexpr bool can_merge = Worker::can_merge;

    Worker& first() { return *workers_.front(); }

    std::size_t workers_a_thread() { return first().looks_ahead() ? taking_turns : 1; }

    void add_worker(const SearchOptions& options) {
        if constexpr (can_merge)
            workers_.push_back(std::make_unique<Worker>(program_, options, visited_, automata_));
        else
            workers_.push_back(std::make_unique<Worker>(program_, options, visited_));
        if (!options_.checkpoint.save_to.empty()) workers_.back()->save_by(&clock_);
    }

    Pass explore() {
        while (workers_.size() > 1) retire_last();
        // A bound on states is kept exactly only by one worker.
        const bool is_shared = options_.max_states == 0 && options_.jobs * workers_a_thread() > 1;
        // One thread gains by turns where the table has outgrown its caches.
        const std::uint64_t share_after = options_.jobs > 1 ? options_.share_after : 16 * options_.share_after;
        const std::uint64_t share_at = is_shared ? share_after : 0;
        Pass pass = is_resumed_ ? Pass::complete : first().explore(share_at);
        while (pass == Pass::complete && !left_.empty()) {
            const WorkItem item = std::move(left_.back());
            left_.pop_back();
            pass = first().explore_item(item, share_at);
        }
        if (pass == Pass::to_be_shared) pass = explore_together();
        if (pass != Pass::to_be_repeated) return pass;
        ++restarts_;
        if (states() < too_late) return pass;
        first().stop_merging();
        merges_ = false;
        return pass;
    }

    Pass explore_together() {
        if (!visited_.begin_sharing()) return first().give_up_for_memory();
        silent_ = options_;
        silent_.progress = nullptr;
        // The bound is on the whole search.
        if (options_.max_seconds > 0)
            silent_.max_seconds = std::max(options_.max_seconds - first().bounds().seconds(), 1e-3);
        const std::size_t group = workers_a_thread();
        while (workers_.size() < options_.jobs * group) {
            add_worker(silent_);
            workers_.back()->look_at_start();
            if (!merges_) workers_.back()->stop_merging();
            first().others.push_back(workers_.back().get());
        }
        Crew crew(options_.jobs);
        for (WorkItem& item : left_) crew.give(std::move(item));
        left_.clear();
        crew_ = &crew;
        std::vector<Pass> passes(options_.jobs);
        std::vector<std::exception_ptr> thrown(options_.jobs);
        std::vector<std::thread> threads;
        const auto work = [&](std::size_t n) {
            try {
                passes[n] = Worker::explore_by_turns(std::span(workers_).subspan(n * group, group), crew);
            } catch (...) {
                thrown[n] = std::current_exception();
                passes[n] = Pass::ended;
                crew.end();
                crew.leave();
            }
        };
        for (std::size_t n = 1; n < passes.size(); ++n) threads.emplace_back(work, n);
        work(0);
        for (std::thread& thread : threads) thread.join();
        visited_.end_sharing();
        left_.assign(crew.items().begin(), crew.items().end());
        crew_ = nullptr;
        for (const std::exception_ptr& exception : thrown)
            if (exception != nullptr) std::rethrow_exception(exception);
        for (const Pass pass : passes)
            if (pass != Pass::complete) return pass;
        return first().check_knowledge();
    }

    /// Keeps what a worker has found.
    void retire_last() {
        found_.merge(workers_.back()->findings());
        first().others.clear();
        workers_.pop_back();
    }

    /// What all workers have found.
    Findings all_findings() const {
        Findings all = found_;
        for (const auto& worker : workers_) all.merge(worker->findings());
        return all;
    }

    SearchCounts counts() const {
        SearchCounts sum;
        for (const auto& worker : workers_) {
            sum.states += worker->counts().states;
            sum.transitions += worker->counts().transitions;
            sum.executions += worker->executions();
            sum.gains += worker->gains();
            sum.max_depth = std::max(sum.max_depth, worker->max_depth());
        }
        sum.seconds = seconds_before_ + workers_.front()->bounds().seconds();
        return sum;
    }

    Checkpoint checkpoint() const {
        const Findings found = all_findings();
        Checkpoint checkpoint;
        checkpoint.counts = counts();
        checkpoint.violations = found.violations();
        checkpoint.final_states = found.final_states();
        checkpoint.reached = found.reached();
        checkpoint.left = left_;
        if (crew_ != nullptr)
            checkpoint.left.insert(checkpoint.left.end(), crew_->items().begin(), crew_->items().end());
        for (const auto& worker : workers_)
            if (auto left = worker->left()) checkpoint.left.push_back(std::move(*left));
        if constexpr (can_merge) {
            checkpoint.learned = automata_->learned();
            checkpoint.learned_digest = automata_->digest();
        }
        return checkpoint;
    }

    /// Writes down where the search is. All workers stand still.
    void save() {
        try {
            checkpoint_error_ = write_checkpoint(options_.checkpoint.save_to, identity_of(program_, options_),
                                                 checkpoint(), visited_.image())
                                    .value_or("");
        } catch (const std::bad_alloc&) {
            checkpoint_error_ = options_.checkpoint.save_to + ": there is no memory left to write a checkpoint";
        }
    }

    /// Goes back to where a checkpoint was made, if there is one. Returns why that cannot be; empty if it can.
    std::string resume() {
        const std::string& path = options_.checkpoint.resume_from;
        if (path.empty()) return {};
        Checkpoint checkpoint;
        if (std::string fault = read_checkpoint(path, identity_of(program_, options_), checkpoint, visited_);
            !fault.empty())
            return fault;
        std::string other_program = path + ": the program does other things than it did when this checkpoint was "
                                           "made; search again from the beginning";
        if constexpr (can_merge) {
            if (!automata_->learn_again(checkpoint.learned) || automata_->digest() != checkpoint.learned_digest)
                return other_program;
        }
        std::uint64_t uncounted = 0;
        for (const WorkItem& item : checkpoint.left) {
            if (!first().fits(item)) return other_program;
            if (item.arrival == Arrival::kept) ++uncounted;
        }
        if (visited_.size() != checkpoint.counts.states + uncounted)
            return path + ": the checkpoint's table has not as many states as were counted; search again from the "
                          "beginning";
        first().restore(checkpoint);
        seconds_before_ = checkpoint.counts.seconds;
        left_ = std::move(checkpoint.left);
        is_resumed_ = true;
        return {};
    }

    /// What ended early is saved; and what is complete too, if counterexamples are to be looked for.
    void save_at_end(bool complete, SearchResult& result) {
        if (options_.checkpoint.save_to.empty() || !result.error.empty()) return;
        const bool ended_early = !complete && !result.stopped_because.empty();
        if (ended_early || (complete && all_findings().found_violation())) save();
        result.checkpoint_error = checkpoint_error_;
        result.is_checkpointed = ended_early && checkpoint_error_.empty();
    }

    /// Why a search that went on without room for exact states is not complete.
    std::string omission() const {
        const double lost = visited_.expected_omissions();
        const double share = lost / (lost + static_cast<double>(visited_.size()));
        return "visited states did not fit into " + bytes_in_words(options_.max_memory_bytes) +
               " and were kept less exactly: about " + about(lost) + " (" + about(100 * share) +
               " %) were taken for others, and what only they lead to is left out too";
    }

    /// Memory for so few states that no schedule comes to its end is a mistake, and no bound.
    void refuse_too_little_memory(SearchResult& result) const {
        bool is_out_of_memory = false;
        for (const auto& worker : workers_) is_out_of_memory |= worker->bounds().is_out_of_memory();
        if (!is_out_of_memory || result.executions != 0 || result.max_depth + 1 < result.states) return;
        result.refused = bytes_in_words(options_.max_memory_bytes) +
                         " for visited states is less than one schedule takes: " + counted(result.states, "state") +
                         " of the first one fit in; allow more memory";
        result.error = result.refused;
        result.verdict = Verdict::error;
    }

    static SearchResult refused(std::string why) {
        SearchResult result;
        result.refused = std::move(why);
        result.error = result.refused;
        return result;
    }

    std::uint64_t states() const {
        std::uint64_t sum = 0;
        for (const auto& worker : workers_) sum += worker->counts().states;
        return sum;
    }

    SearchResult result(bool complete) {
        SearchResult result;
        const SearchCounts all = counts();
        for (const auto& worker : workers_) {
            if (result.error.empty()) {
                result.error = worker->execution().error();
                result.out_of_room = worker->execution().is_out_of_room();
            }
            if (result.stopped_because.empty())
                result.stopped_because = worker->bounds().stopped_because(all.transitions);
        }
        // What was taken for something else may have led to more.
        if (visited_.is_lossy()) {
            const bool has_reason = !complete && !result.stopped_because.empty();
            if (complete || has_reason) result.stopped_because += (has_reason ? "; " : "") + omission();
            complete = false;
            result.kept_as = options_.when_full;
            result.expected_omissions = visited_.expected_omissions();
        }
        save_at_end(complete, result);
        result.states = all.states;
        result.transitions = all.transitions;
        result.executions = all.executions;
        result.gains = all.gains;
        result.max_depth = all.max_depth;
        Findings found = all_findings();
        for (const auto& worker : workers_) result.merged_steps += worker->merged();
        if (complete && result.executions == 0) found.record(never_ends_property, {});
        found.finish(result, complete);
        if constexpr (can_merge) {
            result.local_states = automata_->local_states();
            result.fiber_runs = automata_->fiber_runs();
        }
        result.restarts = restarts_;
        result.table_bytes = visited_.peak_bytes();
        result.missed_state_probability = visited_.expected_collisions();
        result.seconds = first().bounds().seconds();
        result.seconds_before = seconds_before_;
        result.verdict = verdict_of(result, complete);
        refuse_too_little_memory(result);
        return result;
    }

    const Program& program_;
    const SearchOptions& options_;
    SearchOptions silent_; ///< of all workers but the first
    std::shared_ptr<Automata> automata_;
    TableFile table_file_;
    std::optional<std::string> table_fault_;
    VisitedTable visited_;
    std::vector<std::unique_ptr<Worker>> workers_;
    Findings found_{program_};
    std::uint64_t restarts_ = 0;
    std::vector<WorkItem> left_; ///< what no worker has begun
    Crew* crew_ = nullptr;       ///< while several workers explore
    CheckpointClock clock_{options_.checkpoint.every_seconds, [this] { save(); }};
    std::string checkpoint_error_;
    double seconds_before_ = 0; ///< of the runs that this one goes on from
    bool is_resumed_ = false;
    bool merges_ = true;
};

} // namespace

SearchResult search_stateful(const Program& program, const SearchOptions& options) {
    return with_engine(options, [&]<class E>(std::type_identity<E>) { return Stateful<E>(program, options).run(); });
}

} // namespace checker
