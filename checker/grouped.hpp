// SPDX-License-Identifier: GPL-2.0-only
// Large numbers for people.
#pragma once

#include <cstdint>
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

/// "1 state", "1,234 states".
inline std::string counted(std::uint64_t number, std::string_view thing) {
    std::string text = grouped(number) + " ";
    text += thing;
    return number == 1 ? text : text + "s";
}

} // namespace checker
