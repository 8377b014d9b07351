// SPDX-License-Identifier: GPL-2.0-only
// Inserting into shared wakeup trees; see dpor_shared_part.hpp.
#include "checker/dpor_shared_part.hpp"

#include <algorithm>

namespace checker {

using State = SharedBranch::State;

std::vector<SharedBranch*> SharedPart::way_to(SharedBranch& branch) {
    std::vector<SharedBranch*> way;
    for (SharedBranch* at = &branch; at->parent != nullptr; at = at->parent) way.push_back(at);
    std::reverse(way.begin(), way.end());
    return way;
}

std::size_t SharedPart::common_with(const std::vector<SharedBranch*>& other) const {
    return static_cast<std::size_t>(std::mismatch(way_.begin(), way_.end(), other.begin(), other.end()).first -
                                    way_.begin());
}

/// Takes no lock: lists only grow at their ends, and whoever comes second looks at what the first one has appended.
std::uint32_t SharedPart::insert(Reversal& reversal) {
    std::uint32_t certain = reversal.second;
    SharedBranch* parent = way_[reversal.first]->parent;
    std::atomic<SharedBranch*>* link = &way_[reversal.first]->next;
    for (;;) {
        SharedBranch* at = link->load(std::memory_order_acquire);
        if (at == nullptr) {
            std::uint32_t last_position = 0;
            SharedBranch* const first = sequence_of(*parent, reversal, last_position);
            SharedBranch* last = first;
            while (SharedBranch* const child = last->children.load(std::memory_order_relaxed)) last = child;
            if (link->compare_exchange_strong(at, first, std::memory_order_acq_rel)) {
                shared_.add(worker_, {reversal.first, last});
                return std::max(certain, last_position);
            }
            while (last != parent) {
                SharedBranch* const before = last->parent;
                delete last;
                last = before;
            }
        }
        const Label label = own_label(at->label);
        const Meeting meeting = meetings_.meet(at->step, label, reversal);
        if (meeting.relation == Relation::conflicting) {
            Meetings::note_needed(reversal, meeting.at);
            link = &at->next;
            continue;
        }
        certain = std::max(certain, meetings_.certain_by(at->step, label, meeting, reversal));
        if (meeting.relation == Relation::member) Meetings::remove(reversal, meeting.at);
        if (at->covers_all) return certain;
        parent = at;
        link = &at->children;
    }
}

/// One branch after the other; returns the first.
SharedBranch* SharedPart::sequence_of(SharedBranch& parent, Reversal& reversal, std::uint32_t& last_position) {
    SharedBranch* first = nullptr;
    SharedBranch* last = &parent;
    meetings_.for_each_needed(reversal, [&](Step step, Label label, std::uint32_t position) {
        SharedBranch* const branch = make(step, label, *last, State::inner);
        branch->covers_all = false;
        if (first == nullptr)
            first = branch;
        else
            last->children.store(branch, std::memory_order_relaxed);
        last = branch;
        last_position = std::max(last_position, position);
    });
    last->covers_all = true;
    last->state = State::pending;
    return first;
}

void SharedPart::share(std::span<const Sleeper> explored, Sleeper here, WakeupTrees& trees,
                       WakeupTrees::Branches& left) {
    SharedBranch& from = own();
    List list;
    for (const Sleeper& done : explored) list.append(make(done.step, done.label, from, State::done));
    SharedBranch* const on_the_way = make(here.step, here.label, from, State::running);
    on_the_way->is_counted.store(true, std::memory_order_relaxed);
    list.append(on_the_way);
    move(trees, left, from, list);
    if (sharing_from_ == nullptr) {
        sharing_from_ = &from;
        shared_children_ = list.first;
    } else {
        from.children.store(list.first, std::memory_order_relaxed);
        from.state = State::inner;
    }
    way_.push_back(on_the_way);
}

void SharedPart::finish_sharing() {
    shared_.share(worker_, *sharing_from_, shared_children_, added_);
    sharing_from_ = nullptr;
    added_.clear();
}

/// What was the worker's own to explore becomes everybody's.
void SharedPart::move(WakeupTrees& trees, WakeupTrees::Branches& branches, SharedBranch& parent, List& list) {
    while (branches != WakeupTrees::none) {
        WakeupTrees::Taken taken = trees.take(branches);
        SharedBranch* const branch = make(taken.step, taken.label, parent, State::pending);
        list.append(branch);
        if (taken.after == WakeupTrees::none) {
            added_.push_back({static_cast<std::uint32_t>(way_.size()), branch});
            continue;
        }
        branch->covers_all = false;
        branch->state = State::inner;
        List children;
        move(trees, taken.after, *branch, children);
        branch->children.store(children.first, std::memory_order_relaxed);
    }
}

SharedBranch* SharedPart::make(Step step, Label label, SharedBranch& parent, State state) {
    auto* const branch = new SharedBranch;
    branch->step = step;
    branch->label = shared_label(label);
    branch->parent = &parent;
    branch->state = state;
    return branch;
}

Label SharedPart::own_label(SharedLabel label) {
    if (label >= own_labels_.size()) own_labels_.resize(label + std::size_t{1}, nowhere);
    Label& own = own_labels_[label];
    if (own == nowhere) own = dependence_.label_of(shared_.accesses(label));
    return own;
}

SharedLabel SharedPart::shared_label(Label label) {
    if (label >= shared_labels_.size()) shared_labels_.resize(label + std::size_t{1}, nowhere);
    SharedLabel& shared = shared_labels_[label];
    if (shared == nowhere) shared = shared_.label_of(dependence_.accesses(label));
    return shared;
}

} // namespace checker
