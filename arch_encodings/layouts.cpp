// SPDX-License-Identifier: GPL-2.0-only
//
// The list of layouts. A new one is added here and to the headers it lists.
#include "arch_encodings/layouts.hpp"

namespace arch {

namespace {

constexpr const Layout* all_layouts[] = {&x86_64, &arm64, &s390x, &ppc64_4k, &ppc64_64k, &riscv64};

} // namespace

std::span<const Layout* const> layouts() { return all_layouts; }

const Layout* find_layout(std::string_view name) {
    for (const Layout* layout : all_layouts) {
        if (layout->name == name) return layout;
    }
    return nullptr;
}

} // namespace arch
