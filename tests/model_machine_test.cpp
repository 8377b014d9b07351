// SPDX-License-Identifier: GPL-2.0-only
// The machine: its cells and their names, ids in PTE words, page frames, and words in words.
#include "checker/search.hpp"
#include "model/describe.hpp"
#include "model/fs/direct_io.hpp"
#include "model/page.hpp"
#include "tests/model_world.hpp"

#include <set>

using namespace model_tests;

namespace {

/// As many pages and swap slots as there can be, on two devices.
MachineSpec large_machine() {
    MachineSpec spec = small_machine();
    spec.pages = 32;
    spec.devices = {{.name = "a", .slots = 20}, {.name = "b", .slots = 30}};
    return spec;
}

} // namespace

TEST_CASE("every page survives its way into a PTE and back on every architecture", "[machine]") {
    for (const arch::Layout* layout : arch::layouts()) {
        const World world(Kernel::v6_1, large_machine(), *layout);
        const Machine& m = world.m();
        REQUIRE(m.pages() == 64);
        for (std::size_t n = 0; n < m.pages(); ++n) {
            INFO(layout->name << " page " << n);
            const arch::Pte pte = m.mk_pte(page_id(n));
            CHECK(arch::pte_present(*layout, pte));
            CHECK(m.pte_page(pte) == page_id(n));
            CHECK(arch::pte_pfn(*layout, pte) != 0);
            CHECK(m.pte_page(arch::pte_mkwrite(*layout, arch::pte_mkdirty(*layout, pte))) == page_id(n));
        }
    }
}

TEST_CASE("every swap slot survives its way into a PTE and back on every architecture, whatever its markers",
          "[machine]") {
    for (const arch::Layout* layout : arch::layouts()) {
        const World world(Kernel::v6_1, large_machine(), *layout);
        const Machine& m = world.m();
        REQUIRE(m.slots() == 50);
        std::set<std::uint64_t> words;
        for (std::size_t n = 0; n < m.slots(); ++n) {
            INFO(layout->name << " slot " << n);
            const arch::Pte pte = m.swp_entry_to_pte(slot_id(n));
            words.insert(pte.val);
            CHECK(arch::is_swap_pte(*layout, pte));
            CHECK(m.pte_to_swp_entry(pte) == slot_id(n));
            CHECK(m.pte_to_swp_entry(arch::pte_swp_mkexclusive(*layout, pte)) == slot_id(n));
            CHECK(m.pte_to_swp_entry(arch::pte_swp_mksoft_dirty(*layout, pte)) == slot_id(n));
        }
        CHECK(words.size() == m.slots());
    }
}

TEST_CASE("a PTE that names a page or slot the machine does not have names nothing", "[machine]") {
    const World world;
    const Machine& m = world.m();
    CHECK_FALSE(m.pte_page(arch::pfn_pte(m.arch(), 0)));
    CHECK_FALSE(m.pte_page(arch::pfn_pte(m.arch(), Machine::first_pfn + m.pages())));
    CHECK(m.pte_page(arch::pfn_pte(m.arch(), Machine::first_pfn + m.pages() - 1)));
    CHECK_FALSE(m.pte_to_swp_entry(arch::swp_entry_to_pte(m.arch(), {.type = 0, .offset = 0})));
    CHECK_FALSE(m.pte_to_swp_entry(arch::swp_entry_to_pte(m.arch(), {.type = 0, .offset = 3})));
    CHECK_FALSE(m.pte_to_swp_entry(arch::swp_entry_to_pte(m.arch(), {.type = 1, .offset = 1})));
    CHECK(m.pte_to_swp_entry(arch::swp_entry_to_pte(m.arch(), {.type = 0, .offset = 2})) == slot2);
}

TEST_CASE("all cells have names of their own", "[machine]") {
    const World world(Kernel::v6_1, large_machine());
    checker::Program program;
    const Machine m(large_machine(), {1, 1, 1}, arch::x86_64, rules_of(Kernel::v6_1), program);
    std::set<std::string> names;
    for (const checker::CellSpec& cell : program.cells()) CHECK(names.insert(cell.name).second);
    CHECK(names.count("app 0x1000 pte") == 1);
    CHECK(names.count("page 1 flags") == 1);
    CHECK(names.count("swap slot 0:1 map") == 1);
    CHECK(names.count("swap slot 1:30 disk unit 1") == 1);
    CHECK(program.cells()[m.at(child_va).pte.index].name == "child 0x1000 pte");
}

TEST_CASE("before the set-up a first process has fresh mappings, and one that is forked later has nothing",
          "[machine]") {
    for (const arch::Layout* layout : arch::layouts()) {
        const World world(Kernel::v6_1, small_machine(), *layout);
        const Machine& m = world.m();
        INFO(layout->name);
        CHECK(arch::pte_none(*layout, pte_at(world.view(), m, app_va)));
        CHECK(arch::pte_none(*layout, pte_at(world.view(), m, child_va)));
        CHECK((world.get(m.at(app_va).vma) & (VM::mapped | VM::write)) == (VM::mapped | VM::write));
        CHECK(((world.get(m.at(app_va).vma) & VM::softdirty) != 0) == arch::has_soft_dirty(*layout));
        CHECK(world.get(m.at(child_va).vma) == 0);
        CHECK(world.get(m.mm(app).alive) == 1);
        CHECK(world.get(m.mm(child).alive) == 0);
        CHECK(ghost_read(world.view(), app_va, unit0).readable);
        CHECK(ghost_read(world.view(), app_va, unit0).value == 0);
        CHECK_FALSE(ghost_read(world.view(), child_va, unit0).readable);
    }
}

TEST_CASE("a process maps only the addresses that its scenario gives it", "[machine]") {
    MachineSpec spec = small_machine();
    spec.addresses.emplace_back("0x2000");
    const World world(Kernel::v6_1, spec);
    CHECK((world.get(world.m().at({app, Va{0}}).vma) & VM::mapped) != 0);
    CHECK((world.get(world.m().at({app, Va{1}}).vma) & VM::mapped) == 0);
}

TEST_CASE("each thread has page frames of its own, and the set-up's come first", "[machine]") {
    checker::Program program;
    MachineSpec spec = small_machine();
    spec.pages = 5;
    const Machine m(spec, {1, 1, 1}, arch::x86_64, rules_of(Kernel::v6_1), program);
    REQUIRE(m.pages() == 20);
    CHECK(m.pool(3).begin == PageId{0});
    std::set<std::uint8_t> begins;
    for (std::size_t thread = 0; thread <= 3; ++thread) {
        CHECK(m.pool(thread).begin.index % 5 == 0);
        CHECK(m.pool(thread).begin.index < 20);
        begins.insert(m.pool(thread).begin.index);
    }
    CHECK(begins.size() == 4);
}

TEST_CASE("a reference survives packing, and one that is not held packs to 0", "[machine]") {
    CHECK(RefState{}.pack() == 0);
    CHECK_FALSE(RefState::unpack(0).page);
    std::set<Word> words;
    for (unsigned bits = 0; bits < 256; ++bits) {
        RefState ref;
        ref.page = page_id(bits & 63);
        ref.home = {mm_id(bits >> 1 & 3), va_id(bits >> 2 & 3)};
        ref.pin = (bits & 16) != 0;
        ref.write = (bits & 32) != 0;
        ref.live = (bits & 64) != 0;
        ref.was_anon = (bits & 128) != 0;
        const RefState back = RefState::unpack(ref.pack());
        CHECK(back.page == ref.page);
        CHECK(back.home == ref.home);
        CHECK(back.pin == ref.pin);
        CHECK(back.write == ref.write);
        CHECK(back.live == ref.live);
        CHECK(back.was_anon == ref.was_anon);
        CHECK(ref.pack() != 0);
        words.insert(ref.pack());
    }
    CHECK(words.size() == 256);
}

namespace {

/// A program whose one thread allocates a page, frees it and allocates two more.
struct Allocations {
    checker::Program program;
    checker::Var<int> is_done = program.var<int>("done");
    std::unique_ptr<Machine> m;

    explicit Allocations(unsigned more) {
        m = std::make_unique<Machine>(small_machine(), std::vector<std::uint8_t>{1}, arch::x86_64,
                                      rules_of(Kernel::v6_1), program);
        program.set_context(m.get());
        program.add_thread("allocator", [this, more](checker::Thread& thread) {
            Task t{thread, *m, m->rules(), m->arch(), 0, app, CpuId{0}};
            const PageId first = alloc_page(t);
            put_page(t, first);
            for (unsigned n = 0; n < more; ++n) alloc_page(t);
            thread.store(is_done, 1);
        });
    }
    /// Whether some run ends with `page` allocated and `other` free.
    void may_end_with(std::string name, PageId page, PageId other) {
        program.add_property({.name = std::move(name),
                              .kind = checker::PropertyKind::sometimes,
                              .footprint = {m->page(page).allocated, m->page(other).allocated, is_done.cell},
                              .holds =
                                  [page, other, done = is_done.cell](const View& v) {
                                      const Machine& machine = v.context<Machine>();
                                      return v[done] != 0 && v[machine.page(page).allocated] != 0 &&
                                             v[machine.page(other).allocated] == 0;
                                  },
                              .explain = {}});
    }
};

} // namespace

TEST_CASE("an allocation gives a fresh frame or the frame freed last, and both are explored", "[machine]") {
    Allocations one(1);
    const PageId first = one.m->pool(0).begin;
    const PageId second = page_id(first.index + 1U);
    one.may_end_with("reused", first, second);
    one.may_end_with("fresh", second, first);
    const checker::SearchResult result = checker::search(one.program, {.strategy = checker::Strategy::plain});
    CHECK(result.verdict == checker::Verdict::holds);
    CHECK(result.never_reached.empty());
}

TEST_CASE("a frame freed last is reused when no other is left, and running out of frames is an error", "[machine]") {
    Allocations two(2);
    CHECK(checker::search(two.program, {.strategy = checker::Strategy::plain}).verdict == checker::Verdict::holds);
    Allocations three(3);
    const checker::SearchResult result = checker::search(three.program, {.strategy = checker::Strategy::plain});
    CHECK(result.verdict == checker::Verdict::error);
    CHECK(result.out_of_room);
    CHECK(result.error.find("too few page frames") != std::string::npos);
}

TEST_CASE("cells are described in words", "[machine][describe]") {
    World world;
    const Machine& m = world.m();
    CHECK(describe_cell(m, m.page(page1).flags, PG::locked | PG::swapcache | PG::anon_exclusive) ==
          "locked swapcache anon_exclusive");
    CHECK(describe_cell(m, m.page(page1).flags, 0) == "none");
    CHECK(describe_cell(m, m.page(page1).refcount, 1025) == "1025");
    CHECK(describe_cell(m, m.page(page1).private_, private_of_slot(slot2)) == "swap slot 2");
    CHECK(describe_cell(m, m.page(page1).mapping, page_mapping_of(child_va)) == "anon_vma of child 0x1000");
    CHECK(describe_cell(m, m.page(page1).data[0], 7) == "value 7");
    CHECK(describe_cell(m, m.slot(slot1).swap_map, 0) == "free");
    CHECK(describe_cell(m, m.slot(slot1).swap_map, 1 + SWAP_HAS_CACHE) == "count 1 + SWAP_HAS_CACHE");
    CHECK(describe_cell(m, m.slot(slot1).cache, cache_of_page(page2)) == "page 2");
    CHECK(describe_cell(m, m.slot(slot1).cache, 0) == "none");
    CHECK(describe_cell(m, m.mm(app).mmap_lock.cell, checker::RwLock::writer_held) == "held for writing");
    CHECK(describe_cell(m, m.mm(app).mmap_lock.cell, 2) == "2 reading");
    CHECK(describe_cell(m, m.mm(app).write_protect_seq.cell, 3) == "3 (writer inside)");
    CHECK(describe_cell(m, m.mm(app).forking_to, 2) == "child");
    CHECK(describe_cell(m, m.at(app_va).legal[0], bit_of(0) | bit_of(5)) == "{0, 5}");
    CHECK(describe_cell(m, m.at(app_va).anon_vma, 3) == "links app, child");
    CHECK(describe_cell(m, m.lru_batch(CpuId{0}), 0b10) == "page 2");
    CHECK(describe_cell(m, m.thread_done(0), 1) == "finished");
    CHECK(describe_cell(m, m.broken(), Broken::lost_write) == "lost write");

    world.hold(dio, page2, app_va, /*pin=*/false, /*write=*/true);
    CHECK(describe_cell(m, m.ref(dio), world.get(m.ref(dio))) == "FOLL_GET|FOLL_WRITE of page 2, taken at app 0x1000");
    CHECK(describe_cell(m, m.ref(dio), 0) == "not held");
}

TEST_CASE("a PTE is described with the number of its page, and in hex", "[machine][describe]") {
    World world;
    world.make_page(page2);
    world.map(app_va, page2, World::Access::writable);
    const std::string present = describe_pte(world.m(), world.get(world.m().at(app_va).pte));
    CHECK(present.find("present pfn 2 write dirty") == 0);
    CHECK(present.find("(0x") != std::string::npos);
    CHECK(page_name(page2) == "page 2");

    world.set_swap_pte(child_va, slot2, /*exclusive=*/true);
    const std::string swapped = describe_pte(world.m(), world.get(world.m().at(child_va).pte));
    CHECK(swapped.find("swap type 0 offset 2 exclusive") == 0);
    CHECK(slot_name(world.m(), slot2) == "swap slot 2");
}

TEST_CASE("a request of O_DIRECT is described by what its device does", "[machine][describe]") {
    MachineSpec spec = small_machine();
    spec.io_requests = {"read"};
    spec.io_refs = {dio};
    const World world(Kernel::v6_1, spec);
    const IoRequest request{IoState::submitted, true, unit1, 5};
    CHECK(describe_cell(world.m(), world.m().io(IoId{0}), request.pack()) ==
          "submitted: the device writes value 5 to unit 1");
    CHECK(describe_cell(world.m(), world.m().io(IoId{0}), 0) == "idle");
}

TEST_CASE("every cell has a description, and bookkeeping is told from what a kernel has", "[machine][describe]") {
    const World world;
    checker::Program program;
    const Machine m(small_machine(), {1}, arch::x86_64, rules_of(Kernel::v6_1), program);
    std::size_t ghosts = 0;
    for (std::size_t n = 0; n < program.cells().size(); ++n) {
        const checker::CellId cell{static_cast<std::uint16_t>(n)};
        CHECK_FALSE(describe_cell(m, cell, program.cells()[n].initial).empty());
        if (is_ghost_cell(m, cell)) ++ghosts;
    }
    CHECK(is_ghost_cell(m, m.at(app_va).legal[1]));
    CHECK(is_ghost_cell(m, m.broken()));
    CHECK_FALSE(is_ghost_cell(m, m.at(app_va).pte));
    CHECK_FALSE(is_ghost_cell(m, m.ref(dio)));
    // 4 frames, 2 processes (2 cells, 2 units each), 2 references (2 units), 1 thread, 5 of the machine.
    CHECK(ghosts == 4 + 2 * (2 + 2) + 2 * 2 + 1 + 5);
}
