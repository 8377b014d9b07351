// SPDX-License-Identifier: GPL-2.0-only
// What a layout whose encodings clash can do to modelled code: a PTE that names no page stops whoever follows it.
#include "arch_encodings/pte.hpp"
#include "model_gate.hpp"

#include <catch2/catch.hpp>

using namespace model;
using namespace model_tests;

namespace {

const std::string no_page = "assertion: vm_normal_page(): the PTE names no page";

/// One page that was written to, pinned once, and is swapped out unless `setup_end` says otherwise; then `operation`.
Scenario scenario_with(const std::string& operation, const std::string& setup_end) {
    const std::string text = R"({
        "version": 1, "title": "t", "about": "t", "kernel": "v6.1",
        "machine": {"pages": 3, "units": 1, "cpus": 1, "swap": [{"name": "disk", "slots": 2}],
                    "processes": {"app": {"maps": ["0x1000"]}}},
        "setup": [
            {"process": "app", "op": "store", "address": "0x1000", "value": 1},
            {"op": "drain_lru"},
            {"process": "app", "op": "gup", "address": "0x1000", "reference": "r", "kind": "pin", "access": "read", "mode": "slow"},
            {"op": "put", "reference": "r"})" +
                             setup_end + R"(],
        "threads": [{"name": "app", "process": "app", "cpu": 0, "ops": [)" +
                             operation + R"(]}],
        "sometimes": [{"name": "no PTE", "all": [{"pte": {"process": "app", "address": "0x1000"}, "is": "none"}]}], "expect": [{"kernels": ["*"], "archs": ["*"], "verdict": "holds", "reason": "none"}]
    })";
    auto scenario = parse_scenario(text, "bad-pte", "bad-pte.json");
    if (!scenario) FAIL(scenario.error().text());
    return std::move(scenario.value());
}

std::vector<std::string> violated_by(const std::string& operation, const arch::Layout& layout) {
    const std::string pageout = R"(, {"process": "app", "op": "madvise", "address": "0x1000", "advice": "pageout"})";
    return violated(explore(scenario_with(operation, pageout), rules_of(Kernel::v6_1), layout));
}

/// x86_64 whose exclusive swap PTEs read as present.
arch::Layout marked_as_present() {
    arch::Layout layout = *arch::find_layout("x86_64");
    layout.swap.exclusive = arch::bit(0);
    return layout;
}

} // namespace

TEST_CASE("whoever follows a PTE that names no page stops there", "[model][layouts]") {
    const arch::Layout layout = marked_as_present();
    // The bits of the offset that are stored inverted read as dirty.
    arch::Layout dirty = layout;
    dirty.present_pte.dirty = arch::plain_flag(arch::bit(11));
    const std::pair<const char*, arch::Layout> all[] = {
        {R"({"op": "gup", "address": "0x1000", "reference": "r", "kind": "get", "access": "read", "mode": "slow"})",
         layout},
        {R"({"op": "madvise", "address": "0x1000", "advice": "pageout"})", layout},
        {R"({"op": "clear_refs"})", layout},
        {R"({"op": "mprotect", "address": "0x1000", "protection": "read"},
            {"op": "mprotect", "address": "0x1000", "protection": "read_write"})",
         dirty},
    };
    for (const auto& [operation, with] : all) {
        INFO(operation);
        CHECK_THAT(violated_by(operation, with), Catch::VectorContains(no_page));
    }
}

TEST_CASE("a processor that is sent to a page frame that is not there says so", "[model][layouts]") {
    arch::Layout layout = *arch::find_layout("x86_64");
    layout.present_pte.page_readonly.val |= arch::bit(30);
    const auto refusal = [&](const std::string& first) {
        Scenario scenario = scenario_with(first, "");
        scenario.setup.clear();
        return violated(explore(scenario, rules_of(Kernel::v6_1), layout));
    };
    CHECK_THAT(refusal(R"({"op": "store", "address": "0x1000", "value": 2})"),
               Catch::VectorContains(std::string("assertion: the processor stores to a page frame that is not there")));
    CHECK_THAT(
        refusal(R"({"op": "load", "address": "0x1000"})"),
        Catch::VectorContains(std::string("assertion: the processor loads from a page frame that is not there")));
}
