// SPDX-License-Identifier: GPL-2.0-only
// Reading kernels, architectures, rules, properties and "expect", whose entries must cover the whole matrix.
#include "checker/search.hpp"
#include "model/arch_words.hpp"
#include "model/loader_parts.hpp"
#include "model/matrix.hpp"
#include "model/properties.hpp"

#include <algorithm>

namespace model {

namespace {

/// "*" is said alone: beside it, nothing else means anything.
void expect_star_alone(const Node& node, const std::vector<std::string>& found, const std::string& plural) {
    if (found.size() > 1 && std::find(found.begin(), found.end(), "*") != found.end())
        node.fail("\"*\" means all " + plural + ", so nothing else belongs beside it");
}

std::vector<std::string> read_kernels(const Node& list) {
    std::vector<std::string> words = kernel_names();
    words.emplace_back("*");
    std::vector<std::string> found = list.words("a kernel", "kernels", words);
    expect_star_alone(list, found, "kernels");
    return found;
}

std::vector<std::string> read_archs(const Node& list) {
    std::vector<std::string> words = arch_names();
    words.insert(words.end(), arch_groups().begin(), arch_groups().end());
    std::vector<std::string> found;
    for (const Node& element : list.elements("architectures", 1, 1000)) {
        const std::string word = read_arch(element, words);
        if (list.failed()) break;
        if (std::find(found.begin(), found.end(), word) != found.end())
            element.fail(checker::in_quotes(word) + " is in this list twice");
        found.push_back(word);
    }
    expect_star_alone(list, found, "architectures");
    return found;
}

bool is_checked(const std::string& property, const Scenario& scenario) {
    const PropertyInfo* info = find_property(property);
    if (info == nullptr || info->built_in) return true;
    if (!scenario.properties.empty())
        return std::find(scenario.properties.begin(), scenario.properties.end(), property) != scenario.properties.end();
    return !info->on_request;
}

std::vector<std::string> property_names() {
    std::vector<std::string> names;
    for (const PropertyInfo& property : all_properties()) names.emplace_back(property.name);
    return names;
}

/// What reports call a condition of `sometimes` that is never reached.
std::vector<std::string> sometimes_names(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const Sometimes& sometimes : scenario.sometimes) names.push_back("sometimes: " + sometimes.name);
    return names;
}

std::string read_violated(const Node& node, const Scenario& scenario) {
    std::string found = node.text("a property");
    // Assertions of modelled functions are named by their text, so there is no list of them.
    if (found.starts_with(checker::assertion_prefix)) return found;
    if (found.starts_with("sometimes: ")) {
        node.word("a \"sometimes\" condition of this scenario", "they", sometimes_names(scenario));
        return found;
    }
    const std::vector<std::string> names = property_names();
    const std::size_t index = node.word("a property", "properties", names);
    if (!node.failed() && !is_checked(names[index], scenario))
        node.fail(checker::in_quotes(found) +
                  " is not checked here, so it cannot be violated; name it in \"properties\"");
    return found;
}

void read_verdict(const Node& node, const Scenario& scenario, Expectation& entry) {
    entry.verdict = static_cast<Expected>(node.at("verdict").word("a verdict", "verdicts", verdict_words()));
    if (node.failed()) return;
    if (entry.verdict == Expected::holds) {
        if (node.has("properties")) node.fail_at("properties", "with the verdict \"holds\" no property is violated");
        return;
    }
    if (!node.has("properties")) {
        node.fail(
            "an entry with the verdict \"violated\" needs the key \"properties\": exactly those that are violated");
        return;
    }
    for (const Node& property : node.at("properties").elements("properties", 1, 64)) {
        const std::string name = read_violated(property, scenario);
        if (std::find(entry.properties.begin(), entry.properties.end(), name) != entry.properties.end())
            property.fail(checker::in_quotes(name) + " is in this list twice");
        entry.properties.push_back(name);
    }
}

Expectation read_entry(const Node& node, const Scenario& scenario) {
    Expectation entry;
    node.expect(forms::expectation());
    if (node.failed()) return entry;
    entry.kernels = read_kernels(node.at("kernels"));
    entry.archs = read_archs(node.at("archs"));
    read_rules(node, entry.without, entry.with);
    read_verdict(node, scenario, entry);
    if (node.has("reason")) entry.reason = node.at("reason").prose("a reason");
    return entry;
}

void check_cover(const Node& list, const Scenario& scenario) {
    std::vector<bool> used(scenario.expect.size(), false);
    std::size_t unchanged = 0;
    const std::vector<MatrixCell> cells = cells_of(scenario);
    for (const MatrixCell& cell : cells) {
        used[cell.expectation] = true;
        if (same_rules(scenario.expect[cell.expectation], Expectation{})) ++unchanged;
    }
    for (std::size_t i = 0; i < used.size(); ++i) {
        if (used[i]) continue;
        list.fail_at(std::to_string(i), "this entry never decides anything: earlier entries cover all its kernels and "
                                        "architectures");
    }
    // The unchanged cells come first and in order, so the first that is missing is where the order has its first gap.
    std::size_t at = 0;
    for (const KernelInfo& kernel : all_kernels()) {
        for (const arch::Layout* arch : arch::all_layouts()) {
            const bool there = at < unchanged && cells[at].kernel == kernel.kernel && cells[at].arch == arch;
            if (there) {
                ++at;
                continue;
            }
            list.fail("no entry says what is expected of kernel " + std::string(kernel.name) + " on " +
                      std::string(arch->name) + "; each kernel and architecture needs a verdict");
        }
    }
}

} // namespace

void read_rules(const Node& object, std::vector<std::string>& without, std::vector<std::string>& with) {
    if (object.has("without")) without = object.at("without").words("a rule", "rules", rule_names());
    if (object.has("with")) with = object.at("with").words("a rule", "rules", rule_names());
    for (const std::string& rule : with) {
        if (std::find(without.begin(), without.end(), rule) != without.end())
            object.fail_at("with", checker::in_quotes(rule) + " is in \"without\" too");
    }
}

void read_properties(const Node& document, Scenario& scenario) {
    if (document.has("properties"))
        scenario.properties = document.at("properties").words("a property", "properties", property_names());
}

void read_expect(const Node& list, Scenario& scenario) {
    if (list.failed()) return;
    for (const Node& node : list.elements("expectations", 1, 1000)) {
        if (!node.failed()) scenario.expect.push_back(read_entry(node, scenario));
    }
    if (!list.failed()) check_cover(list, scenario);
}

std::vector<std::string> kernel_names() {
    std::vector<std::string> names;
    for (const KernelInfo& kernel : all_kernels()) names.emplace_back(kernel.name);
    return names;
}

std::vector<std::string> arch_names() {
    std::vector<std::string> names;
    for (const arch::Layout* layout : arch::all_layouts()) names.emplace_back(layout->name);
    return names;
}

std::string read_arch(const Node& node, const std::vector<std::string>& words) {
    std::string found = node.text("an architecture");
    if (node.failed()) return found;
    if (!is_glob(found)) return words[node.word("an architecture", "architectures", words)];
    if (archs_named(found).empty())
        node.fail("no architecture has a name like " + checker::in_quotes(found) + "; \"*\" stands for all");
    return found;
}

std::vector<std::string> rule_names() {
    std::vector<std::string> names;
    for (const RuleInfo& rule : all_rules()) names.emplace_back(rule.name);
    return names;
}

} // namespace model
