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

/// Takes the reference and submits the request. Where the address cannot be reached (-EFAULT) nothing is submitted.
/// Waits first until the device has done with the request's last submission, whose place this one takes.
void direct_io_submit(Task& t, Va va, IoId io, IoRequest request);
/// Waits until the request is done. Returns at once if nothing is submitted.
void direct_io_await(Task& t, IoId io);
/// The device and the completion of request `io`: a daemon, for all its submissions.
void direct_io_device_agent(Task& t, IoId io);

} // namespace model
