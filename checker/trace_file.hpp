// SPDX-License-Identifier: GPL-2.0-only
// Trace files: a schedule together with what it is a schedule of, as versioned JSON that people can read and that a later
// run can refuse with a reason. The scenario is opaque here; whoever builds programs from scenarios gives it a meaning.
//
//   {
//     "format": "cowherd-trace",
//     "version": 1,
//     "model": "identity of the model that ran it",
//     "property": "the property that its last step violates; by a livelock's last step a state comes round",
//     "scenario": { ... },
//     "schedule": [
//       ["app"],          a step of thread "app"
//       ["app", 1]        the same, where that step is a choice, which returns 1
//     ]
//   }
#pragma once

#include "checker/input_error.hpp"
#include "checker/search.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace checker {

inline constexpr const char* trace_format = "cowherd-trace";
inline constexpr int trace_version = 1;

/// A step as the file has it: threads by name, and a choice only where the operation is one.
struct NamedStep {
    std::string thread;
    std::optional<std::uint16_t> choice;
    bool operator==(const NamedStep&) const = default;
};

struct TraceFile {
    std::string model; ///< changes whenever an old schedule might mean something else
    std::string property;
    nlohmann::json scenario;
    std::vector<NamedStep> schedule;
    bool operator==(const TraceFile&) const = default;
};

/// The schedule of a replay, by names.
std::vector<NamedStep> named_schedule(const Program& program, const Replay& replay);

/// The file's text; equal traces give equal bytes. Text that is not UTF-8 is replaced by U+FFFD.
std::string write_trace(const TraceFile& trace);

/// Reads a file's text. Refuses, with a place: what is not JSON, not a trace, of another version, a trace of another model
/// than `model`, and wrong, missing or unknown members.
Result<TraceFile> parse_trace(std::string_view text, const std::string& model);

/// The schedule by ids of `program`'s threads; refuses names that it does not have.
Result<Schedule> bind_schedule(const Program& program, const std::vector<NamedStep>& schedule);

} // namespace checker
