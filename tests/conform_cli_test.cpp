// SPDX-License-Identifier: GPL-2.0-only
// cowherd conform as its users meet it: the binary is run, and judged by its output and exit code.
#include "tests/cli_run.hpp"

#include <nlohmann/json.hpp>

using namespace cli_tests;

namespace {

using Catch::Contains;
using nlohmann::json;

const std::string traces = "tests/data/real-kernel-traces.json";

Run conform(const std::string& arguments) { return cowherd("conform " + arguments); }

/// The traces with another value at `pointer`.
std::string traces_with(const std::string& pointer, const json& value) {
    std::ifstream original(environment("COWHERD_SOURCE", ".") + "/" + traces);
    json document = json::parse(original);
    document[json::json_pointer(pointer)] = value;
    return document.dump();
}

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
    const TemporaryFile changed(traces_with("/traces/0/runs/0/after/4/states/P/writable", true));
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
    const TemporaryFile changed(traces_with("/version", 7));
    run = conform(changed.path());
    CHECK(run.code == 3);
    CHECK_THAT(run.text, Contains(changed.path() + ": /version: this program reads version 1"));
}

TEST_CASE("conform on a full disk ends with an error", "[conform]") {
    const Run run = conform(traces + " > /dev/full");
    CHECK(run.code == 3);
}
