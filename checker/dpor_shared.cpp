// SPDX-License-Identifier: GPL-2.0-only
// Who works on which branch, and which branches need not be remembered any more; see dpor_shared.hpp.
#include "checker/dpor_shared.hpp"

namespace checker {

using State = SharedBranch::State;

/// Without recursion, for sequences may be long.
SharedBranches::~SharedBranches() {
    SharedBranch* at = &root_;
    for (;;) {
        while (SharedBranch* const child = at->children.load()) at = child;
        if (at == &root_) return;
        at->parent->children.store(at->next.load());
        SharedBranch* const parent = at->parent;
        delete at;
        at = parent;
    }
}

SharedBranch* SharedBranches::take(unsigned worker, SharedBranch* finished) {
    std::unique_lock lock(mutex_);
    if (finished != nullptr) {
        finished->state = State::done;
        forget_what_is_behind();
    }
    if (pending_count_.load(std::memory_order_relaxed) == 0) {
        ++idle_;
        if (idle_ == workers_) {
            is_over_.store(true);
            changed_.notify_all();
        }
        changed_.wait(lock, [this] { return is_over_.load() || pending_count_.load() != 0; });
        --idle_;
    }
    return is_over_.load() ? nullptr : next_for(worker);
}

SharedBranch* SharedBranches::next_for(unsigned worker) {
    const auto remove = [this](auto& pending, auto at) {
        SharedBranch* const branch = at->second;
        pending.erase(at);
        pending_count_.fetch_sub(1, std::memory_order_relaxed);
        branch->state = State::running;
        return branch;
    };
    auto& own = pending_[worker];
    if (!own.empty()) return remove(own, own.lower_bound(own.rbegin()->first));
    while (pending_[worker].empty()) worker = (worker + 1) % workers_;
    return remove(pending_[worker], pending_[worker].begin());
}

void SharedBranches::share(unsigned worker, SharedBranch& branch, SharedBranch* children,
                           std::span<const Added> added) {
    {
        const std::lock_guard lock(mutex_);
        branch.children.store(children, std::memory_order_release);
        branch.state = State::inner;
        for (const Added& one : added) note_pending(worker, one);
    }
    changed_.notify_all();
}

void SharedBranches::add(unsigned worker, const Added& added) {
    {
        const std::lock_guard lock(mutex_);
        note_pending(worker, added);
    }
    if (idle_.load() != 0) changed_.notify_one();
}

void SharedBranches::note_pending(unsigned worker, const Added& added) {
    pending_[worker].emplace(added.common, added.branch);
    pending_count_.fetch_add(1, std::memory_order_relaxed);
}

void SharedBranches::end() {
    {
        const std::lock_guard lock(mutex_);
        is_over_.store(true);
    }
    changed_.notify_all();
}

bool SharedBranches::is_complete() {
    const std::lock_guard lock(mutex_);
    return first_left_ == nullptr;
}

/// A sequence is inserted behind the branch that it reverses. So nobody looks any more at what is behind branches that come
/// before all that is still being explored or is to be.
void SharedBranches::forget_what_is_behind() {
    while (first_left_ != nullptr) {
        if (first_left_->state == State::pending || first_left_->state == State::running) return;
        if (first_left_->state == State::inner) {
            first_left_ = first_left_->children.load();
            continue;
        }
        while (first_left_ != nullptr && first_left_->next.load() == nullptr) {
            first_left_ = first_left_->parent;
            if (first_left_ != nullptr) delete_children(*first_left_);
        }
        if (first_left_ != nullptr) first_left_ = first_left_->next.load();
    }
}

void SharedBranches::delete_children(SharedBranch& branch) {
    for (SharedBranch* at = branch.children.exchange(nullptr); at != nullptr;) {
        SharedBranch* const next = at->next.load();
        delete at;
        at = next;
    }
}

SharedLabel SharedBranches::label_of(std::span<const Touched> accesses) {
    const std::lock_guard lock(naming_);
    const auto [known, is_new] = known_.emplace(std::vector<Touched>(accesses.begin(), accesses.end()),
                                                static_cast<SharedLabel>(labels_.size()));
    if (is_new) labels_.push_back(&known->first);
    return known->second;
}

std::vector<Touched> SharedBranches::accesses(SharedLabel label) {
    const std::lock_guard lock(naming_);
    return *labels_[label];
}

} // namespace checker
