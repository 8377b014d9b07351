// SPDX-License-Identifier: GPL-2.0-only
// O_DIRECT: block/bio.c, and what its users (block/fops.c, fs/iomap/direct-io.c) make of it. The thread takes the reference
// and submits; the device reaches the page when it likes; the completion tells the waiting thread first and lets go of the
// page afterwards. A request goes through idle -> submitted -> done -> idle.
#include "model/fs/direct_io.hpp"

#include "model/mm/gup.hpp"
#include "model/page.hpp"

namespace model {

namespace {

RefId reference_of(const Task& t, IoId io) { return t.machine.spec().io_refs[io.index]; }

/// What the completion has to do: it dirties what an O_DIRECT read wrote into.
struct Transfer {
    PageId page;
    bool read = false;
};

/// The device reaches memory: one unit, as one step.
Transfer transfer(Task& t, IoId io, RefId ref) {
    return t.thread.atomic(
        "DMA",
        [](Cells& c, IoId i, RefId r) {
            const Machine& m = c.context<Machine>();
            const IoRequest request = IoRequest::unpack(c.get(m.io(i)));
            const PageId page = RefState::unpack(c.get(m.ref(r))).page;
            const auto cell = touch(c, page).data[request.unit.index];
            if (request.read) {
                ghost_dma_write(c, r, request.unit, request.value);
                c.set(cell, request.value);
            } else {
                ghost_dma_read(c, r, request.unit, static_cast<Value>(c.get(cell)));
            }
            return Transfer{page, request.read};
        },
        Where::here(), io, ref);
}

/// put_page() of the bio's page, after which the bio is free.
void put_page_and_bio(Task& t, IoId io, RefId ref) {
    t.thread.atomic(
        "put_page",
        [](Cells& c, IoId i, RefId r) {
            const Machine& m = c.context<Machine>();
            const PageId page = RefState::unpack(c.get(m.ref(r))).page;
            ghost_ref_dropped(c, r);
            drop_references(c, page, 1);
            c.set(m.io(i), IoRequest{}.pack());
        },
        Where::here(), io, ref);
}

// bio_check_pages_dirty(), bio_dirty_fn() and bio_release_pages(), block/bio.c, v5.7 - v6.1.
// Left out: several pages, compound pages. The worker that dirties what has become clean meanwhile is this thread, so the
// request's next submission waits for it too.
void bio_check_pages_dirty(Task& t, PageId page, IoId io, RefId ref) {
    if (!PageDirty(t, page)) set_page_dirty_lock(t, page);
    put_page_and_bio(t, io, ref);
}

} // namespace

IoRequest IoRequest::unpack(Word word) {
    IoRequest request;
    request.state = static_cast<IoState>(word & 0xff);
    request.read = (word >> 8 & 1) != 0;
    request.unit = Unit{static_cast<std::uint8_t>(word >> 16 & 0xff)};
    request.value = static_cast<Value>(word >> 24 & 0xff);
    return request;
}

Word IoRequest::pack() const {
    // The cell of a request that nobody uses is 0.
    if (state == IoState::idle) return 0;
    return static_cast<Word>(state) | Word{read} << 8 | Word{unit.index} << 16 | Word{value} << 24;
}

// bio_iov_iter_get_pages(), bio_set_pages_dirty() and submit_bio(), block/bio.c, as block/fops.c (before v5.16 fs/block_dev.c) and
// fs/iomap/direct-io.c call them, v5.7 - v6.1.
// Left out: __blkdev_direct_IO_simple(), which dirties the page only when it releases it; several pages and bios, the user
// buffers that are kernel memory, short transfers and errors of the device, polling. The bio is a cell that the next submission
// uses again, so that it waits; the kernel would allocate another.
void direct_io_submit(Task& t, Va va, IoId io, IoRequest request) {
    const RefId ref = reference_of(t, io);
    t.thread.wait_until(
        "bio_alloc", [](const View& v, IoId i) { return v[v.context<Machine>().io(i)] == 0; }, Where::here(), io);
    const PageId page = t.call<get_user_pages_fast>(va, FOLL_GET | (request.read ? FOLL_WRITE : 0), ref);
    if (!page) return;
    // Before the submission, so that reclaim does not take the page for clean while the device writes to it.
    if (request.read) t.call<set_page_dirty_lock>(page);
    request.state = IoState::submitted;
    write_once(t, t.machine.io(io), request.pack(), "submit_bio");
}

void direct_io_await(Task& t, IoId io) {
    t.thread.wait_until(
        "blk_io_schedule",
        [](const View& v, IoId i) {
            return IoRequest::unpack(v[v.context<Machine>().io(i)]).state != IoState::submitted;
        },
        Where::here(), io);
}

// bio_endio() as blkdev_bio_end_io(), block/fops.c, and iomap_dio_bio_end_io(), fs/iomap/direct-io.c, have it, v5.7 - v6.1: the
// waiter is woken, then the page is released. (In __blkdev_direct_IO_simple() the waiter itself releases it.)
// Left out: errors, reference counts of the request, the end_io of asynchronous requests (`await` is all that looks).
void direct_io_device_agent(Task& t, IoId io) {
    const RefId ref = reference_of(t, io);
    for (;;) {
        t.forget("direct_io_device_agent");
        t.thread.wait_until(
            "submit_bio",
            [](const View& v, IoId i) {
                return IoRequest::unpack(v[v.context<Machine>().io(i)]).state == IoState::submitted;
            },
            Where::here(), io);
        const Transfer done = t.call<transfer>(io, ref);
        write_once(t, t.machine.io(io), IoRequest{.state = IoState::done}.pack(), "bio_endio");
        if (done.read)
            t.call<bio_check_pages_dirty>(done.page, io, ref);
        else
            put_page_and_bio(t, io, ref);
    }
}

} // namespace model
