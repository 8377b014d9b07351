// SPDX-License-Identifier: GPL-2.0-only
// One Report value per check: one scenario under one kernel, one architecture and one set of switched rules. All formats
// (text.cpp, json.cpp, junit.cpp) are made from it, so that they cannot disagree.
#pragma once

#include "checker/search.hpp"
#include "model/scenario.hpp"
#include "report/own_layout.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace report {

/// Which cell of the matrix: everything that decides what is explored, beside the scenario itself.
struct Cell {
    std::string kernel;
    std::string arch;                                   ///< the layout's name, also of one of the user's own
    std::vector<std::string> without;                   ///< rules switched off
    std::vector<std::string> with;                      ///< rules switched on
    std::optional<OwnLayout> own_layout = std::nullopt; ///< instead of the built-in one of that name
    bool operator==(const Cell&) const = default;
};

/// One step of a counterexample, ready to be printed.
struct StepLine {
    unsigned number = 0; ///< from 1
    std::string thread;
    std::string function;  ///< the modelled kernel function
    std::string primitive; ///< what it did: the kernel primitive, with its object where there is one
    std::string result;    ///< what it returned, in words; may be empty
    struct Change {
        std::string cell;          ///< "app 0x1000 pte"
        std::string before, after; ///< decoded
        checker::Word before_word = 0, after_word = 0;
        bool ghost = false; ///< bookkeeping of the properties, not of the kernel
    };
    std::vector<Change> changes;
    std::vector<std::string> violated; ///< properties that this step violated
};

struct Counterexample {
    std::string property;
    std::string meaning;     ///< what the property says, one line
    std::string explanation; ///< what went wrong in plain words, one line
    bool canonical = false;
    unsigned repeats_from = 0; ///< livelock: the number of the first step of what repeats for ever; else 0
    unsigned context_switches = 0;
    std::vector<std::string> setup;   ///< what was done before, an operation each
    std::vector<std::string> threads; ///< in the scenario's order, agents last; the columns
    std::vector<StepLine> steps;
    std::vector<std::string> blocked; ///< for a deadlock: who waits for what
    nlohmann::json trace;             ///< the trace file's content
};

struct Report {
    const model::Scenario* scenario = nullptr;
    Cell cell;
    /// Further architectures that the scenario cannot tell from that of the cell, so that the result is theirs as well.
    std::vector<std::string> alike;
    checker::SearchResult result;
    bool has_no_livelock = false;                ///< one was looked for everywhere, and there is none
    std::vector<std::string> not_applicable;     ///< properties that mean nothing under these rules
    std::vector<Counterexample> counterexamples; ///< one a violated property, by name
    std::string input_error;                     ///< the scenario could not be built: why (exit code 3)
};

} // namespace report
