// SPDX-License-Identifier: GPL-2.0-only
// The readers of a scenario's parts; each takes the JSON of its part and fills the scenario. Inside the loader only.
#pragma once

#include "model/loader_node.hpp"
#include "model/scenario.hpp"

namespace model {

// Each relies on those before it, for the names that they declare. None does anything once there is an error.
void read_machine(const Node& machine, Scenario& scenario);
/// The set-up, the threads, and the references and requests that their operations name.
void read_operations(const Node& document, Scenario& scenario);
void read_sometimes(const Node& list, Scenario& scenario);
void read_properties(const Node& document, Scenario& scenario);
void read_rules(const Node& object, std::vector<std::string>& without, std::vector<std::string>& with);
void read_expect(const Node& list, Scenario& scenario);

// What only the whole scenario shows.
/// Processes: who is forked by whom and when, and that nothing runs before birth or after exit.
void check_lives(const Scenario& scenario, FirstError& errors);
/// References and requests: taken before they are used, by one thread, and released before they are taken again.
void check_references(const Scenario& scenario, FirstError& errors);
/// Values: each writer has its own.
void check_values(const Scenario& scenario, FirstError& errors);
/// Page frames: the set-up's pool suffices.
void check_frames(const Scenario& scenario, FirstError& errors);

/// A process of the scenario by its name, and an address that it maps.
MmId read_process(const Node& name, const Scenario& scenario);
Va read_address(const Node& address, const Scenario& scenario, MmId process);
Mapping read_place(const Node& place, const Scenario& scenario);
Unit read_unit(const Node& unit, const Scenario& scenario);

std::vector<std::string> kernel_names();
std::vector<std::string> arch_names();
std::vector<std::string> rule_names();
/// One of `words`, or a glob of architectures that there are.
std::string read_arch(const Node& node, const std::vector<std::string>& words);
std::vector<std::string> process_names(const Scenario& scenario);
std::vector<std::string> thread_names(const Scenario& scenario);

std::string place_of_setup(std::size_t index);
std::string place_of_op(std::size_t thread, std::size_t index);

} // namespace model
