// SPDX-License-Identifier: GPL-2.0-only
// From a path to a scenario.
#include "model/loader.hpp"

#include "model/loader_parts.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace model {

using checker::InputError;
using checker::Result;
using nlohmann::json;

namespace {

void read_head(const Node& document, Scenario& scenario) {
    document.expect(forms::scenario());
    if (document.failed()) return;
    if (document.has("$schema")) document.at("$schema").text("the schema's address");
    if (document.has("title")) scenario.title = document.at("title").text("a title");
    if (scenario.title.find('\n') != std::string::npos) document.fail_at("title", "a title is one line");
    if (document.has("about")) scenario.about = document.at("about").prose("what the scenario is about");
    if (document.has("kernel"))
        scenario.kernel = kernel_names()[document.at("kernel").word("a kernel", "kernels", kernel_names())];
    if (document.has("arch")) scenario.arch = read_arch(document.at("arch"), arch_names());
    read_rules(document, scenario.without, scenario.with);
}

void read_parts(const Node& document, Scenario& scenario) {
    read_head(document, scenario);
    if (document.failed()) return;
    read_machine(document.at("machine"), scenario);
    read_operations(document, scenario);
    if (document.has("sometimes")) read_sometimes(document.at("sometimes"), scenario);
    read_properties(document, scenario);
    if (document.has("expect")) read_expect(document.at("expect"), scenario);
}

void check_whole(const Scenario& scenario, FirstError& errors) {
    if (!errors) check_lives(scenario, errors);
    if (!errors) check_references(scenario, errors);
    if (!errors) check_values(scenario, errors);
    if (!errors) check_frames(scenario, errors);
}

bool in_schema_directory(const std::filesystem::path& relative) {
    const std::filesystem::path directory = relative.parent_path();
    return std::find(directory.begin(), directory.end(), "schema") != directory.end();
}

} // namespace

Result<Scenario> parse_scenario(std::string_view text, const std::string& name, const std::string& path) {
    Result<json> parsed = checker::parse_json_guarded(text);
    if (!parsed) return parsed.error();
    FirstError errors;
    Scenario scenario;
    scenario.name = name;
    scenario.path = path;
    scenario.source = std::string(text);
    const Node document(parsed.value(), "", errors);
    document.expect_version("a scenario", "scenario files", scenario_version);
    if (!errors) read_parts(document, scenario);
    if (!errors) check_whole(scenario, errors);
    if (errors) return *errors.error;
    return scenario;
}

Result<Scenario> load_scenario(const std::string& path) {
    Result<std::string> text = read_input_file(path, "scenario");
    if (!text) return text.error();
    return parse_scenario(text.value(), scenario_name(path), path);
}

Result<Scenario> load_gated_scenario(const std::string& path) {
    Result<Scenario> loaded = load_scenario(path);
    if (!loaded) return loaded;
    const Scenario& scenario = loaded.value();
    const auto missing = [](const char* key, const char* what) {
        return InputError{"",
                          "a scenario of the gate needs the key " + checker::in_quotes(key) + ": " + what +
                              "; `cowherd check` does without",
                          ""};
    };
    if (scenario.title.empty()) return missing("title", "one line");
    if (scenario.about.empty()) return missing("about", "what it shows, in prose");
    if (scenario.sometimes.empty())
        return missing("sometimes", "what must be reachable, so that it cannot hold for nothing");
    if (scenario.expect.empty()) return missing("expect", "what must come out on each kernel and architecture");
    return loaded;
}

std::string scenario_name(const std::string& path) {
    std::string name = std::filesystem::path(path).lexically_normal().generic_string();
    if (name.ends_with(".json")) name.erase(name.size() - 5);
    constexpr std::string_view directory = "scenarios/";
    const std::size_t at = name.rfind(directory);
    if (at != std::string::npos && (at == 0 || name[at - 1] == '/')) return name.substr(at + directory.size());
    return std::filesystem::path(name).filename().generic_string();
}

Result<std::vector<std::string>> find_scenarios(const std::string& directory) {
    namespace fs = std::filesystem;
    std::error_code error;
    const fs::file_status status = fs::status(directory, error);
    if (!fs::exists(status)) return InputError{"", "there is no such directory", ""};
    if (!fs::is_directory(status))
        return InputError{"", "expected a directory of scenarios, found a file; `cowherd check` takes single files",
                          ""};
    std::vector<std::string> found;
    fs::recursive_directory_iterator at(directory, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
        const fs::path relative = at->path().lexically_relative(directory);
        if (relative.extension() != ".json" || in_schema_directory(relative)) continue;
        std::error_code ignored; // A dangling link is listed, so that opening it says what is wrong.
        if (!at->is_directory(ignored)) found.push_back(at->path().generic_string());
    }
    if (error) return InputError{"", "cannot be searched for scenarios: " + error.message(), ""};
    if (found.empty())
        return InputError{"", "there is no scenario in this directory, which is a *.json file not below \"schema\"",
                          ""};
    std::sort(found.begin(), found.end());
    return found;
}

} // namespace model
