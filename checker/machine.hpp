// SPDX-License-Identifier: GPL-2.0-only
// A program being run: cells, and threads on fibers. The machine only goes forwards; executions (execution.hpp) add the way
// back. Operations are performed here, in the scheduler, never on a fiber's stack.
//
// A processor predicts where a function returns to from the calls it has seen, and a switch of stacks makes all of these
// predictions wrong, up to the loop that called. What happens between that loop and the switch is therefore inlined, which
// saves a third of the time of a step; what is rare is a call away.
#pragma once

#include "checker/fiber.hpp"
#include "checker/monitor.hpp"
#include "checker/perform.hpp"
#include "checker/program.hpp"
#include "checker/search.hpp"
#include "checker/thread.hpp"

#include <array>
#include <bit>
#include <memory>
#include <string>
#include <vector>

namespace checker {

struct MachineSettings {
    Word seed = 0;
    bool hashing = true; ///< fingerprints are wanted
    bool keying = true;  ///< so is the hash of what each thread has observed
    bool check_footprints = false;
    bool symmetry = false;         ///< fingerprints do not tell which of the threads that are alike is where
    bool canonical_stacks = false; ///< for the audit: the unused part of a stack is zero whenever its fiber runs on
    std::uint32_t max_steps_without_forget = 4096;

    static MachineSettings of(const SearchOptions& options);
};

enum class ThreadStatus : std::uint8_t { running, finished, failed };

/// What nothing being enabled means.
enum class Ending : std::uint8_t {
    complete, ///< all but daemon threads have finished
    deadlock,
    failed, ///< a thread has failed an assertion, so the others may be waiting for it
};

/// What a thread is between two of its steps. What a step reads comes first, and of operations without a function it is all in
/// one cache line.
struct LocalState {
    Hash128 contribution{}; ///< to the fingerprint; zero when that is switched off
    ThreadState thread;
    std::uint32_t used_bytes = 0;
};

/// Two threads about to access one plain variable, of which at least one writes: no matter which goes first, nothing makes
/// the other wait for it.
struct DataRace {
    ThreadId first;
    ThreadId second;
};

/// What the last step brought about.
struct Raised {
    Word violated = 0; ///< watched always-properties that are false now, and that there is no data race
    Word reached = 0;  ///< watched sometimes-properties that are true now
    Word failed = 0;   ///< threads that failed an assertion; its message is the label of what is pending
    bool any = false;
};

class Machine {
public:
    /// `program` outlives the machine. Fingerprints of equal programs are equal in every run of every build.
    Machine(const Program& program, const MachineSettings& settings);
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    /// Back to the initial state, on fresh stacks. `states`: where each thread's first announcement goes.
    void start(LocalState* const* states);
    /// As `start`, with threads that have announced already, which this machine does not run.
    void start_at(LocalState* const* states);
    /// As `start`, but fingerprints and properties are not looked at, as with `step_again`.
    void restart(LocalState* const* states);
    /// The enabled thread `step.thread` does its announced operation and runs on to its next one, which goes to `next`;
    /// `next` may be the thread's current state.
    [[gnu::always_inline]] void step(Step step, LocalState& next) {
        this->step(step, next, [] {});
    }
    /// `before_properties` is called when the new state's fingerprint is known and its properties are still to be evaluated.
    template <class F>
    [[gnu::always_inline]] void step(Step step, LocalState& next, F before_properties);
    /// As `step`, but fingerprints and properties are not looked at, for they are known.
    [[gnu::always_inline]] void step_again(Step step, LocalState& next) { advance(step, next); }

    // The parts of a step, for an engine that knows without running the thread what comes next.

    /// The thread does its announced operation; the result.
    [[gnu::always_inline]] Word perform_announced(Step step);
    /// The thread is told `result` in the state `now`, which its stack shows, and runs on to its next announcement.
    [[gnu::always_inline]] void run_on(ThreadId thread, const LocalState& now, Word result, LocalState& next);
    /// The thread's state is `next` from now on: fingerprint and properties follow. `watchers_hit`: what Cells::replace said.
    template <Hashing hashing = Hashing::as_set, class F>
    [[gnu::always_inline]] void enter(ThreadId thread, LocalState& next, Word watchers_hit, F before_properties);
    /// The thread alone is put on a fresh stack and runs to its first announcement.
    void begin_thread(ThreadId thread, LocalState& state);
    Hash128 contribution_of(ThreadId thread, const LocalState& state) const {
        return contribution(thread.index, state);
    }
    /// Tells apart whatever two states of the thread announce: more than their contributions to fingerprints do, for it does
    /// not matter to a search by what message an assertion failed.
    Hash128 identity_of(ThreadId thread, const LocalState& state) const;
    /// Two states of the thread have equal keys, and announce operations that differ.
    void complain_of_key(ThreadId thread, const LocalState& state);
    /// Takes over what another machine has found wrong with the program.
    void adopt_error(const Machine& other);
    /// After steps done again: brings fingerprints up to date.
    void refresh();
    /// Puts a thread back to a former state; its stack is the caller's business.
    template <Hashing hashing = Hashing::as_set>
    void put_back(ThreadId thread, LocalState& former) {
        if (hashing == Hashing::as_set && settings_.hashing) {
            contributions_ -= now_[thread.index]->contribution;
            contributions_ += former.contribution;
        }
        now_[thread.index] = &former;
    }

    std::size_t thread_count() const { return now_.size(); }
    const Program& program() const { return program_; }
    const MachineSettings& settings() const { return settings_; }
    Cells& cells() { return cells_; }
    const Cells& cells() const { return cells_; }
    Fiber& fiber(ThreadId thread) { return fibers_[thread.index]; }
    const Fiber& fiber(ThreadId thread) const { return fibers_[thread.index]; }

    /// The threads whose announced operation can happen now, as a bit set.
    Word enabled() const {
        Word enabled = 0;
        for (std::size_t thread = 0; thread < now_.size(); ++thread)
            enabled |= static_cast<Word>(!is_blocked(now_[thread]->thread.pending, cells_)) << thread;
        return enabled;
    }
    const Operation& pending(ThreadId thread) const { return now_[thread.index]->thread.pending; }
    const LocalState& local(ThreadId thread) const { return *now_[thread.index]; }
    ThreadStatus status(ThreadId thread) const;
    /// How many values a step of this thread can return: more than one only of a `choose`.
    std::uint32_t choices(ThreadId thread) const {
        const Operation& op = pending(thread);
        return op.kind == OpKind::choose ? static_cast<std::uint32_t>(op.value) : 1;
    }
    /// To be asked where nothing is enabled.
    Ending ending() const;
    /// To be asked where the ending is complete: the at-end properties that are false.
    Word violated_at_end();

    /// In this state, by thread; each pair once.
    std::vector<DataRace> data_races() const;

    Hash128 fingerprint() const {
        Hash128 sum = cells_.hash();
        sum += contributions_;
        return sum;
    }
    /// Writes what tells a thread's state from its others, apart from its stack, and returns the number of words.
    std::size_t encode(std::size_t thread, const LocalState& state, Word* words) const;
    static constexpr std::size_t max_encoded_words = 9 + max_arguments;
    /// Appends the whole state: all cells, and each thread as `encode` gives it.
    void append_state(std::string& bytes) const;

    const Raised& raised() const { return raised_; }
    const Monitor& monitor() const { return monitor_; }
    /// These properties are of no further interest.
    void ignore(Word properties) { watched_ &= ~properties; }
    /// What is wrong with the program, in a sentence; empty if nothing is.
    const std::string& error() const { return error_; }
    /// The error is that a thread has given up.
    bool is_out_of_room() const { return out_of_room_; }

private:
    struct CachedName {
        const char* name = nullptr;
        Word hash = 0;
    };

    /// What a fiber gets to run.
    struct Body {
        Machine* machine = nullptr;
        std::size_t thread = 0;
    };

    static void run_body(void* body);
    [[gnu::always_inline]] void advance(Step step, LocalState& next);
    template <Hashing hashing, class F>
    [[gnu::always_inline]] void arrive(std::size_t thread, const Hash128& before, Word watchers_hit,
                                       F before_properties);
    [[gnu::always_inline]] void resume(std::size_t thread, LocalState& next);
    void resume_canonically(std::size_t thread, LocalState& next);
    void begin_at_current_states();
    void evaluate(Word hit);
    void note_end(std::size_t thread, const LocalState& state);
    [[gnu::noinline]] void look_for_races(std::size_t thread);
    Hash128 contribution(std::size_t thread, const LocalState& state) const;
    Word name_hash(const char* name) const;
    void complain(std::size_t thread, const LocalState& state, const std::string& what);
    void complain_of_exception(std::size_t thread);
    void complain_of_want(std::size_t thread, const LocalState& state);
    void complain_of_steps(std::size_t thread, const LocalState& state);

    const Program& program_;
    MachineSettings settings_;
    Monitor monitor_;
    Cells cells_;
    std::vector<Thread> threads_;
    std::vector<Body> bodies_;
    std::unique_ptr<Fiber[]> fibers_;
    std::unique_ptr<ThreadState[]> desks_; ///< for canonical stacks: a thread always finds its state in the same place
    std::vector<LocalState*> now_;
    Hash128 contributions_{};
    Word watched_ = 0;
    Raised raised_{};
    std::string error_;
    bool out_of_room_ = false;
    mutable std::array<CachedName, 512> names_{};
};

template <class F>
inline void Machine::step(Step step, LocalState& next, F before_properties) {
    const std::size_t thread = step.thread.index;
    // `next` may be the state that is left.
    const Hash128 before = settings_.hashing ? now_[thread]->contribution : Hash128{};
    advance(step, next);
    if (settings_.hashing) next.contribution = contribution(thread, next);
    arrive<Hashing::as_set>(thread, before, 0, before_properties);
}

template <Hashing hashing, class F>
inline void Machine::enter(ThreadId thread, LocalState& next, Word watchers_hit, F before_properties) {
    const bool hashes = hashing == Hashing::as_set && settings_.hashing;
    const Hash128 before = hashes ? now_[thread.index]->contribution : Hash128{};
    now_[thread.index] = &next;
    arrive<hashing>(thread.index, before, watchers_hit, before_properties);
}

template <Hashing hashing, class F>
inline void Machine::arrive(std::size_t thread, const Hash128& before, Word watchers_hit, F before_properties) {
    const LocalState& next = *now_[thread];
    if (raised_.any) [[unlikely]]
        raised_ = Raised{};
    if (next.thread.pending.is_over) [[unlikely]]
        note_end(thread, next);
    if (hashing == Hashing::as_set && settings_.hashing) {
        contributions_ -= before;
        contributions_ += next.contribution;
    }
    before_properties();
    if (((watchers_hit | cells_.watchers_hit()) & watched_) != 0) evaluate(watchers_hit | cells_.take_watchers_hit());
    // Only this thread announces what it did not announce before, so no other race is new.
    if ((watched_ & monitor_.no_data_race()) != 0) [[unlikely]]
        look_for_races(thread);
}

inline void Machine::advance(Step step, LocalState& next) {
    const LocalState& now = *now_[step.thread.index];
    const Word result = perform_announced(step);
    now_[step.thread.index] = &next;
    run_on(step.thread, now, result, next);
}

inline Word Machine::perform_announced(Step step) {
    const LocalState& now = *now_[step.thread.index];
    const char* misuse = nullptr;
    const Word result = perform(cells_, now.thread.pending, step.choice, misuse);
    if (misuse != nullptr) [[unlikely]]
        complain(step.thread.index, now, misuse);
    return result;
}

inline void Machine::run_on(ThreadId thread, const LocalState& now, Word result, LocalState& next) {
    if (&next != &now) next.thread.observed = now.thread.observed;
    Observed& observed = next.thread.observed;
    if (settings_.keying) observed.key.absorb(result);
    if (++observed.steps_since_forget > settings_.max_steps_without_forget) [[unlikely]]
        complain_of_steps(thread.index, now);
    threads_[thread.index].result_ = result;
    resume(thread.index, next);
}

inline void Machine::resume(std::size_t thread, LocalState& next) {
    Fiber& fiber = fibers_[thread];
    threads_[thread].state_ = &next.thread;
    if (settings_.canonical_stacks) [[unlikely]]
        resume_canonically(thread, next);
    else
        fiber.resume();
    next.thread.pending.after_forget = next.thread.observed.forgot;
    next.thread.observed.forgot = false;
    next.used_bytes = static_cast<std::uint32_t>(fiber.used_bytes());
    if (fiber.has_overflowed()) [[unlikely]]
        complain(thread, next, "needs more stack than a thread has");
    if (next.thread.pending.kind == OpKind::choose && next.thread.pending.value > 65'536) [[unlikely]]
        complain(thread, next, "chooses among more than 65,536 values");
    if (next.thread.pending.is_plain && !program_.cells()[next.thread.pending.cell.index].is_plain) [[unlikely]]
        complain(thread, next, "accesses a plain variable that Program::plain has not made");
}

} // namespace checker
