// SPDX-License-Identifier: GPL-2.0-only
// Partial order sampling (Yuan, Yang and Gu, CAV 2018): every announced operation has a random priority, and of those that
// can happen the one with the highest happens. Those that it races with draw a new priority, so that an operation is not the
// later one of two races because it was the later one of one. Partial orders are sampled far more evenly than by a random
// walk, which has a new chance at every step to put an operation off.
#include "checker/perform.hpp"
#include "checker/sampling.hpp"
#include "checker/strategies.hpp"

#include <vector>

namespace checker {

namespace {

bool reaches_no_cell(const Operation& op) { return op.kind == OpKind::choose || op.kind == OpKind::breakpoint; }
bool reaches_any_cell(const Operation& op) { return op.kind == OpKind::atomic || op.kind == OpKind::wait; }

/// The cells of the execution once more, on which operations can be tried.
class Rehearsal {
public:
    explicit Rehearsal(const Program& program)
        : cells_(initial_words(program), std::vector<Word>(program.cells().size()), program.context(), 0) {}

    void reset() { cells_.reset(); }
    void perform_for_good(const Operation& op, Word choice) { (void)result_of(op, choice); }

    /// Whether the order of two operations that can both happen now matters: to a result, to a cell, or because one keeps
    /// the other waiting. That is tried where the cells that they name do not tell.
    bool race(const Operation& a, const Operation& b) {
        if (reaches_no_cell(a) || reaches_no_cell(b)) return false;
        const bool are_known = !reaches_any_cell(a) && !reaches_any_cell(b);
        if (are_known && (a.cell != b.cell || (a.mask & b.mask) == 0)) return false;
        return in_order(a, b) != in_order(b, a, true);
    }

private:
    struct Outcome {
        Word first_result = 0; ///< of the operation that is called the first
        Word second_result = 0;
        Hash128 cells;
        bool is_possible = false;
        bool operator==(const Outcome&) const = default;
    };

    static std::vector<Word> initial_words(const Program& program) {
        std::vector<Word> words;
        for (const CellSpec& cell : program.cells()) words.push_back(cell.initial);
        return words;
    }
    Word result_of(const Operation& op, Word choice) {
        const char* misuse = nullptr;
        return perform(cells_, op, choice, misuse);
    }
    /// `is_reversed`: the first is the one that happens later.
    Outcome in_order(const Operation& early, const Operation& late, bool is_reversed = false) {
        const std::size_t position = cells_.log_position();
        const Hash128 before = cells_.hash();
        Outcome outcome;
        const Word early_result = result_of(early, 0);
        outcome.is_possible = !is_blocked(late, cells_);
        const Word late_result = outcome.is_possible ? result_of(late, 0) : 0;
        outcome.first_result = is_reversed ? late_result : early_result;
        outcome.second_result = is_reversed ? early_result : late_result;
        outcome.cells = cells_.hash();
        cells_.rewind(position, before);
        return outcome;
    }

    Cells cells_;
};

class RandomPriorities {
public:
    RandomPriorities(const Program& program, const SearchOptions& /*options*/)
        : rehearsal_(program),
          priority_(program.threads().size()) {}

    void begin(const Sample& /*so_far*/, Random& random) {
        rehearsal_.reset();
        for (std::uint64_t& priority : priority_) priority = random.next();
    }
    template <class E>
    ThreadId choose(E& /*execution*/, Word threads, Random& /*random*/) {
        return highest(threads, priority_);
    }
    template <class E>
    void stepping(E& execution, Step step, Word threads, Random& random) {
        const Operation& happens = execution.pending(step.thread);
        for (Word rest = threads; rest != 0; rest &= rest - 1) {
            const ThreadId thread = first_thread(rest);
            if (thread == step.thread || rehearsal_.race(happens, execution.pending(thread)))
                priority_[thread.index] = random.next();
        }
        rehearsal_.perform_for_good(happens, step.choice);
    }
    template <class E>
    void stepped(E& /*execution*/, Step /*step*/) {}
    void end(std::uint64_t /*steps*/, bool /*is_whole*/) {}
    void finish(Sample& /*sample*/) const {}

private:
    Rehearsal rehearsal_;
    std::vector<std::uint64_t> priority_; ///< of what each thread has announced
};

} // namespace

SearchResult search_pos(const Program& program, const SearchOptions& options) {
    return sample_with<RandomPriorities>(program, options);
}

} // namespace checker
