// SPDX-License-Identifier: GPL-2.0-only
// Recording what a search finds and when it ends; see findings.hpp.
#include "checker/findings.hpp"

#include "checker/grouped.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace checker {

void Findings::record_properties(Word properties, const Schedule& schedule) {
    for (Word rest = properties; rest != 0; rest &= rest - 1)
        record(program_.properties()[static_cast<std::size_t>(std::countr_zero(rest))].name, schedule);
}

void Findings::merge(const Findings& other) {
    for (const auto& [property, schedule] : other.violations_) {
        const auto [known, is_new] = violations_.try_emplace(property, schedule);
        if (is_new) continue;
        const auto is_less = [](const Schedule& a, const Schedule& b) {
            return a.size() != b.size() ? a.size() < b.size() : a < b;
        };
        if (is_less(schedule, known->second)) known->second = schedule;
    }
    final_states_.insert(final_states_.end(), other.final_states_.begin(), other.final_states_.end());
    reached_ |= other.reached_;
}

void Findings::restore(std::map<std::string, Schedule> violations, std::vector<Hash128> final_states, Word reached) {
    violations_ = std::move(violations);
    final_states_ = std::move(final_states);
    reached_ = reached;
}

Word Findings::known_properties() const {
    Word known = reached_;
    Word bit = 1;
    for (const Property& property : program_.properties()) {
        if (has(property.name)) known |= bit;
        bit <<= 1;
    }
    return known;
}

void Findings::finish(SearchResult& result, bool complete) {
    for (auto& [property, schedule] : violations_) result.violations.push_back({property, std::move(schedule)});
    if (complete) {
        Word bit = 1;
        for (const Property& property : program_.properties()) {
            if (property.kind == PropertyKind::sometimes && (reached_ & bit) == 0)
                result.never_reached.push_back(property.name);
            bit <<= 1;
        }
        std::sort(result.never_reached.begin(), result.never_reached.end());
    }
    const auto before = [](const Hash128& a, const Hash128& b) {
        return a.low != b.low ? a.low < b.low : a.high < b.high;
    };
    std::sort(final_states_.begin(), final_states_.end(), before);
    final_states_.erase(std::unique(final_states_.begin(), final_states_.end()), final_states_.end());
    result.final_states = std::move(final_states_);
}

Verdict verdict_of(const SearchResult& result, bool complete) {
    if (!result.error.empty()) return Verdict::error;
    if (!result.violations.empty() || !result.never_reached.empty()) return Verdict::violated;
    return complete ? Verdict::holds : Verdict::inconclusive;
}

Bounds::Bounds(const SearchOptions& options)
    : options_(options),
      max_states_(options.max_states != 0 ? options.max_states : std::numeric_limits<std::uint64_t>::max()) {}

double Bounds::seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
}

void Bounds::stop(const std::string& reason, const Progress& now) {
    reason_ = reason;
    stopped_at_ = now;
}

std::string Bounds::stopped_because(std::uint64_t transitions) const {
    if (reason_.empty()) return {};
    // The number of states is a result of its own, and need not be said here again.
    return reason_ + " (" + grouped(transitions) + " transitions, depth " + grouped(stopped_at_.depth) + ")";
}

bool Bounds::refuse(const Progress& now) {
    Progress reached = now;
    if (now.states > max_states_) {
        reached.states = max_states_;
        stop("the bound of " + grouped(max_states_) + " states was reached", reached);
    } else {
        reached.depth = options_.max_depth;
        stop("the bound of " + grouped(options_.max_depth) + " steps in one schedule was reached", reached);
    }
    return false;
}

void Bounds::refuse_memory(const Progress& now) {
    is_out_of_memory_ = true;
    const std::uint64_t bytes = options_.max_memory_bytes;
    stop(bytes == 0 ? "there was no room for more visited states"
                    : "the bound of " + bytes_in_words(bytes) + " for visited states was reached",
         now);
}

bool Bounds::look(Progress now) {
    until_look_ = steps_between_looks;
    now.seconds = seconds();
    if (options_.interrupted != nullptr && options_.interrupted->load(std::memory_order_relaxed)) {
        stop("it was interrupted", now);
        return false;
    }
    if (options_.max_seconds > 0 && now.seconds >= options_.max_seconds) {
        stop("the time was up", now);
        return false;
    }
    if (options_.progress && now.seconds - last_report_ >= options_.progress_interval) {
        last_report_ = now.seconds;
        options_.progress(now);
    }
    return true;
}

} // namespace checker
