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
          end_(std::exchange(other.end_, nullptr)),
          limit_(std::exchange(other.limit_, nullptr)) {}
    InlineStack& operator=(InlineStack&& other) noexcept {
        values_ = std::move(other.values_);
        end_ = std::exchange(other.end_, nullptr);
        limit_ = std::exchange(other.limit_, nullptr);
        return *this;
    }
    InlineStack(const InlineStack& other) { *this = other; }
    InlineStack& operator=(const InlineStack& other) {
        if (this == &other) return *this;
        if (capacity() < other.size()) reserve(other.size());
        end_ = std::copy_n(other.values_.get(), other.size(), values_.get());
        return *this;
    }

    [[gnu::always_inline]] void push_back(const T& value) { push() = value; }
    /// A place on top whose value is left over from whatever was there before.
    [[gnu::always_inline]] T& push() {
        if (end_ == limit_) [[unlikely]]
            reserve(2 * capacity() + first_capacity);
        return *end_++;
    }
    void pop_back() { --end_; }
    /// To fewer values.
    void shrink_to(std::size_t size) { end_ = values_.get() + size; }
    void clear() { end_ = values_.get(); }

    T& back() { return end_[-1]; }
    const T& back() const { return end_[-1]; }
    T& operator[](std::size_t at) { return values_[at]; }
    const T& operator[](std::size_t at) const { return values_[at]; }
    const T* data() const { return values_.get(); }
    std::size_t size() const { return static_cast<std::size_t>(end_ - values_.get()); }
    std::size_t capacity() const { return static_cast<std::size_t>(limit_ - values_.get()); }
    bool empty() const { return end_ == values_.get(); }

private:
    [[gnu::noinline]] void reserve(std::size_t capacity) {
        auto larger = std::make_unique<T[]>(capacity);
        end_ = std::copy_n(values_.get(), size(), larger.get());
        limit_ = larger.get() + capacity;
        values_ = std::move(larger);
    }

    static constexpr std::size_t first_capacity = 16;

    std::unique_ptr<T[]> values_;
    T* end_ = nullptr;   ///< one past the last value
    T* limit_ = nullptr; ///< one past the room
};

} // namespace checker
