// SPDX-License-Identifier: GPL-2.0-only
// What the files of properties share: footprints, and making a checker::Property of a search for what violates it.
#pragma once

#include "model/describe.hpp"
#include "model/inspect.hpp"
#include "model/properties.hpp"

#include <optional>

namespace model {

/// Collects the cells that a property may read. Each function adds one kind of cell of all objects.
class Footprint {
public:
    explicit Footprint(const Machine& m) : m_(m) {}

    Footprint& ptes();
    Footprint& page_table_locks();
    Footprint& page_flags();
    Footprint& page_mappings();
    Footprint& page_private();
    Footprint& mapcounts();
    Footprint& refcounts();
    Footprint& page_data();
    Footprint& swap_maps();
    Footprint& swap_caches();
    Footprint& disks();
    Footprint& references();
    Footprint& cell(checker::CellId cell);
    /// What is_reachable() reads.
    Footprint& reachability();
    /// What ghost_read() reads.
    Footprint& ghost_reads();
    Footprint& legal_values();
    Footprint& threads_done();

    /// An empty one would stand for all cells.
    std::vector<checker::CellId> cells() const;

private:
    const Machine& m_;
    std::vector<checker::CellId> cells_;
};

/// A property that holds where `Find`, a captureless `std::optional<X>(const View&, const Machine&)`, finds nothing.
/// `Explain` makes a sentence of what it found. `Find` is called after nearly every step of a search: it allocates nothing.
template <class Find, class Explain>
checker::Property make_always(std::string_view name, const Footprint& footprint, Find find, Explain explain) {
    return {.name = std::string(name),
            .kind = checker::PropertyKind::always,
            .footprint = footprint.cells(),
            .holds = [find](const View& v) { return !find(v, v.template context<Machine>()).has_value(); },
            .explain =
                [find, explain](const View& v) {
                    const Machine& m = v.template context<Machine>();
                    const auto found = find(v, m);
                    return found ? explain(v, m, *found) : std::string();
                }};
}

/// A property that a single step was seen to violate.
checker::Property make_unbroken(const Machine& m, std::string_view name, Word broken_bit, std::string explanation);

/// Calls `visit(Mapping)` for each mapping until it returns true; returns whether it did.
template <class Visit>
bool any_mapping(const Machine& m, Visit visit) {
    for (std::size_t mm = 0; mm < m.mms(); ++mm) {
        for (std::size_t va = 0; va < m.vas(); ++va) {
            if (visit(Mapping{mm_id(mm), va_id(va)})) return true;
        }
    }
    return false;
}
/// The first mapping for which `wanted(Mapping)` holds.
template <class Wanted>
std::optional<Mapping> find_mapping(const Machine& m, Wanted wanted) {
    std::optional<Mapping> found;
    any_mapping(m, [&](Mapping at) {
        if (!wanted(at)) return false;
        found = at;
        return true;
    });
    return found;
}
template <class Wanted>
std::optional<PageId> find_page(const Machine& m, Wanted wanted) {
    for (std::size_t n = 0; n < m.pages(); ++n) {
        if (wanted(page_id(n))) return page_id(n);
    }
    return std::nullopt;
}
template <class Wanted>
std::optional<SwapSlot> find_slot(const Machine& m, Wanted wanted) {
    for (std::size_t n = 0; n < m.slots(); ++n) {
        if (wanted(slot_id(n))) return slot_id(n);
    }
    return std::nullopt;
}

// One maker a property, in the file of its topic.
checker::Property make_write_reference_in_sync(const Machine& m);
checker::Property make_pin_in_sync(const Machine& m);
checker::Property make_no_lost_write(const Machine& m);
checker::Property make_cow_isolation(const Machine& m);
checker::Property make_no_needless_copy(const Machine& m);
checker::Property make_p6(const Machine& m);
checker::Property make_freed_page_untouched(const Machine& m);
checker::Property make_references_balance(const Machine& m);
checker::Property make_i1(const Machine& m);
checker::Property make_i2(const Machine& m);
checker::Property make_i3(const Machine& m);
checker::Property make_i4(const Machine& m);
checker::Property make_i5(const Machine& m);
checker::Property make_i6(const Machine& m);
checker::Property make_i9(const Machine& m);
checker::Property make_v1(const Machine& m);
checker::Property make_v2(const Machine& m);
checker::Property make_v3(const Machine& m);
checker::Property make_v4(const Machine& m);
checker::Property make_v6(const Machine& m);
checker::Property make_v8(const Machine& m);

} // namespace model
