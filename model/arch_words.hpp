// SPDX-License-Identifier: GPL-2.0-only
// The words by which scenarios and command lines name architectures: names of layouts, globs of names, and groups.
#pragma once

#include "arch_encodings/layouts.hpp"

#include <string>
#include <vector>

namespace model {

/// The layouts that a name, or a glob of names ("mips*", "*-6.12"; see glob(7)), stands for, in the order of all_layouts().
/// "*" and "all" are all of them. Empty if there is none.
std::vector<const arch::Layout*> archs_named(const std::string& word);

/// Whether the word is a glob rather than a name.
bool is_glob(const std::string& word);

/// What "archs" in an entry of `expect` takes beside names and globs, as groups of layouts by what their PTEs can say.
const std::vector<std::string>& arch_groups();

/// Whether a word of "archs" is about this layout: a group, a name or a glob.
bool covers_arch(const std::string& word, const arch::Layout& layout);

} // namespace model
