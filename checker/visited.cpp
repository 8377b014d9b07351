// SPDX-License-Identifier: GPL-2.0-only
// Growing the table of fingerprints; see visited.hpp.
#include "checker/visited.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>

namespace checker {

namespace {

constexpr std::size_t small_page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Zeroed memory, in huge pages if it is large; null if there is none. `bytes` is a multiple of the small page.
void* map(std::size_t bytes) {
    const std::size_t slack = bytes >= huge_page ? huge_page : 0;
    void* const mapping =
        mmap(nullptr, bytes + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) return nullptr;
    if (slack == 0) return mapping;
    auto* const begin = static_cast<std::byte*>(mapping);
    const std::size_t skipped = (huge_page - reinterpret_cast<std::uintptr_t>(begin) % huge_page) % huge_page;
    if (skipped != 0) munmap(begin, skipped);
    if (skipped != slack) munmap(begin + skipped + bytes, slack - skipped);
    // Only a wish: where there are no huge pages, the table is slower and no less right.
    madvise(begin + skipped, bytes, MADV_HUGEPAGE);
    return begin + skipped;
}

} // namespace

VisitedTable::~VisitedTable() {
    if (bytes_ != 0) munmap(slots_, bytes_);
}

// From four fifths full to eight fifteenths full: between 10 and 15 bytes a state, and what is not given back yet.
bool VisitedTable::grow() {
    constexpr std::size_t first_capacity = 4;
    const std::size_t capacity = std::max(first_capacity, capacity_ + capacity_ / 2);
    const std::size_t bytes = rounded_up(segments * capacity * sizeof(Word), small_page);
    // Behind the segments that have moved, memory is given back in pieces of this size.
    const std::size_t piece =
        rounded_up(std::max(bytes_ / 16, small_page), bytes_ >= 32 * huge_page ? huge_page : small_page);
    const std::uint64_t peak = bytes + std::min<std::uint64_t>(piece, bytes_);
    if (max_bytes_ != 0 && peak > max_bytes_) return false;
    auto* const slots = static_cast<Word*>(map(bytes));
    if (slots == nullptr) return false;

    auto* const old = reinterpret_cast<std::byte*>(slots_);
    std::size_t given_back = 0;
    for (std::size_t segment = 0; segment < segments; ++segment) {
        const Word* const from = slots_ + segment * capacity_;
        Word* const to = slots + segment * capacity;
        for (std::size_t slot = 0; slot < capacity_; ++slot) {
            if (from[slot] == 0) continue;
            std::size_t at = place(from[slot], capacity);
            while (to[at] != 0)
                if (++at == capacity) at = 0;
            to[at] = from[slot];
        }
        const std::size_t moved = (segment + 1) * capacity_ * sizeof(Word);
        if (bytes_ == 0 || moved - given_back < piece) continue;
        const std::size_t whole = (moved - given_back) / piece * piece;
        munmap(old + given_back, whole);
        given_back += whole;
    }
    if (given_back < bytes_) munmap(old + given_back, bytes_ - given_back);

    slots_ = slots;
    capacity_ = capacity;
    limit_ = segments * capacity / 5 * 4;
    bytes_ = bytes;
    peak_bytes_ = std::max(peak_bytes_, peak);
    return true;
}

// Each of the n(n-1)/2 pairs of states agrees in the stored word and the bits that choose the segment with the
// probability of a fair draw.
double VisitedTable::expected_collisions() const {
    const double states = static_cast<double>(size_);
    return std::ldexp(states * (states - 1) / 2, -static_cast<int>(64 + segment_bits));
}

} // namespace checker
