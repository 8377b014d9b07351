// SPDX-License-Identifier: GPL-2.0-only
// What the body of a thread under test is written with. Each member that touches shared state is one visible step: it
// announces the operation, gives way to the scheduler, and returns when the scheduler has performed it.
//
// Rules for bodies: own nothing outside the stack and the cells (no heap, no RAII guards, no exceptions across a step, no
// thread_local, no pointer to a local handed to another thread); all locals trivially destructible, for a fiber may be
// abandoned at any step.
#pragma once

#include "checker/fiber.hpp"
#include "checker/frame.hpp"
#include "checker/handles.hpp"
#include "checker/operation.hpp"

#include <concepts>
#include <type_traits>
#include <utility>

namespace checker {

/// The most words that a multi-cell operation or a wait takes along.
inline constexpr std::size_t max_arguments = 8;

/// What a thread remembers from one announcement to the next beside its stack.
struct Observed {
    Hash128 key{};         ///< what the thread has observed, frames of finished calls replaced by their results
    Hash128 frame_entry{}; ///< the key as it was when the innermost frame was entered
    const char* loop = ""; ///< the last loop head passed, for messages
    std::uint32_t steps_since_forget = 0;
    bool forgot = false; ///< a `forget` was passed since the last announcement
};

/// All of a thread that an engine keeps beside its stack. It stays where it is: `pending` points into it.
struct ThreadState {
    Operation pending{};
    Observed observed{};
    Word arguments[max_arguments] = {}; ///< those of `pending`, for the stack may be running on when they are needed

    ThreadState() = default;
    ThreadState(const ThreadState&) = delete;
    ThreadState& operator=(const ThreadState&) = delete;
};

class Thread {
public:
    /// Threads that were added together have none, and asking for it ends the search with an error.
    ThreadId id() const {
        if (is_one_of_many_) [[unlikely]]
            complain_of_id();
        return id_;
    }

    // Variables.
    template <WordSized T>
    T load(Var<T> var, const char* label = "READ_ONCE", Order order = Order::once, Where at = Where::here()) {
        return from_word<T>(simple(OpKind::load, var.cell, ~Word{0}, 0, label, order, at));
    }
    template <WordSized T>
    void store(Var<T> var, std::type_identity_t<T> value, const char* label = "WRITE_ONCE", Order order = Order::once,
               Where at = Where::here()) {
        simple(OpKind::store, var.cell, ~Word{0}, to_word(value), label, order, at);
    }
    template <WordSized T>
    T exchange(Var<T> var, std::type_identity_t<T> value, const char* label = "xchg", Order order = Order::full,
               Where at = Where::here()) {
        return from_word<T>(simple(OpKind::exchange, var.cell, ~Word{0}, to_word(value), label, order, at));
    }
    /// Returns the old value; it was replaced iff it equals `expected`.
    template <WordSized T>
    T compare_exchange(Var<T> var, std::type_identity_t<T> expected, std::type_identity_t<T> value,
                       const char* label = "cmpxchg", Order order = Order::full, Where at = Where::here()) {
        Operation& op = operation(OpKind::compare_exchange, var.cell, ~Word{0}, label, order, at);
        op.value = to_word(value);
        op.expected = to_word(expected);
        return from_word<T>(announce());
    }
    /// Returns the new value.
    template <std::integral T>
    T add_return(Var<T> var, std::type_identity_t<T> delta, const char* label = "atomic_add_return",
                 Order order = Order::full, Where at = Where::here()) {
        return from_word<T>(simple(OpKind::fetch_add, var.cell, all_bits<T>,
                                   static_cast<Word>(static_cast<std::int64_t>(delta)), label, order, at));
    }
    /// Adds and returns nothing, so that it commutes with other such additions.
    template <std::integral T>
    void add(Var<T> var, std::type_identity_t<T> delta, const char* label = "atomic_add", Order order = Order::relaxed,
             Where at = Where::here()) {
        update(OpKind::fetch_add, var.cell, all_bits<T>, static_cast<Word>(static_cast<std::int64_t>(delta)), label,
               order, at);
    }

    // Plain variables: accesses that nothing synchronises. Each is one step, as any other.
    template <WordSized T>
    T read(Plain<T> var, const char* label = "read", Where at = Where::here()) {
        operation(OpKind::load, var.cell, ~Word{0}, label, Order::plain, at).is_plain = true;
        return from_word<T>(announce());
    }
    template <WordSized T>
    void write(Plain<T> var, std::type_identity_t<T> value, const char* label = "write", Where at = Where::here()) {
        Operation& op = operation(OpKind::store, var.cell, ~Word{0}, label, Order::plain, at);
        op.is_plain = true;
        op.value = to_word(value);
        announce();
    }

    // Flags: masks of a word.
    bool test(Flag flag, const char* label = "test_bit", Where at = Where::here()) {
        return simple(OpKind::load, flag.cell, flag.mask, 0, label, Order::once, at) != 0;
    }
    void set(Flag flag, const char* label = "set_bit", Where at = Where::here()) {
        update(OpKind::fetch_or, flag.cell, flag.mask, flag.mask, label, Order::relaxed, at);
    }
    void clear(Flag flag, const char* label = "clear_bit", Where at = Where::here()) {
        update(OpKind::fetch_and, flag.cell, flag.mask, ~flag.mask, label, Order::relaxed, at);
    }
    bool test_and_set(Flag flag, const char* label = "test_and_set_bit", Where at = Where::here()) {
        return simple(OpKind::fetch_or, flag.cell, flag.mask, flag.mask, label, Order::full, at) != 0;
    }
    bool test_and_clear(Flag flag, const char* label = "test_and_clear_bit", Where at = Where::here()) {
        return simple(OpKind::fetch_and, flag.cell, flag.mask, ~flag.mask, label, Order::full, at) != 0;
    }

    // Locks. Unlocking is an explicit call, as in the kernel.
    void lock(Mutex m, const char* label = "lock", Where at = Where::here()) {
        simple(OpKind::lock, m.cell, m.mask, 0, label, Order::acquire, at);
    }
    bool trylock(Mutex m, const char* label = "trylock", Where at = Where::here()) {
        return simple(OpKind::trylock, m.cell, m.mask, 0, label, Order::acquire, at) != 0;
    }
    void unlock(Mutex m, const char* label = "unlock", Where at = Where::here()) {
        simple(OpKind::unlock, m.cell, m.mask, 0, label, Order::release, at);
    }
    void read_lock(RwLock l, const char* label = "down_read", Where at = Where::here()) {
        simple(OpKind::read_lock, l.cell, ~Word{0}, 0, label, Order::acquire, at);
    }
    bool read_trylock(RwLock l, const char* label = "down_read_trylock", Where at = Where::here()) {
        return simple(OpKind::read_trylock, l.cell, ~Word{0}, 0, label, Order::acquire, at) != 0;
    }
    void read_unlock(RwLock l, const char* label = "up_read", Where at = Where::here()) {
        simple(OpKind::read_unlock, l.cell, ~Word{0}, 0, label, Order::release, at);
    }
    void write_lock(RwLock l, const char* label = "down_write", Where at = Where::here()) {
        simple(OpKind::write_lock, l.cell, ~Word{0}, 0, label, Order::acquire, at);
    }
    bool write_trylock(RwLock l, const char* label = "down_write_trylock", Where at = Where::here()) {
        return simple(OpKind::write_trylock, l.cell, ~Word{0}, 0, label, Order::acquire, at) != 0;
    }
    void write_unlock(RwLock l, const char* label = "up_write", Where at = Where::here()) {
        simple(OpKind::write_unlock, l.cell, ~Word{0}, 0, label, Order::release, at);
    }

    // Sequence counts: odd while a writer is inside.
    void write_seqcount_begin(SeqCount s, Where at = Where::here()) {
        add(Var<Word>{s.cell}, 1, "raw_write_seqcount_begin", Order::full, at);
    }
    void write_seqcount_end(SeqCount s, Where at = Where::here()) {
        add(Var<Word>{s.cell}, 1, "raw_write_seqcount_end", Order::full, at);
    }
    Word read_seqcount(SeqCount s, Where at = Where::here()) {
        return load(Var<Word>{s.cell}, "raw_read_seqcount", Order::acquire, at);
    }
    bool read_seqcount_retry(SeqCount s, Word start, Where at = Where::here()) {
        return load(Var<Word>{s.cell}, "read_seqcount_retry", Order::acquire, at) != start;
    }

    /// Several cells as one step. `function` must be a captureless callable `R(Cells&, Args...)` and a pure function of
    /// the cells it looks at and of its arguments.
    template <class F, WordSized... A>
    auto atomic(const char* label, F function, Where at, A... arguments) {
        static_assert(std::is_empty_v<F>, "the callable of an atomic operation captures nothing: pass it arguments");
        using R = std::invoke_result_t<F, Cells&, A...>;
        (void)function;
        Operation& op = operation(OpKind::atomic, CellId{}, ~Word{0}, label, Order::full, at);
        pack(op, arguments...);
        op.returns_nothing = std::is_void_v<R>;
        op.returns = result_type<R>;
        op.function = &atomic_thunk<F, R, A...>;
        if constexpr (std::is_void_v<R>)
            announce();
        else
            return from_word<R>(announce());
    }

    /// Blocks until `predicate`, a captureless callable `bool(const View&, Args...)`, holds.
    template <class F, WordSized... A>
    void wait_until(const char* label, F predicate, Where at, A... arguments) {
        static_assert(std::is_empty_v<F>, "the predicate of a wait captures nothing: pass it arguments");
        (void)predicate;
        Operation& op = operation(OpKind::wait, CellId{}, ~Word{0}, label, Order::acquire, at);
        pack(op, arguments...);
        op.predicate = &wait_thunk<F, A...>;
        announce();
    }

    /// Data nondeterminism: returns 0 .. count-1, each of them explored. `count` is at least 1; 1 is no step.
    unsigned choose(unsigned count, const char* label = "choose", Where at = Where::here()) {
        if (count <= 1) return 0;
        return static_cast<unsigned>(simple(OpKind::choose, CellId{}, 0, count, label, Order::plain, at));
    }

    /// A memory barrier. No step for the sequentially consistent engines; kept for the weak-memory engine to come.
    void fence(const char* label, Order order = Order::full, Where at = Where::here()) {
        (void)label, (void)order, (void)at;
    }

    /// An assertion inside a thread: when `condition` is false the thread stops for good and the property
    /// "assertion: `message`" is violated; other threads go on. `message` is a string literal.
    void check(bool condition, const char* message, Where at = Where::here()) {
        if (!condition) [[unlikely]]
            fail(message, at);
    }
    /// As `check(found == expected)`; the counterexample says both numbers.
    void expect(Word found, Word expected, const char* message, Where at = Where::here()) {
        if (found != expected) [[unlikely]]
            fail_comparison(found, expected, message, at);
    }
    /// Ends the whole search with Verdict::error: the program lacks something that is not the checked code's to provide.
    /// `message`, a string literal, says what it lacks and how to get it.
    [[noreturn]] void give_up(const char* message, Where at = Where::here());

    // Private state.

    /// Calls `Fn(context, args...)` in a frame of its own: when it returns, all it observed is replaced by its result, so
    /// that states merge. `Fn` gives its caller everything it found out through its result.
    template <auto Fn, class Context, KeyValue... A>
    auto call(Context& context, A... arguments) {
        constexpr Frame frame = frame_of<Fn>();
        using R = decltype(Fn(context, arguments...));
        const Hash128 caller = state_->observed.key;
        const Hash128 caller_entry = state_->observed.frame_entry;
        enter(frame.name_hash, to_key(arguments)...);
        if constexpr (std::is_void_v<R>) {
            Fn(context, arguments...);
            leave(caller, caller_entry, frame.name_hash, 0);
        } else {
            const R result = Fn(context, arguments...);
            leave(caller, caller_entry, frame.name_hash, to_key(result));
            return result;
        }
    }

    /// Declares that of all this frame has observed only the listed values (and its arguments) still matter. Stands at the
    /// head of a retry loop and lists its counters; `loop`, a string literal, names the loop in messages. Leaving out a
    /// value that is used later is a soundness bug, which the audit finds.
    ///
    /// The name is also all that tells where in the frame the thread is: a frame has one loop of a name, and a function that
    /// forgets and is called more than once in a frame is called through `call`. Else the second time looks like the first,
    /// and what comes after it is lost; the audit finds that too.
    template <KeyValue... Live>
    void forget(const char* loop, const Live&... live) {
        Observed& observed = state_->observed;
        observed.key = observed.frame_entry;
        observed.key.absorb(hash_name(loop));
        (observed.key.absorb(to_key(live)), ...);
        observed.loop = loop;
        observed.steps_since_forget = 0;
        observed.forgot = true;
    }

private:
    friend class Machine;

    template <class F, class R, class... A, std::size_t... I>
    static Word invoke_atomic(Cells& cells, const Word* arguments, std::index_sequence<I...>) {
        (void)arguments;
        if constexpr (std::is_void_v<R>)
            return F{}(cells, from_word<A>(arguments[I])...), Word{0};
        else
            return to_word<R>(F{}(cells, from_word<A>(arguments[I])...));
    }
    template <class F, class R, class... A>
    static Word atomic_thunk(Cells& cells, const Word* arguments) {
        return invoke_atomic<F, R, A...>(cells, arguments, std::index_sequence_for<A...>{});
    }
    template <class F, class... A, std::size_t... I>
    static bool invoke_wait(const View& view, const Word* arguments, std::index_sequence<I...>) {
        (void)arguments;
        return F{}(view, from_word<A>(arguments[I])...);
    }
    template <class F, class... A>
    static bool wait_thunk(const View& view, const Word* arguments) {
        return invoke_wait<F, A...>(view, arguments, std::index_sequence_for<A...>{});
    }

    /// The bits of a cell that a value of type T fills.
    template <class T>
    static constexpr Word all_bits = ~Word{0} >> (8 * (sizeof(Word) - sizeof(T)));

    /// Begins the announcement. The operation is built where the scheduler looks for it, not on the stack: what is on the
    /// stack is copied at every step.
    Operation& operation(OpKind kind, CellId cell, Word mask, const char* label, Order order, Where at) {
        Operation& op = state_->pending;
        op.kind = kind;
        op.order = order;
        op.argument_count = 0;
        op.returns_nothing = false;
        op.is_comparison = false;
        op.gives_up = false;
        op.is_plain = false;
        op.cell = cell;
        note_when_blocked(op, kind, mask);
        op.mask = mask;
        op.value = 0;
        op.expected = 0;
        op.label = label;
        op.where = at;
        return op;
    }
    template <WordSized... A>
    void pack(Operation& op, const A&... arguments) {
        static_assert(sizeof...(A) <= max_arguments, "an operation takes at most eight arguments");
        std::size_t at = 0;
        ((state_->arguments[at++] = to_word(arguments)), ...);
        op.arguments = state_->arguments;
        op.argument_count = sizeof...(A);
    }
    Word simple(OpKind kind, CellId cell, Word mask, Word value, const char* label, Order order, Where at) {
        operation(kind, cell, mask, label, order, at).value = value;
        return announce();
    }
    /// A read-modify-write whose result nobody looks at.
    void update(OpKind kind, CellId cell, Word mask, Word value, const char* label, Order order, Where at) {
        Operation& op = operation(kind, cell, mask, label, order, at);
        op.value = value;
        op.returns_nothing = true;
        announce();
    }
    template <class... Words>
    void enter(Word name_hash, Words... arguments) {
        Observed& observed = state_->observed;
        observed.key.absorb(name_hash);
        (observed.key.absorb(arguments), ...);
        observed.frame_entry = observed.key;
        if (name_hash == breakpoint_) [[unlikely]]
            stop_at_entry();
    }
    void leave(const Hash128& caller, const Hash128& caller_entry, Word name_hash, Word result) {
        Observed& observed = state_->observed;
        observed.key = caller;
        observed.key.absorb(name_hash ^ 1);
        observed.key.absorb(result);
        observed.frame_entry = caller_entry;
    }

    /// Gives way to the scheduler with the operation just begun, and returns its result. Inlined, because a return right
    /// after a switch is mispredicted by the processor (see machine.hpp).
    [[gnu::always_inline]] Word announce() {
        fiber_->suspend();
        return result_;
    }
    [[noreturn]] void fail(const char* message, Where at);
    [[noreturn]] void fail_comparison(Word found, Word expected, const char* message, Where at);
    [[noreturn]] void end_failed();
    void stop_at_entry();
    [[noreturn]] static void complain_of_id();

    ThreadId id_{};
    bool is_one_of_many_ = false;
    ThreadState* state_ = nullptr; ///< where the next announcement goes; the scheduler sets it before each resumption
    Word result_ = 0;
    Word breakpoint_ = 0; ///< hash of the function name at whose entry the thread stops; 0: nowhere
    const char* breakpoint_name_ = "";
    Fiber* fiber_ = nullptr;
};

} // namespace checker
