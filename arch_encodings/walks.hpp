// SPDX-License-Identifier: GPL-2.0-only
//
// Walks over what a layout can encode, where proof.hpp reasons about sets of words: every type with all low and high offsets, all
// combinations of markers and of flags, and what hardware changes behind the kernel's back. Each asks the helpers of pte.hpp what
// the kernel asks, and returns the first answer that is wrong. What a known fault of the layout covers is left out.
#pragma once

#include "arch_encodings/proof.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace arch {

// The types of swp_entry_t: swap devices and the special entries.
inline constexpr unsigned swp_types = 32;

// A PTE that shows that something is wrong, and a sentence on it that begins with the word itself.
struct Witness {
    Pte pte;
    std::string says;
};

// All words with at most two bits set.
std::vector<std::uint64_t> one_and_two_bit_words();

// Markers in bits 0 to 2 of `choice`: exclusive, soft-dirty, uffd-wp.
Pte mark_swap(const Layout& layout, Pte pte, std::uint64_t choice);
// Flags in bits 0 to 4 of `choice`: write, dirty, young, soft-dirty, uffd-wp. Each is set or cleared by its own helper.
Pte mark_present(const Layout& layout, Pte pte, std::uint64_t choice);
// The choices that the layout has bits for.
std::uint64_t flags_possible(const Layout& layout);

// A helper that changes a present PTE: the flags that it sets and clears, numbered as above. pte_mkdirty() soft-dirties as well
// where there is such a bit.
struct FlagHelper {
    const char* name;
    Pte (*change)(const Layout&, Pte);
    std::uint64_t sets;
    std::uint64_t clears;
};
std::span<const FlagHelper> flag_helpers();

// Encodes one entry, under all eight choices of markers, and decodes it.
std::optional<Witness> swap_round_trip(const Layout& layout, SwpEntry entry);
// Makes one present PTE with `choice` of flags and puts it through every helper.
std::optional<Witness> present_round_trip(const Layout& layout, std::uint64_t pfn, std::uint64_t choice);

// All types, the first and last 64 offsets, those of one or two bits, and all markers.
std::optional<Witness> walk_swap_entries(const Layout& layout);
// All pfns of one or two bits, and all flags.
std::optional<Witness> walk_present_flags(const Layout& layout);
// Bits that pte_none() ignores may be set in a swap PTE too (the x86 erratum of accessed and dirty), IPTE sets the invalid bit
// before the kernel writes the PTE, and the walk marks accesses: the class of the PTE, the entry and the page stay.
std::optional<Witness> walk_hardware_marks(const Layout& layout);
// L1TF: where the offset is stored inverted for it, the address that a careless processor reads is above all memory.
std::optional<Witness> walk_l1tf(const Layout& layout);

struct ExhaustiveWalk {
    const char* name;
    const char* shows; // what it shows, where nothing is wrong
    std::optional<Witness> (*run)(const Layout& layout);
};
// All of these, in order.
std::span<const ExhaustiveWalk> walks();

} // namespace arch
