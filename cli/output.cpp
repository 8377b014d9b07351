// SPDX-License-Identifier: GPL-2.0-only
#include "cli/output.hpp"

#include "arch_encodings/layouts.hpp"
#include "checker/atomic_file.hpp"
#include "cli/commands.hpp"
#include "model/rules.hpp"
#include "report/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace cli {

namespace {

bool progress_shown = false;

std::string unknown(const char* kind, const std::string& name, const std::vector<std::string>& known) {
    std::string text = fmt::format("there is no {} {}", kind, checker::in_quotes(name));
    if (const std::string nearest = checker::nearest_word(name, known); !nearest.empty())
        text += "; did you mean " + checker::in_quotes(nearest) + "?";
    else {
        text += "; there are";
        for (const std::string& word : known) text += (&word == &known.front() ? " " : ", ") + word;
    }
    return text;
}

} // namespace

bool print(std::string_view text) { return std::fwrite(text.data(), 1, text.size(), stdout) == text.size(); }

bool flush_output() {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
    complain(fmt::format("standard output: cannot write: {}", std::strerror(errno)));
    return false;
}

int complain(const std::string& message) {
    end_progress_line();
    std::fflush(stdout);
    // fmt::print would throw where stderr takes nothing either.
    std::fputs(("cowherd: " + message + "\n").c_str(), stderr);
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

std::function<void(const checker::Progress&)> progress_line() {
    if (isatty(STDERR_FILENO) == 0) return {};
    return [](const checker::Progress& now) {
        if (now.seconds < 1) return;
        progress_shown = true;
        fmt::print(stderr, "\r\x1b[K{} states, {} states/s, depth {}, {} MiB", report::grouped(now.states),
                   report::grouped(static_cast<std::uint64_t>(static_cast<double>(now.states) / now.seconds)),
                   now.depth, now.memory_bytes >> 20);
        std::fflush(stderr);
    };
}

void end_progress_line() {
    if (progress_shown) fmt::print(stderr, "\r\x1b[K");
    progress_shown = false;
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

std::string check_kernel(const std::string& name) {
    if (name == "all" || model::find_kernel(name)) return {};
    std::vector<std::string> known;
    for (const model::KernelInfo& kernel : model::all_kernels()) known.emplace_back(kernel.name);
    return unknown("kernel", name, known);
}

std::string check_arch(const std::string& name) {
    if (name == "all" || arch::find_layout(name) != nullptr) return {};
    std::vector<std::string> known;
    for (const arch::Layout* layout : arch::layouts()) known.emplace_back(layout->name);
    return unknown("architecture", name, known);
}

std::string check_rule(const std::string& name) {
    if (model::find_rule(name)) return {};
    std::vector<std::string> known;
    for (const model::RuleInfo& rule : model::all_rules()) known.emplace_back(rule.name);
    return unknown("rule", name, known);
}

} // namespace cli
