// SPDX-License-Identifier: GPL-2.0-only
// The command line as its users meet it: the binary is run, and judged by its output and exit code.
#include "tests/cli_run.hpp"

#include <nlohmann/json.hpp>

using namespace cli_tests;

namespace {

/// JSON without what may differ between runs and strategies.
nlohmann::json comparable(const std::string& text) {
    nlohmann::json value = nlohmann::json::parse(text);
    const auto drop = [](auto&& self, nlohmann::json& node) -> void {
        if (node.is_object()) {
            node.erase("search");
            node.erase("timings");
        }
        // A number or a string would be its own child.
        if (!node.is_structured()) return;
        for (auto& child : node) self(self, child);
    };
    drop(drop, value);
    return value;
}

void refuses(const std::string& content, const std::string& message) {
    const TemporaryFile file(content);
    const Run run = cowherd("check " + file.path() + " --kernel v5.18");
    INFO(run.text);
    CHECK(run.code == 3);
    CHECK(run.text.find(file.path()) != std::string::npos);
    CHECK(run.text.find(message) != std::string::npos);
}

} // namespace

TEST_CASE("the seed's case loses data on v5.18, and not on v5.19 where the architecture has the bit", "[cli]") {
    const Run before = cowherd("check " + seed + " --kernel v5.18 --arch x86_64");
    CHECK(before.code == 10);
    CHECK(before.text.find("read's reference from step 4 holds page 1; app 0x1000 now maps page 4") !=
          std::string::npos);
    for (const char* arch : {"x86_64", "arm64", "s390x", "ppc64-4k", "ppc64-64k"}) {
        const Run after = cowherd("check " + seed + " --kernel v5.19 --arch " + std::string(arch));
        INFO(after.text);
        CHECK(after.code == 0);
        CHECK(after.text.find("holds") != std::string::npos);
    }
    CHECK(cowherd("check " + seed + " --kernel v5.19 --arch riscv64").code == 10);
    // One search speaks for a family.
    const Run family = cowherd("check " + small + " --kernel v5.18 --arch 'ppc64-*' --json");
    const auto reports = nlohmann::json::parse(family.text);
    REQUIRE(reports.is_array());
    CHECK(reports[0]["cell"]["arch"] == "ppc64-4k");
    CHECK(reports[0]["alike"] == nlohmann::json{"ppc64-64k", "ppc64-book3s-4k-6.12", "ppc64-book3s-64k-6.12"});
    CHECK(reports[1]["cell"]["arch"] == "ppc64-nohash-6.12");
    CHECK(reports[1]["alike"].empty());
}

TEST_CASE("replay says what it shows, and then the counterexample that check showed, byte for byte", "[cli]") {
    const TemporaryFile trace("");
    const Run check = cowherd("check " + seed + " --kernel v5.18 --trace " + trace.path());
    REQUIRE(check.code == 10);
    const Run replay = cowherd("replay " + trace.path());
    CHECK(replay.code == 0);
    CHECK(replay.text.size() > 2000);
    const std::size_t head = replay.text.find("\n\n") + 2;
    CHECK(replay.text.substr(0, head) ==
          "seed/o-direct-read.swapout on v5.18, x86_64: the schedule of a trace violates no-lost-write\n\n");
    CHECK(check.text.find(replay.text.substr(head)) != std::string::npos);
}

TEST_CASE("the same check gives the same bytes, and the same counterexamples by another strategy", "[cli]") {
    const std::string arguments = "check " + small + " --kernel v5.18 --arch x86_64 --json";
    const Run stateful = cowherd(arguments);
    REQUIRE(stateful.code == 10);
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments).text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --strategy naive").text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --strategy plain").text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --engine replay").text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --engine fibers").text));
    CHECK(comparable(stateful.text)["counterexamples"].size() == 2);
}

TEST_CASE("the gate says the same whatever the number of its threads", "[cli]") {
    const Run one = cowherd("gate scenarios/gup --json -j 1", "2>/dev/null");
    REQUIRE(one.code == 0);
    CHECK(comparable(one.text) == comparable(cowherd("gate scenarios/gup --json -j 2", "2>/dev/null").text));
    CHECK(comparable(one.text)["cells"] == 1604);
    CHECK(comparable(one.text)["surprises"] == 0);
}

TEST_CASE("the gate names what it did not expect and how to see it", "[cli]") {
    const auto directory = std::filesystem::temp_directory_path() / "cowherd-cli-test-gate";
    std::filesystem::create_directories(directory);
    std::ofstream(directory / "surprise.json")
        << edited("\"verdict\": \"holds\"", "\"verdict\": \"violated\", \"properties\": [\"I4\"]");
    const std::string junit = (directory / "gate.xml").string();
    const Run run = cowherd("gate " + directory.string() + " --kernel v5.7 --arch x86_64 --junit " + junit);
    INFO(run.text);
    CHECK(run.code == 10);
    CHECK(run.text.find("expected violated: I4") != std::string::npos);
    CHECK(run.text.find("got      holds") != std::string::npos);
    CHECK(run.text.find("cowherd check " + directory.string() + "/surprise.json --kernel v5.7 --arch x86_64") !=
          std::string::npos);
    CHECK(TemporaryFile::read(junit).find("failures=\"1\"") != std::string::npos);
    std::filesystem::remove_all(directory);
}

TEST_CASE("bad scenario files are refused with place and cure", "[cli]") {
    CHECK(cowherd("check no/such/file.json --kernel v5.18").code == 3);
    CHECK(cowherd("check scenarios --kernel v5.18").code == 3);
    CHECK(cowherd("check /proc/self/mem --kernel v5.18").code == 3);
    refuses("", "line 1, column 1");
    refuses("hello", "line 1, column 1");
    refuses(edited("\"expect\"", "\"expct\""), "did you mean \"expect\"?");
    refuses(edited("\"pages\": 3", "\"pages\": \"three\""), "/machine/pages");
    refuses(edited("\"op\": \"mprotect\"", "\"op\": \"mprotekt\""), "did you mean \"mprotect\"?");
    refuses(edited("\"address\": \"0x1000\", \"protection\"", "\"address\": \"0x9000\", \"protection\""), "0x9000");
    refuses(edited("\"pages\": 3", "\"pages\": 0"), "/machine/pages");
    refuses(edited("\"name\": \"device\"", "\"name\": \"app\""), "/threads/1/name");
    refuses(edited("\"kernels\": [\"", "\"kernels\": [\"v9.9\", \""), "v9.9");
    refuses(edited("\"sometimes\": [", "\"properties\": [\"I44\"], \"sometimes\": ["), "I44");
    refuses(edited("\"version\": 1", "\"version\": 2"), "this program reads version 1");
    refuses(edited("\"expect\": [", "\"threads\": [], \"expect\": ["), "threads");
    std::string text = edited("\"version\": 1", "\"version\": 1");
    refuses(text.substr(0, text.size() / 2), "line ");
    // NOLINTNEXTLINE(bugprone-string-constructor): as long as it says.
    refuses(std::string(10'000'000, '['), "nested");
}

TEST_CASE("the first scenario of docs/SCENARIOS.md shows what is said there; the gate says what it lacks", "[cli]") {
    const std::string docs = TemporaryFile::read(environment("COWHERD_SOURCE", ".") + "/docs/SCENARIOS.md");
    const std::string fence = "```json\n";
    const std::size_t begin = docs.find(fence) + fence.size();
    const TemporaryDirectory directory;
    const std::string first = directory.add("first.json", docs.substr(begin, docs.find("```\n", begin) - begin));
    const Run old = cowherd("check " + first + " --kernel v5.18");
    CHECK(old.code == 10);
    CHECK_THAT(old.text, Catch::Matchers::Contains("  violated: write-reference-in-sync\n"));
    CHECK(cowherd("check " + first + " --kernel v5.19").code == 0);

    std::string more = TemporaryFile::read(first);
    const auto is_refused_for = [&](const std::string& key, const std::string& value) {
        const Run gate = cowherd("gate " + directory.path());
        CHECK(gate.code == 3);
        CHECK_THAT(gate.text,
                   Catch::Matchers::Contains("first.json: a scenario of the gate needs the key \"" + key + "\": ") &&
                       Catch::Matchers::Contains("; `cowherd check` does without\n"));
        more.insert(more.find('{') + 1, "\"" + key + "\": " + value + ",");
        directory.add("first.json", more);
    };
    is_refused_for("title", R"("first")");
    is_refused_for("about", R"("a read in flight")");
    is_refused_for("sometimes", R"([{"name": "in flight", "all": [{"reference": "read", "is": "held"}]}])");
    is_refused_for("expect", R"([{"kernels": ["*"], "archs": ["*"], "verdict": "holds"}])");
    CHECK(cowherd("gate " + directory.path() + " --kernel v5.19 --arch x86_64").code == 0);
}

TEST_CASE("a directory without scenarios is refused", "[cli]") {
    CHECK(cowherd("gate docs").code == 3);
    CHECK(cowherd("gate no/such/directory").code == 3);
    CHECK(cowherd("gate README.md").code == 3);
}

TEST_CASE("stale and foreign traces are refused with the reason", "[cli]") {
    const TemporaryFile trace("");
    REQUIRE(cowherd("check " + small + " --kernel v5.18 --trace " + trace.path()).code == 10);
    const std::string content = trace.content();
    const auto refused = [&](const std::string& from, const std::string& to, const std::string& message) {
        std::string other = content;
        const std::size_t at = other.find(from);
        REQUIRE(at != std::string::npos);
        const TemporaryFile file(other.replace(at, from.size(), to));
        const Run run = cowherd("replay " + file.path());
        INFO(run.text);
        CHECK(run.code == 3);
        CHECK(run.text.find(message) != std::string::npos);
    };
    refused("cowherd model 1", "cowherd model 0", "cowherd model 0");
    refused("\"program\": \"", "\"program\": \"0", "made for another program");
    refused("\"cowherd-trace\"", "\"other-trace\"", "/format");
    refused("\"version\": 1", "\"version\": 7", "/version");
    CHECK(cowherd("replay " + small).code == 3);
}

TEST_CASE("the README shows what the program prints", "[cli]") {
    std::istringstream readme(TemporaryFile::read(environment("COWHERD_SOURCE", ".") + "/README.md"));
    const Run run = cowherd("check " + seed + " --kernel v5.18", "2>/dev/null");
    std::size_t from = 0;
    unsigned quoted = 0;
    bool inside = false;
    for (std::string line; std::getline(readme, line);) {
        if (line.rfind("$ cowherd check", 0) == 0)
            inside = true;
        else if (line.rfind("```", 0) == 0)
            inside = false;
        else if (inside && !line.empty() && line != "...") {
            INFO(line);
            const std::size_t at = run.text.find(line + "\n", from);
            REQUIRE(at != std::string::npos);
            from = at + line.size();
            ++quoted;
        }
    }
    CHECK(quoted > 10);
}
