// SPDX-License-Identifier: GPL-2.0-only
// What the holder of a GUP reference does with it. Where the kernel keeps a pointer in an array, a bio or a pipe, the model
// has a cell (Machine::ref()), which the step that uses the pointer reads too: it is the holder's own. A reference that could
// not be taken leaves its cell empty, and then all of this does nothing, as the error path of the holder would.
#include "model/mm/gup.hpp"
#include "model/page.hpp"

namespace model {

namespace {

/// What the holder knows of its reference.
struct Held {
    PageId page;
    bool pin = false;
};

Held held(Task& t, RefId ref) {
    return t.thread.atomic(
        "pages[i]",
        [](Cells& c, RefId r) {
            const RefState state = RefState::unpack(c.get(c.context<Machine>().ref(r)));
            return Held{state.page, state.pin};
        },
        Where::here(), ref);
}

// put_page(), include/linux/mm.h, and unpin_user_page(), mm/gup.c, v5.7 - v6.1, whichever the reference is due, with
// sanity_check_pinned_pages() of b6a2619c60b4. False: that assertion fails.
// Left out: large folios and their pincount, the zero page, device memory, statistics; the assertion's reads as steps.
bool put_page_or_unpin_user_page(Task& t, RefId ref) {
    return t.thread.atomic(
        "put_page, unpin_user_page",
        [](Cells& c, RefId r) {
            const Machine& m = c.context<Machine>();
            const RefState state = RefState::unpack(c.get(m.ref(r)));
            if (!state.page) return true;
            const PageCells& p = touch(c, state.page);
            const bool shared_pin = m.rules()[Rule::anon_exclusive] && state.pin && c.get(p.mapping) != 0 &&
                                    (c.get(p.flags) & PG::anon_exclusive) == 0;
            ghost_ref_dropped(c, r);
            drop_references(c, state.page, state.pin ? GUP_PIN_COUNTING_BIAS : 1);
            return !shared_pin;
        },
        Where::here(), ref);
}

} // namespace

// set_page_dirty_lock(), mm/page-writeback.c, v5.7 - v6.1.
// Left out: mappings of files, dirty accounting.
void set_page_dirty_lock(Task& t, PageId page) {
    lock_page(t, page);
    SetPageDirty(t, page);
    unlock_page(t, page);
}

// unpin_user_pages_dirty_lock() and, for FOLL_GET, what its callers write themselves: set_page_dirty_lock() and put_page();
// mm/gup.c, v5.7 - v6.1.
// Left out: several pages.
void release_ref(Task& t, RefId ref, bool dirty) {
    if (dirty) {
        const Held it = t.call<held>(ref);
        if (!it.page) return;
        if (!it.pin || !PageDirty(t, it.page)) set_page_dirty_lock(t, it.page);
    }
    const bool sane = put_page_or_unpin_user_page(t, ref);
    bug_on(t, !sane, "VM_BUG_ON_PAGE(!PageAnonExclusive(page)) in sanity_check_pinned_pages");
}

void dma_write(Task& t, RefId ref, Unit unit, Value value) {
    t.thread.atomic(
        "dma_write",
        [](Cells& c, RefId r, Unit u, Value v) {
            const PageId page = RefState::unpack(c.get(c.context<Machine>().ref(r))).page;
            if (!page) return;
            const auto cell = touch(c, page).data[u.index];
            ghost_dma_write(c, r, u, v);
            c.set(cell, v);
        },
        Where::here(), ref, unit, value);
}

UnitAccess dma_read(Task& t, RefId ref, Unit unit) {
    return t.thread.atomic(
        "dma_read",
        [](Cells& c, RefId r, Unit u) {
            const PageId page = RefState::unpack(c.get(c.context<Machine>().ref(r))).page;
            if (!page) return UnitAccess{};
            const auto value = static_cast<Value>(c.get(touch(c, page).data[u.index]));
            ghost_dma_read(c, r, u, value);
            return UnitAccess{UnitAccess::Kind::done, value};
        },
        Where::here(), ref, unit);
}

} // namespace model
