// SPDX-License-Identifier: GPL-2.0-only
// The sub-commands: each adds itself to the command line and runs when it was chosen.
#pragma once

#include <CLI/CLI.hpp>

#include <atomic>
#include <functional>
#include <string>
#include <vector>

namespace cli {

/// Exit codes; README.md lists them.
namespace exit_code {
inline constexpr int as_expected = 0;
inline constexpr int internal_error = 1;
inline constexpr int usage = 2;
inline constexpr int bad_input = 3;
inline constexpr int violated = 10;
inline constexpr int deadlock = 11;
inline constexpr int inconclusive = 20;
inline constexpr int interrupted = 130;
} // namespace exit_code

/// Runs the chosen sub-command; returns the exit code.
using Command = std::function<int()>;

void add_check(CLI::App& app, Command& chosen);
void add_gate(CLI::App& app, Command& chosen);
void add_replay(CLI::App& app, Command& chosen);
void add_certify(CLI::App& app, Command& chosen);
void add_conform(CLI::App& app, Command& chosen);
void add_list(CLI::App& app, Command& chosen);
void add_arch(CLI::App& app, Command& chosen);

/// Set by SIGINT and SIGTERM; searches end when they see it.
extern std::atomic<bool> interrupted;

} // namespace cli
