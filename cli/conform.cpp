// SPDX-License-Identifier: GPL-2.0-only
// cowherd conform: the model beside what real kernels did.
#include "report/conform.hpp"

#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/validators.hpp"
#include "model/loader.hpp"
#include "report/words.hpp"

#include <algorithm>
#include <memory>

namespace cli {

namespace {

struct ConformArguments {
    std::string file, kernel, trace;
    bool json = false, no_colour = false;
};

/// What is wrong with a filter that lets nothing through: the word is not among those that the file has.
checker::InputError no_such(const std::string& kind, const std::string& word, const std::vector<std::string>& known) {
    std::string message = "there is no " + kind + " " + checker::in_quotes(word) + " in this file";
    const std::string nearest = checker::nearest_word(word, known);
    if (nearest.empty()) {
        message += "; there are";
        for (const std::string& name : known) message += (&name == &known.front() ? " " : ", ") + name;
    }
    return {"", message, nearest};
}

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

int conform(const ConformArguments& arguments) {
    const auto text = model::read_input_file(arguments.file, "file of traces");
    if (!text) return complain(arguments.file, text.error());
    const auto traces = model::parse_kernel_traces(text.value());
    if (!traces) return complain(arguments.file, traces.error());

    std::vector<std::string> names, kernels;
    for (const model::KernelTrace& trace : traces.value()) {
        names.push_back(trace.name);
        for (const model::TraceRun& run : trace.runs)
            if (!has(kernels, run.kernel)) kernels.push_back(run.kernel);
    }
    if (!arguments.trace.empty() && !has(names, arguments.trace))
        return complain(arguments.file, no_such("trace", arguments.trace, names));
    if (!arguments.kernel.empty() && !has(kernels, arguments.kernel))
        return complain(arguments.file, no_such("run of kernel", arguments.kernel, kernels));

    std::vector<model::ConformedRun> runs;
    for (const model::KernelTrace& trace : traces.value()) {
        if (!arguments.trace.empty() && trace.name != arguments.trace) continue;
        for (const model::TraceRun& run : trace.runs)
            if (arguments.kernel.empty() || run.kernel == arguments.kernel) runs.push_back(model::conform(trace, run));
    }
    if (runs.empty())
        return complain(arguments.file, {"",
                                         "trace " + checker::in_quotes(arguments.trace) + " has no run of kernel " +
                                             checker::in_quotes(arguments.kernel),
                                         ""});
    if (arguments.json)
        print(report::json_text(report::to_json(runs)));
    else
        print(report::to_text(runs, wants_colour(arguments.no_colour)));
    return report::summarise(runs).disagree == 0 ? exit_code::as_expected : exit_code::violated;
}

} // namespace

void add_conform(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<ConformArguments>();
    CLI::App* command = app.add_subcommand("conform", "Compare the model with what real kernels did");
    command->footer("Example: cowherd conform tests/data/real-kernel-traces.json --kernel 6.1.192\n"
                    "A run whose kernel or operations are not modelled is reported as such and does not count.");
    command->add_option("FILE", arguments->file, "a file of traces of real kernels")->required()->check(check_path);
    command->add_option("--kernel", arguments->kernel, "only the runs of this kernel");
    command->add_option("--trace", arguments->trace, "only this trace");
    command->add_flag("--json", arguments->json, "JSON instead of text");
    command->add_flag("--no-color", arguments->no_colour, "no colour, even on a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return conform(*arguments); }; });
}

} // namespace cli
