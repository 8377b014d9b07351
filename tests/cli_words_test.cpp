// SPDX-License-Identifier: GPL-2.0-only
// What people type, and what they are told: options, names of files, lists, and the wording of results.
#include "tests/cli_run.hpp"

#include <nlohmann/json.hpp>

using namespace cli_tests;
using Catch::Contains;

namespace {

/// Where the small scenario holds.
const std::string one_cell = " --kernel v5.7 --arch arm64";

} // namespace

TEST_CASE("wrong words on the command line are answered with the nearest right one", "[cli]") {
    is_usage_error("", "say what `cowherd` shall do: check, gate, replay, certify, conform, list, arch");
    is_usage_error("checkk", "there is no command \"checkk\"; did you mean \"check\"? There are check, gate,");
    is_usage_error("list", "say what `cowherd list` shall do: kernels,");
    is_usage_error("list rulez", "there is no list of \"rulez\"; did you mean \"rules\"?");
    is_usage_error("check --foo", "there is no option \"--foo\"; there are --help");
    is_usage_error("check " + seed + " --kernl v5.18", "did you mean \"--kernel\"?");
    is_usage_error("list rules --jsn", "did you mean \"--json\"?");
    is_usage_error("check", "FILE");
    const std::string check = "check " + seed + " ";
    is_usage_error(check + "--kernel v5.91", "did you mean \"v5.19\"? There are v5.7, v5.10");
    is_usage_error(check + "--kernel v5.18 --arch x86_46", "did you mean \"x86_64\"?");
    is_usage_error(check + "--kernel v5.18 --arch mips", "mips* stands for those that begin so: mips32-phys36-6.12");
    is_usage_error(check + "--kernel v5.18 --arch 'mops*'", "no architecture has a name like \"mops*\"");
    is_usage_error(check + "--kernel v5.18 --arch vax", "there is no architecture \"vax\"; cowherd list shows");
    is_usage_error(check + "--kernel v5.18 --without swp_exclusiv", "did you mean \"swp_exclusive\"?");
    is_usage_error(check, "names no kernel: give --kernel with one of v5.7");
    is_usage_error(check + "--strategy zzzzzz", "there is no strategy \"zzzzzz\"; there are naive, plain, stateful");
    is_usage_error(check + "--strategy statefull", "did you mean \"stateful\"?");
    is_usage_error(check + "--strategy dpr", "did you mean \"dpor\"?");
    is_usage_error(check + "--reduction symetry", "there is no reduction \"symetry\"; did you mean \"symmetry\"?");
    is_usage_error(check + "--reduction merge,none", "\"none\" goes with no other reduction");
    is_usage_error(check + "--reduction commute", "'commute' refines 'merge': add merge");
    is_usage_error(check + "--kernel v5.18 --strategy plain --reduction none",
                   "--reduction is for --strategy stateful, not for plain");
    is_usage_error(check + "--kernel v5.18 --strategy naive -j 2",
                   "--jobs is for --strategy stateful or dpor, not for naive");
    is_usage_error(check + "-j 0", "--jobs: expected a number of threads from 1 to 256, found \"0\"");
    is_usage_error(check + "--kernel v5.18 --strategy dpor --max-memory 8",
                   "--max-memory bounds visited states, and --strategy dpor keeps none");
    is_usage_error(check + "--kernel v5.18 --strategy naive --max-memory 8",
                   "--max-memory bounds visited states, and --strategy naive keeps none");
    is_usage_error(check + "--engine foo", "there is no engine \"foo\"; there are automata, fibers, replay");
    is_usage_error(check + "--kernel v5.18 --with swp_exclusive --without swp_exclusive",
                   "--with and --without switch the same rule: swp_exclusive");
}

TEST_CASE("numbers on the command line are finite, above zero and small enough", "[cli]") {
    const std::string check = "check " + seed + " --kernel v5.19 ";
    for (const char* seconds : {"nan", "inf", "0", "-1", "abc", "1e999", "1s"})
        is_usage_error(check + "--max-time=" + seconds, "--max-time: expected a number of seconds greater than 0");
    for (const char* count : {"0", "-1", "abc", "1.5", "17592186044416", "99999999999999999999999"})
        is_usage_error(check + "--max-memory=" + count,
                       "--max-memory: expected a number of MiB from 1 to 17,592,186,044,415, found \"");
    for (const char* count : {"0", "-1", "abc", "18446744073709551616"})
        is_usage_error(check + "--max-states=" + count, "--max-states: expected a number of states from 1 to 18,446,");
    is_usage_error("gate scenarios -j 0", "expected a number of cells from 1 to 1,024, found \"0\"");
    const Run run = cowherd(check + "--max-states 0100");
    CHECK_THAT(run.text, Contains("the bound of 100 states was reached"));
}

TEST_CASE("an empty path is a mistake of the command line", "[cli]") {
    is_usage_error("check ''", "FILE: expected a path, found an empty word");
    is_usage_error("check " + small + " --kernel v5.18 --trace ''", "--trace: expected a path");
    is_usage_error("gate ''", "DIR: expected a path");
    is_usage_error("gate scenarios/gup --junit ''", "--junit: expected a path");
    is_usage_error("replay ''", "TRACE: expected a path");
    is_usage_error("list scenarios ''", "DIR: expected a path");
}

TEST_CASE("a result never overwrites an input, by whatever name", "[cli]") {
    const TemporaryDirectory directory;
    const std::string content = edited("\"version\"", "\"version\"");
    const std::string file = directory.add("a.json", content);
    std::filesystem::create_symlink("a.json", directory.path() + "/link.json");
    std::filesystem::create_hard_link(file, directory.path() + "/hard.json");
    const std::string check = "check " + small + " " + file + " --kernel v5.18 --trace ";
    for (const char* name : {"a.json", "./a.json", "link.json", "hard.json"}) {
        const std::string output = directory.path() + "/" + name;
        is_usage_error(check + output, "is an input");
        is_usage_error("gate " + directory.path() + " --junit " + output, "is an input");
    }
    is_usage_error("check " + file + " --kernel v5.18 --trace " + directory.path(), "found a directory");
    CHECK(TemporaryFile::read(file) == content);
}

TEST_CASE("where nothing is violated it is said that no trace was written", "[cli]") {
    const TemporaryFile trace("as it was");
    const Run kept = cowherd("check " + small + one_cell + " --trace " + trace.path(), "2>&1 >/dev/null");
    CHECK(kept.code == 0);
    CHECK(kept.text ==
          "no trace was written, for there is no counterexample; " + trace.path() + " was left as it was\n");
    CHECK(trace.content() == "as it was");
    const TemporaryDirectory directory;
    const Run none = cowherd("check " + small + one_cell + " --trace " + directory.path() + "/t", "2>&1 >/dev/null");
    CHECK(none.text == "no trace was written, for there is no counterexample\n");
    CHECK(directory.files() == 0);
}

TEST_CASE("of several cells the first counterexample is the trace", "[cli]") {
    const TemporaryFile trace("");
    CHECK(cowherd("check " + small + " --kernel v5.18 --arch all --trace " + trace.path()).code == 10);
    const auto document = nlohmann::json::parse(trace.content());
    CHECK(document["scenario"]["cell"]["arch"] == "x86_64");
}

TEST_CASE("nothing is explored before all files are found right", "[cli]") {
    const TemporaryFile wrong("{}");
    const Run run = cowherd("check " + small + " " + wrong.path() + " no/such/file.json" + one_cell);
    CHECK(run.code == 3);
    CHECK_THAT(run.text, !Contains("holds") && Contains(wrong.path() + ": ") && Contains("no/such/file.json: cannot"));
}

TEST_CASE("the list of operations has a sentence and the keys of each", "[cli]") {
    const Run run = cowherd("list operations");
    CHECK(run.code == 0);
    CHECK_THAT(run.text, Contains("store                a user store to one unit; of a process\n"
                                  "                       keys: address, value\n"
                                  "                       optional: unit\n"));
    CHECK_THAT(run.text, Contains("keys: address, advice (pageout | dontneed | dontfork | dofork)\n"));
    const auto list = nlohmann::json::parse(cowherd("list operations --json").text);
    REQUIRE(list.size() == 25);
    for (const auto& operation : list) CHECK_FALSE(operation.at("about").get<std::string>().empty());
    CHECK(list[1].at("name") == "store");
    CHECK(list[1].at("required") == nlohmann::json{"address", "value"});
    CHECK(list[1].at("optional") == nlohmann::json{"unit"});
    CHECK_THAT(cowherd("list archs --help").text, Contains("Examples: cowherd list archs; cowherd list archs --json"));
}

TEST_CASE("names of files that are no UTF-8 or need quotes do no harm to any output", "[cli]") {
    const TemporaryDirectory directory;
    const std::string surprise =
        edited("\"verdict\": \"holds\"", "\"verdict\": \"violated\", \"properties\": [\"I4\"]");
    const std::string file = directory.add("b\xff .json", surprise);
    const Run check = cowherd("check '" + file + "' --kernel v5.18 --json");
    CHECK(check.code == 10);
    CHECK(nlohmann::json::parse(check.text).at("scenario") == "b\xef\xbf\xbd ");
    CHECK_THAT(cowherd("check '" + file + "'" + one_cell).text, Contains("b\xef\xbf\xbd  on v5.7"));
    const TemporaryFile junit("");
    const Run gate = cowherd("gate " + directory.path() + one_cell + " --junit " + junit.path());
    CHECK(gate.code == 10);
    CHECK_THAT(gate.text,
               Contains("cowherd check $'" + directory.path() + "/b\\377 .json' --kernel v5.7") && !Contains("\xff"));
    CHECK_THAT(junit.content(), Contains("/b\\377 .json' --kernel v5.7") && !Contains("\xff"));
}

TEST_CASE("what a title or a word has of control characters reaches neither a terminal nor XML", "[cli]") {
    const TemporaryDirectory directory;
    directory.add("a.json", edited("\"title\": \"S4", "\"title\": \"\\u001b[31mS4\\u0007"));
    const TemporaryFile junit("");
    const Run gate = cowherd("gate " + directory.path() + one_cell + " --junit " + junit.path());
    CHECK(gate.code == 0);
    CHECK_THAT(gate.text,
               Contains("\xef\xbf\xbd[31mS4\xef\xbf\xbd: a FOLL_GET") && !Contains("\x1b") && !Contains("\a"));
    CHECK_THAT(junit.content(), !Contains("\x1b"));
    CHECK_THAT(cowherd("list scenarios " + directory.path()).text, Contains("[31mS4") && !Contains("\x1b"));
    const Run word = cowherd("check \"$(printf 'x\\033[31m\\nfile')\" --kernel v5.18");
    CHECK(word.code == 3);
    CHECK_THAT(word.text, !Contains("\x1b") && Contains("x\xef\xbf\xbd[31m\xef\xbf\xbd"
                                                        "file: cannot be opened"));
}

TEST_CASE("the gate tells scenarios of one name apart, and runs none twice", "[cli]") {
    const TemporaryDirectory directory;
    const std::string a = directory.add("a/same.json", edited("\"version\"", "\"version\""));
    const std::string b = directory.add("b/same.json", edited("\"version\"", "\"version\""));
    const std::string both = directory.path() + "/a " + directory.path() + "/b";
    const Run run = cowherd("gate " + both + " " + directory.path() + "/a/. " + directory.path() + one_cell);
    CHECK_THAT(run.text, Contains(a + ": S4") && Contains(b + ": S4"));
    CHECK_THAT(run.text, Contains("\n2 cells of 2 scenarios, all as expected\n"));
    const Run one = cowherd("gate " + directory.path() + "/a" + one_cell);
    CHECK_THAT(one.text, Contains("same: S4") && Contains("\n1 cell of 1 scenario, all as expected\n"));
    const Run talk = cowherd("gate " + directory.path() + "/a" + one_cell, "2>&1 >/dev/null");
    CHECK_THAT(talk.text, Catch::Matches("1 cell of 1 scenario in [0-9]+\\.[0-9] s\n"));
}

TEST_CASE("why a search ended is said once, in numbers that people read", "[cli]") {
    const std::string check = "check scenarios/seed/three-threads.json --kernel v5.19 ";
    const Run time = cowherd(check + "--max-time 0.1");
    CHECK(time.code == 20);
    CHECK_THAT(time.text, Catch::Matches("[^\n]*: inconclusive \\([0-9,]+ states\\)\n"
                                         "  stopped: the time was up \\([0-9,]+ transitions, depth [0-9,]+\\)\n"));
    const Run memory = cowherd(check + "--max-memory 4");
    CHECK(memory.code == 20);
    CHECK_THAT(memory.text, Contains("stopped: the bound of 4 MiB for visited states was reached"));
    const Run states = cowherd(check + "--max-states 1");
    CHECK(states.code == 20);
    CHECK_THAT(states.text, Contains("inconclusive (1 state)\n  stopped: the bound of 1 states was reached"));
}

TEST_CASE("a condition that is never reached is called so once", "[cli]") {
    const TemporaryFile file(
        edited("\"reference\": \"r\", \"is\": \"held\"}", "\"reference\": \"r\", \"is\": \"diverged\"}"));
    const Run run = cowherd("check " + file.path() + one_cell);
    CHECK(run.code == 10);
    CHECK_THAT(run.text, Contains("  never reached: the PTE is write-protected"));
}

TEST_CASE("replay tells what is wrong with a trace, and where", "[cli]") {
    const TemporaryFile trace("");
    REQUIRE(cowherd("check " + small + " --kernel v5.18 --trace " + trace.path()).code == 10);
    const auto refused = [&](const char* pointer, const nlohmann::json& value, const std::string& message) {
        auto document = nlohmann::json::parse(trace.content());
        document[nlohmann::json::json_pointer(pointer)] = value;
        const TemporaryFile file(document.dump());
        const Run run = cowherd("replay " + file.path());
        INFO(run.text);
        CHECK(run.code == 3);
        CHECK_THAT(run.text, Contains(message));
    };
    refused("/scenario/text", "{", "/scenario/text, line 1, column ");
    refused("/scenario/text", "{\"version\": 7}", "/scenario/text, /version: this program reads version 1");
    refused("/property", "no-lost-writ",
            "/property: there is no property \"no-lost-writ\"; did you mean \"no-lost-write\"?");
    refused("/property", "no-needless-copy",
            "/property: property \"no-needless-copy\" is not checked in this scenario");
    CHECK_THAT(cowherd("replay /dev/zero").text, Contains("larger than 16 MiB; no trace is"));
    CHECK_THAT(cowherd("check /dev/zero --kernel v5.18").text, Contains("larger than 16 MiB; no scenario is"));
}

TEST_CASE("replay says the same in JSON as check, and of what", "[cli]") {
    const TemporaryFile trace("");
    const std::string switched = " --kernel v5.19 --without anon_exclusive --json";
    const Run check = cowherd("check " + small + switched + " --trace " + trace.path());
    REQUIRE(check.code == 10);
    const auto replayed = nlohmann::json::parse(cowherd("replay " + trace.path() + " --json").text);
    const auto report = nlohmann::json::parse(check.text);
    auto example = replayed;
    for (const char* key : {"format", "version", "scenario", "cell"}) example.erase(key);
    CHECK(example == report.at("counterexamples")[0]);
    CHECK(example.at("canonical") == true);
    CHECK(replayed.at("scenario") == report.at("scenario"));
    CHECK(replayed.at("cell") == report.at("cell"));
    CHECK_THAT(cowherd("replay " + trace.path()).text,
               Catch::StartsWith("canonical/S4.get-mprotect on v5.19, x86_64, without anon_exclusive: "));
}
