// SPDX-License-Identifier: GPL-2.0-only
#include "layouts/drawing.hpp"

#include "arch_encodings/witness.hpp"
#include "layouts/bit_roles.hpp"
#include "layouts/field_texts.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <vector>

namespace layouts {

using arch::bits_text;
using arch::Layout;

namespace {

using Roles = std::vector<BitRole>;

Roles roles_of(const Layout& layout, BitRole (*role)(const Layout&, unsigned)) {
    Roles roles;
    for (unsigned bit = 0; bit < layout.pte_bits; ++bit) roles.push_back(role(layout, bit));
    return roles;
}

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

/// What stands before bit `bit`, high bits first: bytes apart, and the words of the PTE further.
const char* gap_before(const Layout& layout, unsigned bit) {
    if (bit + 1 == layout.pte_bits || bit % 8 != 7) return "";
    return layout.words.size() == 2 && bit == 31 ? " | " : " ";
}

/// The number of each byte's highest bit, above it.
std::string ruler(const Layout& layout, std::size_t margin) {
    std::string line(margin, ' ');
    for (unsigned bit = layout.pte_bits; bit-- > 0;) {
        line += gap_before(layout, bit);
        if (bit % 8 == 7) line += padded(std::to_string(bit), 8);
    }
    return line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
}

std::string row(const Layout& layout, const Roles& roles, const std::string& name, std::size_t margin) {
    std::string line = padded(name, margin);
    for (unsigned bit = layout.pte_bits; bit-- > 0;)
        line += gap_before(layout, bit) + std::string(1, roles[bit].letter);
    return line + "\n";
}

/// Lines of words that are not wider than the drawing, further ones indented by `margin`.
std::string wrapped(const std::string& first, const std::string& text, std::size_t margin) {
    std::string lines, line = padded(first, margin);
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word = text.substr(at, end - at);
        if (line.size() > margin && line.size() + 1 + word.size() > drawing_columns) {
            lines += line + "\n";
            line = std::string(margin, ' ');
        }
        line += (line.size() > margin ? " " : "") + word;
        at = end + 1;
    }
    return lines + line + "\n";
}

std::string legend(const Roles& roles, const char* name, bool is_swap, std::size_t margin) {
    static constexpr char order[] = "ToESUPFWDAxRk01!.";
    std::string text;
    for (const char letter : order) {
        const bool is_used =
            std::any_of(roles.begin(), roles.end(), [&](const BitRole& r) { return r.letter == letter; });
        if (letter == '\0' || !is_used) continue;
        text += (text.empty() ? "" : ", ") + std::string(1, letter) + " " + letter_meaning(letter, is_swap);
    }
    return wrapped(name, text, margin);
}

/// Whether bit `bit` carries on what the bit above it is for.
bool goes_on(const Roles& roles, unsigned bit) {
    const BitRole &high = roles[bit + 1], &low = roles[bit];
    if (high.text != low.text || high.letter != low.letter) return false;
    return low.value_bit < 0 ? high.value_bit < 0 : high.value_bit == low.value_bit + 1;
}

/// "type 2..4": of a number the part that stands here, unless it is all of it.
std::string text_of_run(const Roles& roles, unsigned hi, unsigned lo) {
    const BitRole &high = roles[hi], &low = roles[lo];
    if (low.value_bit < 0) return low.text;
    const std::size_t end = low.text.find(';');
    const std::string name = low.text.substr(0, end);
    const std::string rest = end == std::string::npos ? "" : low.text.substr(end);
    if (high.value_bit - low.value_bit + 1 == low.value_bits)
        return name + ", " + std::to_string(low.value_bits) + (low.value_bits == 1 ? " bit" : " bits") + rest;
    const std::string from = std::to_string(low.value_bit), to = std::to_string(high.value_bit);
    return name + "[" + (from == to ? from : from + ".." + to) + "]" + rest;
}

std::string table_of_runs(const Layout& layout, const Roles& swap, const Roles& present) {
    struct Line {
        std::string bits, swap, present;
    };
    std::vector<Line> lines = {{"bits", "swap PTE", "present PTE"}};
    std::size_t width = 0;
    for (unsigned hi = layout.pte_bits; hi-- > 0;) {
        unsigned lo = hi;
        while (lo > 0 && goes_on(swap, lo - 1) && goes_on(present, lo - 1)) --lo;
        const std::string bits = lo == hi ? std::to_string(hi) : std::to_string(lo) + ".." + std::to_string(hi);
        lines.push_back({bits, text_of_run(swap, hi, lo), text_of_run(present, hi, lo)});
        hi = lo;
    }
    for (const Line& line : lines) width = std::max(width, line.swap.size());
    std::string text;
    for (const Line& line : lines) text += padded(line.bits, 9) + padded(line.swap, width + 3) + line.present + "\n";
    return text;
}

std::string size_text(unsigned shift) {
    static constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};
    return std::to_string(1U << (shift % 10)) + " " + units[shift / 10];
}

std::string heading(const Layout& layout) {
    static constexpr const char* orders[] = {"little-endian", "big-endian", "in either byte order"};
    const std::string name(layout.name), kernel(layout.kernel);
    std::string text = name + ": Linux " + kernel + ", a PTE of " + std::to_string(layout.pte_bits) +
                       " bits, pages of " + size_text(layout.page_shift) + ", stored " +
                       orders[static_cast<std::size_t>(layout.stored)];
    if (layout.words.size() == 2) text += " as two words, " + words_text(layout);
    return wrapped("", text, 0);
}

} // namespace

std::string drawing(const Layout& layout) {
    constexpr std::size_t margin = 9;
    const bool has_present_side = !layout.present_pte.pfn.segments.empty();
    const Roles swap = roles_of(layout, swap_role), present = roles_of(layout, present_role);
    std::string text = heading(layout) + "\n" + ruler(layout, margin) + row(layout, swap, "swap", margin);
    if (has_present_side) text += row(layout, present, "present", margin);
    text += "\n" + legend(swap, "swap", true, margin);
    if (has_present_side) text += legend(present, "present", false, margin);
    text += "\n" + table_of_runs(layout, swap, present) + "\n";
    constexpr std::size_t wide = 15;
    text += wrapped("pte_present()", matches_text(layout.present, " or "), wide);
    text += wrapped("pte_none()", none_text(layout), wide);
    if (layout.present_pte.pfn_inverted_unless != 0)
        text += wrapped("pfn",
                        "inverted in a PTE that is not 0 and has " + bits_text(layout.present_pte.pfn_inverted_unless) +
                            " clear (L1TF)",
                        wide);
    text += wrapped("offset",
                    std::to_string(layout.swap.usable_offset_bits) + " bits usable, so swap devices of up to " +
                        size_text(layout.swap.usable_offset_bits + layout.page_shift),
                    wide);
    if (layout.words.size() == 2) {
        const arch::WordOrder& order = layout.order;
        text += wrapped("order",
                        "set_pte() stores " + accesses_text(order.set) + "; pte_clear() " + accesses_text(order.clear) +
                            "; ptep_get_lockless() loads " + accesses_text(order.get_lockless),
                        wide);
    }
    for (const arch::Known& known : layout.known)
        text +=
            wrapped("known fault", std::string(arch::fault_name(known.fault)) + ": " + std::string(known.reason), wide);
    return text;
}

} // namespace layouts
