// SPDX-License-Identifier: GPL-2.0-only
// Comparing what was seen on a real machine with the model: see docs/CONFORMANCE.md for the tolerances.
#pragma once

#include "model/conform.hpp"
#include "model/conform_machine.hpp"

#include <optional>

namespace model {

/// A note as the model would have made it: as TraceNote, but the page is one of the model's.
struct ModelNote {
    NoteCode code = NoteCode::released;
    std::string who;
    PageLife page;
    std::string kind;
    std::string function;
    unsigned number = 0;
    Word refs = 0;
    unsigned byte = 0;
    unsigned expected = 0;

    std::string verdict() const { return byte == expected ? "ok" : "DIVERGENCE"; }
};

/// What differs; the step is filled in by the caller.
using Difference = std::optional<Disagreement>;

/// Which of the trace's letters is which of the model's pages. A letter is a page frame of the real machine: it stays with
/// one page of the model for as long as that page lives, and no page has two letters. What frame an allocation gets is the
/// allocator's business there and here, so a letter whose page was freed may come back as any page allocated after that.
class PageLetters {
public:
    Difference match(const ForcedMachine& machine, const std::string& where, const std::string& letter, PageLife page);

private:
    struct Pair {
        std::string letter;
        PageLife page;
    };
    std::vector<Pair> pairs_;
};

/// All but the refcount.
Difference compare_state(const ForcedMachine& machine, PageLetters& letters, const SeenPte& seen);
Difference compare_notes(const ForcedMachine& machine, PageLetters& letters, const std::vector<TraceNote>& seen,
                         const std::vector<ModelNote>& model);
/// To be called where all else is equal: a refcount can differ for a reason that explains nothing else.
Difference compare_refcounts(const ForcedMachine& machine, const TraceAfter& seen, const std::vector<ModelNote>& model);

} // namespace model
