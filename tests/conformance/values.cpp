// SPDX-License-Identifier: GPL-2.0-only
//
// Everything that a PTE is computed from or to.
#include "arch_encodings/layouts.hpp"
#include "tests/conformance/questions.hpp"

#include <iterator>
#include <random>
#include <vector>

namespace conformance {

using namespace arch;

namespace {

constexpr unsigned types = 32;

// Words of one bit and of two, and any.
std::vector<Word> raw_words(const Layout& layout, std::size_t step) {
    std::vector<Word> words = {0};
    for (unsigned high = 0; high < layout.pte_bits; ++high) {
        words.push_back(bit(high));
        for (std::size_t low = step == 1 ? 0 : high; low < high; ++low)
            words.push_back(bit(high) | bit(static_cast<unsigned>(low)));
    }
    std::mt19937_64 random(20220509);
    for (std::size_t i = 0; i < 4000; i += step) words.push_back(random() & low_bits(layout.pte_bits));
    return words;
}

struct SwapMarker {
    const char* test;
    const char* make;
    const char* clear;
    bool (*our_test)(const Layout&, Pte);
    Pte (*our_make)(const Layout&, Pte);
    Pte (*our_clear)(const Layout&, Pte);
};
constexpr SwapMarker markers[] = {
    {"swp_exclusive", "swp_mkexclusive", "swp_clear_exclusive", pte_swp_exclusive, pte_swp_mkexclusive,
     pte_swp_clear_exclusive},
    {"swp_soft_dirty", "swp_mksoft_dirty", "swp_clear_soft_dirty", pte_swp_soft_dirty, pte_swp_mksoft_dirty,
     pte_swp_clear_soft_dirty},
    {"swp_uffd_wp", "swp_mkuffd_wp", "swp_clear_uffd_wp", pte_swp_uffd_wp, pte_swp_mkuffd_wp, pte_swp_clear_uffd_wp},
};

void compare_swap(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    std::mt19937_64 random(6120);
    for (std::size_t i = 0; i < 27'000 && !result.is_decided(); i += step) {
        const unsigned type = i < 2048 ? static_cast<unsigned>(i % types) : static_cast<unsigned>(random() % types);
        Word offset = i < 2048 ? (i / types < 32 ? i / types : ~(i / types)) : random();
        offset &= max_swp_offset(layout);
        Pte ours = swp_entry_to_pte(layout, {type, offset});
        Word theirs = header.call("encode", type, offset);
        result.check("swp_entry_to_pte", type, theirs, ours.val);
        const Word choice = random();
        for (unsigned n = 0; n < 3; ++n) {
            if (((choice >> n) & 1) == 0 || !header.has(markers[n].make)) continue;
            ours = markers[n].our_make(layout, ours);
            theirs = header.call(markers[n].make, theirs);
        }
        result.check("marked swap PTE", offset, theirs, ours.val);
        result.check("swp_type", ours.val, header.call("type", theirs), pte_to_swp_entry(layout, ours).type);
        result.check("swp_offset", ours.val, header.call("offset", theirs), pte_to_swp_entry(layout, ours).offset);
        result.check("pte_swp_clear_flags", theirs, header.call("clear_flags", theirs),
                     pte_swp_clear_flags(layout, {theirs}).val);
        result.check("pte_present of a swap PTE", theirs, header.call("present", theirs),
                     pte_present(layout, {theirs}));
        result.check("pte_none of a swap PTE", theirs, header.call("none", theirs), pte_none(layout, {theirs}));
    }
    // Which entry reads as none: the one that is named, or else not even the one that an empty PTE would decode to.
    const auto& named = layout.swap.reads_as_none;
    const SwpEntry entry = named.value_or(pte_to_swp_entry(layout, {layout.none_value}));
    result.check("pte_none of the named entry", entry.offset,
                 header.call("none", header.call("encode", entry.type, entry.offset)), named.has_value());
    // The architecture's own macros, beyond what generic code hands them.
    for (unsigned type = 0; type < 256; ++type)
        result.check("__swp_entry", type, header.call("arch_encode", type, 0), swp_entry_to_pte(layout, {type, 0}).val);
}

// Whether the raw conversion, which no generic code calls before it has cleared the markers, takes them along.
void compare_raw_entry(const Header& header, const Layout& layout, Comparison& result) {
    for (unsigned type = 0; type < types; ++type) {
        const Word plain = header.call("encode", type, 5);
        for (const SwapMarker& marker : markers) {
            const Word marked = header.has(marker.make) ? header.call(marker.make, plain) : plain;
            if (marked == plain) continue;
            result.check("__pte_to_swp_entry", marked,
                         header.call("raw_entry", marked) != header.call("raw_entry", plain),
                         layout.swap.raw_entry_keeps_markers);
        }
    }
}

// The offset field in its full width, which generic code need not use. PAE's entry drops the bits that it has too many of.
void compare_offset_field(const Header& header, const Layout& layout, Comparison& result) {
    if (layout.swap.offset.inverted) return;
    for (unsigned n = 0; n < layout.pte_bits; ++n) {
        const Word word = layout.swap.fixed_value | (bit(n) & field_mask(layout.swap.offset));
        result.check("__swp_offset", word, header.call("arch_offset", word), extract(layout.swap.offset, word));
    }
    const Word highest = bit(layout.pte_bits - 1U);
    if ((layout.swap.exclusive & highest) == 0 && !pte_present(layout, {highest}) &&
        header.call("arch_offset", highest) != 0)
        result.check("__swp_offset", highest, header.call("arch_offset", highest),
                     extract(layout.swap.offset, highest));
}

struct PresentHelper {
    const char* name;
    Pte (*ours)(const Layout&, Pte);
};
constexpr PresentHelper edits[] = {
    {"mkwrite", pte_mkwrite},           {"wrprotect", pte_wrprotect},
    {"mkdirty", pte_mkdirty},           {"mkclean", pte_mkclean},
    {"mkyoung", pte_mkyoung},           {"mkold", pte_mkold},
    {"mksoft_dirty", pte_mksoft_dirty}, {"clear_soft_dirty", pte_clear_soft_dirty},
    {"mkuffd_wp", pte_mkuffd_wp},       {"clear_uffd_wp", pte_clear_uffd_wp},
};
bool may_read(const Layout& layout, Pte pte) { return pte_access_permitted(layout, pte, false); }
bool may_write(const Layout& layout, Pte pte) { return pte_access_permitted(layout, pte, true); }

struct PresentTest {
    const char* name;
    bool (*ours)(const Layout&, Pte);
};
constexpr PresentTest tests[] = {
    {"write", pte_write},     {"dirty", pte_dirty},       {"young", pte_young},   {"soft_dirty", pte_soft_dirty},
    {"uffd_wp", pte_uffd_wp}, {"protnone", pte_protnone}, {"may_read", may_read}, {"may_write", may_write},
};

Word pfn_mask(const Layout& layout) { return field_values(layout.present_pte.pfn) & low_bits(layout.ulong_bits); }

void compare_words(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    for (const Word word : raw_words(layout, step)) {
        if (result.is_decided()) return;
        const Pte pte = {word};
        result.check("pte_present", word, header.call("present", word), pte_present(layout, pte));
        result.check("pte_none", word, header.call("none", word), pte_none(layout, pte));
        for (const SwapMarker& marker : markers) {
            if (!header.has(marker.test)) continue;
            result.check(marker.test, word, header.call(marker.test, word), marker.our_test(layout, pte));
            result.check(marker.clear, word, header.call(marker.clear, word), marker.our_clear(layout, pte).val);
            result.check(marker.make, word, header.call(marker.make, word), marker.our_make(layout, pte).val);
        }
        for (const PresentTest& test : tests)
            result.check(test.name, word, header.call(test.name, word), test.ours(layout, pte));
        for (const PresentHelper& edit : edits)
            result.check(edit.name, word, header.call(edit.name, word), edit.ours(layout, pte).val);
    }
}

// On x86 of 6.12, dirty without write is a shadow stack, and write with saved dirtiness is what no helper makes.
bool is_ordinary(const Layout& layout, Word word) {
    if (!layout.name.starts_with("x86") || layout.kernel != "6.12") return true;
    const Word saved = layout.ulong_bits == 64 ? x86::PAGE_SAVED_DIRTY : x86::PAGE_SAVED_DIRTY_32;
    return (word & x86::PAGE_RW) != 0 ? (word & saved) == 0 : (word & x86::PAGE_DIRTY) == 0;
}

// pte_modify() of any word.
void compare_modify(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    const Word readonly = header.call("page_readonly");
    const Word none = header.call("page_none");
    for (const Word word : raw_words(layout, step)) {
        if (result.is_decided()) return;
        if (!is_ordinary(layout, word)) continue;
        result.check("pte_modify(PAGE_READONLY)", word, header.call("modify", word, readonly),
                     pte_modify(layout, {word}, layout.present_pte.page_readonly).val);
        result.check("pte_modify(PAGE_NONE)", word, header.call("modify", word, none),
                     pte_modify(layout, {word}, layout.present_pte.page_none).val);
    }
    // Protections that no private mapping has, such as a writable one. Those of two-word PTEs need placing first.
    if (layout.words.size() > 1 && !layout.name.starts_with("x86")) return;
    std::mt19937_64 random(5);
    const Word pfn = field_mask(layout.present_pte.pfn);
    for (const Word word : raw_words(layout, step)) {
        if (result.is_decided()) return;
        if (!is_ordinary(layout, word)) continue;
        const Word prot = random() & ~pfn & low_bits(layout.pte_bits);
        result.check("pte_modify(random protection)", word, header.call("modify", word, prot),
                     pte_modify(layout, {word}, {prot}).val);
    }
}

// Present PTEs as the kernel makes them: a pfn under either protection, with any choice of flags.
// How many low bits of a pfn come back from the header.
unsigned header_pfn_width(const Header& header, const Layout& layout) {
    unsigned width = 0;
    while (width < layout.ulong_bits && header.call("pfn", header.call("pfn_readonly", bit(width))) == bit(width))
        ++width;
    return width;
}

void compare_pfn(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    unsigned ours = 0;
    while (ours < layout.ulong_bits && pte_pfn(layout, pfn_pte(layout, bit(ours))) == bit(ours)) ++ours;
    result.check("bits of a pfn", 0, header_pfn_width(header, layout), ours);
    // Only with an inverted pfn does the PTE have room for more than an unsigned long holds.
    const Word mask = layout.present_pte.pfn_inverted_unless != 0 ? low_bits(layout.ulong_bits) : ~Word{0};
    for (const Word word : raw_words(layout, step)) {
        if (result.is_decided()) return;
        const Word pfn = header.call("pfn", word);
        // sparc32 has no pfn for what lies above its memory.
        if (pfn == low_bits(layout.ulong_bits)) continue;
        result.check("pte_pfn", word, pfn, pte_pfn(layout, {word}) & mask);
    }
    // Where the header's protections are words of their own; the two-word PTEs of mips place them.
    if (header.call("page_readonly") != layout.present_pte.page_readonly.val && layout.words.size() > 1) return;
    std::mt19937_64 random(11);
    const Word bits_of_prot = low_bits(layout.pte_bits) & ~field_mask(layout.present_pte.pfn);
    // A pgprot of a PTE of two words may be one word.
    for (int i = 0; i < (layout.words.size() > 1 ? 1 : 1000); ++i) {
        const Word prot = i == 0 ? 0 : random() & bits_of_prot;
        result.check("pfn_pte(random protection)", prot, header.call("pfn_pte", 1, prot),
                     pfn_pte(layout, 1, {prot}).val);
    }
}

void compare_present(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    std::mt19937_64 random(1951);
    const PresentFields& present = layout.present_pte;
    const Word readonly = header.call("page_readonly");
    const Word none = header.call("page_none");
    for (std::size_t i = 0; i < 27'000 && !result.is_decided(); i += step) {
        const Word pfn = (i < 64 ? (i < 32 ? i : ~(i - 32)) : random()) & pfn_mask(layout);
        const bool hidden = random() % 4 == 0;
        Pte ours = hidden ? pfn_pte(layout, pfn, present.page_none) : pfn_pte(layout, pfn);
        Word theirs = header.call(hidden ? "pfn_none" : "pfn_readonly", pfn);
        result.check(hidden ? "pfn_pte(PAGE_NONE)" : "pfn_pte(PAGE_READONLY)", pfn, theirs, ours.val);
        for (int n = 0; n < 4; ++n) {
            const PresentHelper& edit = edits[random() % std::size(edits)];
            theirs = header.call(edit.name, theirs);
            ours = edit.ours(layout, ours);
            result.check(edit.name, pfn, theirs, ours.val);
        }
        result.check("pte_pfn", theirs, header.call("pfn", theirs) & low_bits(layout.ulong_bits),
                     pte_pfn(layout, {theirs}) & low_bits(layout.ulong_bits));
        result.check("pte_present of a present PTE", theirs, header.call("present", theirs),
                     pte_present(layout, {theirs}));
        for (const PresentTest& test : tests)
            result.check(test.name, theirs, header.call(test.name, theirs), test.ours(layout, {theirs}));
        result.check("pte_modify(PAGE_READONLY)", theirs, header.call("modify", theirs, readonly),
                     pte_modify(layout, {theirs}, present.page_readonly).val);
        result.check("pte_modify(PAGE_NONE)", theirs, header.call("modify", theirs, none),
                     pte_modify(layout, {theirs}, present.page_none).val);
    }
}

// pte_same() of words that differ in one bit, in two, or in none.
void compare_same(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    std::mt19937_64 random(2);
    const auto some_word = [&](std::size_t kind) -> Word {
        const Word number = random();
        if (kind == 0) return number & low_bits(layout.pte_bits);
        if (kind == 1) return pfn_pte(layout, number & pfn_mask(layout)).val;
        return swp_entry_to_pte(layout, {static_cast<unsigned>(number % types), number & max_swp_offset(layout)}).val;
    };
    for (std::size_t i = 0; i < 600 && !result.is_decided(); i += step) {
        const Word word = some_word(i / step % 3);
        result.check("pte_same of itself", word, header.call("same", word, word), 1);
        for (unsigned n = 0; n < layout.pte_bits; ++n) {
            const Word other = word ^ bit(n);
            result.check("pte_same", word, header.call("same", word, other), pte_same(layout, {word}, {other}));
            const Word further = other ^ bit(static_cast<unsigned>(random() % layout.pte_bits));
            result.check("pte_same", word, header.call("same", word, further), pte_same(layout, {word}, {further}));
        }
    }
}

// What a swap PTE has to leave zero because some other reader of it would take the bit for something else.
void compare_keep_clear(const Header& header, const Layout& layout, Comparison& result) {
    for (unsigned n = 0; n < layout.pte_bits; ++n) {
        const Word word = bit(n);
        // The proofs keep a swap PTE away from what the present and the none test look at or ignore.
        if (header.call("present", word) != 0 || header.call("none", word) != 0) continue;
        if ((word & undecided_keep_clear(layout)) != 0) continue;
        const bool has_other_meaning = (header.has("pmd_present") && header.call("pmd_present", word) != 0) ||
                                       (header.has("hash_none") && header.call("hash_none", word) != 0);
        result.check("whether a swap PTE must keep it clear", word, has_other_meaning,
                     (layout.swap.keep_clear & word) != 0);
    }
}

} // namespace

// With arm64's the processor would make a table of an entry, if it were present; riscv32 has no huge pages, whose entries they
// would be.
Word undecided_keep_clear(const Layout& layout) {
    if (layout.name.starts_with("arm64")) return bit(1);
    return layout.name.starts_with("riscv32") ? bits(1, 3) : 0;
}

void compare_values(const Header& header, const Layout& layout, std::size_t step, Comparison& result) {
    result.check("bits of an unsigned long", 0, header.call("ulong_bits"), layout.ulong_bits);
    result.check("bits of pte_t", 0, header.call("pte_bits"), layout.pte_bits);
    result.check("PAGE_SHIFT", 0, header.call("page_shift"), layout.page_shift);
    compare_keep_clear(header, layout, result);
    compare_same(header, layout, step, result);
    compare_swap(header, layout, step, result);
    compare_raw_entry(header, layout, result);
    compare_offset_field(header, layout, result);
    compare_words(header, layout, step, result);
    compare_pfn(header, layout, step, result);
    compare_modify(header, layout, step, result);
    compare_present(header, layout, step, result);
}

} // namespace conformance
