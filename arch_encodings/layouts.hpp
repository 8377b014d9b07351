// SPDX-License-Identifier: GPL-2.0-only
//
// Every layout this library knows, by name. This is the header to include for use; layout.hpp is the one to read first.
#pragma once

#include "arch_encodings/arm64.hpp"
#include "arch_encodings/powerpc.hpp"
#include "arch_encodings/riscv.hpp"
#include "arch_encodings/s390.hpp"
#include "arch_encodings/x86.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace arch {

// Those of Linux 6.1, in a fixed order: x86_64, arm64, s390x, ppc64-4k, ppc64-64k, riscv64.
std::span<const Layout* const> layouts();

// Every layout: these six first, then those of Linux 6.12 by name.
std::span<const Layout* const> all_layouts();

// nullptr if no layout has this name. The layouts of 6.1 answer to their name with the kernel as well: x86_64-6.1,
// ppc64-book3s-4k-6.1.
const Layout* find_layout(std::string_view name);

// Every name that find_layout() knows, in the order of all_layouts(), then the other names of 6.1.
std::vector<std::string> layout_names();

} // namespace arch
