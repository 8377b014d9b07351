// SPDX-License-Identifier: GPL-2.0-only
// The vocabulary of pages: flags, reference and map counts, allocation, content. Each function is one step, named as the
// kernel's primitive. Touching a page that nobody has allocated is recorded for the property `freed-page-untouched`.
#pragma once

#include "model/ghost.hpp"
#include "model/task.hpp"

namespace model {

inline constexpr Word GUP_PIN_COUNTING_BIAS = 1024;

/// Records that a step reaches into `page`; called first in each step that does.
inline const PageCells& touch(Cells& c, PageId page) {
    const Machine& m = c.context<Machine>();
    const PageCells& p = m.page(page);
    if (c.get(p.allocated) == 0) [[unlikely]]
        c.set(m.touched_freed(), 1 + Word{page.index});
    return p;
}

// Flags.
inline bool test_page_flag(Task& t, PageId page, Word flag, const char* label, Where at = Where::here()) {
    return t.thread.atomic(
        label, [](Cells& c, PageId p, Word f) { return (c.get(touch(c, p).flags) & f) != 0; }, at, page, flag);
}
inline void set_page_flag(Task& t, PageId page, Word flag, const char* label, Where at = Where::here()) {
    t.thread.atomic(
        label,
        [](Cells& c, PageId p, Word f) {
            const auto cell = touch(c, p).flags;
            c.set(cell, c.get(cell) | f);
        },
        at, page, flag);
}
inline void clear_page_flag(Task& t, PageId page, Word flag, const char* label, Where at = Where::here()) {
    t.thread.atomic(
        label,
        [](Cells& c, PageId p, Word f) {
            const auto cell = touch(c, p).flags;
            c.set(cell, c.get(cell) & ~f);
        },
        at, page, flag);
}
/// Returns whether the flag was set.
inline bool test_clear_page_flag(Task& t, PageId page, Word flag, const char* label, Where at = Where::here()) {
    return t.thread.atomic(
        label,
        [](Cells& c, PageId p, Word f) {
            const auto cell = touch(c, p).flags;
            const Word old = c.get(cell);
            c.set(cell, old & ~f);
            return (old & f) != 0;
        },
        at, page, flag);
}
inline bool PageAnonExclusive(Task& t, PageId page, Where at = Where::here()) {
    return test_page_flag(t, page, PG::anon_exclusive, "PageAnonExclusive", at);
}
inline bool PageSwapCache(Task& t, PageId page, Where at = Where::here()) {
    return test_page_flag(t, page, PG::swapcache, "PageSwapCache", at);
}
inline bool PageWriteback(Task& t, PageId page, Where at = Where::here()) {
    return test_page_flag(t, page, PG::writeback, "PageWriteback", at);
}
inline bool PageDirty(Task& t, PageId page, Where at = Where::here()) {
    return test_page_flag(t, page, PG::dirty, "PageDirty", at);
}
inline bool PageLRU(Task& t, PageId page, Where at = Where::here()) {
    return test_page_flag(t, page, PG::lru, "PageLRU", at);
}
inline bool PageUptodate(Task& t, PageId page, Where at = Where::here()) {
    return test_page_flag(t, page, PG::uptodate, "PageUptodate", at);
}
inline void SetPageDirty(Task& t, PageId page, Where at = Where::here()) {
    set_page_flag(t, page, PG::dirty, "SetPageDirty", at);
}
inline void SetPageUptodate(Task& t, PageId page, Where at = Where::here()) {
    set_page_flag(t, page, PG::uptodate, "SetPageUptodate", at);
}
inline void SetPageAnonExclusive(Task& t, PageId page, Where at = Where::here()) {
    set_page_flag(t, page, PG::anon_exclusive, "SetPageAnonExclusive", at);
}
/// `mapping`: the PTE that maps (or mapped) the page; `forking`: called from copy_present_pte, under both page-table locks.
inline void ClearPageAnonExclusive(Task& t, PageId page, Mapping mapping, bool forking, Where at = Where::here()) {
    t.thread.atomic(
        "ClearPageAnonExclusive",
        [](Cells& c, PageId p, Mapping m, bool f) {
            const auto cell = touch(c, p).flags;
            ghost_anon_exclusive_cleared(c, p, m, f);
            c.set(cell, c.get(cell) & ~PG::anon_exclusive);
        },
        at, page, mapping, forking);
}

// The page lock is a bit of the flags.
inline checker::Mutex page_lock_of(const Task& t, PageId page) { return {t.machine.page(page).flags, PG::locked}; }
inline void lock_page(Task& t, PageId page, Where at = Where::here()) {
    t.thread.lock(page_lock_of(t, page), "lock_page", at);
}
inline bool trylock_page(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.trylock(page_lock_of(t, page), "trylock_page", at);
}
inline void unlock_page(Task& t, PageId page, Where at = Where::here()) {
    t.thread.unlock(page_lock_of(t, page), "unlock_page", at);
}
inline void wait_on_page_writeback(Task& t, PageId page, Where at = Where::here()) {
    t.thread.wait_until(
        "wait_on_page_writeback",
        [](const View& v, PageId p) { return (v[v.context<Machine>().page(p).flags] & PG::writeback) == 0; }, at, page);
}

// Counts.
inline Word page_count(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "page_count", [](Cells& c, PageId p) { return c.get(touch(c, p).refcount); }, at, page);
}
inline Word page_mapcount(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "page_mapcount", [](Cells& c, PageId p) { return c.get(touch(c, p).mapcount); }, at, page);
}
inline bool page_mapped(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "page_mapped", [](Cells& c, PageId p) { return c.get(touch(c, p).mapcount) != 0; }, at, page);
}
/// A may-predicate: 1024 plain references look pinned.
inline bool page_maybe_dma_pinned(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "page_maybe_dma_pinned",
        [](Cells& c, PageId p) { return c.get(touch(c, p).refcount) >= GUP_PIN_COUNTING_BIAS; }, at, page);
}
inline void get_page(Task& t, PageId page, Where at = Where::here()) {
    t.thread.atomic(
        "get_page",
        [](Cells& c, PageId p) {
            const auto cell = touch(c, p).refcount;
            c.set(cell, c.get(cell) + 1);
        },
        at, page);
}
/// Frees the page: every cell back to 0, offered first to the next allocation that wants a used frame. Within the step that
/// drops the last reference (left out: the time between put_page_testzero and the free lists, in which only a failing
/// try_get_page can meet the page).
inline void free_page_now(Cells& c, PageId page) {
    const Machine& m = c.context<Machine>();
    const PageCells& p = m.page(page);
    for (const auto cell : {p.flags, p.refcount, p.mapcount, p.mapping, p.private_, p.allocated}) c.set(cell, 0);
    for (unsigned u = 0; u < m.units(); ++u) c.set(p.data[u], 0);
    c.set(m.last_freed_page(), 1 + Word{page.index});
}
/// Drops `count` references at once (one, or GUP_PIN_COUNTING_BIAS), frees the page with the last.
inline void drop_references(Cells& c, PageId page, Word count) {
    const auto cell = touch(c, page).refcount;
    const Word left = c.get(cell) - count;
    if (left == 0)
        free_page_now(c, page);
    else
        c.set(cell, left);
}
inline void put_page(Task& t, PageId page, Where at = Where::here()) {
    t.thread.atomic(
        "put_page", [](Cells& c, PageId p) { drop_references(c, p, 1); }, at, page);
}
/// Adds a reference unless there is none: what lockless walkers use. Never counts as touching a freed page.
inline bool try_get_page(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "try_get_page",
        [](Cells& c, PageId p) {
            const auto cell = c.context<Machine>().page(p).refcount;
            if (c.get(cell) == 0) return false;
            c.set(cell, c.get(cell) + 1);
            return true;
        },
        at, page);
}
/// page_ref_freeze: to 0 if the count is exactly `expected`.
inline bool page_ref_freeze(Task& t, PageId page, Word expected, Where at = Where::here()) {
    return t.thread.atomic(
        "page_ref_freeze",
        [](Cells& c, PageId p, Word e) {
            const auto cell = touch(c, p).refcount;
            if (c.get(cell) != e) return false;
            c.set(cell, 0);
            return true;
        },
        at, page, expected);
}
inline void page_ref_unfreeze(Task& t, PageId page, Word count, Where at = Where::here()) {
    t.thread.atomic(
        "page_ref_unfreeze", [](Cells& c, PageId p, Word n) { c.set(touch(c, p).refcount, n); }, at, page, count);
}

// Allocation. Frames come from the allocating thread's own pool, so that runs that differ only in who allocated first
// coincide; the frame that was freed last, whoever freed it, is offered as the other choice, so that reuse stays reachable.
/// A page with one reference, not up to date, all units 0. Never fails (allocation failure is not modelled); running out of
/// frames is an error of the scenario's machine and stops the thread.
PageId alloc_page(Task& t, Where at = Where::here());

// Content. A copy of a page is one step a unit, for a DMA can land in between.
inline Value read_unit(Task& t, PageId page, Unit unit, const char* label, Where at = Where::here()) {
    return t.thread.atomic(
        label, [](Cells& c, PageId p, Unit u) { return static_cast<Value>(c.get(touch(c, p).data[u.index])); }, at,
        page, unit);
}
/// Copies one unit of `from` to `to`.
inline void copy_unit(Task& t, PageId to, PageId from, Unit unit, const char* label, Where at = Where::here()) {
    t.thread.atomic(
        label,
        [](Cells& c, PageId dst, PageId src, Unit u) {
            c.set(touch(c, dst).data[u.index], c.get(touch(c, src).data[u.index]));
        },
        at, to, from, unit);
}

} // namespace model
