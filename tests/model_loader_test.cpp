// SPDX-License-Identifier: GPL-2.0-only
// The loader: what a good file becomes, and that each kind of mistake is answered with its place, what was expected there
// and the nearest valid word. Mistakes that only the whole scenario shows are in model_loader_whole_test.cpp.
#include "model/matrix.hpp"
#include "tests/model_loader_sample.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace model;
using namespace loader_tests;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

namespace fs = std::filesystem;

/// A directory that is gone when the test is over.
class Scratch {
public:
    Scratch() {
        std::string name = (fs::temp_directory_path() / "cowherd-loader-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    ~Scratch() { fs::remove_all(path_); }

    std::string path() const { return path_.string(); }
    std::string file(const std::string& name, std::string_view content = sample_text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << content;
        return (path_ / name).string();
    }

private:
    fs::path path_;
};

std::string refusal_of_file(const std::string& path) {
    const auto result = load_scenario(path);
    REQUIRE_FALSE(result);
    return result.error().text();
}

std::string refusal_of_directory(const std::string& path) {
    const auto result = find_scenarios(path);
    REQUIRE_FALSE(result);
    return result.error().text();
}

Scenario good() {
    auto result = parse_scenario(sample_text, "sample", "sample.json");
    if (!result) FAIL(result.error().text());
    return result.value();
}

} // namespace

TEST_CASE("a good scenario's head, machine and processes become data", "[loader]") {
    const Scenario s = good();
    CHECK(s.name == "sample");
    CHECK(s.path == "sample.json");
    CHECK(s.source == sample_text);
    CHECK(s.title == "A sample");
    CHECK(s.about == "All that a scenario can have.");
    CHECK(s.kernel == "v5.19");
    CHECK(s.arch == "s390x");
    CHECK(s.without == std::vector<std::string>{"write_protect_seq"});
    CHECK(s.with == std::vector<std::string>{"skip_swapcache_pin"});
    CHECK(s.properties == std::vector<std::string>{"write-reference-in-sync", "pin-in-sync"});
    CHECK((s.machine.pages == 4 && s.machine.units == 3 && s.machine.cpus == 2));
    REQUIRE(s.machine.devices.size() == 2);
    CHECK((s.machine.devices[0].slots == 3 && s.machine.devices[0].stable_writes));
    CHECK((s.machine.devices[1].slots == 2 && s.machine.devices[1].synchronous_io));
    CHECK(s.machine.addresses == std::vector<std::string>{"0x1000", "0x2000"});
    REQUIRE(s.machine.processes.size() == 3);
    CHECK(s.machine.processes[0].maps == std::vector<Va>{Va{0}, Va{1}});
    CHECK(s.machine.processes[1].forked_from == MmId{0});
    CHECK(s.machine.processes[1].maps == s.machine.processes[0].maps);
    CHECK(s.machine.processes[2].maps == std::vector<Va>{Va{1}});
    CHECK(s.machine.references == std::vector<std::string>{"pinned", "dio", "pipe"});
    CHECK(s.machine.io_requests == std::vector<std::string>{"dio"});
    CHECK(s.machine.io_refs == std::vector<RefId>{RefId{1}});
}

TEST_CASE("a good scenario's operations become data", "[loader]") {
    const Scenario s = good();
    REQUIRE(s.setup.size() == 3);
    CHECK((s.setup[0].process == MmId{0} && s.setup[0].op.code == OpCode::store && s.setup[0].op.va == Va{0}));
    CHECK((s.setup[0].op.unit == Unit{1} && s.setup[0].op.value == 1));
    CHECK((s.setup[1].op.kind == GupKind::pin && s.setup[1].op.write && s.setup[1].op.mode == GupMode::fast));
    CHECK_FALSE(s.setup[2].process);
    REQUIRE(s.threads.size() == 4);
    CHECK((s.threads[0].name == "main" && s.threads[0].process == MmId{0} && s.threads[0].cpu == CpuId{1}));
    const Op& read = s.threads[0].ops[0];
    CHECK((read.code == OpCode::o_direct_read && read.io == IoId{0} && read.ref == RefId{1} && read.value == 2));
    CHECK(s.threads[0].ops[1].child == MmId{1});
    CHECK((s.threads[1].ops[1].code == OpCode::put && s.threads[1].ops[1].dirty));
    CHECK((s.threads[2].ops[1].has_value && s.threads[2].ops[1].value == 0));
    CHECK(s.threads[2].ops[2].advice == Advice::dontneed);
    CHECK((s.threads[3].ops[0].passes == 2 && s.threads[3].ops[1].device == DeviceId{1}));
    CHECK(s.threads[3].count == 1);
    json several = sample();
    several["threads"][3]["count"] = 2;
    CHECK(parse_scenario(several.dump(), "sample", "").value().threads[3].count == 2);
}

TEST_CASE("a good scenario's conditions and expectations become data", "[loader]") {
    const Scenario s = good();
    REQUIRE(s.sometimes.size() == 2);
    const std::vector<Condition>& one = s.sometimes[0].all;
    CHECK((one[0].kind == ConditionKind::pte_swap_exclusive && one[0].at == Mapping{MmId{1}, Va{1}}));
    CHECK((one[1].kind == ConditionKind::ref_diverged && one[1].negated && one[1].ref == RefId{1}));
    CHECK((one[2].kind == ConditionKind::any_page_writeback && !one[2].negated));
    const std::vector<Condition>& two = s.sometimes[1].all;
    CHECK((two[0].kind == ConditionKind::thread_finished && two[0].thread == 2));
    CHECK((two[1].kind == ConditionKind::value_is && two[1].unit == Unit{2} && two[1].value == 2));
    REQUIRE(s.expect.size() == 4);
    CHECK(s.expect[0].reason == "for a reason");
    CHECK(s.expect[1].properties == std::vector<std::string>{"pin-in-sync", "deadlock"});
    CHECK((s.expect[0].verdict == Expected::holds && s.expect[3].verdict == Expected::violated));
}

TEST_CASE("of entries with the same rules the first that names a cell decides", "[loader]") {
    const Scenario s = good();
    const std::vector<MatrixCell> cells = cells_of(s);
    const std::size_t all = kernel_count * arch::all_layouts().size();
    REQUIRE(cells.size() == all + 2);
    for (const MatrixCell& cell : cells) {
        const bool old = cell.kernel == Kernel::v5_7 || cell.kernel == Kernel::v5_10;
        const std::size_t unchanged = old ? 0 : arch::keeps_swp_exclusive(*cell.arch) ? 2 : 1;
        CHECK(cell.expectation == (&cell < &cells[all] ? unchanged : 3));
    }
    CHECK((cells[all].arch->name == "x86_64" && cells[all + 1].arch->name == "arm64"));

    const Rules mutant = rules_of(s, s.expect[3], Kernel::v5_19);
    CHECK_FALSE(mutant[Rule::swp_exclusive]);
    CHECK_FALSE(mutant[Rule::write_protect_seq]);
    CHECK(mutant[Rule::skip_swapcache_pin]);
    CHECK(rules_of(s, s.expect[2], Kernel::v5_19)[Rule::swp_exclusive]);
}

TEST_CASE("what a scenario was read from makes the same scenario again", "[loader]") {
    const Scenario once = good();
    const auto again = parse_scenario(json::parse(once.source).dump(), once.name, once.path);
    REQUIRE(again);
    CHECK(again.value().threads.size() == once.threads.size());
    CHECK(again.value().machine.references == once.machine.references);
    CHECK(cells_of(again.value()).size() == cells_of(once).size());
}

TEST_CASE("a byte order mark is no mistake", "[loader]") {
    CHECK(parse_scenario("\xef\xbb\xbf" + std::string(sample_text), "sample", "sample.json"));
}

TEST_CASE("a scenario has one name wherever it is run from", "[loader]") {
    CHECK(scenario_name("scenarios/seed/a.b.json") == "seed/a.b");
    CHECK(scenario_name("/x/scenarios/y/./scenarios/seed/a.json") == "seed/a");
    CHECK(scenario_name("../scenarios/a.json") == "a");
    CHECK(scenario_name("/home/my-scenarios/a.json") == "a");
    CHECK(scenario_name("a") == "a");
}

TEST_CASE("scenarios are found in all directories but those of schemas, in order", "[loader]") {
    const Scratch scratch;
    const std::vector<std::string> expected = {scratch.file("b/a.json"), scratch.file("b/c/d.json"),
                                               scratch.file("z.json")};
    scratch.file("schema/s.json");
    scratch.file("b/schema/deeper/s.json");
    scratch.file("notes.txt");
    const auto found = find_scenarios(scratch.path());
    REQUIRE(found);
    CHECK(found.value() == expected);
}

TEST_CASE("files and directories that cannot be read are refused with the reason", "[loader]") {
    const Scratch scratch;
    CHECK(refusal_of_file(scratch.path() + "/none.json") == "cannot be opened: No such file or directory");
    CHECK(refusal_of_file(scratch.path()) == "cannot be read: Is a directory");
    CHECK(refusal_of_file("/proc/self/mem") == "cannot be read: Input/output error");
    CHECK(refusal_of_file("/dev/zero") == "larger than 16 MiB; no scenario is");
    CHECK(refusal_of_directory(scratch.path() + "/none") == "there is no such directory");
    CHECK(refusal_of_directory(scratch.file("a.json")) ==
          "expected a directory of scenarios, found a file; `cowherd check` takes single files");
    const Scratch empty;
    empty.file("schema/a.json");
    CHECK(refusal_of_directory(empty.path()) ==
          "there is no scenario in this directory, which is a *.json file not below \"schema\"");
    if (::geteuid() == 0) return; // root may read everything
    REQUIRE(::chmod(empty.path().c_str(), 0) == 0);
    CHECK(refusal_of_directory(empty.path()) == "cannot be searched for scenarios: Permission denied");
    REQUIRE(::chmod(empty.path().c_str(), 0700) == 0);
}

TEST_CASE("what is not JSON is refused with line and column", "[loader]") {
    CHECK_THAT(refusal_of(""), StartsWith("line 1, column 1: not JSON: "));
    CHECK_THAT(refusal_of("hello"), StartsWith("line 1, column 1: not JSON: "));
    CHECK_THAT(refusal_of("{\n  \"version\": 1,,"), StartsWith("line 2, column 16: not JSON: "));
    const std::string text = sample_text;
    CHECK_THAT(refusal_of(text.substr(0, text.size() - 2)), StartsWith("line 65, column 4: not JSON: "));
    CHECK(refusal_of(text + std::string(1, '\0') + "anything") ==
          "line 66, column 2: not JSON: a NUL byte after the document");
    CHECK_THAT(refusal_of("{\"title\": \"\xff\"}"), EndsWith("invalid string: ill-formed UTF-8 byte"));
    CHECK(refusal_of("{\"machine\": {\"pages\": 1, \"pages\": 2}}") == "/machine/pages: this key is there twice");
    // NOLINTNEXTLINE(bugprone-string-constructor): as long as it says.
    CHECK(refusal_of(std::string(10'000'000, '[')) ==
          "line 1, column 65: nested too deeply: at most 64 arrays and objects in each other");
}

TEST_CASE("every prefix of a scenario is refused, and none crashes the loader", "[loader]") {
    const std::string text = sample_text;
    for (std::size_t length = 0; length < text.size(); ++length)
        REQUIRE_FALSE(parse_scenario(text.substr(0, length), "", ""));
}

TEST_CASE("a file of another version, or no scenario at all, is refused before anything else", "[loader]") {
    CHECK(refusal_of("[]") == "expected a scenario, which is an object, found an array");
    CHECK(refusal_of("{}") == "a scenario needs the key \"version\": this program reads version 1");
    CHECK(refusal_of("{\"version\": 2, \"news\": 1}") ==
          "/version: this program reads version 1 of scenario files, this file is version 2");
    CHECK(refusal_of("/version", "1") == "/version: expected the format's version, an integer, found a string");
}

TEST_CASE("unknown keys are refused with the nearest that is valid", "[loader]") {
    CHECK(refusal_of("/machin", 1) == R"(/machin: a scenario has no key "machin"; did you mean "machine"?)");
    CHECK(refusal_of("/machine/page", 1) == R"(/machine/page: a machine has no key "page"; did you mean "pages"?)");
    CHECK(refusal_of("/machine/swap/0/slot", 1) ==
          R"(/machine/swap/0/slot: a swap device has no key "slot"; did you mean "slots"?)");
    CHECK(refusal_of("/machine/processes/app/map", 1) ==
          R"(/machine/processes/app/map: a process has no key "map"; did you mean "maps"?)");
    CHECK(refusal_of("/threads/0/proces", "app") ==
          R"(/threads/0/proces: a thread has no key "proces"; did you mean "process"?)");
    CHECK(refusal_of("/setup/0/adress", "0x1000") ==
          R"(/setup/0/adress: "store" has no key "adress"; did you mean "address"?)");
    CHECK(refusal_of("/threads/0/ops/1/process", "app") ==
          R"(/threads/0/ops/1/process: "fork" has no key "process"; its keys are op, child)");
    CHECK(refusal_of("/sometimes/0/any", 1) ==
          R"(/sometimes/0/any: an entry of "sometimes" has no key "any"; did you mean "all"?)");
    CHECK(refusal_of("/sometimes/0/all/0/iz", 1) ==
          R"(/sometimes/0/all/0/iz: a condition has no key "iz"; did you mean "is"?)");
    CHECK(refusal_of("/sometimes/0/all/0/pte/unit", 1) ==
          R"(/sometimes/0/all/0/pte/unit: a place has no key "unit"; its keys are process, address)");
    CHECK(refusal_of("/expect/0/kernel", 1) ==
          R"(/expect/0/kernel: an entry of "expect" has no key "kernel"; did you mean "kernels"?)");
}

TEST_CASE("missing keys are refused", "[loader]") {
    CHECK(refusal_without("/threads") == "a scenario needs the key \"threads\"");
    CHECK(refusal_without("/machine/processes") == "/machine: a machine needs the key \"processes\"");
    CHECK(refusal_without("/machine/swap/1/name") == "/machine/swap/1: a swap device needs the key \"name\"");
    CHECK(refusal_without("/threads/3/ops") == "/threads/3: a thread needs the key \"ops\"");
    CHECK(refusal_without("/setup/0/op") == "/setup/0: an operation needs the key \"op\"");
    CHECK(refusal_without("/setup/0/value") == "/setup/0: \"store\" needs the key \"value\"");
    CHECK(refusal_without("/setup/1/kind") == "/setup/1: \"gup\" needs the key \"kind\"");
    CHECK(refusal_without("/sometimes/0/all") == "/sometimes/0: an entry of \"sometimes\" needs the key \"all\"");
    CHECK(refusal_without("/expect/2/archs") == "/expect/2: an entry of \"expect\" needs the key \"archs\"");
    CHECK(refusal_without("/machine/processes/other/maps") ==
          "/machine/processes/other: a process needs either \"maps\", the addresses it maps, or \"forked_from\", its "
          "parent, and not both");
    CHECK(refusal_of("/machine/processes/other/forked_from", "app") ==
          "/machine/processes/other: a process needs either \"maps\", the addresses it maps, or \"forked_from\", its "
          "parent, and not both");
    CHECK(refusal_without("/expect/1/properties") ==
          "/expect/1: an entry with the verdict \"violated\" needs the key \"properties\": exactly those that are "
          "violated");
    CHECK(refusal_without("/sometimes/0/all/0/is") ==
          "/sometimes/0/all/0: a condition needs either \"is\" or \"is_not\"");
    CHECK(refusal_without("/sometimes/0/all/0/pte") ==
          "/sometimes/0/all/0: a condition looks at one thing: it needs exactly one of the keys pte, reference, page, "
          "thread, content");
}

TEST_CASE("values of the wrong type are refused", "[loader]") {
    CHECK(refusal_of("/title", 1) == "/title: expected a title, which is a string, found an integer");
    CHECK(refusal_of("/title", "") == "/title: expected a title, found an empty string");
    CHECK(refusal_of("/title", "two\nlines") == "/title: a title is one line");
    CHECK(refusal_of("/about", json::object()) ==
          "/about: expected what the scenario is about, which is a string, found an object");
    CHECK(refusal_of("/about/1", nullptr) ==
          "/about/1: expected what the scenario is about, which is a string, found null");
    CHECK(refusal_of("/machine", true) == "/machine: expected a machine, which is an object, found a boolean");
    CHECK(refusal_of("/machine/processes", json::array()) ==
          "/machine/processes: expected the processes by their names, which is an object, found an array");
    CHECK(refusal_of("/machine/swap/0/stable_writes", 1) ==
          "/machine/swap/0/stable_writes: expected true or false, found an integer");
    CHECK(refusal_of("/threads", json::object()) == "/threads: expected an array of threads, found an object");
    CHECK(refusal_of("/threads/0", "main") == "/threads/0: expected a thread, which is an object, found a string");
    CHECK(refusal_of("/threads/0/ops/0", 1) ==
          "/threads/0/ops/0: expected an operation, which is an object, found an integer");
    CHECK(refusal_of("/threads/0/ops/0/op", 1) ==
          "/threads/0/ops/0/op: expected an operation, which is a string, found an integer");
    CHECK(refusal_of("/threads/0/name", "a b") ==
          "/threads/0/name: expected a thread's name of 1 to 40 letters, digits, '-', '_' and '.', found \"a b\"");
    CHECK(refusal_of("/machine/processes/a~1b", json::object()) ==
          "/machine/processes/a~1b: expected a process's name of 1 to 40 letters, digits, '-', '_' and '.', found "
          "\"a/b\"");
}

TEST_CASE("numbers out of range are refused with the range", "[loader]") {
    CHECK(refusal_of("/machine/pages", 17) ==
          "/machine/pages: expected a number of page frames from 1 to 16, found 17");
    CHECK(refusal_of("/machine/pages", "three") ==
          "/machine/pages: expected a number of page frames from 1 to 16, found a string");
    CHECK(refusal_of("/machine/units", 5) == "/machine/units: expected a number of content units from 1 to 4, found 5");
    CHECK(refusal_of("/machine/units", 1.5) ==
          "/machine/units: expected a number of content units from 1 to 4, which is an integer, found 1.5");
    CHECK(refusal_of("/machine/pages", 3.0) ==
          "/machine/pages: expected a number of page frames from 1 to 16, which is an integer, found 3.0");
    CHECK(refusal_of("/machine/cpus", 0) == "/machine/cpus: expected a number of CPUs from 1 to 8, found 0");
    CHECK(refusal_of("/machine/swap/0/slots", -1) ==
          "/machine/swap/0/slots: expected a number of swap slots from 1 to 16, found -1");
    CHECK(refusal_of("/threads/0/cpu", 2) == "/threads/0/cpu: expected a CPU from 0 to 1, found 2");
    CHECK(refusal_of("/setup/0/value", 0) == "/setup/0/value: expected a value from 1 to 63, found 0");
    CHECK(refusal_of("/setup/0/value", 18446744073709551615U) ==
          "/setup/0/value: expected a value from 1 to 63, found 18446744073709551615");
    CHECK(refusal_of("/setup/0/unit", 3) == "/setup/0/unit: expected a unit from 0 to 2, found 3");
    CHECK(refusal_of("/threads/3/ops/0/passes", 9) ==
          "/threads/3/ops/0/passes: expected a number of passes from 1 to 8, found 9");
    CHECK(refusal_of("/threads/3/count", 0) == "/threads/3/count: expected a count from 1 to 15, found 0");
    CHECK(refusal_of("/threads/3/count", 16) == "/threads/3/count: expected a count from 1 to 15, found 16");
    CHECK(refusal_of("/threads/2/ops/1/value", 64) ==
          "/threads/2/ops/1/value: expected a value from 0 to 63, found 64");
}
