// SPDX-License-Identifier: GPL-2.0-only
//
// Every number of a layout that the headers decide, changed in turn.
#include "tests/conformance/mutate.hpp"

#include "arch_encodings/proof.hpp"
#include "tests/conformance/questions.hpp"

#include <algorithm>
#include <cstdlib>
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

void mutate_accesses(Changes& changes, const std::string& what, const arch::PteAccesses& accesses,
                     std::function<arch::PteAccesses&(arch::Layout&)> at) {
    using arch::PteAccess;
    for (std::size_t n = 0; n < accesses.size(); ++n) {
        for (const PteAccess other : {PteAccess::whole, PteAccess::low, PteAccess::high, PteAccess::both}) {
            if (other == accesses[n]) continue;
            changes.emplace_back(what + " " + std::to_string(n) + " of the " + std::string(describe(other)),
                                 [at, n, other](arch::Layout& l) { at(l)[n] = other; });
        }
    }
    if (accesses.size() < 3)
        changes.emplace_back(what + " one more", [at](arch::Layout& l) {
            // A list of two has room for a third.
            if (!at(l).push_back(PteAccess::low)) std::abort();
        });
    changes.emplace_back(what + " the other way round",
                         [at](arch::Layout& l) { std::reverse(at(l).begin(), at(l).end()); });
}

// What is asked of a PTE in memory, and of Kconfig.
void mutate_memory(Changes& changes, const arch::Layout& layout, bool watched) {
    using arch::Layout;
    for (const arch::Endian other : {arch::Endian::little, arch::Endian::big, arch::Endian::either}) {
        if (other != layout.stored) changes.emplace_back("stored", [other](Layout& l) { l.stored = other; });
    }
    for (std::size_t n = 0; n < layout.words.size(); ++n) {
        changes.emplace_back("words " + std::to_string(n),
                             [n](Layout& l) { l.words[n] = static_cast<std::uint8_t>(32 - l.words[n]); });
    }
    if (layout.words.size() == 2)
        changes.emplace_back("words the other way round", [](Layout& l) { std::swap(l.words[0], l.words[1]); });
    changes.emplace_back("has_gup_fast", [](Layout& l) { l.has_gup_fast = !l.has_gup_fast; });
    changes.emplace_back("defers_unmap_flush", [](Layout& l) { l.defers_unmap_flush = !l.defers_unmap_flush; });
    changes.emplace_back("exclusive_since",
                         [](Layout& l) { l.exclusive_since = l.exclusive_since == "6.3" ? "5.19" : "6.3"; });
    if (!watched) return;
    using Get = arch::PteAccesses& (*)(Layout&);
    const std::pair<const char*, Get> lists[] = {
        {"set", [](Layout& l) -> arch::PteAccesses& { return l.order.set; }},
        {"clear", [](Layout& l) -> arch::PteAccesses& { return l.order.clear; }},
        {"get_and_clear", [](Layout& l) -> arch::PteAccesses& { return l.order.get_and_clear; }},
        {"set_wrprotect", [](Layout& l) -> arch::PteAccesses& { return l.order.set_wrprotect; }},
        {"set_access_flags", [](Layout& l) -> arch::PteAccesses& { return l.order.set_access_flags; }},
        {"get", [](Layout& l) -> arch::PteAccesses& { return l.order.get; }},
        {"get_lockless", [](Layout& l) -> arch::PteAccesses& { return l.order.get_lockless; }},
    };
    Layout copy = layout;
    for (const auto& [name, get] : lists) mutate_accesses(changes, name, get(copy), get);
    if (layout.words.size() == 2)
        changes.emplace_back("get_and_clear_is_atomic",
                             [](Layout& l) { l.order.get_and_clear_is_atomic = !l.order.get_and_clear_is_atomic; });
    mutate_mask(changes, "clear_keeps", layout.order.clear_keeps, layout.pte_bits,
                [](Layout& l) -> std::uint64_t& { return l.order.clear_keeps; });
}

Changes changes_of(const arch::Layout& layout, bool watched) {
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
    mutate_mask(changes, "same_ignore", layout.same_ignore, bits,
                [](Layout& l) -> std::uint64_t& { return l.same_ignore; });
    mutate_mask(changes, "present_same_ignore", layout.present_same_ignore, bits,
                [](Layout& l) -> std::uint64_t& { return l.present_same_ignore; });
    mutate_mask(changes, "keep_clear", layout.swap.keep_clear, bits,
                [](Layout& l) -> std::uint64_t& { return l.swap.keep_clear; });
    mutate_matches(changes, "access_permitted", layout.present_pte.access_permitted, bits,
                   [](Layout& l) -> arch::Matches& { return l.present_pte.access_permitted; });
    mutate_matches(changes, "write_permitted", layout.present_pte.write_permitted, bits,
                   [](Layout& l) -> arch::Matches& { return l.present_pte.write_permitted; });
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
    mutate_mask(changes, "fixed_mask", layout.swap.fixed_mask, bits,
                [](Layout& l) -> std::uint64_t& { return l.swap.fixed_mask; });
    changes.emplace_back("exclusive_visible", [](Layout& l) { l.swap.exclusive_visible ^= l.swap.exclusive; });
    changes.emplace_back("reads_as_none", [](Layout& l) {
        if (l.swap.reads_as_none.has_value())
            l.swap.reads_as_none.reset();
        else
            l.swap.reads_as_none = arch::entry_zero;
    });
    mutate_mask(changes, "pfn_inverted_unless", layout.present_pte.pfn_inverted_unless, bits,
                [](Layout& l) -> std::uint64_t& { return l.present_pte.pfn_inverted_unless; });
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
    mutate_memory(changes, layout, watched);
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

std::string accesses_text(const arch::PteAccesses& accesses) {
    std::string text;
    for (const arch::PteAccess access : accesses) text.append(arch::describe(access)).append(";");
    return text;
}

// Such a change is none: the first match decides already.
bool is_equivalent(const arch::Layout& a, const arch::Layout& b, const std::string& what) {
    // A list that reads the same from both ends.
    if (what.ends_with("the other way round") && a.words.size() == b.words.size()) {
        const auto same = [&](arch::PteAccesses arch::WordOrder::*list) {
            return accesses_text(a.order.*list) == accesses_text(b.order.*list);
        };
        using arch::WordOrder;
        return a.words[0] == b.words[0] && same(&WordOrder::set) && same(&WordOrder::clear) &&
               same(&WordOrder::get_and_clear) && same(&WordOrder::set_wrprotect) &&
               same(&WordOrder::set_access_flags) && same(&WordOrder::get) && same(&WordOrder::get_lockless);
    }
    // A swap PTE is kept away from these anyway, and of those that no helper looks at nobody can tell.
    if (what.starts_with("keep_clear")) {
        const std::uint64_t changed = a.swap.keep_clear ^ b.swap.keep_clear;
        return (changed & (arch::bits_looked_at(a.present) | a.none_ignore | conformance::undecided_keep_clear(a))) !=
               0;
    }
    // A bit that no field uses is a constant 0, whether it is said or not.
    if (what.starts_with("fixed_mask")) {
        const std::uint64_t changed = a.swap.fixed_mask ^ b.swap.fixed_mask;
        return (changed & (arch::swap_words(a).free | a.swap.fixed_value)) == 0;
    }
    // No two present PTEs differ in a bit for which the present test wants one value.
    if (what.starts_with("present_same_ignore")) {
        const std::uint64_t changed = a.present_same_ignore ^ b.present_same_ignore;
        return std::all_of(a.present.begin(), a.present.end(),
                           [&](const arch::Match& match) { return match.equal && (match.mask & changed) != 0; });
    }
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

MutationCount count_mutations(const std::string& name, const arch::Layout& layout, bool watched,
                              const std::function<bool(const arch::Layout&)>& header_disagrees) {
    MutationCount count;
    for (const auto& [what, change] : changes_of(layout, watched)) {
        arch::Layout changed = layout;
        change(changed);
        if (is_equivalent(layout, changed, what)) continue;
        ++count.total;
        if (arch::find_fault(changed) != arch::Fault::none || header_disagrees(changed))
            ++count.caught;
        else
            count.survivors.append(name).append(": survives: ").append(what).append("\n");
    }
    return count;
}
