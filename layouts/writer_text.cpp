// SPDX-License-Identifier: GPL-2.0-only
// JSON as people write it: what fits into a line is in one line.
#include "layouts/layout_file.hpp"

namespace layouts {

using nlohmann::ordered_json;

namespace {

constexpr std::size_t columns = 100;

std::string text_of(const ordered_json& value) {
    return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

std::string in_one_line(const ordered_json& value) {
    if (!value.is_structured()) return text_of(value);
    std::string text;
    for (const auto& member : value.items()) {
        if (!text.empty()) text += ", ";
        if (value.is_object()) text += text_of(member.key()) + ": ";
        text += in_one_line(member.value());
    }
    return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

/// `before`: the columns that the line has already.
std::string laid_out(const ordered_json& value, std::size_t indent, std::size_t before) {
    std::string line = in_one_line(value);
    if (!value.is_structured() || (indent > 0 && before + line.size() < columns)) return line;
    const std::string margin(indent + 2, ' ');
    std::string text;
    for (const auto& member : value.items()) {
        const std::string key = value.is_object() ? text_of(member.key()) + ": " : "";
        text += text.empty() ? "\n" : ",\n";
        text += margin;
        text += key;
        text += laid_out(member.value(), indent + 2, margin.size() + key.size());
    }
    text += "\n" + std::string(indent, ' ');
    return value.is_object() ? "{" + text + "}" : "[" + text + "]";
}

} // namespace

std::string readable_json(const ordered_json& document) { return laid_out(document, 0, 0) + "\n"; }

} // namespace layouts
