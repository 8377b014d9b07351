// SPDX-License-Identifier: GPL-2.0-only
// The exact states that a search keeps: no fingerprints, so that nothing is taken for something else. For certificates and
// audits; a search on its own keeps far less.
#pragma once

#include "checker/automata_execution.hpp"

#include <deque>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace checker {

class KeptStates {
public:
    /// `program` outlives this. `symmetric`: states that differ in which of threads that are alike is where are one.
    KeptStates(const Program& program, bool symmetric);

    /// Gathers what a search keeps, for SearchOptions::observer; refers to this.
    StateObserver observer();

    /// Where the execution is. Returns whether that is new.
    bool add(const AutomataExecution& execution);
    bool contains(const AutomataExecution& execution) const;
    std::size_t size() const { return states_.size(); }
    void clear() { states_.clear(); }

    /// Of the search that states were added from last; null before.
    const std::shared_ptr<Automata>& automata() const { return automata_; }

    /// Whether that search was merging steps to its end.
    bool merges() const { return merges_; }

    /// A state, taken apart.
    struct Parts {
        std::vector<Word> cells;
        std::vector<Local*> locals; ///< by thread; of threads that are alike, in an order of their own
    };
    /// Calls `visit(const Parts&)` for each state, in no particular order.
    template <class Visit>
    void for_each(Visit visit) const {
        Parts parts;
        for (const std::string& state : states_) {
            take_apart(state, parts);
            visit(static_cast<const Parts&>(parts));
        }
    }

private:
    /// One thread, or several that are alike.
    using Alike = std::vector<ThreadId>;

    std::string encode(const AutomataExecution& execution) const;
    void take_apart(const std::string& state, Parts& parts) const;
    std::uint32_t number_of(Local& local) const;
    std::uint32_t number_of(Word word) const;

    const Program& program_;
    std::vector<Alike> groups_;
    std::shared_ptr<Automata> automata_;
    std::unordered_set<std::string> states_;
    bool merges_ = false;
    // Words and local states by number: a state names them.
    mutable std::unordered_map<Local*, std::uint32_t> local_numbers_;
    mutable std::vector<Local*> locals_;
    mutable std::unordered_map<std::uint8_t, Local*> failed_; ///< by owner
    mutable std::unordered_map<Word, std::uint32_t> word_numbers_;
    mutable std::vector<Word> words_;
    std::mutex mutex_;
};

} // namespace checker
