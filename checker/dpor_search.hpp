// SPDX-License-Identifier: GPL-2.0-only
// Optimal dynamic partial-order reduction: one schedule of each Mazurkiewicz trace, and no schedule that leads nowhere.
//
// The search follows one schedule to its end. There it looks at the races: pairs of dependent steps of which nothing else
// settles the order. For each it inserts, where the earlier step was taken, a sequence of steps that takes the later one
// first (dpor_wakeup.hpp). Then it goes back to the last state that has such a branch, and follows that.
//
// Beyond the algorithm of the paper:
//   - a blocked step takes part: at the end of a schedule, what blocked threads wait to do races with what blocks them; and a
//     step that was blocked on the way races with what blocked it then, not with what released it;
//   - the values of a `choose` are branches of its state;
//   - what a step touches may depend on the state, and then so do its races (dpor_placement.hpp);
//   - sequences are cut short, and a race is not looked at again while the steps stay that its reversal was certain by;
//   - several workers explore branches at once (dpor_shared.hpp).
#pragma once

#include "checker/dpor_worker.hpp"

#include <algorithm>
#include <exception>
#include <memory>
#include <thread>
#include <vector>

namespace checker {

template <Execution E>
class DporSearch {
public:
    DporSearch(const Program& program, const SearchOptions& options) : program_(program), options_(options) {
        if constexpr (has_automata)
            automata_ = std::make_shared<Automata>(program, MachineSettings::of(options), Reductions::none());
        add_worker(options);
    }

    SearchResult run() {
        DporPass pass = DporPass::ended;
        if (first().look_at_start()) {
            // A bound on states is kept exactly only by one worker.
            const bool is_shared = options_.jobs > 1 && options_.max_states == 0;
            pass = first().explore(is_shared ? options_.share_after : 0);
            if (pass == DporPass::to_be_shared) pass = explore_together();
        }
        return result(pass == DporPass::complete);
    }

private:
    using Worker = DporWorker<E>;
    static constexpr bool has_automata = requires(E execution) { execution.automata(); };

    Worker& first() { return *workers_.front(); }

    void add_worker(const SearchOptions& options) {
        if constexpr (has_automata)
            workers_.push_back(std::make_unique<Worker>(program_, options, automata_));
        else
            workers_.push_back(std::make_unique<Worker>(program_, options));
    }

    DporPass explore_together() {
        silent_ = options_;
        silent_.progress = nullptr;
        // The bound is on the whole search.
        if (options_.max_seconds > 0)
            silent_.max_seconds = std::max(options_.max_seconds - first().bounds().seconds(), 1e-3);
        while (workers_.size() < options_.jobs) {
            add_worker(silent_);
            workers_.back()->look_at_start();
        }
        SharedBranches shared(options_.jobs);
        std::vector<DporPass> passes(workers_.size());
        std::vector<std::exception_ptr> thrown(workers_.size());
        std::vector<std::thread> threads;
        const auto work = [&](unsigned n) {
            try {
                passes[n] = workers_[n]->explore_with(shared, n);
            } catch (...) {
                thrown[n] = std::current_exception();
                passes[n] = DporPass::ended;
                shared.end();
            }
        };
        for (unsigned n = 1; n < options_.jobs; ++n) threads.emplace_back(work, n);
        work(0);
        for (std::thread& thread : threads) thread.join();
        for (const std::exception_ptr& exception : thrown)
            if (exception != nullptr) std::rethrow_exception(exception);
        const bool is_complete =
            std::all_of(passes.begin(), passes.end(), [](DporPass pass) { return pass == DporPass::complete; });
        return is_complete ? DporPass::complete : DporPass::ended;
    }

    SearchResult result(bool complete) {
        SearchResult result;
        Findings found(program_);
        record_engine(first().execution(), result);
        for (const auto& worker : workers_) {
            found.merge(worker->findings());
            result.executions += worker->executions();
            result.transitions += worker->steps();
            result.max_depth = std::max(result.max_depth, worker->max_depth());
            if (result.error.empty()) {
                result.error = worker->execution().error();
                result.out_of_room = worker->execution().is_out_of_room();
            }
            if (result.error.empty()) result.error = worker->fault();
        }
        for (const auto& worker : workers_)
            if (result.stopped_because.empty())
                result.stopped_because = worker->bounds().stopped_because(result.transitions);
        found.finish(result, complete);
        result.seconds = first().bounds().seconds();
        result.verdict = verdict_of(result, complete);
        return result;
    }

    const Program& program_;
    const SearchOptions& options_;
    SearchOptions silent_; ///< of all workers but the first
    std::shared_ptr<Automata> automata_;
    std::vector<std::unique_ptr<Worker>> workers_;
};

} // namespace checker
