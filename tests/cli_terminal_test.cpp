// SPDX-License-Identifier: GPL-2.0-only
// Where output goes and how a run ends: terminals, pipes, full disks and signals.
#include "tests/cli_run.hpp"

#include <vector>

using namespace cli_tests;
using Catch::Contains;

namespace {

/// Longer than anybody waits.
const std::string long_run = "check " + seed + " --kernel v5.19 --strategy naive ";
const std::string erased = "\r\x1b[K";

/// What stderr gets to see where it is a terminal of so many columns.
Run on_terminal(unsigned columns, const std::string& arguments) {
    return shell("script -qec 'stty cols " + std::to_string(columns) + "; \"$COWHERD\" " + arguments +
                 " >/dev/null' /dev/null </dev/null");
}

/// The lines that were drawn, one over the other.
std::vector<std::string> lines_of(std::string text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; (at = text.find(erased)) != std::string::npos;) {
        text.erase(0, at + erased.size());
        lines.push_back(text.substr(0, text.find(erased)));
    }
    return lines;
}

bool end_by(const std::string& signal, const std::string& arguments) {
    const Run run =
        shell("timeout --preserve-status -s " + signal + " 0.5 \"$COWHERD\" " + arguments + " >/dev/null 2>&1");
    return run.code == 130;
}

} // namespace

TEST_CASE("check shows on a terminal how far it is, in one line that gives way to a summary", "[cli]") {
    for (const unsigned columns : {30U, 200U}) {
        const Run run = on_terminal(columns, long_run + "--max-time 2");
        CHECK(run.code == 20);
        const std::vector<std::string> lines = lines_of(run.text);
        REQUIRE(lines.size() > 1);
        CHECK_THAT(lines.back(), Contains(" steps in 2.") && Contains(" states a second; depth "));
        CHECK_THAT(lines.front(), Contains(" states, 1 s"));
        for (auto line = lines.begin(); line != lines.end() - 1; ++line) CHECK(line->size() < columns);
        if (columns > 100) CHECK_THAT(lines.front(), Contains(" MiB"));
    }
}

TEST_CASE("the gate shows on a terminal how far it is, and then how long it took", "[cli]") {
    const Run run = on_terminal(60, "gate scenarios/gup");
    CHECK(run.code == 0);
    const std::vector<std::string> lines = lines_of(run.text);
    REQUIRE(lines.size() > 1);
    CHECK_THAT(lines.front(), Catch::Matches("[0-9,]+ of 1,604 cells, [0-9.]+ s: gup/.*"));
    CHECK_THAT(lines.back(), Catch::StartsWith("1,604 cells of 4 scenarios in "));
    for (const std::string& line : lines) CHECK(line.size() < 60);
}

TEST_CASE("nothing is drawn where stderr is no terminal", "[cli]") {
    CHECK(cowherd(long_run + "--max-time 1.5", "2>&1 >/dev/null").text.empty());
    CHECK_THAT(cowherd("gate scenarios/gup", "2>&1 >/dev/null").text,
               Catch::StartsWith("1,604 cells of 4 scenarios in "));
}

TEST_CASE("a signal ends a run with 130 and leaves no half-written file", "[cli]") {
    for (const std::string signal : {"INT", "TERM"}) {
        const TemporaryDirectory directory;
        CHECK(end_by(signal, long_run + "--trace " + directory.path() + "/trace.json"));
        CHECK(end_by(signal, "gate scenarios --junit " + directory.path() + "/gate.xml"));
        CHECK(directory.files() == 0);
    }
}

TEST_CASE("what cannot be written is an error", "[cli]") {
    const Run out = cowherd("check " + seed + " --kernel v5.18", "2>&1 >/dev/full");
    CHECK(out.code == 3);
    CHECK(out.text == "cowherd: standard output: cannot write: No space left on device\n");
    CHECK(cowherd("--help", "2>&1 >/dev/full").code == 3);
    CHECK(cowherd("check --help", "2>&1 >/dev/full").code == 3);
    CHECK(cowherd("--version", "2>&1 >/dev/full").code == 3);
    CHECK(cowherd("--version").code == 0);
    const Run trace = cowherd("check " + small + " --kernel v5.18 --trace /dev/full");
    CHECK(trace.code == 3);
    CHECK_THAT(trace.text, Contains("/dev/full"));
    const Run junit = cowherd("gate scenarios/gup --kernel v5.7 --junit /dev/full");
    CHECK(junit.code == 3);
    CHECK_THAT(junit.text, Contains("/dev/full"));
}

TEST_CASE("a reader that is gone is no error, and the exit code is that of the verdict", "[cli]") {
    const TemporaryFile talk("");
    const auto into_nothing = [&](const std::string& arguments) {
        // The sleep is for the reader to be gone.
        shell("( sleep 0.3; \"$COWHERD\" " + arguments + " 2>" + talk.path() + "; echo $? >>" + talk.path() +
              " ) | true");
        return talk.content();
    };
    CHECK(into_nothing("check " + small + " --kernel v5.18") == "10\n");
    CHECK(into_nothing("check " + small + " --kernel v5.19 --json") == "0\n");
    CHECK(into_nothing("list rules") == "0\n");
    CHECK(into_nothing("--help") == "0\n");
}
