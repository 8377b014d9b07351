// SPDX-License-Identifier: GPL-2.0-only
// The default: every state once, kept as a fingerprint.
//
// One reduction: a thread about to `choose` is explored alone. A choose reads and writes nothing shared, so it commutes with
// every step of every other thread, now and later, and disables none. What could go wrong is that others are put off for
// ever, round a cycle of states; but a thread only comes round by a `forget`, and a choose that comes directly after a
// forget is explored with everybody else.
#include "checker/depth_first.hpp"
#include "checker/strategies.hpp"
#include "checker/visited.hpp"

namespace checker {

namespace {

class Stateful {
public:
    explicit Stateful(const SearchOptions& options) : visited_(options.max_memory_bytes) {}

    /// Memory is slow: properties are evaluated while the table's slot comes in.
    template <class E>
    void expect(E& execution) {
        visited_.prefetch(execution.fingerprint());
    }
    template <class E>
    Visit visit(E& execution) {
        switch (visited_.insert(execution.fingerprint())) {
        case VisitedTable::Insertion::added: return Visit::expand;
        case VisitedTable::Insertion::present: return Visit::known;
        case VisitedTable::Insertion::no_room: break;
        }
        return Visit::no_room;
    }
    template <class E>
    Word select(E& execution, Word enabled) {
        for (Word rest = enabled; rest != 0; rest &= rest - 1) {
            const Operation& op = execution.pending(first_thread(rest));
            if (op.kind == OpKind::choose && !op.after_forget) return rest & -rest;
        }
        return enabled;
    }
    std::uint64_t memory_bytes() const { return visited_.bytes(); }
    void finish(SearchResult& result) const {
        result.table_bytes = visited_.peak_bytes();
        result.missed_state_probability = visited_.expected_collisions();
    }

private:
    VisitedTable visited_;
};

} // namespace

SearchResult search_stateful(const Program& program, const SearchOptions& options) {
    Stateful policy(options);
    return depth_first(program, options, policy);
}

} // namespace checker
