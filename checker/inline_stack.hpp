// SPDX-License-Identifier: GPL-2.0-only
// A stack of plain values for innermost loops: what std::vector does on push_back, but inlined, with growing a call away.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace checker {

template <class T>
class InlineStack {
    static_assert(std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T>);

public:
    InlineStack() = default;
    ~InlineStack() = default;
    InlineStack(InlineStack&& other) noexcept
        : values_(std::move(other.values_)),
          size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0)) {}
    InlineStack& operator=(InlineStack&& other) noexcept {
        values_ = std::move(other.values_);
        size_ = std::exchange(other.size_, 0);
        capacity_ = std::exchange(other.capacity_, 0);
        return *this;
    }
    InlineStack(const InlineStack& other) { *this = other; }
    InlineStack& operator=(const InlineStack& other) {
        if (this == &other) return *this;
        if (capacity_ < other.size_) reserve(other.size_);
        std::copy_n(other.values_.get(), other.size_, values_.get());
        size_ = other.size_;
        return *this;
    }

    [[gnu::always_inline]] void push_back(const T& value) {
        if (size_ == capacity_) [[unlikely]]
            reserve(2 * capacity_ + first_capacity);
        values_[size_++] = value;
    }
    void pop_back() { --size_; }
    /// To fewer values.
    void shrink_to(std::size_t size) { size_ = size; }
    void clear() { size_ = 0; }

    T& back() { return values_[size_ - 1]; }
    const T& back() const { return values_[size_ - 1]; }
    T& operator[](std::size_t at) { return values_[at]; }
    const T& operator[](std::size_t at) const { return values_[at]; }
    const T* data() const { return values_.get(); }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    bool empty() const { return size_ == 0; }

private:
    [[gnu::noinline]] void reserve(std::size_t capacity) {
        auto larger = std::make_unique<T[]>(capacity);
        std::copy_n(values_.get(), size_, larger.get());
        values_ = std::move(larger);
        capacity_ = capacity;
    }

    static constexpr std::size_t first_capacity = 16;

    std::unique_ptr<T[]> values_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace checker
