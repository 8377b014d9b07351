// SPDX-License-Identifier: GPL-2.0-only
// What a modelled kernel function gets as `current`: the thread it runs on, the machine, the rules, and who it is. One
// primitive of the vocabulary (this file, page.hpp, pte.hpp, swap.hpp) is exactly one visible step.
#pragma once

#include "checker/thread.hpp"
#include "model/machine.hpp"

namespace model {

using checker::Cells;
using checker::View;
using checker::Where;
using checker::Word;

struct Task {
    checker::Thread& thread;
    const Machine& machine;
    const Rules& rules;
    const arch::Layout& arch;
    std::size_t index; ///< which thread of the scenario, one for all that are alike; threads() is the set-up. Names the
                       ///< pool that pages come from.
    MmId mm;           ///< current->mm; none for a kernel agent
    CpuId cpu;

    /// Calls the modelled function `Fn(*this, arguments...)` in a frame of its own; see checker::Thread::call.
    template <auto Fn, class... A>
    auto call(A... arguments) {
        return thread.call<Fn>(*this, arguments...);
    }
    /// See checker::Thread::forget.
    template <class... Live>
    void forget(const char* loop, const Live&... live) {
        thread.forget(loop, live...);
    }
};

// Locks of an address space.
inline void mmap_read_lock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.read_lock(t.machine.mm(mm).mmap_lock, "mmap_read_lock", at);
}
inline void mmap_read_unlock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.read_unlock(t.machine.mm(mm).mmap_lock, "mmap_read_unlock", at);
}
inline void mmap_write_lock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.write_lock(t.machine.mm(mm).mmap_lock, "mmap_write_lock", at);
}
inline void mmap_write_unlock(Task& t, MmId mm, Where at = Where::here()) {
    t.thread.write_unlock(t.machine.mm(mm).mmap_lock, "mmap_write_unlock", at);
}

/// BUG_ON and VM_BUG_ON: `text` is a string literal that names the assertion as the kernel has it.
inline void bug_on(Task& t, bool condition, const char* text, Where at = Where::here()) {
    t.thread.check(!condition, text, at);
}

/// Reads or writes one cell as one step.
inline Word read_once(Task& t, checker::CellId cell, const char* label = "READ_ONCE", Where at = Where::here()) {
    return t.thread.load(checker::Var<Word>{cell}, label, checker::Order::once, at);
}
inline void write_once(Task& t, checker::CellId cell, Word value, const char* label = "WRITE_ONCE",
                       Where at = Where::here()) {
    t.thread.store(checker::Var<Word>{cell}, value, label, checker::Order::once, at);
}

} // namespace model
