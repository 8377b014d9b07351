// SPDX-License-Identifier: GPL-2.0-only
// Results as text: what each kind of step looks like, what words mean, and what is said of each verdict.

#include "checker/describe.hpp"
#include "tests/checker_programs.hpp"

#include <catch2/catch.hpp>

using namespace checker;

namespace described {

enum class Colour : std::uint8_t { red, green };
std::string describe(Colour colour) { return colour == Colour::red ? "red" : "green"; }

enum class Number : std::uint8_t { zero, one };

struct Pair {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
};

} // namespace described

namespace {

/// The lines of the steps of the thread, which ends by failing an assertion so that they are shown.
std::vector<std::string> lines_of(const Program& program) {
    const std::string text = describe(program, search(program, {}));
    const std::size_t begin = text.find("\n   1  ");
    const std::size_t end = text.find("violates assertion: shown");
    REQUIRE(begin != std::string::npos);
    REQUIRE(end != std::string::npos);
    std::vector<std::string> lines;
    for (std::size_t at = begin + 1; at < text.rfind('\n', end);) {
        const std::size_t line_end = text.find('\n', at);
        lines.push_back(text.substr(at, line_end - at));
        at = line_end + 1;
    }
    return lines;
}

} // namespace

TEST_CASE("words are described by the type of the value in the cell", "[describe]") {
    Program program;
    const auto said = [&program](CellId cell, Word word) { return describe_cell(program, cell, word); };
    CHECK(said(program.var<int>("int").cell, to_word(-1)) == "-1");
    CHECK(said(program.var<unsigned>("unsigned").cell, to_word(-1)) == "4294967295");
    CHECK(said(program.var<char>("char").cell, 65) == "65");
    CHECK(said(program.var<bool>("bool").cell, 1) == "true");
    CHECK(said(program.plain<double>("double").cell, to_word(0.5)) == "0.500000");
    CHECK(said(program.var<described::Colour>("colour").cell, 1) == "green");
    CHECK(said(program.var<described::Number>("number").cell, 1) == "1");
    CHECK(said(program.var<described::Pair>("pair").cell, to_word(described::Pair{1, 1})) == "4294967297");
    CHECK(said(program.mutex("mutex").cell, 1) == "held");
    CHECK(said(program.mutex("mutex").cell, 0) == "free");
    const RwLock rwlock = program.rwlock("rwlock");
    CHECK(said(rwlock.cell, 0) == "free");
    CHECK(said(rwlock.cell, 1) == "1 reader");
    CHECK(said(rwlock.cell, 2) == "2 readers");
    CHECK(said(rwlock.cell, RwLock::writer_held) == "a writer");
    CHECK(said(program.add_cell("cell"), 7) == "7");
}

TEST_CASE("a step is a call with its cell, what it puts there, and what it returns", "[describe]") {
    Program program;
    const auto a = program.var<int>("a");
    const auto p = program.plain<int>("p");
    const Mutex m = program.mutex("m");
    const Flag flag{program.add_cell("flags"), 2};
    program.add_thread("t", [=](Thread& t) {
        t.store(a, -3);
        (void)t.load(a);
        (void)t.exchange(a, 5);
        (void)t.compare_exchange(a, 4, 6);
        t.add(a, -1);
        (void)t.add_return(a, 2);
        t.write(p, 1);
        (void)t.read(p);
        t.set(flag);
        (void)t.test(flag);
        (void)t.test_and_clear(flag);
        t.lock(m);
        (void)t.trylock(m);
        t.unlock(m);
        (void)t.choose(2);
        (void)t.choose(2, "colour: red / green");
        (void)t.atomic(
            "sum", [](Cells&, int x) { return x + 1; }, Where::here(), 41);
        t.atomic(
            "clear", [](Cells& cells, Var<int> v) { cells.set(v.cell, 0); }, Where::here(), a);
        t.store(a, 0);
        t.check(false, "shown");
    });
    CHECK(lines_of(program) == std::vector<std::string>{
                                   "   1  WRITE_ONCE(a, -3)",
                                   "          a: 0 -> -3",
                                   "   2  READ_ONCE(a) = -3",
                                   "   3  xchg(a, 5) = -3",
                                   "          a: -3 -> 5",
                                   "   4  cmpxchg(a, 4, 6) = 5",
                                   "   5  atomic_add(a, -1)",
                                   "          a: 5 -> 4",
                                   "   6  atomic_add_return(a, 2) = 6",
                                   "          a: 4 -> 6",
                                   "   7  write(p, 1)",
                                   "          p: 0 -> 1",
                                   "   8  read(p) = 1",
                                   "   9  set_bit(flags)",
                                   "          flags: 0 -> 2",
                                   "  10  test_bit(flags) = true",
                                   "  11  test_and_clear_bit(flags) = true",
                                   "          flags: 2 -> 0",
                                   "  12  lock(m)",
                                   "          m: free -> held",
                                   "  13  trylock(m) = not taken",
                                   "  14  unlock(m)",
                                   "          m: held -> free",
                                   "  15  choose = choice 0",
                                   "  16  colour = red",
                                   "  17  sum = 42",
                                   "  18  clear",
                                   "          a: 6 -> 0",
                                   "  19  WRITE_ONCE(a, 0)",
                               });
}

TEST_CASE("each verdict says what it is about", "[describe]") {
    // Without reductions, so that a better one changes nothing here.
    const SearchOptions plain{.strategy = Strategy::plain};
    Program good = small::counting(2, true);
    CHECK(describe(good, search(good, plain)) == "holds (16 states)\n");
    CHECK(describe(good, search(good, {.strategy = Strategy::plain, .max_states = 5})) ==
          "inconclusive (5 states)\n  stopped: the bound of 5 states was reached (5 transitions, depth 5)\n");

    good.add_property(small::sometimes("six", {CellId{0}}, small::equals(Var<int>{CellId{0}}, 6)));
    CHECK(describe(good, search(good, plain)) == "violated (16 states)\n  never reached: six\n");

    Program endless;
    const auto a = endless.var<int>("a");
    endless.add_thread("t", [=](Thread& t) {
        for (;;) {
            t.forget("loop");
            t.store(a, 1);
        }
    });
    CHECK(describe(endless, search(endless, {})) ==
          "violated (2 states)\n  violated: never-ends\n\nnever-ends\nno schedule ends\n");

    Program wrong;
    wrong.add_thread("t", [](Thread&) { throw 1; });
    CHECK(describe(wrong, search(wrong, {})) == "error (0 states)\n  error: thread 't' lets an exception escape\n");
}

TEST_CASE("what is wrong before the first step has no steps, and who waits for ever is named", "[describe]") {
    Program program;
    const Mutex m = program.mutex("m");
    const auto data = program.plain<int>("data");
    for (const char* name : {"one", "two"})
        program.add_thread(name, [=](Thread& t) {
            t.write(data, 1);
            t.lock(m);
        });
    program.add_thread(
        "daemon", [=](Thread& t) { t.lock(m), t.lock(m); }, true);
    const SearchResult result = search(program, {});
    REQUIRE(small::names(result) == std::vector<std::string>{data_race_property, deadlock_property});
    CHECK(
        describe(program, result.violations[0]).starts_with("data race\nbefore the first step\n\ndata race on data: "));
    const std::string deadlock = describe(program, result.violations[1]);
    CHECK(deadlock.find("two waits for ever at lock(m), line ") != std::string::npos);
    CHECK(deadlock.find("daemon waits for ever") == std::string::npos);
}

TEST_CASE("a choice that its label does not list is said by its number", "[describe]") {
    Operation op;
    op.kind = OpKind::choose;
    op.label = "colour: red / green";
    CHECK(describe_label(op) == "colour");
    CHECK(describe_choice(op, 0) == "red");
    CHECK(describe_choice(op, 1) == "green");
    CHECK(describe_choice(op, 2) == "choice 2");
}
