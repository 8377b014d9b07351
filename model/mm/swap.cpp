// SPDX-License-Identifier: GPL-2.0-only
// mm/swap.c, and the isolation of mm/vmscan.c: see swap.hpp.
#include "model/mm/swap.hpp"

#include "model/results.hpp"

namespace model {

namespace {

constexpr Word bit_of(PageId page) { return Word{1} << page.index; }

} // namespace

// folio_add_lru(), mm/swap.c, v5.7 - v6.1 (lru_cache_add before v5.16). One step: the batch is the CPU's own.
// Left out: the drain of a full batch (15 pages; the model's batch has room for every page), the multi-generational LRU,
// unevictable pages.
void lru_cache_add(Task& t, PageId page) {
    const bool on_lru = t.thread.atomic(
        "folio_add_lru",
        [](Cells& c, PageId p, CpuId cpu) {
            const PageCells& cells = touch(c, p);
            if ((c.get(cells.flags) & PG::lru) != 0) return true;
            c.set(cells.refcount, c.get(cells.refcount) + 1);
            const auto batch = c.context<Machine>().lru_batch(cpu);
            c.set(batch, c.get(batch) | bit_of(p));
            return false;
        },
        Where::here(), page, t.cpu);
    bug_on(t, on_lru, "VM_BUG_ON_FOLIO(folio_test_lru(folio), folio)");
}

// lru_add_drain() with folio_batch_move_lru(), mm/swap.c, v5.7 - v6.1: of this CPU. All pages of the batch get PG_lru in one
// step, for nobody depends on in which order; then their references are dropped one by one, and isolation or a copy-on-write
// decision may come in between.
// Left out: the batches for rotation, (de)activation, MADV_FREE and mlock; the order of the LRU list.
void lru_add_drain(Task& t) {
    const PageSet drained = t.thread.atomic(
        "lru_add_drain",
        [](Cells& c, CpuId cpu) {
            const Machine& m = c.context<Machine>();
            const Word batch = c.get(m.lru_batch(cpu));
            c.set(m.lru_batch(cpu), 0);
            for (std::size_t i = 0; i < m.pages(); ++i) {
                const PageId page{static_cast<std::uint8_t>(i)};
                if ((batch & bit_of(page)) == 0) continue;
                const auto flags = touch(c, page).flags;
                c.set(flags, c.get(flags) | PG::lru);
            }
            return PageSet{batch};
        },
        Where::here(), t.cpu);
    Word pages = drained.bits;
    for (std::uint8_t i = 0; pages != 0; ++i, pages >>= 1)
        if ((pages & 1) != 0) put_page(t, PageId{i}, Where::here());
}

// folio_isolate_lru(), mm/vmscan.c, v5.7 - v6.1 (isolate_lru_page before v5.18). One step: between the flag and the reference
// nobody can see more than that the page is on its way.
// Left out: the lruvec lock.
bool isolate_lru_page(Task& t, PageId page) {
    return t.thread.atomic(
        "folio_isolate_lru",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            if ((c.get(cells.flags) & PG::lru) == 0) return false;
            c.set(cells.flags, c.get(cells.flags) & ~PG::lru);
            c.set(cells.refcount, c.get(cells.refcount) + 1);
            return true;
        },
        Where::here(), page);
}

// folio_putback_lru(), mm/vmscan.c, v5.7 - v6.1: through the batch, so that the page stays hidden from reclaim until a
// drain, and has a reference more until then.
// Left out: nothing.
void putback_lru_page(Task& t, PageId page) {
    lru_cache_add(t, page);
    put_page(t, page);
}

} // namespace model
