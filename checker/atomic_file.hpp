// SPDX-License-Identifier: GPL-2.0-only
// Files that are either complete or as they were before.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace checker {

/// Makes `content` the content of the file `path`; returns what went wrong, naming the path, or nothing. A regular file is
/// replaced in one step, so that after an error (a full disk, say) it is as it was and nothing else is left behind; what
/// is no regular file (a device, a pipe) is written to directly. A symbolic link to a file is followed. The permissions of a file
/// that is replaced stay.
std::optional<std::string> write_file_atomically(const std::string& path, std::string_view content);

} // namespace checker
