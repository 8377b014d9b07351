// SPDX-License-Identifier: GPL-2.0-only
//
// The list of layouts. A new one is added here and to the headers it lists. The families that only 6.12 has are included here
// alone, so that their proofs are worked out once in a build.
#include "arch_encodings/layouts.hpp"

#include "arch_encodings/alpha.hpp"
#include "arch_encodings/arc.hpp"
#include "arch_encodings/arm.hpp"
#include "arch_encodings/csky.hpp"
#include "arch_encodings/hexagon.hpp"
#include "arch_encodings/loongarch.hpp"
#include "arch_encodings/m68k.hpp"
#include "arch_encodings/microblaze.hpp"
#include "arch_encodings/mips.hpp"
#include "arch_encodings/nios2.hpp"
#include "arch_encodings/openrisc.hpp"
#include "arch_encodings/parisc.hpp"
#include "arch_encodings/powerpc_small.hpp"
#include "arch_encodings/sh.hpp"
#include "arch_encodings/sparc.hpp"
#include "arch_encodings/um.hpp"
#include "arch_encodings/xtensa.hpp"

#include <utility>

namespace arch {

namespace {

constexpr const Layout* known_layouts[] = {&x86_64,
                                           &arm64,
                                           &s390x,
                                           &ppc64_4k,
                                           &ppc64_64k,
                                           &riscv64,
                                           &alpha_6_12,
                                           &arc_v2_6_12,
                                           &arm_2level_6_12,
                                           &arm_lpae_6_12,
                                           &arm64_6_12,
                                           &csky_abiv1_6_12,
                                           &csky_abiv2_6_12,
                                           &hexagon_6_12,
                                           &loongarch64_6_12,
                                           &m68k_coldfire_6_12,
                                           &m68k_motorola_6_12,
                                           &m68k_sun3_6_12,
                                           &microblaze_6_12,
                                           &mips32_phys36_6_12,
                                           &mips32_r3k_6_12,
                                           &mips32_r4k_6_12,
                                           &mips32_xpa_6_12,
                                           &mips64_6_12,
                                           &nios2_6_12,
                                           &openrisc_6_12,
                                           &parisc32_6_12,
                                           &parisc64_6_12,
                                           &ppc32_44x_6_12,
                                           &ppc32_85xx_6_12,
                                           &ppc32_8xx_6_12,
                                           &ppc32_book3s_6_12,
                                           &ppc32_book3s_pte64_6_12,
                                           &ppc32_e500_pte64_6_12,
                                           &ppc64_4k_6_12,
                                           &ppc64_64k_6_12,
                                           &ppc64_nohash_6_12,
                                           &riscv32_6_12,
                                           &riscv64_6_12,
                                           &s390x_6_12,
                                           &sh_6_12,
                                           &sh_x2tlb_6_12,
                                           &sparc32_6_12,
                                           &sparc64_6_12,
                                           &um32_6_12,
                                           &um64_6_12,
                                           &x86_32_2level_6_12,
                                           &x86_32_pae_6_12,
                                           &x86_64_6_12,
                                           &xtensa_6_12};
constexpr std::size_t default_layouts = 6;

constexpr std::pair<std::string_view, const Layout*> other_names[] = {
    {"x86_64-6.1", &x86_64},
    {"arm64-6.1", &arm64},
    {"s390x-6.1", &s390x},
    {"ppc64-book3s-4k-6.1", &ppc64_4k},
    {"ppc64-book3s-64k-6.1", &ppc64_64k},
    {"riscv64-6.1", &riscv64},
};

} // namespace

std::span<const Layout* const> layouts() { return std::span(known_layouts).first(default_layouts); }

std::span<const Layout* const> all_layouts() { return known_layouts; }

const Layout* find_layout(std::string_view name) {
    for (const Layout* layout : known_layouts) {
        if (layout->name == name) return layout;
    }
    for (const auto& [other, layout] : other_names) {
        if (other == name) return layout;
    }
    return nullptr;
}

std::vector<std::string> layout_names() {
    std::vector<std::string> names;
    for (const Layout* layout : known_layouts) names.emplace_back(layout->name);
    for (const auto& [other, layout] : other_names) names.emplace_back(other);
    return names;
}

} // namespace arch
