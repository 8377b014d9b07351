// SPDX-License-Identifier: GPL-2.0-only
// The list of properties, which of them a scenario gets, and footprints. The properties themselves are in properties_*.cpp.
#include "model/properties.hpp"

#include "checker/search.hpp"
#include "model/properties_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace model {

namespace {

using checker::CellId;
using checker::Property;

struct Entry {
    PropertyInfo info;
    Property (*make)(const Machine&) = nullptr; ///< null: built in
    bool (*promised)(const Rules&) = [](const Rules&) { return true; };
};

bool has_exclusive(const Rules& rules) { return rules[Rule::anon_exclusive]; }
bool has_swp_exclusive(const Rules& rules) { return rules[Rule::swp_exclusive]; }

constexpr std::string_view part2 = "v5.19-part2";

constexpr std::array entries{
    Entry{{.name = "write-reference-in-sync",
           .meaning = "a FOLL_GET|FOLL_WRITE reference and the PTE of its home name the same page",
           .source = "P4; the patch series the project starts from"},
          make_write_reference_in_sync},
    Entry{{.name = "pin-in-sync",
           .meaning = "a FOLL_PIN reference and the PTE of its home name the same page",
           .source = "P3; Documentation/core-api/pin_user_pages.rst"},
          make_pin_in_sync},
    Entry{{.name = "no-lost-write",
           .meaning = "a read returns what was last written there, by a CPU or through a live write reference",
           .source = "C3"},
          make_no_lost_write},
    Entry{{.name = "cow-isolation",
           .meaning =
               "what a process writes after fork is seen by no other process, and no device writes to a page that "
               "another process maps",
           .source = "C1, C2; CVE-2020-29374, Dirty COW"},
          make_cow_isolation},
    Entry{{.name = "no-needless-copy",
           .meaning = "copy-on-write copies no page that nobody else maps, swaps or references",
           .source = "S10 of A.0.1",
           .on_request = true},
          make_no_needless_copy},
    Entry{{.name = "I1",
           .meaning = "an exclusive page is anonymous",
           .source = "I1; VM_BUG_ON_PGFLAGS in SetPageAnonExclusive",
           .since = part2},
          make_i1,
          has_exclusive},
    Entry{{.name = "I2",
           .meaning = "an exclusive page is mapped at most once",
           .source = "I2; VM_BUG_ON_PAGE in page_add_anon_rmap",
           .since = part2},
          make_i2,
          has_exclusive},
    Entry{{.name = "I3",
           .meaning = "exactly one PTE maps an exclusive page whose mapcount is not 0",
           .source = "I3, derived",
           .since = part2},
          make_i3,
          has_exclusive},
    Entry{{.name = "I4",
           .meaning = "a writable PTE maps an exclusive page: what may be shared is never writable",
           .source = "I4; VM_BUG_ON_PAGE in do_swap_page and wp_page_reuse",
           .since = part2},
          make_i4,
          has_exclusive},
    Entry{{.name = "I5",
           .meaning = "a swap PTE with the exclusive bit is the only one of its slot",
           .source = "I5, derived",
           .since = "v5.19, where the architecture has the bit"},
          make_i5,
          has_swp_exclusive},
    Entry{{.name = "I6",
           .meaning = "no swap PTE names an exclusive page in the swap cache",
           .source = "I6; BUG_ON in do_swap_page",
           .since = part2},
          make_i6,
          has_exclusive},
    Entry{{.name = "I9",
           .meaning = "PG_anon_exclusive is cleared only of an unpinned page whose PTE is cleared, or by fork",
           .source = "I9; page_try_share_anon_rmap",
           .since = part2},
          make_i9,
          has_exclusive},
    Entry{{.name = "P6",
           .meaning = "writeback starts only on a page without a GUP reference older than its unmapping",
           .source = "P6; is_page_cache_freeable in pageout"},
          make_p6},
    Entry{{.name = "V1",
           .meaning = "the count in a swap_map byte is the number of swap PTEs that name the slot",
           .source = "V1; mm/swapfile.c"},
          make_v1},
    Entry{{.name = "V2",
           .meaning = "a page in the swap cache says so, knows its slot, and the slot has SWAP_HAS_CACHE",
           .source = "V2; add_to_swap_cache"},
          make_v2},
    Entry{{.name = "V3",
           .meaning = "a free slot has no page in the swap cache and no swap PTE names it",
           .source = "V3; swap_free"},
          make_v3},
    Entry{{.name = "V4",
           .meaning = "a page found in the swap cache is mapped only for the slot that it still belongs to",
           .source = "V4; the recheck in do_swap_page"},
          make_v4},
    Entry{{.name = "V6",
           .meaning = "what reclaim may drop, or has dropped, is on the swap device as it was last written",
           .source = "V6"},
          make_v6},
    Entry{{.name = "V8",
           .meaning = "no writable PTE maps a page that is being written to a device that wants stable pages",
           .source = "V8; SWP_STABLE_WRITES, f05714293a59"},
          make_v8},
    Entry{{.name = "freed-page-untouched",
           .meaning = "no step reaches into a page that nobody has allocated",
           .source = "DESIGN.md section 5"},
          make_freed_page_untouched},
    Entry{{.name = "references-balance",
           .meaning = "where nothing runs: refcount = mapcount + swap cache + LRU batches + GUP, mapcount = PTEs",
           .source = "DESIGN.md section 5"},
          make_references_balance},
    Entry{{.name = checker::deadlock_property,
           .meaning = "some thread can go on until all have finished",
           .source = "the checker",
           .built_in = true}},
    Entry{{.name = checker::never_ends_property,
           .meaning = "some schedule comes to an end",
           .source = "the checker",
           .built_in = true}},
};

constexpr auto infos = [] {
    std::array<PropertyInfo, entries.size()> list{};
    for (std::size_t n = 0; n < entries.size(); ++n) list[n] = entries[n].info;
    return list;
}();

const Entry& entry_of(std::string_view name) {
    return *std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.info.name == name; });
}

bool is_asked_for(const PropertyInfo& property, const Scenario& scenario) {
    if (scenario.properties.empty()) return !property.on_request;
    return std::find(scenario.properties.begin(), scenario.properties.end(), property.name) !=
           scenario.properties.end();
}

template <class Add>
void add_all(std::vector<CellId>& cells, std::size_t count, Add cell_of) {
    for (std::size_t n = 0; n < count; ++n) cells.push_back(cell_of(n));
}

} // namespace

Footprint& Footprint::ptes() {
    any_mapping(m_, [&](Mapping at) { return cells_.push_back(m_.at(at).pte), false; });
    return *this;
}
Footprint& Footprint::page_table_locks() {
    add_all(cells_, m_.mms(), [&](std::size_t n) { return m_.mm(mm_id(n)).page_table_lock.cell; });
    return *this;
}
Footprint& Footprint::page_flags() {
    add_all(cells_, m_.pages(), [&](std::size_t n) { return m_.page(page_id(n)).flags; });
    return *this;
}
Footprint& Footprint::page_mappings() {
    add_all(cells_, m_.pages(), [&](std::size_t n) { return m_.page(page_id(n)).mapping; });
    return *this;
}
Footprint& Footprint::page_private() {
    add_all(cells_, m_.pages(), [&](std::size_t n) { return m_.page(page_id(n)).private_; });
    return *this;
}
Footprint& Footprint::mapcounts() {
    add_all(cells_, m_.pages(), [&](std::size_t n) { return m_.page(page_id(n)).mapcount; });
    return *this;
}
Footprint& Footprint::refcounts() {
    add_all(cells_, m_.pages(), [&](std::size_t n) { return m_.page(page_id(n)).refcount; });
    return *this;
}
Footprint& Footprint::page_data() {
    for (std::size_t u = 0; u < m_.units(); ++u)
        add_all(cells_, m_.pages(), [&](std::size_t n) { return m_.page(page_id(n)).data[u]; });
    return *this;
}
Footprint& Footprint::swap_maps() {
    add_all(cells_, m_.slots(), [&](std::size_t n) { return m_.slot(slot_id(n)).swap_map; });
    return *this;
}
Footprint& Footprint::swap_caches() {
    add_all(cells_, m_.slots(), [&](std::size_t n) { return m_.slot(slot_id(n)).cache; });
    return *this;
}
Footprint& Footprint::disks() {
    for (std::size_t u = 0; u < m_.units(); ++u)
        add_all(cells_, m_.slots(), [&](std::size_t n) { return m_.slot(slot_id(n)).disk[u]; });
    return *this;
}
Footprint& Footprint::references() {
    add_all(cells_, m_.refs(), [&](std::size_t n) { return m_.ref(ref_id(n)); });
    return *this;
}
Footprint& Footprint::cell(CellId cell) {
    cells_.push_back(cell);
    return *this;
}
Footprint& Footprint::reachability() {
    add_all(cells_, m_.mms(), [&](std::size_t n) { return m_.mm(mm_id(n)).alive; });
    any_mapping(m_, [&](Mapping at) { return cells_.push_back(m_.at(at).vma), false; });
    return *this;
}
Footprint& Footprint::ghost_reads() { return reachability().ptes().page_flags().page_data().swap_caches().disks(); }
Footprint& Footprint::legal_values() {
    for (std::size_t u = 0; u < m_.units(); ++u)
        any_mapping(m_, [&](Mapping at) { return cells_.push_back(m_.at(at).legal[u]), false; });
    return *this;
}
Footprint& Footprint::threads_done() {
    add_all(cells_, m_.threads(), [&](std::size_t n) { return m_.thread_done(n); });
    return *this;
}
std::vector<CellId> Footprint::cells() const {
    std::vector<CellId> cells = cells_;
    if (cells.empty()) cells.push_back(m_.broken());
    return cells;
}

Property make_unbroken(const Machine& m, std::string_view name, Word broken_bit, std::string explanation) {
    Property property;
    property.name = name;
    property.footprint = {m.broken()};
    property.holds = [broken_bit](const View& v) { return (v[v.context<Machine>().broken()] & broken_bit) == 0; };
    property.explain = [text = std::move(explanation)](const View&) { return text; };
    return property;
}

std::span<const PropertyInfo> all_properties() { return infos; }

const PropertyInfo* find_property(std::string_view name) {
    const auto* found = std::find_if(infos.begin(), infos.end(), [&](const PropertyInfo& p) { return p.name == name; });
    return found == infos.end() ? nullptr : found;
}

Rules effective_rules(Rules rules, const arch::Layout& layout) {
    if (!arch::has_swp_exclusive(layout)) rules.set(Rule::swp_exclusive, false);
    return rules;
}

bool applies(const PropertyInfo& property, const Rules& rules, const arch::Layout& layout) {
    return entry_of(property.name).promised(effective_rules(rules, layout));
}

std::vector<Sometimes> ends_of_threads(const Scenario& scenario) {
    std::vector<Sometimes> ends;
    for (std::size_t i = 0; i < scenario.threads.size(); ++i) {
        Condition condition;
        condition.kind = ConditionKind::thread_finished;
        condition.thread = static_cast<std::uint8_t>(i);
        const bool is_to_be_killed =
            std::any_of(scenario.sometimes.begin(), scenario.sometimes.end(), [i](const Sometimes& s) {
                return std::any_of(s.all.begin(), s.all.end(), [i](const Condition& c) {
                    return c.kind == ConditionKind::thread_killed && c.thread == i && !c.negated;
                });
            });
        if (is_to_be_killed) continue;
        const ThreadSpec& thread = scenario.threads[i];
        const std::string who = thread.count == 1 ? thread.name + " does all its operations"
                                                  : fmt::format("all {} threads {} do all their operations",
                                                                unsigned{thread.count}, thread.name);
        ends.push_back({who, {condition}});
    }
    return ends;
}

std::vector<Property> make_properties(const Machine& m, const Scenario& scenario) {
    std::vector<Property> properties;
    for (const Entry& entry : entries) {
        if (entry.make == nullptr || !is_asked_for(entry.info, scenario)) continue;
        if (applies(entry.info, m.rules(), m.arch())) properties.push_back(entry.make(m));
    }
    for (const Sometimes& sometimes : scenario.sometimes) properties.push_back(make_sometimes(m, sometimes));
    for (const Sometimes& end : ends_of_threads(scenario)) properties.push_back(make_sometimes(m, end));
    return properties;
}

std::vector<std::string_view> not_applicable(const Machine& m, const Scenario& scenario) {
    std::vector<std::string_view> names;
    for (const PropertyInfo& property : infos) {
        if (is_asked_for(property, scenario) && !applies(property, m.rules(), m.arch())) names.push_back(property.name);
    }
    return names;
}

Property make_property(const Machine& m, std::string_view name) { return entry_of(name).make(m); }

} // namespace model
