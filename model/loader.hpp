// SPDX-License-Identifier: GPL-2.0-only
// Scenario files: JSON in, a Scenario whose every name is resolved and every number in range out; or the first error, with
// its place, what was expected and the nearest valid word. scenarios/schema/scenario.schema.json says the same to editors.
//
// Where to start reading: parse_scenario() in loader.cpp is the story. loader_forms.cpp says which keys each object has,
// loader_machine.cpp, loader_operations.cpp, loader_sometimes.cpp and loader_expect.cpp read their parts, and
// loader_checks.cpp looks at the scenario as a whole.
#pragma once

#include "checker/input_error.hpp"
#include "checker/input_file.hpp"
#include "model/scenario.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace model {

/// The version of the scenario format, the value of "version".
inline constexpr unsigned scenario_version = 1;

/// Reads one file. Its scenario's name is that of scenario_name(). Errors carry no file name: whoever reports one has it.
checker::Result<Scenario> load_scenario(const std::string& path);

/// The same, and the keys that a single search does without are there too: "title", "about", "sometimes" and "expect".
checker::Result<Scenario> load_gated_scenario(const std::string& path);

/// As load_scenario, for a text that is there already. `path` is only remembered.
checker::Result<Scenario> parse_scenario(std::string_view text, const std::string& name, const std::string& path);

using checker::read_input_file;

/// `path` without ".json" and without all up to the last directory that is called "scenarios", so that a scenario has one
/// name wherever it is run from. Outside of such a directory: the file's own name.
std::string scenario_name(const std::string& path);

/// All *.json files in `directory` and the directories in it, sorted; those in directories called "schema" are none. Each
/// begins with `directory`. That there are none is an error.
checker::Result<std::vector<std::string>> find_scenarios(const std::string& directory);

} // namespace model
