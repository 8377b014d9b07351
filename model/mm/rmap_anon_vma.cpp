// SPDX-License-Identifier: GPL-2.0-only
// The anon_vma part of mm/rmap.c: which address spaces a page of an anon_vma may be mapped in. The anon_vma of an address
// space at an address is the cell MappingCells::anon_vma: the set of those whose VMA is linked to it, its own among them.
// One lock protects a whole family, as the root's rwsem does; families that share no ancestor share it here too, which
// adds waiting and takes nothing away.
#include "model/mm/rmap.hpp"

namespace model {

namespace {

constexpr Word bit_of(MmId mm) { return Word{1} << mm.index; }

Mapping anon_vma_at(MmId mm, Va va) { return Mapping{mm, va}; }

/// Whether the VMA of `mm` at `va` is linked to the anon_vma of `owner`.
bool is_linked(const Cells& c, MmId mm, MmId owner, Va va) {
    return (c.get(c.context<Machine>().at(anon_vma_at(owner, va)).anon_vma) & bit_of(mm)) != 0;
}

} // namespace

// __anon_vma_prepare(), mm/rmap.c, v5.7 - v6.1. One step: the section under the new root's lock and page_table_lock is the
// only thing that another thread can see of it.
// Left out: merging with the anon_vma of a neighbouring VMA, allocation failure, the lock of the new root, which nobody
// else knows yet.
void anon_vma_prepare(Task& t, Mapping at) {
    t.thread.atomic(
        "anon_vma_prepare",
        [](Cells& c, Mapping m) {
            const auto cell = c.context<Machine>().at(m).anon_vma;
            c.set(cell, c.get(cell) | bit_of(m.mm));
        },
        Where::here(), at);
}

// anon_vma_fork() and anon_vma_clone(), mm/rmap.c, v5.7 - v6.1. The caller holds mmap_lock of the parent for writing.
// Left out: the reuse of an ancestor's anon_vma that has no VMA any more (it saves memory; pages of the child are then
// looked for in more address spaces, none of which maps them); the second section under the root's lock, which links the
// child's own, new anon_vma; allocation failure; the lock-free re-lock of lock_anon_vma_root.
void anon_vma_fork(Task& t, MmId parent, MmId child, Va va) {
    const Mapping from{parent, va};
    const bool has_anon_vma = t.thread.atomic(
        "vma->anon_vma", [](Cells& c, Mapping m) { return is_linked(c, m.mm, m.mm, m.va); }, Where::here(), from);
    if (!has_anon_vma) return;
    t.thread.write_lock(t.machine.anon_vma_lock(va), "anon_vma_lock_write");
    t.thread.atomic(
        "anon_vma_clone",
        [](Cells& c, MmId old, MmId young, Va at) {
            const Machine& m = c.context<Machine>();
            for (std::size_t i = 0; i < m.mms(); ++i) {
                const MmId owner{static_cast<std::uint8_t>(i)};
                if (owner != young && !is_linked(c, old, owner, at)) continue;
                const auto cell = m.at(anon_vma_at(owner, at)).anon_vma;
                c.set(cell, c.get(cell) | bit_of(young));
            }
        },
        Where::here(), parent, child, va);
    t.thread.write_unlock(t.machine.anon_vma_lock(va), "anon_vma_unlock_write");
}

// unlink_anon_vmas(), mm/rmap.c, v5.7 - v6.1. The caller holds mmap_lock for writing, or is the last user of the mm.
// Left out: freeing the anon_vmas that have become empty, with the brief write lock that waits for their last reader.
void unlink_anon_vmas(Task& t, Mapping at) {
    const bool has_chain = t.thread.atomic(
        "vma->anon_vma_chain",
        [](Cells& c, Mapping m) {
            for (std::size_t i = 0; i < c.context<Machine>().mms(); ++i)
                if (is_linked(c, m.mm, MmId{static_cast<std::uint8_t>(i)}, m.va)) return true;
            return false;
        },
        Where::here(), at);
    if (!has_chain) return;
    t.thread.write_lock(t.machine.anon_vma_lock(at.va), "anon_vma_lock_write");
    t.thread.atomic(
        "unlink_anon_vmas",
        [](Cells& c, Mapping m) {
            const Machine& machine = c.context<Machine>();
            for (std::size_t i = 0; i < machine.mms(); ++i) {
                const auto cell = machine.at(anon_vma_at(MmId{static_cast<std::uint8_t>(i)}, m.va)).anon_vma;
                c.set(cell, c.get(cell) & ~bit_of(m.mm));
            }
        },
        Where::here(), at);
    t.thread.write_unlock(t.machine.anon_vma_lock(at.va), "anon_vma_unlock_write");
}

MmId anon_vma_root(const Cells& c, Mapping at) {
    const Machine& m = c.context<Machine>();
    MmId root = at.mm;
    for (MmId next = m.spec().processes[root.index].forked_from; next;
         next = m.spec().processes[next.index].forked_from) {
        if (!is_linked(c, at.mm, next, at.va)) break;
        root = next;
    }
    return root;
}

} // namespace model
