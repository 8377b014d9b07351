// SPDX-License-Identifier: GPL-2.0-only
#include "layouts/bit_sets.hpp"

#include "arch_encodings/pte.hpp"

#include <charconv>
#include <optional>

namespace layouts {

using arch::Field;
using arch::Segment;
using checker::Node;
using nlohmann::ordered_json;

namespace {

const std::string a_piece = "a bit's number or a range such as \"12..51\"";
const std::string a_set =
    "bits: a number, a range such as \"12..51\", a mask such as \"0x101\", a list of these, or \"all\"";

/// All of `text` as a number, if it is one.
std::optional<std::uint64_t> number_of(std::string_view text, int base = 10) {
    std::uint64_t value = 0;
    const auto end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    if (text.empty() || error != std::errc() || stop != end) return std::nullopt;
    return value;
}

bool is_inside(const Node& node, std::uint64_t number, unsigned pte_bits) {
    if (number < pte_bits) return true;
    node.fail("bit " + std::to_string(number) + " is outside of the PTE, whose bits are 0 to " +
              std::to_string(pte_bits - 1));
    return false;
}

Segment piece(std::uint64_t lo, std::uint64_t hi) {
    return {.pte_lsb = static_cast<std::uint8_t>(lo), .width = static_cast<std::uint8_t>(hi - lo + 1)};
}

std::uint64_t mask_of(const Segment& segment) { return arch::low_bits(segment.width) << segment.pte_lsb; }

Segment read_range(const Node& node, const std::string& text, unsigned pte_bits, const std::string& expected) {
    const std::size_t dots = text.find("..");
    const auto lo = number_of(std::string_view(text).substr(0, dots));
    const auto hi = dots == std::string::npos ? lo : number_of(std::string_view(text).substr(dots + 2));
    if (!lo || !hi) {
        node.fail("expected " + expected + ", found " + checker::in_quotes(text));
        return piece(0, 0);
    }
    if (*hi < *lo) {
        node.fail("the range " + checker::in_quotes(text) + " runs downwards; write the low bit first, as in \"" +
                  std::to_string(*hi) + ".." + std::to_string(*lo) + "\"");
        return piece(0, 0);
    }
    return is_inside(node, *hi, pte_bits) ? piece(*lo, *hi) : piece(0, 0);
}

Segment read_number(const Node& node, unsigned pte_bits) {
    const nlohmann::json& value = node.value();
    if (!value.is_number_unsigned()) {
        node.fail("expected a bit's number from 0 to " + std::to_string(pte_bits - 1) + ", found " + value.dump());
        return piece(0, 0);
    }
    const auto number = value.get<std::uint64_t>();
    return is_inside(node, number, pte_bits) ? piece(number, number) : piece(0, 0);
}

std::uint64_t read_word(const Node& node, const std::string& text, unsigned pte_bits) {
    if (text == "all") return ~std::uint64_t{0};
    if (text.starts_with("0x") || text.starts_with("0X")) {
        const auto mask = number_of(std::string_view(text).substr(2), 16);
        if (!mask) node.fail("expected a mask of up to 64 bits such as \"0x101\", found " + checker::in_quotes(text));
        const std::uint64_t outside = mask.value_or(0) & ~arch::low_bits(pte_bits);
        for (unsigned n = pte_bits; n < 64; ++n) {
            if ((outside >> n & 1) != 0 && !is_inside(node, n, pte_bits)) break;
        }
        return mask.value_or(0);
    }
    return mask_of(read_range(node, text, pte_bits, a_set));
}

ordered_json piece_json(unsigned lo, unsigned hi) {
    if (lo == hi) return lo;
    return std::to_string(lo) + ".." + std::to_string(hi);
}

ordered_json alone_if_one(ordered_json list) { return list.size() == 1 ? ordered_json(list[0]) : list; }

} // namespace

Segment read_piece(const Node& node, unsigned pte_bits) {
    const nlohmann::json& value = node.value();
    if (value.is_number()) return read_number(node, pte_bits);
    if (value.is_string()) return read_range(node, value.get<std::string>(), pte_bits, a_piece);
    node.wrong_kind(a_piece);
    return piece(0, 0);
}

std::uint64_t read_bits(const Node& node, unsigned pte_bits) {
    const nlohmann::json& value = node.value();
    if (value.is_number()) return mask_of(read_number(node, pte_bits));
    if (value.is_string()) return read_word(node, value.get<std::string>(), pte_bits);
    if (value.is_object()) {
        node.expect_keys("a set of bits", {"all_but"}, {"all_but"});
        if (node.failed()) return 0;
        const Node but = node.at("all_but");
        if (but.value().is_object()) but.wrong_kind("the bits that are left out");
        return but.failed() ? 0 : ~read_bits(but, pte_bits);
    }
    if (!value.is_array()) {
        node.wrong_kind(a_set);
        return 0;
    }
    std::uint64_t mask = 0;
    for (const Node& element : node.elements("bits", 0, 64)) {
        if (element.value().is_array() || element.value().is_object() || element.value() == "all") {
            element.wrong_kind(a_piece);
            return 0;
        }
        mask |= read_bits(element, pte_bits);
    }
    return mask;
}

Field read_field(const Node& node, unsigned pte_bits) {
    Field field;
    const nlohmann::json& value = node.value();
    if (value.is_object()) {
        node.expect_keys("a field", {"bits"}, {"bits", "inverted"});
        if (node.failed()) return field;
        const Node inner = node.at("bits");
        if (inner.value().is_object()) inner.wrong_kind("a range of bits, or a list of ranges");
        if (!node.failed()) field = read_field(inner, pte_bits);
        if (node.has("inverted")) field.inverted = node.at("inverted").boolean();
        return field;
    }
    if (!value.is_array()) {
        if (!field.segments.push_back(read_piece(node, pte_bits))) node.fail("no room for a piece");
        return field;
    }
    unsigned width = 0;
    for (const Node& element : node.elements("pieces of a field", 1, 3)) {
        Segment segment = read_piece(element, pte_bits);
        if (element.failed()) return field;
        if ((arch::field_mask(field) & mask_of(segment)) != 0) {
            element.fail("this field has " + arch::bits_text(arch::field_mask(field) & mask_of(segment)) + " twice");
            return field;
        }
        segment.val_lsb = static_cast<std::uint8_t>(width);
        width += segment.width;
        if (!field.segments.push_back(segment)) element.fail("a field has at most 3 pieces");
    }
    return field;
}

ordered_json bits_json(std::uint64_t mask, unsigned pte_bits) {
    if (mask == ~std::uint64_t{0}) return "all";
    if ((mask & ~arch::low_bits(pte_bits)) != 0) return {{"all_but", bits_json(~mask, pte_bits)}};
    ordered_json list = ordered_json::array();
    for (unsigned lo = 0; lo < 64; ++lo) {
        if ((mask >> lo & 1) == 0) continue;
        unsigned hi = lo;
        while (hi < 63 && (mask >> (hi + 1) & 1) != 0) ++hi;
        list.push_back(piece_json(lo, hi));
        lo = hi;
    }
    return alone_if_one(list);
}

ordered_json field_json(const Field& field) {
    ordered_json list = ordered_json::array();
    for (const Segment& segment : field.segments)
        list.push_back(piece_json(segment.pte_lsb, segment.pte_lsb + segment.width - 1U));
    list = alone_if_one(list);
    if (!field.inverted) return list;
    return {{"bits", list}, {"inverted", true}};
}

} // namespace layouts
