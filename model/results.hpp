// SPDX-License-Identifier: GPL-2.0-only
// What steps return that is neither a count nor a truth: types of their own, so that a report can say what a result means
// (describe.hpp). Each fits a word.
#pragma once

#include "checker/ids.hpp"
#include "model/ids.hpp"

namespace model {

/// The flags of a page (PG::...), as they were when they were read.
struct PageFlags {
    checker::Word bits = 0;
};

/// Page frames, one bit each.
struct PageSet {
    checker::Word bits = 0;
};

/// Addresses, one bit each.
struct VaSet {
    checker::Word bits = 0;
};

/// A word read for the second time.
enum class Reread : std::uint8_t { changed, unchanged };

/// Whom a TLB flush has to wait for: walks of one phase or of both.
enum class FlushWait : std::uint8_t { phase_0, phase_1, both, nobody };

/// A processor's walk that has found a PTE to mark, and not marked it yet.
struct LateWalk {
    bool is_begun = false;
    std::uint8_t phase = 0; ///< of TLB flushes, when it began
};

/// What an access of a processor or a device came to; `value` counts only where it is done.
struct UnitAccess {
    enum class Kind : std::uint8_t {
        done,
        faults, ///< no translation allows it
        nothing ///< there is no page to access
    };
    Kind kind = Kind::nothing;
    Value value = 0;
    constexpr bool is_done() const { return kind == Kind::done; }
};

} // namespace model
