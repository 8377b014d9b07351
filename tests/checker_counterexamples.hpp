// SPDX-License-Identifier: GPL-2.0-only
// Small programs that go wrong, and how to write their schedules down: for the tests of counterexamples and of replays.
#pragma once

#include "checker/counterexample.hpp"
#include "checker/thread.hpp"

#include <functional>
#include <string>
#include <vector>

namespace counterexamples {

using namespace checker;

inline Step by(unsigned thread, unsigned choice = 0) {
    return {ThreadId{static_cast<std::uint8_t>(thread)}, static_cast<std::uint16_t>(choice)};
}

inline Property always(const std::string& name, std::vector<CellId> footprint, std::function<bool(const View&)> holds) {
    return {name, PropertyKind::always, std::move(footprint), std::move(holds), nullptr};
}

/// Two threads that increment a counter without a lock.
struct LostUpdate {
    Program program;
    Var<int> counter = program.var<int>("counter");

    LostUpdate() {
        const auto increment = [counter = counter](Thread& t) {
            const int old = t.load(counter);
            t.store(counter, old + 1);
        };
        program.add_thread("a", increment);
        program.add_thread("b", increment);
        Property property;
        property.name = "both-count";
        property.kind = PropertyKind::at_end;
        property.footprint = {counter.cell};
        property.holds = [counter = counter](const View& view) { return from_word<int>(view[counter.cell]) == 2; };
        property.explain = [counter = counter](const View& view) {
            return "the counter is " + std::to_string(from_word<int>(view[counter.cell]));
        };
        program.add_property(property);
    }
};

/// Two threads that take two locks in different order.
struct CrossedLocks {
    Program program;
    Mutex first = program.mutex("first");
    Mutex second = program.mutex("second");

    CrossedLocks() {
        const auto nested = [](Mutex outer, Mutex inner) {
            return [outer, inner](Thread& t) {
                t.lock(outer, "spin_lock");
                t.lock(inner, "spin_lock");
                t.unlock(inner, "spin_unlock");
                t.unlock(outer, "spin_unlock");
            };
        };
        program.add_thread("a", nested(first, second));
        program.add_thread("b", nested(second, first));
    }
};

} // namespace counterexamples
