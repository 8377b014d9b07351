// SPDX-License-Identifier: GPL-2.0-only
//
// How a kernel reads and writes a PTE in memory: as a whole, or word by word and in which order. The PTEs of 32-bit machines that
// have 64 bits are two words, and who looks without the lock can meet half of a change. tests/conformance/ watches the
// stores and loads of the headers' own functions.
//
// All this is of kernels for several processors; PAE on one processor, for instance, clears a PTE in two stores.
#pragma once

#include "arch_encodings/fixed_list.hpp"

#include <cstdint>
#include <string_view>

namespace arch {

// One access of a PTE.
enum class PteAccess : std::uint8_t {
    whole, // of all its bits at once, for other processors too
    low,   // of bits 0 to 31
    high,  // of bits 32 to 63
    both,  // of both words, one after the other in the order that the compiler picks
};

// In this order: a write barrier stands between two stores of a list, a read barrier between two loads.
using PteAccesses = FixedList<PteAccess, 3>;

struct WordOrder {
    // What these store. A word that keeps its value counts if it is written: nothing else writes it under the lock.
    PteAccesses set = {PteAccess::whole}; // set_pte() and set_pte_at()
    PteAccesses clear = {PteAccess::whole};
    PteAccesses get_and_clear = {PteAccess::whole};
    PteAccesses set_wrprotect = {PteAccess::whole};
    PteAccesses set_access_flags = {PteAccess::whole};
    // Whether ptep_get_and_clear() exchanges what it stores in one atomic step; if not, it is ptep_get() and then the stores. Said
    // of PTEs of two words only.
    bool get_and_clear_is_atomic = false;
    // Bits that clearing a PTE leaves as they were.
    std::uint64_t clear_keeps = 0;
    // What these load. Where a word is loaded twice it must be the same, or everything is loaded again.
    PteAccesses get = {PteAccess::whole};
    PteAccesses get_lockless = {PteAccess::whole};
    bool operator==(const WordOrder&) const = default;
};

std::string_view describe(PteAccess access);

} // namespace arch
