// SPDX-License-Identifier: GPL-2.0-only
// Running traces on the model; see conform.hpp. Start at the bottom, with conform().
#include "model/conform.hpp"

#include "model/conform_steps.hpp"

#include <algorithm>

namespace model {

namespace {

bool has_step(const std::vector<TraceStep>& schedule, StepCode code) {
    return std::any_of(schedule.begin(), schedule.end(), [code](const TraceStep& step) { return step.code == code; });
}

std::size_t count_steps(const std::vector<TraceStep>& schedule, StepCode code) {
    return static_cast<std::size_t>(
        std::count_if(schedule.begin(), schedule.end(), [code](const TraceStep& step) { return step.code == code; }));
}

bool stops_at_two_functions(const std::vector<TraceStep>& schedule) {
    std::string first;
    for (const TraceStep& step : schedule) {
        if (step.stops_at.empty() || step.stops_at == first) continue;
        if (!first.empty()) return true;
        first = step.stops_at;
    }
    return false;
}

/// Whether a second O_DIRECT read is started before the first is over.
bool has_two_dios(const std::vector<TraceStep>& schedule) {
    bool in_flight = false;
    for (const TraceStep& step : schedule) {
        if (step.code == StepCode::odstart && in_flight) return true;
        if (step.code == StepCode::odstart) in_flight = true;
        if (step.code == StepCode::odfinish) in_flight = false;
    }
    return false;
}

/// What the model lacks for this schedule; empty if nothing.
std::string missing_for(const std::vector<TraceStep>& schedule, const TraceVocabulary& vocabulary) {
    if (has_step(schedule, StepCode::ksm)) return "ksm";
    if (schedule.front().code != StepCode::map || count_steps(schedule, StepCode::map) != 1)
        return "a page that is not mapped once and first of all";
    if (count_steps(schedule, StepCode::vmsplice) > 1) return "more than one page in a pipe";
    if (has_two_dios(schedule)) return "two O_DIRECT reads in flight";
    if (has_step(schedule, StepCode::odstart) && vocabulary.has_offset_within(1, 511))
        return "O_DIRECT reads of which more than the first byte is looked at";
    if (stops_at_two_functions(schedule)) return "a thread that is stopped at two functions";
    if (vocabulary.units() > max_units) return "more than " + std::to_string(max_units) + " offsets";
    if (vocabulary.values() > max_values) return "more than " + std::to_string(max_values) + " bytes";
    return {};
}

std::string stop_of(const std::vector<TraceStep>& schedule) {
    for (const TraceStep& step : schedule) {
        if (!step.stops_at.empty()) return step.stops_at;
    }
    return {};
}

bool seen_under_writeback(const TraceAfter& after) {
    return std::any_of(after.states.begin(), after.states.end(), [](const SeenPte& seen) { return seen.writeback; });
}

Difference compare(const ForcedMachine& machine, PageLetters& letters, const TraceAfter& after,
                   const SteppedModel& stepped) {
    for (const SeenPte& seen : after.states) {
        if (auto difference = compare_state(machine, letters, seen)) return difference;
    }
    if (auto difference = compare_notes(machine, letters, after.notes, stepped.notes)) return difference;
    return compare_refcounts(machine, after, stepped.notes);
}

Difference compare_result(const TraceRun& run, bool diverged) {
    const TraceResult result = diverged ? TraceResult::divergence : TraceResult::consistent;
    if (run.result == result) return std::nullopt;
    return Disagreement{run.after.size(), "the result", name_of(run.result), name_of(result)};
}

bool is_divergence(const ModelNote& note) {
    const bool compared =
        note.code == NoteCode::byte_read || note.code == NoteCode::pipe_byte || note.code == NoteCode::device_byte;
    return compared && note.byte != note.expected;
}

/// One attempt, with the LRU batches drained at the given moments.
Difference attempt(const KernelTrace& trace, const TraceRun& run, const Rules& rules, const TraceVocabulary& vocabulary,
                   const std::vector<BatchDrain>& drains) {
    const auto is_drained = [&drains](std::size_t step, bool after) {
        return std::find(drains.begin(), drains.end(), BatchDrain{step, after}) != drains.end();
    };
    ForcedMachine machine({.rules = rules,
                           .swap = run.swap,
                           .units = static_cast<std::uint8_t>(vocabulary.units()),
                           .stops_at = stop_of(trace.schedule)});
    TraceStepper stepper(machine, vocabulary);
    PageLetters letters;
    bool diverged = false;
    for (std::size_t n = 0; n < trace.schedule.size(); ++n) {
        const Difference drain_trouble = is_drained(n, false) ? trouble_of(machine.drain_all()) : std::nullopt;
        SteppedModel stepped = stepper.step(trace.schedule[n]);
        if (drain_trouble) stepped.trouble = drain_trouble;
        const TraceAfter& after = run.after[n];
        // When writeback ends is the device's choice: late where the trace shows it going on, at once elsewhere.
        if (!stepped.trouble && !seen_under_writeback(after)) stepped.trouble = trouble_of(machine.settle());
        if (!stepped.trouble && is_drained(n, true)) stepped.trouble = trouble_of(machine.drain_all());
        Difference difference = stepped.trouble ? stepped.trouble : compare(machine, letters, after, stepped);
        if (difference) {
            difference->step = n;
            return difference;
        }
        for (const ModelNote& note : stepped.notes) diverged = diverged || is_divergence(note);
    }
    return compare_result(run, diverged);
}

/// When a per-CPU LRU batch is drained depends on what else the real machine did: on its fifteenth page, above all. So where
/// the model differs, it is tried whether a drain before that explains it, the latest one first. Each drain that is taken to
/// have been there must lead further than the run got without it.
Difference attempt_with_drains(const KernelTrace& trace, const TraceRun& run, const Rules& rules,
                               const TraceVocabulary& vocabulary, std::vector<BatchDrain>& drains) {
    Difference difference = attempt(trace, run, rules, vocabulary, drains);
    while (difference) {
        const std::size_t reached = difference->step;
        bool is_explained = false;
        // Twice as many moments as steps: the later of a step's two first.
        const std::size_t moments = 2 * std::min(reached + 1, trace.schedule.size());
        for (std::size_t n = moments; n > 0 && !is_explained; --n) {
            std::vector<BatchDrain> more = drains;
            more.push_back({(n - 1) / 2, (n - 1) % 2 != 0});
            Difference next = attempt(trace, run, rules, vocabulary, more);
            is_explained = !next || next->step > reached;
            if (!is_explained) continue;
            drains = std::move(more);
            difference = std::move(next);
        }
        if (!is_explained) return difference;
    }
    return difference;
}

ConformedRun unjudged(const KernelTrace& trace, const TraceRun& run) {
    ConformedRun conformed;
    conformed.trace = trace.name;
    conformed.kernel = run.kernel;
    conformed.swap = run.swap;
    for (const TraceStep& step : trace.schedule) conformed.schedule.push_back(step.text);
    return conformed;
}

} // namespace

ConformedRun conform(const KernelTrace& trace, const TraceRun& run, const Rules& rules) {
    ConformedRun conformed = unjudged(trace, run);
    const TraceVocabulary vocabulary(trace.schedule);
    conformed.reason = missing_for(trace.schedule, vocabulary);
    if (!conformed.reason.empty()) {
        conformed.conformance = Conformance::not_modelled;
        return conformed;
    }
    if (run.result == TraceResult::unforced) {
        conformed.conformance = Conformance::unforced;
        conformed.reason = "the real machine did not follow the schedule";
        return conformed;
    }
    if (const auto difference = attempt_with_drains(trace, run, rules, vocabulary, conformed.drains)) {
        conformed.conformance = Conformance::disagrees;
        conformed.disagreement = *difference;
    }
    std::sort(conformed.drains.begin(), conformed.drains.end());
    return conformed;
}

ConformedRun conform(const KernelTrace& trace, const TraceRun& run) {
    if (const auto kernel = find_kernel(run.kernel)) return conform(trace, run, rules_of(*kernel));
    ConformedRun conformed = unjudged(trace, run);
    conformed.conformance = Conformance::not_modelled;
    conformed.reason = "kernel " + run.kernel;
    return conformed;
}

} // namespace model
