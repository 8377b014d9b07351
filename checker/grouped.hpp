// SPDX-License-Identifier: GPL-2.0-only
// Large numbers for people.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace checker {

/// 1234567 as "1,234,567".
inline std::string grouped(std::uint64_t number) {
    std::string text = std::to_string(number);
    for (std::size_t at = text.size(); at > 3;) {
        at -= 3;
        text.insert(at, ",");
    }
    return text;
}

/// About how many: "1,234", "3.1", "0.0042".
inline std::string about(double number) {
    if (number >= 10) return grouped(static_cast<std::uint64_t>(std::llround(number)));
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.2g", number);
    return text.data();
}

/// So many bytes: "3 MiB", "4,096 bytes".
inline std::string bytes_in_words(std::uint64_t bytes) {
    const bool is_mebibytes = bytes % (1U << 20) == 0;
    return is_mebibytes ? grouped(bytes >> 20) + " MiB" : grouped(bytes) + " bytes";
}

/// "1 state", "1,234 states".
inline std::string counted(std::uint64_t number, std::string_view thing) {
    std::string text = grouped(number) + " ";
    text += thing;
    return number == 1 ? text : text + "s";
}

} // namespace checker
