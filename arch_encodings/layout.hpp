// SPDX-License-Identifier: GPL-2.0-only
//
// How one architecture lays out a page-table entry, as data. Start reading here, then take one architecture
// (x86.hpp is the plainest, s390.hpp the least plain), then pte.hpp, whose helpers interpret this data under the kernel's
// names. proof.hpp shows that a layout is free of clashes.
//
// A PTE is always one 64-bit word here. Bit 0 is the least significant bit of pte_val(). A two-word PTE is low | high << 32,
// a 32-bit PTE has zeros above.
//
// What the headers compute by branching is a list of rules here: a rule is "where these bits look so, set those and clear
// these", and the rules of a list run in order, each on the result of the one before. A list may be empty: then a test is
// false and an edit changes nothing, which is what the kernel's generic fallbacks do for a bit an architecture lacks.
//
// The vm_page_prot question. A PTE is born as mk_pte(page, vma->vm_page_prot). For a *private* mapping vm_get_page_prot()
// gives the same protection with and without VM_WRITE (PAGE_COPY, PAGE_READONLY, PAGE_RO: whatever the name, the write bit is
// left out, so that the first store faults and copy-on-write gets its say). The model has private mappings only and no
// executable ones, so two protections are enough: `page_readonly` for VM_READ and VM_READ|VM_WRITE, `page_none` for
// PROT_NONE. Write permission comes only from pte_mkwrite(), as in the kernel. Whether a newborn PTE is young is the
// architecture's business: every protection here includes the accessed bit but s390's, whose mk_pte() makes the PTE young.
// A newborn PTE is clean and not soft-dirty.
#pragma once

#include "arch_encodings/fixed_list.hpp"
#include "arch_encodings/word_order.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace arch {

struct Pte {
    std::uint64_t val = 0;
    bool operator==(const Pte&) const = default;
};

// A swap entry without its architecture: what the kernel keeps in swp_entry_t. Offset 0 of a swap device is its header and
// never handed out.
struct SwpEntry {
    unsigned type = 0;
    std::uint64_t offset = 0;
    bool operator==(const SwpEntry&) const = default;
};

// A page protection (pgprot_t), for pfn_pte() and pte_modify().
struct Pgprot {
    std::uint64_t val = 0;
    bool operator==(const Pgprot&) const = default;
};

// Bits lo to hi, both included.
constexpr std::uint64_t bits(unsigned lo, unsigned hi) { return (~std::uint64_t{0} >> (63U - (hi - lo))) << lo; }
constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }

// True of a word where (word & mask) == value, or where it is not if `equal` is false.
struct Match {
    std::uint64_t mask = 0;
    std::uint64_t value = 0;
    bool equal = true;
    bool operator==(const Match&) const = default;
};
using Matches = FixedList<Match, 3>;

constexpr Match any_set(std::uint64_t mask) { return {mask, 0, false}; }
constexpr Match all_set(std::uint64_t mask) { return {mask, mask, true}; }
constexpr Match none_set(std::uint64_t mask) { return {mask, 0, true}; }
constexpr Match equals(std::uint64_t mask, std::uint64_t value) { return {mask, value, true}; }
constexpr Match differs(std::uint64_t mask, std::uint64_t value) { return {mask, value, false}; }

constexpr bool matches(const Match& match, std::uint64_t word) {
    return ((word & match.mask) == match.value) == match.equal;
}
// False of an empty list.
constexpr bool any_of(const Matches& list, std::uint64_t word) {
    for (const Match& match : list) {
        if (matches(match, word)) return true;
    }
    return false;
}
// True of an empty list.
constexpr bool all_of(const Matches& list, std::uint64_t word) {
    for (const Match& match : list) {
        if (!matches(match, word)) return false;
    }
    return true;
}

// Where `when` holds (a default Match always does), clears and sets bits.
struct Rule {
    Match when = {};
    std::uint64_t set = 0;
    std::uint64_t clear = 0;
    bool operator==(const Rule&) const = default;
};
using Edit = FixedList<Rule, 3>;

constexpr std::uint64_t apply(const Edit& edit, std::uint64_t word) {
    for (const Rule& rule : edit) {
        if (matches(rule.when, word)) word = (word & ~rule.clear) | rule.set;
    }
    return word;
}

// The bits that an edit may set or clear, or looks at.
constexpr std::uint64_t bits_touched(const Edit& edit) {
    std::uint64_t touched = 0;
    for (const Rule& rule : edit) touched |= rule.when.mask | rule.set | rule.clear;
    return touched;
}

// Value bits [val_lsb, val_lsb + width) stand at word bits [pte_lsb, pte_lsb + width). Width is 1 to 64.
struct Segment {
    std::uint8_t pte_lsb = 0;
    std::uint8_t width = 0;
    std::uint8_t val_lsb = 0;
    bool operator==(const Segment&) const = default;
};

// A number that is stored in one or several pieces, as it is or with every bit inverted.
struct Field {
    FixedList<Segment, 3> segments = {};
    bool inverted = false;
    bool operator==(const Field&) const = default;
};

constexpr std::uint64_t low_bits(unsigned width) { return width == 0 ? 0 : ~std::uint64_t{0} >> (64U - width); }

// The word bits that a field occupies.
constexpr std::uint64_t field_mask(const Field& field) {
    std::uint64_t mask = 0;
    for (const Segment& segment : field.segments) mask |= low_bits(segment.width) << segment.pte_lsb;
    return mask;
}
// The value bits that a field can hold.
constexpr std::uint64_t field_values(const Field& field) {
    std::uint64_t values = 0;
    for (const Segment& segment : field.segments) values |= low_bits(segment.width) << segment.val_lsb;
    return values;
}
// Bits of the value that the field cannot hold are dropped. One segment is the common case and one turn of the loop.
constexpr std::uint64_t deposit(const Field& field, std::uint64_t value) {
    if (field.inverted) value = ~value;
    std::uint64_t word = 0;
    for (const Segment& segment : field.segments)
        word |= ((value >> segment.val_lsb) & low_bits(segment.width)) << segment.pte_lsb;
    return word;
}
constexpr std::uint64_t extract(const Field& field, std::uint64_t word) {
    if (field.inverted) word = ~word;
    std::uint64_t value = 0;
    for (const Segment& segment : field.segments)
        value |= ((word >> segment.pte_lsb) & low_bits(segment.width)) << segment.val_lsb;
    return value;
}

constexpr Field plain_field(std::uint8_t pte_lsb, std::uint8_t width) {
    return {{{.pte_lsb = pte_lsb, .width = width}}};
}

// What a non-present, non-empty PTE holds.
struct SwapFields {
    Field type = {};
    // False where __swp_entry() shifts the type into place without cutting it to its field.
    bool type_is_masked = true;
    Field offset = {};
    // How many offset bits survive swp_entry_t as well as the PTE: never more than the field has.
    std::uint8_t usable_offset_bits = 0;
    // One bit each, or 0 where the architecture has none.
    std::uint64_t exclusive = 0;
    // What pte_swp_exclusive() sees of a PTE: less than all where it returns the masked word as an int.
    std::uint64_t exclusive_visible = ~std::uint64_t{0};
    std::uint64_t soft_dirty = 0;
    std::uint64_t uffd_wp = 0;
    // Bits with a constant value in every swap PTE.
    std::uint64_t fixed_mask = 0;
    std::uint64_t fixed_value = 0;
    // Bits that a swap PTE must leave zero although neither the present test nor the none test asks for it: bits that
    // hardware writes on its own, or that other code gives a meaning. Each layout says which and why.
    std::uint64_t keep_clear = 0;
    // Whether __pte_to_swp_entry() takes the markers along, so that one that is not cleared first stays in the swp_entry_t.
    // False where it takes type and offset one by one, shifts the markers out, or takes another word of the PTE than theirs.
    bool raw_entry_keeps_markers = true;
    // The one entry, if any, whose PTE reads as none. A layout that has one says why nobody meets it.
    std::optional<SwpEntry> reads_as_none = {};
    bool operator==(const SwapFields&) const = default;
};

// A property of a present PTE, with the kernel functions that test, make and clear it. The first match of the test looks at
// the bit that is the flag's own; further ones are other ways in which the same fact is recorded.
struct Flag {
    Matches test = {};
    Edit make = {};
    Edit clear = {};
    // Where the first match looks at more than the flag's own bits: these.
    std::uint64_t own = 0;
    bool operator==(const Flag&) const = default;
};

// The usual kinds: a bit that says so, a bit that denies it, and a bit of the kernel's beside one of the hardware's, which is
// set only while `other` is set as well.
constexpr Flag plain_flag(std::uint64_t own) { return {{any_set(own)}, {{.set = own}}, {{.clear = own}}}; }
constexpr Flag inverted_flag(std::uint64_t own) { return {{none_set(own)}, {{.clear = own}}, {{.set = own}}}; }
constexpr Flag shadowed_flag(std::uint64_t own, std::uint64_t other, std::uint64_t hardware) {
    return {{any_set(own)}, {{.set = own}, {.when = any_set(other), .set = hardware}}, {{.clear = own | hardware}}};
}

// pte_modify(): rules before, then the bits of the old PTE in `keep` and those of the protection in `take`, then rules after.
struct Modify {
    Edit before = {};
    std::uint64_t keep = 0;
    std::uint64_t take = 0;
    Edit after = {};
    bool operator==(const Modify&) const = default;
};

// What the processor's own walk does for a user-mode access, in contrast to what the kernel's helpers do: it marks a PTE dirty
// without making it soft-dirty, for instance. An access that no match allows faults.
struct Walk {
    Matches may_load = {};
    Matches may_store = {};
    Edit on_load = {};
    Edit on_store = {};
    // What an instruction that invalidates a PTE sets on its own, before the kernel writes the rest (IPTE).
    std::uint64_t on_invalidate = 0;
    // What a walk that has met a present PTE may still mark although the kernel has replaced that PTE meanwhile: until its TLB
    // is flushed. The processors that do so call it an erratum (Knights Landing) or a write-back (POWER9).
    std::uint64_t late = 0;
    bool operator==(const Walk&) const = default;
};

struct PresentFields {
    Field pfn = {};
    // Where not 0: the pfn bits of a word that is not 0 and has none of these bits set are stored inverted (L1TF).
    std::uint64_t pfn_inverted_unless = 0;
    Flag write = {};
    Flag dirty = {};
    Flag young = {};
    Flag soft_dirty = {};
    Flag uffd_wp = {};
    Matches protnone = {};         // any
    Matches access_permitted = {}; // all, beside pte_present() and, for a write, pte_write()
    Matches write_permitted = {};  // all, further ones for a write
    Pgprot page_readonly = {};
    Pgprot page_none = {};
    // What pfn_pte() and mk_pte() do beside joining pfn and protection.
    Edit on_birth = {};
    Modify modify = {};
    Walk walk = {};
    bool operator==(const PresentFields&) const = default;
};

// What can be wrong with a layout; proof.hpp looks for it and describe() explains it.
enum class Fault : std::uint8_t {
    none,
    field_outside_pte,
    field_has_gaps,
    type_too_narrow,
    more_offset_bits_usable_than_stored,
    fewer_offset_bits_usable_than_stored,
    marker_is_not_one_bit,
    fixed_value_outside_mask,
    swap_fields_overlap,
    swap_uses_bits_to_keep_clear,
    swap_uses_bits_that_none_ignores,
    swap_can_read_as_present,
    swap_can_read_as_none,
    none_can_read_as_present,
    none_sees_late_marks,
    exclusive_is_not_read_back,
    type_is_not_masked,
    swap_leaves_upper_word_unused,
    present_flag_without_bit,
    present_flags_overlap,
    present_flag_overlaps_pfn,
    protection_overlaps_pfn,
    newborn_pte_is_wrong,
    user_access_is_refused,
    protnone_reads_as_swap,
    protnone_is_readable,
    protection_keeps_write,
    access_changes_translation,
    raw_entry_keeps_marker,
    known_fault_is_absent,
};

// A fault that the kernel has, and why nobody meets it. The proofs demand that it is there.
struct Known {
    Fault fault = Fault::none;
    std::string_view reason = {};
    bool operator==(const Known&) const = default;
};

// What is so on nearly every architecture. A layout need not own up to it.
inline constexpr Known known_everywhere = {
    Fault::raw_entry_keeps_marker,
    "pte_to_swp_entry() and pte_same_as_swp() clear the markers (pte_swp_clear_flags) before they look at the entry"};

// The byte order in which memory holds a word of the PTE; `either` where the kernel can be built for both.
enum class Endian : std::uint8_t { little, big, either };

// The texts are not owned: a layout made at run time lives beside its text.
struct Layout {
    std::string_view name = {};
    std::string_view kernel = {};
    std::uint8_t pte_bits = 64;
    std::uint8_t page_shift = 12;
    // Bits of an unsigned long, and so of swp_entry_t and of a pfn.
    std::uint8_t ulong_bits = 64;
    Endian stored = Endian::little;
    // For each word of pte_t, in memory order, the bit of pte_val() that is its bit 0.
    FixedList<std::uint8_t, 2> words = {0};
    Matches present = {}; // any
    // pte_none() is (pte & ~none_ignore) == none_value, and none_value is what clearing a PTE stores.
    std::uint64_t none_ignore = 0;
    std::uint64_t none_value = 0;
    // Bits in which two PTEs may differ and still be the same to pte_same(), and further ones of a present PTE.
    std::uint64_t same_ignore = 0;
    std::uint64_t present_same_ignore = 0;
    WordOrder order = {};
    // Whether pages are pinned without the lock: CONFIG_HAVE_GUP_FAST, HAVE_FAST_GUP in 6.1.
    bool has_gup_fast = false;
    // Whether a TLB flush interrupts the other processors and waits for them, so that none is over before the lockless walks
    // that it meets. Said of PTEs of two words only, where ptep_get_lockless() counts on it.
    bool flush_is_interrupt = false;
    // Whether reclaim sets the swap PTE first and flushes the TLB later, for many pages at once:
    // CONFIG_ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH. It is of consequence where the walk marks late.
    bool defers_unmap_flush = false;
    // The first kernel in which a swap PTE of this architecture has the exclusive marker.
    std::string_view exclusive_since = "6.3";
    SwapFields swap = {};
    PresentFields present_pte = {};
    FixedList<Known, 4> known = {};
    bool operator==(const Layout&) const = default;
};

// What the families of layouts have in common: the one entry that reads as none where an empty PTE is 0. Offset 0 of a device
// is its header and is never handed out.
inline constexpr SwpEntry entry_zero = {.type = 0, .offset = 0};

} // namespace arch
