// SPDX-License-Identifier: GPL-2.0-only
// What every depth-first search keeps besides the states it has seen: what it found, and when it has to end.
#pragma once

#include "checker/machine.hpp"
#include "checker/random.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace checker {

/// The order in which siblings are explored: theirs, or for tests one that a seed makes, the same everywhere.
class SiblingOrder {
public:
    explicit SiblingOrder(std::uint64_t seed) : is_shuffled_(seed != 0), random_(seed, 0) {}

    bool is_shuffled() const { return is_shuffled_; }
    std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
    ThreadId any_of(Word threads) { return ThreadId{static_cast<std::uint8_t>(random_.any_bit(threads))}; }

private:
    bool is_shuffled_;
    Random random_;
};

/// A hash of the cells and of how many threads of those that are alike have come to what status.
template <class E>
Hash128 final_state_of(E& execution, const Program& program) {
    Hash128 hash;
    const View view = execution.view();
    for (std::size_t cell = 0; cell < program.cells().size(); ++cell)
        hash.absorb(view[CellId{static_cast<std::uint16_t>(cell)}]);
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread) {
        const Word status = static_cast<Word>(execution.status(ThreadId{static_cast<std::uint8_t>(thread)}));
        hash += hash_of(program.threads()[thread].first_alike.index, status, 0);
    }
    return hash;
}

/// Violated properties, each with the first schedule that showed it, and the sometimes-properties that were reached.
class Findings {
public:
    explicit Findings(const Program& program) : program_(program) {}

    /// Records what is in `raised`. `label_of(thread)` is the message of a thread that failed an assertion.
    template <class LabelOf>
    void record(const Raised& raised, const Schedule& schedule, LabelOf label_of) {
        record_properties(raised.violated, schedule);
        for (Word rest = raised.failed; rest != 0; rest &= rest - 1)
            record(std::string(assertion_prefix) + label_of(first_thread(rest)), schedule);
        reached_ |= raised.reached;
    }
    void record_properties(Word properties, const Schedule& schedule);
    void record(const std::string& property, const Schedule& schedule) { violations_.try_emplace(property, schedule); }
    void record_final_state(const Hash128& state) { final_states_.push_back(state); }

    /// Takes over what another search of the same program has found. Of two schedules the shorter one stays, or the lesser.
    void merge(const Findings& other);

    const std::map<std::string, Schedule>& violations() const { return violations_; }
    const std::vector<Hash128>& final_states() const { return final_states_; }
    Word reached() const { return reached_; }
    /// What a search has found that this one goes on with.
    void restore(std::map<std::string, Schedule> violations, std::vector<Hash128> final_states, Word reached);
    /// Those that need not be looked at any more.
    Word known_properties() const;

    bool found_violation() const { return !violations_.empty(); }
    bool has(const std::string& property) const { return violations_.count(property) != 0; }
    /// Moves all into the result. `complete`: the whole space was explored.
    void finish(SearchResult& result, bool complete);

private:
    const Program& program_;
    std::map<std::string, Schedule> violations_;
    std::vector<Hash128> final_states_;
    Word reached_ = 0;
};

/// What a search comes to with these findings.
Verdict verdict_of(const SearchResult& result, bool complete);

/// Decides when a search ends before it is complete, and reports progress.
class Bounds {
public:
    static constexpr std::uint32_t steps_between_looks = 8192;

    explicit Bounds(const SearchOptions& options);

    /// Whether the search may go on with these counts. To be called at every new state.
    bool allow(const Progress& now) {
        if (now.states > max_states_ || now.depth > options_.max_depth) [[unlikely]]
            return refuse(now);
        return true;
    }
    /// For those who do so seldom: after how many more states `allow` and `look` have to be called.
    std::uint32_t states_until_look(std::uint64_t states) const {
        const std::uint64_t allowed = max_states_ - states;
        return allowed < steps_between_looks ? static_cast<std::uint32_t>(allowed) + 1 : steps_between_looks;
    }
    /// To be asked at every step; says once in a while that it is time for `look`.
    bool is_time_to_look() { return --until_look_ == 0; }
    /// Looks at the clock and reports progress; returns whether the search may go on.
    bool look(Progress now);
    /// Notes that the visited states do not fit into memory.
    void refuse_memory(const Progress& now);

    bool is_out_of_memory() const { return is_out_of_memory_; }

    double seconds() const;
    /// Why the search ended early and how far it came; empty if it did not.
    std::string stopped_because() const { return stopped_because(stopped_at_.transitions); }
    /// Of one worker of several, which took so many steps together.
    std::string stopped_because(std::uint64_t transitions) const;

private:
    bool refuse(const Progress& now);
    void stop(const std::string& reason, const Progress& now);

    const SearchOptions& options_;
    std::uint64_t max_states_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    double last_report_ = 0;
    std::uint32_t until_look_ = steps_between_looks;
    bool is_out_of_memory_ = false;
    std::string reason_; ///< empty: not stopped
    Progress stopped_at_{};
};

} // namespace checker
