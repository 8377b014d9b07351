// SPDX-License-Identifier: GPL-2.0-only
// cowherd replay: shows the counterexample of a trace file again, or says why the trace does not fit.
#include "checker/trace_file.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/validators.hpp"
#include "model/loader.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "report/trace.hpp"

#include <fmt/format.h>

#include <memory>

namespace cli {

namespace {

struct ReplayArguments {
    std::string file;
    bool json = false, no_colour = false, ghost = false;
};

int replay(const ReplayArguments& arguments) {
    const auto text = model::read_input_file(arguments.file, "trace");
    if (!text) return complain(arguments.file, text.error());
    const auto found = report::replay_trace(text.value());
    if (!found) return complain(arguments.file, found.error());
    if (arguments.json)
        print(report::json_text(report::to_json(found.value())));
    else
        print(report::to_text(found.value(), {wants_colour(arguments.no_colour), arguments.ghost}));
    return exit_code::as_expected;
}

} // namespace

void add_replay(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<ReplayArguments>();
    CLI::App* command = app.add_subcommand("replay", "Show the counterexample of a trace file again");
    command->footer("Example: cowherd check FILE --kernel v5.18 --trace lost.json; cowherd replay lost.json");
    command->add_option("TRACE", arguments->file, "a trace file that cowherd check --trace wrote")
        ->required()
        ->check(check_path);
    command->add_flag("--json", arguments->json, "JSON instead of text");
    command->add_flag("--ghost", arguments->ghost, "show the properties' bookkeeping too");
    command->add_flag("--no-color", arguments->no_colour, "no colour, even on a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return replay(*arguments); }; });
}

} // namespace cli
