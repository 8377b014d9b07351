// SPDX-License-Identifier: GPL-2.0-only
// Workers that wait for each other; see crew.hpp.
#include "checker/crew.hpp"

namespace checker {

void Crew::stand_still() {
    std::unique_lock lock(mutex_);
    ++standing_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !is_pausing_.load(); });
    --standing_;
}

void Crew::alone(const std::function<void()>& task) {
    std::unique_lock lock(mutex_);
    if (is_pausing_.load()) {
        ++standing_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !is_pausing_.load(); });
        --standing_;
        return;
    }
    is_pausing_.store(true);
    changed_.wait(lock, [this] { return standing_ == workers_ - 1; });
    task();
    is_pausing_.store(false);
    changed_.notify_all();
}

void Crew::give(WorkItem item) {
    {
        const std::lock_guard lock(mutex_);
        items_.push_back(std::move(item));
    }
    changed_.notify_all();
}

bool Crew::take(WorkItem& item) {
    std::unique_lock lock(mutex_);
    ++standing_;
    ++idle_;
    if (idle_ == workers_ && items_.empty()) is_over_.store(true);
    changed_.notify_all();
    changed_.wait(lock, [this] { return is_over_.load() || (!items_.empty() && !is_pausing_.load()); });
    --standing_;
    --idle_;
    if (is_over_.load()) return false;
    item = std::move(items_.front());
    items_.pop_front();
    return true;
}

void Crew::end() {
    {
        const std::lock_guard lock(mutex_);
        is_over_.store(true);
    }
    changed_.notify_all();
}

void Crew::leave() {
    {
        const std::lock_guard lock(mutex_);
        ++standing_;
    }
    changed_.notify_all();
}

} // namespace checker
