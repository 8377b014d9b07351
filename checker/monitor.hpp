// SPDX-License-Identifier: GPL-2.0-only
// Evaluates the properties of a program. Properties travel as bit sets: bit i is the program's i-th property.
#pragma once

#include "checker/program.hpp"

#include <string>
#include <vector>

namespace checker {

class Monitor {
public:
    /// `check_footprints`: a property that reads a cell outside its footprint is an error (see `error`).
    Monitor(const Program& program, bool check_footprints);

    Word always() const { return always_; }
    Word at_end() const { return at_end_; }
    Word sometimes() const { return sometimes_; }
    /// The property that there are no data races, if the program has it.
    Word no_data_race() const { return no_data_race_; }
    /// For each cell the always- and sometimes-properties that are to be looked at again when it changes. An empty
    /// footprint stands for all cells.
    std::vector<Word> watchers() const;

    /// Those of `candidates` that hold in the given state.
    Word holding(Word candidates, const View& view);
    /// Empty, or which property read which cell that its footprint does not name.
    const std::string& error() const { return error_; }

private:
    bool holds_within_footprint(std::size_t property, View view);

    const Program& program_;
    bool check_footprints_;
    Word always_ = 0;
    Word at_end_ = 0;
    Word sometimes_ = 0;
    Word no_data_race_ = 0;
    AccessRecorder read_;
    std::string error_;
};

} // namespace checker
