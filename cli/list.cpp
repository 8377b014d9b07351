// SPDX-License-Identifier: GPL-2.0-only
// cowherd list: what there is, by name, as the other commands and the scenarios take it.
#include "arch_encodings/layouts.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/validators.hpp"
#include "model/loader.hpp"
#include "model/loader_forms.hpp"
#include "model/properties.hpp"
#include "model/rules.hpp"
#include "report/words.hpp"

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
    for (const arch::Layout* layout : arch::all_layouts())
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

/// The words that a key of an operation takes, where there are only these.
const std::vector<std::string>* words_of(const std::string& key) {
    if (key == "advice") return &model::advice_words();
    if (key == "protection") return &model::protection_words();
    if (key == "kind") return &model::gup_kind_words();
    if (key == "access") return &model::access_words();
    if (key == "mode") return &model::gup_mode_words();
    return nullptr;
}

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

/// "address, advice (pageout | dontneed | dontfork | dofork)"
std::string text_of(const std::vector<std::string>& keys) {
    std::vector<std::string> texts;
    texts.reserve(keys.size());
    for (const std::string& key : keys)
        texts.push_back(words_of(key) == nullptr ? key : key + " (" + joined(*words_of(key), " | ") + ")");
    return joined(texts, ", ");
}

nlohmann::json words_of_all(const std::vector<std::string>& keys) {
    nlohmann::json words = nlohmann::json::object();
    for (const std::string& key : keys)
        if (words_of(key) != nullptr) words[key] = *words_of(key);
    return words;
}

int show_operations(bool json) {
    if (json) {
        nlohmann::json list = nlohmann::json::array();
        for (const model::OperationForm& form : model::operation_forms())
            list.push_back({{"name", form.name},
                            {"about", form.about},
                            {"required", form.required},
                            {"optional", form.optional},
                            {"words", words_of_all(form.keys())},
                            {"needs_process", form.actor == model::Actor::user},
                            {"in_setup", form.in_setup}});
        print(report::json_text(list));
        return exit_code::as_expected;
    }
    for (const model::OperationForm& form : model::operation_forms()) {
        print(fmt::format("{:<19}  {}{}{}\n", form.name, form.about,
                          form.actor == model::Actor::user ? "; of a process" : "",
                          form.in_setup ? "" : "; not in the set-up"));
        if (!form.required.empty()) print(fmt::format("{:<19}    keys: {}\n", "", text_of(form.required)));
        if (!form.optional.empty()) print(fmt::format("{:<19}    optional: {}\n", "", text_of(form.optional)));
    }
    return exit_code::as_expected;
}

int show(const Items& items, bool json) {
    if (json) {
        nlohmann::json list = nlohmann::json::array();
        for (const Item& item : items) list.push_back({{"name", item.name}, {"about", item.about}});
        print(report::json_text(list));
        return exit_code::as_expected;
    }
    std::size_t width = 0;
    for (const Item& item : items) width = std::max(width, item.name.size());
    for (const Item& item : items)
        print(fmt::format("{:<{}}  {}\n", report::shown(item.name), width, report::shown(item.about)));
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
    const auto add = [&](const char* name, const char* about, int (*run)(bool json)) {
        CLI::App* what = command->add_subcommand(name, about);
        what->footer(fmt::format("Examples: cowherd list {0}; cowherd list {0} --json", name));
        what->callback([json, run, &chosen] { chosen = [json, run] { return run(*json); }; });
    };
    add("kernels", "the kernels that there are rules for", [](bool as_json) { return show(kernels(), as_json); });
    add("rules", "what differs between kernels, and since which commit",
        [](bool as_json) { return show(rules(), as_json); });
    add("archs", "the architectures with a PTE layout", [](bool as_json) { return show(archs(), as_json); });
    add("properties", "what is checked", [](bool as_json) { return show(properties(), as_json); });
    add("operations", "what threads of a scenario can do, with the keys", show_operations);
    const auto directory = std::make_shared<std::string>("scenarios");
    CLI::App* scenarios = command->add_subcommand("scenarios", "the scenarios in a directory");
    scenarios->footer("Examples: cowherd list scenarios; cowherd list scenarios scenarios/swap --json");
    scenarios->add_option("DIR", *directory, "default: scenarios")->check(check_path);
    scenarios->callback(
        [json, directory, &chosen] { chosen = [json, directory] { return list_scenarios(*directory, *json); }; });
}

} // namespace cli
