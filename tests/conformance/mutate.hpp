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
    std::string survivors = {}; // a line each
};

// A mutation is caught if the proofs refuse it or the headers disagree with it. The order of stores and loads is mutated if it was
// `watched`.
MutationCount count_mutations(const std::string& name, const arch::Layout& layout, bool watched,
                              const std::function<bool(const arch::Layout&)>& header_disagrees);
