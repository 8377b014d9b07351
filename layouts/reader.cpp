// SPDX-License-Identifier: GPL-2.0-only
// From JSON to a layout. Start at the bottom, with parse_layout().
#include "arch_encodings/witness.hpp"
#include "checker/input_file.hpp"
#include "layouts/bit_sets.hpp"
#include "layouts/forms.hpp"
#include "layouts/layout_file.hpp"
#include "layouts/reader_parts.hpp"

#include <algorithm>
#include <bit>
#include <deque>

namespace layouts {

using arch::Layout;
using checker::FirstError;
using checker::Node;
using checker::Result;

/// A deque, since its strings stay where they are as it grows.
struct OwnedLayout::Content {
    std::deque<std::string> texts;
    Layout layout;

    std::string_view keep(std::string text) { return texts.emplace_back(std::move(text)); }
};

OwnedLayout::OwnedLayout(std::shared_ptr<const Content> content) : content_(std::move(content)) {}
const Layout& OwnedLayout::layout() const { return content_->layout; }

namespace {

constexpr checker::Range page_shifts{10, 24};

std::uint8_t read_width(const Node& node, const std::string& what) {
    const nlohmann::json& value = node.value();
    const auto width = value.is_number_unsigned() ? value.get<std::uint64_t>() : 0;
    if (width == 32 || width == 64) return static_cast<std::uint8_t>(width);
    if (value.is_number())
        node.fail("expected " + what + ", 32 or 64, found " + value.dump());
    else
        node.wrong_kind(what + ", 32 or 64");
    return 64;
}

/// In memory order: ["0..31", "32..63"], the other way round, or the PTE as a whole.
void read_words(const Node& list, Layout& layout) {
    layout.words = {};
    std::uint64_t seen = 0;
    for (const Node& node : list.elements("words of a PTE", 1, 2)) {
        const arch::Segment word = read_piece(node, layout.pte_bits);
        if (node.failed()) return;
        const std::uint64_t mask = arch::low_bits(word.width) << word.pte_lsb;
        const bool is_half = word.width == 32 && word.pte_lsb % 32 == 0;
        if ((!is_half && word.width != layout.pte_bits) || (seen & mask) != 0) {
            node.fail("expected a word of 32 bits that no other one has, or the PTE as a whole, found " +
                      arch::bits_text(mask));
            return;
        }
        seen |= mask;
        if (!layout.words.push_back(word.pte_lsb)) node.fail("at most 2 words are possible");
    }
    if (!list.failed() && seen != arch::low_bits(layout.pte_bits))
        list.fail("the words leave out " + arch::bits_text(arch::low_bits(layout.pte_bits) & ~seen));
}

arch::PteAccesses read_accesses(const Node& list) {
    arch::PteAccesses accesses;
    for (const Node& node : list.elements("accesses", 1, 3)) {
        const auto access = static_cast<arch::PteAccess>(node.word("an access", "accesses", forms::access_words()));
        if (!accesses.push_back(access)) node.fail("at most 3 accesses are possible");
    }
    return accesses;
}

arch::WordOrder read_order(const Node& node, unsigned pte_bits) {
    arch::WordOrder order;
    node.expect(forms::order());
    const auto read = [&](const char* key, arch::PteAccesses& accesses) {
        if (node.has(key)) accesses = read_accesses(node.at(key));
    };
    read("set", order.set);
    read("clear", order.clear);
    read("get_and_clear", order.get_and_clear);
    read("set_wrprotect", order.set_wrprotect);
    read("set_access_flags", order.set_access_flags);
    read("get", order.get);
    read("get_lockless", order.get_lockless);
    if (node.has("get_and_clear_is_atomic"))
        order.get_and_clear_is_atomic = node.at("get_and_clear_is_atomic").boolean();
    if (node.has("clear_keeps")) order.clear_keeps = read_bits(node.at("clear_keeps"), pte_bits);
    return order;
}

arch::SwpEntry read_entry(const Node& node, std::uint64_t last_offset) {
    node.expect(forms::entry());
    if (node.failed()) return {};
    return {node.at("type").number("a swap type", {0, arch::swp_types - 1}),
            node.at("offset").large_number("a swap offset", 0, last_offset)};
}

/// What PTE and swp_entry_t both hold.
std::uint8_t offset_bits(const Layout& layout) {
    return static_cast<std::uint8_t>(
        std::popcount(arch::field_values(layout.swap.offset) & arch::swp_entry_offsets(layout)));
}

void read_swap_fields(const Node& node, Layout& layout) {
    arch::SwapFields& swap = layout.swap;
    const unsigned bits = layout.pte_bits;
    swap.type = read_field(node.at("type"), bits);
    if (node.has("type_is_masked")) swap.type_is_masked = node.at("type_is_masked").boolean();
    swap.offset = read_field(node.at("offset"), bits);
    swap.usable_offset_bits = offset_bits(layout);
    if (node.has("usable_offset_bits"))
        swap.usable_offset_bits = static_cast<std::uint8_t>(
            node.at("usable_offset_bits").number("a number of offset bits that is", {1, layout.pte_bits}));
}

void read_swap(const Node& node, Layout& layout) {
    node.expect(forms::swap());
    if (node.failed()) return;
    read_swap_fields(node, layout);
    arch::SwapFields& swap = layout.swap;
    const auto read = [&](const char* key, std::uint64_t& bits) {
        if (node.has(key)) bits = read_bits(node.at(key), layout.pte_bits);
    };
    read("exclusive", swap.exclusive);
    read("exclusive_visible", swap.exclusive_visible);
    read("soft_dirty", swap.soft_dirty);
    read("uffd_wp", swap.uffd_wp);
    read("keep_clear", swap.keep_clear);
    if (node.has("fixed")) {
        const Node fixed = node.at("fixed");
        fixed.expect(forms::fixed());
        if (fixed.failed()) return;
        swap.fixed_mask = read_bits(fixed.at("bits"), layout.pte_bits);
        swap.fixed_value = read_bits(fixed.at("set"), layout.pte_bits);
    }
    if (node.has("raw_entry_keeps_markers"))
        swap.raw_entry_keeps_markers = node.at("raw_entry_keeps_markers").boolean();
    if (node.has("reads_as_none"))
        swap.reads_as_none = read_entry(node.at("reads_as_none"), arch::low_bits(swap.usable_offset_bits));
}

void read_known(const Node& list, OwnedLayout::Content& content) {
    arch::Faults seen;
    for (const Node& node : list.elements("known faults", 0, 4)) {
        node.expect(forms::known());
        if (node.failed()) return;
        const Node name = node.at("fault");
        const std::size_t index = name.word("a fault", "faults", forms::fault_words());
        const std::string reason = node.at("reason").prose("why nobody meets the fault, or who does");
        if (node.failed()) return;
        const arch::Fault fault = arch::all_faults()[index];
        if (seen.has(fault)) name.fail(checker::in_quotes(arch::fault_name(fault)) + " is in this list twice");
        seen.add_if(true, fault);
        if (!content.layout.known.push_back({fault, content.keep(reason)})) node.fail("at most 4 are possible");
    }
}

void read_word(const Node& document, OwnedLayout::Content& content) {
    Layout& layout = content.layout;
    if (document.has("$schema")) document.at("$schema").text("the schema's address");
    if (document.has("about")) static_cast<void>(document.at("about").prose("what the layout is about"));
    layout.name = content.keep(document.at("name").name("a layout's name"));
    layout.kernel = content.keep(document.at("kernel").name("a kernel's version"));
    layout.pte_bits = read_width(document.at("pte_bits"), "the bits of a PTE");
    layout.ulong_bits = read_width(document.at("ulong_bits"), "the bits of an unsigned long");
    layout.page_shift = static_cast<std::uint8_t>(document.at("page_shift").number("a page shift", page_shifts));
    if (document.has("stored"))
        layout.stored =
            static_cast<arch::Endian>(document.at("stored").word("a byte order", "byte orders", forms::endian_words()));
    if (document.has("words")) read_words(document.at("words"), layout);
}

void read_document(const Node& document, OwnedLayout::Content& content) {
    document.expect(forms::layout());
    if (document.failed()) return;
    read_word(document, content);
    if (document.failed()) return;
    Layout& layout = content.layout;
    layout.present = read_matches(document.at("present"), layout.pte_bits);
    if (document.has("none")) {
        const Node none = document.at("none");
        none.expect(forms::none());
        if (none.has("set")) layout.none_value = read_bits(none.at("set"), layout.pte_bits);
        if (none.has("ignore")) layout.none_ignore = read_bits(none.at("ignore"), layout.pte_bits);
    }
    if (document.has("same_ignore")) layout.same_ignore = read_bits(document.at("same_ignore"), layout.pte_bits);
    if (document.has("present_same_ignore"))
        layout.present_same_ignore = read_bits(document.at("present_same_ignore"), layout.pte_bits);
    if (document.has("order")) layout.order = read_order(document.at("order"), layout.pte_bits);
    if (document.has("has_gup_fast")) layout.has_gup_fast = document.at("has_gup_fast").boolean();
    if (document.has("flush_is_interrupt")) layout.flush_is_interrupt = document.at("flush_is_interrupt").boolean();
    if (document.has("defers_unmap_flush")) layout.defers_unmap_flush = document.at("defers_unmap_flush").boolean();
    if (document.has("exclusive_since"))
        layout.exclusive_since = content.keep(document.at("exclusive_since").name("a kernel's version"));
    read_swap(document.at("swap"), layout);
    if (document.has("present_pte")) layout.present_pte = read_present(document.at("present_pte"), layout.pte_bits);
    if (const std::uint64_t high = layout.present_pte.walk.late & ~arch::low_bits(32);
        high != 0 && layout.words.size() == 2)
        document.at("present_pte")
            .at("walk")
            .at("late")
            .fail(arch::bits_text(high) + " would be in the high word; of a PTE of two words, late marks are modelled "
                                          "in the low one, which has the present bit");
    if (document.has("known")) read_known(document.at("known"), content);
    if (!document.has("requires_exclusive") || !document.at("requires_exclusive").boolean() || document.failed())
        return;
    if (layout.swap.exclusive == 0)
        document.at("swap").fail("there is no \"exclusive\" bit, and \"requires_exclusive\" asks for one");
}

} // namespace

Result<OwnedLayout> parse_layout(std::string_view text) {
    const Result<nlohmann::json> parsed = checker::parse_json_guarded(text);
    if (!parsed) return parsed.error();
    FirstError errors;
    const auto content = std::make_shared<OwnedLayout::Content>();
    const Node document(parsed.value(), "", errors);
    document.expect_version("a layout", "layout files", layout_version);
    if (!errors) read_document(document, *content);
    if (errors) return *errors.error;
    return OwnedLayout(content);
}

OwnedLayout borrowed_layout(const Layout& layout) {
    const auto content = std::make_shared<OwnedLayout::Content>();
    content->layout = layout;
    return OwnedLayout(content);
}

Result<OwnedLayout> load_layout(const std::string& path) {
    constexpr std::size_t most_bytes = std::size_t{1} << 20;
    const Result<std::string> text = checker::read_input_file(path, "layout", most_bytes);
    if (!text) return text.error();
    return parse_layout(text.value());
}

} // namespace layouts
