// SPDX-License-Identifier: GPL-2.0-only
// cowherd conform as its users meet it: the binary is run, and judged by its output and exit code.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using Catch::Contains;
using nlohmann::json;

const std::string traces = "tests/data/real-kernel-traces.json";

std::string environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

struct Run {
    int code = -1;
    std::string text; ///< stdout and stderr
};

Run conform(const std::string& arguments) {
    const std::string command = "cd '" + environment("COWHERD_SOURCE", ".") + "' && '" +
                                environment("COWHERD", "cowherd") + "' conform " + arguments + " 2>&1";
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

/// The traces with a change, in a file that is gone when the test is over.
class ChangedTraces {
public:
    explicit ChangedTraces(const std::string& pointer, const json& value) {
        std::ifstream original(environment("COWHERD_SOURCE", ".") + "/" + traces);
        json document = json::parse(original);
        document[json::json_pointer(pointer)] = value;
        path_ = (std::filesystem::temp_directory_path() / "cowherd-conform-test-XXXXXX").string();
        const int descriptor = mkstemp(path_.data());
        REQUIRE(descriptor >= 0);
        close(descriptor);
        std::ofstream(path_) << document;
    }
    ChangedTraces(const ChangedTraces&) = delete;
    ChangedTraces& operator=(const ChangedTraces&) = delete;
    ~ChangedTraces() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

} // namespace

TEST_CASE("conform has a line for each run and a summary, and ends with 0 where all that is modelled agrees",
          "[conform]") {
    const Run run = conform(traces);
    CHECK(run.code == 0);
    CHECK_THAT(run.text, Contains("od-swap-rw        5.10.262  nvme  agrees\n"));
    CHECK_THAT(run.text, Contains("getw-ksm          6.1.192   zram  not modelled: ksm\n"));
    CHECK_THAT(run.text, Contains("od-swap-rw        6.12.117  nvme  not modelled: kernel 6.12.117\n"));
    CHECK_THAT(run.text, Contains("cow-basic         5.10.262  zram  agrees (LRU batch drained before step 6)\n"));
    CHECK_THAT(run.text, Contains("\n192 runs: 120 agree, 0 disagree, 72 not modelled\n"));
}

TEST_CASE("conform filters by kernel and by trace", "[conform]") {
    const Run run = conform(traces + " --kernel 6.1.192 --trace od-swap-rw");
    CHECK(run.code == 0);
    CHECK_THAT(run.text, Contains("\n2 runs: 2 agree, 0 disagree\n"));
}

TEST_CASE("conform says at which step the model differs, and ends with 10", "[conform]") {
    const ChangedTraces changed("/traces/0/runs/0/after/4/states/P/writable", true);
    const Run run = conform(changed.path());
    CHECK(run.code == 10);
    CHECK_THAT(run.text, Contains("od-swap-rw        5.10.262  nvme  DISAGREES at step 5 (P load 0): P's PTE: "
                                  "writable: the kernel had true, the model has false\n"));
    CHECK_THAT(run.text, Contains("119 agree, 1 disagree"));

    const json report = json::parse(conform(changed.path() + " --json").text);
    CHECK(report["summary"]["disagree"] == 1);
    CHECK(report["runs"][0]["conformance"] == "disagrees");
    CHECK(report["runs"][0]["disagreement"] == json{{"step", 5},
                                                    {"step_text", "P load 0"},
                                                    {"what", "P's PTE: writable"},
                                                    {"kernel", "true"},
                                                    {"model", "false"}});
}

TEST_CASE("conform writes the same JSON every time", "[conform]") {
    const Run once = conform(traces + " --json");
    const Run again = conform(traces + " --json");
    CHECK(once.code == 0);
    CHECK(once.text == again.text);
    const json report = json::parse(once.text);
    CHECK(report["format"] == "cowherd-conform");
    CHECK(report["version"] == 1);
    CHECK(report["runs"].size() == 192);
    CHECK(report["summary"]["agree"] == 120);
}

TEST_CASE("conform refuses words and files that it cannot use", "[conform]") {
    Run run = conform(traces + " --trace od-swap-wr");
    CHECK(run.code == 3);
    CHECK_THAT(run.text, Contains("there is no trace \"od-swap-wr\" in this file") && Contains("\"od-swap-rw\""));
    run = conform(traces + " --kernel 6.1.193");
    CHECK(run.code == 3);
    CHECK_THAT(run.text, Contains("\"6.1.193\"") && Contains("\"6.1.192\""));
    run = conform(traces + " --kernel zzz");
    CHECK(run.code == 3);
    CHECK_THAT(run.text, Contains("5.10.262, 6.1.192, 6.12.117"));
    CHECK(conform("no-such-file.json").code == 3);
    CHECK(conform("scenarios").code == 3);
    CHECK(conform("README.md").code == 3);
    CHECK(conform("").code == 2);
    CHECK(conform(traces + " --kernal 6.1.192").code == 2);
    const ChangedTraces changed("/version", 7);
    run = conform(changed.path());
    CHECK(run.code == 3);
    CHECK_THAT(run.text, Contains(changed.path() + ": /version: this program reads version 1"));
}

TEST_CASE("conform on a full disk ends with an error", "[conform]") {
    const Run run = conform(traces + " > /dev/full");
    CHECK(run.code == 3);
}
