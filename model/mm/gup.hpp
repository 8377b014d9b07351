// SPDX-License-Identifier: GPL-2.0-only
// mm/gup.c: taking and releasing references to the pages behind user addresses, by the page-table lock (gup.cpp) and without it
// (gup_fast.cpp), and what their holders do with them (gup_ref.cpp). All of it works on current->mm, one page a call.
#pragma once

#include "model/pte.hpp"
#include "model/results.hpp"
#include "model/task.hpp"

namespace model {

using FollFlags = Word;
inline constexpr FollFlags FOLL_WRITE = 0x01;
inline constexpr FollFlags FOLL_TOUCH = 0x02;
inline constexpr FollFlags FOLL_GET = 0x04;
inline constexpr FollFlags FOLL_TRIED = 0x800;
inline constexpr FollFlags FOLL_PIN = 0x40000;

// Each takes one reference, FOLL_GET or FOLL_PIN as `flags` say, and stores it in `ref`. The result is the page, or none: then
// `ref` stays empty, and everything that is later done with it is skipped.

/// get_user_pages_fast and pin_user_pages_fast: GUP-fast, then the slow way where that gives up.
PageId get_user_pages_fast(Task& t, Va va, FollFlags flags, RefId ref);
/// The same without the slow way.
PageId get_user_pages_fast_only(Task& t, Va va, FollFlags flags, RefId ref);
/// get_user_pages_unlocked and pin_user_pages_unlocked: the slow way only.
PageId get_user_pages_unlocked(Task& t, Va va, FollFlags flags, RefId ref);

/// What follow_page_pte found: a page it has grabbed, or why not.
struct FollowResult {
    enum class Kind : std::uint8_t { page, fault, unshare };
    Kind kind = Kind::fault;
    PageId page; ///< with Kind::page only
};
FollowResult follow_page_pte(Task& t, Mapping at, FollFlags flags, RefId ref);

/// The lockless walk; the page, or none where it gives up.
PageId lockless_pages_from_mm(Task& t, Va va, FollFlags flags, RefId ref);

/// gup_must_unshare: an R/O pin of an anonymous page that may be shared.
bool gup_must_unshare(Task& t, FollFlags flags, PageId page);

// What the holder of a reference does. All skip a `ref` that is empty.

/// put_page or unpin_user_page, by the kind of `ref`; with `dirty`, set_page_dirty_lock first.
void release_ref(Task& t, RefId ref, bool dirty);
/// set_page_dirty_lock(), mm/page-writeback.c.
void set_page_dirty_lock(Task& t, PageId page);
/// A device reaches memory through the reference.
void dma_write(Task& t, RefId ref, Unit unit, Value value);
/// Nothing where `ref` is empty.
UnitAccess dma_read(Task& t, RefId ref, Unit unit);

} // namespace model
