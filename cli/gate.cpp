// SPDX-License-Identifier: GPL-2.0-only
// cowherd gate: every cell of every scenario against what the scenarios expect.
#include "cli/commands.hpp"
#include "cli/gate_jobs.hpp"
#include "cli/output.hpp"
#include "cli/progress.hpp"
#include "cli/validators.hpp"
#include "model/arch_words.hpp"
#include "model/build.hpp"
#include "model/loader.hpp"
#include "model/matrix.hpp"
#include "report/json.hpp"
#include "report/matrix.hpp"
#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <system_error>
#include <thread>

namespace cli {

namespace {

struct GateArguments {
    std::vector<std::string> directories;
    std::string kernel = "all", arch = "all", junit;
    unsigned jobs = 0;
    bool json = false, no_colour = false;
};

std::vector<std::string> sorted(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    return words;
}

/// The path with all links followed, or as it is if that fails: then opening the file says why.
std::filesystem::path real_path(const std::string& file) {
    std::error_code error;
    const std::filesystem::path real = std::filesystem::canonical(file, error);
    return error ? std::filesystem::path(file) : real;
}

class Gate {
public:
    explicit Gate(const GateArguments& arguments) : arguments_(arguments), archs_(model::archs_named(arguments.arch)) {}

    int run() {
        const auto begin = std::chrono::steady_clock::now();
        for (const std::string& directory : arguments_.directories) {
            if (const int code = load(directory); code != exit_code::as_expected) return code;
        }
        if (const std::string wrong = wrong_output(); !wrong.empty()) {
            complain("--junit: " + wrong);
            return exit_code::usage;
        }
        make_names_differ();
        if (matrix_.cells() == 0) return complain("no cell of any scenario has this kernel and architecture");
        make_jobs();
        work();
        if (interrupted) {
            complain("interrupted: nothing is reported");
            return exit_code::interrupted;
        }
        matrix_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
        return report();
    }

private:
    int load(const std::string& directory) {
        const auto files = model::find_scenarios(directory);
        if (!files) return complain(directory, files.error());
        for (const std::string& file : files.value()) {
            // A directory may be named twice, or lie in another that is.
            if (!seen_.insert(real_path(file)).second) continue;
            auto scenario = model::load_gated_scenario(file);
            if (!scenario) return complain(file, scenario.error());
            scenarios_.push_back(std::move(scenario.value()));
            add_entries(scenarios_.back(), file);
        }
        return exit_code::as_expected;
    }

    std::string wrong_output() const {
        std::vector<std::string> inputs;
        for (const report::MatrixScenario& row : matrix_.scenarios) inputs.push_back(row.path);
        return arguments_.junit.empty() ? std::string() : check_output(arguments_.junit, inputs);
    }

    /// Scenarios of different directories may have one name. Then their paths tell them apart.
    void make_names_differ() {
        std::map<std::string, unsigned> count;
        for (const report::MatrixScenario& row : matrix_.scenarios) ++count[row.name];
        for (report::MatrixScenario& row : matrix_.scenarios)
            if (count[row.name] > 1) row.name = row.path;
    }

    void add_entries(const model::Scenario& scenario, const std::string& file) {
        report::MatrixScenario row{scenario.name, scenario.title, file, {}};
        for (const model::MatrixCell& cell : model::cells_of(scenario)) {
            const model::Expectation& expected = scenario.expect[cell.expectation];
            report::MatrixEntry entry;
            entry.cell = {std::string(info(cell.kernel).name), std::string(cell.arch->name), expected.without,
                          expected.with};
            if (arguments_.kernel != "all" && arguments_.kernel != entry.cell.kernel) continue;
            if (!is_chosen(*cell.arch)) continue;
            entry.expected =
                expected.verdict == model::Expected::holds ? checker::Verdict::holds : checker::Verdict::violated;
            entry.expected_properties = sorted(expected.properties);
            row.entries.push_back(std::move(entry));
        }
        matrix_.scenarios.push_back(std::move(row));
    }

    bool is_chosen(const arch::Layout& layout) const {
        return std::find(archs_.begin(), archs_.end(), &layout) != archs_.end();
    }

    void make_jobs() {
        for (std::size_t n = 0; n < matrix_.scenarios.size(); ++n) {
            for (GateJob& job : gate_jobs(scenarios_[n], matrix_.scenarios[n].entries)) jobs_.push_back(std::move(job));
        }
    }

    static checker::SearchOptions options_for(const model::Scenario& scenario, const report::MatrixEntry& entry,
                                              GateProgress& progress) {
        checker::SearchOptions options{.reductions = model::paying_reductions};
        options.counterexamples = false;
        options.interrupted = &interrupted;
        options.progress = progress.while_at(scenario.name, entry.cell);
        progress.at(scenario.name, entry.cell);
        return options;
    }

    /// Each worker takes the next job; results have their places already, so the order does not matter.
    void work() {
        GateProgress progress(matrix_.cells());
        std::atomic<std::size_t> next{0};
        const auto worker = [&] {
            for (std::size_t job = next++; job < jobs_.size() && !interrupted; job = next++) {
                const model::Scenario& scenario = *jobs_[job].scenario;
                run_job(
                    jobs_[job],
                    [&](const report::MatrixEntry& entry) { return options_for(scenario, entry, progress); },
                    [&](std::size_t cells) { progress.cells_done(cells); });
            }
        };
        const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
        std::vector<std::thread> workers;
        for (unsigned n = 1; n < (arguments_.jobs == 0 ? cores : arguments_.jobs); ++n) workers.emplace_back(worker);
        worker();
        for (std::thread& thread : workers) thread.join();
        progress.end();
    }

    int report() {
        if (arguments_.json)
            print(report::json_text(report::to_json(matrix_)));
        else
            print(report::to_text(matrix_, wants_colour(arguments_.no_colour)));
        // How long it took is no result: that is the same every time.
        if (!arguments_.json) remark(fmt::format("{} in {:.1f} s", report::size_of(matrix_), matrix_.seconds));
        if (!arguments_.junit.empty() && !write_file(arguments_.junit, report::to_junit(matrix_)))
            return exit_code::bad_input;
        return matrix_.surprises() == 0 ? exit_code::as_expected : exit_code::violated;
    }

    const GateArguments& arguments_;
    std::vector<const arch::Layout*> archs_;
    std::set<std::filesystem::path> seen_;
    std::deque<model::Scenario> scenarios_;
    report::Matrix matrix_;
    std::vector<GateJob> jobs_;
};

} // namespace

void add_gate(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<GateArguments>();
    CLI::App* command = app.add_subcommand("gate", "Check every scenario on every kernel and architecture it names");
    command->footer("Example: cowherd gate scenarios --junit gate.xml");
    command->add_option("DIR", arguments->directories, "directories with scenarios")->required()->check(check_path);
    command->add_option("--kernel", arguments->kernel, "only this kernel")->check(check_kernel);
    command->add_option("--arch", arguments->arch, "only this architecture, or those that a glob names")
        ->check(check_arch);
    command->add_option("--junit", arguments->junit, "write the result as JUnit XML to this file")->check(check_path);
    command->add_option("-j,--jobs", arguments->jobs, "cells checked at the same time; default: one a core")
        ->transform(whole_number("a number of cells", 1, 1024));
    command->add_flag("--json", arguments->json, "JSON instead of text");
    command->add_flag("--no-color", arguments->no_colour, "no colour, even on a terminal");
    command->callback([arguments, &chosen] { chosen = [arguments] { return Gate(*arguments).run(); }; });
}

} // namespace cli
