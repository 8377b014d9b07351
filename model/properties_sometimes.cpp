// SPDX-License-Identifier: GPL-2.0-only
// Conditions that a scenario wants to see reached, so that one in which nothing happens does not pass for a good one.
#include "model/operations.hpp"
#include "model/properties_parts.hpp"

#include <algorithm>

namespace model {

namespace {

bool page_has(const View& v, const Machine& m, PageId page, Word flag) {
    return page && (v[m.page(page).flags] & flag) != 0;
}

// The reference is held, and a settled page table does not name its page.
bool has_diverged(const View& v, const Machine& m, RefId id) {
    const RefState ref = RefState::unpack(v[m.ref(id)]);
    return ref.page && page_table_lock_is_free(v, m, ref.home.mm) && !home_names_page(v, m, ref);
}

bool is_true(const View& v, const Machine& m, const Condition& c) {
    const auto pte = [&] { return pte_at(v, m, c.at); };
    const auto present = [&] { return arch::pte_present(m.arch(), pte()); };
    switch (c.kind) {
    // A PTE is none for a moment whenever it is changed, which is not what anybody means.
    case ConditionKind::pte_none: return arch::pte_none(m.arch(), pte()) && page_table_lock_is_free(v, m, c.at.mm);
    case ConditionKind::pte_present: return present();
    case ConditionKind::pte_writable: return present() && arch::pte_write(m.arch(), pte());
    case ConditionKind::pte_read_only: return present() && !arch::pte_write(m.arch(), pte());
    case ConditionKind::pte_swap: return arch::is_swap_pte(m.arch(), pte());
    case ConditionKind::pte_swap_exclusive:
        return arch::is_swap_pte(m.arch(), pte()) && arch::pte_swp_exclusive(m.arch(), pte());
    case ConditionKind::pte_page_writeback: return page_has(v, m, mapped_page(v, m, c.at), PG::writeback);
    case ConditionKind::pte_page_in_swapcache: return page_has(v, m, mapped_page(v, m, c.at), PG::swapcache);
    case ConditionKind::any_page_writeback:
        return find_page(m, [&](PageId page) { return page_has(v, m, page, PG::writeback); }).has_value();
    case ConditionKind::ref_held: return v[m.ref(c.ref)] != 0;
    case ConditionKind::ref_diverged: return has_diverged(v, m, c.ref);
    case ConditionKind::thread_finished:
        return finished_threads(v[m.thread_done(c.thread)]) == m.threads_alike(c.thread);
    case ConditionKind::thread_killed: return killed_threads(v[m.thread_done(c.thread)]) != 0;
    case ConditionKind::value_is: {
        const GhostRead read = ghost_read(v, c.at, c.unit);
        return read.readable && read.value == c.value;
    }
    }
    return false;
}

void add_footprint(Footprint& footprint, const Machine& m, const Condition& c) {
    switch (c.kind) {
    case ConditionKind::pte_none: footprint.page_table_locks().cell(m.at(c.at).pte); break;
    case ConditionKind::pte_present:
    case ConditionKind::pte_writable:
    case ConditionKind::pte_read_only:
    case ConditionKind::pte_swap:
    case ConditionKind::pte_swap_exclusive: footprint.cell(m.at(c.at).pte); break;
    case ConditionKind::pte_page_writeback:
    case ConditionKind::pte_page_in_swapcache: footprint.cell(m.at(c.at).pte).page_flags(); break;
    case ConditionKind::any_page_writeback: footprint.page_flags(); break;
    case ConditionKind::ref_held: footprint.cell(m.ref(c.ref)); break;
    case ConditionKind::ref_diverged: footprint.cell(m.ref(c.ref)).page_table_locks().ptes().swap_caches(); break;
    case ConditionKind::thread_finished:
    case ConditionKind::thread_killed: footprint.cell(m.thread_done(c.thread)); break;
    case ConditionKind::value_is: footprint.ghost_reads(); break;
    }
}

} // namespace

checker::Property make_sometimes(const Machine& m, const Sometimes& sometimes) {
    Footprint footprint(m);
    for (const Condition& condition : sometimes.all) add_footprint(footprint, m, condition);
    checker::Property property;
    property.name = "sometimes: " + sometimes.name;
    property.kind = checker::PropertyKind::sometimes;
    property.footprint = footprint.cells();
    property.holds = [all = sometimes.all](const View& v) {
        const Machine& machine = v.context<Machine>();
        return std::all_of(all.begin(), all.end(),
                           [&](const Condition& c) { return is_true(v, machine, c) != c.negated; });
    };
    return property;
}

} // namespace model
