// SPDX-License-Identifier: GPL-2.0-only
// What the properties remember of a run. The heart is MappingCells::legal, the set of values that a read of one unit of one
// address may return. It has one value, the last one written, wherever the kernel promises that; it has more
// - in a child, for what its parent (or a device, through a live reference of the parent's) wrote while fork ran;
// - wherever a device wrote through a reference that fork has excused: that may be visible or not, and may even be visible
//   and vanish again. (What a device writes through a reference whose home was zapped is visible nowhere.)
#include "model/ghost.hpp"

#include "model/inspect.hpp"

namespace model {

namespace {

using checker::CellId;
using checker::Cells;
using checker::View;
using checker::Word;

void add_bits(Cells& c, CellId cell, Word bits) { c.set(cell, c.get(cell) | bits); }
void report_broken(Cells& c, Word what) { add_bits(c, c.context<Machine>().broken(), what); }

RefState ref_state(const Cells& c, const Machine& m, RefId id) { return RefState::unpack(c.get(m.ref(id))); }

MmId forking_to(const Cells& c, const Machine& m, MmId mm) {
    const Word cell = c.get(m.mm(mm).forking_to);
    return cell == 0 ? MmId::none() : mm_id(cell - 1);
}

/// The address space has the address, or a running fork is about to give it to it. (A child is complete before it is alive.)
bool has_address(const Cells& c, const Machine& m, Mapping at) {
    if ((c.get(m.at(at).vma) & VM::mapped) != 0) return true;
    for (std::size_t n = 0; n < m.mms(); ++n) {
        if (forking_to(c, m, mm_id(n)) == at.mm) return true;
    }
    return false;
}

/// `value` may be read through R/O references whose home is `home`. Nothing is remembered of write references, for what is
/// read through them is nobody's concern: it would only tell states apart.
void add_to_references(Cells& c, const Machine& m, Mapping home, Unit unit, Value value) {
    for (std::size_t n = 0; n < m.refs(); ++n) {
        const RefState ref = ref_state(c, m, ref_id(n));
        if (ref.page && !ref.write && ref.home == home) add_bits(c, m.ref_legal(ref_id(n), unit), bit_of(value));
    }
}

/// A write that the kernel promises to keep: by a CPU, or by a device through a live reference.
void write_for_good(Cells& c, const Machine& m, Mapping at, Unit unit, Value value) {
    add_bits(c, m.written_by(at.mm), bit_of(value));
    c.set(m.at(at).legal[unit.index], bit_of(value));
    add_to_references(c, m, at, unit, value);
    if (const MmId child = forking_to(c, m, at.mm)) {
        // The child may have been given the page before or after this write. What it may see by right is no leak either.
        add_bits(c, m.at({child, at.va}).legal[unit.index], bit_of(value));
        add_bits(c, m.written_by(child), bit_of(value));
    }
}

/// A write through a reference that nobody promised anything: whoever has the address may see it or not.
void write_for_anybody(Cells& c, const Machine& m, Va va, Unit unit, Value value) {
    add_bits(c, m.unpromised(), bit_of(value));
    for (std::size_t n = 0; n < m.mms(); ++n) {
        const Mapping at{mm_id(n), va};
        if (!has_address(c, m, at)) continue;
        add_bits(c, m.written_by(at.mm), bit_of(value));
        add_bits(c, m.at(at).legal[unit.index], bit_of(value));
    }
    // A reference may outlive its home, and still hold the page that was just written.
    for (std::size_t n = 0; n < m.mms(); ++n) add_to_references(c, m, {mm_id(n), va}, unit, value);
}

/// A write through a reference whose home was zapped: nobody maps the page any more, or ever will. Only who holds it too
/// may see the value.
void write_after_zap(Cells& c, const Machine& m, Mapping home, Unit unit, Value value) {
    add_bits(c, m.written_by(home.mm), bit_of(value));
    add_to_references(c, m, home, unit, value);
}

bool another_mm_maps(const View& v, const Machine& m, PageId page, Mapping home) {
    for (std::size_t n = 0; n < m.mms(); ++n) {
        if (mm_id(n) != home.mm && mapped_page(v, m, {mm_id(n), home.va}) == page) return true;
    }
    return false;
}

/// Written by a process, and not by `mm` nor by an ancestor before `mm` was forked.
bool another_mm_wrote(const Cells& c, const Machine& m, MmId mm, Value value) {
    if ((c.get(m.written_by(mm)) & bit_of(value)) != 0) return false;
    for (std::size_t n = 0; n < m.mms(); ++n) {
        if ((c.get(m.written_by(mm_id(n))) & bit_of(value)) != 0) return true;
    }
    return false;
}

bool is_referenced(const Cells& c, const Machine& m, PageId page, bool pins_only) {
    for (std::size_t n = 0; n < m.refs(); ++n) {
        const RefState ref = ref_state(c, m, ref_id(n));
        if (ref.page == page && (ref.pin || !pins_only)) return true;
    }
    return false;
}

} // namespace

void ghost_store(Cells& c, Mapping at, Unit unit, Value value) {
    write_for_good(c, c.context<Machine>(), at, unit, value);
}

void ghost_load(Cells& c, Mapping at, Unit unit, Value value) {
    const Machine& m = c.context<Machine>();
    const CellId legal = m.at(at).legal[unit.index];
    if ((c.get(legal) & bit_of(value)) == 0) {
        report_broken(c, another_mm_wrote(c, m, at.mm, value) ? Broken::isolation : Broken::lost_write);
        return;
    }
    // Which of several values it is, is known now. But an unpromised one may yet vanish: a copy of the page may have been
    // made just before the device wrote.
    if ((c.get(m.unpromised()) & bit_of(value)) == 0 && !forking_to(c, m, at.mm)) c.set(legal, bit_of(value));
}

void ghost_dma_write(Cells& c, RefId id, Unit unit, Value value) {
    const Machine& m = c.context<Machine>();
    const RefState ref = ref_state(c, m, id);
    if (!ref.page) return;
    if (!ref.write || ref.stray) {
        add_bits(c, m.written_by(ref.home.mm), bit_of(value));
        write_for_anybody(c, m, ref.home.va, unit, value);
        return;
    }
    if (another_mm_maps(c.view(), m, ref.page, ref.home)) report_broken(c, Broken::isolation);
    if (ref.live)
        write_for_good(c, m, ref.home, unit, value);
    else
        write_after_zap(c, m, ref.home, unit, value);
}

void ghost_dma_read(Cells& c, RefId id, Unit unit, Value value) {
    const Machine& m = c.context<Machine>();
    const RefState ref = ref_state(c, m, id);
    if (!ref.page || ref.write) return;
    // A value that is merely old is no violation: nothing keeps an R/O reference in step with the page table. (A pin is
    // kept in step, and pin-in-sync says so.)
    const bool is_legal = (c.get(m.ref_legal(id, unit)) & bit_of(value)) != 0;
    if (!is_legal && another_mm_wrote(c, m, ref.home.mm, value)) report_broken(c, Broken::isolation);
}

void ghost_ref_taken(Cells& c, RefId id, PageId page, Mapping home, bool pin, bool write) {
    const Machine& m = c.context<Machine>();
    RefState ref;
    ref.page = page;
    ref.home = home;
    ref.pin = pin;
    ref.write = write;
    ref.was_anon = c.get(m.page(page).mapping) != 0;
    // A zap may have come between a lockless pin's look at the PTE and its look at write_protect_seq: then it is excused at
    // birth. Nothing is missed thereby: what else parts the two in that window does so after it as well.
    ref.live = home_names_page(c.view(), m, ref);
    ref.stray = !ref.live;
    c.set(m.ref(id), ref.pack());
    if (write) return;
    for (std::size_t u = 0; u < m.units(); ++u) c.set(m.ref_legal(id, unit_id(u)), c.get(m.at(home).legal[u]));
}

void ghost_ref_dropped(Cells& c, RefId id) {
    const Machine& m = c.context<Machine>();
    c.set(m.ref(id), RefState{}.pack());
    for (std::size_t u = 0; u < m.units(); ++u) c.set(m.ref_legal(id, unit_id(u)), 0);
}

void ghost_fork_begin(Cells& c, MmId parent, MmId child) {
    const Machine& m = c.context<Machine>();
    c.set(m.mm(parent).forking_to, 1 + Word{child.index});
    add_bits(c, m.written_by(child), c.get(m.written_by(parent)));
    for (std::size_t n = 0; n < m.vas(); ++n) {
        const MappingCells& from = m.at({parent, va_id(n)});
        const MappingCells& to = m.at({child, va_id(n)});
        const Word vma = c.get(from.vma);
        if ((vma & VM::mapped) == 0 || (vma & VM::dontcopy) != 0) continue;
        for (std::size_t u = 0; u < m.units(); ++u) c.set(to.legal[u], c.get(from.legal[u]));
    }
}

void ghost_fork_end(Cells& c, MmId parent, MmId child) {
    const Machine& m = c.context<Machine>();
    c.set(m.mm(parent).forking_to, 0);
    (void)child;
}

void ghost_pte_duplicated(Cells& c, Mapping at) {
    const Machine& m = c.context<Machine>();
    for (std::size_t n = 0; n < m.refs(); ++n) {
        RefState ref = ref_state(c, m, ref_id(n));
        if (!ref.page || ref.home != at || ref.pin) continue;
        ref.live = false;
        ref.stray = true;
        c.set(m.ref(ref_id(n)), ref.pack());
    }
}

void ghost_zapped(Cells& c, Mapping at) {
    const Machine& m = c.context<Machine>();
    for (std::size_t n = 0; n < m.refs(); ++n) {
        RefState ref = ref_state(c, m, ref_id(n));
        if (!ref.page || ref.home != at) continue;
        ref.live = false;
        c.set(m.ref(ref_id(n)), ref.pack());
    }
    for (std::size_t u = 0; u < m.units(); ++u) c.set(m.at(at).legal[u], bit_of(0));
}

void ghost_anon_exclusive_cleared(Cells& c, PageId page, Mapping at, bool forking) {
    const Machine& m = c.context<Machine>();
    if ((c.get(m.page(page).flags) & PG::anon_exclusive) == 0) return;
    const View v = c.view();
    const MmCells& mm = m.mm(at.mm);
    bool allowed = is_held(v, mm.page_table_lock) && !is_referenced(c, m, page, /*pins_only=*/true);
    if (forking) {
        const bool mmap_write_locked = v[mm.mmap_lock.cell] == checker::RwLock::writer_held;
        const bool inside_seqcount = (v[mm.write_protect_seq.cell] & 1) != 0;
        allowed = allowed && mmap_write_locked && (inside_seqcount || !m.rules()[Rule::write_protect_seq]);
    } else {
        allowed = allowed && arch::pte_none(m.arch(), pte_at(v, m, at));
    }
    if (!allowed) report_broken(c, Broken::exclusive_cleared);
}

void ghost_writeback_started(Cells& c, PageId page) {
    const Machine& m = c.context<Machine>();
    // The page is locked and no PTE maps it, so a reference that was ever validated is older than the unmap.
    if (is_referenced(c, m, page, /*pins_only=*/false)) report_broken(c, Broken::writeback_referenced);
}

void ghost_swap_page_used(Cells& c, PageId page, SwapSlot slot) {
    const Machine& m = c.context<Machine>();
    const bool in_swap_cache = (c.get(m.page(page).flags) & PG::swapcache) != 0;
    if (!in_swap_cache || c.get(m.page(page).private_) != private_of_slot(slot))
        report_broken(c, Broken::wrong_swap_page);
}

void ghost_page_copied(Cells& c, PageId old, Mapping at) {
    (void)at;
    const Machine& m = c.context<Machine>();
    if (!old || c.get(m.page(old).mapcount) > 1 || is_referenced(c, m, old, /*pins_only=*/false)) return;
    const SwapSlot slot = (c.get(m.page(old).flags) & PG::swapcache) != 0 ? slot_of_private(c.get(m.page(old).private_))
                                                                          : SwapSlot::none();
    if (slot && swap_count_of(c.get(m.slot(slot).swap_map)) != 0) return;
    report_broken(c, Broken::needless_copy);
}

GhostRead ghost_read(const View& v, Mapping at, Unit unit) {
    const Machine& m = v.context<Machine>();
    if (!is_reachable(v, m, at)) return {};
    const arch::Pte pte = pte_at(v, m, at);
    if (arch::pte_none(m.arch(), pte)) return {true, 0};
    const SwapSlot slot = swap_slot_at(v, m, at);
    const PageId page = slot ? page_of_cache(v[m.slot(slot).cache]) : mapped_page(v, m, at);
    if (!page && !slot) return {};
    if (!page) return {true, static_cast<Value>(v[m.slot(slot).disk[unit.index]])};
    if ((v[m.page(page).flags] & PG::uptodate) == 0) return {};
    return {true, static_cast<Value>(v[m.page(page).data[unit.index]])};
}

} // namespace model
