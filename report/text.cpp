// SPDX-License-Identifier: GPL-2.0-only
// The text of a report. A counterexample is laid out as checker/schedule_table.hpp says.
#include "report/text.hpp"

#include "checker/describe.hpp"
#include "checker/schedule_table.hpp"
#include "report/coverage.hpp"

#include <fmt/format.h>

namespace report {

namespace {

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

checker::ScheduleLine line_of(const StepLine& step, const TextOptions& options, const Paint& paint) {
    checker::ScheduleLine line{.number = step.number,
                               .thread = step.thread,
                               .function = step.function,
                               .action = step.primitive,
                               .above = {},
                               .notes = {}};
    if (!step.result.empty()) line.action += " = " + step.result;
    for (const StepLine::Change& change : step.changes) {
        if (change.ghost && !options.ghost) continue;
        line.notes.push_back(paint.dim(fmt::format("{}: {} -> {}", change.cell, change.before, change.after)));
    }
    for (const std::string& property : step.violated) line.notes.push_back(paint.red("violates " + property));
    return line;
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

/// A line of its own that a trace is not believed without: what is wrong is perhaps the layout alone.
std::string refusal_text(const Cell& cell) {
    if (!cell.own_layout || cell.own_layout->refused.empty()) return {};
    return "  the proofs refuse the layout: " + cell.own_layout->refused + "\n";
}

} // namespace

std::string cell_name(const Cell& cell) {
    std::string name = cell.kernel + ", " + shown(cell.arch) + (cell.own_layout ? " (layout file)" : "");
    for (const std::string& rule : cell.without) name += ", without " + rule;
    for (const std::string& rule : cell.with) name += ", with " + rule;
    return name;
}

std::string to_text(const Counterexample& example, const TextOptions& options) {
    const Paint paint(options.colour);
    std::vector<checker::ScheduleLine> lines;
    for (const StepLine& step : example.steps) {
        lines.push_back(line_of(step, options, paint));
        if (step.number == example.repeats_from) lines.back().above = paint.bold("      from here it repeats:");
    }
    const checker::ScheduleTable table = checker::schedule_table(example.threads, lines);

    std::string out = introduction_of(example, paint);
    std::string head(checker::ScheduleTable::number_width, ' ');
    for (const std::string& column : table.columns) head += fmt::format("{:<{}}", column, table.width);
    while (head.ends_with(' ')) head.pop_back();
    out += paint.bold(head) + "\n" + table.body;
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
                                  checker::extent_of(result));
    out += refusal_text(report.cell);
    if (!report.alike.empty()) out += listed("  the same on: ", report.alike);
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
    return fmt::format("{} on {}: the schedule of a trace violates {}\n{}\n", shown(replayed.scenario),
                       cell_name(replayed.cell), Paint(options.colour).red(replayed.example.property),
                       refusal_text(replayed.cell)) +
           to_text(replayed.example, options);
}

} // namespace report
