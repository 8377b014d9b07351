// SPDX-License-Identifier: GPL-2.0-only
// O_DIRECT reads and writes as the memory manager sees them: block/bio.c and fs/direct-io.c up to the submission in the thread that
// asked for it, the device and the completion in an agent of their own.
#pragma once

#include "model/task.hpp"

namespace model {

/// What the cell Machine::io() of a request holds, packed: the state and what the device is to do.
struct IoRequest {
    IoState state = IoState::idle;
    bool read = false; ///< an O_DIRECT read: the device writes memory, and the pages are dirtied
    Unit unit{0};      ///< the unit that the request covers
    Value value = 0;   ///< read: what the device writes

    static IoRequest unpack(Word word);
    Word pack() const;
};

/// Takes the reference and submits the request. One of an address that cannot be reached (-EFAULT) is done at once.
/// A request that has not been awaited must not be submitted again.
void direct_io_submit(Task& t, Va va, IoId io, const IoRequest& request);
/// Waits until the request is done, and makes it idle again. Returns at once if it was never submitted.
void direct_io_await(Task& t, IoId io);
/// The device and the completion of request `io`: a daemon, for all its submissions.
void direct_io_device_agent(Task& t, IoId io);

} // namespace model
