// SPDX-License-Identifier: GPL-2.0-only
// What operations do to the shared state: pure functions, used by every engine.
#pragma once

#include "checker/handles.hpp"
#include "checker/operation.hpp"

namespace checker {

/// Whether the operation must wait in this state. A finished or failed thread is blocked for good.
inline bool is_blocked(const Operation& op, const Cells& cells) {
    if (op.kind == OpKind::wait) return !op.predicate(cells.view(), op.arguments);
    return ((cells.peek(op.cell) & op.blocked_by) | Word{op.is_over}) != 0;
}

/// Performs an operation that is not blocked and returns its result. `choice` is the value of a `choose`. An operation
/// that the program must not do here sets `misuse` to what is wrong and changes nothing.
inline Word perform(Cells& cells, const Operation& op, Word choice, const char*& misuse) {
    if (op.kind == OpKind::choose) return choice;
    if (op.kind == OpKind::atomic) return op.function(cells, op.arguments);
    if (op.kind == OpKind::wait || op.kind == OpKind::breakpoint) return 0;

    const Word whole = cells.peek(op.cell);
    const Word old = whole & op.mask;
    switch (op.kind) {
    case OpKind::load: return old;
    case OpKind::store: cells.poke(op.cell, (whole & ~op.mask) | op.value); return 0;
    case OpKind::exchange: cells.poke(op.cell, (whole & ~op.mask) | op.value); return old;
    case OpKind::fetch_add: {
        const Word sum = (whole + op.value) & op.mask;
        cells.poke(op.cell, (whole & ~op.mask) | sum);
        return op.returns_nothing ? 0 : sum;
    }
    case OpKind::fetch_or: cells.poke(op.cell, whole | op.value); return op.returns_nothing ? 0 : whole & op.value;
    case OpKind::fetch_and: cells.poke(op.cell, whole & op.value); return op.returns_nothing ? 0 : whole & ~op.value;
    case OpKind::compare_exchange:
        if (old == op.expected) cells.poke(op.cell, (whole & ~op.mask) | op.value);
        return old;
    case OpKind::lock: cells.poke(op.cell, whole | op.mask); return 0;
    case OpKind::trylock:
        if (old != 0) return 0;
        cells.poke(op.cell, whole | op.mask);
        return 1;
    case OpKind::unlock:
        if (old != op.mask)
            misuse = "unlocks what is not locked";
        else
            cells.poke(op.cell, whole & ~op.mask);
        return 0;
    case OpKind::read_lock: cells.poke(op.cell, whole + 1); return 0;
    case OpKind::read_trylock:
        if ((whole & RwLock::writer_held) != 0) return 0;
        cells.poke(op.cell, whole + 1);
        return 1;
    case OpKind::read_unlock:
        if (whole == 0 || (whole & RwLock::writer_held) != 0)
            misuse = "unlocks for reading what no reader holds";
        else
            cells.poke(op.cell, whole - 1);
        return 0;
    case OpKind::write_lock: cells.poke(op.cell, RwLock::writer_held); return 0;
    case OpKind::write_trylock:
        if (whole != 0) return 0;
        cells.poke(op.cell, RwLock::writer_held);
        return 1;
    case OpKind::write_unlock:
        if (whole != RwLock::writer_held)
            misuse = "unlocks for writing what no writer holds";
        else
            cells.poke(op.cell, 0);
        return 0;
    default: misuse = "is resumed although it has ended"; return 0;
    }
}

} // namespace checker
