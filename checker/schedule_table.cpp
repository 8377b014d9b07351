// SPDX-License-Identifier: GPL-2.0-only
// Laying out schedules; see schedule_table.hpp.
#include "checker/schedule_table.hpp"

#include <algorithm>

namespace checker {

namespace {

constexpr std::size_t page_width = 112;
constexpr std::size_t number_digits = 4;
constexpr std::size_t note_indent = 4;

std::string padded(unsigned number) {
    const std::string digits = std::to_string(number);
    return std::string(number_digits - std::min(number_digits, digits.size()), ' ') + digits + "  ";
}

} // namespace

ScheduleTable schedule_table(const std::vector<std::string>& threads, const std::vector<ScheduleLine>& lines) {
    ScheduleTable table;
    for (const std::string& thread : threads) {
        const auto takes_part = [&thread](const ScheduleLine& line) { return line.thread == thread; };
        if (std::any_of(lines.begin(), lines.end(), takes_part)) table.columns.push_back(thread);
    }
    const std::size_t count = std::max<std::size_t>(table.columns.size(), 1);
    table.width = std::clamp<std::size_t>((page_width - ScheduleTable::number_width) / count, 14, 40);

    const ScheduleLine* before = nullptr;
    for (const ScheduleLine& line : lines) {
        const auto column = static_cast<std::size_t>(
            std::find(table.columns.begin(), table.columns.end(), line.thread) - table.columns.begin());
        const bool goes_on = before != nullptr && before->thread == line.thread && before->function == line.function;
        if (!line.above.empty()) table.body += line.above + "\n";
        table.body += padded(line.number);
        table.body.append(column * table.width, ' ');
        if (!goes_on && !line.function.empty()) table.body += line.function + ": ";
        table.body += line.action + "\n";
        for (const std::string& note : line.notes) {
            table.body.append(column * table.width + ScheduleTable::number_width + note_indent, ' ');
            table.body += note + "\n";
        }
        before = &line;
    }
    return table;
}

} // namespace checker
