// SPDX-License-Identifier: GPL-2.0-only
// From a scenario to a program. Start at the bottom, with build().
#include "model/build.hpp"

#include "checker/replay_execution.hpp"
#include "model/fs/direct_io.hpp"
#include "model/inspect.hpp"
#include "model/mm/page_io.hpp"
#include "model/operations.hpp"
#include "model/properties.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <optional>

namespace model {

namespace {

using checker::InputError;
using checker::Program;
using checker::Thread;
using checker::ThreadId;

// An LRU batch is a bit set of pages in one word.
constexpr std::size_t max_pages = 64;
// No set-up of a few operations needs more; one that does waits for something in a loop.
constexpr std::size_t max_setup_steps = 1'000'000;

constexpr std::size_t max_threads = 64;
constexpr std::size_t max_properties = 64;

bool has_writeback_agent(const MachineSpec& spec) {
    for (const DeviceSpec& device : spec.devices) {
        if (!device.synchronous_io) return true;
    }
    return false;
}

/// Devices allocate no pages and belong to no process. They are given the set-up's number, which names no thread.
Task agent(Thread& thread, const Machine& m) {
    return {thread, m, m.rules(), m.arch(), m.threads(), MmId::none(), CpuId{0}};
}

void add_agents(Program& program, const Machine& m) {
    if (has_writeback_agent(m.spec())) {
        program.add_thread(
            "swap device",
            [&m](Thread& thread) {
                Task t = agent(thread, m);
                end_swap_writeback_agent(t);
            },
            /*daemon=*/true);
    }
    for (std::size_t n = 0; n < m.spec().io_requests.size(); ++n) {
        const IoId io{static_cast<std::uint8_t>(n)};
        program.add_thread(
            "device of " + m.spec().io_requests[n],
            [&m, io](Thread& thread) {
                Task t = agent(thread, m);
                direct_io_device_agent(t, io);
            },
            /*daemon=*/true);
    }
}

void add_threads(Program& program, const Machine& m, const Scenario& scenario) {
    for (std::size_t n = 0; n < scenario.threads.size(); ++n) {
        const ThreadSpec& spec = scenario.threads[n];
        const auto body = [&m, &spec, n](Thread& thread) {
            Task t{thread, m, m.rules(), m.arch(), n, spec.process, spec.cpu};
            run_thread(t, spec);
        };
        if (spec.count == 1)
            program.add_thread(spec.name, body);
        else
            program.add_threads(spec.name, spec.count, body);
    }
}

/// The operations of the set-up, by whichever process each is of. `current`: the one that is running, for messages; the
/// set-up is run once and never goes back, so that it may look there.
void run_setup_operations(Thread& thread, const Machine& m, const std::vector<SetupOp>& setup, std::size_t& current) {
    for (current = 0; current < setup.size(); ++current) {
        const SetupOp& step = setup[current];
        Task t{thread, m, m.rules(), m.arch(), m.threads(), step.process, CpuId{0}};
        t.forget("set-up", current);
        const OpResult result = run_operation(t, step.op);
        thread.check(result == OpResult::done, "a signal kills the process (SIGSEGV or SIGBUS)");
    }
}

/// Lets the first thread that can go on do so, the set-up's own before the devices, until none can.
void run_until_quiet(checker::ReplayExecution& execution) {
    for (Word enabled = execution.enabled(); enabled != 0 && execution.error().empty(); enabled = execution.enabled()) {
        if (execution.depth() == max_setup_steps) return;
        execution.step({ThreadId{static_cast<std::uint8_t>(std::countr_zero(enabled))}, 0});
    }
}

/// Why the set-up did not come to its end; empty if it did.
std::string setup_failure(checker::ReplayExecution& execution) {
    if (!execution.error().empty()) return execution.error();
    if (execution.depth() == max_setup_steps)
        return fmt::format("the set-up takes more than {} steps", max_setup_steps);
    const ThreadId setup_thread{0};
    const checker::Operation& pending = execution.pending(setup_thread);
    switch (execution.status(setup_thread)) {
    case checker::ThreadStatus::finished: break;
    case checker::ThreadStatus::failed: return pending.label;
    case checker::ThreadStatus::running:
        return fmt::format("it waits for ever at {} in {}", pending.label, pending.where.function);
    }
    for (std::size_t n = 1; n < execution.machine().thread_count(); ++n) {
        const ThreadId device{static_cast<std::uint8_t>(n)};
        if (execution.status(device) == checker::ThreadStatus::failed) return execution.pending(device).label;
    }
    return {};
}

/// Runs the set-up and makes what it leaves behind the initial state of `program`, which has the same cells.
std::optional<InputError> run_setup(const Scenario& scenario, const Rules& rules, const arch::Layout& layout,
                                    Program& program) {
    if (scenario.setup.empty()) return std::nullopt;
    Program setup;
    const Machine m(scenario.machine, threads_of(scenario), layout, rules, setup);
    setup.set_context(&m);
    std::size_t current = 0;
    setup.add_thread("set-up", [&m, &scenario, &current](Thread& thread) {
        run_setup_operations(thread, m, scenario.setup, current);
    });
    add_agents(setup, m);

    checker::ReplayExecution execution(setup, {.hashing = false});
    run_until_quiet(execution);
    if (const std::string failure = setup_failure(execution); !failure.empty()) {
        if (current == scenario.setup.size()) return InputError{"/setup", "the set-up fails: " + failure, ""};
        return InputError{fmt::format("/setup/{}", current),
                          fmt::format("the set-up fails in {}: {}", name_of(scenario.setup[current].op.code), failure),
                          ""};
    }
    for (std::size_t n = 0; n < setup.cells().size(); ++n) {
        const checker::CellId cell{static_cast<std::uint16_t>(n)};
        program.set_initial(cell, execution.view()[cell]);
    }
    return std::nullopt;
}

/// What would not fit into the machine or the checker.
std::optional<InputError> find_excess(const Scenario& scenario) {
    const MachineSpec& spec = scenario.machine;
    const std::size_t threads = count_threads(scenario);
    const std::size_t pages = (threads + 1) * spec.pages;
    if (pages > max_pages)
        return InputError{"/machine/pages",
                          fmt::format("{} pages for each of {} threads and the set-up are {}, and there can be {}",
                                      spec.pages, threads, pages, max_pages),
                          ""};
    const std::size_t agents = spec.io_requests.size() + (has_writeback_agent(spec) ? 1 : 0);
    if (threads + agents > max_threads)
        return InputError{"/threads",
                          fmt::format("{} threads and {} devices are more than {}", threads, agents, max_threads), ""};
    if (all_properties().size() + scenario.sometimes.size() + scenario.threads.size() > max_properties)
        return InputError{"/sometimes",
                          fmt::format("there can be {} conditions, so that they, the properties and the threads are {}",
                                      max_properties - all_properties().size() - scenario.threads.size(),
                                      max_properties),
                          ""};
    return std::nullopt;
}

/// A condition by the name of one that every scenario has. That names differ otherwise is the loader's business.
std::optional<InputError> find_taken_name(const Scenario& scenario) {
    const std::vector<Sometimes> ends = ends_of_threads(scenario);
    for (std::size_t n = 0; n < scenario.sometimes.size(); ++n) {
        const std::string& name = scenario.sometimes[n].name;
        if (std::any_of(ends.begin(), ends.end(), [&name](const Sometimes& end) { return end.name == name; }))
            return InputError{
                fmt::format("/sometimes/{}/name", n),
                "every scenario has the condition " + checker::in_quotes(name) + " already; expected another name", ""};
    }
    return std::nullopt;
}

} // namespace

checker::Result<BuiltScenario> build(const Scenario& scenario, const Rules& rules, const arch::Layout& layout) {
    if (auto excess = find_excess(scenario)) return *excess;
    if (auto taken = find_taken_name(scenario)) return *taken;
    const Rules effective = effective_rules(rules, layout);

    BuiltScenario built;
    auto copy = std::make_unique<const Scenario>(scenario);
    auto machine = std::make_unique<const Machine>(copy->machine, threads_of(*copy), layout, effective, built.program);
    built.program.set_context(machine.get());
    add_threads(built.program, *machine, *copy);
    add_agents(built.program, *machine);
    for (checker::Property& property : make_properties(*machine, *copy))
        built.program.add_property(std::move(property));
    built.not_applicable = not_applicable(*machine, *copy);
    if (auto failure = run_setup(*copy, effective, layout, built.program)) return *failure;
    built.scenario = std::move(copy);
    built.machine = std::move(machine);
    return built;
}

checker::SearchResult explore(const BuiltScenario& built, const checker::SearchOptions& options) {
    checker::SearchResult result = checker::search(built.program, options);
    if (result.violations.empty()) return result;
    for (const Sometimes& end : ends_of_threads(*built.scenario))
        std::erase(result.never_reached, make_sometimes(*built.machine, end).name);
    return result;
}

} // namespace model
