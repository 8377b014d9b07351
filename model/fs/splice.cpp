// SPDX-License-Identifier: GPL-2.0-only
// fs/splice.c and fs/pipe.c, as far as one user page in a pipe goes.
#include "model/fs/splice.hpp"

#include "model/mm/gup.hpp"

namespace model {

// vmsplice_to_pipe() and iter_to_pipe(), fs/splice.c, v5.7 - v6.1: GUP without FOLL_WRITE, and FOLL_GET although the pipe may keep
// the page for long.
// Left out: several pages, a full pipe, SPLICE_F_GIFT.
void vmsplice_to_pipe(Task& t, Va va, RefId ref) { t.call<get_user_pages_fast>(va, FOLL_GET, ref); }

// pipe_read(), fs/pipe.c, and user_page_pipe_buf_ops, fs/splice.c, v5.7 - v6.1: copies out of the page, then releases it.
// Left out: the pipe's lock, blocking on an empty pipe, partial reads (the buffer is released after one unit).
UnitAccess pipe_read(Task& t, RefId ref, Unit unit) {
    const UnitAccess read = t.call<dma_read>(ref, unit);
    t.call<release_ref>(ref, false);
    return read;
}

} // namespace model
