// SPDX-License-Identifier: GPL-2.0-only
// An array that grows at its end, and whose values stay where they are. std::deque does that too, but takes memory for each
// value by itself once values are as large as local states.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace checker {

template <class T>
class ChunkedArray {
public:
    T& emplace_back() {
        if (size_ == chunks_.size() * chunk_size) chunks_.push_back(std::make_unique<T[]>(chunk_size));
        return (*this)[size_++];
    }
    /// What is put there next is as new.
    void pop_back() {
        T& last = (*this)[--size_];
        std::destroy_at(&last);
        std::construct_at(&last);
    }

    T& operator[](std::size_t at) { return chunks_[at / chunk_size][at % chunk_size]; }
    const T& operator[](std::size_t at) const { return chunks_[at / chunk_size][at % chunk_size]; }
    std::size_t size() const { return size_; }

private:
    static constexpr std::size_t chunk_size = 32;

    std::vector<std::unique_ptr<T[]>> chunks_;
    std::size_t size_ = 0;
};

} // namespace checker
