// SPDX-License-Identifier: GPL-2.0-only
// cowherd arch: the PTE layouts of architectures, listed, drawn, compared and, in arch_check.cpp, proved.
#include "cli/arch.hpp"

#include "arch_encodings/layouts.hpp"
#include "arch_encodings/witness.hpp"
#include "cli/arch_names.hpp"
#include "cli/output.hpp"
#include "layouts/drawing.hpp"
#include "layouts/field_texts.hpp"
#include "layouts/table.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace cli {

namespace {

using nlohmann::json;

std::vector<std::string> known_names(const arch::Layout& layout) {
    std::vector<std::string> names;
    for (const arch::Known& known : layout.known) names.emplace_back(arch::fault_name(known.fault));
    return names;
}

std::string pte_text(const arch::Layout& layout) {
    return layout.words.size() == 2 ? "2 x 32" : std::to_string(layout.pte_bits);
}

int list_as_json() {
    json list = json::array();
    for (const arch::Layout* layout : arch::all_layouts()) {
        const std::uint64_t exclusive = layout->swap.exclusive;
        list.push_back({{"name", layout->name},
                        {"kernel", layout->kernel},
                        {"pte_bits", layout->pte_bits},
                        {"words", layout->words.size()},
                        {"exclusive", exclusive == 0 ? json() : json(std::countr_zero(exclusive))},
                        {"known_faults", known_names(*layout)}});
    }
    print(report::json_text(list));
    return exit_code::as_expected;
}

std::string row(const std::vector<std::string>& cells, std::size_t width) {
    return fmt::format("{:<{}}  {:<6}  {:<6}  {:<9}  {}\n", cells[0], width, cells[1], cells[2], cells[3], cells[4]);
}

int list_as_text() {
    std::size_t width = 0;
    for (const arch::Layout* layout : arch::all_layouts()) width = std::max(width, layout->name.size());
    print(row({"layout", "Linux", "PTE", "exclusive", "known faults"}, width));
    for (const arch::Layout* layout : arch::all_layouts()) {
        const std::uint64_t exclusive = layout->swap.exclusive;
        const std::string bit = exclusive == 0 ? "none" : fmt::format("bit {}", std::countr_zero(exclusive));
        std::string known;
        for (const std::string& name : known_names(*layout)) known += (known.empty() ? "" : ", ") + name;
        print(row({std::string(layout->name), std::string(layout->kernel), pte_text(*layout), bit,
                   known.empty() ? "-" : known},
                  width));
    }
    return exit_code::as_expected;
}

int show(const std::string& word, bool as_json) {
    const auto found = layout_of_word(word);
    if (!found) return complain(word, found.error());
    const arch::Layout& layout = found.value().layout();
    print(as_json ? layouts::layout_text(layout) : layouts::drawing(layout));
    return exit_code::as_expected;
}

int show_differences(const std::string& from_word, const std::string& to_word, bool as_json) {
    const auto from = layout_of_word(from_word), to = layout_of_word(to_word);
    if (!from) return complain(from_word, from.error());
    if (!to) return complain(to_word, to.error());
    const auto found = layouts::differences(from.value().layout(), to.value().layout());
    if (as_json) {
        json list = json::array();
        for (const layouts::Difference& each : found)
            list.push_back({{"field", each.field}, {"from", each.from}, {"to", each.to}});
        print(report::json_text(list));
        return exit_code::as_expected;
    }
    for (const layouts::Difference& each : found) print(fmt::format("{}: {} -> {}\n", each.field, each.from, each.to));
    if (found.empty()) print("no difference\n");
    return exit_code::as_expected;
}

void add_arch_list(CLI::App& arch, const std::shared_ptr<bool>& as_json, Command& chosen) {
    CLI::App* command = arch.add_subcommand("list", "every layout: kernel, word size, exclusive bit, known faults");
    command->footer("Examples: cowherd arch list; cowherd arch list --json");
    const auto markdown = std::make_shared<bool>(false);
    command->add_flag("--markdown", *markdown, "all fields, as the page docs/LAYOUTS.md");
    command->callback([as_json, markdown, &chosen] {
        chosen = [as_json, markdown] {
            if (!*markdown) return *as_json ? list_as_json() : list_as_text();
            print(layouts::markdown_page(arch::all_layouts()));
            return exit_code::as_expected;
        };
    });
}

void add_arch_show(CLI::App& arch, const std::shared_ptr<bool>& as_json, Command& chosen) {
    CLI::App* command =
        arch.add_subcommand("show", "the word of a layout bit by bit, as a swap PTE and as a present one");
    command->footer("Examples: cowherd arch show x86_64; cowherd arch show mips32-xpa-6.12\n"
                    "          cowherd arch show riscv64 --json > mine.json   (a file to edit and to give back)");
    const auto name = std::make_shared<std::string>();
    command->add_option("NAME", *name, "a layout of `cowherd arch list`, or a file")
        ->required()
        ->check(check_layout_word);
    command->callback([as_json, name, &chosen] { chosen = [as_json, name] { return show(*name, *as_json); }; });
}

void add_arch_diff(CLI::App& arch, const std::shared_ptr<bool>& as_json, Command& chosen) {
    CLI::App* command = arch.add_subcommand("diff", "what differs between two layouts, field by field");
    command->footer("Examples: cowherd arch diff arm64-6.1 arm64-6.12; cowherd arch diff riscv64 mine.json");
    const auto from = std::make_shared<std::string>(), to = std::make_shared<std::string>();
    command->add_option("A", *from, "a layout of `cowherd arch list`, or a file")->required()->check(check_layout_word);
    command->add_option("B", *to, "another")->required()->check(check_layout_word);
    command->callback([as_json, from, to, &chosen] {
        chosen = [as_json, from, to] { return show_differences(*from, *to, *as_json); };
    });
}

} // namespace

void add_arch(CLI::App& app, Command& chosen) {
    CLI::App* command = app.add_subcommand("arch", "List, draw, check and compare PTE layouts of architectures");
    command->footer("Example: cowherd arch show arm64-6.12");
    command->require_subcommand(1);
    const auto as_json = std::make_shared<bool>(false);
    command->add_flag("--json", *as_json, "JSON instead of text");
    command->fallthrough();
    add_arch_list(*command, as_json, chosen);
    add_arch_show(*command, as_json, chosen);
    add_arch_check(*command, as_json, chosen);
    add_arch_diff(*command, as_json, chosen);
}

} // namespace cli
