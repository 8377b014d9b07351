// SPDX-License-Identifier: GPL-2.0-only
#include "checker/input_file.hpp"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace checker {

namespace {

std::string reason_of(int error) { return std::generic_category().message(error); }

struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

} // namespace

/// With stdio, since streams do not say why they failed.
Result<std::string> read_input_file(const std::string& path, const std::string& what, std::size_t most_bytes) {
    const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rb"));
    if (!file) return InputError{"", "cannot be opened: " + reason_of(errno), ""};
    std::string text;
    std::string block(std::size_t{64} << 10, '\0');
    for (;;) {
        errno = 0;
        const std::size_t got = std::fread(block.data(), 1, block.size(), file.get());
        text.append(block, 0, got);
        if (text.size() > most_bytes)
            return InputError{"", "larger than " + std::to_string(most_bytes >> 20) + " MiB; no " + what + " is", ""};
        if (got == block.size()) continue;
        if (std::ferror(file.get()) != 0) return InputError{"", "cannot be read: " + reason_of(errno), ""};
        return text;
    }
}

} // namespace checker
