// SPDX-License-Identifier: GPL-2.0-only
#include "layouts/bit_roles.hpp"

#include "arch_encodings/proof.hpp"

#include <bit>
#include <utility>

namespace layouts {

using arch::Layout;

namespace {

/// Of a field with this bit: which bit of the value it holds.
int value_bit_of(const arch::Field& field, std::uint64_t mask) {
    arch::Field plain = field;
    plain.inverted = false;
    return std::countr_zero(arch::extract(plain, mask));
}

void add(std::string& text, const std::string& part) { text += (text.empty() ? "" : "; ") + part; }

BitRole role_of(const arch::Field& field, std::uint64_t mask, char letter, const std::string& name) {
    return {letter, name + (field.inverted ? "; inverted" : ""), value_bit_of(field, mask),
            std::popcount(arch::field_values(field))};
}

/// What the rest of the layout asks of a bit that no field of a swap PTE has.
std::string demand_on_unused(const Layout& layout, std::uint64_t mask) {
    std::string why;
    if ((arch::bits_looked_at(layout.present) & mask) != 0) add(why, "pte_present() looks");
    if ((layout.swap.keep_clear & mask) != 0) add(why, "kept clear");
    if ((layout.none_ignore & mask) != 0) add(why, "pte_none() ignores");
    return why;
}

struct NamedFlag {
    const char* name;
    char letter;
    const arch::Flag* flag;
};

std::array<NamedFlag, 5> named_flags(const arch::PresentFields& present) {
    return {{{"write", 'W', &present.write},
             {"dirty", 'D', &present.dirty},
             {"young", 'A', &present.young},
             {"soft-dirty", 'S', &present.soft_dirty},
             {"uffd-wp", 'U', &present.uffd_wp}}};
}

std::string with_flags(const arch::PresentFields& present, std::uint64_t mask) {
    std::string names;
    for (const NamedFlag& named : named_flags(present)) {
        const arch::Flag& flag = *named.flag;
        std::uint64_t changed = arch::bits_looked_at(flag.test);
        for (const arch::Edit* edit : {&flag.make, &flag.clear}) {
            for (const arch::Rule& rule : *edit) changed |= rule.set | rule.clear;
        }
        if ((arch::own_bits(flag) & mask) == 0 && (changed & mask) != 0)
            names += (names.empty() ? "" : ", ") + std::string(named.name);
    }
    return names;
}

std::string protections(const arch::PresentFields& present, std::uint64_t mask) {
    const bool readable = (present.page_readonly.val & mask) != 0, hidden = (present.page_none.val & mask) != 0;
    if (readable && hidden) return "in every protection";
    if (readable) return "readable";
    return hidden ? "PROT_NONE" : "";
}

} // namespace

BitRole swap_role(const Layout& layout, unsigned bit) {
    const arch::SwapFields& swap = layout.swap;
    const std::uint64_t mask = arch::bit(bit);
    BitRole role;
    if ((arch::field_mask(swap.type) & mask) != 0) role = role_of(swap.type, mask, 'T', "type");
    if ((arch::field_mask(swap.offset) & mask) != 0) {
        const BitRole offset = role_of(swap.offset, mask, 'o', "offset");
        const bool is_usable = offset.value_bit < swap.usable_offset_bits;
        if (role.letter != '.')
            role = {'!', role.text + " and " + offset.text, -1, 0};
        else if (is_usable)
            role = offset;
        else
            role = {swap.offset.inverted ? '1' : '0', "offset, unusable", -1, 0};
    }
    const std::pair<std::uint64_t, std::pair<char, const char*>> bits[] = {
        {swap.exclusive, {'E', "exclusive"}}, {swap.soft_dirty, {'S', "soft-dirty"}}, {swap.uffd_wp, {'U', "uffd-wp"}}};
    for (const auto& [where, is] : bits) {
        if ((where & mask) == 0) continue;
        if (role.letter == '.')
            role = {is.first, is.second, -1, 0};
        else
            role = {'!', role.text.substr(0, role.text.find(';')) + " and " + is.second, -1, 0};
    }
    if (role.letter == '.' && (swap.fixed_mask & mask) != 0)
        role = (swap.fixed_value & mask) != 0 ? BitRole{'1', "always 1", -1, 0} : BitRole{'0', "always 0", -1, 0};
    const std::string demand = demand_on_unused(layout, mask);
    if (role.letter == '.') {
        const bool has_to_be_zero = ((arch::bits_looked_at(layout.present) | swap.keep_clear) & mask) != 0;
        role.letter = has_to_be_zero ? '0' : '.';
        role.text = demand.empty() ? "-" : (has_to_be_zero ? "0: " : "") + demand;
        return role;
    }
    if (!demand.empty() && role.letter != '0' && role.letter != '1') add(role.text, demand);
    return role;
}

BitRole present_role(const Layout& layout, unsigned bit) {
    const arch::PresentFields& present = layout.present_pte;
    const std::uint64_t mask = arch::bit(bit);
    BitRole role;
    for (const NamedFlag& named : named_flags(present)) {
        if ((arch::own_bits(*named.flag) & mask) == 0) continue;
        const bool is_denied = !named.flag->test.empty() && named.flag->test[0].equal && named.flag->test[0].value == 0;
        role.letter = role.letter == '.' ? named.letter : '!';
        add(role.text, std::string(is_denied ? "not " : "") + named.name);
    }
    if ((arch::field_mask(present.pfn) & mask) != 0) {
        BitRole pfn = role_of(present.pfn, mask, 'F', "pfn");
        const std::string flags = with_flags(present, mask);
        if (role.letter != '.') return {'!', role.text + " and pfn", -1, 0};
        if (!flags.empty()) add(pfn.text, "decides " + flags);
        return pfn;
    }
    if ((arch::bits_looked_at(layout.present) & mask) != 0) {
        role.letter = role.letter == '.' ? 'P' : '!';
        add(role.text, "present");
    }
    const std::string flags = with_flags(present, mask), protection = protections(present, mask);
    if (role.letter == '.' && !flags.empty()) role.letter = 'x';
    if (!flags.empty()) add(role.text, "goes with " + flags);
    if (role.letter == '.' && !protection.empty()) role.letter = 'R';
    if (!protection.empty()) add(role.text, protection);
    if (role.letter == '.' && (present.modify.keep & mask) != 0) role = {'k', "kept by pte_modify()", -1, 0};
    if (role.text.empty()) role.text = "-";
    return role;
}

const char* letter_meaning(char letter, bool is_swap) {
    switch (letter) {
    case 'T': return "type";
    case 'o': return "offset";
    case 'E': return "exclusive";
    case 'S': return "soft-dirty";
    case 'U': return "uffd-wp";
    case '0': return "has to be 0";
    case '1': return "has to be 1";
    case '!': return "used twice";
    case 'W': return "write";
    case 'D': return "dirty";
    case 'A': return "young (accessed)";
    case 'F': return "pfn";
    case 'P': return "present";
    case 'x': return "goes with a flag";
    case 'R': return "protection";
    case 'k': return "kept by pte_modify()";
    default: return is_swap ? "unused" : "other";
    }
}

} // namespace layouts
