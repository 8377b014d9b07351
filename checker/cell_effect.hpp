// SPDX-License-Identifier: GPL-2.0-only
// What an operation does to its one cell, as arithmetic that is the same for all kinds of operations. Where local states are
// kept (automata.hpp), it is found once for each of them, and a step takes no jump that depends on the kind of operation: no
// processor foresees that one, for which operation is next depends on the way that the search takes.
#pragma once

#include "checker/operation.hpp"

namespace checker {

/// Of an operation that is not blocked. One cache line.
struct alignas(64) CellEffect {
    // It covers a cell that is as expected; by default there is none.
    Word test = 0;
    Word expected = 1;    ///< in the bits of `test`
    Word keep = ~Word{0}; ///< bits of the cell that stay
    Word add = 0;         ///< what the others become, or what is added to the cell
    Word show_before = 0; ///< the result: these bits of what the cell was, ..
    Word show_after = 0;  ///< .. these of what it is now, ..
    Word told = 0;        ///< .. and these
    CellId cell{};
    bool is_sum = false;

    bool covers(Word before) const { return (before & test) == expected; }
    Word after(Word before) const { return (before & keep) | (((before & -Word{is_sum}) + add) & ~keep); }
    Word result(Word before, Word now) const { return (before & show_before) | (now & show_after) | told; }
};
static_assert(sizeof(CellEffect) == 64);

/// Where it covers what the cell holds, perform() does and returns just that. What `op` stores lies within its mask.
constexpr CellEffect effect_of(const Operation& op) {
    constexpr Word all = ~Word{0};
    constexpr Word writer = RwLock::writer_held;
    const CellId cell = op.cell;
    const bool returns = !op.returns_nothing;
    switch (op.kind) {
    case OpKind::wait:
    case OpKind::breakpoint: return {.expected = 0, .cell = cell};
    case OpKind::load: return {.expected = 0, .show_before = op.mask, .cell = cell};
    case OpKind::store: return {.expected = 0, .keep = ~op.mask, .add = op.value, .cell = cell};
    case OpKind::exchange:
        return {.expected = 0, .keep = ~op.mask, .add = op.value, .show_before = op.mask, .cell = cell};
    case OpKind::compare_exchange:
        return {.test = op.mask,
                .expected = op.expected,
                .keep = ~op.mask,
                .add = op.value,
                .show_before = op.mask,
                .cell = cell};
    case OpKind::fetch_add:
        return {.expected = 0,
                .keep = ~op.mask,
                .add = op.value,
                .show_after = returns ? op.mask : 0,
                .cell = cell,
                .is_sum = true};
    case OpKind::fetch_or:
        return {.expected = 0, .keep = ~op.value, .add = op.value, .show_before = returns ? op.value : 0, .cell = cell};
    case OpKind::fetch_and:
        return {.expected = 0, .keep = op.value, .show_before = returns ? ~op.value : 0, .cell = cell};
    case OpKind::lock: return {.expected = 0, .keep = ~op.mask, .add = op.mask, .cell = cell};
    case OpKind::trylock:
        return {.test = op.mask, .expected = 0, .keep = ~op.mask, .add = op.mask, .told = 1, .cell = cell};
    case OpKind::unlock: return {.test = op.mask, .expected = op.mask, .keep = ~op.mask, .cell = cell};
    case OpKind::read_lock: return {.expected = 0, .keep = 0, .add = 1, .cell = cell, .is_sum = true};
    case OpKind::read_trylock:
        return {.test = writer, .expected = 0, .keep = 0, .add = 1, .told = 1, .cell = cell, .is_sum = true};
    case OpKind::write_lock: return {.expected = 0, .keep = 0, .add = writer, .cell = cell};
    case OpKind::write_trylock: return {.test = all, .expected = 0, .keep = 0, .add = writer, .told = 1, .cell = cell};
    case OpKind::write_unlock: return {.test = all, .expected = writer, .keep = 0, .cell = cell};
    case OpKind::read_unlock: // Whether there is a reader is no question of bits.
    case OpKind::choose:
    case OpKind::atomic:
    case OpKind::start:
    case OpKind::finished:
    case OpKind::failed: break;
    }
    return {};
}

} // namespace checker
