// SPDX-License-Identifier: GPL-2.0-only
// A machine whose cells a test sets by hand: states that no kernel may reach can be had no other way.
#pragma once

#include "arch_encodings/layouts.hpp"
#include "checker/monitor.hpp"
#include "checker/program.hpp"
#include "model/ghost.hpp"
#include "model/inspect.hpp"
#include "model/mm/rmap.hpp"
#include "model/properties.hpp"
#include "model/rules.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <vector>

namespace model_tests {

using namespace model;

inline constexpr MmId app{0};
inline constexpr MmId child{1};
inline constexpr Va va{0};
inline constexpr Mapping app_va{app, va};
inline constexpr Mapping child_va{child, va};
inline constexpr PageId page1{0};
inline constexpr PageId page2{1};
inline constexpr SwapSlot slot1{0};
inline constexpr SwapSlot slot2{1};
inline constexpr RefId dio{0};
inline constexpr RefId vmspliced{1};
inline constexpr Unit unit0{0};
inline constexpr Unit unit1{1};

/// Two processes, the second forked from the first, one address, two references, one device with two slots.
inline MachineSpec small_machine(bool stable_writes = false) {
    MachineSpec spec;
    spec.pages = 2;
    spec.units = 2;
    spec.devices = {{.name = "swap0", .slots = 2, .synchronous_io = false, .stable_writes = stable_writes}};
    spec.processes = {{.name = "app", .forked_from = MmId::none(), .maps = {va}},
                      {.name = "child", .forked_from = app, .maps = {va}}};
    spec.addresses = {"0x1000"};
    spec.references = {"dio", "pipe"};
    return spec;
}

/// The cells of a machine without threads, to be read and written by tests.
class World {
public:
    explicit World(Kernel kernel = Kernel::v6_1, const MachineSpec& spec = small_machine(),
                   const arch::Layout& layout = arch::x86_64)
        : machine_(spec, {1}, layout, effective_rules(rules_of(kernel), layout), program_) {
        program_.set_context(&machine_);
        std::vector<Word> initial;
        for (const checker::CellSpec& cell : program_.cells()) initial.push_back(cell.initial);
        cells_ = std::make_unique<Cells>(initial, std::vector<Word>(initial.size()), &machine_, 0);
    }

    World(const World&) = delete;
    World& operator=(const World&) = delete;

    const Machine& m() const { return machine_; }
    Cells& cells() { return *cells_; }
    View view() const { return cells_->view(); }
    Word get(checker::CellId cell) const { return cells_->get(cell); }
    void set(checker::CellId cell, Word word) { cells_->set(cell, word); }
    void add(checker::CellId cell, Word word) { set(cell, get(cell) + word); }
    void set_flags(PageId page, Word flags) { set(m().page(page).flags, flags); }
    bool is_broken(Word bit) const { return (get(m().broken()) & bit) != 0; }

    /// The child exists and has what its parent's VMA has.
    void make_child() {
        set(m().mm(child).alive, 1);
        set(m().at(child_va).vma, get(m().at(app_va).vma));
        for (std::size_t u = 0; u < m().units(); ++u) set(m().at(child_va).legal[u], get(m().at(app_va).legal[u]));
    }
    /// An anonymous page in use, mapped by nobody yet.
    void make_page(PageId page, Word flags = PG::uptodate | PG::swapbacked) {
        set(m().page(page).allocated, 1);
        set(m().page(page).mapping, page_mapping_of(app_va));
        set_flags(page, flags);
    }
    enum class Access { read_only, writable };
    void map(Mapping at, PageId page, Access access = Access::read_only) {
        arch::Pte pte = m().mk_pte(page);
        if (access == Access::writable) pte = arch::pte_mkwrite(m().arch(), arch::pte_mkdirty(m().arch(), pte));
        set(m().at(at).pte, pte.val);
        add(m().page(page).mapcount, 1);
        add(m().page(page).refcount, 1);
    }
    /// `page` is in the swap cache for `slot`.
    void put_into_swap_cache(PageId page, SwapSlot slot) {
        set_flags(page, get(m().page(page).flags) | PG::swapcache);
        set(m().page(page).private_, private_of_slot(slot));
        set(m().slot(slot).cache, cache_of_page(page));
        set(m().slot(slot).swap_map, get(m().slot(slot).swap_map) | SWAP_HAS_CACHE);
        add(m().page(page).refcount, 1);
    }
    void set_swap_pte(Mapping at, SwapSlot slot, bool exclusive = false) {
        arch::Pte pte = m().swp_entry_to_pte(slot);
        if (exclusive) pte = arch::pte_swp_mkexclusive(m().arch(), pte);
        set(m().at(at).pte, pte.val);
        add(m().slot(slot).swap_map, 1);
    }
    void hold(RefId id, PageId page, Mapping home, bool pin, bool write, bool live = true) {
        RefState ref;
        ref.page = page;
        ref.home = home;
        ref.pin = pin;
        ref.write = write;
        ref.live = live;
        ref.was_anon = true;
        set(m().ref(id), ref.pack());
        add(m().page(page).refcount, pin ? 1024 : 1);
    }
    void lock_page_table(MmId mm, bool locked = true) {
        set(m().mm(mm).page_table_lock.cell, locked ? m().mm(mm).page_table_lock.mask : 0);
    }
    void set_data(PageId page, Unit unit, Value value) { set(m().page(page).data[unit.index], value); }
    void set_disk(SwapSlot slot, Unit unit, Value value) { set(m().slot(slot).disk[unit.index], value); }

    /// Whether the property holds, and keeps to its footprint.
    bool holds(std::string_view name) const { return holds(make_property(m(), name)); }
    bool holds(const checker::Property& property) const {
        checker::Program program;
        for (const checker::CellSpec& cell : program_.cells()) program.add_cell(cell.name, cell.initial);
        program.add_property(property);
        checker::Monitor monitor(program, /*check_footprints=*/true);
        const bool holds = monitor.holding(1, view()) != 0;
        CHECK(monitor.error().empty());
        if (!holds && property.explain) CHECK_FALSE(property.explain(view()).empty());
        return holds;
    }
    std::string explanation(std::string_view name) const { return make_property(m(), name).explain(view()); }

private:
    checker::Program program_;
    Machine machine_;
    std::unique_ptr<Cells> cells_;
};

} // namespace model_tests
