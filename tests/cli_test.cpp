// SPDX-License-Identifier: GPL-2.0-only
// The command line as its users meet it: the binary is run, and judged by its output and exit code.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

std::string environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

struct Run {
    int code = -1;
    std::string text; ///< stdout and stderr
};

/// Runs cowherd in the source root through the shell.
Run cowherd(const std::string& arguments, const std::string& redirect = "2>&1") {
    const std::string command = "cd '" + environment("COWHERD_SOURCE", ".") + "' && '" +
                                environment("COWHERD", "cowherd") + "' " + arguments + " " + redirect;
    Run run;
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 65536> block{};
    for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
        run.text.append(block.data(), got);
    const int status = pclose(pipe);
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
}

/// A file that is gone when the test is over.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content) {
        path_ = (std::filesystem::temp_directory_path() / "cowherd-cli-test-XXXXXX").string();
        const int descriptor = mkstemp(path_.data());
        REQUIRE(descriptor >= 0);
        std::ofstream(path_) << content;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }
    std::string content() const { return read(path_); }
    static std::string read(const std::string& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }

private:
    std::string path_;
};

const std::string seed = "scenarios/seed/o-direct-read.swapout.json";
const std::string small = "scenarios/canonical/S4.get-mprotect.json";

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

/// A scenario like the small one, with a piece of its text replaced.
std::string edited(const std::string& from, const std::string& to) {
    std::string text = TemporaryFile::read(environment("COWHERD_SOURCE", ".") + "/" + small);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
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
    CHECK(before.text.find("read's reference from step 5 holds page 1; app 0x1000 now maps page 4") !=
          std::string::npos);
    for (const char* arch : {"x86_64", "arm64", "s390x", "ppc64-4k", "ppc64-64k"}) {
        const Run after = cowherd("check " + seed + " --kernel v5.19 --arch " + std::string(arch));
        INFO(after.text);
        CHECK(after.code == 0);
        CHECK(after.text.find("holds") != std::string::npos);
    }
    CHECK(cowherd("check " + seed + " --kernel v5.19 --arch riscv64").code == 10);
}

TEST_CASE("replay shows the counterexample that check showed, byte for byte", "[cli]") {
    const TemporaryFile trace("");
    const Run check = cowherd("check " + seed + " --kernel v5.18 --trace " + trace.path());
    REQUIRE(check.code == 10);
    const Run replay = cowherd("replay " + trace.path());
    CHECK(replay.code == 0);
    CHECK(replay.text.size() > 2000);
    CHECK(check.text.find(replay.text) != std::string::npos);
}

TEST_CASE("the same check gives the same bytes, and the same counterexamples by another strategy", "[cli]") {
    const std::string arguments = "check " + small + " --kernel v5.18 --arch x86_64 --json";
    const Run stateful = cowherd(arguments);
    REQUIRE(stateful.code == 10);
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments).text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --strategy naive").text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --strategy plain").text));
    CHECK(comparable(stateful.text) == comparable(cowherd(arguments + " --engine replay").text));
    CHECK(comparable(stateful.text)["counterexamples"].size() == 2);
}

TEST_CASE("the gate says the same whatever the number of its threads", "[cli]") {
    const Run one = cowherd("gate scenarios/gup --json -j 1", "2>/dev/null");
    REQUIRE(one.code == 0);
    CHECK(comparable(one.text) == comparable(cowherd("gate scenarios/gup --json -j 2", "2>/dev/null").text));
    CHECK(comparable(one.text)["cells"] == 196);
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

TEST_CASE("a bound that ends the search is no success", "[cli]") {
    const Run run = cowherd("check " + seed + " --kernel v5.19 --max-states 100");
    CHECK(run.code == 20);
    CHECK(run.text.find("inconclusive") != std::string::npos);
}

TEST_CASE("wrong words on the command line are answered with the nearest right one", "[cli]") {
    CHECK(cowherd("").code == 2);
    CHECK(cowherd("chekc").code == 2);
    const auto says = [](const std::string& arguments, const std::string& message) {
        const Run run = cowherd("check " + seed + " " + arguments);
        INFO(run.text);
        CHECK(run.code == 2);
        CHECK(run.text.find(message) != std::string::npos);
    };
    says("--kernel v5.91", "did you mean \"v5.19\"?");
    says("--kernel v5.18 --arch x86_46", "did you mean \"x86_64\"?");
    says("--kernel v5.18 --without swp_exclusiv", "did you mean \"swp_exclusive\"?");
    says("", "names no kernel: give --kernel with one of v5.7");
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

TEST_CASE("what cannot be written is an error", "[cli]") {
    const Run out = cowherd("check " + seed + " --kernel v5.18", "2>&1 >/dev/full");
    CHECK(out.code == 3);
    CHECK(out.text.find("standard output") != std::string::npos);
    const Run trace = cowherd("check " + small + " --kernel v5.18 --trace /dev/full");
    CHECK(trace.code == 3);
    CHECK(trace.text.find("/dev/full") != std::string::npos);
    const Run junit = cowherd("gate scenarios/gup --kernel v5.7 --junit /dev/full");
    CHECK(junit.code == 3);
    CHECK(junit.text.find("/dev/full") != std::string::npos);
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
