// SPDX-License-Identifier: GPL-2.0-only
#include "report/identity.hpp"

#include "checker/frame.hpp"
#include "checker/hash.hpp"

#include <fmt/format.h>

namespace report {

namespace {
/// Raised with every change of what the modelled functions do, in which order.
constexpr unsigned model_version = 1;

std::string list_of(const std::vector<std::string>& words) {
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : ",") + word;
    return list.empty() ? "none" : list;
}

} // namespace

std::string model_identity() { return fmt::format("cowherd model {}", model_version); }

std::string program_identity(const checker::Program& program) {
    checker::Hash128 hash;
    for (const checker::CellSpec& cell : program.cells()) {
        hash.absorb(checker::hash_name(cell.name));
        hash.absorb(cell.initial);
    }
    for (const checker::ThreadSpec& thread : program.threads()) hash.absorb(checker::hash_name(thread.name));
    for (const checker::Property& property : program.properties()) hash.absorb(checker::hash_name(property.name));
    return fmt::format("{:016x}", hash.low);
}

std::vector<std::pair<std::string, std::string>> search_identity(const model::Scenario& scenario, const Cell& cell) {
    const std::string layout = cell.own_layout ? layouts::layout_text(cell.own_layout->layout()) : cell.arch;
    return {{"the scenario", scenario.name},
            {"the kernel", cell.kernel},
            {"the architecture", cell.arch},
            {"the digest of the layout", fmt::format("{:016x}", checker::hash_name(layout))},
            {"the list of rules switched off", list_of(cell.without)},
            {"the list of rules switched on", list_of(cell.with)},
            {"the digest of the scenario's text", fmt::format("{:016x}", checker::hash_name(scenario.source))},
            {"the model", model_identity()}};
}

} // namespace report
