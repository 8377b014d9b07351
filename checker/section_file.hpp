// SPDX-License-Identifier: GPL-2.0-only
// A file of named sections of 64-bit words with checksums: read only if it is whole, and replaced as a whole.
#pragma once

#include "checker/ids.hpp"
#include "checker/input_error.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace checker {

class SectionFile {
public:
    struct Kind {
        std::string_view magic; ///< eight bytes, which all versions begin with
        Word version = 0;
        std::string_view name; ///< for messages
    };
    /// Its content is `words` and then `more`.
    struct Section {
        std::string_view name; ///< at most eight bytes
        std::span<const Word> words;
        std::span<const Word> more{};
    };

    /// Returns what went wrong, naming the path; the file is then as it was before.
    static std::optional<std::string> write(const std::string& path, const Kind& kind,
                                            const std::vector<Section>& sections);
    /// The file, whose sections are as they were written; or why it is none that can be used.
    static Result<SectionFile> open(const std::string& path, const Kind& kind);

    /// Empty if there is none of that name. Valid as long as this file.
    std::span<const Word> section(std::string_view name) const;

private:
    struct Unmap {
        std::size_t bytes;
        void operator()(const Word* begin) const;
    };

    std::unique_ptr<const Word[], Unmap> mapping_;
    std::vector<Section> sections_;
};

} // namespace checker
