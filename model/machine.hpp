// SPDX-License-Identifier: GPL-2.0-only
// The machine under test: which cell holds what. It is built once for a scenario, an architecture and a set of rules, and
// never changes; all that changes is in the cells. Modelled code reaches the cells through the vocabulary (pte.hpp,
// page.hpp, swap.hpp, task.hpp), properties through a checker::View.
#pragma once

#include "arch_encodings/pte.hpp"
#include "checker/program.hpp"
#include "model/ids.hpp"
#include "model/rules.hpp"
#include "model/scenario.hpp"

#include <array>
#include <vector>

namespace model {

/// Page flags, with the kernel's names; bits of PageCells::flags.
namespace PG {
inline constexpr checker::Word locked = 1U << 0;
inline constexpr checker::Word uptodate = 1U << 1;
inline constexpr checker::Word dirty = 1U << 2;
inline constexpr checker::Word writeback = 1U << 3;
inline constexpr checker::Word swapcache = 1U << 4;
inline constexpr checker::Word swapbacked = 1U << 5;
inline constexpr checker::Word anon_exclusive = 1U << 6;
inline constexpr checker::Word lru = 1U << 7;
} // namespace PG

/// struct page. A free page has all cells 0; an allocated one has refcount > 0 or is frozen by its holder.
struct PageCells {
    checker::CellId flags;
    checker::CellId refcount;
    checker::CellId mapcount;
    checker::CellId mapping;   ///< 0: not anonymous; else 1 + (mm of the anon_vma) + 256 * va, see AnonVma
    checker::CellId private_;  ///< 0, or 1 + SwapSlot (page_private of a swap cache page)
    checker::CellId allocated; ///< ghost: 1 from allocation to free, so that a frozen page is not a freed one
    std::array<checker::CellId, max_units> data; ///< what each unit holds
};

/// VMA flags, bits of MappingCells::vma. VM_MAYWRITE is always set, the mapping private and anonymous.
namespace VM {
inline constexpr checker::Word mapped = 1U << 0;
inline constexpr checker::Word write = 1U << 1;
inline constexpr checker::Word dontcopy = 1U << 2;
inline constexpr checker::Word softdirty = 1U << 3;
} // namespace VM

/// What an (mm, va) has.
struct MappingCells {
    checker::CellId pte;      ///< in the architecture's own bits
    checker::CellId pte_high; ///< of two words: the high one as memory has it, see pte_words.hpp
    checker::CellId vma;      ///< VM flags
    checker::CellId
        anon_vma; ///< anon_vma of this mm at va: bit set of the mms whose VMA is linked to it (rmap walks these)
    std::array<checker::CellId, max_units> legal; ///< ghost: bit set of values that a read may return (property C3)
};

/// struct mm_struct.
struct MmCells {
    checker::RwLock mmap_lock;
    checker::Mutex page_table_lock;
    checker::SeqCount write_protect_seq;
    checker::CellId alive; ///< 1 while the process exists
    checker::CellId has_pinned;
    checker::CellId on_mmlist;              ///< swapoff walks the mms whose cell is 1
    checker::CellId forking_to;             ///< ghost: 0, or 1 + the child that a running fork of this mm copies to
    std::array<checker::CellId, 2> walkers; ///< walks that a TLB flush waits for, by its phase; see tlb.hpp
    checker::CellId flush_phase;
    std::vector<MappingCells> at; ///< by Va
};

/// One swap slot: its swap_map byte, its place in the swap cache, its disk content.
struct SlotCells {
    checker::CellId swap_map; ///< count in the low 6 bits, SWAP_HAS_CACHE
    checker::CellId cache;    ///< 0, or 1 + PageId
    std::array<checker::CellId, max_units> disk;
    DeviceId device;
};
inline constexpr checker::Word SWAP_HAS_CACHE = 0x40;

/// struct swap_info_struct.
struct DeviceCells {
    checker::CellId writeok; ///< SWP_WRITEOK
    checker::CellId alive;   ///< the percpu_ref: 0 once swapoff has killed it and torn the device down
    checker::CellId users;   ///< get_swap_device references
    SwapSlot first;
    std::uint8_t slots = 0;
    bool synchronous_io = false;
    bool stable_writes = false;
};

/// A held GUP reference, packed into one cell (see RefState). `page` is what the device uses; the rest is ghost.
struct RefState {
    PageId page;  ///< none: not held
    Mapping home; ///< where it was taken
    bool pin = false;
    bool write = false;
    bool live = false;     ///< validated, and not excused: the properties speak of it
    bool was_anon = false; ///< the page was anonymous when it was grabbed
    bool stray = false;    ///< excused by fork, or at birth: the page may be mapped by others, now or later

    static RefState unpack(checker::Word word);
    checker::Word pack() const;
};

/// States of an O_DIRECT request, the value of its cell.
enum class IoState : std::uint8_t { idle, submitted, done };

class Machine {
public:
    /// Adds all cells to `program`, in their state before the set-up: nothing mapped, all slots and frames free.
    /// `threads`: how many there are of each thread of the scenario.
    Machine(const MachineSpec& spec, std::vector<std::uint8_t> threads, const arch::Layout& layout, const Rules& rules,
            checker::Program& program);

    const MachineSpec& spec() const { return spec_; }
    const arch::Layout& arch() const { return *layout_; }
    const Rules& rules() const { return rules_; }

    const PageCells& page(PageId id) const { return pages_[id.index]; }
    const MmCells& mm(MmId id) const { return mms_[id.index]; }
    const MappingCells& at(Mapping m) const { return mms_[m.mm.index].at[m.va.index]; }
    const SlotCells& slot(SwapSlot id) const { return slots_[id.index]; }
    const DeviceCells& device(DeviceId id) const { return devices_[id.index]; }
    /// Whether walks with interrupts off hold up TLB flushes, see tlb.hpp.
    bool has_flush_interrupts() const { return arch::flush_holds_up_walks(*layout_); }
    /// Whether a processor's walk and its marks in the PTE may come apart, see user_access.cpp.
    bool has_late_marks() const { return spec_.late_marks && arch::cpu_marks_late(*layout_); }
    /// Whether a TLB flush has anybody to wait for.
    bool flush_waits() const { return has_flush_interrupts() || has_late_marks(); }
    checker::CellId ref(RefId id) const { return refs_[id.index]; }
    checker::CellId io(IoId id) const { return ios_[id.index]; }
    checker::CellId lru_batch(CpuId id) const {
        return lru_batches_[id.index];
    } ///< bit set of PageIds, each with one reference
    checker::RwLock anon_vma_lock(Va va) const {
        return anon_vma_locks_[va.index];
    } ///< the root's rwsem, one for each address's family
    checker::CellId last_freed_page() const {
        return last_freed_page_;
    } ///< 0, or 1 + PageId; offered again by alloc_page
    checker::CellId last_freed_slot() const { return last_freed_slot_; } ///< 0, or 1 + SwapSlot
    checker::CellId thread_done(std::size_t thread) const {
        return thread_done_[thread];
    } ///< ghost: how its operations ended, see ThreadDone
    checker::CellId touched_freed() const {
        return touched_freed_;
    } ///< ghost: 0, or 1 + the freed page that somebody touched
    checker::CellId broken() const {
        return broken_;
    } ///< ghost: bit set of Broken, what a single step was seen to violate
    checker::CellId written_by(MmId id) const {
        return written_by_[id.index];
    } ///< ghost: bit set of values that this mm's threads and references wrote
    checker::CellId unpromised() const {
        return unpromised_;
    } ///< ghost: bit set of values that devices wrote through references that were excused
    checker::CellId ref_legal(RefId id, Unit u) const {
        return ref_legal_[id.index][u.index];
    } ///< ghost: values that a read through the reference may return

    std::size_t pages() const { return pages_.size(); }
    std::size_t mms() const { return mms_.size(); }
    std::size_t vas() const { return spec_.addresses.size(); }
    std::size_t units() const { return spec_.units; }
    std::size_t slots() const { return slots_.size(); }
    std::size_t devices() const { return devices_.size(); }
    std::size_t refs() const { return refs_.size(); }
    std::size_t cpus() const { return lru_batches_.size(); }
    /// Threads of the scenario; those that are alike count as one.
    std::size_t threads() const { return threads_.size(); }
    std::size_t threads_alike(std::size_t thread) const { return threads_[thread]; }

    /// The frames that thread `thread`, or one like it, allocates from. The pool of the set-up, thread number threads(), comes
    /// first, so that reports call what it allocated page 1, page 2, ...
    struct Pool {
        PageId begin;
        std::size_t pages = 0;
    };
    Pool pool(std::size_t thread) const { return pools_[thread]; }

    /// PTE words and swap entries in the architecture's bits.
    arch::Pte swp_entry_to_pte(SwapSlot slot) const;
    /// The slot a swap PTE names, its flags ignored; none if it names no slot of this machine.
    SwapSlot pte_to_swp_entry(arch::Pte pte) const;
    /// Frame numbers start at `first_pfn`, so that no page has the frame number 0. Where the frame number of a PTE is in two
    /// words, each has the number of the page: memory has holes, and the words of two PTEs make no frame that there is.
    arch::Pte mk_pte(PageId page) const;
    PageId pte_page(arch::Pte pte) const;
    static constexpr std::uint64_t first_pfn = 1;

private:
    MachineSpec spec_;
    std::vector<std::uint8_t> threads_;
    std::vector<Pool> pools_;
    const arch::Layout* layout_;
    std::uint64_t pfn_step_; ///< between the frame numbers of two pages
    Rules rules_;
    std::vector<PageCells> pages_;
    std::vector<MmCells> mms_;
    std::vector<SlotCells> slots_;
    std::vector<DeviceCells> devices_;
    std::vector<checker::CellId> refs_, ios_, lru_batches_, thread_done_;
    std::vector<checker::RwLock> anon_vma_locks_;
    std::vector<checker::CellId> written_by_;
    std::vector<std::array<checker::CellId, max_units>> ref_legal_;
    checker::CellId unpromised_, last_freed_page_, last_freed_slot_, touched_freed_, broken_;

    std::size_t add_pools();
    void add_address_spaces(checker::Program& program);
    void add_devices(checker::Program& program);
    void add_references(checker::Program& program);
};

} // namespace model
