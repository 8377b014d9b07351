// SPDX-License-Identifier: GPL-2.0-only
// An operation is what a thread announces before it touches shared state: plain data, so that any engine can perform it
// without the thread. Performing it is a pure function (cells, operation, choice) -> (cells, result).
#pragma once

#include "checker/cells.hpp"
#include "checker/handles.hpp"
#include "checker/ids.hpp"

namespace checker {

enum class OpKind : std::uint8_t {
    start,            ///< not announced by anybody yet
    load,             ///< result: cell & mask
    store,            ///< cell = (cell & ~mask) | value; no result
    exchange,         ///< as store; result: the old cell & mask
    fetch_add,        ///< whole cell += value; result: the new value; 0 when `returns_nothing`
    fetch_or,         ///< cell |= value; result: old cell & value
    fetch_and,        ///< cell &= value; result: old cell & ~value
    compare_exchange, ///< if (cell & mask) == expected then as store; result: the old cell & mask
    lock,             ///< blocks while (cell & mask) != 0, then sets mask
    trylock,          ///< result 1 and sets mask if (cell & mask) == 0, else result 0 and only reads
    unlock,           ///< clears mask; unlocking what is not locked is an error
    read_lock,        ///< RwLock: blocks while a writer holds it, then counts one reader more
    read_trylock,
    read_unlock,
    write_lock, ///< RwLock: blocks while anybody holds it
    write_trylock,
    write_unlock,
    wait,       ///< blocks until `predicate` holds; changes nothing
    choose,     ///< result: one of 0 .. value-1, each of them explored
    atomic,     ///< `function` over any cells, as one step
    breakpoint, ///< entry of a function named by Program::break_at(); changes nothing
    finished,   ///< the thread's body has returned
    failed,     ///< an assertion of the thread failed; it never runs again
};

/// The kernel's memory orders. The engines so far are sequentially consistent and ignore them.
enum class Order : std::uint8_t { plain, once, acquire, release, relaxed, full };

/// Performs a multi-cell operation. Called by the scheduler, never on a fiber's stack.
using AtomicFunction = Word (*)(Cells& cells, const Word* arguments);
/// Evaluates a wait's condition without changing anything.
using WaitPredicate = bool (*)(const View& view, const Word* arguments);

/// The address of a variable that there is one of for each type: what a result's type is known by at run time.
using ResultType = const void*;
namespace detail {
template <class R>
inline constexpr char type_tag = 0;
}
template <class R>
inline constexpr ResultType result_type = &detail::type_tag<R>;

struct Operation {
    OpKind kind = OpKind::start;
    Order order = Order::plain;
    std::uint8_t argument_count = 0;
    bool returns_nothing = false; ///< a read-modify-write whose result nobody looks at
    bool is_comparison = false;   ///< failed: because `value` is not what was `expected`
    bool gives_up = false;        ///< failed: the program, not the code under test, is to blame
    bool after_forget = false;    ///< the thread passed a `forget` since its last operation (a loop's head)
    bool is_over = true;          ///< blocked for good
    bool may_be_blocked = false;  ///< it has to wait in some states
    bool is_plain = false;        ///< an unsynchronised access, which must not race (see Plain)
    CellId cell{};
    Word blocked_by = 0; ///< blocked while any of these bits of the cell is set (a `wait` asks its predicate instead)
    Word mask = ~Word{0};
    Word value = 0;
    Word expected = 0;
    const Word* arguments = nullptr; ///< on the announcing fiber's stack, valid while it is suspended
    AtomicFunction function = nullptr;
    WaitPredicate predicate = nullptr;
    ResultType returns = result_type<Word>; ///< of an atomic: what its result stands for, for reports
    const char* label = "";                 ///< the kernel primitive's name; a string literal
    Where where{};
};

/// Fills in what follows from an operation's kind and mask: when it is blocked. Asked at every step, so it is data, and a
/// switch over kinds that a processor cannot predict is spared.
constexpr void note_when_blocked(Operation& op, OpKind kind, Word mask) {
    op.is_over = kind == OpKind::start || kind == OpKind::finished || kind == OpKind::failed;
    op.blocked_by = kind == OpKind::lock         ? mask
                    : kind == OpKind::read_lock  ? RwLock::writer_held
                    : kind == OpKind::write_lock ? ~Word{0}
                                                 : 0;
    op.may_be_blocked = op.blocked_by != 0 || kind == OpKind::wait;
}

} // namespace checker
