// SPDX-License-Identifier: GPL-2.0-only
// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010): threads get random
// priorities and the highest that can go on does; at d-1 steps, drawn among all steps of the run, the thread that has just
// gone gets a priority below those of the beginning: the i-th drawn has the i-th lowest, whichever comes first. If the
// program has n threads and no run takes more than k steps, each run finds a bug that needs d ordering constraints with a
// probability of at least 1/(n k^(d-1)).
//
// How long runs are is not known before: change points are drawn among as many steps as the longest run so far had, and of
// the bound are counted only the runs that were drawn among as many as the longest of all has. The bound says nothing where
// runs have no end, and nothing about what depends on the value of a choose as well.
//
// A thread that spins would go on for ever, for nobody below it could do what it waits for. One that comes round to a state
// in which it was before, without anybody else having taken a step, falls below all others; the run is not counted either.
#include "checker/sampling.hpp"
#include "checker/strategies.hpp"

#include <cmath>
#include <numeric>
#include <vector>

namespace checker {

namespace {

/// Notices when a thread that goes on alone comes round to a state. It keeps one state and compares the following ones with
/// it, twice as many as before each time, so that it finds a round of any length (Brent, BIT 1980).
class Rounds {
public:
    /// To be called after each step; returns whether the state was seen since another thread's last step.
    bool comes_round(ThreadId thread, const Hash128& state) {
        if (steps_ == 0 || thread != thread_) {
            thread_ = thread;
            limit_ = 1;
            return keep(state);
        }
        if (state == kept_) return !keep(state);
        if (steps_++ < limit_) return false;
        limit_ *= 2;
        return keep(state);
    }
    void forget() { steps_ = 0; }

private:
    bool keep(const Hash128& state) {
        kept_ = state;
        steps_ = 1;
        return false;
    }

    ThreadId thread_{};
    Hash128 kept_;
    std::uint64_t steps_ = 0; ///< since `kept_` was kept; 0: nothing is kept
    std::uint64_t limit_ = 1;
};

class ChangingPriorities {
public:
    ChangingPriorities(const Program& program, const SearchOptions& options)
        : depth_(options.bug_depth),
          priority_(program.threads().size()) {}

    void begin(const Sample& so_far, Random& random) {
        length_ = so_far.longest_run;
        step_ = 0;
        has_spun_ = false;
        rounds_.forget();
        lowest_ = 0;
        // A permutation of the numbers above all those that are given later.
        std::iota(priority_.begin(), priority_.end(), std::int64_t{depth_});
        for (std::size_t rest = priority_.size(); rest > 1; --rest)
            std::swap(priority_[rest - 1], priority_[random.below(rest)]);
        change_points_.clear();
        for (std::uint32_t priority = 1; length_ > 0 && priority < depth_; ++priority)
            change_points_.push_back({1 + random.below(length_), priority});
        std::sort(change_points_.begin(), change_points_.end());
        next_change_ = 0;
    }
    template <class E>
    ThreadId choose(E& /*execution*/, Word threads, Random& /*random*/) {
        return highest(threads, priority_);
    }
    template <class E>
    void stepping(E& /*execution*/, Step /*step*/, Word /*threads*/, Random& /*random*/) {}
    template <class E>
    void stepped(E& execution, Step step) {
        ++step_;
        for (; next_change_ < change_points_.size() && change_points_[next_change_].step == step_; ++next_change_)
            priority_[step.thread.index] = change_points_[next_change_].priority;
        if (rounds_.comes_round(step.thread, execution.fingerprint())) {
            has_spun_ = true;
            priority_[step.thread.index] = --lowest_;
        }
    }
    void end(std::uint64_t steps, bool is_whole) {
        if (!is_whole) all_are_whole_ = false;
        if (steps > longest_) {
            longest_ = steps;
            counted_ = 0;
        }
        if (length_ == longest_ && !has_spun_) ++counted_;
    }
    void finish(Sample& sample) const {
        sample.bug_depth = depth_;
        if (!all_are_whole_ || longest_ == 0) return;
        const double others = depth_ - 1.0;
        sample.run_finds_bug = 1 / (static_cast<double>(priority_.size()) * std::pow(longest_, others));
        // Of many small probabilities: 1 - (1 - p)^n.
        const double none = static_cast<double>(counted_) * std::log1p(-sample.run_finds_bug);
        sample.runs_find_bug = counted_ == 0 ? 0 : -std::expm1(none);
    }

private:
    struct ChangePoint {
        std::uint64_t step; ///< its number, from 1
        std::int64_t priority;
        auto operator<=>(const ChangePoint&) const = default;
    };

    std::uint32_t depth_;
    std::vector<std::int64_t> priority_; ///< of each thread; all differ
    std::int64_t lowest_ = 0; ///< that was given; those of threads that have spun are below those of all others
    std::vector<ChangePoint> change_points_; ///< in the order of their steps
    std::size_t next_change_ = 0;
    std::uint64_t step_ = 0;
    std::uint64_t length_ = 0; ///< among how many steps the change points were drawn
    bool has_spun_ = false;
    Rounds rounds_;
    std::uint64_t longest_ = 0;
    std::uint64_t counted_ = 0; ///< runs for which the bound holds
    bool all_are_whole_ = true;
};

} // namespace

SearchResult search_pct(const Program& program, const SearchOptions& options) {
    return sample_with<ChangingPriorities>(program, options);
}

} // namespace checker
