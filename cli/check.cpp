// SPDX-License-Identifier: GPL-2.0-only
// cowherd check: explores scenarios and explains what is violated.
#include "report/check.hpp"

#include "arch_encodings/layouts.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "model/loader.hpp"
#include "model/rules.hpp"
#include "report/json.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <map>
#include <memory>

namespace cli {

namespace {

struct CheckArguments {
    std::vector<std::string> files;
    std::string kernel, arch, trace;
    std::vector<std::string> without, with;
    checker::SearchOptions search;
    std::uint64_t memory_mib = 0;
    bool json = false, no_colour = false, ghost = false;
};

std::vector<std::string> kernels_of(const CheckArguments& arguments, const model::Scenario& scenario) {
    const std::string& name = arguments.kernel.empty() ? scenario.kernel : arguments.kernel;
    if (name != "all") return {name};
    std::vector<std::string> names;
    for (const model::KernelInfo& kernel : model::all_kernels()) names.emplace_back(kernel.name);
    return names;
}

std::vector<std::string> archs_of(const CheckArguments& arguments, const model::Scenario& scenario) {
    const std::string& name = arguments.arch.empty() ? scenario.arch : arguments.arch;
    if (name != "all") return {name.empty() ? "x86_64" : name};
    std::vector<std::string> names;
    for (const arch::Layout* layout : arch::layouts()) names.emplace_back(layout->name);
    return names;
}

/// The worse of two exit codes: errors before violations before inconclusive before holds.
int worse(int a, int b) {
    const auto rank = [](int code) {
        switch (code) {
        case exit_code::as_expected: return 0;
        case exit_code::inconclusive: return 1;
        case exit_code::deadlock: return 2;
        case exit_code::violated: return 3;
        default: return 4;
        }
    };
    return rank(a) < rank(b) ? b : a;
}

class Checks {
public:
    explicit Checks(CheckArguments& arguments) : arguments_(arguments) {
        arguments_.search.max_memory_bytes = arguments_.memory_mib << 20;
        arguments_.search.interrupted = &interrupted;
        arguments_.search.progress = progress_line();
    }

    int run() {
        int code = exit_code::as_expected;
        for (const std::string& file : arguments_.files) code = worse(code, check_file(file));
        if (arguments_.json) print((reports_.size() == 1 ? reports_[0] : nlohmann::json(reports_)).dump(2) + "\n");
        return code;
    }

private:
    int check_file(const std::string& file) {
        const auto scenario = model::load_scenario(file);
        if (!scenario) return complain(file, scenario.error());
        if (arguments_.kernel.empty() && scenario.value().kernel.empty()) {
            std::string known;
            for (const model::KernelInfo& kernel : model::all_kernels()) known += " " + std::string(kernel.name);
            complain(file + " names no kernel: give --kernel with one of" + known + ", or all");
            return exit_code::usage;
        }
        int code = exit_code::as_expected;
        for (const std::string& kernel : kernels_of(arguments_, scenario.value())) {
            for (const std::string& arch : archs_of(arguments_, scenario.value()))
                code = worse(code,
                             check_cell(file, scenario.value(), {kernel, arch, arguments_.without, arguments_.with}));
        }
        return code;
    }

    int check_cell(const std::string& file, const model::Scenario& scenario, const report::Cell& cell) {
        const auto report = report::check(scenario, cell, arguments_.search);
        end_progress_line();
        if (!report) return complain(file, report.error());
        if (arguments_.json)
            reports_.push_back(report::to_json(report.value()));
        else
            print((printed_++ == 0 ? "" : "\n") +
                  report::to_text(report.value(), {wants_colour(arguments_.no_colour), arguments_.ghost}));
        const int code = exit_code_of(report.value().result);
        return write_trace(report.value()) ? code : exit_code::bad_input;
    }

    bool write_trace(const report::Report& report) {
        if (arguments_.trace.empty() || report.counterexamples.empty()) return true;
        return write_file(arguments_.trace, report.counterexamples.front().trace.dump(2) + "\n");
    }

    CheckArguments& arguments_;
    std::vector<nlohmann::json> reports_;
    unsigned printed_ = 0;
};

} // namespace

void add_check(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<CheckArguments>();
    CLI::App* command = app.add_subcommand("check", "Explore scenarios and explain what is violated");
    command->footer("Example: cowherd check scenarios/seed/o-direct-read.swapout.json --kernel v5.18");
    command->add_option("FILE", arguments->files, "scenario files (JSON)")->required();
    command->add_option("--kernel", arguments->kernel, "the kernel, or all; default: the scenario's own")
        ->check(check_kernel);
    command->add_option("--arch", arguments->arch, "the architecture, or all; default: the scenario's own, else x86_64")
        ->check(check_arch);
    command->add_option("--without", arguments->without, "switch a rule off (may be repeated)")
        ->check(check_rule)
        ->expected(1)
        ->take_all();
    command->add_option("--with", arguments->with, "switch a rule on (may be repeated)")
        ->check(check_rule)
        ->expected(1)
        ->take_all();
    const std::map<std::string, checker::Strategy> strategies{{"naive", checker::Strategy::naive},
                                                              {"plain", checker::Strategy::plain},
                                                              {"stateful", checker::Strategy::stateful}};
    command->add_option("--strategy", arguments->search.strategy, "naive, plain or stateful (default)")
        ->transform(CLI::CheckedTransformer(strategies).description(""));
    const std::map<std::string, checker::Engine> engines{{"fibers", checker::Engine::fibers},
                                                         {"replay", checker::Engine::replay}};
    command->add_option("--engine", arguments->search.engine, "fibers (default) or replay")
        ->transform(CLI::CheckedTransformer(engines).description(""));
    command->add_option("--max-time", arguments->search.max_seconds, "seconds; ends as inconclusive")
        ->check(CLI::PositiveNumber);
    command->add_option("--max-memory", arguments->memory_mib, "MiB for visited states; ends as inconclusive")
        ->check(CLI::PositiveNumber);
    command->add_option("--max-states", arguments->search.max_states, "ends as inconclusive")
        ->check(CLI::PositiveNumber);
    command->add_flag("--stop-at-first", arguments->search.stop_at_first, "end at the first violation");
    command->add_option("--trace", arguments->trace, "write the first counterexample to this file, for cowherd replay");
    command->add_flag("--json", arguments->json, "JSON instead of text");
    command->add_flag("--ghost", arguments->ghost, "show the properties' bookkeeping too");
    command->add_flag("--no-color", arguments->no_colour, "no colour, even on a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return Checks(*arguments).run(); }; });
}

} // namespace cli
