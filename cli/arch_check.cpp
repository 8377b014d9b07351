// SPDX-License-Identifier: GPL-2.0-only
// cowherd arch check: proofs and walks over layouts, with a PTE for everything that is wrong.
#include "arch_encodings/layouts.hpp"
#include "arch_encodings/witness.hpp"
#include "cli/arch.hpp"
#include "cli/arch_names.hpp"
#include "cli/output.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace cli {

namespace {

using arch::Finding;
using nlohmann::json;

struct Checked {
    std::string word; // as the command line has it
    std::vector<Finding> findings;

    std::size_t unexplained() const {
        return static_cast<std::size_t>(
            std::count_if(findings.begin(), findings.end(), [](const Finding& each) { return !each.is_known(); }));
    }
    /// Without what is so nearly everywhere.
    std::size_t known() const {
        return static_cast<std::size_t>(std::count_if(
            findings.begin(), findings.end(), [](const Finding& each) { return each.is_known() && !each.is_general; }));
    }
};

struct Options {
    std::vector<std::string> words;
    bool exclusive = false;
};

Checked check(const std::string& word, const arch::Layout& layout, bool wants_exclusive) {
    Checked checked{word, arch::check_layout(layout)};
    if (wants_exclusive && !arch::has_swp_exclusive(layout)) {
        const arch::Pte plain = arch::swp_entry_to_pte(layout, {0, 1});
        checked.findings.push_back(
            {"no_exclusive_bit",
             "the layout has no exclusive bit, and --exclusive asks for one",
             {plain, arch::hex_word(layout, plain.val) + " is " + arch::describe(layout, plain) + ", marked or not"},
             "",
             false});
    }
    return checked;
}

std::string findings_text(const Checked& checked) {
    std::string text;
    for (const Finding& each : checked.findings) {
        // What is so everywhere is explained once, at the end.
        if (each.is_general)
            text += fmt::format("  usual  {}: {}\n", each.name, each.witness.says);
        else
            text += fmt::format("  {}  {}: {}\n         {}\n", each.is_known() ? "known" : "ERROR", each.name,
                                each.what, each.witness.says);
        if (each.is_known() && !each.is_general) text += fmt::format("         known: {}\n", each.reason);
    }
    return text;
}

std::string verdict_text(const Checked& checked) {
    if (const std::size_t count = checked.unexplained(); count != 0)
        return fmt::format("refused, {}", report::counted(count, "unexplained fault"));
    if (const std::size_t count = checked.known(); count != 0) return report::counted(count, "known fault");
    return "sound";
}

void print_text(const std::vector<Checked>& all) {
    if (all.empty()) return;
    std::size_t unexplained = 0, known = 0, usual = 0;
    for (const Checked& checked : all) {
        unexplained += checked.unexplained();
        known += checked.known();
        usual += checked.findings.size() - checked.unexplained() - checked.known();
        print(fmt::format("{}: {}\n{}", report::shown(checked.word), verdict_text(checked), findings_text(checked)));
    }
    if (usual != 0) print(fmt::format("\nusual: {}\n", arch::known_everywhere.reason));
    print(fmt::format("\n{}: {}, {} and {}\n", report::counted(all.size(), "layout"),
                      report::counted(unexplained, "unexplained fault"), report::counted(known, "known one"),
                      report::counted(usual, "usual one")));
}

void print_json(const std::vector<Checked>& all) {
    json list = json::array();
    for (const Checked& checked : all) {
        json findings = json::array();
        for (const Finding& each : checked.findings)
            findings.push_back({{"fault", each.name},
                                {"about", each.what},
                                {"pte", fmt::format("{:#x}", each.witness.pte.val)},
                                {"shows", each.witness.says},
                                {"known", each.is_known() ? json(each.reason) : json()}});
        list.push_back({{"layout", checked.word}, {"findings", findings}, {"sound", checked.unexplained() == 0}});
    }
    print(report::json_text(list));
}

/// A file that cannot be read does not keep the others from being checked.
int run(const Options& options, bool as_json) {
    std::vector<Checked> all;
    bool is_bad = false;
    for (const std::string& word : options.words) {
        const auto found = layout_of_word(word);
        if (!found) {
            complain(word, found.error());
            is_bad = true;
            continue;
        }
        all.push_back(check(word, found.value().layout(), options.exclusive));
    }
    if (options.words.empty()) {
        for (const arch::Layout* layout : arch::all_layouts())
            all.push_back(check(std::string(layout->name), *layout, options.exclusive));
    }
    as_json ? print_json(all) : print_text(all);
    if (is_bad) return exit_code::bad_input;
    const bool is_sound =
        std::all_of(all.begin(), all.end(), [](const Checked& checked) { return checked.unexplained() == 0; });
    return is_sound ? exit_code::as_expected : exit_code::violated;
}

} // namespace

void add_arch_check(CLI::App& arch, const std::shared_ptr<bool>& as_json, Command& chosen) {
    CLI::App* command =
        arch.add_subcommand("check", "prove layouts: no clash of fields, every entry and flag comes back");
    command->footer(
        "Examples: cowherd arch check; cowherd arch check nios2-6.12; cowherd arch check mine.json --exclusive\n"
        "Exit codes: 0 nothing is wrong that nobody has explained; 10 something is; 3 a file is no layout.");
    const auto options = std::make_shared<Options>();
    command->add_option("NAME", options->words, "layouts of `cowherd arch list`, or files; default: all of the list")
        ->check(check_layout_word);
    command->add_flag("--exclusive", options->exclusive, "a layout without an exclusive bit is wrong");
    command->callback([as_json, options, &chosen] { chosen = [as_json, options] { return run(*options, *as_json); }; });
}

} // namespace cli
