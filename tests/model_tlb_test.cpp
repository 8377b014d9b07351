// SPDX-License-Identifier: GPL-2.0-only
// What TLB flushes wait for: GUP-fast between its loads of two words, and processors that mark a PTE accessed or dirty after the
// kernel has replaced it.
#include "arch_encodings/pte.hpp"
#include "model/inspect.hpp"
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

Scenario parsed(const std::string& text) {
    auto scenario =
        parse_scenario(R"({"version": 1, "title": "t", "about": "t", )" + text +
                           R"(, "expect": [{"kernels": ["*"], "archs": ["*"], "verdict": "holds", "reason": "none"}]})",
                       "flushes", "flushes.json");
    if (!scenario) FAIL(scenario.error().text());
    return std::move(scenario.value());
}

/// Two pages of one process that were written to, and these threads.
Scenario two_pages(const std::string& threads) {
    return parsed(R"(
        "machine": {"pages": 2, "units": 1, "cpus": 2, "swap": [{"name": "disk", "slots": 1}],
                    "processes": {"app": {"maps": ["0x1000", "0x2000"]}}},
        "setup": [{"process": "app", "op": "store", "address": "0x1000", "value": 1},
                  {"process": "app", "op": "store", "address": "0x2000", "value": 2},
                  {"op": "drain_lru"}],
        "threads": [)" +
                  threads + R"(],
        "sometimes": [{"name": "mapped", "all": [{"pte": {"process": "app", "address": "0x1000"}, "is": "present"}]}])");
}

/// A page that came back from swap by a load, clean and still in the swap cache, and of which fork has made the child's PTE old; with
/// further steps of the set-up, and a child that loads from it beside another thread.
Scenario clean_page(const std::string& and_then, const std::string& other_thread) {
    return parsed(R"(
        "machine": {"pages": 3, "units": 1, "cpus": 2, "late_marks": true, "swap": [{"name": "disk", "slots": 4}],
                    "processes": {"app": {"maps": ["0x1000"]}, "child": {"forked_from": "app"}}},
        "setup": [{"process": "app", "op": "store", "address": "0x1000", "value": 1},
                  {"op": "drain_lru"},
                  {"process": "app", "op": "madvise", "address": "0x1000", "advice": "pageout"},
                  {"process": "app", "op": "load", "address": "0x1000"},
                  {"process": "app", "op": "fork", "child": "child"},
                  {"op": "drain_lru"})" +
                  and_then + R"(],
        "threads": [)" +
                  other_thread + R"(,
                    {"name": "child", "process": "child", "cpu": 1, "ops": [{"op": "load", "address": "0x1000"}]}],
        "sometimes": [{"name": "mapped", "all": [{"pte": {"process": "app", "address": "0x1000"}, "is": "present"}]}])");
}

const arch::Layout& pae() { return *arch::find_layout("x86_32-pae-6.12"); }

/// GUP-fast of the first page beside other threads, on a machine whose PTEs are two words.
std::vector<std::string> violated_beside_gup_fast(const std::string& threads) {
    const std::string gup = R"({"name": "gup", "process": "app", "cpu": 0, "ops": [
        {"op": "gup", "address": "0x1000", "reference": "r", "kind": "get", "access": "read", "mode": "fast_only"}]},)";
    return violated(explore(two_pages(gup + threads), rules_of(Kernel::v6_1), pae()));
}

using Holds = bool (*)(const checker::View& v, const Machine& m);

/// What is violated if `holds` has to be true of every state, beside what else is.
std::vector<std::string> violated_if_always(const Scenario& scenario, const arch::Layout& layout, Holds holds) {
    auto built = build(scenario, rules_of(Kernel::v6_1), layout);
    if (!built) FAIL(built.error().text());
    checker::Program& program = built.value().program;
    checker::Property property;
    property.name = "always";
    for (std::size_t cell = 0; cell < program.cells().size(); ++cell)
        property.footprint.push_back(checker::CellId{static_cast<std::uint16_t>(cell)});
    const Machine* const machine = built.value().machine.get();
    property.holds = [machine, holds](const checker::View& v) { return holds(v, *machine); };
    program.add_property(property);
    checker::SearchOptions options;
    options.counterexamples = false;
    return violated(model::explore(built.value(), options));
}

constexpr MmId child{1};
constexpr Va first_page{0};

/// As memory and the page table mean the child's PTE, under no lock, these bits aside.
bool words_agree_aside_from(const checker::View& v, const Machine& m, Word aside) {
    const MappingCells& at = m.at({child, first_page});
    return !page_table_lock_is_free(v, m, child) || ((v[at.pte_high] ^ v[at.pte]) & arch::high_word & ~aside) == 0;
}
bool words_agree(const checker::View& v, const Machine& m) { return words_agree_aside_from(v, m, 0); }
/// A walk may mark the high word when it is cleared already.
bool words_agree_but_for_marks(const checker::View& v, const Machine& m) {
    return words_agree_aside_from(v, m, arch::cpu_mark_load(m.arch(), arch::Pte{0}).val);
}

bool nobody_walks_beside_a_swap_pte(const checker::View& v, const Machine& m) {
    const bool is_swap = arch::is_swap_pte(m.arch(), arch::Pte{v[m.at({child, first_page}).pte]});
    return !is_swap || (v[m.mm(child).walkers[0]] == 0 && v[m.mm(child).walkers[1]] == 0);
}
bool nobody_walks_when_written(const checker::View& v, const Machine& m) {
    for (std::size_t n = 0; n < m.pages(); ++n)
        if ((v[m.page(page_id(n)).flags] & PG::writeback) != 0) return nobody_walks_beside_a_swap_pte(v, m);
    return true;
}
bool nobody_walks_at_the_end(const checker::View& v, const Machine& m) {
    const bool is_reclaim_over = v[m.thread_done(0)] != 0;
    return !is_reclaim_over || nobody_walks_beside_a_swap_pte(v, m);
}

bool nobody_walks_when_freed(const checker::View& v, const Machine& m) {
    for (std::size_t n = 0; n < m.pages(); ++n)
        if (v[m.page(page_id(n)).allocated] != 0) return true;
    return nobody_walks_beside_a_swap_pte(v, m);
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

TEST_CASE("a walk that marks a PTE leaves alone what it does not mark", "[model]") {
    // Fork makes the child's PTE old: a load has to mark it.
    Scenario scenario = load("fork/late-accessed");
    scenario.machine.late_marks = false;
    scenario.sometimes.clear();
    ThreadSpec &zapper = scenario.threads[0], &reader = scenario.threads[1];
    reader.ops.resize(1);
    zapper.process = reader.process;
    zapper.ops = reader.ops;
    zapper.ops[0].code = OpCode::madvise;
    zapper.ops[0].advice = Advice::dontneed;
    Scenario alone = scenario;
    alone.threads.erase(alone.threads.begin());
    for (const char* name : {"x86_32-pae-6.12", "mips32-xpa-6.12", "mips32-phys36-6.12", "sh-x2tlb-6.12"}) {
        INFO(name);
        CHECK(violated_if_always(scenario, *arch::find_layout(name), words_agree_but_for_marks).empty());
        CHECK(violated_if_always(alone, *arch::find_layout(name), words_agree).empty());
    }
}

TEST_CASE("a walk stores no word that it does not change: GUP-fast need not come before it and after it", "[model]") {
    const auto states = [](const std::string& and_then, const char* layout) {
        const Scenario scenario = clean_page(and_then, R"({"name": "gup", "process": "child", "cpu": 0, "ops": [
            {"op": "gup", "address": "0x1000", "reference": "r", "kind": "get", "access": "read", "mode": "fast_only"}]})");
        return explore(scenario, rules_of(Kernel::v6_1), *arch::find_layout(layout)).states;
    };
    // It marks the low word.
    CHECK(states("", "x86_32-pae-6.12") == 21);
    // It marks nothing.
    CHECK(states(R"(, {"process": "child", "op": "load", "address": "0x1000"})", "x86_64") == 4);
}

TEST_CASE("reclaim waits for walks before it writes a page that was dirty, and before it is done", "[model]") {
    const Scenario scenario = load("fork/late-accessed");
    const arch::Layout& x86_64 = *arch::find_layout("x86_64");
    CHECK(violated_if_always(scenario, x86_64, nobody_walks_when_written).empty());
    CHECK(violated_if_always(scenario, x86_64, nobody_walks_at_the_end).empty());
    // Before that there are walks that end in a swap PTE.
    CHECK(violated_if_always(scenario, x86_64, nobody_walks_beside_a_swap_pte) == std::vector<std::string>{"always"});
}

TEST_CASE("reclaim waits for walks at its end, and before it frees the page, also if the page was clean", "[model]") {
    const arch::Layout& x86_64 = *arch::find_layout("x86_64");
    const std::string kswapd = R"({"name": "kswapd", "cpu": 0, "ops": [{"op": "kswapd", "passes": 1}]})";
    // A reference keeps the page.
    const Scenario kept = clean_page(R"(, {"process": "app", "op": "gup", "address": "0x1000", "reference": "r",
        "kind": "get", "access": "read", "mode": "fast_only"})",
                                     kswapd);
    CHECK(violated_if_always(kept, x86_64, nobody_walks_at_the_end).empty());
    const Scenario freed = clean_page("", kswapd);
    CHECK(violated_if_always(freed, x86_64, nobody_walks_at_the_end).empty());
    CHECK(violated_if_always(freed, x86_64, nobody_walks_when_freed).empty());
    for (const Scenario* scenario : {&kept, &freed})
        CHECK(violated_if_always(*scenario, x86_64, nobody_walks_beside_a_swap_pte) ==
              std::vector<std::string>{"always"});
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
