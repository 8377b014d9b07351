// SPDX-License-Identifier: GPL-2.0-only
// Which steps depend on each other. What a step reads and writes is its label; labels are interned, for a program has few of
// them, and whether two conflict is then one bit looked up.
//
// Two steps of different threads depend on each other iff their labels conflict: both touch the same bits of a cell and
// neither both read nor both update in the same way without looking, or both write to the footprint of one property that is
// evaluated on the way. A label says what a step really did: a failed trylock or compare-exchange only reads.
#pragma once

#include "checker/access.hpp"
#include "checker/program.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace checker {

/// Bits that a step touches.
struct Touched {
    std::uint32_t place = 0; ///< a cell, or behind the cells a property whose footprint is written to
    AccessKind kind = AccessKind::read;
    Word mask = ~Word{0};
    auto operator<=>(const Touched&) const = default;
};

inline bool conflict(const Touched& a, const Touched& b) {
    return (a.mask & b.mask) != 0 && (a.kind != b.kind || a.kind == AccessKind::write);
}

/// What has to be known of an operation on one cell to say how it touches it in some state.
struct Touch {
    OpKind kind = OpKind::start;
    bool returns_nothing = false;
    CellId cell{};
    Word mask = 0;
    Word expected = 0;

    static Touch of(const Operation& op) { return {op.kind, op.returns_nothing, op.cell, op.mask, op.expected}; }
    bool has_cell() const {
        return kind != OpKind::atomic && kind != OpKind::wait && kind != OpKind::choose && kind != OpKind::breakpoint;
    }
};

inline bool is_lock(OpKind kind) {
    return kind == OpKind::lock || kind == OpKind::read_lock || kind == OpKind::write_lock;
}
/// Whether what an operation of this kind touches, or whether it is blocked, depends on what its cells hold.
inline bool depends_on_state(OpKind kind) {
    switch (kind) {
    case OpKind::compare_exchange:
    case OpKind::trylock:
    case OpKind::read_trylock:
    case OpKind::write_trylock:
    case OpKind::wait:
    case OpKind::atomic: return true;
    default: return is_lock(kind);
    }
}
/// Whether the step releases the same lock as a whole: afterwards nobody has it.
inline bool is_release(const Touch& step, const Touch& lock) {
    return step.cell == lock.cell && step.mask == lock.mask &&
           step.kind == (lock.kind == OpKind::lock ? OpKind::unlock : OpKind::write_unlock);
}

/// Names a set of accesses.
using Label = std::uint32_t;
/// Of a step that touches nothing.
inline constexpr Label untouching = 0;

class Dependence {
public:
    /// `commuting`: whether updates of the same kind that return nothing are independent.
    Dependence(const Program& program, bool commuting);

    /// How many places accesses name.
    std::size_t places() const { return cells_ + properties_; }
    /// What an operation on one cell touches when that holds `whole`, or when it is blocked.
    Label label_of(const Touch& touch, Word whole) {
        AccessKind kind = kind_of(touch, whole);
        if (!commuting_ && kind != AccessKind::read) kind = AccessKind::write;
        return single({touch.cell.index, kind, touch.mask});
    }
    /// What the function of an atomic operation or the predicate of a wait touched.
    Label label_of(const AccessRecorder& recorder);
    /// As `accesses` of another Dependence of the same program says it.
    Label label_of(std::vector<Touched> accesses) { return intern(std::move(accesses)); }

    bool conflict(Label a, Label b) const {
        if (a < matrix_side_ && b < matrix_side_) return (matrix_[a * row_words_ + b / 64] >> b % 64 & 1) != 0;
        return find_conflict(a, b);
    }
    /// All labels in conflict with this one.
    const std::vector<Label>& conflicting(Label label) const { return labels_[label].conflicting; }
    std::span<const Touched> accesses(Label label) const {
        const Interned& interned = labels_[label];
        return {accesses_.data() + interned.begin, interned.count};
    }
    /// Whether a step with the label `writer` may change what a step with the label `other` finds in its cells.
    bool changes(Label writer, Label other) const;
    /// Whether the label writes to these bits, otherwise than by an update that commutes with its like.
    bool overwrites(Label label, CellId cell, Word mask) const;

private:
    struct Interned {
        std::uint32_t begin = 0;
        std::uint32_t count = 0;
        std::vector<Label> conflicting;
    };
    struct KnownSingle {
        Touched access{};
        Label label = untouching;
    };

    Label single(const Touched& access) {
        const std::size_t slot = slot_of(access);
        const KnownSingle& known = singles_[slot];
        if (known.label != untouching && known.access == access) [[likely]]
            return known.label;
        return remember_single(slot, access);
    }
    static std::size_t slot_of(const Touched& access) {
        const Word mixed =
            (access.place * Word{8} + static_cast<Word>(access.kind) + (access.mask * 0xff51afd7ed558ccdULL)) *
            0x9e3779b97f4a7c15ULL;
        return static_cast<std::size_t>(mixed >> (64 - single_bits));
    }
    static AccessKind kind_of(const Touch& touch, Word whole);
    Label remember_single(std::size_t slot, const Touched& access);
    Label intern(std::vector<Touched> touched);
    bool find_conflict(Label a, Label b) const;
    void grow_matrix();
    void set_conflict(Label a, Label b);

    static constexpr unsigned single_bits = 10;
    static constexpr std::size_t max_matrix_side = 8192; ///< 8 MiB; beyond it conflicts are looked for each time

    std::size_t cells_;
    std::size_t properties_;
    bool commuting_;
    std::vector<Word> watchers_; ///< for each cell the properties that are evaluated on the way and read it
    std::vector<Interned> labels_;
    std::vector<Touched> accesses_;
    std::map<std::vector<Touched>, Label> known_;
    std::vector<KnownSingle> singles_; ///< a cache over `known_`
    std::vector<Word> matrix_;
    std::size_t matrix_side_ = 0;
    std::size_t row_words_ = 0;
};

} // namespace checker
