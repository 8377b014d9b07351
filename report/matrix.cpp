// SPDX-License-Identifier: GPL-2.0-only
#include "report/matrix.hpp"

#include "report/text.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace report {

namespace {

std::string joined(const std::vector<std::string>& words, const char* between) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
    return text;
}

std::string outcome(checker::Verdict verdict, const std::vector<std::string>& properties) {
    std::string text = verdict_name(verdict);
    if (!properties.empty()) text += ": " + joined(properties, ", ");
    return text;
}

const char* mark_of(const MatrixEntry& entry) {
    if (entry.is_surprise()) return "?!";
    return entry.verdict == checker::Verdict::holds ? "ok" : "x";
}

/// What cells with the same change of rules have in common.
std::string change_of(const Cell& cell) {
    std::string text;
    for (const std::string& rule : cell.without) text += " without " + rule;
    for (const std::string& rule : cell.with) text += " with " + rule;
    return text;
}

template <class Get>
std::vector<std::string> distinct(const std::vector<MatrixEntry>& entries, Get get) {
    std::vector<std::string> words;
    for (const MatrixEntry& entry : entries)
        if (std::find(words.begin(), words.end(), get(entry)) == words.end()) words.push_back(get(entry));
    return words;
}

/// The marks of one architecture, a column a kernel.
std::string row_of(const std::vector<MatrixEntry>& entries, const std::string& arch,
                   const std::vector<std::string>& kernels) {
    std::string row;
    for (const std::string& kernel : kernels) {
        const auto found = std::find_if(entries.begin(), entries.end(), [&](const MatrixEntry& entry) {
            return entry.cell.kernel == kernel && entry.cell.arch == arch;
        });
        row += fmt::format(" {:^13}", found == entries.end() ? "" : mark_of(*found));
    }
    return row;
}

using Rows = std::vector<std::pair<std::string, std::vector<std::string>>>;

std::size_t most_archs(const Rows& rows) {
    std::size_t most = 0;
    for (const auto& [row, names] : rows) most = std::max(most, names.size());
    return most;
}

/// Which architectures a row is of. The largest row of many is "the other 42": the others name theirs.
std::string name_of_row(const std::vector<std::string>& names, const std::vector<std::string>& all, bool is_largest) {
    constexpr std::size_t few = 6;
    if (names.size() == all.size() && names.size() > 1) return "all architectures";
    return is_largest && names.size() > few ? fmt::format("the other {}", names.size()) : joined(names, " ");
}

void append_block(std::string& out, const std::vector<MatrixEntry>& entries) {
    const auto kernels = distinct(entries, [](const MatrixEntry& entry) { return entry.cell.kernel; });
    const auto archs = distinct(entries, [](const MatrixEntry& entry) { return entry.cell.arch; });
    Rows rows;
    for (const std::string& arch : archs) {
        const std::string row = row_of(entries, arch, kernels);
        const auto same = std::find_if(rows.begin(), rows.end(), [&](const auto& known) { return known.first == row; });
        if (same == rows.end())
            rows.push_back({row, {arch}});
        else
            same->second.push_back(arch);
    }
    std::string head;
    for (const std::string& kernel : kernels) head += fmt::format(" {:^13}", kernel);
    while (head.ends_with(' ')) head.pop_back();
    out += " " + head + "\n";
    for (const auto& [row, names] : rows)
        out += " " + row + "  " + name_of_row(names, archs, names.size() == most_archs(rows)) + "\n";
}

void append_surprise(std::string& out, const MatrixScenario& scenario, const MatrixEntry& entry) {
    out += fmt::format("{} on {}\n  expected {}\n  got      {}{}\n  see      {}\n", shown(scenario.name),
                       cell_name(entry.cell), shown(outcome(entry.expected, entry.expected_properties)),
                       shown(outcome(entry.verdict, entry.properties)),
                       entry.remark.empty() ? "" : " (" + shown(entry.remark) + ")", reproduce(scenario, entry));
}

std::string junit_case(const MatrixScenario& scenario, const MatrixEntry& entry) {
    std::string out = fmt::format("    <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", in_xml(scenario.name),
                                  in_xml(cell_name(entry.cell)), entry.seconds);
    if (!entry.is_surprise()) return out + "/>\n";
    return out + fmt::format(">\n      <failure message=\"expected {}, got {}\">{}</failure>\n    </testcase>\n",
                             in_xml(outcome(entry.expected, entry.expected_properties)),
                             in_xml(outcome(entry.verdict, entry.properties)), in_xml(reproduce(scenario, entry)));
}

} // namespace

std::size_t Matrix::cells() const {
    std::size_t count = 0;
    for (const MatrixScenario& scenario : scenarios) count += scenario.entries.size();
    return count;
}

std::size_t Matrix::surprises() const {
    std::size_t count = 0;
    for (const MatrixScenario& scenario : scenarios) {
        for (const MatrixEntry& entry : scenario.entries) count += entry.is_surprise() ? 1 : 0;
    }
    return count;
}

std::string reproduce(const MatrixScenario& scenario, const MatrixEntry& entry) {
    std::string line = fmt::format("cowherd check {} --kernel {} --arch {}", shell_quoted(scenario.path),
                                   entry.cell.kernel, entry.cell.arch);
    for (const std::string& rule : entry.cell.without) line += " --without " + rule;
    for (const std::string& rule : entry.cell.with) line += " --with " + rule;
    return line;
}

std::string size_of(const Matrix& matrix) {
    return counted(matrix.cells(), "cell") + " of " + counted(matrix.scenarios.size(), "scenario");
}

std::string to_text(const Matrix& matrix, bool colour) {
    std::string out;
    std::string surprises;
    for (const MatrixScenario& scenario : matrix.scenarios) {
        out += shown(scenario.name) + ": " + shown(scenario.title) + "\n";
        for (const std::string& change :
             distinct(scenario.entries, [](const MatrixEntry& e) { return change_of(e.cell); })) {
            std::vector<MatrixEntry> block;
            for (const MatrixEntry& entry : scenario.entries)
                if (change_of(entry.cell) == change) block.push_back(entry);
            if (!change.empty()) out += " " + change + ":\n";
            append_block(out, block);
        }
        out += "\n";
        for (const MatrixEntry& entry : scenario.entries) {
            if (entry.is_surprise()) append_surprise(surprises, scenario, entry);
        }
    }
    out += "ok: holds   x: violated, as expected   ?!: a surprise\n";
    if (!surprises.empty()) out += "\n" + (colour ? "\x1b[31m" + surprises + "\x1b[0m" : surprises);
    out += fmt::format("\n{}, {}\n", size_of(matrix),
                       matrix.surprises() == 0 ? "all as expected" : counted(matrix.surprises(), "surprise"));
    return out;
}

std::string to_junit(const Matrix& matrix) {
    std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    out += fmt::format("<testsuites name=\"cowherd gate\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n",
                       matrix.cells(), matrix.surprises(), matrix.seconds);
    for (const MatrixScenario& scenario : matrix.scenarios) {
        const auto failures = std::count_if(scenario.entries.begin(), scenario.entries.end(),
                                            [](const MatrixEntry& entry) { return entry.is_surprise(); });
        out += fmt::format("  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">\n", in_xml(scenario.name),
                           scenario.entries.size(), failures);
        for (const MatrixEntry& entry : scenario.entries) out += junit_case(scenario, entry);
        out += "  </testsuite>\n";
    }
    return out + "</testsuites>\n";
}

} // namespace report
