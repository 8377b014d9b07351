// SPDX-License-Identifier: GPL-2.0-only
// Printing tables; see table.hpp.
#include "bench/table/table.hpp"

#include "checker/grouped.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace bench {

Entry words(const std::string& text) { return {text, text}; }
Entry count(std::uint64_t number) { return {checker::grouped(number), number}; }
Entry decimal(double number, int places) { return {fmt::format("{:.{}f}", number, places), number}; }
Entry nothing() { return {"", nullptr}; }

void Output::begin(const std::string& key, const std::string& title, std::vector<Column> columns) {
    key_ = key;
    columns_ = std::move(columns);
    document_[key_] = {{"title", title}, {"rows", nlohmann::ordered_json::array()}};
    if (as_json_) return;
    fmt::print("\n{}\n", title);
    std::vector<std::string> names;
    for (const Column& column : columns_) names.push_back(column.name);
    line(names);
}

void Output::row(const std::vector<Entry>& entries) {
    nlohmann::ordered_json object;
    std::vector<std::string> texts;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        object[columns_[at].name] = entries.at(at).value;
        texts.push_back(entries.at(at).text);
    }
    document_[key_]["rows"].push_back(std::move(object));
    if (!as_json_) line(texts);
}

void Output::remark(const std::string& text) {
    document_[key_]["remark"] = text;
    if (!as_json_) fmt::print("  {}\n", text);
}

void Output::finish() {
    if (as_json_) fmt::print("{}\n", document_.dump(2));
}

void Output::line(const std::vector<std::string>& texts) const {
    std::string out;
    for (std::size_t at = 0; at < columns_.size(); ++at) {
        const int width = columns_[at].width;
        out += width < 0 ? fmt::format("  {:<{}}", texts[at], -width) : fmt::format("  {:>{}}", texts[at], width);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    fmt::print("{}\n", out);
    // A table grows while one looks at it.
    std::fflush(stdout);
}

} // namespace bench
