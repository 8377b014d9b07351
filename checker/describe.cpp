// SPDX-License-Identifier: GPL-2.0-only
// Results in words; see describe.hpp.
#include "checker/describe.hpp"

#include "checker/grouped.hpp"
#include "checker/schedule_table.hpp"

#include <algorithm>
#include <string_view>

namespace checker {

namespace {

/// What stands between the label of a `choose` and the values it lists, and between those.
constexpr std::string_view values_follow = ": ";
constexpr std::string_view next_value = " / ";

bool is_on_a_cell(OpKind kind) { return kind >= OpKind::load && kind <= OpKind::write_unlock; }

std::string truth(Word word) { return word != 0 ? "true" : "false"; }

/// What an operation puts into its cell, or would; of a comparison first what it expects there.
std::string operands_of(const Program& program, const Operation& op) {
    switch (op.kind) {
    case OpKind::compare_exchange:
        return ", " + describe_cell(program, op.cell, op.expected) + ", " + describe_cell(program, op.cell, op.value);
    case OpKind::store:
    case OpKind::exchange:
    case OpKind::fetch_add: return ", " + describe_cell(program, op.cell, op.value);
    default: return {};
    }
}

/// What the thread is told. Empty where it is told nothing, or nothing that a reader could use.
std::string result_of(const Program& program, const Operation& op, Word result) {
    const bool is_whole = op.mask == ~Word{0};
    switch (op.kind) {
    case OpKind::load: return is_whole ? describe_cell(program, op.cell, result) : truth(result);
    case OpKind::exchange:
    case OpKind::compare_exchange: return describe_cell(program, op.cell, result);
    case OpKind::fetch_add: return op.returns_nothing ? "" : describe_cell(program, op.cell, result);
    case OpKind::fetch_or:
    case OpKind::fetch_and: return op.order == Order::relaxed ? "" : truth(result); // set() and clear() tell nothing
    case OpKind::trylock:
    case OpKind::read_trylock:
    case OpKind::write_trylock: return result != 0 ? "" : "not taken";
    case OpKind::choose: return describe_choice(op, result);
    case OpKind::atomic:
        if (op.returns_nothing) return {};
        return op.returns == result_type<bool> ? truth(result) : std::to_string(result);
    default: return {};
    }
}

/// "cmpxchg(head, 1, 2)".
std::string call_of(const Program& program, const Operation& op) {
    std::string text = describe_label(op);
    if (is_on_a_cell(op.kind)) text += "(" + program.cells()[op.cell.index].name + operands_of(program, op) + ")";
    return text;
}

/// A function without a name of its own, a thread's body that is a lambda say, is none that a reader knows.
std::string named(const std::string& function) { return function.starts_with("operator") ? "" : function; }

ScheduleLine line_of(const Program& program, unsigned number, const TraceStep& step) {
    ScheduleLine line{.number = number,
                      .thread = program.threads()[step.step.thread.index].name,
                      .function = named(step.function),
                      .action = call_of(program, step.operation),
                      .above = {},
                      .notes = {}};
    const std::string result = result_of(program, step.operation, step.result);
    if (!result.empty()) line.action += " = " + result;
    for (const TraceStep::Change& change : step.changes)
        line.notes.push_back(program.cells()[change.cell.index].name + ": " +
                             describe_cell(program, change.cell, change.before) + " -> " +
                             describe_cell(program, change.cell, change.after));
    for (const std::string& property : step.violated) line.notes.push_back("violates " + property);
    return line;
}

std::string table_of(const Program& program, const Replay& replayed) {
    std::vector<std::string> threads;
    for (const ThreadSpec& thread : program.threads()) threads.push_back(thread.name);
    std::vector<ScheduleLine> lines;
    for (const TraceStep& step : replayed.steps)
        lines.push_back(line_of(program, static_cast<unsigned>(lines.size() + 1), step));
    const ScheduleTable table = schedule_table(threads, lines);
    std::string head(ScheduleTable::number_width, ' ');
    for (const std::string& column : table.columns) {
        head += column;
        head.append(table.width - std::min(table.width, column.size()), ' ');
    }
    head.erase(head.find_last_not_of(' ') + 1);
    return head + "\n" + table.body;
}

std::string length_of(const Violation& violation) {
    if (violation.property == never_ends_property) return "no schedule ends";
    if (violation.schedule.empty()) return "before the first step";
    const std::uint64_t switches = violation.context_switches;
    return counted(violation.schedule.size(), "step") + ", " + grouped(switches) +
           (switches == 1 ? " context switch" : " context switches");
}

std::string summary_of(const SearchResult& result) {
    std::string text = std::string(verdict_name(result.verdict)) + " (" + extent_of(result) + ")\n";
    for (const Violation& violation : result.violations) text += "  violated: " + violation.property + "\n";
    for (const std::string& name : result.never_reached) text += "  never reached: " + name + "\n";
    if (!result.stopped_because.empty()) text += "  stopped: " + result.stopped_because + "\n";
    if (!result.error.empty()) text += "  error: " + result.error + "\n";
    return text;
}

} // namespace

std::string extent_of(const SearchResult& result) {
    const bool keeps_states = result.states != 0 || result.executions == 0;
    return keeps_states ? counted(result.states, "state") : counted(result.executions, "schedule");
}

std::string describe(const Program& program, const SearchResult& result) {
    std::string text = summary_of(result);
    for (const Violation& violation : result.violations) text += "\n" + describe(program, violation);
    return text;
}

std::string describe(const Program& program, const Violation& violation) {
    const Replay replayed = replay(program, violation.schedule, violation.property);
    if (!replayed.error.empty()) return violation.property + ": " + replayed.error + "\n";
    std::string text = violation.property + "\n" + length_of(violation) + "\n";
    if (!replayed.steps.empty()) text += "\n" + table_of(program, replayed);
    for (const ThreadId thread : replayed.blocked)
        if (replayed.ended && !program.threads()[thread.index].daemon)
            text += program.threads()[thread.index].name + " waits for ever at " +
                    call_of(program, replayed.announced[thread.index]) + ", line " +
                    std::to_string(replayed.announced[thread.index].where.line) + "\n";
    if (!replayed.explanation.empty()) text += "\n" + replayed.explanation + "\n";
    if (!violation.canonical) text += "(a shorter schedule may exist: the search for the shortest was cut short)\n";
    return text;
}

const char* verdict_name(Verdict verdict) {
    switch (verdict) {
    case Verdict::holds: return "holds";
    case Verdict::violated: return "violated";
    case Verdict::inconclusive: return "inconclusive";
    case Verdict::error: break;
    }
    return "error";
}

std::string describe_cell(const Program& program, CellId cell, Word word) {
    const DescribeWord describe = program.cells()[cell.index].describe;
    return describe != nullptr ? describe(word) : std::to_string(word);
}

std::string describe_label(const Operation& op) {
    const std::string_view label = op.label;
    return std::string(op.kind == OpKind::choose ? label.substr(0, label.find(values_follow)) : label);
}

std::string describe_choice(const Operation& op, Word choice) {
    std::string_view label = op.label;
    const std::size_t listed = label.find(values_follow);
    if (listed == std::string_view::npos) return "choice " + std::to_string(choice);
    label.remove_prefix(listed + values_follow.size());
    for (Word before = choice; before > 0; --before) {
        const std::size_t next = label.find(next_value);
        if (next == std::string_view::npos) return "choice " + std::to_string(choice);
        label.remove_prefix(next + next_value.size());
    }
    return std::string(label.substr(0, label.find(next_value)));
}

} // namespace checker
