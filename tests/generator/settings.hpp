// SPDX-License-Identifier: GPL-2.0-only
// How many programs to generate.
#pragma once

#include <cstdlib>
#include <string_view>

namespace generated {

/// Whether COWHERD_QUICK=1 asks for a tenth of the programs, for builds in which everything takes long.
inline bool quick() {
    const char* const asked = std::getenv("COWHERD_QUICK");
    return asked != nullptr && std::string_view(asked) == "1";
}

} // namespace generated
