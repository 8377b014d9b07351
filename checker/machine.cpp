// SPDX-License-Identifier: GPL-2.0-only
// Running a program forwards; see machine.hpp.
#include "checker/machine.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <exception>
#include <iterator>

namespace checker {

namespace {

std::vector<Word> initial_words(const Program& program) {
    std::vector<Word> words;
    words.reserve(program.cells().size());
    for (const CellSpec& cell : program.cells()) words.push_back(cell.initial);
    return words;
}

bool is_one_of_many(const Program& program, ThreadId id) {
    const auto is_like_it = [&](const ThreadSpec& thread) {
        return thread.first_alike == program.threads()[id.index].first_alike;
    };
    return std::count_if(program.threads().begin(), program.threads().end(), is_like_it) > 1;
}

/// Whether an operation is one on its one cell. Others reach no plain variable: those are none of their arguments.
bool is_access(const Operation& op) { return op.kind >= OpKind::load && op.kind <= OpKind::write_unlock; }

/// Whether two threads may not be about to do this at the same time. One of the accesses may be of another kind than plain,
/// by a handle that somebody has made onto the same cell.
bool is_data_race(const Program& program, const Operation& a, const Operation& b) {
    return a.cell == b.cell && (a.is_plain || b.is_plain) && program.cells()[a.cell.index].is_plain && is_access(a) &&
           is_access(b) && (a.mask & b.mask) != 0 && (a.kind != OpKind::load || b.kind != OpKind::load);
}

} // namespace

MachineSettings MachineSettings::of(const SearchOptions& options) {
    // Automata tell local states apart by their keys, even where states are not remembered.
    const bool remembers = options.strategy != Strategy::naive && options.strategy != Strategy::dpor;
    return {.seed = options.seed,
            .hashing = remembers,
            .keying = remembers || options.engine == Engine::automata,
            .check_footprints = options.check_footprints,
            .symmetry = options.strategy == Strategy::stateful && options.reductions.symmetry,
            .canonical_stacks = false,
            .max_steps_without_forget = options.max_steps_without_forget};
}

Machine::Machine(const Program& program, const MachineSettings& settings)
    : program_(program),
      settings_(settings),
      monitor_(program, settings.check_footprints),
      cells_(initial_words(program), monitor_.watchers(), program.context(), settings.seed),
      threads_(program.threads().size()),
      fibers_(std::make_unique<Fiber[]>(program.threads().size())),
      now_(program.threads().size()),
      watched_(monitor_.always() | monitor_.at_end() | monitor_.sometimes() | monitor_.no_data_race()) {
    cells_.set_hashing(settings.hashing);
    if (settings.canonical_stacks) desks_ = std::make_unique<ThreadState[]>(threads_.size());
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
        const ThreadId id{static_cast<std::uint8_t>(thread)};
        threads_[thread].id_ = id;
        threads_[thread].is_one_of_many_ = is_one_of_many(program, id);
        threads_[thread].fiber_ = &fibers_[thread];
        bodies_.push_back({this, thread});
        const std::string& breakpoint = program.breakpoint(id);
        if (breakpoint.empty()) continue;
        threads_[thread].breakpoint_ = hash_name(breakpoint);
        threads_[thread].breakpoint_name_ = breakpoint.c_str();
    }
}

// Its frame lies under everything that is copied at every step, so what is rare and large is elsewhere.
void Machine::run_body(void* body) {
    const Body& self = *static_cast<const Body*>(body);
    Thread& thread = self.machine->threads_[self.thread];
    try {
        self.machine->program_.threads()[self.thread].body(thread);
        thread.operation(OpKind::finished, CellId{}, 0, "", Order::plain, Where{});
    } catch (...) {
        self.machine->complain_of_exception(self.thread);
    }
    // What an ended thread has observed matters no more, so that ends merge.
    thread.state_->observed = Observed{};
    thread.fiber_->suspend();
    std::abort(); // An ended thread is never resumed.
}

void Machine::start(LocalState* const* states) {
    restart(states);
    refresh();
    begin_at_current_states();
}

void Machine::start_at(LocalState* const* states) {
    cells_.reset();
    contributions_ = Hash128{};
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
        now_[thread] = states[thread];
        contributions_ += states[thread]->contribution;
    }
    begin_at_current_states();
}

void Machine::begin_at_current_states() {
    raised_ = Raised{};
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
        if (now_[thread]->thread.pending.is_over) note_end(thread, *now_[thread]);
    }
    evaluate(~Word{0});
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) look_for_races(thread);
}

void Machine::restart(LocalState* const* states) {
    cells_.reset();
    for (std::size_t thread = 0; thread < threads_.size(); ++thread) {
        now_[thread] = states[thread];
        begin_thread(ThreadId{static_cast<std::uint8_t>(thread)}, *states[thread]);
    }
}

void Machine::begin_thread(ThreadId thread, LocalState& state) {
    Fiber& fiber = fibers_[thread.index];
    if (settings_.canonical_stacks) fiber.clear();
    state.thread.observed = Observed{};
    state.thread.pending = Operation{};
    fiber.start(&Machine::run_body, &bodies_[thread.index]);
    resume(thread.index, state);
}

void Machine::refresh() {
    contributions_ = Hash128{};
    if (!settings_.hashing) return;
    for (std::size_t thread = 0; thread < now_.size(); ++thread) {
        now_[thread]->contribution = contribution(thread, *now_[thread]);
        contributions_ += now_[thread]->contribution;
    }
}

// Dead registers and stack slots may hold the address of the thread's state, which must not tell stacks apart.
void Machine::resume_canonically(std::size_t thread, LocalState& next) {
    ThreadState& desk = desks_[thread];
    desk.observed = next.thread.observed;
    threads_[thread].state_ = &desk;
    fibers_[thread].clear_unused();
    fibers_[thread].resume();
    next.thread.observed = desk.observed;
    next.thread.pending = desk.pending;
    std::copy(std::begin(desk.arguments), std::end(desk.arguments), std::begin(next.thread.arguments));
    next.thread.pending.arguments = next.thread.arguments;
}

void Machine::note_end(std::size_t thread, const LocalState& state) {
    const Operation& op = state.thread.pending;
    if (op.kind != OpKind::failed) return;
    raised_.failed |= Word{1} << thread;
    raised_.any = true;
    if (op.gives_up) complain_of_want(thread, state);
}

void Machine::evaluate(Word hit) {
    const Word asked = hit & watched_ & (monitor_.always() | monitor_.sometimes());
    const Word holding = monitor_.holding(asked, cells_.view());
    raised_.violated = asked & monitor_.always() & ~holding;
    raised_.reached = asked & monitor_.sometimes() & holding;
    raised_.any |= (raised_.violated | raised_.reached) != 0;
    if (error_.empty() && !monitor_.error().empty()) error_ = monitor_.error();
}

void Machine::look_for_races(std::size_t thread) {
    const Operation& announced = now_[thread]->thread.pending;
    for (std::size_t other = 0; other < now_.size(); ++other)
        if (other != thread && is_data_race(program_, announced, now_[other]->thread.pending))
            raised_.violated |= monitor_.no_data_race() & watched_;
    raised_.any |= raised_.violated != 0;
}

std::vector<DataRace> Machine::data_races() const {
    std::vector<DataRace> races;
    for (std::size_t first = 0; first < now_.size(); ++first)
        for (std::size_t second = first + 1; second < now_.size(); ++second)
            if (is_data_race(program_, now_[first]->thread.pending, now_[second]->thread.pending))
                races.push_back(
                    {ThreadId{static_cast<std::uint8_t>(first)}, ThreadId{static_cast<std::uint8_t>(second)}});
    return races;
}

Word Machine::violated_at_end() {
    const Word asked = monitor_.at_end() & watched_;
    if (asked == 0) return 0;
    const Word holding = monitor_.holding(asked, cells_.view());
    if (error_.empty()) error_ = monitor_.error();
    return asked & ~holding;
}

ThreadStatus Machine::status(ThreadId thread) const {
    switch (pending(thread).kind) {
    case OpKind::finished: return ThreadStatus::finished;
    case OpKind::failed: return ThreadStatus::failed;
    default: return ThreadStatus::running;
    }
}

Ending Machine::ending() const {
    Ending ending = Ending::complete;
    for (std::size_t thread = 0; thread < now_.size(); ++thread) {
        const OpKind kind = now_[thread]->thread.pending.kind;
        if (kind == OpKind::failed) return Ending::failed;
        if (kind != OpKind::finished && !program_.threads()[thread].daemon) ending = Ending::deadlock;
    }
    return ending;
}

std::size_t Machine::encode(std::size_t thread, const LocalState& state, Word* words) const {
    const Operation& op = state.thread.pending;
    words[0] = (settings_.symmetry ? program_.threads()[thread].first_alike.index : thread) | static_cast<Word>(op.kind)
                                                                                                  << 8;
    if (op.kind == OpKind::finished || op.kind == OpKind::failed) return 1;
    words[0] |= static_cast<Word>(op.order) << 16 | static_cast<Word>(op.argument_count) << 24 |
                static_cast<Word>(op.returns_nothing) << 32 | static_cast<Word>(op.after_forget) << 33 |
                static_cast<Word>(op.is_plain) << 34 | static_cast<Word>(op.cell.index) << 48;
    words[1] = state.thread.observed.key.low;
    words[2] = state.thread.observed.key.high;
    words[3] = op.mask;
    words[4] = op.value;
    words[5] = op.expected;
    words[6] = name_hash(op.label);
    words[7] = name_hash(op.where.function);
    words[8] = static_cast<Word>(state.used_bytes) << 32 | op.where.line;
    std::size_t size = 9;
    for (std::size_t argument = 0; argument < op.argument_count; ++argument) words[size++] = op.arguments[argument];
    return size;
}

void Machine::append_state(std::string& bytes) const {
    const auto append = [&bytes](const Word* words, std::size_t count) {
        bytes.append(reinterpret_cast<const char*>(words), count * sizeof(Word));
    };
    for (std::size_t cell = 0; cell < cells_.size(); ++cell) {
        const Word word = cells_.get(CellId{static_cast<std::uint16_t>(cell)});
        append(&word, 1);
    }
    for (std::size_t thread = 0; thread < now_.size(); ++thread) {
        Word words[max_encoded_words];
        append(words, encode(thread, *now_[thread], words));
    }
}

Hash128 Machine::contribution(std::size_t thread, const LocalState& state) const {
    Word words[max_encoded_words];
    const std::size_t size = encode(thread, state, words);
    const XXH128_hash_t hash = XXH3_128bits_withSeed(words, size * sizeof(Word), settings_.seed);
    return {hash.low64, hash.high64};
}

// The same names come again and again, as pointers to the same literals; only time depends on where those are.
Word Machine::name_hash(const char* name) const {
    const auto address = reinterpret_cast<std::uintptr_t>(name);
    CachedName& cached = names_[(address * 0x9e3779b97f4a7c15ULL) >> 55];
    if (cached.name != name) cached = {name, hash_name(name)};
    return cached.hash;
}

void Machine::adopt_error(const Machine& other) {
    if (!error_.empty() || other.error_.empty()) return;
    error_ = other.error_;
    out_of_room_ = other.out_of_room_;
}

void Machine::complain_of_want(std::size_t thread, const LocalState& state) {
    if (error_.empty()) {
        error_ = "thread '" + program_.threads()[thread].name + "': " + state.thread.pending.label;
        out_of_room_ = true;
    }
}

void Machine::complain_of_steps(std::size_t thread, const LocalState& state) {
    complain(thread, state,
             "takes more than " + std::to_string(settings_.max_steps_without_forget) + " steps without a forget");
}

Hash128 Machine::identity_of(ThreadId thread, const LocalState& state) const {
    Hash128 identity = contribution(thread.index, state);
    const Operation& op = state.thread.pending;
    if (op.kind != OpKind::failed) return identity;
    for (const Word word : {name_hash(op.label), op.value, op.expected, Word{op.where.line}}) identity.absorb(word);
    return identity;
}

void Machine::complain_of_key(ThreadId thread, const LocalState& state) {
    complain(thread.index, state, "announces something else although it has observed the same; is a forget wrong?");
}

void Machine::complain_of_exception(std::size_t thread) {
    std::string what = "thread '" + program_.threads()[thread].name + "' lets an exception escape";
    try {
        throw;
    } catch (const std::exception& thrown) {
        what += std::string(": ") + thrown.what();
    } catch (...) {
        // There is no more to say about it.
    }
    if (error_.empty()) error_ = what;
    threads_[thread].operation(OpKind::failed, CellId{}, 0, "an exception", Order::plain, Where{});
}

void Machine::complain(std::size_t thread, const LocalState& state, const std::string& what) {
    if (!error_.empty()) return;
    const Operation& op = state.thread.pending;
    error_ = "thread '" + program_.threads()[thread].name + "'";
    if (op.where.line != 0)
        error_ +=
            " in " + std::string(op.where.function) + "() at " + op.label + ", line " + std::to_string(op.where.line);
    if (const char* loop = state.thread.observed.loop; *loop != '\0')
        error_ += ", in the loop '" + std::string(loop) + "'";
    error_ += ": " + what;
}

} // namespace checker
