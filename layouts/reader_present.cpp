// SPDX-License-Identifier: GPL-2.0-only
// The present side of a layout file: tests, rules and what they add up to.
#include "arch_encodings/pte.hpp"
#include "layouts/bit_sets.hpp"
#include "layouts/forms.hpp"
#include "layouts/reader_parts.hpp"

namespace layouts {

using arch::Edit;
using arch::Flag;
using arch::Match;
using arch::Matches;
using checker::Node;

namespace {

const std::vector<std::string>& match_keys() {
    static const std::vector<std::string> keys{"any_set", "all_set", "none_set", "of", "only_set", "not_only_set"};
    return keys;
}

Match read_match(const Node& node, unsigned pte_bits) {
    node.expect_keys("a test of bits", {}, match_keys());
    if (node.failed()) return {};
    const std::vector<std::string> found = node.member_names();
    const auto bits = [&](const char* key) { return read_bits(node.at(key), pte_bits); };
    if (found.size() == 1 && node.has("any_set")) return arch::any_set(bits("any_set"));
    if (found.size() == 1 && node.has("all_set")) return arch::all_set(bits("all_set"));
    if (found.size() == 1 && node.has("none_set")) return arch::none_set(bits("none_set"));
    const char* const how = node.has("only_set") ? "only_set" : "not_only_set";
    if (found.size() != 2 || !node.has("of") || !node.has(how)) {
        node.fail("expected one of \"any_set\", \"all_set\" and \"none_set\", or \"of\" with \"only_set\" or "
                  "\"not_only_set\"");
        return {};
    }
    const Match match = {bits("of"), bits(how), node.has("only_set")};
    const std::uint64_t strangers = match.value & ~match.mask;
    if (strangers != 0) node.at(how).fail(arch::bits_text(strangers) + " cannot be set: not among those of \"of\"");
    return match;
}

Edit read_edit(const Node& list, unsigned pte_bits) {
    Edit edit;
    for (const Node& node : list.elements("rules", 0, 3)) {
        node.expect(forms::rule());
        if (node.failed()) return {};
        arch::Rule rule;
        if (node.has("when")) rule.when = read_match(node.at("when"), pte_bits);
        if (node.has("set")) rule.set = read_bits(node.at("set"), pte_bits);
        if (node.has("clear")) rule.clear = read_bits(node.at("clear"), pte_bits);
        if (!edit.push_back(rule)) node.fail("at most 3 rules are possible");
    }
    return edit;
}

/// A bit that says so, {"inverted": a bit that denies it}, or all of what tests, makes and clears it.
Flag read_flag(const Node& node, unsigned pte_bits) {
    if (!node.value().is_object()) return arch::plain_flag(read_bits(node, pte_bits));
    if (node.has("all_but")) return arch::plain_flag(read_bits(node, pte_bits));
    if (node.has("inverted")) {
        node.expect_keys("a flag that a bit denies", {"inverted"}, {"inverted"});
        return arch::inverted_flag(read_bits(node.at("inverted"), pte_bits));
    }
    node.expect(forms::flag());
    if (node.failed()) return {};
    Flag flag;
    flag.test = read_matches(node.at("test"), pte_bits);
    flag.make = read_edit(node.at("make"), pte_bits);
    flag.clear = read_edit(node.at("clear"), pte_bits);
    if (node.has("own")) flag.own = read_bits(node.at("own"), pte_bits);
    return flag;
}

arch::Modify read_modify(const Node& node, unsigned pte_bits) {
    node.expect(forms::modify());
    if (node.failed()) return {};
    arch::Modify modify;
    modify.keep = read_bits(node.at("keep"), pte_bits);
    modify.take = read_bits(node.at("take"), pte_bits);
    if (node.has("before")) modify.before = read_edit(node.at("before"), pte_bits);
    if (node.has("after")) modify.after = read_edit(node.at("after"), pte_bits);
    return modify;
}

std::uint64_t bits_set(const arch::Edit& edit) {
    std::uint64_t set = 0;
    for (const arch::Rule& rule : edit) set |= rule.set;
    return set;
}

arch::Walk read_walk(const Node& node, unsigned pte_bits) {
    node.expect(forms::walk());
    if (node.failed()) return {};
    arch::Walk walk;
    walk.may_load = read_matches(node.at("may_load"), pte_bits);
    walk.may_store = read_matches(node.at("may_store"), pte_bits);
    if (node.has("on_load")) walk.on_load = read_edit(node.at("on_load"), pte_bits);
    if (node.has("on_store")) walk.on_store = read_edit(node.at("on_store"), pte_bits);
    if (node.has("on_invalidate")) walk.on_invalidate = read_bits(node.at("on_invalidate"), pte_bits);
    if (!node.has("late")) return walk;
    walk.late = read_bits(node.at("late"), pte_bits);
    const std::uint64_t never = walk.late & ~(bits_set(walk.on_load) | bits_set(walk.on_store));
    if (never != 0) node.at("late").fail("neither a load nor a store sets " + arch::bits_text(never));
    return walk;
}

} // namespace

Matches read_matches(const Node& list, unsigned pte_bits) {
    Matches matches;
    for (const Node& node : list.elements("tests of bits", 0, 3)) {
        if (!matches.push_back(read_match(node, pte_bits))) node.fail("at most 3 tests are possible");
    }
    return matches;
}

arch::PresentFields read_present(const Node& node, unsigned pte_bits) {
    node.expect(forms::present_pte());
    if (node.failed()) return {};
    arch::PresentFields present;
    present.pfn = read_field(node.at("pfn"), pte_bits);
    if (node.has("pfn_inverted_unless"))
        present.pfn_inverted_unless = read_bits(node.at("pfn_inverted_unless"), pte_bits);
    present.write = read_flag(node.at("write"), pte_bits);
    present.dirty = read_flag(node.at("dirty"), pte_bits);
    present.young = read_flag(node.at("young"), pte_bits);
    if (node.has("soft_dirty")) present.soft_dirty = read_flag(node.at("soft_dirty"), pte_bits);
    if (node.has("uffd_wp")) present.uffd_wp = read_flag(node.at("uffd_wp"), pte_bits);
    if (node.has("protnone")) present.protnone = read_matches(node.at("protnone"), pte_bits);
    if (node.has("access_permitted")) present.access_permitted = read_matches(node.at("access_permitted"), pte_bits);
    if (node.has("write_permitted")) present.write_permitted = read_matches(node.at("write_permitted"), pte_bits);
    present.page_readonly.val = read_bits(node.at("page_readonly"), pte_bits);
    present.page_none.val = read_bits(node.at("page_none"), pte_bits);
    if (node.has("on_birth")) present.on_birth = read_edit(node.at("on_birth"), pte_bits);
    present.modify = read_modify(node.at("modify"), pte_bits);
    present.walk = read_walk(node.at("walk"), pte_bits);
    return present;
}

} // namespace layouts
