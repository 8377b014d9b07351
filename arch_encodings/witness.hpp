// SPDX-License-Identifier: GPL-2.0-only
//
// For each fault of a layout, a word that shows it; and all that the proofs and the walks say of a layout, with what is known.
#pragma once

#include "arch_encodings/walks.hpp"

#include <string>
#include <vector>

namespace arch {

// "swap_fields_overlap": how files and commands call a fault.
std::string_view fault_name(Fault fault);
// Every fault that a layout can have, in the order of the enum: all but Fault::none.
std::span<const Fault> all_faults();

// A PTE that shows `fault`, which find_all_faults() has found in `layout`. Where the words are sound one by one and only their
// description is not, the bits that it is about.
Witness find_witness(const Layout& layout, Fault fault);

// One thing that is wrong.
struct Finding {
    std::string name; // the fault's, or the walk's
    std::string what; // in a sentence
    Witness witness;
    std::string reason;      // why nobody meets it; empty if nobody says so
    bool is_general = false; // known of nearly every architecture
    bool is_known() const { return !reason.empty(); }
};

// Everything, known or not: first what the proofs say, then the walks. Walks over a layout whose fields have no proper shape
// would mean nothing and are left out.
std::vector<Finding> check_layout(const Layout& layout);

// Why the proofs and walks refuse the layout: the first finding that nobody has given a reason for, with its witness. Empty if
// there is none.
std::string why_refused(const Layout& layout);

} // namespace arch
