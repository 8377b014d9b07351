// SPDX-License-Identifier: GPL-2.0-only
// Results go to stdout, talk to stderr; what cannot be written is an error.
#pragma once

#include "checker/input_error.hpp"
#include "checker/search.hpp"
#include "report/report.hpp"

#include <string>
#include <string_view>

namespace cli {

/// Writes a result; false (after a message) if stdout does not take it.
bool print(std::string_view text);
/// Flushes stdout; false (after a message) if that fails, on a full disk for example.
bool flush_output();
/// "cowherd: FILE: message" on stderr; returns exit_code::bad_input.
int complain(const std::string& file, const checker::InputError& error);
int complain(const std::string& message);
/// Writes a whole file or says why not.
bool write_file(const std::string& path, std::string_view content);
bool wants_colour(bool no_colour);
/// A progress line on stderr for searches over a second, if that is a terminal; else does nothing.
std::function<void(const checker::Progress&)> progress_line();
void end_progress_line();

int exit_code_of(const checker::SearchResult& result);

/// The words that --kernel, --arch, --without and --with take, each with its list in the error.
std::string check_kernel(const std::string& name);
std::string check_arch(const std::string& name);
std::string check_rule(const std::string& name);

} // namespace cli
