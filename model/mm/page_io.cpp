// SPDX-License-Identifier: GPL-2.0-only
// mm/page_io.c: see page_io.hpp.
#include "model/mm/page_io.hpp"

#include "model/mm/swapfile.hpp"
#include "model/results.hpp"

#include <bit>

namespace model {

namespace {

constexpr Word bit_of(PageId page) { return Word{1} << page.index; }
constexpr Unit unit_of(std::size_t n) { return Unit{static_cast<std::uint8_t>(n)}; }

void write_unit_to_disk(Cells& c, PageId page, Unit unit) {
    const PageCells& p = touch(c, page);
    const SlotCells& s = c.context<Machine>().slot(slot_of_private(c.get(p.private_)));
    c.set(s.disk[unit.index], c.get(p.data[unit.index]));
}

/// The transfer of one unit of a page under writeback to its slot. The page stays in the swap cache as long as it is under
/// writeback, so its slot does not change.
void swap_write_unit(Task& t, PageId page, Unit unit) {
    t.thread.atomic(
        "swap_write_unit", [](Cells& c, PageId p, Unit u) { write_unit_to_disk(c, p, u); }, Where::here(), page, unit);
}

/// Returns the slot that the page goes to: page_swap_info() in the kernel, which reads what the page lock keeps as it is.
SwapSlot set_page_writeback(Task& t, PageId page) {
    const SwapSlot slot = slot_of_private(t.thread.atomic(
        "set_page_writeback",
        [](Cells& c, PageId p) {
            const PageCells& cells = touch(c, p);
            ghost_writeback_started(c, p);
            c.set(cells.flags, c.get(cells.flags) | PG::writeback);
            return (c.get(cells.flags) & PG::swapcache) != 0 ? c.get(cells.private_) : Word{0};
        },
        Where::here(), page));
    bug_on(t, !slot, "VM_BUG_ON_PAGE(!PageSwapCache(page), page)");
    return slot;
}

void end_page_writeback(Task& t, PageId page) { clear_page_flag(t, page, PG::writeback, "end_page_writeback"); }

/// The pages that the asynchronous devices have been told to write. The device could as well see a page between
/// set_page_writeback and unlock_page, before it is submitted: nobody can change its content there, nor tell the difference.
template <class Words>
Word pages_under_writeback(const Words& read, const Machine& m) {
    Word found = 0;
    for (std::size_t i = 0; i < m.pages(); ++i) {
        const PageId page{static_cast<std::uint8_t>(i)};
        if ((read(m.page(page).flags) & PG::writeback) == 0) continue;
        const SwapSlot slot = slot_of_private(read(m.page(page).private_));
        if (slot && !m.device(m.slot(slot).device).synchronous_io) found |= bit_of(page);
    }
    return found;
}

} // namespace

// swap_readpage() with end_swap_bio_read(), mm/page_io.c, v5.7 - v6.1. The reading thread does the device's part itself.
// Left out: the asynchrony of the read (others see the page locked and not up to date until it is done, as they do here; but
// the faulting thread itself never has to wait for the page lock because of its own read, and so does not drop mmap_lock
// for it), read errors, zswap and frontswap, swap over a file system, swap_slot_free_notify of kernels before v5.18, the
// assertion that only a synchronous read is of a page outside the swap cache.
void swap_readpage(Task& t, PageId page, SwapSlot slot) {
    enum class Bug : std::uint8_t { none, no_device, not_locked, uptodate };
    for (std::size_t n = 0; n < t.machine.units(); ++n) {
        const auto bug = t.thread.atomic(
            "swap_read_unit",
            [](Cells& c, PageId p, SwapSlot s, Unit u) {
                const PageCells& cells = touch(c, p);
                c.set(cells.data[u.index], c.get(c.context<Machine>().slot(s).disk[u.index]));
                const Word flags = c.get(cells.flags);
                if (swap_device_is_gone(c, s)) return Bug::no_device;
                if ((flags & PG::locked) == 0) return Bug::not_locked;
                return (flags & PG::uptodate) != 0 ? Bug::uptodate : Bug::none;
            },
            Where::here(), page, slot, unit_of(n));
        bug_on(t, bug == Bug::no_device, "swap_readpage: the device is gone (swapoff)");
        bug_on(t, bug == Bug::not_locked, "VM_BUG_ON_PAGE(!PageLocked(page), page)");
        bug_on(t, bug == Bug::uptodate, "VM_BUG_ON_PAGE(PageUptodate(page), page)");
    }
    SetPageUptodate(t, page);
    unlock_page(t, page);
}

// swap_writepage() with __swap_writepage(), mm/page_io.c, and bdev_write_page(), block/bdev.c, v5.7 - v6.1.
// Left out: arch_prepare_to_swap (tags), zswap and frontswap, swap over a file system, write errors.
void swap_writepage(Task& t, PageId page) {
    if (t.call<folio_free_swap>(page)) {
        unlock_page(t, page);
        return;
    }
    const SwapSlot slot = set_page_writeback(t, page);
    if (swap_is_synchronous(t, slot)) {
        // A device with rw_page writes at once and ends writeback before bdev_write_page unlocks the page.
        for (std::size_t n = 0; n < t.machine.units(); ++n) swap_write_unit(t, page, unit_of(n));
        end_page_writeback(t, page);
        unlock_page(t, page);
        return;
    }
    unlock_page(t, page);
    // submit_bio(): end_swap_writeback_agent takes it from here.
}

// The device, and end_swap_bio_write() with folio_end_writeback(), mm/page_io.c and mm/filemap.c, v5.7 - v6.1.
// Left out: write errors (which set the page dirty again); the reference that folio_end_writeback holds for a moment; the
// rotation of a page with PG_reclaim to the tail of the LRU, with the reference of its batch; several requests in flight at
// once (one page is written after the other, in any order).
void end_swap_writeback_agent(Task& t) {
    for (;;) {
        t.forget("the device waits for a page to write");
        t.thread.wait_until(
            "submit_bio",
            [](const View& v) {
                return pages_under_writeback([&v](checker::CellId cell) { return v[cell]; }, v.context<Machine>()) != 0;
            },
            Where::here());
        // Picking the request up is the device's own business, so it is one step with the transfer of the first unit,
        // unless there is a choice.
        const PageSet waiting = t.thread.atomic(
            "swap_write_unit",
            [](Cells& c) {
                const Word found =
                    pages_under_writeback([&c](checker::CellId cell) { return c.get(cell); }, c.context<Machine>());
                if (std::has_single_bit(found))
                    write_unit_to_disk(c, PageId{static_cast<std::uint8_t>(std::countr_zero(found))}, Unit{0});
                return PageSet{found};
            },
            Where::here());
        Word pages = waiting.bits;
        const bool several = !std::has_single_bit(pages);
        for (unsigned skip = t.thread.choose(static_cast<unsigned>(std::popcount(pages)), "next request"); skip > 0;
             --skip)
            pages &= pages - 1;
        const PageId page{static_cast<std::uint8_t>(std::countr_zero(pages))};
        for (std::size_t n = several ? 0 : 1; n < t.machine.units(); ++n) swap_write_unit(t, page, unit_of(n));
        end_page_writeback(t, page);
    }
}

} // namespace model
