// SPDX-License-Identifier: GPL-2.0-only
// From a layout to JSON. What a layout lacks, and what is as by default, is left out.
#include "arch_encodings/witness.hpp"
#include "layouts/bit_sets.hpp"
#include "layouts/forms.hpp"
#include "layouts/layout_file.hpp"

namespace layouts {

using arch::Layout;
using nlohmann::ordered_json;

namespace {

/// Writes the parts of one layout, whose PTE has so many bits.
class Writer {
public:
    explicit Writer(unsigned pte_bits) : pte_bits_(pte_bits) {}

    ordered_json bits(std::uint64_t mask) const { return bits_json(mask, pte_bits_); }

    void add_bits(ordered_json& object, const char* key, std::uint64_t mask, std::uint64_t otherwise = 0) const {
        if (mask != otherwise) object[key] = bits(mask);
    }

    ordered_json match(const arch::Match& match) const {
        if (!match.equal && match.value == 0) return {{"any_set", bits(match.mask)}};
        if (match.equal && match.value == 0) return {{"none_set", bits(match.mask)}};
        if (match.equal && match.value == match.mask) return {{"all_set", bits(match.mask)}};
        return {{"of", bits(match.mask)}, {match.equal ? "only_set" : "not_only_set", bits(match.value)}};
    }

    ordered_json matches(const arch::Matches& list) const {
        ordered_json array = ordered_json::array();
        for (const arch::Match& one : list) array.push_back(match(one));
        return array;
    }
    void add_matches(ordered_json& object, const char* key, const arch::Matches& list) const {
        if (!list.empty()) object[key] = matches(list);
    }

    ordered_json edit(const arch::Edit& edit) const {
        ordered_json array = ordered_json::array();
        for (const arch::Rule& rule : edit) {
            ordered_json object = ordered_json::object();
            if (rule.when != arch::Match{}) object["when"] = match(rule.when);
            add_bits(object, "set", rule.set);
            add_bits(object, "clear", rule.clear);
            array.push_back(std::move(object));
        }
        return array;
    }
    void add_edit(ordered_json& object, const char* key, const arch::Edit& rules) const {
        if (!rules.empty()) object[key] = edit(rules);
    }

    ordered_json flag(const arch::Flag& flag) const {
        const std::uint64_t own = flag.test.empty() ? 0 : flag.test[0].mask;
        if (flag == arch::plain_flag(own)) return bits(own);
        if (flag == arch::inverted_flag(own)) return {{"inverted", bits(own)}};
        ordered_json object = {{"test", matches(flag.test)}, {"make", edit(flag.make)}, {"clear", edit(flag.clear)}};
        add_bits(object, "own", flag.own);
        return object;
    }

    ordered_json swap(const arch::SwapFields& swap) const {
        ordered_json object = {{"type", field_json(swap.type)}};
        if (!swap.type_is_masked) object["type_is_masked"] = false;
        object["offset"] = field_json(swap.offset);
        object["usable_offset_bits"] = swap.usable_offset_bits;
        add_bits(object, "exclusive", swap.exclusive);
        add_bits(object, "exclusive_visible", swap.exclusive_visible, ~std::uint64_t{0});
        add_bits(object, "soft_dirty", swap.soft_dirty);
        add_bits(object, "uffd_wp", swap.uffd_wp);
        if (swap.fixed_mask != 0 || swap.fixed_value != 0)
            object["fixed"] = {{"bits", bits(swap.fixed_mask)}, {"set", bits(swap.fixed_value)}};
        add_bits(object, "keep_clear", swap.keep_clear);
        if (!swap.raw_entry_keeps_markers) object["raw_entry_keeps_markers"] = false;
        if (swap.reads_as_none)
            object["reads_as_none"] = {{"type", swap.reads_as_none->type}, {"offset", swap.reads_as_none->offset}};
        return object;
    }

    static void add_accesses(ordered_json& object, const char* key, const arch::PteAccesses& accesses) {
        if (accesses == arch::PteAccesses{arch::PteAccess::whole}) return;
        for (const arch::PteAccess access : accesses)
            object[key].push_back(forms::access_words()[static_cast<std::size_t>(access)]);
    }

    ordered_json order(const arch::WordOrder& order) const {
        ordered_json object = ordered_json::object();
        add_accesses(object, "set", order.set);
        add_accesses(object, "clear", order.clear);
        add_accesses(object, "get_and_clear", order.get_and_clear);
        add_accesses(object, "set_wrprotect", order.set_wrprotect);
        add_accesses(object, "set_access_flags", order.set_access_flags);
        if (order.get_and_clear_is_atomic) object["get_and_clear_is_atomic"] = true;
        add_bits(object, "clear_keeps", order.clear_keeps);
        add_accesses(object, "get", order.get);
        add_accesses(object, "get_lockless", order.get_lockless);
        return object;
    }

    ordered_json modify(const arch::Modify& modify) const {
        ordered_json object = ordered_json::object();
        add_edit(object, "before", modify.before);
        object["keep"] = bits(modify.keep);
        object["take"] = bits(modify.take);
        add_edit(object, "after", modify.after);
        return object;
    }

    ordered_json walk(const arch::Walk& walk) const {
        ordered_json object = {{"may_load", matches(walk.may_load)}, {"may_store", matches(walk.may_store)}};
        add_edit(object, "on_load", walk.on_load);
        add_edit(object, "on_store", walk.on_store);
        add_bits(object, "on_invalidate", walk.on_invalidate);
        add_bits(object, "late", walk.late);
        return object;
    }

    ordered_json present(const arch::PresentFields& present) const {
        ordered_json object = {{"pfn", field_json(present.pfn)}};
        add_bits(object, "pfn_inverted_unless", present.pfn_inverted_unless);
        object["write"] = flag(present.write);
        object["dirty"] = flag(present.dirty);
        object["young"] = flag(present.young);
        if (present.soft_dirty != arch::Flag{}) object["soft_dirty"] = flag(present.soft_dirty);
        if (present.uffd_wp != arch::Flag{}) object["uffd_wp"] = flag(present.uffd_wp);
        add_matches(object, "protnone", present.protnone);
        add_matches(object, "access_permitted", present.access_permitted);
        add_matches(object, "write_permitted", present.write_permitted);
        object["page_readonly"] = bits(present.page_readonly.val);
        object["page_none"] = bits(present.page_none.val);
        add_edit(object, "on_birth", present.on_birth);
        object["modify"] = modify(present.modify);
        object["walk"] = walk(present.walk);
        return object;
    }

private:
    unsigned pte_bits_;
};

ordered_json words_json(const Layout& layout) {
    ordered_json list = ordered_json::array();
    const unsigned width = layout.words.size() == 1 ? layout.pte_bits : 32;
    for (const std::uint8_t lsb : layout.words)
        list.push_back(std::to_string(lsb) + ".." + std::to_string(lsb + width - 1));
    return list;
}

} // namespace

ordered_json layout_json(const Layout& layout) {
    const Writer writer(layout.pte_bits);
    ordered_json document = {{"version", layout_version},
                             {"name", layout.name},
                             {"kernel", layout.kernel},
                             {"pte_bits", layout.pte_bits},
                             {"page_shift", layout.page_shift},
                             {"ulong_bits", layout.ulong_bits},
                             {"stored", forms::endian_words()[static_cast<std::size_t>(layout.stored)]},
                             {"words", words_json(layout)},
                             {"present", writer.matches(layout.present)}};
    ordered_json none = ordered_json::object();
    writer.add_bits(none, "set", layout.none_value);
    writer.add_bits(none, "ignore", layout.none_ignore);
    if (!none.empty()) document["none"] = std::move(none);
    writer.add_bits(document, "same_ignore", layout.same_ignore);
    writer.add_bits(document, "present_same_ignore", layout.present_same_ignore);
    if (layout.order != arch::WordOrder{}) document["order"] = writer.order(layout.order);
    if (layout.has_gup_fast) document["has_gup_fast"] = true;
    if (layout.flush_is_interrupt) document["flush_is_interrupt"] = true;
    if (layout.defers_unmap_flush) document["defers_unmap_flush"] = true;
    if (layout.exclusive_since != Layout{}.exclusive_since) document["exclusive_since"] = layout.exclusive_since;
    document["swap"] = writer.swap(layout.swap);
    if (!layout.present_pte.pfn.segments.empty()) document["present_pte"] = writer.present(layout.present_pte);
    for (const arch::Known& known : layout.known)
        document["known"].push_back({{"fault", arch::fault_name(known.fault)}, {"reason", known.reason}});
    return document;
}

std::string layout_text(const Layout& layout) { return readable_json(layout_json(layout)); }

} // namespace layouts
