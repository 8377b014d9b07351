// SPDX-License-Identifier: GPL-2.0-only
#include "cli/output.hpp"

#include "checker/atomic_file.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "report/words.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cli {

namespace {

/// errno of the first failure: later ones need not fail for the same reason.
int write_error = 0;

void flush_stdout() {
    errno = 0;
    if (std::fflush(stdout) != 0 && write_error == 0) write_error = errno;
}

} // namespace

void print(std::string_view text) {
    errno = 0;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() && write_error == 0) write_error = errno;
}

bool flush_output() {
    flush_stdout();
    if (write_error == 0 || write_error == EPIPE) return true;
    complain(fmt::format("standard output: cannot write: {}", std::strerror(write_error)));
    return false;
}

bool has_printed_all() {
    flush_stdout();
    return write_error == 0;
}

void remark(const std::string& message) {
    end_progress_line();
    flush_stdout();
    // fmt::print would throw where stderr takes nothing either.
    std::fputs((report::shown(message) + "\n").c_str(), stderr);
}

int complain(const std::string& message) {
    remark("cowherd: " + message);
    return exit_code::bad_input;
}

int complain(const std::string& file, const checker::InputError& error) { return complain(file + ": " + error.text()); }

bool write_file(const std::string& path, std::string_view content) {
    const auto error = checker::write_file_atomically(path, content);
    if (error) complain(*error);
    return !error;
}

bool wants_colour(bool no_colour) {
    const char* variable = std::getenv("NO_COLOR");
    return !no_colour && (variable == nullptr || *variable == '\0') && isatty(STDOUT_FILENO) != 0;
}

int exit_code_of(const checker::SearchResult& result) {
    if (interrupted) return exit_code::interrupted;
    switch (result.verdict) {
    case checker::Verdict::holds: return exit_code::as_expected;
    case checker::Verdict::inconclusive: return exit_code::inconclusive;
    case checker::Verdict::error: return result.out_of_room ? exit_code::bad_input : exit_code::internal_error;
    case checker::Verdict::violated: break;
    }
    const bool only_deadlock = result.never_reached.empty() && result.violations.size() == 1 &&
                               result.violations.front().property == checker::deadlock_property;
    return only_deadlock ? exit_code::deadlock : exit_code::violated;
}

} // namespace cli
