// SPDX-License-Identifier: GPL-2.0-only
// cowherd check --arch FILE.json: scenarios on a layout of the user's own, proved or not.
#include "tests/cli_run.hpp"

#include <nlohmann/json.hpp>

using namespace cli_tests;
using Catch::Contains;
using nlohmann::json;

namespace {

const std::string examples = "examples/layouts/";

std::string check_on(const std::string& layout, const std::string& scenario) {
    return "check scenarios/" + scenario + ".json --kernel v6.1 --arch " + examples + layout + ".json";
}

} // namespace

TEST_CASE("a marker that clashes is refused, and named scenarios show what it would break", "[cli][layouts]") {
    struct Clash {
        const char *layout, *fault, *scenario, *violated;
    };
    for (const Clash& clash :
         {Clash{"exclusive-on-offset", "swap_fields_overlap", "swap/stale-swapcache-page", "I5"},
          Clash{"exclusive-on-soft-dirty", "swap_fields_overlap", "fork/shared-swapout", "no-lost-write"},
          Clash{"exclusive-on-present", "swap_can_read_as_present", "seed/o-direct-read.swapout", "V1"},
          Clash{"exclusive-ignored-by-none", "swap_uses_bits_that_none_ignores", "fork/late-accessed",
                "no-lost-write"}}) {
        const std::string command = check_on(clash.layout, clash.scenario);
        INFO(command);
        const Run refused = cowherd(command);
        CHECK(refused.code == 3);
        CHECK_THAT(refused.text, Contains("the proofs refuse the layout: " + std::string(clash.fault)) &&
                                     Contains("--unproved explores it nevertheless"));

        const TemporaryFile trace("");
        const Run broken = cowherd(command + " --unproved --trace " + trace.path());
        CHECK(broken.code == 10);
        CHECK_THAT(broken.text, Contains("  violated: " + std::string(clash.violated) + "\n") &&
                                    Contains(" (layout file): violated") &&
                                    Contains("  the proofs refuse the layout: " + std::string(clash.fault)));
        // The same scenario holds on the layout that the clash was made of.
        CHECK(cowherd("check scenarios/" + std::string(clash.scenario) + ".json --kernel v6.1").code == 0);
        // A trace has the layout in it.
        const Run replayed = cowherd("replay " + trace.path());
        CHECK(replayed.code == 0);
        CHECK_THAT(replayed.text, Contains(" (layout file): the schedule of a trace violates "));
    }
}

TEST_CASE("an own layout that is sound needs nothing more, and gives what the built-in one gives", "[cli][layouts]") {
    const std::string scenario = "check scenarios/seed/o-direct-read.swapout.json --json --kernel v6.1";
    CHECK(json::parse(cowherd(scenario + " --arch riscv64").text)["verdict"] == "violated");
    const json with_marker =
        json::parse(cowherd(scenario + " --arch " + examples + "riscv64-with-exclusive.json").text);
    CHECK(with_marker["verdict"] == "holds");
    CHECK(with_marker["cell"]["layout"]["swap"]["exclusive"] == 4);
    CHECK(with_marker["cell"]["layout_refused"].get<std::string>().empty());

    const TemporaryFile copy(cowherd("arch show --json x86_64").text, ".json");
    const json own = json::parse(cowherd(scenario + " --arch " + copy.path()).text);
    const json built_in = json::parse(cowherd(scenario + " --arch x86_64").text);
    for (const char* key : {"verdict", "violated", "search"}) CHECK(own[key] == built_in[key]);
}

TEST_CASE("what is no layout for a scenario is bad input", "[cli][layouts]") {
    const std::string scenario = "check scenarios/seed/o-direct-read.swapout.json --kernel v6.1";
    const Run missing = cowherd(scenario + " --arch nowhere/mine.json");
    CHECK(missing.code == 3);
    CHECK_THAT(missing.text, Contains("nowhere/mine.json"));
    is_usage_error(scenario + " --unproved", "--unproved is about a layout file, and --arch names none");

    json swap_only = json::parse(cowherd("arch show --json riscv64-6.12").text);
    swap_only.erase("present_pte");
    const TemporaryFile layout(swap_only.dump(), ".json");
    const Run half = cowherd(scenario + " --unproved --arch " + layout.path());
    CHECK(half.code == 3);
    CHECK_THAT(half.text, Contains("/present_pte: a scenario needs present PTEs"));
    // A result never goes over the layout.
    is_usage_error(scenario + " --arch " + layout.path() + " --trace " + layout.path(), "--trace: ");
    CHECK(layout.content() == swap_only.dump());
}
