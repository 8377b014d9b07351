// SPDX-License-Identifier: GPL-2.0-only
// A PTE layout of the user's own, as a cell of the matrix has it.
#pragma once

#include "checker/input_error.hpp"
#include "layouts/layout_file.hpp"

#include <string>

namespace report {

struct OwnLayout {
    layouts::OwnedLayout owned;
    std::string refused; ///< why the proofs refuse it, with a PTE that shows it; empty if they do not

    const arch::Layout& layout() const { return owned.layout(); }
    bool operator==(const OwnLayout& other) const { return layout() == other.layout(); }
};

/// Proves a layout. An error if no scenario can run on it, proved or not: it says nothing of present PTEs.
checker::Result<OwnLayout> own_layout(layouts::OwnedLayout owned);

} // namespace report
