// SPDX-License-Identifier: GPL-2.0-only
// The audit of reductions; see reduction_audit.hpp.
#include "checker/reduction_audit.hpp"

#include "checker/findings.hpp"
#include "checker/kept_states.hpp"
#include "checker/record.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <unordered_map>

namespace checker {

namespace {

struct HashOfHash {
    std::size_t operator()(const Hash128& hash) const { return static_cast<std::size_t>(hash.low); }
};

SearchOptions auditable(const ReductionAuditOptions& options, const StateObserver& observer) {
    SearchOptions search = options.search;
    search.strategy = Strategy::stateful;
    search.engine = Engine::automata;
    search.counterexamples = false;
    search.observer = &observer;
    return search;
}

class ReductionAuditor {
public:
    ReductionAuditor(const Program& program, const ReductionAuditOptions& options)
        : program_(program),
          options_(options),
          kept_(program, options.search.reductions.symmetry) {}

    ReductionAudit run() {
        const StateObserver observer = kept_.observer();
        const SearchOptions search_options = auditable(options_, observer);
        audit_.found = search(program_, search_options);
        audit_.error = audit_.found.error.empty() ? audit_.found.stopped_because : audit_.found.error;
        if (!audit_.error.empty()) return std::move(audit_);
        for (const Violation& violation : audit_.found.violations) known_.insert(violation.property);
        execution_ =
            std::make_unique<AutomataExecution>(program_, MachineSettings::of(search_options), kept_.automata());
        if (!kept_.merges()) execution_->stop_observing();
        fiber_runs_ = automata().fiber_runs();
        for (const KeptStates::Parts& sample : samples()) {
            if (!audit_.fault.empty()) break;
            ++audit_.sampled;
            execution_->begin_at(sample.cells, sample.locals);
            way_.clear();
            explore(options_.depth);
        }
        audit_.compared = remaining_.size();
        return std::move(audit_);
    }

private:
    static constexpr std::size_t longest_way = 10'000;

    Automata& automata() { return execution_->automata(); }

    /// Those with the least hashes: which they are depends on what there is alone.
    std::vector<KeptStates::Parts> samples() const {
        std::map<std::pair<std::uint64_t, std::uint64_t>, KeptStates::Parts> least;
        kept_.for_each([&](const KeptStates::Parts& parts) {
            Hash128 hash{options_.sample_seed, ~options_.sample_seed};
            for (const Word word : parts.cells) hash.absorb(word);
            for (const Local* const local : parts.locals) hash += local->state.contribution;
            hash.absorb(0);
            least.emplace(std::pair{hash.low, hash.high}, parts);
            if (least.size() > options_.samples) least.erase(std::prev(least.end()));
        });
        std::vector<KeptStates::Parts> samples;
        samples.reserve(least.size());
        for (auto& [hash, parts] : least) samples.push_back(std::move(parts));
        return samples;
    }

    /// All that can happen in the next `depth` steps, unreduced.
    void explore(std::uint32_t depth) {
        const auto [known, is_new] = remaining_.try_emplace(execution_->fingerprint(), depth);
        if (is_new)
            compare();
        else if (known->second >= depth)
            return;
        known->second = depth;
        const Word enabled = execution_->enabled();
        if (enabled == 0 && is_new) compare_end();
        if (depth == 0) return;
        for (Word rest = enabled; rest != 0; rest &= rest - 1) {
            const ThreadId thread = first_thread(rest);
            for (std::uint32_t choice = 0; choice < execution_->choices(thread) && audit_.fault.empty(); ++choice) {
                take({thread, static_cast<std::uint16_t>(choice)});
                compare_findings();
                if (audit_.fault.empty()) explore(depth - 1);
                go_back();
            }
        }
    }

    void take(Step step) {
        execution_->step(step);
        way_.push_back(step);
        if (!execution_->error().empty()) fail("the program goes wrong: " + execution_->error());
        if (automata().fiber_runs() != fiber_runs_) fail("a thread is told what it was never told in the search");
    }
    void go_back() {
        execution_->undo();
        way_.pop_back();
    }

    void compare() {
        if (audit_.fault.empty() && !settles()) fail("a state is left out");
    }

    /// Whether all ways on by the reduced rules lead to states that are kept.
    bool settles() {
        const Word alone = explored_alone(execution_->enabled());
        if (alone == 0) return kept_.contains(*execution_);
        if (way_.size() > longest_way) return false;
        const ThreadId thread = first_thread(alone);
        bool do_all = true;
        for (std::uint32_t choice = 0; choice < execution_->choices(thread) && do_all; ++choice) {
            take({thread, static_cast<std::uint16_t>(choice)});
            do_all = audit_.fault.empty() && settles();
            if (do_all) go_back();
        }
        return do_all;
    }

    Word explored_alone(Word enabled) {
        if (kept_.merges()) return enabled == 0 ? 0 : execution_->mergeable(enabled);
        if (!options_.search.reductions.choose) return 0;
        for (Word rest = enabled; rest != 0; rest &= rest - 1) {
            const Operation& op = execution_->pending(first_thread(rest));
            if (op.kind == OpKind::choose && !op.after_forget) return rest & -rest;
        }
        return 0;
    }

    void compare_findings() {
        const Raised& raised = execution_->raised();
        compare_properties(raised.violated);
        for (Word rest = raised.failed; rest != 0; rest &= rest - 1)
            compare_name(std::string(assertion_prefix) + execution_->pending(first_thread(rest)).label);
        for (Word rest = raised.reached; rest != 0; rest &= rest - 1) {
            const std::string& name = name_of(rest);
            const auto& never = audit_.found.never_reached;
            if (std::find(never.begin(), never.end(), name) != never.end()) fail("'" + name + "' is true");
        }
    }
    void compare_end() {
        const Ending ending = execution_->ending();
        if (ending == Ending::deadlock) compare_name(deadlock_property);
        if (ending == Ending::complete) compare_properties(execution_->violated_at_end());
    }
    void compare_properties(Word properties) {
        for (Word rest = properties; rest != 0; rest &= rest - 1) compare_name(name_of(rest));
    }
    void compare_name(const std::string& property) {
        if (!known_.contains(property)) fail("'" + property + "' is violated, and was not found");
    }
    const std::string& name_of(Word properties) const {
        return program_.properties()[static_cast<std::size_t>(std::countr_zero(properties))].name;
    }

    void fail(const std::string& what) {
        if (!audit_.fault.empty()) return;
        audit_.fault = what + ": " + std::to_string(way_.size()) + " steps from a state that is kept, by";
        for (const Step step : way_) audit_.fault += " '" + program_.threads()[step.thread.index].name + "'";
    }

    const Program& program_;
    const ReductionAuditOptions& options_;
    KeptStates kept_;
    std::unique_ptr<AutomataExecution> execution_;
    std::set<std::string> known_;
    std::uint64_t fiber_runs_ = 0;
    /// The states that the unreduced search came to, and how many steps it has gone on from there.
    std::unordered_map<Hash128, std::uint32_t, HashOfHash> remaining_;
    Schedule way_; ///< from the sampled state
    ReductionAudit audit_;
};

} // namespace

ReductionAudit audit_reductions(const Program& program, const ReductionAuditOptions& options) {
    try {
        return ReductionAuditor(program, options).run();
    } catch (const std::exception& thrown) {
        ReductionAudit audit;
        audit.error = std::string("an operation or property of the program throws: ") + thrown.what();
        return audit;
    }
}

} // namespace checker
