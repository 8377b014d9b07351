// SPDX-License-Identifier: GPL-2.0-only
// Layouts as the command line names them: built-in ones by name, a user's own by file.
#pragma once

#include "layouts/layout_file.hpp"

#include <string>

namespace cli {

/// What has a directory or ends in ".json" is a file.
bool is_layout_file(const std::string& word);
/// What is wrong with a word that is neither the name of a layout nor of a file, or an empty text.
std::string check_layout_word(const std::string& word);
/// The same where a glob may stand for several: check_arch() of what is no file.
std::string check_arch_or_file(const std::string& word);
/// A layout of either kind. Errors are those of a file.
checker::Result<layouts::OwnedLayout> layout_of_word(const std::string& word);

} // namespace cli
