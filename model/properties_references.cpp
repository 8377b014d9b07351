// SPDX-License-Identifier: GPL-2.0-only
// Properties of references, of what is written through them, and of counts.
#include "model/mm/gup.hpp"
#include "model/operations.hpp"
#include "model/properties_parts.hpp"

#include <fmt/format.h>

namespace model {

namespace {

using checker::Property;

// A page table and a reference that the kernel keeps together, taken apart: the first such reference.
std::optional<RefId> find_parted(const View& v, const Machine& m, bool pins) {
    for (std::size_t n = 0; n < m.refs(); ++n) {
        const Word word = v[m.ref(ref_id(n))];
        if (word == 0) continue;
        const RefState ref = RefState::unpack(word);
        if (!ref.live || ref.pin != pins) continue;
        // An R/O reference is owed nothing, but an R/O pin is from the kernel on that unshares before it pins.
        if (!ref.write && !(pins && m.rules()[Rule::gup_unshares])) continue;
        if (pins && !ref.was_anon) continue;
        if (page_table_lock_is_free(v, m, ref.home.mm) && !home_names_page(v, m, ref)) return ref_id(n);
    }
    return std::nullopt;
}

std::string what_home_names(const View& v, const Machine& m, Mapping home) {
    if (const PageId page = mapped_page(v, m, home)) return "now maps " + page_name(page);
    const SwapSlot slot = swap_slot_at(v, m, home);
    if (!slot) return "now maps nothing";
    const PageId cached = page_of_cache(v[m.slot(slot).cache]);
    return fmt::format("is now swapped out to {}, {}", slot_name(m, slot),
                       cached ? "whose page in the swap cache is " + page_name(cached)
                              : std::string("which has no page in the swap cache"));
}

std::string explain_parted(const View& v, const Machine& m, RefId id) {
    const RefState ref = RefState::unpack(v[m.ref(id)]);
    return fmt::format("{} holds {}; {} {}", reference_name(m, id), page_name(ref.page), mapping_name(m, ref.home),
                       what_home_names(v, m, ref.home));
}

Property make_in_sync(const Machine& m, std::string_view name, bool pins) {
    return make_always(
        name, Footprint(m).references().page_table_locks().ptes().swap_caches(),
        [pins](const View& v, const Machine& machine) { return find_parted(v, machine, pins); }, explain_parted);
}

struct LostWrite {
    Mapping at; ///< mm none: a read was seen to return a wrong value
    std::size_t unit = 0;
};

bool all_threads_are_done(const View& v, const Machine& m) {
    for (std::size_t n = 0; n < m.threads(); ++n) {
        const Word done = v[m.thread_done(n)];
        if (finished_threads(done) + killed_threads(done) < m.threads_alike(n)) return false;
    }
    return true;
}

std::optional<LostWrite> find_lost_write(const View& v, const Machine& m) {
    if ((v[m.broken()] & Broken::lost_write) != 0) return LostWrite{};
    if (!all_threads_are_done(v, m)) return std::nullopt;
    std::optional<LostWrite> found;
    any_mapping(m, [&](Mapping at) {
        for (std::size_t u = 0; u < m.units() && !found; ++u) {
            const GhostRead read = ghost_read(v, at, unit_id(u));
            if (read.readable && (v[m.at(at).legal[u]] & bit_of(read.value)) == 0) found = LostWrite{at, u};
        }
        return found.has_value();
    });
    return found;
}

std::string explain_lost_write(const View& v, const Machine& m, const LostWrite& lost) {
    if (!lost.at.mm) return "a read returned a value that is not the last one written to that address";
    const Word legal = v[m.at(lost.at).legal[lost.unit]];
    return fmt::format("all threads are done, and a read of {} unit {} would now return {}, but what was written there "
                       "is {}",
                       mapping_name(m, lost.at), lost.unit, ghost_read(v, lost.at, unit_id(lost.unit)).value,
                       describe_cell(m, m.at(lost.at).legal[lost.unit], legal));
}

// ref = mapcount + swap cache + LRU batches + GUP, and mapcount = PTEs. Nothing else holds a page where no thread runs.
Word counted_references(const View& v, const Machine& m, PageId page) {
    Word count = 0;
    any_mapping(m, [&](Mapping at) {
        if (mapped_page(v, m, at) == page) ++count;
        return false;
    });
    if ((v[m.page(page).flags] & PG::swapcache) != 0) ++count;
    for (std::size_t n = 0; n < m.cpus(); ++n)
        count += v[m.lru_batch(CpuId{static_cast<std::uint8_t>(n)})] >> page.index & 1;
    for (std::size_t n = 0; n < m.refs(); ++n) {
        const RefState ref = RefState::unpack(v[m.ref(ref_id(n))]);
        if (ref.page == page) count += ref.pin ? GUP_PIN_COUNTING_BIAS : 1;
    }
    return count;
}

Word ptes_mapping(const View& v, const Machine& m, PageId page) {
    Word count = 0;
    any_mapping(m, [&](Mapping at) {
        if (mapped_page(v, m, at) == page) ++count;
        return false;
    });
    return count;
}

std::optional<PageId> find_unbalanced(const View& v, const Machine& m) {
    return find_page(m, [&](PageId page) {
        const PageCells& p = m.page(page);
        // A frame that nobody holds but that is not free is lost for good.
        if (v[p.allocated] != 0 && v[p.refcount] == 0) return true;
        return v[p.refcount] != counted_references(v, m, page) || v[p.mapcount] != ptes_mapping(v, m, page);
    });
}

std::string explain_unbalanced(const View& v, const Machine& m, PageId page) {
    const PageCells& p = m.page(page);
    return fmt::format(
        "nothing runs any more: {} has refcount {}, its PTEs, swap cache, LRU batches and GUP references "
        "make {}; it has mapcount {}, and {} PTEs map it{}",
        page_name(page), v[p.refcount], counted_references(v, m, page), v[p.mapcount], ptes_mapping(v, m, page),
        v[p.allocated] != 0 && v[p.refcount] == 0 ? "; it is held by nobody and yet not free" : "");
}

} // namespace

Property make_write_reference_in_sync(const Machine& m) { return make_in_sync(m, "write-reference-in-sync", false); }

Property make_pin_in_sync(const Machine& m) { return make_in_sync(m, "pin-in-sync", true); }

Property make_no_lost_write(const Machine& m) {
    return make_always("no-lost-write", Footprint(m).cell(m.broken()).threads_done().ghost_reads().legal_values(),
                       find_lost_write, explain_lost_write);
}

Property make_cow_isolation(const Machine& m) {
    return make_unbroken(m, "cow-isolation", Broken::isolation,
                         "what one process wrote after fork reached another process: a read returned it, or a device "
                         "wrote to a page that another process maps");
}

Property make_no_needless_copy(const Machine& m) {
    return make_unbroken(
        m, "no-needless-copy", Broken::needless_copy,
        "a page was copied on write although nobody else mapped it, counted on its swap slot or held a "
        "GUP reference to it");
}

Property make_p6(const Machine& m) {
    return make_unbroken(
        m, "P6", Broken::writeback_referenced,
        "writeback of an anonymous page started while a GUP reference older than its unmapping held it");
}

Property make_freed_page_untouched(const Machine& m) {
    return make_always(
        "freed-page-untouched", Footprint(m).cell(m.touched_freed()),
        [](const View& v, const Machine& machine) -> std::optional<PageId> {
            const Word cell = v[machine.touched_freed()];
            if (cell == 0) return std::nullopt;
            return page_id(cell - 1);
        },
        [](const View&, const Machine&, PageId page) {
            return "a step reached into " + page_name(page) + ", which was free";
        });
}

Property make_references_balance(const Machine& m) {
    Property property =
        make_always("references-balance", Footprint(m).ptes().page_flags().refcounts().mapcounts().references(),
                    find_unbalanced, explain_unbalanced);
    property.kind = checker::PropertyKind::at_end;
    for (std::size_t n = 0; n < m.cpus(); ++n)
        property.footprint.push_back(m.lru_batch(CpuId{static_cast<std::uint8_t>(n)}));
    for (std::size_t n = 0; n < m.pages(); ++n) property.footprint.push_back(m.page(page_id(n)).allocated);
    return property;
}

} // namespace model
