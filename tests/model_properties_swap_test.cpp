// SPDX-License-Identifier: GPL-2.0-only
// Properties of the swap cache, the swap map and swapped content: a state that violates each, and ones that nearly do.
#include "tests/model_world.hpp"

using namespace model_tests;

TEST_CASE("V1: a swap_map byte counts the swap PTEs", "[properties][swap]") {
    World world;
    world.set_swap_pte(app_va, slot1);
    world.set_swap_pte(child_va, slot1);
    CHECK(world.holds("V1"));

    SECTION("a count too low is wrong whoever changes a page table") {
        world.set(world.m().slot(slot1).swap_map, 1);
        CHECK_FALSE(world.holds("V1"));
        world.lock_page_table(app);
        CHECK(world.holds("V1"));
        world.set(world.m().slot(slot1).swap_map, 0);
        CHECK_FALSE(world.holds("V1"));
    }
    SECTION("a count too high may belong to a PTE that is about to be set") {
        world.set(world.m().slot(slot1).swap_map, 3 | SWAP_HAS_CACHE);
        CHECK_FALSE(world.holds("V1"));
        world.lock_page_table(child);
        CHECK(world.holds("V1"));
    }
}

TEST_CASE("V2: a page in the swap cache says so and knows its slot", "[properties][swap]") {
    World world;
    world.make_page(page1);
    world.put_into_swap_cache(page1, slot1);
    CHECK(world.holds("V2"));
    SECTION("violated without its flag") {
        world.set_flags(page1, 0);
        CHECK_FALSE(world.holds("V2"));
    }
    SECTION("violated with another slot's number") {
        world.set(world.m().page(page1).private_, private_of_slot(slot2));
        CHECK_FALSE(world.holds("V2"));
    }
    SECTION("violated without SWAP_HAS_CACHE") {
        world.set(world.m().slot(slot1).swap_map, 1);
        CHECK_FALSE(world.holds("V2"));
    }
    SECTION("the flag alone, before the page is in its place, is no violation") {
        world.set(world.m().slot(slot1).cache, 0);
        CHECK(world.holds("V2"));
    }
}

TEST_CASE("V3: nobody uses a slot that is free", "[properties][swap]") {
    World world;
    world.set_swap_pte(app_va, slot1);
    CHECK(world.holds("V3"));
    world.set(world.m().slot(slot1).swap_map, 0);
    CHECK_FALSE(world.holds("V3"));
    world.lock_page_table(app);
    CHECK(world.holds("V3"));
    world.set(world.m().slot(slot1).cache, cache_of_page(page1));
    CHECK_FALSE(world.holds("V3"));
    world.set(world.m().slot(slot1).swap_map, SWAP_HAS_CACHE);
    CHECK(world.holds("V3"));
}

TEST_CASE("V6: a clean page that swap PTEs count on is on the device", "[properties][swap]") {
    World world;
    world.make_page(page1, PG::uptodate);
    world.put_into_swap_cache(page1, slot1);
    world.set_swap_pte(child_va, slot1);
    world.set_data(page1, unit1, 4);
    world.set_disk(slot1, unit1, 4);
    CHECK(world.holds("V6"));
    world.set_disk(slot1, unit1, 2);
    CHECK_FALSE(world.holds("V6"));

    const auto flags = world.get(world.m().page(page1).flags);
    for (const Word excuse : {PG::dirty, PG::writeback, PG::locked}) {
        world.set_flags(page1, flags | excuse);
        CHECK(world.holds("V6"));
    }
    world.set_flags(page1, flags & ~PG::uptodate);
    CHECK(world.holds("V6"));
    world.set_flags(page1, flags);

    SECTION("a dirty PTE keeps what reclaim would drop") {
        world.map(app_va, page1, World::Access::read_only);
        CHECK_FALSE(world.holds("V6"));
        world.map(app_va, page1, World::Access::writable);
        CHECK(world.holds("V6"));
    }
    SECTION("so does a write reference, even one that was excused") {
        world.hold(dio, page1, app_va, false, /*write=*/false);
        CHECK_FALSE(world.holds("V6"));
        world.hold(dio, page1, app_va, false, /*write=*/true, /*live=*/false);
        CHECK(world.holds("V6"));
    }
    SECTION("a page on whose slot nobody counts need not be there") {
        world.set(world.m().slot(slot1).swap_map, SWAP_HAS_CACHE);
        CHECK(world.holds("V6"));
    }
}

TEST_CASE("V6: what is swapped out and in no cache is on the device as it was last written", "[properties][swap]") {
    MachineSpec spec = small_machine();
    spec.references.clear();
    World world(Kernel::v6_1, spec);
    world.set_swap_pte(app_va, slot1);
    world.set(world.m().at(app_va).legal[0], bit_of(6));
    world.set_disk(slot1, unit0, 6);
    CHECK(world.holds("V6"));
    world.set_disk(slot1, unit0, 1);
    CHECK_FALSE(world.holds("V6"));
    world.lock_page_table(app);
    CHECK(world.holds("V6"));
    world.lock_page_table(app, false);
    world.make_page(page1, PG::uptodate | PG::dirty);
    world.put_into_swap_cache(page1, slot1);
    CHECK(world.holds("V6"));
}

TEST_CASE("V8: nothing can be stored in a page that a device wants to stay as it is", "[properties][swap]") {
    for (const bool stable_writes : {true, false}) {
        World world(Kernel::v6_1, small_machine(stable_writes));
        world.make_page(page1, PG::writeback);
        world.put_into_swap_cache(page1, slot1);
        world.map(app_va, page1, World::Access::read_only);
        CHECK(world.holds("V8"));
        world.map(app_va, page1, World::Access::writable);
        CHECK(world.holds("V8") == !stable_writes);
        world.lock_page_table(app);
        CHECK(world.holds("V8") == !stable_writes);
        world.set_flags(page1, PG::swapcache);
        CHECK(world.holds("V8"));
    }
}
