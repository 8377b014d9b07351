// SPDX-License-Identifier: GPL-2.0-only
// Counts the Mazurkiewicz traces of a generated program by brute force: of schedules that are the same so far but for the
// order of independent steps, one is followed on. Which steps depend on each other is decided here from scratch, not as
// checker/dpor_dependence.hpp does it.
#pragma once

#include "checker/automata_execution.hpp"
#include "checker/search.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_set>
#include <vector>

class TraceCounter {
public:
    using Word = checker::Word;

    /// `commuting`: as Reductions::commute.
    TraceCounter(const checker::Program& program, bool commuting, std::size_t max_prefixes)
        : program_(program),
          commuting_(commuting),
          max_prefixes_(max_prefixes),
          execution_(program, checker::MachineSettings::of({.strategy = checker::Strategy::naive})) {}

    /// Nothing if there are more prefixes of traces than allowed.
    std::optional<std::uint64_t> count() {
        explore(0);
        if (prefixes_.size() > max_prefixes_ || !execution_.error().empty()) return std::nullopt;
        return maximal_.size();
    }

private:
    struct Touched {
        std::size_t place;
        char how; ///< r: read, w: write, else one of the updates of which nobody sees the result
        Word mask;
    };
    struct Done {
        checker::ThreadId thread;
        std::vector<Touched> touched;
        Word hash; ///< of the step and of all that it follows from
    };

    static bool depend(const Done& a, const Done& b) {
        if (a.thread == b.thread) return true;
        for (const Touched& one : a.touched) {
            for (const Touched& other : b.touched) {
                const bool same_bits = one.place == other.place && (one.mask & other.mask) != 0;
                if (same_bits && (one.how != other.how || one.how == 'w')) return true;
            }
        }
        return false;
    }

    void explore(Word hash) {
        const Word enabled = execution_.enabled();
        if (enabled == 0) maximal_.insert(hash);
        for (Word rest = enabled; rest != 0 && prefixes_.size() <= max_prefixes_; rest &= rest - 1) {
            const checker::ThreadId thread{static_cast<std::uint8_t>(std::countr_zero(rest))};
            const std::uint32_t choices = execution_.choices(thread);
            for (std::uint32_t choice = 0; choice < choices; ++choice)
                step({thread, static_cast<std::uint16_t>(choice)}, hash);
        }
    }

    void step(checker::Step step, Word hash) {
        Done done{step.thread, touched_by(execution_.pending(step.thread)), 0};
        add_properties(done.touched);
        Word causes = 0;
        for (const Done& other : done_) {
            if (depend(done, other)) causes += checker::mix(other.hash);
        }
        done.hash = checker::mix(checker::mix(causes + 1) + Word{65'536} * step.thread.index + step.choice);
        const Word together = hash + done.hash;
        if (!prefixes_.insert(together).second) return;
        execution_.step(step);
        done_.push_back(std::move(done));
        explore(together);
        done_.pop_back();
        execution_.undo();
    }

    std::vector<Touched> touched_by(const checker::Operation& op) const {
        using checker::OpKind;
        if (op.kind == OpKind::choose) return {};
        if (op.kind == OpKind::atomic || op.kind == OpKind::wait) return touched_by_several(op);
        const Word whole = execution_.view()[op.cell];
        const bool free = (whole & op.mask) == 0;
        constexpr Word held = checker::RwLock::writer_held;
        const auto as = [&](char how) {
            return std::vector<Touched>{{op.cell.index, commuting_ || how == 'r' ? how : 'w', op.mask}};
        };
        switch (op.kind) {
        case OpKind::load: return as('r');
        case OpKind::compare_exchange: return as((whole & op.mask) == op.expected ? 'w' : 'r');
        case OpKind::trylock:
        case OpKind::write_trylock: return as(free ? 'w' : 'r');
        case OpKind::read_trylock: return as((whole & held) == 0 ? 'l' : 'r');
        case OpKind::read_lock:
        case OpKind::read_unlock: return as('l');
        case OpKind::fetch_add: return as(op.returns_nothing ? '+' : 'w');
        case OpKind::fetch_or: return as(op.returns_nothing ? '|' : 'w');
        case OpKind::fetch_and: return as(op.returns_nothing ? '&' : 'w');
        default: return as('w');
        }
    }

    /// The operations of tests/generator/interpret.hpp.
    std::vector<Touched> touched_by_several(const checker::Operation& op) const {
        const std::string_view label = op.label;
        const auto first = static_cast<std::uint16_t>(op.arguments[0]);
        const auto second =
            static_cast<std::uint16_t>(op.arguments[label == "wait_either" || label == "copy_if" ? 2 : 1]);
        const bool is_equal = execution_.view()[checker::CellId{first}] == op.arguments[1];
        constexpr Word all = ~Word{0};
        if (label == "wait_either" && is_equal) return {{first, 'r', all}};
        if (label == "wait_either") return {{first, 'r', all}, {second, 'r', all}};
        if (label == "copy_if") return {{first, 'r', all}, {second, is_equal ? 'w' : 'r', all}};
        return {{first, 'w', all}, {second, 'w', all}};
    }

    /// Writes to the footprint of one property depend on each other.
    void add_properties(std::vector<Touched>& touched) const {
        const std::size_t accesses = touched.size();
        for (std::size_t property = 0; property < program_.properties().size(); ++property) {
            const checker::Property& p = program_.properties()[property];
            if (p.kind == checker::PropertyKind::at_end) continue;
            for (std::size_t at = 0; at < accesses; ++at) {
                const bool reads_it = std::any_of(p.footprint.begin(), p.footprint.end(), [&](checker::CellId cell) {
                    return cell.index == touched[at].place;
                });
                if (reads_it && touched[at].how != 'r')
                    touched.push_back({program_.cells().size() + property, 'w', ~Word{0}});
            }
        }
    }

    const checker::Program& program_;
    bool commuting_;
    std::size_t max_prefixes_;
    checker::AutomataExecution execution_;
    std::vector<Done> done_;
    std::unordered_set<Word> prefixes_;
    std::unordered_set<Word> maximal_;
};
