// SPDX-License-Identifier: GPL-2.0-only
// Reading a whole file that may be anything.
#pragma once

#include "checker/input_error.hpp"

#include <cstddef>
#include <string>

namespace checker {

/// The content of a file that people give us; errors say why it cannot be read, or that it is far too large. `what` it
/// should be, for that message: "scenario".
Result<std::string> read_input_file(const std::string& path, const std::string& what,
                                    std::size_t most_bytes = std::size_t{16} << 20);

} // namespace checker
