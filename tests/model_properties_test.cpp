// SPDX-License-Identifier: GPL-2.0-only
// Each property has a state that violates it, and one that nearly does. What single steps are seen to violate is in
// model_ghost_test.cpp.
#include "tests/model_world.hpp"

using namespace model_tests;

TEST_CASE("write-reference-in-sync: a write reference and its home name the same page", "[properties][P4]") {
    World world;
    world.make_page(page1);
    world.make_page(page2);
    world.map(app_va, page1, World::Access::writable);
    world.hold(dio, page1, app_va, /*pin=*/false, /*write=*/true);
    CHECK(world.holds("write-reference-in-sync"));

    SECTION("violated when the home maps another page") {
        world.map(app_va, page2);
        CHECK_FALSE(world.holds("write-reference-in-sync"));
        CHECK(world.explanation("write-reference-in-sync") ==
              "dio's reference holds page 1; app 0x1000 now maps page 2");
        SECTION("but not while the page-table lock of its home is held") {
            world.lock_page_table(app);
            CHECK(world.holds("write-reference-in-sync"));
        }
        SECTION("though the lock of another address space excuses nothing") {
            world.lock_page_table(child);
            CHECK_FALSE(world.holds("write-reference-in-sync"));
        }
        SECTION("but not for a reference that was excused") {
            world.hold(dio, page1, app_va, false, true, /*live=*/false);
            CHECK(world.holds("write-reference-in-sync"));
        }
        SECTION("but not for an R/O reference, which is owed nothing") {
            world.hold(dio, page1, app_va, false, /*write=*/false);
            CHECK(world.holds("write-reference-in-sync"));
        }
        SECTION("but not for a pin, which is the business of pin-in-sync") {
            world.hold(dio, page1, app_va, /*pin=*/true, true);
            CHECK(world.holds("write-reference-in-sync"));
            CHECK_FALSE(world.holds("pin-in-sync"));
        }
    }
    SECTION("violated when the home maps nothing") {
        world.set(world.m().at(app_va).pte, arch::pte_none_value(world.m().arch()).val);
        CHECK_FALSE(world.holds("write-reference-in-sync"));
        CHECK(world.explanation("write-reference-in-sync") ==
              "dio's reference holds page 1; app 0x1000 now maps nothing");
    }
    SECTION("holds while the home is swapped out and the page is in the swap cache") {
        world.put_into_swap_cache(page1, slot1);
        world.set_swap_pte(app_va, slot1);
        CHECK(world.holds("write-reference-in-sync"));
        world.set(world.m().slot(slot1).cache, cache_of_page(page2));
        CHECK_FALSE(world.holds("write-reference-in-sync"));
        world.set(world.m().slot(slot1).cache, 0);
        CHECK_FALSE(world.holds("write-reference-in-sync"));
    }
}

TEST_CASE("write-reference-in-sync reads PTEs in each architecture's own bits", "[properties][P4]") {
    for (const arch::Layout* layout : arch::layouts()) {
        INFO(layout->name);
        World world(Kernel::v6_1, small_machine(), *layout);
        world.make_page(page1);
        world.make_page(page2);
        world.map(app_va, page1);
        world.hold(dio, page1, app_va, false, true);
        CHECK(world.holds("write-reference-in-sync"));
        world.map(app_va, page2);
        CHECK_FALSE(world.holds("write-reference-in-sync"));
        world.put_into_swap_cache(page1, slot2);
        world.set_swap_pte(app_va, slot2, /*exclusive=*/true);
        CHECK(world.holds("write-reference-in-sync"));
        world.set_swap_pte(app_va, slot1, /*exclusive=*/true);
        CHECK_FALSE(world.holds("write-reference-in-sync"));
    }
}

TEST_CASE("pin-in-sync: R/O pins count only where pinning unshares first", "[properties][P3]") {
    for (const auto& [kernel, holds] : {std::pair{Kernel::v5_18, true}, std::pair{Kernel::v5_19, false}}) {
        World world(kernel);
        world.make_page(page1);
        world.make_page(page2);
        world.map(app_va, page2);
        world.hold(dio, page1, app_va, /*pin=*/true, /*write=*/false);
        CHECK(world.holds("pin-in-sync") == holds);
        world.hold(dio, page1, app_va, /*pin=*/true, /*write=*/true);
        CHECK_FALSE(world.holds("pin-in-sync"));
    }
}

TEST_CASE("no-lost-write: when all threads are done, what is there is what was written", "[properties][C3]") {
    World world;
    world.make_page(page1);
    world.map(app_va, page1);
    world.set_data(page1, unit1, 7);
    world.set(world.m().at(app_va).legal[unit1.index], bit_of(3) | bit_of(5));

    CHECK(world.holds("no-lost-write")); // The thread still runs.
    world.set(world.m().thread_done(0), 1);
    CHECK_FALSE(world.holds("no-lost-write"));
    CHECK(world.explanation("no-lost-write").find("app 0x1000 unit 1 would now return 7") != std::string::npos);

    SECTION("either of two legal values will do") {
        world.set_data(page1, unit1, 5);
        CHECK(world.holds("no-lost-write"));
    }
    SECTION("an address that is unmapped, or whose process is gone, has no value") {
        world.set(world.m().at(app_va).vma, 0);
        CHECK(world.holds("no-lost-write"));
        world.set(world.m().at(app_va).vma, VM::mapped);
        CHECK_FALSE(world.holds("no-lost-write"));
        world.set(world.m().mm(app).alive, 0);
        CHECK(world.holds("no-lost-write"));
    }
    SECTION("swapped out, the value is that of the swap cache, or else of the disk") {
        world.set_swap_pte(app_va, slot1);
        world.set_disk(slot1, unit1, 3);
        CHECK(world.holds("no-lost-write"));
        world.put_into_swap_cache(page1, slot1);
        CHECK_FALSE(world.holds("no-lost-write"));
    }
}

TEST_CASE("what a single step was seen to violate belongs to its property alone", "[properties]") {
    const std::vector<std::pair<std::string, Word>> bits = {
        {"no-lost-write", Broken::lost_write},       {"cow-isolation", Broken::isolation},
        {"no-needless-copy", Broken::needless_copy}, {"I9", Broken::exclusive_cleared},
        {"P6", Broken::writeback_referenced},        {"V4", Broken::wrong_swap_page}};
    for (const auto& [broken, bit] : bits) {
        World world;
        world.set(world.m().broken(), bit);
        for (const auto& [property, its_bit] : bits) {
            INFO(broken << ", " << property);
            CHECK(world.holds(property) == (property != broken));
        }
    }
}

TEST_CASE("I1: an exclusive page is anonymous", "[properties][exclusive]") {
    World world;
    world.make_page(page1, PG::anon_exclusive);
    CHECK(world.holds("I1"));
    world.set(world.m().page(page1).mapping, 0);
    CHECK_FALSE(world.holds("I1"));
    world.set_flags(page1, PG::uptodate);
    CHECK(world.holds("I1"));
}

TEST_CASE("I2: an exclusive page is mapped once, also while fork shares it", "[properties][exclusive]") {
    World world;
    world.make_page(page1, PG::anon_exclusive);
    world.set(world.m().page(page1).mapcount, 1);
    CHECK(world.holds("I2"));
    world.set(world.m().page(page1).mapcount, 2);
    CHECK_FALSE(world.holds("I2"));
    world.lock_page_table(app);
    CHECK_FALSE(world.holds("I2"));
    world.set(world.m().mm(app).forking_to, 2);
    CHECK_FALSE(world.holds("I2"));
    world.set_flags(page1, 0);
    CHECK(world.holds("I2"));
}

TEST_CASE("I3: exactly one PTE maps an exclusive page that is mapped", "[properties][exclusive]") {
    World world;
    world.make_page(page1, PG::anon_exclusive);
    CHECK(world.holds("I3")); // Not mapped: a zap leaves it so.
    world.map(app_va, page1, World::Access::writable);
    CHECK(world.holds("I3"));

    SECTION("violated by a second PTE") {
        world.map(child_va, page1);
        CHECK_FALSE(world.holds("I3"));
        world.lock_page_table(child);
        CHECK(world.holds("I3"));
        world.lock_page_table(child, false);
        world.set_flags(page1, 0);
        CHECK(world.holds("I3"));
    }
    SECTION("violated by none, unless a lock holder may be about to set it") {
        world.set(world.m().at(app_va).pte, 0);
        CHECK_FALSE(world.holds("I3"));
        world.lock_page_table(app);
        CHECK(world.holds("I3"));
    }
}

TEST_CASE("I4: a page that may be shared is never writable", "[properties][exclusive]") {
    World world;
    world.make_page(page1);
    world.map(app_va, page1, World::Access::read_only);
    CHECK(world.holds("I4"));
    world.map(app_va, page1, World::Access::writable);
    CHECK_FALSE(world.holds("I4"));
    CHECK(world.explanation("I4").find("app 0x1000 maps page 1 writable") == 0);
    world.lock_page_table(app);
    CHECK(world.holds("I4"));
    world.lock_page_table(app, false);
    world.set_flags(page1, PG::anon_exclusive);
    CHECK(world.holds("I4"));
}

TEST_CASE("I5: a marked swap PTE is the only one of its slot", "[properties][exclusive]") {
    World world;
    world.set_swap_pte(app_va, slot1, /*exclusive=*/true);
    CHECK(world.holds("I5"));

    SECTION("violated by a second swap PTE for the slot") {
        world.set_swap_pte(child_va, slot1);
        CHECK_FALSE(world.holds("I5"));
        world.set(world.m().slot(slot1).swap_map, 1);
        CHECK_FALSE(world.holds("I5"));
        world.lock_page_table(child);
        CHECK(world.holds("I5"));
    }
    SECTION("violated by a count that is not 1, whatever SWAP_HAS_CACHE") {
        world.set(world.m().slot(slot1).swap_map, 1 | SWAP_HAS_CACHE);
        CHECK(world.holds("I5"));
        world.set(world.m().slot(slot1).swap_map, 2);
        CHECK_FALSE(world.holds("I5"));
        world.lock_page_table(app);
        CHECK(world.holds("I5"));
    }
    SECTION("not by swap PTEs without the marker, nor by those of another slot") {
        world.set_swap_pte(child_va, slot2, /*exclusive=*/true);
        CHECK(world.holds("I5"));
        world.set_swap_pte(app_va, slot2);
        world.set_swap_pte(child_va, slot2);
        CHECK(world.holds("I5"));
    }
}

TEST_CASE("I6: no swap PTE names an exclusive page in the swap cache", "[properties][exclusive]") {
    World world;
    world.make_page(page1, PG::anon_exclusive);
    world.put_into_swap_cache(page1, slot1);
    CHECK(world.holds("I6"));
    world.set_swap_pte(app_va, slot2);
    CHECK(world.holds("I6"));
    world.set_swap_pte(app_va, slot1);
    CHECK_FALSE(world.holds("I6"));
    world.lock_page_table(app);
    CHECK(world.holds("I6"));
    world.lock_page_table(app, false);
    world.set_flags(page1, PG::swapcache);
    CHECK(world.holds("I6"));
}

TEST_CASE("freed-page-untouched: a step that reaches into a free page is named", "[properties]") {
    World world;
    CHECK(world.holds("freed-page-untouched"));
    world.set(world.m().touched_freed(), 1 + Word{page2.index});
    CHECK_FALSE(world.holds("freed-page-untouched"));
    CHECK(world.explanation("freed-page-untouched").find("page 2") != std::string::npos);
}

TEST_CASE("references-balance: every reference and every mapping is accounted for", "[properties]") {
    World world;
    CHECK(world.holds("references-balance"));
    world.make_page(page1);
    world.map(app_va, page1);
    world.put_into_swap_cache(page1, slot1);
    world.hold(dio, page1, app_va, /*pin=*/false, true);
    world.hold(vmspliced, page1, app_va, /*pin=*/true, true);
    world.set(world.m().lru_batch(CpuId{0}), 1);
    world.add(world.m().page(page1).refcount, 1);
    REQUIRE(world.get(world.m().page(page1).refcount) == 1 + 1 + 1 + 1024 + 1);
    CHECK(world.holds("references-balance"));

    SECTION("violated by a reference too many or too few") {
        world.add(world.m().page(page1).refcount, 1);
        CHECK_FALSE(world.holds("references-balance"));
        world.set(world.m().page(page1).refcount, world.get(world.m().page(page1).refcount) - 2);
        CHECK_FALSE(world.holds("references-balance"));
    }
    SECTION("violated by a mapcount that no PTE explains") {
        world.add(world.m().page(page1).mapcount, 1);
        CHECK_FALSE(world.holds("references-balance"));
    }
    SECTION("violated by a page that nobody holds and that is not free") {
        world.make_page(page2);
        CHECK_FALSE(world.holds("references-balance"));
        world.set(world.m().page(page2).allocated, 0);
        CHECK(world.holds("references-balance"));
    }
}
