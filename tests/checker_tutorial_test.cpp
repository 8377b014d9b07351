// SPDX-License-Identifier: GPL-2.0-only
// docs/CHECKER.md cannot rot: its programs are the files of examples/checker, what they print is what it shows, and the
// errors it quotes are those that programs get which break its rules.
//
// `./dev promote checker_tutorial_test` rewrites programs and outputs in the page.

#include "checker/audit.hpp"
#include "tests/checker_programs.hpp"
#include "tests/cli_run.hpp"

#include <set>

using namespace checker;
using cli_tests::environment;
using cli_tests::TemporaryFile;

namespace {

const std::string page_path = environment("COWHERD_SOURCE", ".") + "/docs/CHECKER.md";

/// A fenced block that is to be equal to something: the line above it says to what, as "<!-- KIND: NAME -->".
struct Block {
    std::string kind;
    std::string name;
    std::size_t begin = 0; ///< of its text in the page
    std::size_t end = 0;
    std::string text(const std::string& page) const { return page.substr(begin, end - begin); }
};

std::vector<Block> blocks_of(const std::string& page) {
    constexpr std::string_view opening = "<!-- ";
    std::vector<Block> blocks;
    for (std::size_t at = page.find(opening); at != std::string::npos; at = page.find(opening, at + 1)) {
        const std::size_t colon = page.find(": ", at);
        const std::size_t close = page.find(" -->\n```", at);
        REQUIRE(close != std::string::npos);
        Block block;
        block.kind = page.substr(at + opening.size(), colon - at - opening.size());
        block.name = page.substr(colon + 2, close - colon - 2);
        block.begin = page.find('\n', close + 5) + 1;
        block.end = page.find("```\n", block.begin);
        REQUIRE(block.end != std::string::npos);
        blocks.push_back(block);
    }
    return blocks;
}

std::string expected_text(const Block& block) {
    if (block.kind == "program")
        return TemporaryFile::read(environment("COWHERD_SOURCE", ".") + "/examples/checker/" + block.name + ".cpp");
    REQUIRE(block.kind == "output");
    const cli_tests::Run run = cli_tests::shell("'" + environment("CHECKER_EXAMPLES", ".") + "/" + block.name + "'");
    INFO(block.name);
    CHECK(run.code == 0);
    return run.text;
}

/// The error of a program of one thread, which must be one.
std::string error_of(void (*body)(Thread&, Mutex, Var<unsigned>)) {
    Program program;
    const Mutex m = program.mutex("m");
    const auto var = program.var<unsigned>("var");
    program.add_thread("t", [=](Thread& t) { body(t, m, var); });
    const SearchResult result = search(program, {});
    CHECK(result.verdict == Verdict::error);
    return result.error;
}

void deep(Thread& t, Var<unsigned> var, unsigned depth) { // NOLINT(misc-no-recursion): to run out of stack
    std::byte filling[512];
    t.store(var, depth);
    if (depth > 0) deep(t, var, depth - 1);
    asm volatile("" : : "r"(filling) : "memory");
}

/// What `error` says is wrong, without thread and place.
std::string fault_of(const std::string& error) {
    const std::size_t colon = error.find(": ");
    return colon == std::string::npos ? error : error.substr(colon + 2);
}

} // namespace

TEST_CASE("the programs in the page are the files, and what they print is what it shows", "[tutorial]") {
    std::string page = TemporaryFile::read(page_path);
    std::set<std::string> shown;
    const std::vector<Block> blocks = blocks_of(page);
    for (auto block = blocks.rbegin(); block != blocks.rend(); ++block) {
        const std::string expected = expected_text(*block);
        INFO(block->kind + " " + block->name);
        REQUIRE_FALSE(expected.empty());
        shown.insert(block->kind + " " + block->name);
        if (std::getenv("COWHERD_PROMOTE") == nullptr)
            CHECK(block->text(page) == expected);
        else
            page.replace(block->begin, block->end - block->begin, expected);
    }
    if (std::getenv("COWHERD_PROMOTE") != nullptr) std::ofstream(page_path) << page;

    const std::filesystem::path examples = environment("COWHERD_SOURCE", ".") + "/examples/checker";
    for (const auto& file : std::filesystem::directory_iterator(examples)) {
        if (file.path().extension() != ".cpp") continue;
        INFO(file.path());
        CHECK(shown.contains("program " + file.path().stem().string()));
        CHECK(shown.contains("output " + file.path().stem().string()));
    }
}

TEST_CASE("the page quotes the errors of programs that break its rules", "[tutorial]") {
    const std::string page = TemporaryFile::read(page_path);
    std::vector<std::string> errors{
        fault_of(error_of([](Thread& t, Mutex, Var<unsigned> var) {
            while (t.load(var) == 0) {}
        })),
        fault_of(error_of([](Thread& t, Mutex m, Var<unsigned>) { t.unlock(m); })),
        fault_of(error_of([](Thread& t, Mutex, Var<unsigned>) { t.choose(100'000); })),
        fault_of(error_of([](Thread& t, Mutex, Var<unsigned> var) { deep(t, var, 1'000); })),
    };
    const std::string thrown = error_of([](Thread&, Mutex, Var<unsigned>) { throw std::runtime_error("no luck"); });
    errors.push_back(thrown.substr(thrown.find("lets")));

    Program forgetful;
    const auto var = forgetful.var<unsigned>("var");
    forgetful.add_thread("t", [=](Thread& t) {
        const unsigned seen = t.choose(2);
        t.forget("loop");
        t.store(var, 0);
        t.store(var, seen);
    });
    const std::string fault = audit(forgetful, 0).fault;
    errors.push_back(fault.substr(fault.find("although")));

    for (const std::string& error : errors) {
        INFO(error);
        REQUIRE(error.size() > 10);
        CHECK(page.find(error) != std::string::npos);
    }
}
