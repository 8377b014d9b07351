// SPDX-License-Identifier: GPL-2.0-only
// The way in: search a program, replay a schedule. Strategies live in a file each; start reading here.
#pragma once

#include "checker/operation.hpp"
#include "checker/program.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace checker {

class AutomataExecution;

/// One scheduling decision: whose announced operation happens next and, for a `choose`, which value it returns (else 0).
struct Step {
    ThreadId thread;
    std::uint16_t choice = 0;
    auto operator<=>(const Step&) const = default;
};
using Schedule = std::vector<Step>;

enum class Verdict : std::uint8_t { holds, violated, inconclusive, error };
enum class Strategy : std::uint8_t { naive, plain, stateful, bounded, delay, random, pct, pos, dpor };
/// How a program goes forwards and back: by looking up what was seen before (automata_execution.hpp), by restoring stacks
/// (fiber_execution.hpp), or by running the whole way again (replay_execution.hpp). Results are the same. Under
/// AddressSanitizer stacks cannot be restored and `fibers` means `replay`.
enum class Engine : std::uint8_t { automata, fibers, replay };

/// What Strategy::stateful may leave out of the state space; see stateful.cpp. Results are the same with all and with none.
struct Reductions {
    bool choose = true; ///< a thread about to choose a value is explored alone
    bool merge =
        true; ///< steps that commute with all that others may do are no interleaving points; automata engine only
    bool commute = true;  ///< updates that return nothing commute with their like; refines `merge`, and dpor
    bool symmetry = true; ///< threads that were added together are interchangeable

    static constexpr Reductions none() {
        return {.choose = false, .merge = false, .commute = false, .symmetry = false};
    }
    friend bool operator==(const Reductions&, const Reductions&) = default;
};

/// Names of built-in properties.
inline constexpr const char* deadlock_property = "deadlock";
inline constexpr const char* never_ends_property = "never-ends";
inline constexpr const char* livelock_property = "livelock";
inline constexpr const char* data_race_property = "data race";
/// Prefixes of the names of properties that come from threads' assertions and from `sometimes` conditions.
inline constexpr const char* assertion_prefix = "assertion: ";

struct Progress {
    std::uint64_t states = 0;
    std::uint64_t transitions = 0;
    std::uint64_t depth = 0;
    std::uint64_t memory_bytes = 0;
    double seconds = 0;
    double states_to_come = 0; ///< an estimate (forecast.hpp); 0: there is none. Strategy::stateful only
};

/// Told of each state that Strategy::stateful keeps, which stands there; Engine::automata only. With several jobs, several
/// threads tell at once.
struct StateObserver {
    std::function<void()> begin; ///< all states told of so far are forgotten, and the search begins (again)
    std::function<void(AutomataExecution&)> kept;
};

/// What to do when the visited states do not fit into the memory that they may take; Strategy::stateful.
enum class WhenFull : std::uint8_t {
    stop,
    hash_compact, ///< go on with 32 bits a state
    bitstate      ///< go on with three bits a state
};

/// A search that can be gone on with later: Strategy::stateful without merging.
struct Checkpointing {
    std::string save_to{}; ///< a file, written once in a while and when the search ends early; empty: nothing is saved
    double every_seconds = 60; ///< between one saving and the next; more where saving takes long
    std::string resume_from{}; ///< a file that such a search has left; empty: search from the beginning
    /// What the search belongs to beside the program and its options: names and values. Messages have them.
    std::vector<std::pair<std::string, std::string>> identity{};
};

struct SearchOptions {
    Strategy strategy = Strategy::stateful;
    Engine engine = Engine::automata;
    Reductions reductions{};                         ///< of Strategy::stateful; `commute` of dpor too
    unsigned jobs = 1;                               ///< threads that search at once; stateful and dpor
    std::uint64_t share_after = 65'536;              ///< states that one thread explores before others help
    std::uint64_t max_states = 0;                    ///< 0: no bound. Ends as inconclusive.
    std::uint64_t max_memory_bytes = 0;              ///< 0: no bound. Of the visited table.
    double max_seconds = 0;                          ///< 0: no bound
    std::uint32_t max_depth = 100'000;               ///< steps of one schedule; deeper ends as inconclusive
    std::uint32_t max_steps_without_forget = 4096;   ///< of one thread; more is an error that names the loop
    bool stop_at_first = false;                      ///< end at the first violation
    bool counterexamples = true;                     ///< look for canonical counterexamples of what is violated
    std::uint64_t counterexample_budget = 4'000'000; ///< nodes of that search; beyond it `canonical` is false
    std::uint64_t seed = 0;                          ///< of the fingerprints; results do not depend on it
    std::uint64_t sibling_order_seed = 0;            ///< tests: 0 explores siblings in order, else in shuffled order
    bool collect_final_states = false;               ///< tests: fill SearchResult::final_states
    bool check_footprints = false; ///< debugging: a property that reads outside its footprint is an error
    std::function<void(const Progress&)> progress{}; ///< called about ten times a second
    double progress_interval = 0.1;                  ///< seconds between two such calls, at least
    const std::atomic<bool>* interrupted = nullptr;
    const StateObserver* observer = nullptr;
    Checkpointing checkpoint{};
    WhenFull when_full = WhenFull::stop; ///< at max_memory_bytes
    std::string table_file{};            ///< where visited states lie instead of in memory; empty: in memory

    // Of one strategy or another.
    std::uint32_t bound = 2;       ///< bounded: the most preemptions; delay: the most delays
    std::uint64_t runs = 1'000;    ///< random, pct, pos: how many schedules are sampled
    std::uint64_t random_seed = 1; ///< random, pct, pos: the same seed gives the same schedules
    std::uint32_t bug_depth = 3;   ///< pct: how many ordering constraints a bug needs; at least 1
    bool livelock = false;         ///< look for livelocks: in the unreduced state graph, whatever the strategy
};

struct Violation {
    std::string property;
    Schedule schedule;
    bool canonical = false; ///< the least schedule: (context switches, steps), then (thread, choice) order
    std::uint32_t context_switches = 0;
};

/// What the strategies that sample schedules covered; the distinct states among it are SearchResult::states.
struct Sample {
    std::uint64_t seed = 0;
    std::uint64_t runs = 0;
    std::uint64_t steps = 0; ///< of all runs
    std::uint64_t longest_run = 0;
    std::uint64_t cut_runs = 0;        ///< ended by max_depth
    std::uint64_t lock_orders = 0;     ///< distinct sequences of (lock, thread) acquisitions
    std::uint64_t first_violation = 0; ///< the run, from 1, that showed the first violation; 0: none did
    bool counted_all = true;           ///< false: memory was up, and there were at least as many states and lock orders

    // pct. A bug is one that needs so many ordering constraints; runs are supposed not to be longer than `longest_run`.
    std::uint32_t bug_depth = 0;
    double run_finds_bug = 0; ///< the least probability that one run finds it
    double runs_find_bug = 0; ///< that any does, of those that were given their change points among enough steps
};

/// What reductions have saved; Strategy::stateful.
struct ReductionGains {
    std::uint64_t states_alone = 0;   ///< from which one thread alone was gone on with; Reductions::choose
    std::uint64_t steps_left_out = 0; ///< of other threads there, counting a choice among several values as one
    /// Of threads that are alike and stand in the same place, all but the first; Reductions::symmetry
    std::uint64_t alike_steps_left_out = 0;
    double symmetric_states = 0; ///< how many states those that were kept stand for; 0: no threads are alike

    ReductionGains& operator+=(const ReductionGains& other) {
        states_alone += other.states_alone;
        steps_left_out += other.steps_left_out;
        alike_steps_left_out += other.alike_steps_left_out;
        symmetric_states += other.symmetric_states;
        return *this;
    }
};

struct SearchResult {
    Verdict verdict = Verdict::error;
    std::vector<Violation> violations;      ///< one a property, by name
    std::vector<std::string> never_reached; ///< `sometimes` properties that a complete search did not reach
    std::string stopped_because;            ///< of inconclusive: which bound, and how far it came
    std::string error;                      ///< of error: what is wrong with the program
    std::string
        refused; ///< of error: what the options ask for cannot be had (a foreign checkpoint, say): why, and the cure
    std::string checkpoint_error; ///< why the search could not be saved the last time that this was tried
    bool is_checkpointed = false; ///< the search ended early, and can be gone on with
    bool out_of_room = false;     ///< of error: the program has given up for want of something; see Thread::give_up
    std::uint64_t states = 0; ///< naive: nodes of the tree; stateful: those kept, between merged steps none; dpor: 0
    std::uint64_t transitions = 0; ///< dpor: the steps of all maximal schedules, each counted as a whole
    std::uint64_t executions = 0;  ///< maximal schedules (naive, dpor), states where nothing is enabled (others)
    std::uint64_t max_depth = 0;
    std::uint64_t local_states = 0; ///< of all threads; automata engine only
    std::uint64_t fiber_runs = 0;   ///< how often a thread ran on its stack; automata engine only
    std::uint64_t merged_steps = 0; ///< of `transitions`, those that were no interleaving points; stateful only
    ReductionGains gains{};
    std::uint64_t restarts = 0;          ///< how often the search learned too late what commutes; stateful only
    std::uint64_t table_bytes = 0;       ///< peak
    double missed_state_probability = 0; ///< expected number of states lost to equal fingerprints, an upper bound
    WhenFull kept_as = WhenFull::stop;   ///< how states were kept that there was no room for
    double expected_omissions = 0;       ///< because of that: states that were taken for others
    double seconds = 0;                  ///< a timing
    double seconds_before = 0;           ///< a timing: of the runs that this one goes on from
    /// Sorted, without duplicates: for each state where nothing is enabled, a hash of the cells and of each thread's status.
    std::vector<Hash128> final_states;

    std::optional<Sample> sample;             ///< random, pct, pos
    std::vector<std::uint64_t> states_within; ///< bounded, delay: those within 0, 1, 2 ... preemptions or delays
};

/// Explores the program. Never throws on what the program does; a wrong program gives Verdict::error.
SearchResult search(const Program& program, const SearchOptions& options);

/// One step of a replayed schedule, with everything a report says about it.
struct TraceStep {
    Step step;
    Operation operation; ///< its `arguments` is null: they are copied to this struct's
    std::vector<Word> arguments;
    std::string function; ///< the modelled function that announced it, without namespaces
    Word result = 0;
    struct Change {
        CellId cell;
        Word before = 0;
        Word after = 0;
    };
    std::vector<Change> changes;       ///< in order of writing, one a cell
    std::vector<std::string> violated; ///< properties that became false with this step, by name
};

struct Replay {
    std::vector<TraceStep> steps;
    std::vector<Word> initial_cells;
    std::vector<Word> final_cells;
    std::vector<std::string> violated; ///< all properties violated on the way or at its end, by name
    std::string explanation;           ///< of the first of `violated` that the caller asked for
    std::string error;                 ///< the schedule does not fit the program: where and why
    std::vector<ThreadId> blocked;     ///< threads that neither finished nor are enabled at the end
    std::vector<Operation> announced;  ///< by thread: where it stands at the end; `arguments` is null
    bool ended = false;                ///< nothing is enabled after the last step

    /// Where livelock was asked for and is shown: the index of the first step of what repeats.
    std::optional<std::size_t> repeats_from;
};

/// Runs one schedule on fresh stacks. `property`: whose explanation is wanted; may be empty.
Replay replay(const Program& program, const Schedule& schedule, const std::string& property);

} // namespace checker
