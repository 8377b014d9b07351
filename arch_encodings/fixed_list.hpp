// SPDX-License-Identifier: GPL-2.0-only
//
// A short list that is a plain value.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <initializer_list>

namespace arch {

// A list with its capacity in its type, so that a layout is a plain value without a heap. Too many items in a constant
// layout do not compile; code that builds a layout at run time looks at what push_back() returns.
template <typename T, std::size_t Capacity>
class FixedList {
public:
    constexpr FixedList() = default;
    constexpr FixedList(std::initializer_list<T> items) {
        for (const T& item : items) {
            if (!push_back(item)) std::abort();
        }
    }

    [[nodiscard]] constexpr bool push_back(const T& item) {
        if (size_ == Capacity) return false;
        items_[size_++] = item;
        return true;
    }
    constexpr const T* begin() const { return items_; }
    constexpr const T* end() const { return items_ + size_; }
    constexpr T* begin() { return items_; }
    constexpr T* end() { return items_ + size_; }
    constexpr bool empty() const { return size_ == 0; }
    constexpr std::size_t size() const { return size_; }
    constexpr T& operator[](std::size_t i) { return items_[i]; }
    constexpr const T& operator[](std::size_t i) const { return items_[i]; }
    bool operator==(const FixedList&) const = default;

private:
    std::size_t size_ = 0;
    T items_[Capacity] = {};
};

} // namespace arch
