// SPDX-License-Identifier: GPL-2.0-only
#include "cli/gate_jobs.hpp"

#include "arch_encodings/layouts.hpp"
#include "model/properties.hpp"
#include "report/check.hpp"

#include <algorithm>
#include <map>
#include <span>

namespace cli {

namespace {

using report::MatrixEntry;

bool differ_in_arch_only(report::Cell a, const report::Cell& b) {
    a.arch = b.arch;
    return a == b;
}

/// Adds cells that differ in the architecture alone, each to the job of the layout on which it is searched.
void add_cells(const model::Scenario& scenario, model::AlikeLayouts& alike, std::span<MatrixEntry> entries,
               std::map<const arch::Layout*, GateJob>& jobs) {
    std::map<const arch::Layout*, MatrixEntry*> entry_of;
    std::vector<const arch::Layout*> archs;
    for (MatrixEntry& entry : entries) {
        archs.push_back(arch::find_layout(entry.cell.arch));
        entry_of[archs.back()] = &entry;
    }
    // The loader knows all words that a cell is made of, so there is no error.
    const model::Rules rules = report::rules_of(scenario, entries.front().cell).value();
    for (const auto& group : alike.among(archs, rules)) {
        GateCell cell{entry_of[group.front()], model::effective_rules(rules, *group.front()), {}};
        for (std::size_t n = 1; n < group.size(); ++n) cell.alike.push_back(entry_of[group[n]]);
        GateJob& job = jobs.try_emplace(group.front(), GateJob{&scenario, {}}).first->second;
        job.cells.push_back(std::move(cell));
    }
}

/// What a search found, and which rules it rests on.
struct Searched {
    const GateCell* cell;
    std::bitset<model::rule_count> asked;
};

std::bitset<model::rule_count> search(const model::Scenario& scenario, MatrixEntry& entry,
                                      const checker::SearchOptions& options) {
    model::AskedRules asked;
    const auto report = report::check(scenario, entry.cell, options, &asked);
    entry.explored_as = entry.cell;
    if (!report) {
        entry.verdict = checker::Verdict::error;
        entry.remark = report.error().text();
        return asked.rules();
    }
    const checker::SearchResult& result = report.value().result;
    entry.verdict = result.verdict;
    for (const checker::Violation& violation : result.violations) entry.properties.push_back(violation.property);
    for (const std::string& name : result.never_reached) entry.properties.push_back(name);
    std::sort(entry.properties.begin(), entry.properties.end());
    entry.remark = result.error.empty() ? result.stopped_because : result.error;
    entry.states = result.states;
    entry.transitions = result.transitions;
    entry.table_bytes = result.table_bytes;
    entry.seconds = result.seconds;
    return asked.rules();
}

/// The result of `from` for the cell of `to`, which has its own expectation.
void share(const MatrixEntry& from, MatrixEntry& to) {
    MatrixEntry copy = from;
    copy.cell = to.cell;
    copy.expected = to.expected;
    copy.expected_properties = to.expected_properties;
    copy.seconds = 0;
    to = std::move(copy);
}

} // namespace

std::vector<GateJob> gate_jobs(const model::Scenario& scenario, std::vector<MatrixEntry>& entries) {
    model::AlikeLayouts alike(scenario);
    std::map<const arch::Layout*, GateJob> jobs;
    for (auto begin = entries.begin(); begin != entries.end();) {
        const auto end = std::find_if(begin, entries.end(), [&](const MatrixEntry& entry) {
            return !differ_in_arch_only(entry.cell, begin->cell);
        });
        add_cells(scenario, alike, {begin, end}, jobs);
        begin = end;
    }
    // In the order of layouts: that of their addresses is another on each run.
    std::vector<GateJob> list;
    for (const arch::Layout* layout : arch::all_layouts()) {
        if (const auto job = jobs.find(layout); job != jobs.end()) list.push_back(std::move(job->second));
    }
    return list;
}

void run_job(const GateJob& job, const std::function<checker::SearchOptions(const MatrixEntry&)>& options,
             const std::function<void(std::size_t)>& done) {
    std::vector<Searched> searched;
    for (const GateCell& cell : job.cells) {
        const auto same = std::find_if(searched.begin(), searched.end(), [&](const Searched& earlier) {
            return earlier.cell->rules.agrees_on(earlier.asked, cell.rules);
        });
        if (same == searched.end())
            searched.push_back({&cell, search(*job.scenario, *cell.entry, options(*cell.entry))});
        else
            share(*same->cell->entry, *cell.entry);
        for (MatrixEntry* entry : cell.alike) share(*cell.entry, *entry);
        done(1 + cell.alike.size());
    }
}

} // namespace cli
