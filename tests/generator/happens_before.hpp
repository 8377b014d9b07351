// SPDX-License-Identifier: GPL-2.0-only
// An oracle for data races that knows nothing of adjacent accesses: every schedule of a program is run, each step gets a
// vector clock, and two conflicting accesses of a plain variable of which none happens before the other are a race.
//
// Happening before is the order of each thread's steps and of synchronised steps that conflict. More than the steps of a
// schedule that really conflict may be ordered: then a race may be missed in this schedule, but not in all of them.
#pragma once

#include "checker/fiber_execution.hpp"
#include "checker/findings.hpp"
#include "checker/replay_execution.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <type_traits>
#include <vector>

namespace generated {

struct HappensBefore {
    bool complete = false;         ///< all schedules were looked at, or enough to see a race
    bool conflict = false;         ///< two threads access one plain variable, and one of them writes, in some schedule
    bool race = false;             ///< and none of the accesses happens before the other, in some schedule
    bool race_is_adjacent = false; ///< in the schedule that showed it, one of the accesses directly follows the other
};

class VectorClocks {
public:
    VectorClocks(const checker::Program& program, std::uint64_t max_steps)
        : left_(max_steps),
          execution_(program, checker::MachineSettings{.hashing = false}) {}

    HappensBefore run() {
        found_.complete = explore() || found_.race;
        return found_;
    }

private:
    using Execution =
        std::conditional_t<checker::Fiber::can_roll_back, checker::FiberExecution, checker::ReplayExecution>;
    using Clock = std::array<unsigned, 4>; ///< by thread: how many of its steps happened before this one

    struct Access {
        checker::CellId cell;
        checker::Word mask;
        bool writes;
        bool is_plain;
    };
    struct Event {
        std::size_t thread;
        Clock clock;
        std::vector<Access> accesses;
    };

    static bool conflict(const Access& a, const Access& b) {
        return a.cell == b.cell && (a.mask & b.mask) != 0 && (a.writes || b.writes);
    }

    /// All steps from here on; false where they are too many or a race was found.
    bool explore() {
        for (checker::Word enabled = execution_.enabled(); enabled != 0; enabled &= enabled - 1) {
            const checker::ThreadId thread = checker::first_thread(enabled);
            const std::uint32_t choices = execution_.choices(thread);
            for (std::uint32_t choice = 0; choice < choices; ++choice) {
                if (left_-- == 0) return false;
                if (!take({thread, static_cast<std::uint16_t>(choice)})) return false;
            }
        }
        return true;
    }

    bool take(checker::Step step) {
        events_.push_back({step.thread.index, {}, accesses_of(execution_.pending(step.thread))});
        if (note_event()) return false;
        execution_.step(step);
        const bool goes_on = explore();
        execution_.undo();
        events_.pop_back();
        return goes_on;
    }

    /// Gives the newest event its clock. Returns whether it races with an older one.
    bool note_event() {
        Event& event = events_.back();
        const std::size_t last = events_.size() - 1;
        for (std::size_t at = 0; at < last; ++at)
            if (events_[at].thread == event.thread || is_synchronised(events_[at], event))
                join(event.clock, events_[at]);
        for (std::size_t at = 0; at < last && !found_.race; ++at) {
            const Event& older = events_[at];
            if (older.thread == event.thread || !is_conflict_of_plain(older, event)) continue;
            found_.conflict = true;
            if (event.clock[older.thread] >= older.clock[older.thread]) continue;
            found_.race = true;
            found_.race_is_adjacent = at + 1 == last;
        }
        ++event.clock[event.thread];
        return found_.race;
    }

    static void join(Clock& clock, const Event& older) {
        for (std::size_t thread = 0; thread < clock.size(); ++thread)
            clock[thread] = std::max(clock[thread], older.clock[thread]);
    }
    template <class Condition>
    static bool any_two(const Event& a, const Event& b, Condition condition) {
        for (const Access& one : a.accesses)
            for (const Access& other : b.accesses)
                if (conflict(one, other) && condition(one, other)) return true;
        return false;
    }
    static bool is_synchronised(const Event& a, const Event& b) {
        return any_two(a, b, [](const Access& one, const Access& other) { return !one.is_plain && !other.is_plain; });
    }
    static bool is_conflict_of_plain(const Event& a, const Event& b) {
        return any_two(a, b, [](const Access& one, const Access& other) { return one.is_plain || other.is_plain; });
    }

    /// What the announced operation is going to do, in the present state.
    std::vector<Access> accesses_of(const checker::Operation& op) {
        using checker::OpKind;
        const checker::View view = execution_.view();
        switch (op.kind) {
        case OpKind::choose: return {};
        case OpKind::wait: return looked_at(op, view);
        case OpKind::atomic: return of_atomic(op);
        case OpKind::load: return {{op.cell, op.mask, false, op.is_plain}};
        case OpKind::trylock: return {{op.cell, op.mask, (view[op.cell] & op.mask) == 0, false}};
        case OpKind::read_trylock:
            return {{op.cell, op.mask, (view[op.cell] & checker::RwLock::writer_held) == 0, false}};
        case OpKind::write_trylock: return {{op.cell, op.mask, view[op.cell] == 0, false}};
        case OpKind::compare_exchange: return {{op.cell, op.mask, (view[op.cell] & op.mask) == op.expected, false}};
        default: return {{op.cell, op.mask, true, op.is_plain}};
        }
    }

    static std::vector<Access> looked_at(const checker::Operation& op, checker::View view) {
        checker::AccessRecorder cells;
        view.record_into(&cells);
        op.predicate(view, op.arguments);
        std::vector<Access> accesses;
        for (const auto& noted : cells.noted()) accesses.push_back({noted.cell, ~checker::Word{0}, false, false});
        return accesses;
    }
    /// The generator's: over the cells that their arguments name, which they are taken to write.
    static std::vector<Access> of_atomic(const checker::Operation& op) {
        const std::size_t second = std::string_view(op.label) == "copy_if" ? 2 : 1;
        std::vector<Access> accesses;
        for (const std::size_t argument : {std::size_t{0}, second})
            accesses.push_back(
                {checker::from_word<checker::CellId>(op.arguments[argument]), ~checker::Word{0}, true, false});
        return accesses;
    }

    std::uint64_t left_;
    Execution execution_;
    std::vector<Event> events_;
    HappensBefore found_;
};

/// Looks at all schedules of a generated program, but takes at most `max_steps` steps.
inline HappensBefore race_by_vector_clocks(const checker::Program& program, std::uint64_t max_steps) {
    return VectorClocks(program, max_steps).run();
}

} // namespace generated
