// SPDX-License-Identifier: GPL-2.0-only
// Matching the entries of `expect`: the loader, which refuses gaps, and the gate, which runs the cells, must agree on it.
#include "model/matrix.hpp"

#include "model/arch_words.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace model {

namespace {

std::vector<std::string> sorted(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    return words;
}

void switch_rules(Rules& rules, const std::vector<std::string>& names, bool on) {
    for (const std::string& name : names) {
        if (const auto rule = find_rule(name)) rules.set(*rule, on);
    }
}

void add_cells(const Scenario& scenario, const Expectation& group, std::vector<MatrixCell>& cells) {
    for (const KernelInfo& kernel : all_kernels()) {
        for (const arch::Layout* arch : arch::all_layouts()) {
            const auto entry = std::find_if(scenario.expect.begin(), scenario.expect.end(), [&](const Expectation& e) {
                return same_rules(e, group) && applies(e, kernel.kernel, *arch);
            });
            if (entry == scenario.expect.end()) continue;
            cells.push_back({kernel.kernel, arch, static_cast<std::size_t>(entry - scenario.expect.begin())});
        }
    }
}

} // namespace

bool applies(const Expectation& entry, Kernel kernel, const arch::Layout& arch) {
    const std::string_view name = info(kernel).name;
    const bool of_kernel = std::any_of(entry.kernels.begin(), entry.kernels.end(),
                                       [&](const std::string& word) { return word == "*" || word == name; });
    return of_kernel && std::any_of(entry.archs.begin(), entry.archs.end(),
                                    [&](const std::string& word) { return covers_arch(word, arch); });
}

bool same_rules(const Expectation& a, const Expectation& b) {
    return sorted(a.without) == sorted(b.without) && sorted(a.with) == sorted(b.with);
}

std::vector<MatrixCell> cells_of(const Scenario& scenario) {
    std::vector<MatrixCell> cells;
    std::vector<Expectation> groups = {Expectation{}};
    for (const Expectation& entry : scenario.expect) {
        const bool known =
            std::any_of(groups.begin(), groups.end(), [&](const Expectation& g) { return same_rules(g, entry); });
        if (!known) groups.push_back(entry);
    }
    for (const Expectation& group : groups) add_cells(scenario, group, cells);
    return cells;
}

Rules rules_of(const Scenario& scenario, const Expectation& entry, Kernel kernel) {
    Rules rules = rules_of(kernel);
    switch_rules(rules, scenario.without, false);
    switch_rules(rules, scenario.with, true);
    switch_rules(rules, entry.without, false);
    switch_rules(rules, entry.with, true);
    return rules;
}

} // namespace model
