// SPDX-License-Identifier: GPL-2.0-only
// What one worker sees of the shared part of the wakeup trees: in its own labels, and along its own way.
#pragma once

#include "checker/dpor_shared.hpp"
#include "checker/dpor_wakeup.hpp"

#include <vector>

namespace checker {

class SharedPart {
public:
    SharedPart(SharedBranches& shared, unsigned worker, Dependence& dependence, const Meetings& meetings)
        : shared_(shared),
          worker_(worker),
          dependence_(dependence),
          meetings_(meetings) {}

    /// See SharedBranches::take.
    SharedBranch* take(SharedBranch* finished) { return shared_.take(worker_, finished); }
    bool is_over() const { return shared_.is_over(); }
    bool wants_to_share() const { return shared_.wants_work(); }
    /// To what all workers have come to; returns what that is then.
    std::uint64_t add_states(std::uint64_t count) { return shared_.states += count; }
    std::uint64_t add_transitions(std::uint64_t count) { return shared_.transitions += count; }

    /// The branches from the initial state on, of which the last is the worker's own.
    const std::vector<SharedBranch*>& way() const { return way_; }
    SharedBranch& own() { return way_.empty() ? shared_.root() : *way_.back(); }

    /// The way to a branch begins with so many that this way begins with too.
    static std::vector<SharedBranch*> way_to(SharedBranch& branch);
    std::size_t common_with(const std::vector<SharedBranch*>& other) const;
    void go_back(std::size_t length) { way_.resize(length); }
    void go_on(SharedBranch& branch) { way_.push_back(&branch); }
    /// Calls `call(sleeper)` for the branches that come before this one.
    template <class F>
    void for_each_before(const SharedBranch& branch, F call) {
        for (const SharedBranch* at = branch.parent->children.load(std::memory_order_acquire); at != &branch;
             at = at->next.load(std::memory_order_acquire))
            call(Sleeper{at->step, own_label(at->label)});
    }

    /// As WakeupTrees::insert, among the branches behind the one that is on the way at `reversal.first`.
    std::uint32_t insert(Reversal& reversal);

    /// Shares one state more, the one that the way leads to: the branches that have been explored, the one that is being
    /// explored, which is the last of the way then, and those that are to be. Takes effect with `finish_sharing`.
    void share(std::span<const Sleeper> explored, Sleeper here, WakeupTrees& trees, WakeupTrees::Branches& left);
    void finish_sharing();

    Label own_label(SharedLabel label);

private:
    /// A list being made.
    struct List {
        SharedBranch* first = nullptr;
        SharedBranch* last = nullptr;
        void append(SharedBranch* branch) {
            if (last == nullptr)
                first = branch;
            else
                last->next.store(branch, std::memory_order_relaxed);
            last = branch;
        }
    };

    SharedBranch* make(Step step, Label label, SharedBranch& parent, SharedBranch::State state);
    SharedBranch* sequence_of(SharedBranch& parent, Reversal& reversal, std::uint32_t& last_position);
    void move(WakeupTrees& trees, WakeupTrees::Branches& branches, SharedBranch& parent, List& list);
    SharedLabel shared_label(Label label);

    SharedBranches& shared_;
    unsigned worker_;
    Dependence& dependence_;
    const Meetings& meetings_;
    std::vector<SharedBranch*> way_;
    std::vector<Label> own_labels_;          ///< by shared label; nowhere: not asked for yet
    std::vector<SharedLabel> shared_labels_; ///< by own label
    // While sharing.
    SharedBranch* sharing_from_ = nullptr;
    SharedBranch* shared_children_ = nullptr; ///< of that one
    std::vector<SharedBranches::Added> added_;
};

} // namespace checker
