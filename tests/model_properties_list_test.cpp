// SPDX-License-Identifier: GPL-2.0-only
// The sometimes conditions, and which properties a scenario gets.
#include "tests/model_world.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

using namespace model_tests;

namespace {

Sometimes once(Condition condition, bool negated = false) {
    condition.negated = negated;
    return {.name = "seen", .all = {condition}};
}

bool reached(const World& world, const Condition& condition) {
    const bool plain = world.holds(make_sometimes(world.m(), once(condition)));
    const bool negated = world.holds(make_sometimes(world.m(), once(condition, true)));
    CHECK(plain != negated);
    return plain;
}

Condition about_app(ConditionKind kind) {
    Condition condition;
    condition.kind = kind;
    condition.at = app_va;
    condition.ref = dio;
    return condition;
}

std::vector<ConditionKind> true_kinds(const World& world) {
    std::vector<ConditionKind> kinds;
    for (int n = 0; n <= static_cast<int>(ConditionKind::thread_killed); ++n) {
        const auto kind = static_cast<ConditionKind>(n);
        if (reached(world, about_app(kind))) kinds.push_back(kind);
    }
    return kinds;
}

} // namespace

TEST_CASE("sometimes conditions tell the states of a PTE, a page and a reference apart", "[properties][sometimes]") {
    using Kind = ConditionKind;
    World world;
    CHECK(true_kinds(world) == std::vector{Kind::pte_none});
    world.lock_page_table(app);
    CHECK(true_kinds(world).empty()); // A PTE is none for a moment whenever it is changed.
    world.lock_page_table(app, false);

    world.make_page(page1, PG::uptodate);
    world.map(app_va, page1);
    CHECK(true_kinds(world) == std::vector{Kind::pte_present, Kind::pte_read_only});
    world.map(app_va, page1, World::Access::writable);
    CHECK(true_kinds(world) == std::vector{Kind::pte_present, Kind::pte_writable});
    world.set_flags(page1, PG::writeback | PG::swapcache);
    CHECK(true_kinds(world) == std::vector{Kind::pte_present, Kind::pte_writable, Kind::pte_page_writeback,
                                           Kind::pte_page_in_swapcache, Kind::any_page_writeback});
    world.set_swap_pte(app_va, slot1);
    CHECK(true_kinds(world) == std::vector{Kind::pte_swap, Kind::any_page_writeback});
    world.set_swap_pte(app_va, slot1, /*exclusive=*/true);
    CHECK(true_kinds(world) == std::vector{Kind::pte_swap, Kind::pte_swap_exclusive, Kind::any_page_writeback});
    world.hold(dio, page1, app_va, false, true, /*live=*/false);
    world.set_flags(page1, 0);
    CHECK(true_kinds(world) ==
          std::vector{Kind::pte_swap, Kind::pte_swap_exclusive, Kind::ref_held, Kind::ref_diverged});
    world.put_into_swap_cache(page1, slot1);
    CHECK(true_kinds(world) == std::vector{Kind::pte_swap, Kind::pte_swap_exclusive, Kind::ref_held});
    world.set(world.m().thread_done(0), 1);
    CHECK(reached(world, about_app(Kind::thread_finished)));
    world.set(world.m().thread_done(0), 256); // Killed, not finished.
    CHECK_FALSE(reached(world, about_app(Kind::thread_finished)));
    CHECK(reached(world, about_app(Kind::thread_killed)));
}

TEST_CASE("a sometimes condition on content reads as a ghost would", "[properties][sometimes]") {
    World world;
    Condition condition = about_app(ConditionKind::value_is);
    condition.unit = unit1;
    condition.value = 9;
    CHECK_FALSE(reached(world, condition));
    world.make_page(page1);
    world.map(app_va, page1);
    world.set_data(page1, unit1, 9);
    CHECK(reached(world, condition));
    Sometimes both = once(condition);
    both.all.push_back(about_app(ConditionKind::pte_writable));
    CHECK_FALSE(world.holds(make_sometimes(world.m(), both)));
    CHECK(make_sometimes(world.m(), both).name == "sometimes: seen");
}

TEST_CASE("a scenario gets the properties it names, else all that need no request, of those that apply",
          "[properties]") {
    const auto names = [](const World& world, const Scenario& scenario) {
        std::vector<std::string> list;
        for (const checker::Property& property : make_properties(world.m(), scenario)) list.push_back(property.name);
        return list;
    };
    const auto has = [](const auto& list, std::string_view name) {
        return std::find(list.begin(), list.end(), name) != list.end();
    };
    Scenario scenario;
    scenario.sometimes = {once(about_app(ConditionKind::pte_swap))};

    const World v6_1(Kernel::v6_1);
    CHECK(names(v6_1, scenario).size() == all_properties().size() - 3 + 1);
    CHECK_FALSE(has(names(v6_1, scenario), "no-needless-copy"));
    CHECK_FALSE(has(names(v6_1, scenario), "deadlock"));
    CHECK(names(v6_1, scenario).back() == "sometimes: seen");
    CHECK(not_applicable(v6_1.m(), scenario).empty());

    const World v5_18(Kernel::v5_18);
    CHECK(not_applicable(v5_18.m(), scenario) ==
          std::vector<std::string_view>{"I1", "I2", "I3", "I4", "I5", "I6", "I9"});
    CHECK(names(v5_18, scenario).size() == names(v6_1, scenario).size() - 7);
    CHECK(has(names(v5_18, scenario), "write-reference-in-sync"));

    const World no_bit(Kernel::v6_1, small_machine(), arch::riscv64);
    CHECK(not_applicable(no_bit.m(), scenario) == std::vector<std::string_view>{"I5"});
    const World part2(Kernel::v5_19_part2);
    CHECK(not_applicable(part2.m(), scenario) == std::vector<std::string_view>{"I5"});

    scenario.properties = {"no-needless-copy", "I5", "deadlock"};
    CHECK(names(v6_1, scenario) == std::vector<std::string>{"no-needless-copy", "I5", "sometimes: seen"});
    CHECK(names(no_bit, scenario) == std::vector<std::string>{"no-needless-copy", "sometimes: seen"});
}

TEST_CASE("every property is listed with its meaning and source, and found by its name", "[properties]") {
    const World world;
    for (const PropertyInfo& property : all_properties()) {
        INFO(property.name);
        CHECK(find_property(property.name) == &property);
        CHECK_FALSE(property.meaning.empty());
        CHECK_FALSE(property.source.empty());
        if (!property.built_in) {
            const checker::Property made = make_property(world.m(), property.name);
            CHECK(made.name == property.name);
            CHECK_FALSE(made.footprint.empty());
            CHECK(world.holds(made)); // Of the state before anything happened.
        }
    }
    CHECK(find_property("I7") == nullptr);
}

TEST_CASE("docs/PROPERTIES.md has a row for every property", "[properties][docs]") {
    const char* source = std::getenv("COWHERD_SOURCE");
    REQUIRE(source != nullptr);
    std::ifstream file(std::string(source) + "/docs/PROPERTIES.md");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    REQUIRE_FALSE(text.empty());
    for (const PropertyInfo& property : all_properties()) {
        INFO(property.name);
        CHECK(text.find("| " + std::string(property.name) + " |") != std::string::npos);
    }
}
