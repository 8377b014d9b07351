// SPDX-License-Identifier: GPL-2.0-only
// What is wrong with a command line that the parser refuses.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace cli {

/// One line that names the wrong word and the right ones.
std::string usage_error(const CLI::App& app, int argc, const char* const* argv, const CLI::ParseError& error);

} // namespace cli
