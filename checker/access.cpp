// SPDX-License-Identifier: GPL-2.0-only
// What operations touch; see access.hpp.
#include "checker/access.hpp"

namespace checker {

std::vector<Access> accesses_of(const Operation& op, bool commuting) {
    const auto update = [&](AccessKind kind) {
        return std::vector<Access>{{op.cell, commuting && op.returns_nothing ? kind : AccessKind::write, op.mask}};
    };
    switch (op.kind) {
    case OpKind::load: return {{op.cell, AccessKind::read, op.mask}};
    case OpKind::store:
    case OpKind::exchange:
    case OpKind::compare_exchange:
    case OpKind::lock:
    case OpKind::trylock:
    case OpKind::unlock:
    case OpKind::write_lock:
    case OpKind::write_trylock:
    case OpKind::write_unlock: return {{op.cell, AccessKind::write, op.mask}};
    case OpKind::fetch_add: return update(AccessKind::add);
    case OpKind::fetch_or: return update(AccessKind::set);
    case OpKind::fetch_and: return update(AccessKind::clear);
    // Readers do not keep each other out, and none learns how many there are.
    case OpKind::read_lock:
    case OpKind::read_trylock:
    case OpKind::read_unlock: return {{op.cell, commuting ? AccessKind::reader : AccessKind::write, op.mask}};
    case OpKind::atomic:
    case OpKind::wait: // Recorded when they happen.
    case OpKind::start:
    case OpKind::choose:
    case OpKind::breakpoint:
    case OpKind::finished:
    case OpKind::failed: break;
    }
    return {};
}

} // namespace checker
