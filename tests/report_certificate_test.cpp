// SPDX-License-Identifier: GPL-2.0-only
// Certificates of the shipped scenarios: the verifier takes them all, and misses none of the states that are taken away.
#include "checker/random.hpp"
#include "report/certificate.hpp"
#include "report/check.hpp"
#include "tests/cli_run.hpp"
#include "tests/model_gate.hpp"

using namespace cli_tests;
using model_tests::all_scenarios;
using report::Cell;

namespace {

std::string without_state(const checker::Program& program, certificate::Certificate certificate, std::uint64_t state) {
    const std::size_t bytes = certificate::Layout(certificate, program).bytes();
    certificate.states.erase(state * bytes, bytes);
    --certificate.count;
    return certificate::write(certificate, program);
}

} // namespace

TEST_CASE("every scenario that holds on v5.19 has a certificate that is right, and none of its states can be spared",
          "[certificate]") {
    unsigned certified_scenarios = 0;
    std::uint64_t removals = 0;
    for (const model::Scenario& scenario : all_scenarios()) {
        const Cell cell{"v5.19", "x86_64", {}, {}};
        INFO(scenario.name);
        const auto built = report::build_cell(scenario, cell);
        if (!built) continue; // Its set-up needs another kernel.
        checker::SearchOptions options;
        options.counterexamples = false;
        const auto certified = report::check_and_certify(scenario, cell, options);
        REQUIRE(certified);
        const auto& [report, bytes] = certified.value();
        CHECK(bytes.empty() == (report.result.verdict != checker::Verdict::holds));
        if (bytes.empty()) continue;
        ++certified_scenarios;
        const auto verified = report::verify_certificate(bytes, scenario.source);
        REQUIRE(verified);
        CHECK(verified.value().verification.fault.empty());
        CHECK(verified.value().states == report.result.states);
        CHECK(verified.value().verification.transitions ==
              report.result.transitions + report.result.gains.alike_steps_left_out);
        CHECK(verified.value().verification.ends == report.result.executions);

        const auto certificate = certificate::read(bytes, built.value().program);
        REQUIRE(certificate);
        checker::Random random(certificate.value().count, 0);
        for (int n = 0; n < 8; ++n, ++removals) {
            const std::uint64_t state = random.below(certificate.value().count);
            INFO("without state " << state);
            const auto refused =
                report::verify_certificate(without_state(built.value().program, certificate.value(), state), {});
            REQUIRE(refused);
            CHECK_FALSE(refused.value().verification.fault.empty());
        }
    }
    CHECK(certified_scenarios >= (model_tests::is_quick() ? 3 : 20));
    CHECK(removals == std::uint64_t{8} * certified_scenarios);
}

TEST_CASE("a certificate of one kernel is none of another", "[certificate]") {
    const model::Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    const Cell v5_19{"v5.19", "x86_64", {}, {}};
    const auto certified = report::check_and_certify(scenario, v5_19, {});
    REQUIRE(certified);
    std::string bytes = certified.value().certificate;
    unsigned others = 0;
    for (const char* kernel : {"v5.7", "v5.9", "v5.18", "v6.1"}) {
        const auto other = report::build_cell(scenario, {kernel, "x86_64", {}, {}});
        if (!other) continue;
        const auto read = certificate::read(bytes, other.value().program);
        const auto own = report::check_and_certify(scenario, {kernel, "x86_64", {}, {}}, {});
        REQUIRE(own);
        // Where both kernels do the same, it is the same certificate but for its name.
        const auto own_read = certificate::read(own.value().certificate, other.value().program);
        if (read && own_read && read.value().states == own_read.value().states) continue;
        ++others;
        CHECK((!read || !certificate::verify(other.value().program, read.value()).fault.empty()));
    }
    CHECK(others >= 1);
}

TEST_CASE("cowherd check writes a certificate of what holds, and cowherd certify checks it", "[cli][certificate]") {
    const TemporaryDirectory directory;
    const std::string file = directory.path() + "/states";
    const Run written = cowherd("check " + small + " --kernel v5.19 --certificate " + file);
    CHECK(written.code == 0);
    CHECK_THAT(written.text, Catch::Contains("certificate: 124 states in "));
    CHECK_THAT(written.text, Catch::Contains("searched without choose and merge"));
    const Run certified = cowherd("certify " + file);
    CHECK(certified.code == 0);
    CHECK(certified.text ==
          "certified: canonical/S4.get-mprotect on v5.19, x86_64: 124 states, all steps of which (213) "
          "lead to one of them; no property is violated in any; 1 end\n");
    CHECK(cowherd("certify " + file + " " + small).code == 0);
    CHECK_THAT(cowherd("certify --json " + file).text, Catch::Contains("\"transitions\": 213"));
    const Run of_other = cowherd("certify " + file + " " + seed);
    CHECK(of_other.code == 3);
    CHECK_THAT(of_other.text, Catch::Contains("the certificate is of another text of a scenario"));

    // The same bytes by any number of workers.
    const std::string other = directory.path() + "/others";
    CHECK(cowherd("check " + seed + " --kernel v5.19 --certificate " + file).code == 0);
    CHECK(cowherd("check " + seed + " --kernel v5.19 -j 2 --certificate " + other).code == 0);
    CHECK(TemporaryFile::read(file) == TemporaryFile::read(other));

    for (const std::size_t size : {std::size_t{10'000}, std::size_t{300'000}}) {
        const std::string damaged = directory.add("damaged", TemporaryFile::read(file).substr(0, size));
        const Run refused = cowherd("certify " + damaged);
        CHECK(refused.code == 3);
        CHECK_THAT(refused.text, Catch::Contains("cut short"));
    }
    CHECK(cowherd("certify " + small).code == 3);
    CHECK(cowherd("certify " + directory.path() + "/none").code == 3);
}

TEST_CASE("there is no certificate of what does not hold, nor of what is no set of states", "[cli][certificate]") {
    const TemporaryDirectory directory;
    const std::string file = directory.path() + "/states";
    const Run violated = cowherd("check " + seed + " --kernel v5.18 --certificate " + file);
    CHECK(violated.code == 10);
    CHECK_THAT(violated.text, Catch::Contains("no certificate was written, for there is one only of what holds"));
    CHECK(directory.files() == 0);
    const auto refused = [&](const std::string& options, const std::string& because) {
        const Run run = cowherd("check " + small + " --kernel v5.19 --certificate " + file + " " + options);
        INFO(options);
        CHECK(run.code == 2);
        CHECK_THAT(run.text, Catch::Contains(because));
    };
    refused("--strategy dpor", "--certificate is for --strategy stateful, not for dpor");
    refused("--livelock", "--certificate is for --strategy stateful, not for --livelock");
    refused("--engine fibers", "--certificate is for --engine automata, not for fibers");
    refused("--reduction all", "give --reduction symmetry or none");
    refused("--arch all", "name one file, one --kernel and one --arch");
    refused(seed, "name one file, one --kernel and one --arch");
    refused("--checkpoint " + file + "2", "leave --checkpoint and --resume out");
    refused("--trace " + file, "name the same file");
    CHECK(directory.files() == 0);
    CHECK(cowherd("check " + small + " --kernel v5.19 --certificate " + small).code == 2);
    CHECK(cowherd("check " + small + " --kernel v5.19 --certificate /nowhere/states").code == 3);
}
