// SPDX-License-Identifier: GPL-2.0-only
// Allocation of page frames. The rest of the vocabulary of pages is inline, in page.hpp.
#include "model/page.hpp"

namespace model {

namespace {

/// The frame freed last by anybody, if it is still free.
PageId last_freed(const View& v, const Machine& m) {
    const Word cell = v[m.last_freed_page()];
    if (cell == 0) return PageId::none();
    const PageId page{static_cast<std::uint8_t>(cell - 1)};
    return v[m.page(page).allocated] == 0 ? page : PageId::none();
}

/// The first free frame of the pool, but `avoid` only where it is the last one left.
PageId first_free(const View& v, const Machine& m, std::size_t thread, PageId avoid) {
    const Machine::Pool pool = m.pool(thread);
    PageId left = PageId::none();
    for (std::size_t n = 0; n < pool.pages; ++n) {
        const PageId page{static_cast<std::uint8_t>(pool.begin.index + n)};
        if (v[m.page(page).allocated] != 0) continue;
        if (page != avoid) return page;
        left = page;
    }
    return left;
}

// get_page_from_freelist(), mm/page_alloc.c, all versions.
// Left out: failure, watermarks, zones, the per-CPU lists; clearing the page as steps of its own (nobody sees it yet).
PageId get_page_from_freelist(Task& t) {
    // Which frame comes is not up to the kernel code above, so it is chosen before one looks: were it chosen afterwards, the
    // look would be one more step. Where nothing was freed both choices come to the same page and merge again.
    const unsigned reuse = t.thread.choose(2, "next frame: fresh / last freed");
    return t.thread.atomic(
        "alloc_page",
        [](Cells& c, std::size_t pool, unsigned reuse_freed) {
            const Machine& m = c.context<Machine>();
            const PageId freed = last_freed(c.view(), m);
            const PageId page = reuse_freed != 0 && freed ? freed : first_free(c.view(), m, pool, freed);
            if (!page) return page;
            // Which frame was freed last is not remembered longer than it matters, so that states merge.
            if (page == freed) c.set(m.last_freed_page(), 0);
            c.set(m.page(page).allocated, 1);
            c.set(m.page(page).refcount, 1);
            return page;
        },
        Where::here(), t.index, reuse);
}

} // namespace

PageId alloc_page(Task& t, Where at) {
    const PageId page = t.call<get_page_from_freelist>();
    if (!page) t.thread.give_up("there are too few page frames; raise \"pages\" in /machine", at);
    return page;
}

} // namespace model
