// SPDX-License-Identifier: GPL-2.0-only
// Scenarios made into programs: the set-up and its errors, threads and devices, and the ghost read that ends a run.
#include "arch_encodings/layouts.hpp"
#include "checker/replay_execution.hpp"
#include "checker/search.hpp"
#include "model/build.hpp"
#include "model/inspect.hpp"
#include "model/operations.hpp"
#include "model/properties.hpp"

#include <catch2/catch.hpp>

#include <bit>
#include <string>
#include <utility>
#include <vector>

using namespace model;

namespace {

constexpr MmId app{0};
constexpr MmId child{1};
constexpr Mapping app_va{app, Va{0}};

Op operation(OpCode code) {
    Op op;
    op.code = code;
    op.va = Va{0};
    op.ref = RefId{0};
    op.io = IoId{0};
    op.child = child;
    op.device = DeviceId{0};
    return op;
}
Op store(Value value, Unit unit = Unit{0}) {
    Op op = operation(OpCode::store);
    op.value = value;
    op.unit = unit;
    return op;
}
Op expect_load(Value value, Unit unit = Unit{0}) {
    Op op = operation(OpCode::expect_load);
    op.value = value;
    op.unit = unit;
    return op;
}
Op advise(Advice advice) {
    Op op = operation(OpCode::madvise);
    op.advice = advice;
    return op;
}

/// One process and its one address, and a device; a thread that loads.
Scenario small_scenario(std::vector<Op> setup, std::vector<Op> ops = {operation(OpCode::load)}) {
    Scenario scenario;
    scenario.name = "small";
    scenario.machine.devices = {{.name = "swap0", .slots = 2}};
    scenario.machine.processes = {{.name = "app", .forked_from = MmId::none(), .maps = {Va{0}}}};
    scenario.machine.addresses = {"0x1000"};
    for (const Op& op : setup) scenario.setup.push_back({app, op});
    scenario.threads = {{.name = "app", .process = app, .cpu = CpuId{0}, .ops = std::move(ops)}};
    return scenario;
}

checker::Result<BuiltScenario> build_for(const Scenario& scenario, Kernel kernel = Kernel::v6_1,
                                         const arch::Layout& layout = arch::x86_64) {
    return build(scenario, rules_of(kernel), layout);
}

std::vector<Word> initial_cells(const BuiltScenario& built) {
    std::vector<Word> words;
    for (const checker::CellSpec& cell : built.program.cells()) words.push_back(cell.initial);
    return words;
}

GhostRead initial_read(const BuiltScenario& built, Unit unit) {
    const std::vector<Word> words = initial_cells(built);
    return ghost_read(View(words.data(), built.machine.get()), app_va, unit);
}

checker::SearchResult explore(const BuiltScenario& built) {
    return checker::search(built.program, {.counterexamples = false});
}

} // namespace

TEST_CASE("a ghost read and a modelled load return the same, wherever the page is", "[build][ghost]") {
    const std::vector<std::pair<std::string, std::vector<Op>>> states = {
        {"never touched", {}},
        {"read before written", {operation(OpCode::load)}},
        {"present", {store(3), store(4, Unit{1})}},
        {"in the swap cache", {store(3), store(4, Unit{1}), operation(OpCode::drain_lru), advise(Advice::pageout)}},
        {"on the device alone",
         {store(3), store(4, Unit{1}), operation(OpCode::drain_lru), advise(Advice::pageout),
          operation(OpCode::kswapd)}},
        {"back from the device",
         {store(3), operation(OpCode::drain_lru), advise(Advice::pageout), operation(OpCode::kswapd),
          operation(OpCode::load)}},
        {"zapped", {store(3), advise(Advice::dontneed)}},
        {"zapped and written", {store(3), advise(Advice::dontneed), store(5, Unit{1})}},
        {"swapped out and zapped",
         {store(3), operation(OpCode::drain_lru), advise(Advice::pageout), advise(Advice::dontneed)}},
        {"write-protected", {store(3), operation(OpCode::clear_refs)}},
    };
    for (const Kernel kernel : {Kernel::v5_7, Kernel::v5_18, Kernel::v6_1}) {
        for (const auto& [name, setup] : states) {
            const auto before = build_for(small_scenario(setup), kernel);
            INFO(name);
            REQUIRE(before);
            for (const Unit unit : {Unit{0}, Unit{1}}) {
                const GhostRead read = initial_read(before.value(), unit);
                REQUIRE(read.readable);
                const auto loading = build_for(small_scenario(setup, {expect_load(read.value, unit)}), kernel);
                CHECK(explore(loading.value()).verdict == checker::Verdict::holds);
                const auto wrong = static_cast<Value>(read.value + 1);
                const auto failing = build_for(small_scenario(setup, {expect_load(wrong, unit)}), kernel);
                CHECK(explore(failing.value()).verdict == checker::Verdict::violated);
            }
        }
    }
}

TEST_CASE("the set-up reaches the states that its names promise", "[build]") {
    const auto pte_of = [](const std::vector<Op>& setup) {
        const auto built = build_for(small_scenario(setup));
        const std::vector<Word> words = initial_cells(built.value());
        return std::pair{pte_at(View(words.data(), nullptr), *built.value().machine, app_va), words};
    };
    const arch::Layout& layout = arch::x86_64;
    CHECK(arch::pte_none(layout, pte_of({}).first));
    CHECK(arch::pte_write(layout, pte_of({store(3)}).first));
    CHECK(arch::is_swap_pte(layout, pte_of({store(3), operation(OpCode::drain_lru), advise(Advice::pageout)}).first));
    CHECK_FALSE(arch::pte_write(layout, pte_of({store(3), operation(OpCode::clear_refs)}).first));
}

TEST_CASE("the set-up leaves nothing in flight", "[build]") {
    const auto built = build_for(small_scenario({store(3), operation(OpCode::drain_lru), advise(Advice::pageout)}));
    REQUIRE(built);
    const Machine& m = *built.value().machine;
    const std::vector<Word> words = initial_cells(built.value());
    for (std::size_t n = 0; n < m.pages(); ++n)
        CHECK((words[m.page(page_id(n)).flags.index] & (PG::writeback | PG::locked)) == 0);
    CHECK(words[m.slot(SwapSlot{0}).disk[0].index] == 3);
    CHECK(words[m.mm(app).mmap_lock.cell.index] == 0);
}

TEST_CASE("building a scenario twice gives the same program", "[build]") {
    const Scenario scenario = small_scenario({store(3), operation(OpCode::drain_lru), advise(Advice::pageout)});
    const auto one = build_for(scenario);
    const auto two = build_for(scenario);
    CHECK(initial_cells(one.value()) == initial_cells(two.value()));
    CHECK(explore(one.value()).states == explore(two.value()).states);
}

TEST_CASE("a set-up that cannot be carried out is an error with its place", "[build]") {
    SECTION("a signal") {
        const auto built = build_for(small_scenario({store(3), operation(OpCode::munmap), operation(OpCode::load)}));
        REQUIRE_FALSE(built);
        CHECK(built.error().place == "/setup/2");
        CHECK(built.error().message.find("SIGSEGV") != std::string::npos);
        CHECK(built.error().message.find("load") != std::string::npos);
    }
    SECTION("a failed expectation") {
        const auto built = build_for(small_scenario({store(3), expect_load(4)}));
        REQUIRE_FALSE(built);
        CHECK(built.error().place == "/setup/1");
    }
    SECTION("too few page frames") {
        Scenario scenario = small_scenario({store(3), operation(OpCode::fork), store(4)});
        scenario.machine.processes.push_back({.name = "child", .forked_from = app, .maps = {Va{0}}});
        scenario.machine.pages = 1;
        const auto built = build_for(scenario);
        REQUIRE_FALSE(built);
        CHECK(built.error().place == "/setup/2");
        CHECK(built.error().message.find("too few page frames") != std::string::npos);
    }
}

TEST_CASE("a condition by the name of one that every scenario has is an error with its place", "[build]") {
    Scenario scenario = small_scenario({});
    Condition condition;
    condition.at = app_va;
    scenario.sometimes = {{.name = "swapped", .all = {condition}},
                          {.name = "app does all its operations", .all = {condition}}};
    const auto built = build_for(scenario);
    REQUIRE_FALSE(built);
    CHECK(built.error().place == "/sometimes/1/name");
}

TEST_CASE("more pages, threads or conditions than there can be are errors with their place", "[build]") {
    SECTION("pages") {
        Scenario scenario = small_scenario({});
        scenario.machine.pages = 33;
        CHECK(build_for(scenario).error().place == "/machine/pages");
        scenario.machine.pages = 32;
        CHECK(build_for(scenario));
    }
    SECTION("threads") {
        Scenario scenario = small_scenario({});
        scenario.machine.pages = 1;
        const auto resize_to = [&scenario](std::size_t count) {
            scenario.threads.resize(count, scenario.threads.front());
            for (std::size_t n = 1; n < count; ++n) scenario.threads[n].name = "app " + std::to_string(n);
        };
        resize_to(64 - all_properties().size());
        CHECK(build_for(scenario)); // Each has a condition of its own, that it sometimes comes to its end.
        resize_to(63);
        scenario.machine.references = {"dio"};
        scenario.machine.io_requests = {"read"};
        scenario.machine.io_refs = {RefId{0}};
        CHECK(build_for(scenario).error().place == "/threads");
    }
    SECTION("conditions") {
        Scenario scenario = small_scenario({});
        Condition condition;
        condition.at = app_va;
        scenario.sometimes.resize(64 - all_properties().size() - scenario.threads.size(),
                                  {.name = "swapped", .all = {condition}});
        for (std::size_t n = 1; n < scenario.sometimes.size(); ++n)
            scenario.sometimes[n].name += " " + std::to_string(n);
        CHECK(build_for(scenario));
        scenario.sometimes.push_back(scenario.sometimes.front());
        CHECK(build_for(scenario).error().place == "/sometimes");
    }
}

TEST_CASE("threads come in the scenario's order, devices after them as daemons", "[build]") {
    Scenario scenario = small_scenario({});
    scenario.machine.references = {"dio"};
    scenario.machine.io_requests = {"read"};
    scenario.machine.io_refs = {RefId{0}};
    const auto built = build_for(scenario);
    REQUIRE(built);
    const auto& threads = built.value().program.threads();
    REQUIRE(threads.size() == 3);
    CHECK(threads[0].name == "app");
    CHECK_FALSE(threads[0].daemon);
    CHECK(threads[1].name == "swap device");
    CHECK(threads[1].daemon);
    CHECK(threads[2].name == "device of read");
    CHECK(threads[2].daemon);

    scenario.machine.devices[0].synchronous_io = true;
    CHECK(build_for(scenario).value().program.threads().size() == 2);
}

TEST_CASE("threads that are alike have one body, one pool and one account of their ends", "[build]") {
    Scenario scenario = small_scenario({});
    scenario.threads[0].count = 3;
    const auto built = build_for(scenario);
    REQUIRE(built);
    const auto& threads = built.value().program.threads();
    REQUIRE(threads.size() == 4);
    CHECK(threads[2].name == "app 3");
    CHECK(threads[2].first_alike == threads[0].first_alike);
    const Machine& m = *built.value().machine;
    CHECK(m.threads() == 1);
    CHECK(m.pages() == std::size_t{4} * scenario.machine.pages);
    CHECK(m.pool(0).pages == std::size_t{3} * scenario.machine.pages);
    CHECK(m.pool(1).begin == PageId{0});
    const auto ends = ends_of_threads(scenario);
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].name == "all 3 threads app do all their operations");
}

TEST_CASE("which of the threads that are alike is where makes no difference to the results", "[build]") {
    Scenario scenario = small_scenario({store(1)}, {operation(OpCode::load), store(2)});
    scenario.machine.devices[0].synchronous_io = true;
    scenario.threads[0].count = 2;
    scenario.threads.push_back({.name = "reclaim", .process = app, .cpu = CpuId{0}, .ops = {advise(Advice::pageout)}});
    const auto built = build_for(scenario);
    REQUIRE(built);
    const auto explored = [&built](bool symmetry) {
        return checker::search(built.value().program, {.reductions = {.merge = false, .symmetry = symmetry}});
    };
    const checker::SearchResult quotient = explored(true);
    const checker::SearchResult whole = explored(false);
    CHECK(quotient.verdict == whole.verdict);
    CHECK(quotient.violations.size() == whole.violations.size());
    CHECK(quotient.never_reached == whole.never_reached);
    CHECK(quotient.states < whole.states);
    CHECK(quotient.states * 2 >= whole.states);
}

TEST_CASE("an architecture without the bit has swp_exclusive off by nature", "[build]") {
    const Scenario scenario = small_scenario({});
    const auto with = build_for(scenario, Kernel::v6_1, arch::arm64);
    const auto without = build_for(scenario, Kernel::v6_1, arch::riscv64);
    CHECK(with.value().machine->rules()[Rule::swp_exclusive]);
    CHECK_FALSE(without.value().machine->rules()[Rule::swp_exclusive]);
    CHECK(with.value().not_applicable.empty());
    CHECK(without.value().not_applicable == std::vector<std::string_view>{"I5"});
}

TEST_CASE("a built scenario stays whole when it is moved and its source is gone", "[build]") {
    auto built = std::make_unique<BuiltScenario>();
    {
        Scenario scenario = small_scenario({store(3)}, {expect_load(3)});
        *built = std::move(build_for(scenario).value());
        scenario.threads.clear();
    }
    CHECK(explore(*built).verdict == checker::Verdict::holds);
}

namespace {

/// Runs the program to its end, or until it fails, in an order that `seed` decides. Returns the checker's complaint.
std::string run_at_random(const BuiltScenario& built, Word seed) {
    checker::ReplayExecution execution(built.program, {.hashing = false, .check_footprints = true});
    for (Word enabled = execution.enabled(); enabled != 0 && execution.error().empty(); enabled = execution.enabled()) {
        seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
        for (Word skip = (seed >> 33) % static_cast<Word>(std::popcount(enabled)); skip > 0; --skip)
            enabled &= enabled - 1;
        const checker::ThreadId thread{static_cast<std::uint8_t>(std::countr_zero(enabled))};
        execution.step({thread, static_cast<std::uint16_t>((seed >> 48) % execution.choices(thread))});
    }
    if (execution.error().empty() && execution.ending() == checker::Ending::complete) execution.violated_at_end();
    return execution.error();
}

} // namespace

TEST_CASE("properties keep to their footprints wherever a run may lead", "[build][properties]") {
    Op gup = operation(OpCode::gup);
    gup.kind = GupKind::pin;
    gup.write = true;
    Op dma_write = operation(OpCode::dma_write);
    dma_write.value = 7;
    Scenario scenario = small_scenario({store(1), operation(OpCode::drain_lru)},
                                       {operation(OpCode::fork), store(3, Unit{1}), operation(OpCode::exit)});
    scenario.machine.devices[0].stable_writes = true;
    scenario.machine.processes.push_back({.name = "child", .forked_from = app, .maps = {Va{0}}});
    scenario.machine.references = {"dio"};
    scenario.threads.push_back(
        {.name = "dio", .process = app, .cpu = CpuId{0}, .ops = {gup, dma_write, operation(OpCode::put)}});
    scenario.threads.push_back({.name = "child",
                                .process = child,
                                .cpu = CpuId{0},
                                .ops = {operation(OpCode::load), advise(Advice::pageout), store(4)}});
    scenario.threads.push_back(
        {.name = "kswapd", .process = MmId::none(), .cpu = CpuId{0}, .ops = {operation(OpCode::kswapd)}});
    for (int kind = 0; kind <= static_cast<int>(ConditionKind::value_is); ++kind) {
        Condition condition;
        condition.kind = static_cast<ConditionKind>(kind);
        condition.at = app_va;
        condition.ref = RefId{0};
        scenario.sometimes.push_back({.name = std::to_string(kind), .all = {condition}});
    }
    for (const Kernel kernel : {Kernel::v5_7, Kernel::v5_18, Kernel::v6_1}) {
        const auto built = build_for(scenario, kernel);
        REQUIRE(built);
        for (Word seed = 0; seed < 100; ++seed) CHECK(run_at_random(built.value(), seed).empty());
    }
}

TEST_CASE("an O_DIRECT read across a swap-out loses its data before v5.19 and not after", "[build][seed]") {
    Op o_direct_read = operation(OpCode::o_direct_read);
    o_direct_read.value = 5;
    Scenario scenario = small_scenario({store(1), operation(OpCode::drain_lru)},
                                       {o_direct_read, store(3, Unit{1}), operation(OpCode::await)});
    scenario.machine.references = {"dio"};
    scenario.machine.io_requests = {"read"};
    scenario.machine.io_refs = {RefId{0}};
    scenario.threads.push_back({.name = "reclaim", .process = app, .cpu = CpuId{0}, .ops = {advise(Advice::pageout)}});
    const auto violated = [&](Kernel kernel, const arch::Layout& layout) {
        const auto built = build_for(scenario, kernel, layout);
        std::vector<std::string> names;
        for (const checker::Violation& each : explore(built.value()).violations) names.push_back(each.property);
        return names;
    };
    const std::vector<std::string> lost = {"no-lost-write", "write-reference-in-sync"};
    CHECK(violated(Kernel::v5_18, arch::x86_64) == lost);
    CHECK(violated(Kernel::v5_19_part2, arch::x86_64) == lost);
    CHECK(violated(Kernel::v5_19, arch::riscv64) == lost);
    CHECK(violated(Kernel::v5_19, arch::x86_64).empty());
    CHECK(violated(Kernel::v6_1, arch::s390x).empty());
}

TEST_CASE("a thread that a signal ends in every schedule is told, unless the scenario wants it killed", "[build]") {
    Scenario scenario = small_scenario({});
    scenario.threads = {scenario.threads.front()};
    Op read_only;
    read_only.code = OpCode::mprotect;
    read_only.va = Va{0};
    read_only.write = false;
    scenario.threads.front().ops = {read_only, store(3)};
    const auto explored = [&] {
        const auto built = build_for(scenario);
        REQUIRE(built);
        return explore(built.value(), {});
    };
    const checker::SearchResult result = explored();
    CHECK(result.verdict == checker::Verdict::violated);
    REQUIRE(result.never_reached.size() == 1);
    CHECK(result.never_reached[0] == "sometimes: " + scenario.threads.front().name + " does all its operations");

    Condition killed;
    killed.kind = ConditionKind::thread_killed;
    scenario.sometimes.push_back({.name = "the store is refused", .all = {killed}});
    CHECK(explored().verdict == checker::Verdict::holds);
}
