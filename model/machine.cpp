// SPDX-License-Identifier: GPL-2.0-only
// Lays the machine out as cells, with the names that reports use, and puts ids into PTE words and back.
#include "model/machine.hpp"

#include "arch_encodings/pte.hpp"
#include "model/describe.hpp"

#include <algorithm>
#include <string>

namespace model {

namespace {

using checker::CellId;
using checker::Program;
using checker::Word;

/// Cells of one object: "page 3" gives "page 3 flags" and so on.
class Namer {
public:
    Namer(Program& program, std::string object) : program_(program), object_(std::move(object)) {}

    CellId cell(const std::string& what, Word initial = 0) { return program_.add_cell(object_ + " " + what, initial); }
    checker::Mutex mutex(const std::string& what) { return program_.add_lock({cell(what)}); }
    checker::RwLock rwlock(const std::string& what) { return {program_.add_lock({cell(what), ~Word{0}}).cell}; }
    /// One cell a content unit; the others stay cell 0 and are never used.
    std::array<CellId, max_units> units(const std::string& what, std::size_t count, Word initial = 0) {
        std::array<CellId, max_units> cells{};
        for (std::size_t u = 0; u < count; ++u) cells[u] = cell(what + " unit " + std::to_string(u), initial);
        return cells;
    }

private:
    Program& program_;
    std::string object_;
};

PageCells page_cells(Program& program, const std::string& name, std::size_t units) {
    Namer page(program, name);
    PageCells cells{};
    cells.flags = page.cell("flags");
    program.add_lock({cells.flags, PG::locked});
    cells.refcount = page.cell("refcount");
    cells.mapcount = page.cell("mapcount");
    cells.mapping = page.cell("mapping");
    cells.private_ = page.cell("private");
    cells.allocated = page.cell("allocated");
    cells.data = page.units("data", units);
    return cells;
}

/// What a process maps that is there from the start is writable, private and anonymous, as fresh from mmap(): soft-dirty,
/// its anon_vma ready, nothing faulted in, so that a read gives 0. A process that is forked later has nothing yet.
MappingCells mapping_cells(Program& program, const std::string& name, const arch::Layout& layout, std::size_t units,
                           MmId mm, bool mapped) {
    Namer at(program, name);
    const Word softdirty = arch::has_soft_dirty(layout) ? VM::softdirty : 0;
    MappingCells cells{};
    cells.pte = at.cell("pte", arch::pte_none_value(layout).val);
    if (arch::has_two_words(layout))
        cells.pte_high = at.cell("pte high word", arch::pte_none_value(layout).val & arch::high_word);
    cells.vma = at.cell("vma flags", mapped ? VM::mapped | VM::write | softdirty : 0);
    cells.anon_vma = at.cell("anon_vma", mapped ? Word{1} << mm.index : 0);
    cells.legal = at.units("legal values", units, mapped ? Word{1} << 0 : 0);
    return cells;
}

MmCells mm_cells(Program& program, const Machine& machine, MmId id) {
    const MachineSpec& spec = machine.spec();
    const ProcessSpec& process = spec.processes[id.index];
    const bool exists = !process.forked_from;
    Namer mm(program, process.name);
    MmCells cells{};
    cells.mmap_lock = mm.rwlock("mmap_lock");
    cells.page_table_lock = mm.mutex("page table lock");
    cells.write_protect_seq = {mm.cell("write_protect_seq")};
    cells.alive = mm.cell("alive", exists ? 1 : 0);
    cells.has_pinned = mm.cell("has_pinned");
    cells.on_mmlist = mm.cell("on swapoff's mmlist");
    cells.forking_to = mm.cell("forking to");
    if (machine.flush_waits()) {
        cells.walkers = {mm.cell("walks in phase 0"), mm.cell("walks in phase 1")};
        cells.flush_phase = mm.cell("flush phase");
    }
    for (std::size_t n = 0; n < spec.addresses.size(); ++n) {
        const Va va{static_cast<std::uint8_t>(n)};
        const bool mapped = exists && std::find(process.maps.begin(), process.maps.end(), va) != process.maps.end();
        cells.at.push_back(
            mapping_cells(program, process.name + " " + spec.addresses[n], machine.arch(), spec.units, id, mapped));
    }
    return cells;
}

} // namespace

Machine::Machine(const MachineSpec& spec, std::vector<std::uint8_t> threads, const arch::Layout& layout,
                 const Rules& rules, Program& program)
    : spec_(spec),
      threads_(std::move(threads)),
      layout_(&layout),
      pfn_step_(arch::pfn_step(layout)),
      rules_(rules) {
    const std::size_t frames = add_pools();
    for (std::size_t n = 0; n < frames; ++n)
        pages_.push_back(page_cells(program, "page " + std::to_string(first_pfn + n), spec.units));
    add_address_spaces(program);
    add_devices(program);
    add_references(program);
    for (std::size_t n = 0; n < spec.cpus; ++n)
        lru_batches_.push_back(program.add_cell("cpu " + std::to_string(n) + " LRU batch"));
    for (std::size_t n = 0; n < threads_.size(); ++n)
        thread_done_.push_back(program.add_cell("thread " + std::to_string(n) + " done"));
    last_freed_page_ = program.add_cell("last freed page");
    last_freed_slot_ = program.add_cell("last freed swap slot");
    unpromised_ = program.add_cell("values written through excused references");
    touched_freed_ = program.add_cell("freed page touched");
    broken_ = program.add_cell("broken by a step");
}

/// Returns how many frames there are.
std::size_t Machine::add_pools() {
    std::size_t frames = spec_.pages; // The set-up's.
    for (const std::size_t alike : threads_) {
        pools_.push_back({PageId{static_cast<std::uint8_t>(frames)}, alike * spec_.pages});
        frames += alike * spec_.pages;
    }
    pools_.push_back({PageId{0}, spec_.pages});
    return frames;
}

void Machine::add_address_spaces(Program& program) {
    for (std::size_t n = 0; n < spec_.processes.size(); ++n) {
        mms_.push_back(mm_cells(program, *this, MmId{static_cast<std::uint8_t>(n)}));
        written_by_.push_back(program.add_cell(spec_.processes[n].name + " wrote values"));
    }
    for (const std::string& address : spec_.addresses)
        anon_vma_locks_.push_back({program.add_lock({program.add_cell(address + " anon_vma lock"), ~Word{0}}).cell});
}

void Machine::add_devices(Program& program) {
    for (std::size_t n = 0; n < spec_.devices.size(); ++n) {
        const DeviceSpec& device = spec_.devices[n];
        Namer name(program, "swap device " + device.name);
        devices_.push_back({.writeok = name.cell("writeok", 1),
                            .alive = name.cell("alive", 1),
                            .users = name.cell("users"),
                            .first = SwapSlot{static_cast<std::uint8_t>(slots_.size())},
                            .slots = device.slots,
                            .synchronous_io = device.synchronous_io,
                            .stable_writes = device.stable_writes});
        for (std::size_t k = 0; k < device.slots; ++k) {
            const DeviceId id{static_cast<std::uint8_t>(n)};
            Namer slot(program, slot_name(spec_.devices.size(), id, k + 1));
            SlotCells cells{};
            cells.swap_map = slot.cell("map");
            cells.cache = slot.cell("cache");
            cells.disk = slot.units("disk", spec_.units);
            cells.device = id;
            slots_.push_back(cells);
        }
    }
}

void Machine::add_references(Program& program) {
    for (const std::string& reference : spec_.references) {
        Namer name(program, "reference " + reference);
        refs_.push_back(name.cell("state"));
        ref_legal_.push_back(name.units("legal values", spec_.units));
    }
    for (const std::string& request : spec_.io_requests)
        ios_.push_back(program.add_cell("request " + request + " state"));
}

Word RefState::pack() const {
    // Ids plus one, so that a reference that is not held packs to 0.
    const auto index = [](auto id) { return Word{static_cast<std::uint8_t>(id.index + 1)}; };
    return index(page) | index(home.mm) << 8 | index(home.va) << 16 | Word{pin} << 24 | Word{write} << 25 |
           Word{live} << 26 | Word{was_anon} << 27 | Word{stray} << 28;
}

RefState RefState::unpack(Word word) {
    const auto index = [word](unsigned shift) { return static_cast<std::uint8_t>((word >> shift) - 1); };
    RefState ref;
    ref.page = PageId{index(0)};
    ref.home = {MmId{index(8)}, Va{index(16)}};
    ref.pin = (word >> 24 & 1) != 0;
    ref.write = (word >> 25 & 1) != 0;
    ref.live = (word >> 26 & 1) != 0;
    ref.was_anon = (word >> 27 & 1) != 0;
    ref.stray = (word >> 28 & 1) != 0;
    return ref;
}

arch::Pte Machine::swp_entry_to_pte(SwapSlot slot) const {
    const DeviceId id = slots_[slot.index].device;
    // Offset 0 of a device is its header.
    const std::uint64_t offset = 1 + std::uint64_t{slot.index} - devices_[id.index].first.index;
    return arch::swp_entry_to_pte(*layout_, {.type = id.index, .offset = offset});
}

SwapSlot Machine::pte_to_swp_entry(arch::Pte pte) const {
    const arch::SwpEntry entry = arch::pte_to_swp_entry(*layout_, pte);
    if (entry.type >= devices_.size()) return SwapSlot::none();
    const DeviceCells& device = devices_[entry.type];
    if (entry.offset == 0 || entry.offset > device.slots) return SwapSlot::none();
    return SwapSlot{static_cast<std::uint8_t>(device.first.index + entry.offset - 1)};
}

arch::Pte Machine::mk_pte(PageId page) const { return arch::pfn_pte(*layout_, (first_pfn + page.index) * pfn_step_); }

PageId Machine::pte_page(arch::Pte pte) const {
    const std::uint64_t frame = arch::pte_pfn(*layout_, pte);
    if (frame % pfn_step_ != 0) return PageId::none();
    const std::uint64_t pfn = frame / pfn_step_;
    if (pfn < first_pfn || pfn - first_pfn >= pages_.size()) return PageId::none();
    return PageId{static_cast<std::uint8_t>(pfn - first_pfn)};
}

} // namespace model
