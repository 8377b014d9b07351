// SPDX-License-Identifier: GPL-2.0-only
// What TLB flushes wait for: GUP-fast between its loads of two words, and processors that mark a PTE accessed or dirty after the
// kernel has replaced it.
#include "arch_encodings/pte.hpp"
#include "model_gate.hpp"

#include <catch2/catch.hpp>

using namespace model;
using namespace model_tests;

namespace {

/// With the exclusive marker on the bit that a load marks: a late mark in a swap PTE of a shared page is then seen.
arch::Layout marker_on_accessed(const char* name) {
    arch::Layout layout = *arch::find_layout(name);
    layout.swap.exclusive = layout.present_pte.young.make[0].set;
    return layout;
}

std::vector<std::string> violated_on(const arch::Layout& layout, bool late_marks = true) {
    Scenario scenario = load("fork/late-accessed");
    scenario.machine.late_marks = late_marks;
    return violated(explore(scenario, rules_of(Kernel::v6_1), layout));
}

const std::vector<std::string> shared_is_exclusive = {"I5", "I6", "no-lost-write"};

/// GUP-fast of a page beside other threads of its process, on a machine whose PTEs are two words.
std::vector<std::string> violated_beside_gup_fast(const std::string& threads) {
    const std::string text = R"({
        "version": 1, "title": "t", "about": "t", "kernel": "v6.1",
        "machine": {"pages": 2, "units": 1, "cpus": 2, "swap": [{"name": "disk", "slots": 1}],
                    "processes": {"app": {"maps": ["0x1000", "0x2000"]}}},
        "setup": [{"process": "app", "op": "store", "address": "0x1000", "value": 1},
                  {"process": "app", "op": "store", "address": "0x2000", "value": 2},
                  {"op": "drain_lru"}],
        "threads": [{"name": "gup", "process": "app", "cpu": 0, "ops": [
                        {"op": "gup", "address": "0x1000", "reference": "r", "kind": "get", "access": "read", "mode": "fast_only"}]},)" +
                             threads + R"(],
        "sometimes": [{"name": "taken", "all": [{"reference": "r", "is": "held"}]}],
        "expect": [{"kernels": ["*"], "archs": ["*"], "verdict": "holds", "reason": "none"}]
    })";
    const auto scenario = parse_scenario(text, "flushes", "flushes.json");
    if (!scenario) FAIL(scenario.error().text());
    return violated(explore(scenario.value(), rules_of(Kernel::v6_1), *arch::find_layout("x86_32-pae-6.12")));
}

} // namespace

TEST_CASE("a flush waits for walks that another flush waits for already", "[model]") {
    const std::string pageout = R"({"name": "pageout", "process": "app", "cpu": 1, "ops": [
        {"op": "madvise", "address": "0x1000", "advice": "pageout"},
        {"op": "store", "address": "0x1000", "value": 3}]})";
    const std::string zap = R"({"name": "zap", "process": "app", "cpu": 0, "ops": [
        {"op": "madvise", "address": "0x2000", "advice": "dontneed"}]})";
    CHECK(violated_beside_gup_fast(pageout).empty());
    CHECK(violated_beside_gup_fast(pageout + "," + zap).empty());
}

TEST_CASE("mprotect flushes before what it protected can be as before", "[model]") {
    CHECK(violated_beside_gup_fast(R"({"name": "protect", "process": "app", "cpu": 1, "ops": [
        {"op": "mprotect", "address": "0x1000", "protection": "read"},
        {"op": "mprotect", "address": "0x1000", "protection": "read_write"},
        {"op": "store", "address": "0x1000", "value": 3}]})")
              .empty());
}

TEST_CASE("a late mark gets into a swap PTE where reclaim defers the flush, and nowhere else", "[model][layouts]") {
    const arch::Layout x86_64 = marker_on_accessed("x86_64");
    CHECK(violated_on(x86_64) == shared_is_exclusive);
    CHECK(violated_on(x86_64, false).empty());

    arch::Layout flushes_at_once = x86_64;
    flushes_at_once.defers_unmap_flush = false;
    CHECK(violated_on(flushes_at_once).empty());
    arch::Layout never_late = x86_64;
    never_late.present_pte.walk.late = 0;
    CHECK(violated_on(never_late).empty());

    // POWER9's write-back, whose kernel does not defer the flush.
    CHECK(violated_on(marker_on_accessed("ppc64-4k")).empty());
    // Two words, of which the marks are in the low one.
    CHECK(violated_on(marker_on_accessed("x86_32-pae-6.12")) == shared_is_exclusive);
}

TEST_CASE("a late mark in an empty PTE is a swap entry unless pte_none() ignores it", "[model][layouts]") {
    Scenario scenario = load("fork/late-accessed");
    ThreadSpec &zapper = scenario.threads[0], &reader = scenario.threads[1];
    zapper.process = reader.process;
    zapper.ops = {reader.ops[0], reader.ops[0]};
    zapper.ops[0].code = OpCode::madvise;
    zapper.ops[0].advice = Advice::dontneed;
    zapper.ops[1].code = OpCode::munmap;
    scenario.sometimes.clear();
    const auto violated_with = [&scenario](const arch::Layout& layout) {
        return violated(explore(scenario, rules_of(Kernel::v6_1), layout));
    };
    arch::Layout layout = *arch::find_layout("x86_64");
    CHECK(violated_with(layout).empty());
    layout.none_ignore = 0;
    CHECK_THAT(violated_with(layout),
               Catch::VectorContains(std::string("assertion: zap_pte_range(): the PTE names no swap slot")));
    scenario.machine.late_marks = false;
    CHECK(violated_with(layout).empty());
}
