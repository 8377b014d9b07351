// SPDX-License-Identifier: GPL-2.0-only
// cowherd: the command line. One file a sub-command; this is the story.
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/usage.hpp"

#include <csignal>
#include <exception>
#include <sstream>

namespace cli {

std::atomic<bool> interrupted{false};

namespace {

extern "C" void on_signal(int) { interrupted = true; }

int run(int argc, char** argv) {
    CLI::App app{"Explores every interleaving of the kernel's swap, fork, copy-on-write and get_user_pages code,\n"
                 "and shows the schedule in which a reference and the page table part ways."};
    app.name("cowherd");
    app.set_version_flag("--version", "cowherd 0.1.0");
    app.require_subcommand(1);
    app.footer("Exit codes: 0 holds, or all as expected; 1 internal error; 2 usage; 3 bad input, or a result that\n"
               "could not be written; 10 violated, or verdicts differ; 11 deadlock; 20 inconclusive; 130 interrupted.");
    Command chosen;
    add_check(app, chosen);
    add_gate(app, chosen);
    add_replay(app, chosen);
    add_certify(app, chosen);
    add_conform(app, chosen);
    add_list(app, chosen);
    add_arch(app, chosen);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& request) {
        std::ostringstream text;
        app.exit(request, text);
        print(text.str());
        return flush_output() ? exit_code::as_expected : exit_code::bad_input;
    } catch (const CLI::ParseError& error) {
        complain(usage_error(app, argc, argv, error));
        return exit_code::usage;
    }
    const int code = chosen();
    return flush_output() ? code : exit_code::bad_input;
}

} // namespace
} // namespace cli

int main(int argc, char** argv) {
    std::signal(SIGINT, cli::on_signal);
    std::signal(SIGTERM, cli::on_signal);
    // A reader that goes away is seen as an error of writing: the exit code is still that of the verdict.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return cli::run(argc, argv);
    } catch (const std::exception& error) {
        cli::complain(std::string("internal error: ") + error.what());
        return cli::exit_code::internal_error;
    }
}
