// SPDX-License-Identifier: GPL-2.0-only
// Results go to stdout, talk to stderr; what cannot be written is an error.
#pragma once

#include "checker/input_error.hpp"
#include "checker/search.hpp"
#include "report/report.hpp"

#include <string>
#include <string_view>

namespace cli {

/// Writes a result. That stdout does not take it is told by flush_output().
void print(std::string_view text);
/// Flushes stdout; false (after a message) if anything could not be written, on a full disk for example. A reader that has
/// seen enough and is gone is no error.
bool flush_output();
/// Flushes stdout too, and says nothing: whether somebody has got all results so far.
bool has_printed_all();
/// "cowherd: FILE: message" on stderr; returns exit_code::bad_input. Whatever bytes the message has, the terminal gets one
/// line without control characters.
int complain(const std::string& file, const checker::InputError& error);
int complain(const std::string& message);
/// A remark on stderr, in one line as above.
void remark(const std::string& message);
/// Writes a whole file or says why not.
bool write_file(const std::string& path, std::string_view content);
bool wants_colour(bool no_colour);

int exit_code_of(const checker::SearchResult& result);

} // namespace cli
