// SPDX-License-Identifier: GPL-2.0-only
#include "cli/arch_names.hpp"

#include "arch_encodings/layouts.hpp"
#include "cli/validators.hpp"

namespace cli {

bool is_layout_file(const std::string& word) { return word.ends_with(".json") || word.find('/') != std::string::npos; }

std::string check_layout_word(const std::string& word) {
    if (word.empty()) return "expected the name of a layout or of its file, found an empty word";
    if (is_layout_file(word) || arch::find_layout(word) != nullptr) return {};
    // Fifty names are no help: they are left to `arch list`.
    const std::string nearest = checker::nearest_word(word, arch::layout_names());
    const std::string near = nearest.empty() ? "" : "; did you mean " + checker::in_quotes(nearest) + "?";
    return "there is no layout " + checker::in_quotes(word) + near + (near.empty() ? "; " : " ") +
           "`cowherd arch list` lists them, and a file ends in .json";
}

std::string check_arch_or_file(const std::string& word) { return is_layout_file(word) ? "" : check_arch(word); }

checker::Result<layouts::OwnedLayout> layout_of_word(const std::string& word) {
    if (is_layout_file(word)) return layouts::load_layout(word);
    return layouts::borrowed_layout(*arch::find_layout(word));
}

} // namespace cli
