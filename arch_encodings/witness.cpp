// SPDX-License-Identifier: GPL-2.0-only
//
// Where to start: check_layout(). witness_swap.cpp and witness_present.cpp find the words.
#include "arch_encodings/witness_parts.hpp"

#include <array>

namespace arch {

namespace {

constexpr std::size_t fault_count = static_cast<std::size_t>(Fault::known_fault_is_absent);

constexpr std::array<Fault, fault_count> faults_in_order = [] {
    std::array<Fault, fault_count> list{};
    for (std::size_t n = 0; n < fault_count; ++n) list[n] = static_cast<Fault>(n + 1);
    return list;
}();

Witness shape_witness(const Layout& layout, Fault fault) {
    const SwapFields& swap = layout.swap;
    std::uint64_t outside = (swap.exclusive | swap.soft_dirty | swap.uffd_wp | swap.fixed_mask | swap.fixed_value);
    std::uint64_t twice = 0;
    for (const Field* field : {&swap.type, &swap.offset, &layout.present_pte.pfn}) {
        std::uint64_t seen = 0;
        for (const Segment& segment : field->segments) {
            const std::uint64_t mask = segment.pte_lsb < 64 ? low_bits(segment.width) << segment.pte_lsb : 0;
            twice |= seen & mask;
            seen |= mask;
        }
        outside |= seen;
    }
    // Wider than the PTE, so that the word is written in full.
    Layout wide = layout;
    wide.pte_bits = 64;
    if (fault == Fault::field_has_gaps) return about(wide, twice, "in a field twice, or a value bit is in none");
    return about(wide, outside & ~low_bits(layout.pte_bits), "used and outside of the PTE");
}

bool is_about_present(Fault fault) {
    switch (fault) {
    case Fault::none_can_read_as_present:
    case Fault::none_sees_late_marks:
    case Fault::present_flag_without_bit:
    case Fault::present_flags_overlap:
    case Fault::present_flag_overlaps_pfn:
    case Fault::protection_overlaps_pfn:
    case Fault::newborn_pte_is_wrong:
    case Fault::user_access_is_refused:
    case Fault::protnone_reads_as_swap:
    case Fault::protnone_is_readable:
    case Fault::protection_keeps_write:
    case Fault::access_changes_translation: return true;
    default: return false;
    }
}

} // namespace

std::string_view fault_name(Fault fault) {
    switch (fault) {
    case Fault::none: return "none";
    case Fault::field_outside_pte: return "field_outside_pte";
    case Fault::field_has_gaps: return "field_has_gaps";
    case Fault::type_too_narrow: return "type_too_narrow";
    case Fault::more_offset_bits_usable_than_stored: return "more_offset_bits_usable_than_stored";
    case Fault::fewer_offset_bits_usable_than_stored: return "fewer_offset_bits_usable_than_stored";
    case Fault::marker_is_not_one_bit: return "marker_is_not_one_bit";
    case Fault::fixed_value_outside_mask: return "fixed_value_outside_mask";
    case Fault::swap_fields_overlap: return "swap_fields_overlap";
    case Fault::swap_uses_bits_to_keep_clear: return "swap_uses_bits_to_keep_clear";
    case Fault::swap_uses_bits_that_none_ignores: return "swap_uses_bits_that_none_ignores";
    case Fault::swap_can_read_as_present: return "swap_can_read_as_present";
    case Fault::swap_can_read_as_none: return "swap_can_read_as_none";
    case Fault::none_can_read_as_present: return "none_can_read_as_present";
    case Fault::none_sees_late_marks: return "none_sees_late_marks";
    case Fault::exclusive_is_not_read_back: return "exclusive_is_not_read_back";
    case Fault::type_is_not_masked: return "type_is_not_masked";
    case Fault::swap_leaves_upper_word_unused: return "swap_leaves_upper_word_unused";
    case Fault::present_flag_without_bit: return "present_flag_without_bit";
    case Fault::present_flags_overlap: return "present_flags_overlap";
    case Fault::present_flag_overlaps_pfn: return "present_flag_overlaps_pfn";
    case Fault::protection_overlaps_pfn: return "protection_overlaps_pfn";
    case Fault::newborn_pte_is_wrong: return "newborn_pte_is_wrong";
    case Fault::user_access_is_refused: return "user_access_is_refused";
    case Fault::protnone_reads_as_swap: return "protnone_reads_as_swap";
    case Fault::protnone_is_readable: return "protnone_is_readable";
    case Fault::protection_keeps_write: return "protection_keeps_write";
    case Fault::access_changes_translation: return "access_changes_translation";
    case Fault::raw_entry_keeps_marker: return "raw_entry_keeps_marker";
    case Fault::known_fault_is_absent: return "known_fault_is_absent";
    }
    return "unknown";
}

std::span<const Fault> all_faults() { return faults_in_order; }

Witness find_witness(const Layout& layout, Fault fault) {
    if (fault == Fault::field_outside_pte || fault == Fault::field_has_gaps) return shape_witness(layout, fault);
    return is_about_present(fault) ? present_witness(layout, fault) : swap_witness(layout, fault);
}

std::vector<Finding> check_layout(const Layout& layout) {
    std::vector<Finding> findings;
    const Faults faults = find_all_faults(layout);
    for (const Fault fault : all_faults()) {
        if (!faults.has(fault)) continue;
        findings.push_back({std::string(fault_name(fault)), std::string(describe(fault)), find_witness(layout, fault),
                            std::string(known_reason(layout, fault)), fault == known_everywhere.fault});
    }
    for (const Known& known : layout.known) {
        if (faults.has(known.fault)) continue;
        const Fault absent = Fault::known_fault_is_absent;
        findings.push_back({std::string(fault_name(absent)), std::string(describe(absent)),
                            Witness{{}, "no word shows " + std::string(fault_name(known.fault))}, "", false});
    }
    if (find_shape_fault(layout) != Fault::none) return findings;
    for (const ExhaustiveWalk& walk : walks()) {
        if (auto wrong = walk.run(layout))
            findings.push_back({walk.name, std::string("not so: ") + walk.shows, std::move(*wrong), "", false});
    }
    return findings;
}

std::string why_refused(const Layout& layout) {
    for (const Finding& finding : check_layout(layout)) {
        if (!finding.is_known()) return finding.name + ": " + finding.what + "; " + finding.witness.says;
    }
    return {};
}

} // namespace arch
