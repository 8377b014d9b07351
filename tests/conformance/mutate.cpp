// SPDX-License-Identifier: GPL-2.0-only
//
// Every number of a layout that the headers decide, changed in turn.
#include "tests/conformance/mutate.hpp"

#include "arch_encodings/proof.hpp"

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace {

using Change = std::function<void(arch::Layout&)>;
using Changes = std::vector<std::pair<std::string, Change>>;

// A bit of each mask is flipped that it has, and one that it has not.
void mutate_mask(Changes& changes, const std::string& what, std::uint64_t value, unsigned bits,
                 std::function<std::uint64_t&(arch::Layout&)> at) {
    for (unsigned n = 0; n < bits; ++n) {
        const bool is_set = (value >> n & 1) != 0;
        // All bits that are there, and of those that are not the one above each and the lowest.
        if (!is_set && n != 0 && (value >> (n - 1) & 1) == 0) continue;
        changes.emplace_back(what + (is_set ? " without bit " : " with bit ") + std::to_string(n),
                             [at, n](arch::Layout& layout) { at(layout) ^= arch::bit(n); });
    }
}

void mutate_field(Changes& changes, const std::string& what, const arch::Field& field,
                  std::function<arch::Field&(arch::Layout&)> at) {
    changes.emplace_back(what + " inverted", [at](arch::Layout& l) { at(l).inverted = !at(l).inverted; });
    for (std::size_t n = 0; n < field.segments.size(); ++n) {
        const std::string segment = what + " segment " + std::to_string(n);
        const auto change = [&](const char* how, std::function<void(arch::Segment&)> edit) {
            changes.emplace_back(segment + how, [at, n, edit](arch::Layout& l) { edit(at(l).segments[n]); });
        };
        change(" up", [](arch::Segment& s) { ++s.pte_lsb; });
        if (field.segments[n].pte_lsb > 0) change(" down", [](arch::Segment& s) { --s.pte_lsb; });
        if (field.segments[n].width > 1) change(" narrower", [](arch::Segment& s) { --s.width; });
        change(" wider", [](arch::Segment& s) { ++s.width; });
        change(" value up", [](arch::Segment& s) { ++s.val_lsb; });
    }
}

void mutate_matches(Changes& changes, const std::string& what, const arch::Matches& matches, unsigned bits,
                    std::function<arch::Matches&(arch::Layout&)> at) {
    for (std::size_t n = 0; n < matches.size(); ++n) {
        const std::string match = what + " match " + std::to_string(n);
        mutate_mask(changes, match + " mask", matches[n].mask, bits,
                    [at, n](arch::Layout& l) -> std::uint64_t& { return at(l)[n].mask; });
        changes.emplace_back(match + " negated", [at, n](arch::Layout& l) { at(l)[n].equal = !at(l)[n].equal; });
        changes.emplace_back(match + " value", [at, n](arch::Layout& l) { at(l)[n].value ^= at(l)[n].mask; });
    }
}

void mutate_edit(Changes& changes, const std::string& what, const arch::Edit& edit, unsigned bits,
                 std::function<arch::Edit&(arch::Layout&)> at) {
    for (std::size_t n = 0; n < edit.size(); ++n) {
        const std::string rule = what + " rule " + std::to_string(n);
        mutate_mask(changes, rule + " set", edit[n].set, bits,
                    [at, n](arch::Layout& l) -> std::uint64_t& { return at(l)[n].set; });
        // Where a rule sets a bit, clearing it first changes nothing.
        for (unsigned b = 0; b < bits; ++b) {
            if ((edit[n].clear >> b & 1) == 0) continue;
            changes.emplace_back(rule + " clear without bit " + std::to_string(b),
                                 [at, n, b](arch::Layout& l) { at(l)[n].clear ^= arch::bit(b); });
        }
        if (edit[n].when.mask != 0)
            changes.emplace_back(rule + " negated",
                                 [at, n](arch::Layout& l) { at(l)[n].when.equal = !at(l)[n].when.equal; });
    }
}

// pte_modify() is compared under the two protections that a layout has. A bit that both set is set whatever is kept, and one that
// neither sets is taken to no effect.
void mutate_modify(Changes& changes, const arch::Layout& layout) {
    const arch::PresentFields& present = layout.present_pte;
    const std::uint64_t taken = present.modify.take;
    for (unsigned n = 0; n < layout.pte_bits; ++n) {
        if ((present.page_readonly.val & present.page_none.val & taken & arch::bit(n)) == 0)
            changes.emplace_back("modify keep bit " + std::to_string(n),
                                 [n](arch::Layout& l) { l.present_pte.modify.keep ^= arch::bit(n); });
        if (((present.page_readonly.val | present.page_none.val) & arch::bit(n)) != 0)
            changes.emplace_back("modify take bit " + std::to_string(n),
                                 [n](arch::Layout& l) { l.present_pte.modify.take ^= arch::bit(n); });
    }
    mutate_edit(changes, "modify before", present.modify.before, layout.pte_bits,
                [](arch::Layout& l) -> arch::Edit& { return l.present_pte.modify.before; });
    mutate_edit(changes, "modify after", present.modify.after, layout.pte_bits,
                [](arch::Layout& l) -> arch::Edit& { return l.present_pte.modify.after; });
}

Changes changes_of(const arch::Layout& layout) {
    using arch::Layout;
    Changes changes;
    const unsigned bits = layout.pte_bits;
    changes.emplace_back("pte_bits", [](Layout& l) { l.pte_bits = l.pte_bits == 64 ? 32 : 64; });
    changes.emplace_back("page_shift", [](Layout& l) { ++l.page_shift; });
    changes.emplace_back("ulong_bits", [](Layout& l) { l.ulong_bits = l.ulong_bits == 64 ? 32 : 64; });
    mutate_matches(changes, "present", layout.present, bits, [](Layout& l) -> arch::Matches& { return l.present; });
    mutate_mask(changes, "none_ignore", layout.none_ignore, bits,
                [](Layout& l) -> std::uint64_t& { return l.none_ignore; });
    mutate_mask(changes, "none_value", layout.none_value, bits,
                [](Layout& l) -> std::uint64_t& { return l.none_value; });
    mutate_field(changes, "swap type", layout.swap.type, [](Layout& l) -> arch::Field& { return l.swap.type; });
    mutate_field(changes, "swap offset", layout.swap.offset, [](Layout& l) -> arch::Field& { return l.swap.offset; });
    changes.emplace_back("type_is_masked", [](Layout& l) { l.swap.type_is_masked = !l.swap.type_is_masked; });
    if ((layout.swap.exclusive | layout.swap.soft_dirty | layout.swap.uffd_wp) != 0)
        changes.emplace_back("raw_entry_keeps_markers",
                             [](Layout& l) { l.swap.raw_entry_keeps_markers = !l.swap.raw_entry_keeps_markers; });
    changes.emplace_back("usable_offset_bits less", [](Layout& l) { --l.swap.usable_offset_bits; });
    changes.emplace_back("usable_offset_bits more", [](Layout& l) { ++l.swap.usable_offset_bits; });
    mutate_mask(changes, "exclusive", layout.swap.exclusive, bits,
                [](Layout& l) -> std::uint64_t& { return l.swap.exclusive; });
    mutate_mask(changes, "swap soft_dirty", layout.swap.soft_dirty, bits,
                [](Layout& l) -> std::uint64_t& { return l.swap.soft_dirty; });
    mutate_mask(changes, "swap uffd_wp", layout.swap.uffd_wp, bits,
                [](Layout& l) -> std::uint64_t& { return l.swap.uffd_wp; });
    mutate_mask(changes, "fixed_value", layout.swap.fixed_value, bits,
                [](Layout& l) -> std::uint64_t& { return l.swap.fixed_value; });
    using Get = arch::Flag& (*)(Layout&);
    const std::pair<const char*, Get> flags[] = {
        {"write", [](Layout& l) -> arch::Flag& { return l.present_pte.write; }},
        {"dirty", [](Layout& l) -> arch::Flag& { return l.present_pte.dirty; }},
        {"young", [](Layout& l) -> arch::Flag& { return l.present_pte.young; }},
        {"soft_dirty", [](Layout& l) -> arch::Flag& { return l.present_pte.soft_dirty; }},
        {"uffd_wp", [](Layout& l) -> arch::Flag& { return l.present_pte.uffd_wp; }},
    };
    Layout copy = layout;
    for (const auto& [name, get] : flags) {
        const Get of = get;
        const arch::Flag& flag = of(copy);
        mutate_matches(changes, std::string(name) + " test", flag.test, bits,
                       [of](Layout& l) -> arch::Matches& { return of(l).test; });
        mutate_edit(changes, std::string(name) + " make", flag.make, bits,
                    [of](Layout& l) -> arch::Edit& { return of(l).make; });
        mutate_edit(changes, std::string(name) + " clear", flag.clear, bits,
                    [of](Layout& l) -> arch::Edit& { return of(l).clear; });
    }
    mutate_matches(changes, "protnone", layout.present_pte.protnone, bits,
                   [](Layout& l) -> arch::Matches& { return l.present_pte.protnone; });
    mutate_field(changes, "pfn", layout.present_pte.pfn, [](Layout& l) -> arch::Field& { return l.present_pte.pfn; });
    mutate_mask(changes, "page_readonly", layout.present_pte.page_readonly.val, bits,
                [](Layout& l) -> std::uint64_t& { return l.present_pte.page_readonly.val; });
    mutate_mask(changes, "page_none", layout.present_pte.page_none.val, bits,
                [](Layout& l) -> std::uint64_t& { return l.present_pte.page_none.val; });
    mutate_edit(changes, "on_birth", layout.present_pte.on_birth, bits,
                [](Layout& l) -> arch::Edit& { return l.present_pte.on_birth; });
    mutate_modify(changes, layout);
    return changes;
}

// Whether two lists of matches say the same of every word. They look at few bits.
bool says_the_same(const arch::Matches& a, const arch::Matches& b) {
    const std::uint64_t looked_at = arch::bits_looked_at(a) | arch::bits_looked_at(b);
    std::uint64_t word = 0;
    do {
        if (arch::any_of(a, word) != arch::any_of(b, word)) return false;
        word = (word - looked_at) & looked_at;
    } while (word != 0);
    return true;
}

// Such a change is none: the first match decides already.
bool is_equivalent(const arch::Layout& a, const arch::Layout& b, const std::string& what) {
    if (what.starts_with("present match")) return says_the_same(a.present, b.present);
    if (what.starts_with("write test")) return says_the_same(a.present_pte.write.test, b.present_pte.write.test);
    if (what.starts_with("dirty test")) return says_the_same(a.present_pte.dirty.test, b.present_pte.dirty.test);
    // What a rule sets before pte_modify() drops it.
    if (what.starts_with("modify before")) {
        const std::uint64_t keep = a.present_pte.modify.keep;
        for (std::size_t n = 0; n < a.present_pte.modify.before.size(); ++n) {
            const arch::Rule& left = a.present_pte.modify.before[n];
            const arch::Rule& right = b.present_pte.modify.before[n];
            if (((left.set ^ right.set) & keep) != 0 || ((left.clear ^ right.clear) & keep) != 0 ||
                left.when.equal != right.when.equal)
                return false;
        }
        return true;
    }
    // What a rule always clears before, such as x86's dirty bit, is kept to no effect.
    if (what.starts_with("modify keep")) {
        const std::uint64_t changed = a.present_pte.modify.keep ^ b.present_pte.modify.keep;
        for (const arch::Rule& rule : a.present_pte.modify.before) {
            if (rule.when.mask == changed && !rule.when.equal && (rule.clear & changed) != 0) return true;
        }
    }
    return false;
}

} // namespace

void count_mutations(const std::string& name, const arch::Layout& layout, MutationCount& count,
                     const std::function<bool(const arch::Layout&)>& header_disagrees) {
    for (const auto& [what, change] : changes_of(layout)) {
        arch::Layout changed = layout;
        change(changed);
        if (is_equivalent(layout, changed, what)) continue;
        ++count.total;
        if (arch::find_fault(changed) != arch::Fault::none || header_disagrees(changed))
            ++count.caught;
        else
            std::printf("%s: survives: %s\n", name.c_str(), what.c_str());
    }
}
