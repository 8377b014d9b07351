// SPDX-License-Identifier: GPL-2.0-only
// What an operation touches, and when two operations may change places: the conflict relation of partial-order reduction.
#pragma once

#include "checker/operation.hpp"

#include <vector>

namespace checker {

/// Two accesses of one kind commute, unless they are writes.
enum class AccessKind : std::uint8_t {
    read,
    write,  ///< or reads and writes
    add,    ///< adds, and nobody looks at the result
    set,    ///< sets bits, likewise
    clear,  ///< clears bits, likewise
    reader, ///< of a reader-writer lock comes or goes
};

struct Access {
    CellId cell{};
    AccessKind kind = AccessKind::read;
    Word mask = ~Word{0};

    friend bool operator==(const Access&, const Access&) = default;
};

inline bool conflict(const Access& a, const Access& b) {
    return a.cell == b.cell && (a.mask & b.mask) != 0 && (a.kind != b.kind || a.kind == AccessKind::write);
}

/// What an operation on one cell touches; of others, which depends on the state, nothing. `commuting`: updates that return nothing commute with their like.
std::vector<Access> accesses_of(const Operation& op, bool commuting);

} // namespace checker
