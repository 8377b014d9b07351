// SPDX-License-Identifier: GPL-2.0-only
// When a search is to be saved next. All its workers ask; one of them saves while the others stand still.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <utility>

namespace checker {

class CheckpointClock {
public:
    CheckpointClock(double every_seconds, std::function<void()> save)
        : every_seconds_(every_seconds),
          save_(std::move(save)),
          due_(every_seconds) {}

    bool is_due() const { return seconds() >= due_.load(std::memory_order_relaxed); }
    /// Not by two at the same time.
    void save() {
        const double begin = seconds();
        save_();
        // However large the table and slow the disk: most of the time is for searching.
        constexpr double searching_over_saving = 9;
        const double end = seconds();
        due_.store(end + std::max(every_seconds_, searching_over_saving * (end - begin)), std::memory_order_relaxed);
    }

private:
    double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
    }

    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
    double every_seconds_;
    std::function<void()> save_;
    std::atomic<double> due_; ///< in seconds after the start
};

} // namespace checker
