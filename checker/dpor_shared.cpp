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

SharedBranch* SharedBranches::take(SharedBranch* finished) {
    std::unique_lock lock(mutex_);
    if (finished != nullptr) {
        finished->state = State::done;
        forget_what_is_behind();
    }
    ++idle_;
    if (idle_ == workers_ && pending_.empty()) {
        is_over_.store(true);
        changed_.notify_all();
    }
    changed_.wait(lock, [this] { return is_over_.load() || !pending_.empty(); });
    --idle_;
    if (is_over_.load()) return nullptr;
    SharedBranch* const branch = pending_.front();
    pending_.pop_front();
    pending_count_.store(pending_.size(), std::memory_order_relaxed);
    branch->state = State::running;
    return branch;
}

void SharedBranches::share(SharedBranch& branch, SharedBranch* children, std::span<SharedBranch* const> pending) {
    {
        const std::lock_guard lock(mutex_);
        branch.children.store(children, std::memory_order_release);
        branch.state = State::inner;
        pending_.insert(pending_.end(), pending.begin(), pending.end());
        pending_count_.store(pending_.size(), std::memory_order_relaxed);
    }
    changed_.notify_all();
}

void SharedBranches::add(SharedBranch& pending) {
    {
        const std::lock_guard lock(mutex_);
        pending_.push_back(&pending);
        pending_count_.store(pending_.size(), std::memory_order_relaxed);
    }
    if (idle_.load() != 0) changed_.notify_one();
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
