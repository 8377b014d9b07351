// SPDX-License-Identifier: GPL-2.0-only
// mm/rmap.c: who maps an anonymous page, who owns it exclusively, and unmapping it on its way to swap. Start with
// try_to_unmap_one(). rmap.cpp holds the accounting and the unmapping, rmap_anon_vma.cpp the links between address spaces.
#pragma once

#include "model/page.hpp"
#include "model/pte.hpp"

namespace model {

/// PageCells::mapping of a page that belongs to the anon_vma of `owner`.
inline constexpr Word page_mapping_of(Mapping owner) { return 1 + Word{owner.mm.index} + 256 * Word{owner.va.index}; }
/// The anon_vma that PageCells::mapping names; only of a nonzero word.
inline constexpr Mapping anon_vma_of(Word mapping) {
    return {MmId{static_cast<std::uint8_t>((mapping - 1) % 256)}, Va{static_cast<std::uint8_t>((mapping - 1) / 256)}};
}
/// PageAnon(), one step.
inline bool PageAnon(Task& t, PageId page, Where at = Where::here()) {
    return t.thread.atomic(
        "PageAnon", [](Cells& c, PageId p) { return c.get(touch(c, p).mapping) != 0; }, at, page);
}

// All of these are called with the page-table lock of the PTE in question held.

/// A new page, seen by nobody yet: mapcount 1, swap-backed, and its owner's alone.
void page_add_new_anon_rmap(Task& t, PageId page, Mapping at);
/// One more PTE for a locked page; `exclusive`: it is the only one (RMAP_EXCLUSIVE).
void page_add_anon_rmap(Task& t, PageId page, Mapping at, bool exclusive);
void page_remove_rmap(Task& t, PageId page);
/// Makes a locked page belong to the anon_vma of `at`, and exclusive to it.
void page_move_anon_rmap(Task& t, PageId page, Mapping at);
/// fork: true if the page may be shared with the child, and then it is counted as mapped once more and is exclusive to
/// nobody; false if a pin forbids it. The caller has a reference for the child's PTE. (The kernel returns 0 and -EBUSY.)
bool page_try_dup_anon_rmap(Task& t, PageId page, Mapping src);
/// The PTE at `at` is cleared: true if the page is exclusive to nobody from now on; false if a pin forbids it. (The kernel
/// returns 0 and -EBUSY.)
bool page_try_share_anon_rmap(Task& t, PageId page, Mapping at);

/// struct tlbflush_unmap_batch: what was unmapped and not flushed yet.
struct UnmapBatch {
    std::uint8_t mms = 0;  ///< bit set of MmId
    bool writable = false; ///< a PTE was dirty, so that some processor may go on writing
};
/// Replaces the PTEs of a locked swap cache page by swap PTEs, in every address space that may map it. Whether it worked
/// is for the caller to see from page_mapped(); what is returned has to be flushed.
UnmapBatch try_to_unmap(Task& t, PageId page);
/// The same for one address.
struct UnmappedOne {
    bool goes_on = true; ///< false ends the walk
    bool is_deferred = false, was_dirty = false;
};
UnmappedOne try_to_unmap_one(Task& t, PageId page, Mapping at);
/// Before the page is freed, and before it is written if it may still be written to.
void try_to_unmap_flush(Task& t, UnmapBatch& batch);
void try_to_unmap_flush_dirty(Task& t, UnmapBatch& batch);

/// The owner of the oldest anon_vma that the VMA at `at` is linked to (anon_vma->root); used inside steps.
MmId anon_vma_root(const Cells& c, Mapping at);
/// The VMA at `at` gets an anon_vma before its first anonymous page.
void anon_vma_prepare(Task& t, Mapping at);
/// fork: the child's VMA joins every anon_vma of the parent's and gets one of its own.
void anon_vma_fork(Task& t, MmId parent, MmId child, Va va);
/// munmap and exit: the VMA leaves all its anon_vmas, after its page tables are gone.
void unlink_anon_vmas(Task& t, Mapping at);

} // namespace model
