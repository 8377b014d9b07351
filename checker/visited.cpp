// SPDX-License-Identifier: GPL-2.0-only
// Growing the table of fingerprints; see visited.hpp.
#include "checker/visited.hpp"

#include <algorithm>
#include <cmath>

namespace checker {

bool VisitedTable::contains(const Segment& segment, Word stored) {
    if (segment.capacity == 0) return false;
    for (std::uint64_t at = place(stored, segment.capacity); segment.slots[at] != 0;) {
        if (segment.slots[at] == stored) return true;
        if (++at == segment.capacity) at = 0;
    }
    return false;
}

// From four fifths full to eight fifteenths full: between 10 and 15 bytes a state.
bool VisitedTable::grow(Segment& segment) {
    constexpr std::uint64_t first_capacity = 10;
    Segment larger;
    larger.capacity = std::max(first_capacity, segment.capacity + segment.capacity / 2);
    larger.limit = larger.capacity - larger.capacity / 5;
    larger.used = segment.used;
    const std::uint64_t extra = larger.capacity * sizeof(Word);
    if (max_bytes_ != 0 && bytes_ + extra > max_bytes_) return false;
    larger.slots.reset(static_cast<Word*>(std::calloc(larger.capacity, sizeof(Word))));
    if (!larger.slots) return false;
    for (std::uint64_t from = 0; from < segment.capacity; ++from) {
        const Word stored = segment.slots[from];
        if (stored == 0) continue;
        std::uint64_t at = place(stored, larger.capacity);
        while (larger.slots[at] != 0)
            if (++at == larger.capacity) at = 0;
        larger.slots[at] = stored;
    }
    bytes_ += extra;
    peak_bytes_ = std::max(peak_bytes_, bytes_);
    bytes_ -= segment.capacity * sizeof(Word);
    segment = std::move(larger);
    return true;
}

// Each of the n(n-1)/2 pairs of states agrees in the stored word and the bits that choose the segment with the
// probability of a fair draw.
double VisitedTable::expected_collisions() const {
    const double states = static_cast<double>(size_);
    return std::ldexp(states * (states - 1) / 2, -static_cast<int>(64 + segment_bits));
}

} // namespace checker
