// SPDX-License-Identifier: GPL-2.0-only
// From the JSON of a trace file to KernelTrace values. Start at the bottom, with parse_kernel_traces().
#include "checker/json_node.hpp"
#include "model/conform_trace.hpp"

#include <algorithm>

namespace model {

namespace {

using checker::FirstError;
using checker::Node;
using checker::Range;
using nlohmann::json;

constexpr std::size_t most_traces = 10'000;
constexpr std::size_t most_runs = 1'000;
constexpr std::size_t most_steps = 1'000;
constexpr std::size_t most_notes = 16;
constexpr Range counts{0, 1'000'000};

const std::vector<std::string>& pte_kinds() {
    static const std::vector<std::string> words{"none", "present", "swap"};
    return words;
}

void read_present(const Node& node, SeenPte& seen) {
    const std::vector<std::string> required{"pte",      "page",      "writable", "soft_dirty",
                                            "mapcount", "swapcache", "writeback"};
    std::vector<std::string> known = required;
    known.insert(known.end(), {"refcount", "anon_exclusive"});
    node.expect_keys("the state of a present PTE", required, known);
    if (node.failed()) return;
    seen.page = node.at("page").name("a page's letter");
    seen.writable = node.at("writable").boolean();
    seen.soft_dirty = node.at("soft_dirty").boolean();
    seen.mapcount = node.at("mapcount").number("a mapcount", counts);
    seen.swapcache = node.at("swapcache").boolean();
    seen.writeback = node.at("writeback").boolean();
    if (node.has("refcount")) seen.refcount = node.at("refcount").number("a refcount", counts);
    if (node.has("anon_exclusive")) seen.anon_exclusive = node.at("anon_exclusive").boolean();
}

void read_swap(const Node& node, SeenPte& seen) {
    const std::vector<std::string> keys{"pte", "soft_dirty", "swp_exclusive"};
    node.expect_keys("the state of a swap PTE", keys, keys);
    if (node.failed()) return;
    seen.soft_dirty = node.at("soft_dirty").boolean();
    seen.swp_exclusive = node.at("swp_exclusive").boolean();
}

SeenPte read_state(const Node& node, TraceActor actor) {
    SeenPte seen;
    seen.actor = actor;
    node.expect_object("the state of a PTE");
    if (!node.failed() && !node.has("pte")) node.fail("the state of a PTE needs the key \"pte\"");
    if (node.failed()) return seen;
    seen.kind = static_cast<PteKind>(node.at("pte").word("a kind of PTE", "kinds", pte_kinds()));
    if (seen.kind == PteKind::present) read_present(node, seen);
    if (seen.kind == PteKind::swap) read_swap(node, seen);
    if (seen.kind == PteKind::none) node.expect_keys("the state of an empty PTE", {"pte"}, {"pte"});
    return seen;
}

TraceAfter read_after(const Node& node) {
    TraceAfter after;
    node.expect_keys("what was seen after a step", {"states"}, {"states", "notes"});
    if (node.failed()) return after;
    const Node states = node.at("states");
    const std::vector<std::string> processes{"P", "C", "D"};
    states.expect_keys("the states", {}, processes);
    for (std::size_t n = 0; n < processes.size(); ++n) {
        if (states.has(processes[n]))
            after.states.push_back(read_state(states.at(processes[n]), static_cast<TraceActor>(n)));
    }
    if (!node.has("notes")) return after;
    for (const Node& element : node.at("notes").elements("notes", 0, most_notes)) {
        const std::string text = element.text("a note");
        if (element.failed()) break;
        if (auto note = parse_trace_note(text))
            after.notes.push_back(*std::move(note));
        else
            element.fail("the note " + checker::in_quotes(text) + " is none that this program understands");
    }
    return after;
}

/// What of a schedule can be seen to be impossible before it is run.
class Lives {
public:
    /// What is wrong with the step; empty if nothing is. Steps come in order.
    std::string wrong_with(const TraceStep& step) {
        const std::string who = name_of(step.actor);
        const bool is_thread = step.actor == TraceActor::T;
        if (!alive_[index_of(is_thread ? TraceActor::P : step.actor)])
            return "is by a process that does not exist then";
        if (step.code == StepCode::release && !is_stopped_) return "lets go of a thread that has not been stopped";
        if ((step.code == StepCode::release || step.code == StepCode::join) && !is_thread)
            return "is for T alone, whose steps can be stopped";
        if (is_thread && is_stopped_ && step.code != StepCode::release) return "is by a thread that is stopped then";
        if (is_thread) is_stopped_ = !step.stops_at.empty();
        if (is_thread && (step.code == StepCode::fork || step.code == StepCode::exit)) return "is for processes alone";
        if (step.code == StepCode::exit) alive_[index_of(step.actor)] = false;
        return step.code == StepCode::fork ? wrong_with_fork(step.actor) : "";
    }

private:
    static std::size_t index_of(TraceActor actor) { return static_cast<std::size_t>(actor); }
    std::string wrong_with_fork(TraceActor actor) {
        if (actor == TraceActor::D) return "makes a fourth process, and there are P, C and D";
        if (existed_[index_of(actor) + 1]) return "makes a child that exists or existed";
        alive_[index_of(actor) + 1] = existed_[index_of(actor) + 1] = true;
        return "";
    }

    std::array<bool, trace_actor_count> alive_{true, false, false, false};
    std::array<bool, trace_actor_count> existed_{true, false, false, false};
    bool is_stopped_ = false;
};

std::vector<TraceStep> read_schedule(const Node& node) {
    std::vector<TraceStep> schedule;
    Lives lives;
    for (const Node& element : node.elements("steps", 1, most_steps)) {
        const std::string text = element.text("a step");
        if (element.failed()) break;
        auto step = parse_trace_step(text);
        if (!step) {
            element.fail(step.error().message, step.error().nearest);
            break;
        }
        if (const std::string wrong = lives.wrong_with(step.value()); !wrong.empty())
            element.fail("the step " + checker::in_quotes(text) + " " + wrong);
        schedule.push_back(std::move(step.value()));
    }
    return schedule;
}

TraceRun read_run(const Node& node, std::size_t steps) {
    TraceRun run;
    const std::vector<std::string> keys{"kernel", "swap", "result", "after"};
    node.expect_keys("a run", keys, keys);
    if (node.failed()) return run;
    run.kernel = node.at("kernel").name("a kernel's name");
    run.swap = static_cast<TraceSwap>(node.at("swap").word("a swap device", "swap devices", {"nvme", "zram"}));
    run.result = static_cast<TraceResult>(
        node.at("result").word("a result", "results", {"consistent", "DIVERGENCE", "unforced"}));
    const std::vector<Node> after = node.at("after").elements("steps", 0, most_steps);
    // A run that could not be forced may have ended anywhere.
    if (!node.failed() && run.result != TraceResult::unforced && after.size() != steps)
        node.fail_at("after", "the schedule has " + std::to_string(steps) + " steps, and " +
                                  std::to_string(after.size()) + " were seen");
    for (const Node& element : after) run.after.push_back(read_after(element));
    return run;
}

KernelTrace read_trace(const Node& node) {
    KernelTrace trace;
    const std::vector<std::string> keys{"name", "schedule", "runs"};
    node.expect_keys("a trace", keys, keys);
    if (node.failed()) return trace;
    trace.name = node.at("name").name("a trace's name");
    trace.schedule = read_schedule(node.at("schedule"));
    if (node.failed()) return trace;
    for (const Node& run : node.at("runs").elements("runs", 1, most_runs))
        trace.runs.push_back(read_run(run, trace.schedule.size()));
    return trace;
}

/// First of all, so that a file of another version is refused for that and not for a key that this version does not know.
void check_version(const Node& document, const json& content) {
    document.expect_object("a file of kernel traces");
    if (document.failed()) return;
    if (!document.has("version")) {
        document.fail("a file of kernel traces needs the key \"version\": this program reads version " +
                      std::to_string(kernel_traces_version));
        return;
    }
    const json& version = content["version"];
    if (!version.is_number_integer() || version != kernel_traces_version)
        document.fail_at("version", "this program reads version " + std::to_string(kernel_traces_version) +
                                        " of kernel traces, this file is version " +
                                        checker::in_quotes(version.dump()));
}

std::vector<KernelTrace> read_traces(const Node& document) {
    std::vector<KernelTrace> traces;
    document.expect_keys("a file of kernel traces", {"version", "traces"},
                         {"version", "about", "actors", "operations", "state_fields", "traces"});
    if (document.failed()) return traces;
    for (const Node& node : document.at("traces").elements("traces", 1, most_traces)) {
        traces.push_back(read_trace(node));
        const std::string& name = traces.back().name;
        const bool again = std::any_of(traces.begin(), traces.end() - 1,
                                       [&name](const KernelTrace& earlier) { return earlier.name == name; });
        if (again) node.fail_at("name", "there is a trace " + checker::in_quotes(name) + " already");
        if (node.failed()) break;
    }
    return traces;
}

} // namespace

checker::Result<std::vector<KernelTrace>> parse_kernel_traces(std::string_view text) {
    const auto content = checker::parse_json_guarded(text);
    if (!content) return content.error();
    FirstError errors;
    const Node document(content.value(), "", errors);
    check_version(document, content.value());
    if (errors) return *errors.error;
    std::vector<KernelTrace> traces = read_traces(document);
    if (errors) return *errors.error;
    return traces;
}

} // namespace model
