// SPDX-License-Identifier: GPL-2.0-only
#include "report/conform.hpp"

#include "report/json.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace report {

namespace {

using model::Conformance;
using model::ConformedRun;
using nlohmann::json;

const char* word_of(Conformance conformance) {
    switch (conformance) {
    case Conformance::agrees: return "agrees";
    case Conformance::disagrees: return "disagrees";
    case Conformance::not_modelled: return "not_modelled";
    case Conformance::unforced: break;
    }
    return "unforced";
}

std::string step_text(const ConformedRun& run) {
    const std::size_t step = run.disagreement.step;
    return step < run.schedule.size() ? run.schedule[step] : "the end";
}

/// " (LRU batch drained before step 2, after step 5)"
std::string drains_of(const ConformedRun& run) {
    if (run.drains.empty()) return {};
    std::string text;
    for (const model::BatchDrain& drain : run.drains)
        text += fmt::format("{}{} step {}", text.empty() ? "" : ", ", drain.after ? "after" : "before", drain.step + 1);
    return " (LRU batch drained " + text + ")";
}

std::string verdict_of(const ConformedRun& run) {
    switch (run.conformance) {
    case Conformance::agrees: return "agrees" + drains_of(run);
    case Conformance::disagrees:
        return fmt::format("DISAGREES at step {} ({}): {}: the kernel had {}, the model has {}{}",
                           run.disagreement.step + 1, step_text(run), run.disagreement.what, run.disagreement.kernel,
                           run.disagreement.model, drains_of(run));
    case Conformance::not_modelled: return "not modelled: " + run.reason;
    case Conformance::unforced: break;
    }
    return "says nothing: " + run.reason;
}

const char* colour_of(Conformance conformance) {
    switch (conformance) {
    case Conformance::agrees: return "\x1b[32m";
    case Conformance::disagrees: return "\x1b[31m";
    case Conformance::not_modelled:
    case Conformance::unforced: break;
    }
    return "\x1b[33m";
}

std::string sentence_of(const ConformanceSummary& summary) {
    std::string text =
        fmt::format("{}: {} agree, {} disagree", counted(summary.runs, "run"), summary.agree, summary.disagree);
    if (summary.not_modelled != 0) text += fmt::format(", {} not modelled", summary.not_modelled);
    if (summary.unforced != 0) text += fmt::format(", {} say nothing", summary.unforced);
    return text;
}

json to_json(const ConformedRun& run) {
    json drains = json::array();
    for (const model::BatchDrain& drain : run.drains)
        drains.push_back({{"step", drain.step + 1}, {"when", drain.after ? "after" : "before"}});
    json value = {{"trace", run.trace},
                  {"kernel", run.kernel},
                  {"swap", model::name_of(run.swap)},
                  {"conformance", word_of(run.conformance)},
                  {"lru_batch_drains", drains}};
    if (!run.reason.empty()) value["reason"] = run.reason;
    if (run.conformance == Conformance::disagrees)
        value["disagreement"] = {{"step", run.disagreement.step + 1},
                                 {"step_text", step_text(run)},
                                 {"what", run.disagreement.what},
                                 {"kernel", run.disagreement.kernel},
                                 {"model", run.disagreement.model}};
    return value;
}

} // namespace

ConformanceSummary summarise(const std::vector<ConformedRun>& runs) {
    const auto count = [&runs](Conformance conformance) {
        return static_cast<std::size_t>(std::count_if(
            runs.begin(), runs.end(), [=](const ConformedRun& run) { return run.conformance == conformance; }));
    };
    return {.runs = runs.size(),
            .agree = count(Conformance::agrees),
            .disagree = count(Conformance::disagrees),
            .not_modelled = count(Conformance::not_modelled),
            .unforced = count(Conformance::unforced)};
}

std::string to_text(const std::vector<ConformedRun>& runs, bool colour) {
    std::size_t trace_width = 0, kernel_width = 0;
    for (const ConformedRun& run : runs) {
        trace_width = std::max(trace_width, run.trace.size());
        kernel_width = std::max(kernel_width, run.kernel.size());
    }
    std::string text;
    for (const ConformedRun& run : runs)
        text += fmt::format("{:<{}}  {:<{}}  {}  {}{}{}\n", run.trace, trace_width, run.kernel, kernel_width,
                            model::name_of(run.swap), colour ? colour_of(run.conformance) : "", verdict_of(run),
                            colour ? "\x1b[0m" : "");
    return text + sentence_of(summarise(runs)) + "\n";
}

json to_json(const std::vector<ConformedRun>& runs) {
    json list = json::array();
    for (const ConformedRun& run : runs) list.push_back(to_json(run));
    const ConformanceSummary summary = summarise(runs);
    return {{"format", "cowherd-conform"},
            {"version", json_version},
            {"runs", list},
            {"summary",
             {{"runs", summary.runs},
              {"agree", summary.agree},
              {"disagree", summary.disagree},
              {"not_modelled", summary.not_modelled},
              {"unforced", summary.unforced}}}};
}

} // namespace report
