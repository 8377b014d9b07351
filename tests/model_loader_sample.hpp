// SPDX-License-Identifier: GPL-2.0-only
// A scenario that the loader takes, for tests that change one thing of it and look at what the loader says then.
#pragma once

#include "model/loader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace loader_tests {

using nlohmann::json;

inline constexpr const char* sample_text = R"({
  "$schema": "../schema/scenario.schema.json",
  "version": 1,
  "title": "A sample",
  "about": ["All that a scenario", "can have."],
  "kernel": "v5.19",
  "arch": "s390x",
  "without": ["write_protect_seq"],
  "with": ["skip_swapcache_pin"],
  "machine": {
    "pages": 4,
    "units": 3,
    "cpus": 2,
    "swap": [
      {"name": "nvme", "slots": 3, "stable_writes": true},
      {"name": "zram", "synchronous_io": true}
    ],
    "processes": {
      "app": {"maps": ["0x1000", "0x2000"]},
      "child": {"forked_from": "app"},
      "other": {"maps": ["0x2000"]}
    }
  },
  "setup": [
    {"process": "app", "op": "store", "address": "0x1000", "unit": 1, "value": 1},
    {"process": "app", "op": "gup", "address": "0x1000", "reference": "pinned", "kind": "pin", "access": "write"},
    {"op": "drain_lru"}
  ],
  "threads": [
    {"name": "main", "process": "app", "cpu": 1, "ops": [
      {"op": "o_direct_read", "address": "0x1000", "unit": 2, "value": 2, "request": "dio"},
      {"op": "fork", "child": "child"},
      {"op": "await", "request": "dio"}
    ]},
    {"name": "device", "ops": [
      {"op": "dma_write", "reference": "pinned", "value": 3},
      {"op": "put", "reference": "pinned", "dirty": true}
    ]},
    {"name": "born", "process": "child", "ops": [
      {"op": "vmsplice", "address": "0x2000", "reference": "pipe"},
      {"op": "pipe_read", "reference": "pipe", "unit": 1, "value": 0},
      {"op": "madvise", "address": "0x1000", "advice": "dontneed"},
      {"op": "exit"}
    ]},
    {"name": "reclaim", "ops": [{"op": "kswapd", "passes": 2}, {"op": "swapoff", "device": "zram"}]}
  ],
  "properties": ["write-reference-in-sync", "pin-in-sync"],
  "sometimes": [
    {"name": "one", "all": [
      {"pte": {"process": "child", "address": "0x2000"}, "is": "swap_exclusive"},
      {"reference": "dio", "is_not": "diverged"},
      {"page": "any", "is": "under_writeback"}
    ]},
    {"name": "two", "all": [
      {"thread": "born", "is": "finished"},
      {"content": {"process": "app", "address": "0x1000", "unit": 2}, "is": 2}
    ]}
  ],
  "expect": [
    {"kernels": ["v5.7", "v5.10"], "archs": ["*"], "verdict": "holds", "reason": ["for", "a reason"]},
    {"kernels": ["*"], "archs": ["no-exclusive"], "verdict": "violated", "properties": ["pin-in-sync", "deadlock"]},
    {"kernels": ["*"], "archs": ["*"], "verdict": "holds"},
    {"kernels": ["v5.19"], "archs": ["arm64", "x86_64"], "without": ["swp_exclusive"], "verdict": "violated",
     "properties": ["sometimes: two"]}
  ]
})";

inline json sample() { return json::parse(sample_text); }

/// The line that says why the text is no scenario.
inline std::string refusal_of(std::string_view text) {
    const auto result = model::parse_scenario(text, "sample", "sample.json");
    REQUIRE_FALSE(result);
    return result.error().text();
}

/// The same for the sample with what is at `pointer` replaced. A pointer ending in "/-" appends to an array.
inline std::string refusal_of(const char* pointer, const json& replacement) {
    json changed = sample();
    changed[json::json_pointer(pointer)] = replacement;
    return refusal_of(changed.dump());
}

/// Whether the sample with what is at `pointer` replaced is a scenario.
inline bool is_accepted(const char* pointer, const json& replacement) {
    json changed = sample();
    changed[json::json_pointer(pointer)] = replacement;
    return static_cast<bool>(model::parse_scenario(changed.dump(), "sample", "sample.json"));
}

/// The same for the sample without what is at `pointer`.
inline std::string refusal_without(const std::string& pointer) {
    json changed = sample();
    const json::json_pointer at(pointer);
    changed[at.parent_pointer()].erase(at.back());
    return refusal_of(changed.dump());
}

} // namespace loader_tests
