// SPDX-License-Identifier: GPL-2.0-only
// Ghost functions: what a single step is seen to violate, what a read may return, and what excuses a reference.
#include "tests/model_world.hpp"

using namespace model_tests;

namespace {

Word legal(const World& world, Mapping at, Unit unit = unit0) { return world.get(world.m().at(at).legal[unit.index]); }
RefState state(const World& world, RefId id) { return RefState::unpack(world.get(world.m().ref(id))); }

bool load_is_lost(World& world, Mapping at, Value value) {
    ghost_load(world.cells(), at, unit0, value);
    return world.is_broken(Broken::lost_write);
}
bool load_is_leak(World& world, Mapping at, Value value) {
    ghost_load(world.cells(), at, unit0, value);
    return world.is_broken(Broken::isolation);
}

/// Page 1 is app's alone, and `dio` is a FOLL_WRITE reference to it.
struct WorldWithReference : World {
    explicit WorldWithReference(bool pin = false) {
        make_page(page1, PG::uptodate | PG::anon_exclusive);
        map(app_va, page1, World::Access::writable);
        ghost_ref_taken(cells(), dio, page1, app_va, pin, /*write=*/true);
    }
};

/// The same page is mapped by a child whose fork is over.
void fork_now(World& world) {
    ghost_fork_begin(world.cells(), app, child);
    world.make_child();
    ghost_pte_duplicated(world.cells(), app_va);
    world.map(child_va, page1);
    ghost_fork_end(world.cells(), app, child);
}

} // namespace

TEST_CASE("a read returns the last value stored there, and nothing else", "[ghost][C3]") {
    World world;
    ghost_store(world.cells(), app_va, unit0, 3);
    ghost_store(world.cells(), app_va, unit0, 4);
    CHECK(legal(world, app_va) == bit_of(4));
    CHECK(legal(world, app_va, unit1) == bit_of(0));
    CHECK_FALSE(load_is_lost(world, app_va, 4));
    SECTION("not the one before") { CHECK(load_is_lost(world, app_va, 3)); }
    SECTION("not the 0 of a fresh page") { CHECK(load_is_lost(world, app_va, 0)); }
    CHECK_FALSE(world.is_broken(Broken::isolation));
}

TEST_CASE("a write through a live reference counts like a store", "[ghost][C3]") {
    WorldWithReference world;
    ghost_dma_write(world.cells(), dio, unit0, 5);
    CHECK(legal(world, app_va) == bit_of(5));
    CHECK(load_is_lost(world, app_va, 0));
}

TEST_CASE("a zap makes an address read as zero and excuses the references taken there", "[ghost][C3]") {
    WorldWithReference world(/*pin=*/true);
    ghost_store(world.cells(), app_va, unit0, 3);
    world.set(world.m().at(app_va).pte, 0);
    ghost_zapped(world.cells(), app_va);
    CHECK_FALSE(state(world, dio).live);
    CHECK(legal(world, app_va) == bit_of(0));
    CHECK_FALSE(load_is_lost(world, app_va, 0));
    CHECK(load_is_lost(world, app_va, 3));
}

TEST_CASE("what a device writes after its reference's home was zapped reaches no address", "[ghost][C2][C3]") {
    WorldWithReference world(/*pin=*/GENERATE(false, true));
    ghost_ref_taken(world.cells(), vmspliced, page1, app_va, /*pin=*/false, /*write=*/false);
    world.set(world.m().at(app_va).pte, 0);
    ghost_zapped(world.cells(), app_va);
    SECTION("nobody maps the page") {
        ghost_dma_write(world.cells(), dio, unit0, 5);
        CHECK(legal(world, app_va) == bit_of(0));
        ghost_dma_read(world.cells(), vmspliced, unit0, 5); // Who holds the page sees it.
        CHECK(world.get(world.m().broken()) == 0);
        CHECK(load_is_lost(world, app_va, 5));
    }
    SECTION("another process maps it") {
        world.map(child_va, page1);
        ghost_dma_write(world.cells(), dio, unit0, 5);
        CHECK(world.is_broken(Broken::isolation));
    }
}

TEST_CASE("a zap after fork takes nothing back of what fork has excused", "[ghost][C2][C3]") {
    WorldWithReference world;
    fork_now(world);
    world.set(world.m().at(app_va).pte, 0);
    ghost_zapped(world.cells(), app_va);
    ghost_dma_write(world.cells(), dio, unit0, 5);
    CHECK(legal(world, child_va) == (bit_of(0) | bit_of(5)));
    CHECK_FALSE(load_is_leak(world, child_va, 5));
}

TEST_CASE("what the parent writes during fork may be in the child or not, and a load settles it", "[ghost][C1]") {
    World world;
    ghost_store(world.cells(), app_va, unit0, 1);
    ghost_fork_begin(world.cells(), app, child);
    ghost_store(world.cells(), app_va, unit0, 2);
    world.make_child();
    world.set(world.m().at(child_va).legal[0], bit_of(1) | bit_of(2));
    ghost_store(world.cells(), app_va, unit0, 3);
    CHECK(legal(world, app_va) == bit_of(3));
    CHECK(legal(world, child_va) == (bit_of(1) | bit_of(2) | bit_of(3)));
    ghost_fork_end(world.cells(), app, child);

    SECTION("any of them") {
        for (const Value value : {Value{1}, Value{2}, Value{3}}) {
            WorldWithReference each;
            each.set(each.m().at(child_va).legal[0], legal(world, child_va));
            CHECK_FALSE(load_is_lost(each, child_va, value));
            CHECK(legal(each, child_va) == bit_of(value));
        }
    }
    SECTION("a value seen once is the value from then on, and an inherited one is no leak") {
        CHECK_FALSE(load_is_lost(world, child_va, 1));
        CHECK(load_is_lost(world, child_va, 3));
        CHECK_FALSE(world.is_broken(Broken::isolation));
    }
    SECTION("what is written after fork is a leak") {
        ghost_store(world.cells(), app_va, unit0, 4);
        CHECK(load_is_leak(world, child_va, 4));
        CHECK_FALSE(world.is_broken(Broken::lost_write));
    }
    SECTION("the other way round as well") {
        ghost_store(world.cells(), child_va, unit0, 5);
        CHECK(load_is_leak(world, app_va, 5));
    }
}

TEST_CASE("fork gives the child the legal values of what it copies, and of nothing else", "[ghost][C1]") {
    World world;
    ghost_store(world.cells(), app_va, unit0, 1);
    SECTION("copied") {
        ghost_fork_begin(world.cells(), app, child);
        CHECK(legal(world, child_va) == bit_of(1));
    }
    SECTION("VM_DONTCOPY") {
        world.set(world.m().at(app_va).vma, VM::mapped | VM::dontcopy);
        ghost_fork_begin(world.cells(), app, child);
        CHECK(legal(world, child_va) == 0);
    }
}

TEST_CASE("duplicating its home PTE excuses a plain reference but no pin", "[ghost]") {
    for (const bool pin : {false, true}) {
        WorldWithReference world(pin);
        ghost_pte_duplicated(world.cells(), child_va);
        CHECK(state(world, dio).live);
        ghost_pte_duplicated(world.cells(), app_va);
        CHECK(state(world, dio).live == pin);
    }
}

TEST_CASE("a write through an excused reference may be visible, may not, and may vanish", "[ghost][C3]") {
    WorldWithReference world;
    fork_now(world);
    ghost_dma_write(world.cells(), dio, unit0, 5);
    CHECK(legal(world, app_va) == (bit_of(0) | bit_of(5)));
    CHECK(legal(world, child_va) == (bit_of(0) | bit_of(5)));
    CHECK_FALSE(world.is_broken(Broken::isolation));
    SECTION("seen, and then no more: a copy was made before the device wrote") {
        CHECK_FALSE(load_is_lost(world, child_va, 5));
        CHECK_FALSE(load_is_lost(world, child_va, 0));
        SECTION("but from then on it stays away") { CHECK(load_is_lost(world, child_va, 5)); }
    }
    SECTION("one process seeing it says nothing about the other") {
        CHECK_FALSE(load_is_lost(world, app_va, 0));
        CHECK_FALSE(load_is_lost(world, child_va, 5));
    }
    SECTION("a store ends the doubt") {
        ghost_store(world.cells(), app_va, unit0, 6);
        CHECK(load_is_lost(world, app_va, 5));
        CHECK_FALSE(world.is_broken(Broken::isolation));
    }
}

TEST_CASE("an excused write counts for a child whose fork is complete before it runs", "[ghost][C3]") {
    WorldWithReference world;
    fork_now(world);
    world.set(world.m().mm(child).alive, 0);
    ghost_dma_write(world.cells(), dio, unit0, 5);
    CHECK_FALSE(load_is_leak(world, child_va, 5));
}

TEST_CASE("a device writes to no page that another process maps, unless fork has excused it", "[ghost][C2]") {
    WorldWithReference world(/*pin=*/true);
    ghost_dma_write(world.cells(), dio, unit0, 5);
    CHECK_FALSE(world.is_broken(Broken::isolation));
    world.map(child_va, page1);
    ghost_dma_write(world.cells(), dio, unit0, 6);
    CHECK(world.is_broken(Broken::isolation));
}

TEST_CASE("an R/O reference may be stale, but sees nothing that another process wrote after fork", "[ghost][C1]") {
    World world;
    world.make_page(page1);
    world.map(app_va, page1);
    ghost_store(world.cells(), app_va, unit0, 1);
    fork_now(world);
    ghost_ref_taken(world.cells(), vmspliced, page1, child_va, /*pin=*/false, /*write=*/false);
    ghost_store(world.cells(), child_va, unit0, 7);
    ghost_store(world.cells(), app_va, unit0, 2);

    ghost_dma_read(world.cells(), vmspliced, unit0, 1); // Old.
    ghost_dma_read(world.cells(), vmspliced, unit0, 7); // The child's own.
    CHECK(world.get(world.m().broken()) == 0);
    SECTION("also after its home is gone") {
        world.set(world.m().at(child_va).vma, 0);
        ghost_zapped(world.cells(), child_va);
    }
    ghost_dma_read(world.cells(), vmspliced, unit0, 2);
    CHECK(world.is_broken(Broken::isolation));
}

TEST_CASE("an R/O reference that outlives its home may see what a device writes through an excused one",
          "[ghost][C1]") {
    WorldWithReference world;
    fork_now(world);
    ghost_ref_taken(world.cells(), vmspliced, page1, child_va, /*pin=*/false, /*write=*/false);
    world.set(world.m().at(child_va).vma, 0);
    ghost_zapped(world.cells(), child_va);
    ghost_dma_write(world.cells(), dio, unit0, 5);
    ghost_dma_read(world.cells(), vmspliced, unit0, 5);
    CHECK(world.get(world.m().broken()) == 0);
}

TEST_CASE("a reference is live from its birth only if its home still names the page", "[ghost]") {
    World world;
    world.make_page(page1);
    SECTION("mapped") {
        world.map(app_va, page1);
        ghost_ref_taken(world.cells(), dio, page1, app_va, true, true);
        CHECK(state(world, dio).live);
        CHECK(state(world, dio).was_anon);
    }
    SECTION("swapped out, the page in the swap cache") {
        world.set_swap_pte(app_va, slot1);
        world.put_into_swap_cache(page1, slot1);
        ghost_ref_taken(world.cells(), dio, page1, app_va, true, true);
        CHECK(state(world, dio).live);
    }
    SECTION("zapped between the look at the PTE and the last proof") {
        ghost_ref_taken(world.cells(), dio, page1, app_va, true, true);
        CHECK_FALSE(state(world, dio).live);
        CHECK(world.holds("pin-in-sync"));
    }
    ghost_ref_dropped(world.cells(), dio);
    CHECK(world.get(world.m().ref(dio)) == 0);
}

TEST_CASE("dropping a reference leaves nothing behind that would tell states apart", "[ghost]") {
    World world;
    world.make_page(page1);
    world.map(app_va, page1);
    ghost_ref_taken(world.cells(), dio, page1, app_va, false, false);
    ghost_store(world.cells(), app_va, unit0, 3);
    CHECK(world.get(world.m().ref_legal(dio, unit0)) == (bit_of(0) | bit_of(3)));
    ghost_ref_dropped(world.cells(), dio);
    CHECK(world.get(world.m().ref_legal(dio, unit0)) == 0);
    CHECK(world.get(world.m().ref(dio)) == 0);
}

TEST_CASE("exclusivity is cleared under the page-table lock with the PTE cleared, and never of a pinned page",
          "[ghost][I9]") {
    World world;
    world.make_page(page1, PG::anon_exclusive);
    world.lock_page_table(app);
    const auto clear = [&] { ghost_anon_exclusive_cleared(world.cells(), page1, app_va, /*forking=*/false); };
    SECTION("allowed") {
        clear();
        CHECK(world.holds("I9"));
    }
    SECTION("not without the lock") {
        world.lock_page_table(app, false);
        clear();
        CHECK_FALSE(world.holds("I9"));
    }
    SECTION("not while the PTE maps the page") {
        world.map(app_va, page1);
        clear();
        CHECK_FALSE(world.holds("I9"));
    }
    SECTION("not of a pinned page, though of one with a plain reference") {
        world.hold(dio, page1, app_va, /*pin=*/false, true);
        clear();
        CHECK(world.holds("I9"));
        world.hold(vmspliced, page1, app_va, /*pin=*/true, false);
        clear();
        CHECK_FALSE(world.holds("I9"));
    }
    SECTION("clearing what is clear is nothing") {
        world.set_flags(page1, 0);
        world.lock_page_table(app, false);
        clear();
        CHECK(world.holds("I9"));
    }
}

TEST_CASE("fork clears exclusivity of a mapped page with mmap_lock and inside write_protect_seq", "[ghost][I9]") {
    World world;
    world.make_page(page1, PG::anon_exclusive);
    world.map(app_va, page1, World::Access::writable);
    world.lock_page_table(app);
    world.set(world.m().mm(app).mmap_lock.cell, checker::RwLock::writer_held);
    world.set(world.m().mm(app).write_protect_seq.cell, 1);
    const auto clear = [&] { ghost_anon_exclusive_cleared(world.cells(), page1, app_va, /*forking=*/true); };
    SECTION("allowed") {
        clear();
        CHECK(world.holds("I9"));
    }
    SECTION("not with mmap_lock held for reading") {
        world.set(world.m().mm(app).mmap_lock.cell, 1);
        clear();
        CHECK_FALSE(world.holds("I9"));
    }
    SECTION("not outside write_protect_seq") {
        world.set(world.m().mm(app).write_protect_seq.cell, 2);
        clear();
        CHECK_FALSE(world.holds("I9"));
    }
}

TEST_CASE("writeback starts on no page that anybody holds a reference to", "[ghost][P6]") {
    World world;
    world.make_page(page1, PG::swapcache);
    ghost_writeback_started(world.cells(), page1);
    CHECK(world.holds("P6"));
    world.hold(dio, page2, app_va, false, false);
    ghost_writeback_started(world.cells(), page1);
    CHECK(world.holds("P6"));
    world.hold(dio, page1, app_va, false, false, /*live=*/false);
    ghost_writeback_started(world.cells(), page1);
    CHECK_FALSE(world.holds("P6"));
}

TEST_CASE("a swap cache page is mapped only for the slot that is still its own", "[ghost][V4]") {
    World world;
    world.make_page(page1);
    world.put_into_swap_cache(page1, slot1);
    ghost_swap_page_used(world.cells(), page1, slot1);
    CHECK(world.holds("V4"));
    SECTION("another slot's") {
        ghost_swap_page_used(world.cells(), page1, slot2);
        CHECK_FALSE(world.holds("V4"));
    }
    SECTION("nobody's any more") {
        world.set_flags(page1, 0);
        ghost_swap_page_used(world.cells(), page1, slot1);
        CHECK_FALSE(world.holds("V4"));
    }
    SECTION("kernels with reuse_swap_page are no exception: it takes the page out afterwards") {
        World old(Kernel::v5_10);
        old.make_page(page1);
        ghost_swap_page_used(old.cells(), page1, slot1);
        CHECK_FALSE(old.holds("V4"));
    }
}

TEST_CASE("a copy is needless if nobody else maps, swaps or references the page", "[ghost][no-needless-copy]") {
    World world;
    world.make_page(page1);
    world.map(app_va, page1);
    const auto is_needless = [&] {
        ghost_page_copied(world.cells(), page1, app_va);
        return !world.holds("no-needless-copy");
    };
    SECTION("nobody") { CHECK(is_needless()); }
    SECTION("a transient reference of the kernel is no excuse") {
        world.add(world.m().page(page1).refcount, 1);
        CHECK(is_needless());
    }
    SECTION("the swap cache alone is none") {
        world.put_into_swap_cache(page1, slot1);
        CHECK(is_needless());
    }
    SECTION("another process maps it") {
        world.map(child_va, page1);
        CHECK_FALSE(is_needless());
    }
    SECTION("another process has it swapped out") {
        world.put_into_swap_cache(page1, slot1);
        world.set_swap_pte(child_va, slot1);
        CHECK_FALSE(is_needless());
    }
    SECTION("somebody has a GUP reference to it") {
        world.hold(dio, page1, app_va, false, false);
        CHECK_FALSE(is_needless());
    }
}

TEST_CASE("a ghost read follows the PTE to the page, the swap cache or the disk", "[ghost]") {
    World world;
    const auto read = [&] { return ghost_read(world.view(), app_va, unit1); };
    CHECK(read().readable);
    CHECK(read().value == 0);
    world.make_page(page1, PG::uptodate);
    world.set_data(page1, unit1, 3);
    world.map(app_va, page1);
    CHECK(read().value == 3);
    world.set_swap_pte(app_va, slot1);
    world.set_disk(slot1, unit1, 4);
    CHECK(read().value == 4);
    world.put_into_swap_cache(page1, slot1);
    CHECK(read().value == 3);
    world.set_flags(page1, PG::swapcache | PG::locked);
    CHECK_FALSE(read().readable); // It is being read from the device.
    world.set(world.m().at(app_va).vma, 0);
    CHECK_FALSE(read().readable);
}
