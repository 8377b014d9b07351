// SPDX-License-Identifier: GPL-2.0-only
// Memory for the table of visited states that lies in a file: the kernel writes to the disk what there is no memory for. The
// file has no name any more once it is open, so its space is free again however the program ends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace checker {

class TableFile {
public:
    TableFile() = default;
    ~TableFile();
    TableFile(const TableFile&) = delete;
    TableFile& operator=(const TableFile&) = delete;

    /// Makes the file, which must not be there yet. Returns what went wrong, naming the path.
    std::optional<std::string> open(const std::string& path);
    bool is_open() const { return descriptor_ >= 0; }

    /// Zeroed memory in a part of the file of its own, whose space on the disk is set aside; null if there is none.
    void* allocate(std::size_t bytes);
    /// Gives back a part of what allocate() returned, and its space on the disk.
    void release(void* begin, std::size_t bytes);

private:
    struct Part {
        std::byte* begin;
        std::size_t bytes;
        std::size_t offset; ///< in the file
    };

    int descriptor_ = -1;
    std::size_t end_ = 0; ///< of the last part
    std::vector<Part> parts_;
};

} // namespace checker
