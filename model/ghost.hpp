// SPDX-License-Identifier: GPL-2.0-only
// Ghost state: what properties need to know and the kernel does not keep. Each function is called inside the one step that
// justifies it (from the callable of a Thread::atomic), and modelled code never reads what it writes.
#pragma once

#include "checker/cells.hpp"
#include "model/machine.hpp"

namespace model {

/// What a single step was seen to violate; bits of Machine::broken().
namespace Broken {
inline constexpr checker::Word lost_write = 1U << 0; ///< C3: a read returned a value that is not legal there
inline constexpr checker::Word isolation =
    1U << 1; ///< C1, C2: it was written by another process; or a device wrote into another's page
inline constexpr checker::Word exclusive_cleared = 1U << 2;    ///< I9
inline constexpr checker::Word writeback_referenced = 1U << 3; ///< P6
inline constexpr checker::Word wrong_swap_page = 1U << 4;      ///< V4
inline constexpr checker::Word needless_copy = 1U << 5;        ///< no-needless-copy
} // namespace Broken

// Accesses of user threads, in the step that reaches the page content.
void ghost_store(checker::Cells& c, Mapping at, Unit unit, Value value);
void ghost_load(checker::Cells& c, Mapping at, Unit unit, Value value);
// Accesses of devices through a held reference.
void ghost_dma_write(checker::Cells& c, RefId ref, Unit unit, Value value);
void ghost_dma_read(checker::Cells& c, RefId ref, Unit unit, Value value);

/// The step that validates a reference: GUP-slow's grab under the page-table lock; GUP-fast's successful re-read of the PTE
/// (FOLL_PIN: the check that write_protect_seq is unchanged). Writes the RefState.
void ghost_ref_taken(checker::Cells& c, RefId ref, PageId page, Mapping home, bool pin, bool write);
/// The step that drops a reference's count (put_page, unpin_user_page).
void ghost_ref_dropped(checker::Cells& c, RefId ref);

/// fork: the child is about to be copied (before the first PTE), and it is complete (after the flush that ends dup_mmap).
/// In between, what the parent writes may or may not be in the child.
void ghost_fork_begin(checker::Cells& c, MmId parent, MmId child);
void ghost_fork_end(checker::Cells& c, MmId parent, MmId child);
/// The step that gives another mm a copy of the PTE at `at` (present or swap): excuses FOLL_GET references whose home it is.
void ghost_pte_duplicated(checker::Cells& c, Mapping at);
/// The step that clears the PTE at `at` in a zap: excuses references whose home it is; the address reads as zero from now on.
void ghost_zapped(checker::Cells& c, Mapping at);

/// ClearPageAnonExclusive outside the freeing of a page. `at`: the PTE that mapped the page; `forking`: in copy_present_pte.
void ghost_anon_exclusive_cleared(checker::Cells& c, PageId page, Mapping at, bool forking);
/// set_page_writeback on a page on its way to swap.
void ghost_writeback_started(checker::Cells& c, PageId page);
/// do_swap_page, in the look at PG_uptodate under both locks, and unuse_pte, in swap_free: `page`, found in the swap cache, is
/// about to be mapped for `slot`.
void ghost_swap_page_used(checker::Cells& c, PageId page, SwapSlot slot);
/// wp_page_copy is about to replace `old` at `at` (in the step that installs the copy, before anything changes).
void ghost_page_copied(checker::Cells& c, PageId old, Mapping at);

/// What a read of (mm, va, unit) would return if nothing ran any more: PTE, then page, swap cache or disk. `readable` is
/// false where a read would fault for good (unmapped) or the state is in between (a page not up to date).
struct GhostRead {
    bool readable = false;
    Value value = 0;
};
GhostRead ghost_read(const checker::View& v, Mapping at, Unit unit);

} // namespace model
