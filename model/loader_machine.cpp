// SPDX-License-Identifier: GPL-2.0-only
// Reading "machine": frames, units, CPUs, swap devices, processes and what they map.
#include "model/loader_parts.hpp"

#include <algorithm>

namespace model {

namespace {

void read_device(const Node& node, Scenario& scenario) {
    node.expect(forms::swap_device());
    DeviceSpec device;
    device.name = node.at("name").name("a device's name");
    for (const DeviceSpec& other : scenario.machine.devices) {
        if (other.name == device.name)
            node.fail_at("name", "another swap device is called " + checker::in_quotes(device.name));
    }
    if (node.has("slots"))
        device.slots = static_cast<std::uint8_t>(node.at("slots").number("a number of swap slots", ranges::slots));
    if (node.has("synchronous_io")) device.synchronous_io = node.at("synchronous_io").boolean();
    if (node.has("stable_writes")) device.stable_writes = node.at("stable_writes").boolean();
    scenario.machine.devices.push_back(device);
}

/// Addresses are names here, so each has one spelling: hexadecimal, page-aligned, no leading zeros, lower case.
bool is_address(const std::string& text) {
    constexpr std::string_view digits = "0123456789abcdef";
    constexpr std::size_t longest = 14; // 48 bits
    if (text.size() < 6 || text.size() > longest || !text.starts_with("0x") || !text.ends_with("000")) return false;
    return text[2] != '0' && text.find_first_not_of(digits, 2) == std::string::npos;
}

Va declare_address(const Node& node, Scenario& scenario) {
    const std::string text = node.text("an address");
    if (!is_address(text))
        node.fail("expected the address of a page as \"0x1000\": hexadecimal, a multiple of 0x1000, not 0, found " +
                  checker::in_quotes(text));
    std::vector<std::string>& known = scenario.machine.addresses;
    const auto at = std::find(known.begin(), known.end(), text);
    const auto index = static_cast<std::uint8_t>(at - known.begin());
    if (at == known.end()) known.push_back(text);
    if (known.size() > ranges::addresses)
        node.fail("at most " + std::to_string(ranges::addresses) + " addresses are possible");
    return Va{index};
}

void read_maps(const Node& node, Scenario& scenario, ProcessSpec& process) {
    for (const Node& address : node.elements("addresses", 1, ranges::addresses)) {
        const Va va = declare_address(address, scenario);
        if (address.failed()) return;
        if (std::find(process.maps.begin(), process.maps.end(), va) != process.maps.end())
            address.fail(checker::in_quotes(scenario.machine.addresses[va.index]) + " is in this list twice");
        process.maps.push_back(va);
    }
}

void read_one_process(const Node& node, Scenario& scenario, ProcessSpec& process) {
    node.expect(forms::process());
    if (node.has("maps") == node.has("forked_from")) {
        node.fail(
            "a process needs either \"maps\", the addresses it maps, or \"forked_from\", its parent, and not both");
        return;
    }
    if (node.has("maps")) {
        read_maps(node.at("maps"), scenario, process);
    } else {
        process.forked_from = read_process(node.at("forked_from"), scenario);
    }
}

/// What a forked process maps is what its first ancestor maps. A process that descends from itself has none.
void inherit_maps(const Node& node, ProcessSpec& process, const std::vector<ProcessSpec>& all) {
    const ProcessSpec* ancestor = &process;
    for (std::size_t i = 0; i < all.size() && ancestor->forked_from; ++i) ancestor = &all[ancestor->forked_from.index];
    if (ancestor->forked_from) {
        node.fail_at("forked_from", checker::in_quotes(process.name) + " descends from itself");
        return;
    }
    if (process.forked_from) process.maps = ancestor->maps;
}

void read_processes(const Node& node, Scenario& scenario) {
    node.expect_object("the processes by their names");
    std::vector<ProcessSpec>& processes = scenario.machine.processes;
    const std::vector<std::string> names = node.member_names();
    if (names.empty()) node.fail("there are no processes here; at least 1 is needed");
    if (names.size() > ranges::processes)
        node.fail("at most " + std::to_string(ranges::processes) + " processes are possible, found " +
                  std::to_string(names.size()));
    // All names first, since a process may be forked from one further down.
    for (const std::string& name : names) {
        FirstError wrong_name;
        const nlohmann::json text = name;
        Node(text, "", wrong_name).name("a process's name");
        if (wrong_name) node.fail_at(name, wrong_name.error->message);
        processes.push_back(ProcessSpec{name, MmId::none(), {}});
    }
    for (ProcessSpec& process : processes) {
        if (node.failed()) return;
        read_one_process(node.at(process.name), scenario, process);
    }
    for (ProcessSpec& process : processes) {
        if (!node.failed()) inherit_maps(node.at(process.name), process, processes);
    }
}

} // namespace

void read_machine(const Node& node, Scenario& scenario) {
    node.expect(forms::machine());
    MachineSpec& machine = scenario.machine;
    if (node.has("pages"))
        machine.pages = static_cast<std::uint8_t>(node.at("pages").number("a number of page frames", ranges::pages));
    if (node.has("units"))
        machine.units = static_cast<std::uint8_t>(node.at("units").number("a number of content units", ranges::units));
    if (node.has("cpus"))
        machine.cpus = static_cast<std::uint8_t>(node.at("cpus").number("a number of CPUs", ranges::cpus));
    if (node.has("late_marks")) machine.late_marks = node.at("late_marks").boolean();
    if (node.has("swap")) {
        for (const Node& device : node.at("swap").elements("swap devices", 0, ranges::devices))
            read_device(device, scenario);
    }
    if (!node.failed()) read_processes(node.at("processes"), scenario);
}

std::vector<std::string> process_names(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const ProcessSpec& process : scenario.machine.processes) names.push_back(process.name);
    return names;
}

MmId read_process(const Node& node, const Scenario& scenario) {
    return MmId{static_cast<std::uint8_t>(node.word("a process", "processes", process_names(scenario)))};
}

Va read_address(const Node& node, const Scenario& scenario, MmId process) {
    if (node.failed() || !process) return Va{0};
    const ProcessSpec& spec = scenario.machine.processes[process.index];
    std::vector<std::string> mapped;
    for (const Va va : spec.maps) mapped.push_back(scenario.machine.addresses[va.index]);
    const std::string what = "an address that " + checker::in_quotes(spec.name) + " maps";
    const std::size_t index = node.word(what, "its addresses", mapped);
    return node.failed() ? Va{0} : spec.maps[index];
}

Mapping read_place(const Node& node, const Scenario& scenario) {
    const MmId process = read_process(node.at("process"), scenario);
    return Mapping{process, read_address(node.at("address"), scenario, process)};
}

Unit read_unit(const Node& node, const Scenario& scenario) {
    return Unit{static_cast<std::uint8_t>(node.number("a unit", Range{0, scenario.machine.units - 1U}))};
}

} // namespace model
