// SPDX-License-Identifier: GPL-2.0-only
// Programs that break the rules: each gets an error that names the place, whatever the search.

#include "checker/audit.hpp"
#include "checker/search.hpp"
#include "checker/thread.hpp"
#include "tests/checker_programs.hpp"

#include <catch2/catch.hpp>

#include <stdexcept>

using namespace checker;

namespace {

/// What the checker says is wrong with a program of one thread.
std::string error_of(std::function<void(Thread&)> body, Program& program) {
    program.add_thread("only", std::move(body));
    const SearchResult result = search(program, {});
    CHECK(result.verdict == Verdict::error);
    return result.error;
}

// Deep enough to run out of stack, with a step on each level so that the checker notices. The compiler cannot know what
// happens to `filling` after the call, so it neither leaves it out nor makes a loop of the recursion.
[[gnu::noinline]] void dig(Thread& t, Var<unsigned> var, unsigned depth) {
    std::byte filling[512];
    t.store(var, depth);
    if (depth > 0) dig(t, var, depth - 1);
    asm volatile("" : : "r"(filling) : "memory");
}

} // namespace

TEST_CASE("unlocking what is not locked is an error of the program that names thread, function and lock word",
          "[error]") {
    Program program;
    const Mutex m = program.mutex("m");
    const std::string error = error_of(
        [=](Thread& t) {
            t.forget("outer loop");
            t.unlock(m, "spin_unlock");
        },
        program);
    CHECK_THAT(error, Catch::Contains("thread 'only' in operator()() at spin_unlock, line "));
    CHECK_THAT(error, Catch::EndsWith("in the loop 'outer loop': unlocks what is not locked"));
}

TEST_CASE("a loop without a forget is an error that names the last loop passed", "[error]") {
    Program program;
    const auto a = program.var<unsigned>("a");
    const std::string error = error_of(
        [=](Thread& t) {
            t.forget("good loop");
            for (;;) t.store(a, t.load(a) ^ 1);
        },
        program);
    CHECK_THAT(error, Catch::Contains("good loop"));
    CHECK_THAT(error, Catch::EndsWith("takes more than 4096 steps without a forget"));
}

TEST_CASE("running out of stack is an error of the program", "[error]") {
    Program program;
    const auto a = program.var<unsigned>("a");
    CHECK_THAT(error_of([=](Thread& t) { dig(t, a, 200); }, program),
               Catch::EndsWith("needs more stack than a thread has"));
}

TEST_CASE("an exception that escapes from a thread, an operation or a property is an error", "[error]") {
    const auto throws = [](Cells&) -> int { throw std::runtime_error("boom"); };
    Program one;
    CHECK_THAT(error_of([](Thread&) { throw std::runtime_error("boom"); }, one),
               Catch::EndsWith("lets an exception escape: boom"));
    Program two;
    CHECK_THAT(error_of([=](Thread& t) { t.atomic("throws", throws, Where::here()); }, two), Catch::EndsWith("boom"));
    Program three;
    three.add_property(
        {"p", PropertyKind::always, {}, [](const View&) -> bool { throw std::runtime_error("boom"); }, nullptr});
    CHECK_THAT(error_of([](Thread& t) { t.choose(2); }, three), Catch::EndsWith("boom"));
}

TEST_CASE("an exception of any type is an error, in a search and in an audit", "[error]") {
    const auto throws = [](Cells&) -> int { throw 1; };
    const auto body = [=](Thread& t) { t.atomic("throws", throws, Where::here()); };
    Program program;
    CHECK_THAT(error_of(body, program), Catch::EndsWith("throws what is no std::exception"));
    CHECK_THAT(audit(program, 0).error, Catch::EndsWith("throws what is no std::exception"));
    Program in_body;
    CHECK_THAT(error_of([](Thread&) { throw 1; }, in_body), Catch::EndsWith("lets an exception escape"));
}

TEST_CASE("a choose among too many values is an error", "[error]") {
    Program program;
    CHECK_THAT(error_of([](Thread& t) { t.choose(70'000); }, program),
               Catch::EndsWith("chooses among more than 65,536 values"));
}

TEST_CASE("a program without threads is an error", "[error]") {
    CHECK(search(Program{}, {}).error == "the program has no threads");
}

TEST_CASE("too many cells, threads or properties are refused while building", "[error]") {
    Program program;
    for (int i = 0; i < 65'536; ++i) program.add_cell("cell");
    CHECK_THROWS_AS(program.add_cell("cell"), std::length_error);
    for (int i = 0; i < 64; ++i) {
        program.add_thread("thread", [](Thread&) {});
        const std::string name = "property " + std::to_string(i);
        program.add_property({name, PropertyKind::at_end, {}, [](const View&) { return true; }, nullptr});
    }
    CHECK_THROWS_AS(program.add_thread("thread", [](Thread&) {}), std::length_error);
    CHECK_THROWS_AS(program.add_property({}), std::length_error);
    CHECK(search(program, {}).verdict == Verdict::holds);

    Program plain;
    for (int i = 0; i < 64; ++i)
        plain.add_property(small::always("property " + std::to_string(i), {}, [](const View&) { return true; }));
    CHECK_THROWS_AS(plain.plain<int>("p"), std::length_error);
}

TEST_CASE("a property that reads outside its footprint is trapped", "[error]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto b = program.var<int>("b");
    program.add_property(
        {"a and b",
         PropertyKind::always,
         {a.cell},
         [=](const View& view) { return from_word<int>(view[a.cell]) == 0 || from_word<int>(view[b.cell]) == 0; },
         nullptr});
    program.add_thread("t", [=](Thread& t) { t.store(a, 1); });
    CHECK(search(program, {}).verdict == Verdict::holds);
    const SearchResult result = search(program, {.check_footprints = true});
    CHECK(result.verdict == Verdict::error);
    CHECK(result.error == "property 'a and b' reads cell 'b', which is not in its footprint");
}

TEST_CASE("an at-end property that reads outside its footprint is trapped", "[error]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto b = program.var<int>("b");
    program.add_property(
        {"b at the end", PropertyKind::at_end, {a.cell}, [=](const View& view) { return view[b.cell] == 0; }, nullptr});
    program.add_thread("t", [=](Thread& t) { t.store(a, 1); });
    CHECK(search(program, {}).verdict == Verdict::holds);
    const SearchResult result = search(program, {.check_footprints = true});
    CHECK(result.verdict == Verdict::error);
    CHECK(result.error == "property 'b at the end' reads cell 'b', which is not in its footprint");
}

TEST_CASE("a property has a name of its own, which is no built-in one's, and says when it holds", "[error]") {
    const auto property = [](std::string name) {
        return small::always(std::move(name), {}, [](const View&) { return true; });
    };
    Program program;
    program.plain<int>("p");
    program.add_property(property("mine"));
    const std::pair<std::string, std::string> wrong[] = {
        {"mine", "property 'mine': the program has one of this name already"},
        {deadlock_property, "property 'deadlock': the name is a built-in property's; choose another"},
        {never_ends_property, "property 'never-ends': the name is a built-in property's; choose another"},
        {data_race_property, "property 'data race': the name is a built-in property's; choose another"},
        {"assertion: a", "property 'assertion: a': the name is a built-in property's; choose another"},
        {"", "property '': its name is empty; reports and traces go by the name"},
    };
    for (const auto& [name, message] : wrong)
        CHECK_THROWS_MATCHES(program.add_property(property(name)), std::invalid_argument,
                             Catch::Matchers::Message(message));

    Property half{"half", PropertyKind::always, {}, nullptr, nullptr};
    CHECK_THROWS_MATCHES(program.add_property(half), std::invalid_argument,
                         Catch::Matchers::Message("property 'half': it does not say when it holds"));
    Property race = property("race");
    race.kind = PropertyKind::no_data_race;
    CHECK_THROWS_AS(program.add_property(race), std::invalid_argument);
    program.add_property(property("mine too"));
    CHECK(program.properties().size() == 3);
}
