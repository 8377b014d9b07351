// SPDX-License-Identifier: GPL-2.0-only
// cowherd list: what there is, by name, as the other commands and the scenarios take it.
#include "arch_encodings/layouts.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "model/loader.hpp"
#include "model/operations.hpp"
#include "model/properties.hpp"
#include "model/rules.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <memory>

namespace cli {

namespace {

struct Item {
    std::string name, about;
};
using Items = std::vector<Item>;

Items kernels() {
    Items items;
    for (const model::KernelInfo& kernel : model::all_kernels())
        items.push_back({std::string(kernel.name), std::string(kernel.about)});
    return items;
}

Items rules() {
    Items items;
    for (const model::RuleInfo& rule : model::all_rules()) {
        std::string about = fmt::format("{}; {}{}", rule.meaning, rule.since == "never" ? "in no kernel" : "since ",
                                        rule.since == "never" ? "" : rule.since);
        if (!rule.until.empty()) about += fmt::format(" until {}", rule.until);
        if (!rule.commit.empty()) about += fmt::format(" ({})", rule.commit);
        items.push_back({std::string(rule.name), about + fmt::format("; asked by {}", rule.consulted)});
    }
    return items;
}

Items archs() {
    Items items;
    for (const arch::Layout* layout : arch::layouts())
        items.push_back({std::string(layout->name),
                         fmt::format("Linux {}, {}", layout->kernel,
                                     arch::has_swp_exclusive(*layout) ? "has the exclusive bit in swap PTEs"
                                                                      : "has no exclusive bit")});
    return items;
}

Items properties() {
    Items items;
    for (const model::PropertyInfo& property : model::all_properties())
        items.push_back(
            {std::string(property.name), fmt::format("{} ({}){}", property.meaning, property.source,
                                                     property.on_request ? "; only where a scenario names it" : "")});
    return items;
}

Items operations() {
    Items items;
    for (unsigned code = 0; code <= static_cast<unsigned>(model::OpCode::expect_dma); ++code)
        items.push_back({model::name_of(static_cast<model::OpCode>(code)), ""});
    return items;
}

int show(const Items& items, bool json) {
    if (json) {
        nlohmann::json list = nlohmann::json::array();
        for (const Item& item : items) list.push_back({{"name", item.name}, {"about", item.about}});
        print(list.dump(2) + "\n");
        return exit_code::as_expected;
    }
    std::size_t width = 0;
    for (const Item& item : items) width = std::max(width, item.name.size());
    for (const Item& item : items)
        print(item.about.empty() ? item.name + "\n" : fmt::format("{:<{}}  {}\n", item.name, width, item.about));
    return exit_code::as_expected;
}

int list_scenarios(const std::string& directory, bool json) {
    const auto files = model::find_scenarios(directory);
    if (!files) return complain(directory, files.error());
    Items items;
    for (const std::string& file : files.value()) {
        const auto scenario = model::load_scenario(file);
        if (!scenario) return complain(file, scenario.error());
        items.push_back({scenario.value().name, scenario.value().title});
    }
    return show(items, json);
}

} // namespace

void add_list(CLI::App& app, Command& chosen) {
    CLI::App* command =
        app.add_subcommand("list", "List scenarios, kernels, rules, architectures, properties, operations");
    command->footer("Example: cowherd list rules");
    command->require_subcommand(1);
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "JSON instead of text");
    command->fallthrough();
    const auto add = [&](const char* name, const char* about, Items (*items)()) {
        command->add_subcommand(name, about)->callback([json, items, &chosen] {
            chosen = [json, items] { return show(items(), *json); };
        });
    };
    add("kernels", "the kernels that there are rules for", kernels);
    add("rules", "what differs between kernels, and since which commit", rules);
    add("archs", "the architectures with a PTE layout", archs);
    add("properties", "what is checked", properties);
    add("operations", "what threads of a scenario can do", operations);
    const auto directory = std::make_shared<std::string>("scenarios");
    CLI::App* scenarios = command->add_subcommand("scenarios", "the scenarios in a directory");
    scenarios->add_option("DIR", *directory, "default: scenarios");
    scenarios->callback(
        [json, directory, &chosen] { chosen = [json, directory] { return list_scenarios(*directory, *json); }; });
}

} // namespace cli
