// SPDX-License-Identifier: GPL-2.0-only
// Words of cells in words. describe_cell() finds out which object a cell belongs to, one function for each kind of object.
#include "model/describe.hpp"

#include "model/fs/direct_io.hpp"
#include "model/inspect.hpp"
#include "model/mm/rmap.hpp"
#include "model/operations.hpp"

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string_view>

namespace model {

namespace {

using checker::CellId;
using Text = std::optional<std::string>;

struct BitName {
    Word bit;
    std::string_view name;
};
constexpr BitName page_flag_names[] = {
    {PG::locked, "locked"},
    {PG::uptodate, "uptodate"},
    {PG::dirty, "dirty"},
    {PG::writeback, "writeback"},
    {PG::swapcache, "swapcache"},
    {PG::swapbacked, "swapbacked"},
    {PG::lru, "lru"},
    {PG::anon_exclusive, "anon_exclusive"},
};
constexpr BitName vma_flag_names[] = {
    {VM::mapped, "mapped"}, {VM::write, "write"}, {VM::dontcopy, "dontcopy"}, {VM::softdirty, "softdirty"}};
constexpr BitName broken_names[] = {
    {Broken::lost_write, "lost write"},
    {Broken::isolation, "isolation"},
    {Broken::exclusive_cleared, "exclusive cleared"},
    {Broken::writeback_referenced, "writeback of a referenced page"},
    {Broken::wrong_swap_page, "wrong swap page"},
    {Broken::needless_copy, "needless copy"},
};

void append(std::string& list, std::string_view item, std::string_view separator) {
    if (!list.empty()) list += separator;
    list += item;
}

std::string names_of(Word word, std::span<const BitName> names) {
    std::string text;
    for (const BitName& each : names) {
        if ((word & each.bit) != 0) append(text, each.name, " ");
        word &= ~each.bit;
    }
    if (word != 0) append(text, fmt::format("{:#x}", word), " ");
    return text.empty() ? "none" : text;
}

/// "{0, 3}": the values whose bits are set.
std::string values_of(Word set) {
    std::string text;
    for (unsigned value = 0; value < max_values; ++value) {
        if ((set >> value & 1) != 0) append(text, std::to_string(value), ", ");
    }
    return "{" + text + "}";
}

std::string yes_or_no(Word word) { return word != 0 ? "yes" : "no"; }
std::string lock_word(Word word) { return word != 0 ? "held" : "free"; }
std::string rwlock_word(Word word) {
    if (word == checker::RwLock::writer_held) return "held for writing";
    return word == 0 ? "free" : fmt::format("{} reading", word);
}
std::string page_or_none(Word one_more) { return one_more == 0 ? "none" : page_name(page_id(one_more - 1)); }
std::string slot_or_none(const Machine& m, Word one_more) {
    return one_more == 0 ? "none" : slot_name(m, slot_id(one_more - 1));
}
std::string process_name(const Machine& m, std::size_t n) {
    return n < m.mms() ? m.spec().processes[n].name : fmt::format("process {}", n);
}

Text describe_page_cell(const Machine& m, const PageCells& page, CellId cell, Word word) {
    if (cell == page.flags) return names_of(word, page_flag_names);
    if (cell == page.refcount || cell == page.mapcount) return std::to_string(word);
    if (cell == page.allocated) return yes_or_no(word);
    if (cell == page.private_) return slot_or_none(m, word);
    if (cell == page.mapping) return word == 0 ? "not anonymous" : "anon_vma of " + mapping_name(m, anon_vma_of(word));
    for (std::size_t u = 0; u < m.units(); ++u) {
        if (cell == page.data[u]) return fmt::format("value {}", word);
    }
    return std::nullopt;
}

std::string processes_of(const Machine& m, Word set) {
    std::string text;
    for (std::size_t n = 0; n < m.mms(); ++n) {
        if ((set >> n & 1) != 0) append(text, process_name(m, n), ", ");
    }
    return text.empty() ? "nobody linked" : "links " + text;
}

Text describe_mapping_cell(const Machine& m, const MappingCells& at, CellId cell, Word word) {
    if (cell == at.pte) return describe_pte(m, word);
    if (arch::has_two_words(m.arch()) && cell == at.pte_high) return fmt::format("{:#x}", word >> 32U);
    if (cell == at.vma) return names_of(word, vma_flag_names);
    if (cell == at.anon_vma) return processes_of(m, word);
    for (std::size_t u = 0; u < m.units(); ++u) {
        if (cell == at.legal[u]) return values_of(word);
    }
    return std::nullopt;
}

Text describe_mm_cell(const Machine& m, const MmCells& mm, CellId cell, Word word) {
    if (cell == mm.mmap_lock.cell) return rwlock_word(word);
    if (cell == mm.page_table_lock.cell) return lock_word(word);
    if (cell == mm.write_protect_seq.cell) return fmt::format("{}{}", word, word % 2 != 0 ? " (writer inside)" : "");
    if (cell == mm.alive || cell == mm.has_pinned || cell == mm.on_mmlist) return yes_or_no(word);
    if (cell == mm.forking_to) return word == 0 ? "nobody" : process_name(m, word - 1);
    for (const MappingCells& at : mm.at) {
        if (Text text = describe_mapping_cell(m, at, cell, word)) return text;
    }
    return std::nullopt;
}

Text describe_slot_cell(const Machine& m, const SlotCells& slot, CellId cell, Word word) {
    if (cell == slot.swap_map) {
        const std::string count = fmt::format("count {}", swap_count_of(word));
        return word == 0 ? "free" : count + ((word & SWAP_HAS_CACHE) != 0 ? " + SWAP_HAS_CACHE" : "");
    }
    if (cell == slot.cache) return page_or_none(word);
    for (std::size_t u = 0; u < m.units(); ++u) {
        if (cell == slot.disk[u]) return fmt::format("value {}", word);
    }
    return std::nullopt;
}

std::string describe_request(Word word) {
    const IoRequest request = IoRequest::unpack(word);
    switch (request.state) {
    case IoState::idle: return "idle";
    case IoState::done: return "done";
    case IoState::submitted: break;
    }
    return request.read
               ? fmt::format("submitted: the device writes value {} to unit {}", request.value, request.unit.index)
               : fmt::format("submitted: the device reads unit {}", request.unit.index);
}

Text describe_reference_cell(const Machine& m, CellId cell, Word word) {
    for (std::size_t n = 0; n < m.refs(); ++n) {
        if (cell == m.ref(ref_id(n))) return describe_reference(m, RefState::unpack(word));
        for (std::size_t u = 0; u < m.units(); ++u) {
            if (cell == m.ref_legal(ref_id(n), unit_id(u))) return values_of(word);
        }
    }
    for (std::size_t n = 0; n < m.spec().io_requests.size(); ++n) {
        if (cell == m.io(IoId{static_cast<std::uint8_t>(n)})) return describe_request(word);
    }
    return std::nullopt;
}

std::string pages_of(Word set) {
    std::string text;
    for (std::size_t n = 0; n < 64; ++n) {
        if ((set >> n & 1) != 0) append(text, page_name(page_id(n)), ", ");
    }
    return text.empty() ? "empty" : text;
}

std::string describe_thread_done(Word word, std::size_t alike) {
    const Word finished = finished_threads(word);
    const Word killed = killed_threads(word);
    if (alike > 1) return fmt::format("{} of {} finished, {} killed", finished, alike, killed);
    if (finished != 0) return "finished";
    return killed != 0 ? "killed" : "running";
}

Text describe_other_cell(const Machine& m, CellId cell, Word word) {
    for (std::size_t n = 0; n < m.cpus(); ++n) {
        if (cell == m.lru_batch(CpuId{static_cast<std::uint8_t>(n)})) return pages_of(word);
    }
    for (std::size_t n = 0; n < m.vas(); ++n) {
        if (cell == m.anon_vma_lock(va_id(n)).cell) return rwlock_word(word);
    }
    for (std::size_t n = 0; n < m.mms(); ++n) {
        if (cell == m.written_by(mm_id(n))) return values_of(word);
    }
    for (std::size_t n = 0; n < m.threads(); ++n) {
        if (cell == m.thread_done(n)) return describe_thread_done(word, m.threads_alike(n));
    }
    if (cell == m.last_freed_page() || cell == m.touched_freed()) return page_or_none(word);
    if (cell == m.last_freed_slot()) return slot_or_none(m, word);
    if (cell == m.unpromised()) return values_of(word);
    if (cell == m.broken()) return names_of(word, broken_names);
    return std::nullopt;
}

Text describe_device_cell(const Machine& m, CellId cell, Word word) {
    for (std::size_t n = 0; n < m.devices(); ++n) {
        const DeviceCells& device = m.device(DeviceId{static_cast<std::uint8_t>(n)});
        if (cell == device.writeok || cell == device.alive) return yes_or_no(word);
        if (cell == device.users) return std::to_string(word);
    }
    return std::nullopt;
}

} // namespace

std::string page_name(PageId page) { return fmt::format("page {}", Machine::first_pfn + page.index); }

std::string mapping_name(const Machine& m, Mapping at) {
    const std::string address = at.va.index < m.vas() ? m.spec().addresses[at.va.index] : "an unknown address";
    return process_name(m, at.mm.index) + " " + address;
}

std::string slot_name(std::size_t devices, DeviceId device, std::size_t offset) {
    return devices == 1 ? fmt::format("swap slot {}", offset) : fmt::format("swap slot {}:{}", device.index, offset);
}

std::string slot_name(const Machine& m, SwapSlot slot) {
    const DeviceId device = m.slot(slot).device;
    return slot_name(m.devices(), device, std::size_t{1} + slot.index - m.device(device).first.index);
}

std::string reference_name(const Machine& m, RefId ref) { return m.spec().references[ref.index] + "'s reference"; }

std::string describe_reference(const Machine& m, const RefState& ref) {
    if (!ref.page) return "not held";
    return fmt::format("{}{} of {}, taken at {}{}", ref.pin ? "FOLL_PIN" : "FOLL_GET", ref.write ? "|FOLL_WRITE" : "",
                       page_name(ref.page), mapping_name(m, ref.home),
                       ref.live ? "" : ", excused by a fork or a zap since");
}

std::string describe_pte(const Machine& m, checker::Word pte) {
    return fmt::format("{} ({:#x})", arch::describe(m.arch(), arch::Pte{pte}), pte);
}

std::string describe_cell(const Machine& m, checker::CellId cell, checker::Word value) {
    for (std::size_t n = 0; n < m.pages(); ++n) {
        if (Text text = describe_page_cell(m, m.page(page_id(n)), cell, value)) return *text;
    }
    for (std::size_t n = 0; n < m.mms(); ++n) {
        if (Text text = describe_mm_cell(m, m.mm(mm_id(n)), cell, value)) return *text;
    }
    for (std::size_t n = 0; n < m.slots(); ++n) {
        if (Text text = describe_slot_cell(m, m.slot(slot_id(n)), cell, value)) return *text;
    }
    if (Text text = describe_device_cell(m, cell, value)) return *text;
    if (Text text = describe_reference_cell(m, cell, value)) return *text;
    if (Text text = describe_other_cell(m, cell, value)) return *text;
    return std::to_string(value);
}

bool is_ghost_cell(const Machine& m, checker::CellId cell) {
    const auto is_one_of = [&](const auto& cells) {
        for (std::size_t u = 0; u < m.units(); ++u) {
            if (cell == cells[u]) return true;
        }
        return false;
    };
    for (std::size_t n = 0; n < m.pages(); ++n) {
        if (cell == m.page(page_id(n)).allocated) return true;
    }
    for (std::size_t n = 0; n < m.mms(); ++n) {
        const MmCells& mm = m.mm(mm_id(n));
        if (cell == mm.forking_to || cell == m.written_by(mm_id(n))) return true;
        for (const MappingCells& at : mm.at) {
            if (is_one_of(at.legal)) return true;
        }
    }
    for (std::size_t n = 0; n < m.refs(); ++n) {
        for (std::size_t u = 0; u < m.units(); ++u) {
            if (cell == m.ref_legal(ref_id(n), unit_id(u))) return true;
        }
    }
    for (std::size_t n = 0; n < m.threads(); ++n) {
        if (cell == m.thread_done(n)) return true;
    }
    return cell == m.unpromised() || cell == m.touched_freed() || cell == m.broken() || cell == m.last_freed_page() ||
           cell == m.last_freed_slot();
}

} // namespace model
