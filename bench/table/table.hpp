// SPDX-License-Identifier: GPL-2.0-only
// Tables of measurements, as aligned text while they are made, or as JSON in the end.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace bench {

/// A value, and how people read it.
struct Entry {
    std::string text;
    nlohmann::ordered_json value;
};
Entry words(const std::string& text);
/// With separators: "1,234".
Entry count(std::uint64_t number);
Entry decimal(double number, int places);
/// There is nothing to say here.
Entry nothing();

struct Column {
    std::string name;
    int width = 0; ///< negative: aligned to the left
};

/// Where tables go.
class Output {
public:
    explicit Output(bool as_json) : as_json_(as_json) {}

    /// Begins a table. `key` names it in JSON, `title` is for people.
    void begin(const std::string& key, const std::string& title, std::vector<Column> columns);
    /// An entry a column.
    void row(const std::vector<Entry>& entries);
    /// A remark on the table begun last.
    void remark(const std::string& text);
    /// To be called last.
    void finish();

private:
    void line(const std::vector<std::string>& texts) const;

    bool as_json_;
    std::string key_;
    std::vector<Column> columns_;
    nlohmann::ordered_json document_;
};

} // namespace bench
