// SPDX-License-Identifier: GPL-2.0-only
// Files that are either complete or as they were before.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace checker {

/// Makes `content` the content of the file `path`; returns what went wrong, naming the path, or nothing. A regular file is
/// replaced in one step, so that after an error (a full disk, say) it is as it was and nothing else is left behind; what
/// is no regular file (a device, a pipe) is written to directly. A symbolic link to a file is followed. The permissions of a file
/// that is replaced stay.
std::optional<std::string> write_file_atomically(const std::string& path, std::string_view content);

/// Makes `pieces`, one after the other, the content of a regular file, for writing again and again while a program may be
/// killed or a machine stop at any moment: whatever happens, the file is what was written last or the time before, and
/// nothing but `path` + ".partial" may lie beside it, which the next time is used again. Two programs that write to one path
/// get in each other's way, and one of them an error.
std::optional<std::string> replace_file_durably(const std::string& path, std::span<const std::string_view> pieces);

/// Why replace_file_durably() could not write there, as far as that can be known before; nothing if it could.
std::optional<std::string> fault_of_durable_file(const std::string& path);

} // namespace checker
