// SPDX-License-Identifier: GPL-2.0-only
// What words and numbers of the command line may be. Validators return what is wrong, or an empty text.
#pragma once

#include "checker/search.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cli {

/// "there is no KIND "WORD"; did you mean "NEAREST"? There are A, B, C". A long list is left out where a word is near.
std::string no_such(const std::string& kind, const std::string& word, const std::vector<std::string>& known);

// The words that --kernel, --arch, --without and --with, --strategy and --engine take.
std::string check_kernel(const std::string& name);
std::string check_arch(const std::string& name);
std::string check_rule(const std::string& name);
std::string check_strategy(const std::string& name);
std::string check_engine(const std::string& name);
std::string check_when_full(const std::string& name);
std::string check_reductions(const std::string& list);
/// Of a list that check_reductions() accepts.
checker::Reductions reductions_of(const std::string& list);
const std::vector<std::string>& strategy_words();  ///< in the order of checker::Strategy
const std::vector<std::string>& engine_words();    ///< in the order of checker::Engine
const std::vector<std::string>& when_full_words(); ///< in the order of checker::WhenFull

/// A number above 0 that is no infinity.
std::string check_seconds(const std::string& text);
/// An integer in decimal digits. `what`: "a number of MiB".
CLI::Validator whole_number(const std::string& what, std::uint64_t least, std::uint64_t most);

/// The name of a file or a directory: not empty.
std::string check_path(const std::string& path);
/// What is wrong with writing a result to `path` when `inputs` are read: it is no file's name, or one of them by whatever
/// name or link.
std::string check_output(const std::string& path, const std::vector<std::string>& inputs);

} // namespace cli
