// SPDX-License-Identifier: GPL-2.0-only
//
// Every number of a layout that the headers decide, changed in turn.
#pragma once

#include "arch_encodings/layout.hpp"

#include <cstddef>
#include <functional>
#include <string>

struct MutationCount {
    std::size_t caught = 0;
    std::size_t total = 0;
};

// A mutation is caught if the proofs refuse it or the headers disagree with it. Prints those that survive.
void count_mutations(const std::string& name, const arch::Layout& layout, MutationCount& count,
                     const std::function<bool(const arch::Layout&)>& header_disagrees);
