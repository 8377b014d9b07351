// SPDX-License-Identifier: GPL-2.0-only
#include "layouts/field_texts.hpp"

#include "arch_encodings/pte.hpp"
#include "arch_encodings/witness.hpp"

#include <bit>

namespace layouts {

using arch::bits_text;
using arch::Layout;

namespace {

std::string match_text(const arch::Match& match) {
    const bool is_one = std::popcount(match.mask) == 1;
    if (!match.equal && match.value == 0) return (is_one ? "" : "any of ") + bits_text(match.mask) + " set";
    if (match.equal && match.value == 0) return bits_text(match.mask) + (is_one ? " clear" : " all clear");
    if (match.equal && match.value == match.mask) return bits_text(match.mask) + (is_one ? " set" : " all set");
    const std::string only = "of " + bits_text(match.mask) + " only " + bits_text(match.value) + " set";
    return match.equal ? only : "not " + only;
}

std::string edit_text(const arch::Edit& edit) {
    std::string text;
    for (const arch::Rule& rule : edit) {
        if (!text.empty()) text += "; ";
        if (rule.when != arch::Match{}) text += "if " + match_text(rule.when) + ": ";
        if (rule.clear != 0) text += "clear " + bits_text(rule.clear);
        if (rule.set != 0) text += std::string(rule.clear != 0 ? ", " : "") + "set " + bits_text(rule.set);
    }
    return text.empty() ? "nothing" : text;
}

std::string yes_or_no(bool yes) { return yes ? "yes" : "no"; }

std::string bits_or_all(std::uint64_t mask) { return mask == ~std::uint64_t{0} ? "all bits" : bits_text(mask); }

std::string known_text(const Layout& layout) {
    std::string text;
    for (const arch::Known& known : layout.known)
        text += (text.empty() ? "" : ", ") + std::string(arch::fault_name(known.fault));
    return text.empty() ? "none" : text;
}

void add_word(const Layout& layout, std::vector<FieldText>& texts) {
    static constexpr const char* orders[] = {"little-endian", "big-endian", "little- or big-endian"};
    texts.push_back({"PTE", std::to_string(layout.pte_bits) + " bits"});
    texts.push_back({"page size", std::to_string(1U << layout.page_shift) + " bytes"});
    texts.push_back({"unsigned long", std::to_string(layout.ulong_bits) + " bits"});
    texts.push_back({"byte order", orders[static_cast<std::size_t>(layout.stored)]});
    texts.push_back({"words in memory", words_text(layout)});
    texts.push_back({"pte_present()", matches_text(layout.present, " or ")});
    texts.push_back({"pte_none()", none_text(layout)});
    texts.push_back({"pte_same() ignores", bits_text(layout.same_ignore)});
    texts.push_back({"pte_same() of present PTEs also ignores", bits_text(layout.present_same_ignore)});
    texts.push_back({"GUP-fast", yes_or_no(layout.has_gup_fast)});
    texts.push_back({"TLB flush interrupts and waits", yes_or_no(layout.flush_is_interrupt)});
    texts.push_back({"reclaim sets the swap PTE before it flushes", yes_or_no(layout.defers_unmap_flush)});
    texts.push_back({"exclusive marker since", std::string(layout.exclusive_since)});
}

void add_order(const arch::WordOrder& order, std::vector<FieldText>& texts) {
    texts.push_back({"set_pte() stores", accesses_text(order.set)});
    texts.push_back({"pte_clear() stores", accesses_text(order.clear)});
    texts.push_back({"pte_clear() leaves", bits_text(order.clear_keeps)});
    texts.push_back({"ptep_get_and_clear() stores", accesses_text(order.get_and_clear)});
    texts.push_back({"ptep_get_and_clear() is atomic", yes_or_no(order.get_and_clear_is_atomic)});
    texts.push_back({"ptep_set_wrprotect() stores", accesses_text(order.set_wrprotect)});
    texts.push_back({"ptep_set_access_flags() stores", accesses_text(order.set_access_flags)});
    texts.push_back({"ptep_get() loads", accesses_text(order.get)});
    texts.push_back({"ptep_get_lockless() loads", accesses_text(order.get_lockless)});
}

void add_swap(const Layout& layout, std::vector<FieldText>& texts) {
    const arch::SwapFields& swap = layout.swap;
    texts.push_back({"type", field_text(swap.type)});
    texts.push_back({"type is masked", yes_or_no(swap.type_is_masked)});
    texts.push_back({"offset", field_text(swap.offset)});
    texts.push_back({"usable offset bits", std::to_string(swap.usable_offset_bits)});
    texts.push_back({"exclusive", bits_text(swap.exclusive)});
    texts.push_back({"pte_swp_exclusive() sees", bits_or_all(swap.exclusive_visible)});
    texts.push_back({"swap soft-dirty", bits_text(swap.soft_dirty)});
    texts.push_back({"swap uffd-wp", bits_text(swap.uffd_wp)});
    texts.push_back({"fixed in a swap PTE", swap.fixed_mask == 0 ? "no bits"
                                                                 : bits_text(swap.fixed_mask) + ", of them set " +
                                                                       bits_text(swap.fixed_value)});
    texts.push_back({"kept clear", bits_text(swap.keep_clear)});
    texts.push_back({"__pte_to_swp_entry() keeps markers", yes_or_no(swap.raw_entry_keeps_markers)});
    texts.push_back({"entry that reads as none", swap.reads_as_none
                                                     ? "type " + std::to_string(swap.reads_as_none->type) + " offset " +
                                                           std::to_string(swap.reads_as_none->offset)
                                                     : "none"});
}

void add_flag(const arch::Flag& flag, const char* test, const char* make, const char* clear,
              std::vector<FieldText>& texts) {
    texts.push_back({test, flag.test.empty() ? "always false" : matches_text(flag.test, " or ")});
    texts.push_back({make, edit_text(flag.make)});
    texts.push_back({clear, edit_text(flag.clear)});
    if (flag.own != 0) texts.push_back({std::string(test) + " has for itself", bits_text(flag.own)});
}

void add_present(const arch::PresentFields& present, std::vector<FieldText>& texts) {
    if (present.pfn.segments.empty()) {
        texts.push_back({"present PTE", "not described"});
        return;
    }
    texts.push_back({"pfn", field_text(present.pfn)});
    texts.push_back({"pfn is inverted unless set", bits_text(present.pfn_inverted_unless)});
    add_flag(present.write, "pte_write()", "pte_mkwrite()", "pte_wrprotect()", texts);
    add_flag(present.dirty, "pte_dirty()", "pte_mkdirty()", "pte_mkclean()", texts);
    add_flag(present.young, "pte_young()", "pte_mkyoung()", "pte_mkold()", texts);
    add_flag(present.soft_dirty, "pte_soft_dirty()", "pte_mksoft_dirty()", "pte_clear_soft_dirty()", texts);
    add_flag(present.uffd_wp, "pte_uffd_wp()", "pte_mkuffd_wp()", "pte_clear_uffd_wp()", texts);
    texts.push_back(
        {"pte_protnone()", present.protnone.empty() ? "always false" : matches_text(present.protnone, " or ")});
    texts.push_back({"pte_access_permitted() asks for", present.access_permitted.empty()
                                                            ? "nothing more"
                                                            : matches_text(present.access_permitted, " and ")});
    if (!present.write_permitted.empty())
        texts.push_back({"and of a write also for", matches_text(present.write_permitted, " and ")});
    texts.push_back({"readable protection", bits_text(present.page_readonly.val)});
    texts.push_back({"PROT_NONE protection", bits_text(present.page_none.val)});
    texts.push_back({"pfn_pte() also does", edit_text(present.on_birth)});
    texts.push_back({"pte_modify() first does", edit_text(present.modify.before)});
    texts.push_back({"pte_modify() keeps", bits_or_all(present.modify.keep)});
    texts.push_back({"pte_modify() takes", bits_or_all(present.modify.take)});
    texts.push_back({"pte_modify() then does", edit_text(present.modify.after)});
    texts.push_back({"processor loads if", matches_text(present.walk.may_load, " or ")});
    texts.push_back({"processor stores if", matches_text(present.walk.may_store, " or ")});
    texts.push_back({"a load marks", edit_text(present.walk.on_load)});
    texts.push_back({"a store marks", edit_text(present.walk.on_store)});
    texts.push_back({"invalidating sets", bits_text(present.walk.on_invalidate)});
    texts.push_back({"a walk may mark late", bits_text(present.walk.late)});
}

} // namespace

std::string matches_text(const arch::Matches& matches, const char* between) {
    std::string text;
    for (const arch::Match& match : matches) text += (text.empty() ? "" : between) + match_text(match);
    return text.empty() ? "never" : text;
}

std::string field_text(const arch::Field& field) {
    std::string text;
    for (const arch::Segment& segment : field.segments)
        text += (text.empty() ? "" : ", then ") + bits_text(arch::low_bits(segment.width) << segment.pte_lsb);
    return text + (field.inverted ? ", inverted" : "");
}

std::string none_text(const Layout& layout) {
    std::string text = layout.none_value == 0 ? "no bit set" : "only " + bits_text(layout.none_value) + " set";
    if (layout.none_ignore != 0) text += std::string(", ignoring ") + bits_text(layout.none_ignore);
    return text;
}

std::string accesses_text(const arch::PteAccesses& accesses) {
    std::string text;
    for (const arch::PteAccess access : accesses)
        text += (text.empty() ? "" : ", then ") + std::string(arch::describe(access));
    return text;
}

std::string words_text(const Layout& layout) {
    if (layout.words.size() == 1) return "bits 0.." + std::to_string(layout.pte_bits - 1);
    std::string text;
    for (const std::uint8_t lsb : layout.words)
        text += (text.empty() ? "" : ", then ") + bits_text(arch::low_bits(32) << lsb);
    return text;
}

std::vector<FieldText> field_texts(const Layout& layout) {
    std::vector<FieldText> texts;
    add_word(layout, texts);
    add_order(layout.order, texts);
    add_swap(layout, texts);
    add_present(layout.present_pte, texts);
    texts.push_back({"known faults", known_text(layout)});
    return texts;
}

std::vector<Difference> differences(const Layout& from, const Layout& to) {
    // A text that only one of the two has differs from nothing.
    const std::vector<FieldText> left = field_texts(from), right = field_texts(to);
    std::vector<Difference> found;
    const auto text_in = [](const std::vector<FieldText>& texts, const std::string& field) {
        for (const FieldText& text : texts) {
            if (text.field == field) return text.text;
        }
        return std::string("not described");
    };
    for (const FieldText& text : left) {
        const std::string other = text_in(right, text.field);
        if (other != text.text) found.push_back({text.field, text.text, other});
    }
    for (const FieldText& text : right) {
        if (text_in(left, text.field) == "not described") found.push_back({text.field, "not described", text.text});
    }
    return found;
}

} // namespace layouts
