// SPDX-License-Identifier: GPL-2.0-only
// What a search strategy needs of an engine: a program that goes forwards by steps and back again. FiberExecution is the
// reference; an engine that never runs a fiber during search fits behind the same concept.
#pragma once

#include "checker/machine.hpp"

#include <concepts>

namespace checker {

/// At construction an execution is in the initial state, and `raised()` says what holds there. A strategy calls `step` only
/// with an enabled thread and a choice below `choices`, and `undo` only at a depth above zero. What `raised()` returns is
/// about the last `step` and not valid after an `undo`. After an error nothing but `error()` is of use.
template <class E>
concept Execution = requires(E execution, const E constant, Step step, ThreadId thread, Word properties,
                             AccessRecorder* recorder) {
    execution.step(step);
    execution.step(step, [] {}); // Calls back when the fingerprint is known, before properties are evaluated.
    execution.undo();
    { execution.enabled() } -> std::same_as<Word>;
    { execution.choices(thread) } -> std::same_as<std::uint32_t>;
    { execution.pending(thread) } -> std::same_as<const Operation&>;
    { execution.status(thread) } -> std::same_as<ThreadStatus>;
    { execution.ending() } -> std::same_as<Ending>;
    { execution.violated_at_end() } -> std::same_as<Word>;
    { execution.fingerprint() } -> std::same_as<Hash128>;
    { execution.view() } -> std::same_as<View>;
    { constant.depth() } -> std::same_as<std::size_t>;
    { constant.raised() } -> std::same_as<const Raised&>;
    { constant.error() } -> std::same_as<const std::string&>;
    { constant.is_out_of_room() } -> std::same_as<bool>; // That is the error.
    execution.ignore(properties);
    execution.record_into(recorder); // See Cells::record_into.
};

} // namespace checker
