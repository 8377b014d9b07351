// SPDX-License-Identifier: GPL-2.0-only
//
// What the tests of the PTE layouts share: the words they try, and what can be said against one.
#pragma once

#include "arch_encodings/layouts.hpp"
#include "arch_encodings/walks.hpp"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

namespace arch_checks {

using namespace arch;

inline constexpr unsigned types = swp_types;

inline std::vector<std::uint64_t> random_words(std::size_t count) {
    std::mt19937_64 random(20220509);
    std::vector<std::uint64_t> words(count);
    std::generate(words.begin(), words.end(), std::ref(random));
    return words;
}

inline const std::vector<std::uint64_t>& sample_words() {
    static const std::vector<std::uint64_t> words = [] {
        std::vector<std::uint64_t> all = one_and_two_bit_words();
        const std::vector<std::uint64_t> random = random_words(100'000);
        all.insert(all.end(), random.begin(), random.end());
        return all;
    }();
    return words;
}

// Everything that proofs and walks can say against a layout, as one word; "" for a sound one.
inline std::string first_complaint(const Layout& layout) {
    if (const Fault fault = find_fault(layout); fault != Fault::none) return std::string(describe(fault));
    for (const ExhaustiveWalk& walk : walks()) {
        if (const auto wrong = walk.run(layout)) return wrong->says;
    }
    return "";
}

} // namespace arch_checks
