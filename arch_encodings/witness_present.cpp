// SPDX-License-Identifier: GPL-2.0-only
//
// Words that show the faults of present and of empty PTEs.
#include "arch_encodings/witness_parts.hpp"

#include <bit>

namespace arch {

namespace {

constexpr const char* flag_names[] = {"write", "dirty", "young", "soft-dirty", "uffd-wp"};

Witness becomes(const Layout& layout, Pte pte, const std::string& by, Pte after) {
    return about(layout, pte.val,
                 describe(layout, pte) + ", and " + by + " makes it " + hex_word(layout, after.val) +
                     ", which reads as " + describe(layout, after));
}

Witness none_present_witness(const Layout& layout) {
    const WordSet empty = {layout.none_value, layout.none_ignore};
    for (const Match& match : layout.present) {
        if (!can_match(match, empty)) continue;
        const std::uint64_t word = matching_word(match, empty) | (layout.none_value & ~layout.none_ignore);
        return about(layout, word, "both none to pte_none() and present to pte_present()");
    }
    return about(layout, layout.none_value, "an empty PTE");
}

Witness late_mark_witness(const Layout& layout) {
    const Pte after = {layout.none_value | lowest(layout.present_pte.walk.late & ~layout.none_ignore)};
    return about(layout, after.val,
                 "the empty PTE with a mark that a processor sets late, and reads as " + describe(layout, after));
}

Witness without_bit_witness(const Layout& layout) {
    const Pte plain = pfn_pte(layout, 1);
    unsigned n = 0;
    for (const Flag* flag : flags_of(layout.present_pte)) {
        const std::string name = flag_names[n++];
        const Pte made = {apply(flag->make, plain.val)};
        if (flag->test.empty() && (!flag->make.empty() || !flag->clear.empty()))
            return about(layout, made.val,
                         joined({hex_word(layout, plain.val), " made ", name, ", for which there is no test"}));
        if (!flag->test.empty() && !any_of(flag->test, apply(flag->make, 0)))
            return about(layout, apply(flag->make, 0),
                         joined({"0 made ", name, ", and the test of ", name, " is false of it"}));
        if (!flag->test.empty() && own_bits(*flag) == 0)
            return about(layout, made.val,
                         joined({hex_word(layout, plain.val), " made ", name, ", which has no bit of its own"}));
    }
    return about(layout, plain.val, describe(layout, plain));
}

Witness flags_overlap_witness(const Layout& layout) {
    std::uint64_t seen = 0;
    unsigned n = 0;
    for (const Flag* flag : flags_of(layout.present_pte)) {
        const std::string name = flag_names[n++];
        const std::uint64_t own = own_bits(*flag);
        const std::uint64_t clash = own & (seen | bits_looked_at(layout.present));
        seen |= own;
        if (clash == 0) continue;
        for (const Pte pte : {pfn_pte(layout, 1), pfn_pte(layout, 1, layout.present_pte.page_none)}) {
            for (const Edit* edit : {&flag->make, &flag->clear}) {
                const Pte after = {apply(*edit, pte.val)};
                if (pte_present(layout, after) != pte_present(layout, pte))
                    return becomes(layout, pte, (edit == &flag->make ? "setting " : "clearing ") + name, after);
            }
        }
        std::string other = "part of pte_present()";
        for (unsigned before = 0; before + 1 < n; ++before) {
            if ((own_bits(*flags_of(layout.present_pte)[before]) & clash) != 0) other = flag_names[before];
        }
        return about(layout, clash, joined({other, " and ", name, " at once"}));
    }
    return about(layout, 0, "in no two flags");
}

// A page whose pfn changes, or decides what a helper does.
Witness flag_on_pfn_witness(const Layout& layout) {
    const std::uint64_t pfn_mask = field_mask(layout.present_pte.pfn);
    unsigned n = 0;
    for (const Flag* flag : flags_of(layout.present_pte)) {
        const std::string name = flag_names[n++];
        const std::uint64_t clash =
            lowest((bits_looked_at(flag->test) | bits_touched(flag->make) | bits_touched(flag->clear)) & pfn_mask);
        if (clash == 0) continue;
        const std::uint64_t pfn = extract({.segments = layout.present_pte.pfn.segments, .inverted = false}, clash);
        const Pte pte = {pfn_pte(layout, pfn).val};
        const Pte other = pfn_pte(layout, 0);
        for (const Edit* edit : {&flag->make, &flag->clear}) {
            const Pte after = {apply(*edit, pte.val)}, otherwise = {apply(*edit, other.val)};
            const std::string by = (edit == &flag->make ? "setting " : "clearing ") + name;
            if (pte_pfn(layout, after) != pfn) return becomes(layout, pte, by, after);
            if (((after.val ^ otherwise.val) & ~(pte.val ^ other.val)) == 0) continue;
            Witness witness = becomes(layout, pte, by, after);
            witness.says += std::string("; of another page it would also ") +
                            ((otherwise.val & ~after.val & ~(pte.val ^ other.val)) != 0 ? "set " : "clear ") +
                            bits_text((after.val ^ otherwise.val) & ~(pte.val ^ other.val));
            return witness;
        }
        return about(layout, pte.val,
                     "the PTE of pfn " + std::to_string(pfn) + ", of which bit " +
                         std::to_string(std::countr_zero(clash)) + " is " + name + " as well");
    }
    return about(layout, 0, "in no flag");
}

Witness protection_on_pfn_witness(const Layout& layout) {
    const PresentFields& present = layout.present_pte;
    const Pte zero = pfn_pte(layout, 0);
    if (pte_pfn(layout, zero) != 0)
        return about(layout, zero.val, "the PTE of pfn 0 and reads as " + describe(layout, zero));
    const std::uint64_t clash = lowest((present.page_readonly.val | present.page_none.val |
                                        bits_touched(present.on_birth) | bits_looked_at(layout.present)) &
                                       field_mask(present.pfn));
    return about(layout, clash, "part of the pfn and of a protection or of pte_present()");
}

Witness newborn_witness(const Layout& layout) {
    for (const std::uint64_t pfn : {std::uint64_t{0}, std::uint64_t{1}, field_values(layout.present_pte.pfn)}) {
        const Pte pte = pfn_pte(layout, pfn);
        if (!newborn_is_right(layout, pfn)) {
            std::string text =
                "the newborn PTE of pfn " + std::to_string(pfn) + " and reads as " + describe(layout, pte);
            if (pte_young(layout, pte) && !cpu_may_load(layout, pte)) text += ", which the processor cannot load from";
            if (cpu_may_store(layout, pte)) text += ", which the processor can store to";
            return about(layout, pte.val, text);
        }
        const Pte hidden = pfn_pte(layout, pfn, layout.present_pte.page_none);
        Faults faults;
        find_protnone_faults(layout, pfn, faults);
        if (faults.has(Fault::newborn_pte_is_wrong))
            return about(layout, hidden.val,
                         "the PROT_NONE PTE of pfn " + std::to_string(pfn) + " and reads as " +
                             describe(layout, hidden));
    }
    return about(layout, pfn_pte(layout, 1).val, "a newborn PTE");
}

Witness translation_witness(const Layout& layout) {
    const PresentFields& present = layout.present_pte;
    const std::uint64_t pfn_mask = field_mask(present.pfn);
    const std::uint64_t pfn = field_values(present.pfn);
    for (const std::uint64_t sample : {pfn, std::uint64_t{0}}) {
        const Pte pte = pfn_pte(layout, sample);
        for (const Pte after : {cpu_mark_load(layout, pte), cpu_mark_store(layout, pte)}) {
            if (pte_pfn(layout, after) != sample) return becomes(layout, pte, "an access", after);
        }
        const Pte modified = pte_modify(layout, pte, present.page_readonly);
        if (pte_pfn(layout, modified) != sample) return becomes(layout, pte, "pte_modify()", modified);
    }
    return about(layout,
                 lowest(pfn_mask & (bits_touched(present.walk.on_load) | bits_touched(present.walk.on_store) |
                                    ~present.modify.keep)),
                 "part of the pfn and changed by an access or dropped by pte_modify()");
}

} // namespace

Witness present_witness(const Layout& layout, Fault fault) {
    const PresentFields& present = layout.present_pte;
    const Pte hidden = pfn_pte(layout, 1, present.page_none);
    const Pte writable = pte_mkwrite(layout, pfn_pte(layout, 1));
    switch (fault) {
    case Fault::none_can_read_as_present: return none_present_witness(layout);
    case Fault::none_sees_late_marks: return late_mark_witness(layout);
    case Fault::present_flag_without_bit: return without_bit_witness(layout);
    case Fault::present_flags_overlap: return flags_overlap_witness(layout);
    case Fault::present_flag_overlaps_pfn: return flag_on_pfn_witness(layout);
    case Fault::protection_overlaps_pfn: return protection_on_pfn_witness(layout);
    case Fault::newborn_pte_is_wrong: return newborn_witness(layout);
    case Fault::user_access_is_refused:
        return about(layout, pfn_pte(layout, 1).val,
                     "the newborn PTE of pfn 1, and pte_access_permitted() refuses a load through it");
    case Fault::protnone_reads_as_swap:
        return about(layout, hidden.val, "the PROT_NONE PTE of pfn 1 and reads as " + describe(layout, hidden));
    case Fault::protnone_is_readable:
        return about(layout, hidden.val, "the PROT_NONE PTE of pfn 1, and the processor can load through it");
    case Fault::protection_keeps_write:
        return becomes(layout, writable, "pte_modify() to read-only",
                       pte_modify(layout, writable, present.page_readonly));
    case Fault::access_changes_translation: return translation_witness(layout);
    default: return about(layout, 0, "not a word about this");
    }
}

} // namespace arch
