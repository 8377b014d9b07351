// SPDX-License-Identifier: GPL-2.0-only
// The text of a report. A counterexample has a column for each thread that takes part; what a step changed stands
// beneath it, so that a line never has to be cut.
#include "report/text.hpp"

#include "report/coverage.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace report {

namespace {

constexpr std::size_t page_width = 112;
constexpr std::size_t number_width = 6;

class Paint {
public:
    explicit Paint(bool on) : on_(on) {}
    std::string bold(const std::string& text) const { return wrap("1", text); }
    std::string red(const std::string& text) const { return wrap("31", text); }
    std::string green(const std::string& text) const { return wrap("32", text); }
    std::string dim(const std::string& text) const { return wrap("2", text); }

private:
    std::string wrap(const char* code, const std::string& text) const {
        return on_ && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : text;
    }
    bool on_;
};

/// The threads that take a step, in the program's order: the columns.
std::vector<std::string> columns_of(const Counterexample& example) {
    std::vector<std::string> columns;
    for (const std::string& thread : example.threads) {
        const auto takes_part = [&](const StepLine& line) { return line.thread == thread; };
        if (std::any_of(example.steps.begin(), example.steps.end(), takes_part)) columns.push_back(thread);
    }
    return columns;
}

std::string step_text(const StepLine& line, bool names_function) {
    std::string text;
    if (names_function) text = line.function + ": ";
    text += line.primitive;
    if (!line.result.empty()) text += " = " + line.result;
    return text;
}

void append_changes(std::string& out, const StepLine& line, std::size_t indent, const TextOptions& options,
                    const Paint& paint) {
    for (const StepLine::Change& change : line.changes) {
        if (change.ghost && !options.ghost) continue;
        out += std::string(indent + 4, ' ') +
               paint.dim(fmt::format("{}: {} -> {}", change.cell, change.before, change.after)) + "\n";
    }
    for (const std::string& property : line.violated)
        out += std::string(indent + 4, ' ') + paint.red("violates " + property) + "\n";
}

/// What is violated, how long the schedule is, and what was done before.
std::string introduction_of(const Counterexample& example, const Paint& paint) {
    std::string out =
        paint.bold(shown(example.property)) + (example.meaning.empty() ? "" : ": " + example.meaning) + "\n";
    out += counted(example.steps.size(), "step") + ", " +
           (example.context_switches == 1 ? "1 context switch"
                                          : fmt::format("{} context switches", example.context_switches)) +
           "\n";
    std::string setup;
    for (const std::string& operation : example.setup) setup += (setup.empty() ? "set-up: " : "; ") + operation;
    out += setup + (setup.empty() ? "\n" : "\n\n");
    return out;
}

/// A `sometimes` condition as the scenario names it: what stands before it here says already what it is.
std::string without_label(const std::string& property) {
    constexpr std::string_view label = "sometimes: ";
    return property.starts_with(label) ? property.substr(label.size()) : property;
}

} // namespace

std::string cell_name(const Cell& cell) {
    std::string name = cell.kernel + ", " + cell.arch;
    for (const std::string& rule : cell.without) name += ", without " + rule;
    for (const std::string& rule : cell.with) name += ", with " + rule;
    return name;
}

const char* verdict_name(checker::Verdict verdict) {
    switch (verdict) {
    case checker::Verdict::holds: return "holds";
    case checker::Verdict::violated: return "violated";
    case checker::Verdict::inconclusive: return "inconclusive";
    case checker::Verdict::error: break;
    }
    return "error";
}

std::string to_text(const Counterexample& example, const TextOptions& options) {
    const Paint paint(options.colour);
    const std::vector<std::string> columns = columns_of(example);
    const std::size_t count = std::max<std::size_t>(columns.size(), 1);
    const std::size_t width = std::clamp<std::size_t>((page_width - number_width) / count, 14, 40);

    std::string out = introduction_of(example, paint);
    std::string head(number_width, ' ');
    for (const std::string& column : columns) head += fmt::format("{:<{}}", column, width);
    while (head.ends_with(' ')) head.pop_back();
    out += paint.bold(head) + "\n";

    const StepLine* before = nullptr;
    for (const StepLine& line : example.steps) {
        const auto column =
            static_cast<std::size_t>(std::find(columns.begin(), columns.end(), line.thread) - columns.begin());
        const bool same = before != nullptr && before->thread == line.thread && before->function == line.function;
        const std::size_t indent = number_width + column * width;
        if (line.number == example.repeats_from) out += paint.bold("      from here it repeats:") + "\n";
        out += fmt::format("{:>4}  {}{}\n", line.number, std::string(column * width, ' '), step_text(line, !same));
        append_changes(out, line, indent, options, paint);
        before = &line;
    }
    for (const std::string& thread : example.blocked) out += fmt::format("{} waits for ever\n", thread);
    if (!example.explanation.empty()) out += "\n" + paint.red(example.explanation) + "\n";
    if (!example.canonical) out += "(a shorter schedule may exist: the search for the shortest was cut short)\n";
    return out;
}

std::string to_text(const Report& report, const TextOptions& options) {
    const Paint paint(options.colour);
    const checker::SearchResult& result = report.result;
    const std::string verdict = verdict_name(result.verdict);
    std::string out = fmt::format("{} on {}: {} ({})\n", shown(report.scenario->name), cell_name(report.cell),
                                  result.verdict == checker::Verdict::holds ? paint.green(verdict) : paint.red(verdict),
                                  counted(result.states, "state"));
    for (const checker::Violation& violation : result.violations)
        out += "  violated: " + shown(violation.property) + "\n";
    for (const std::string& name : result.never_reached) out += "  never reached: " + shown(without_label(name)) + "\n";
    if (!result.stopped_because.empty()) out += "  stopped: " + result.stopped_because + "\n";
    out += coverage_text(result);
    if (report.has_no_livelock) out += "  there is no livelock\n";
    if (!result.error.empty()) out += "  error: " + shown(result.error) + "\n";
    for (const Counterexample& example : report.counterexamples) out += "\n" + to_text(example, options);
    return out;
}

std::string to_text(const ReplayedTrace& replayed, const TextOptions& options) {
    return fmt::format("{} on {}: the schedule of a trace violates {}\n\n", shown(replayed.scenario),
                       cell_name(replayed.cell), Paint(options.colour).red(replayed.example.property)) +
           to_text(replayed.example, options);
}

} // namespace report
