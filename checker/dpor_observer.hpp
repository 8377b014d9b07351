// SPDX-License-Identifier: GPL-2.0-only
// Takes steps of an execution and says what each of them touched.
#pragma once

#include "checker/dpor_trace.hpp"
#include "checker/execution.hpp"

#include <vector>

namespace checker {

template <Execution E>
class Observer {
public:
    Observer(E& execution, Dependence& dependence) : execution_(execution), dependence_(dependence) {}

    bool is_blocked(ThreadId thread) const {
        const Operation& op = execution_.pending(thread);
        if (op.is_over) return true;
        if (op.kind == OpKind::wait) return !op.predicate(execution_.view(), op.arguments);
        return (execution_.view()[op.cell] & op.blocked_by) != 0;
    }

    /// What the thread would do next, or waits to do; `index` and `previous` are not known here. Not for an atomic operation.
    Event look(ThreadId thread) {
        const Operation& op = execution_.pending(thread);
        Event event{.step = {thread, 0}, .touch = Touch::of(op)};
        if (event.touch.has_cell()) {
            event.before = execution_.view()[op.cell];
            event.label = dependence_.label_of(event.touch, event.before);
        } else if (op.kind == OpKind::wait) {
            recorder_.clear();
            View view = execution_.view();
            view.record_into(&recorder_);
            op.predicate(view, op.arguments);
            event.label = dependence_.label_of(recorder_);
        }
        return event;
    }

    /// The enabled thread does its step.
    Event take(Step step) {
        Event event = look(step.thread);
        event.step.choice = step.choice;
        if (event.touch.kind != OpKind::atomic) {
            execution_.step(step);
            return event;
        }
        recorder_.clear();
        execution_.record_into(&recorder_);
        execution_.step(step, [this] { execution_.record_into(nullptr); });
        event.label = dependence_.label_of(recorder_);
        return event;
    }

private:
    E& execution_;
    Dependence& dependence_;
    AccessRecorder recorder_;
};

} // namespace checker
