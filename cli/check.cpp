// SPDX-License-Identifier: GPL-2.0-only
// cowherd check: explores scenarios and explains what is violated.
#include "report/check.hpp"

#include "cli/arch_names.hpp"
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/strategy_options.hpp"
#include "cli/validators.hpp"
#include "model/arch_words.hpp"
#include "model/build.hpp"
#include "model/layout_answers.hpp"
#include "model/loader.hpp"
#include "model/rules.hpp"
#include "report/certificate.hpp"
#include "report/json.hpp"
#include "report/summary.hpp"
#include "report/text.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

namespace cli {

namespace {

struct CheckArguments {
    std::vector<std::string> files;
    std::string kernel, arch, trace, certificate;
    std::vector<std::string> without, with;
    checker::SearchOptions search{.reductions = model::paying_reductions};
    StrategyOptions strategy;
    std::uint64_t memory_mib = 0;
    bool unproved = false;
    bool json = false, no_colour = false, ghost = false, summary = false;
};

std::vector<std::string> kernels_of(const CheckArguments& arguments, const model::Scenario& scenario) {
    const std::string& name = arguments.kernel.empty() ? scenario.kernel : arguments.kernel;
    if (name != "all") return {name};
    std::vector<std::string> names;
    for (const model::KernelInfo& kernel : model::all_kernels()) names.emplace_back(kernel.name);
    return names;
}

/// Those that the first one's search speaks for.
std::vector<std::string> names_of_rest(const std::vector<const arch::Layout*>& group) {
    std::vector<std::string> names;
    for (std::size_t n = 1; n < group.size(); ++n) names.emplace_back(group[n]->name);
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

/// A scenario and the file that it came from.
struct Loaded {
    std::string file;
    model::Scenario scenario;
};

class Checks {
public:
    explicit Checks(CheckArguments& arguments) : arguments_(arguments) {
        arguments_.search.max_memory_bytes = arguments_.memory_mib << 20;
        arguments_.search.interrupted = &interrupted;
        checker::Checkpointing& checkpoint = arguments_.search.checkpoint;
        if (checkpoint.save_to.empty()) checkpoint.save_to = checkpoint.resume_from;
        arguments_.search.progress = progress_line();
    }

    int run() {
        if (const std::string wrong = wrong_arguments(); !wrong.empty()) {
            complain(wrong);
            return exit_code::usage;
        }
        int code = worse(load(), load_layout());
        if (code != exit_code::as_expected) return code;
        if (const std::string wrong = wrong_number_of_searches(); !wrong.empty()) {
            complain(wrong);
            return exit_code::usage;
        }
        for (const Loaded& loaded : scenarios_) code = worse(code, check(loaded));
        if (arguments_.json) print(report::json_text(reports_.size() == 1 ? reports_[0] : nlohmann::json(reports_)));
        if (!arguments_.trace.empty() && !has_trace_) remark(no_trace());
        if (is_checkpoint_used_up_ && has_printed_all()) remove_checkpoint();
        return code;
    }

private:
    std::string wrong_arguments() const {
        for (const std::string& rule : arguments_.with) {
            const auto& without = arguments_.without;
            if (std::find(without.begin(), without.end(), rule) != without.end())
                return "--with and --without switch the same rule: " + rule;
        }
        if (arguments_.unproved && !is_layout_file(arguments_.arch))
            return "--unproved is about a layout file, and --arch names none";
        if (std::string wrong = arguments_.strategy.wrong_combination(arguments_.search); !wrong.empty()) return wrong;
        const std::string& table = arguments_.search.table_file;
        std::error_code ignored;
        if (!table.empty() && std::filesystem::exists(table, ignored))
            return "--table: there is a file " + table + " already: name one that can be made and thrown away";
        if (std::string wrong = wrong_checkpoint(arguments_.search.checkpoint); !wrong.empty()) return wrong;
        for (const auto& [option, path] :
             {std::pair{"--trace: ", &arguments_.trace}, std::pair{"--certificate: ", &arguments_.certificate}}) {
            const std::string wrong = path->empty() ? "" : check_output(*path, inputs());
            if (!wrong.empty()) return option + wrong;
        }
        if (arguments_.certificate.empty()) return {};
        const bool is_alone =
            arguments_.trace.empty() || (arguments_.trace != arguments_.certificate &&
                                         check_output(arguments_.certificate, {arguments_.trace}).empty());
        if (!is_alone) return "--certificate and --trace name the same file: " + arguments_.trace;
        return arguments_.strategy.wrong_for_certificate(arguments_.search);
    }

    /// What no result may be written over.
    std::vector<std::string> inputs() const {
        std::vector<std::string> files = arguments_.files;
        if (is_layout_file(arguments_.arch)) files.push_back(arguments_.arch);
        return files;
    }

    std::string wrong_checkpoint(const checker::Checkpointing& checkpoint) const {
        if (checkpoint.save_to.empty()) return {};
        if (std::string wrong = check_output(checkpoint.save_to, inputs()); !wrong.empty())
            return "--checkpoint: " + wrong;
        if (checkpoint.save_to == arguments_.trace) return "--checkpoint and --trace name the same file: name two";
        std::error_code ignored;
        if (checkpoint.save_to != checkpoint.resume_from && std::filesystem::exists(checkpoint.save_to, ignored))
            return "--checkpoint: there is a file " + checkpoint.save_to +
                   " already: go on with the search that was saved there by --resume, or remove it";
        return {};
    }

    /// A checkpoint is of one search, and so is a certificate.
    std::string wrong_number_of_searches() const {
        const bool has_checkpoint = !arguments_.search.checkpoint.save_to.empty();
        if (!has_checkpoint && arguments_.certificate.empty()) return {};
        std::size_t searches = 0;
        for (const auto& [file, scenario] : scenarios_)
            searches += kernels_of(arguments_, scenario).size() * archs_of(scenario).size();
        if (searches == 1) return {};
        return std::string(has_checkpoint ? "a checkpoint" : "a certificate") + " is of one search, and these are " +
               report::grouped(searches) + ": name one file, one --kernel and one --arch";
    }

    /// All files, before anything is explored: who has a mistake in the last one learns it at once.
    int load() {
        int code = exit_code::as_expected;
        for (const std::string& file : arguments_.files) {
            auto scenario = model::load_scenario(file);
            if (!scenario)
                code = worse(code, complain(file, scenario.error()));
            else if (arguments_.kernel.empty() && scenario.value().kernel.empty())
                code = worse(code, complain_of_kernel(file));
            else
                scenarios_.push_back({file, std::move(scenario.value())});
        }
        return code;
    }

    int load_layout() {
        const std::string& file = arguments_.arch;
        if (!is_layout_file(file)) return exit_code::as_expected;
        const auto owned = layouts::load_layout(file);
        if (!owned) return complain(file, owned.error());
        auto own = report::own_layout(owned.value());
        if (!own) return complain(file, own.error());
        if (!own.value().refused.empty() && !arguments_.unproved) {
            complain(file + ": the proofs refuse the layout: " + own.value().refused + "; `cowherd arch check " +
                     report::shell_quoted(file) + "` has all that they say, and --unproved explores it nevertheless");
            return exit_code::bad_input;
        }
        own_layout_ = std::move(own.value());
        return exit_code::as_expected;
    }

    std::vector<const arch::Layout*> archs_of(const model::Scenario& scenario) const {
        if (own_layout_) return {&own_layout_->layout()};
        const std::string& word = arguments_.arch.empty() ? scenario.arch : arguments_.arch;
        return model::archs_named(word.empty() ? "x86_64" : word);
    }

    static int complain_of_kernel(const std::string& file) {
        std::string known;
        for (const model::KernelInfo& kernel : model::all_kernels()) known += " " + std::string(kernel.name);
        complain(file + " names no kernel: give --kernel with one of" + known + ", or all");
        return exit_code::usage;
    }

    int check(const Loaded& loaded) {
        int code = exit_code::as_expected;
        const std::vector<const arch::Layout*> archs = archs_of(loaded.scenario);
        model::AlikeLayouts alike(loaded.scenario);
        for (const std::string& kernel : kernels_of(arguments_, loaded.scenario)) {
            report::Cell cell{kernel, "", arguments_.without, arguments_.with, own_layout_};
            const auto rules = report::rules_of(loaded.scenario, cell);
            if (!rules) return complain(loaded.file, rules.error());
            for (const auto& group : alike.among(archs, rules.value())) {
                // What was not begun is not reported either.
                if (interrupted) return exit_code::interrupted;
                cell.arch = group.front()->name;
                code = worse(code, check_cell(loaded, cell, names_of_rest(group)));
            }
        }
        return code;
    }

    int check_cell(const Loaded& loaded, const report::Cell& cell, const std::vector<std::string>& alike) {
        if (!arguments_.certificate.empty()) return certify_cell(loaded, cell);
        auto report = report::check(loaded.scenario, cell, arguments_.search);
        end_progress_line();
        if (!report) return complain(loaded.file, report.error());
        report.value().alike = alike;
        return tell(report.value());
    }

    int certify_cell(const Loaded& loaded, const report::Cell& cell) {
        const auto certified = report::check_and_certify(loaded.scenario, cell, arguments_.search);
        end_progress_line();
        if (!certified) return complain(loaded.file, certified.error());
        const auto& [report, bytes] = certified.value();
        const int code = tell(report);
        if (bytes.empty()) {
            remark("no certificate was written, for there is one only of what holds");
            return code;
        }
        if (!write_file(arguments_.certificate, bytes)) return exit_code::bad_input;
        remark("certificate: " + report::counted(report.result.states, "state") + " in " +
               report::counted(bytes.size(), "byte") + ", searched without choose and merge; cowherd certify " +
               report::shell_quoted(arguments_.certificate) + " checks it");
        return code;
    }

    int tell(const report::Report& report) {
        const checker::SearchResult& result = report.result;
        if (!result.refused.empty()) {
            complain(result.refused);
            return exit_code::usage;
        }
        if (arguments_.json)
            reports_.push_back(report::to_json(report));
        else
            print((printed_++ == 0 ? "" : "\n") +
                  report::to_text(report, {wants_colour(arguments_.no_colour), arguments_.ghost}));
        if (arguments_.summary || is_worth_a_line(result.seconds))
            for (const std::string& line : report::summary(result)) remark(line);
        int code = exit_code_of(result);
        if (!write_trace(report)) code = exit_code::bad_input;
        return say_what_was_saved(result) ? code : worse(code, exit_code::bad_input);
    }

    /// Returns whether what should have been saved was.
    bool say_what_was_saved(const checker::SearchResult& result) {
        const std::string& file = arguments_.search.checkpoint.save_to;
        const bool ended_early = !result.stopped_because.empty();
        if (result.is_checkpointed)
            remark("the search was saved: go on with it by --resume " + report::shell_quoted(file));
        is_checkpoint_used_up_ = !file.empty() && !ended_early && result.error.empty() && !interrupted;
        if (result.checkpoint_error.empty()) return true;
        complain("the search could not be saved: " + result.checkpoint_error);
        return !ended_early;
    }

    /// It has nothing left that could be gone on with.
    void remove_checkpoint() const {
        std::error_code ignored;
        std::filesystem::remove(arguments_.search.checkpoint.save_to, ignored);
        std::filesystem::remove(arguments_.search.checkpoint.save_to + ".partial", ignored);
    }

    /// Of all cells the first counterexample.
    bool write_trace(const report::Report& report) {
        if (arguments_.trace.empty() || has_trace_ || report.counterexamples.empty()) return true;
        has_trace_ = true;
        return write_file(arguments_.trace, report::json_text(report.counterexamples.front().trace));
    }

    std::string no_trace() const {
        std::error_code ignored;
        const bool exists = std::filesystem::exists(arguments_.trace, ignored);
        return "no trace was written, for there is no counterexample" +
               (exists ? "; " + arguments_.trace + " was left as it was" : std::string());
    }

    CheckArguments& arguments_;
    std::vector<Loaded> scenarios_;
    std::optional<report::OwnLayout> own_layout_; ///< of the file that --arch names
    std::vector<nlohmann::json> reports_;
    unsigned printed_ = 0;
    bool has_trace_ = false;
    bool is_checkpoint_used_up_ = false; ///< the search that it is of has come to its end
};

void add_cell_options(CLI::App& command, CheckArguments& arguments) {
    command.add_option("--kernel", arguments.kernel, "the kernel, or all; default: the scenario's own")
        ->check(check_kernel);
    command
        .add_option(
            "--arch", arguments.arch,
            "the architecture, a glob of several, all, or a layout file; default: the scenario's own, else x86_64")
        ->check(check_arch_or_file);
    command.add_flag("--unproved", arguments.unproved, "explore a layout file even if its proofs refuse it");
    command.add_option("--without", arguments.without, "switch a rule off (may be repeated)")
        ->check(check_rule)
        ->expected(1)
        ->take_all();
    command.add_option("--with", arguments.with, "switch a rule on (may be repeated)")
        ->check(check_rule)
        ->expected(1)
        ->take_all();
}

template <class Enum>
std::function<void(const std::string&)> set_to_word(Enum& value, const std::vector<std::string>& words) {
    return [&value, &words](const std::string& word) {
        value = static_cast<Enum>(std::find(words.begin(), words.end(), word) - words.begin());
    };
}

void add_search_options(CLI::App& command, CheckArguments& arguments) {
    checker::SearchOptions& search = arguments.search;
    arguments.strategy.add_to(command, search);
    command
        .add_option_function("--engine", set_to_word(search.engine, engine_words()),
                             "automata (default), fibers or replay")
        ->check(check_engine);
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    command.add_option("--max-time", search.max_seconds, "seconds; ends as inconclusive")->check(check_seconds);
    command.add_option("--max-memory", arguments.memory_mib, "MiB for visited states; ends as inconclusive")
        ->transform(whole_number("a number of MiB", 1, most >> 20));
    command.add_option("--max-states", search.max_states, "ends as inconclusive")
        ->transform(whole_number("a number of states", 1, most));
    command.add_flag("--stop-at-first", search.stop_at_first, "end at the first violation");
}

} // namespace

void add_check(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<CheckArguments>();
    CLI::App* command = app.add_subcommand("check", "Explore scenarios and explain what is violated");
    command->footer("Example: cowherd check scenarios/seed/o-direct-read.swapout.json --kernel v5.18");
    command->add_option("FILE", arguments->files, "scenario files (JSON)")->required()->check(check_path);
    add_cell_options(*command, *arguments);
    add_search_options(*command, *arguments);
    command->add_option("--trace", arguments->trace, "write the first counterexample to this file, for cowherd replay")
        ->check(check_path);
    command
        ->add_option(
            "--certificate", arguments->certificate,
            "write all states to this file if it holds, for cowherd certify; searches without choose and merge")
        ->check(check_path);
    command->add_flag("--json", arguments->json, "JSON instead of text");
    command->add_flag("--summary", arguments->summary,
                      "say on stderr what the search cost and what reductions saved; unasked after a long one");
    command->add_flag("--ghost", arguments->ghost, "show the properties' bookkeeping too");
    command->add_flag("--no-color", arguments->no_colour, "no colour, even on a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return Checks(*arguments).run(); }; });
}

} // namespace cli
