// SPDX-License-Identifier: GPL-2.0-only
// The fingerprints of the states seen so far, in at most 16 bytes a state, growth included.
//
// The table is cut into segments by bits of the fingerprint's high lane, and each segment is an open-addressing table of
// low lanes that grows by itself: while one is copied, the others stay as they are, so growing never needs the memory
// twice. Since low lanes are placed in order of their value, growing reads and writes in order.
#pragma once

#include "checker/hash.hpp"
#include "checker/ids.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>

namespace checker {

class VisitedTable {
public:
    enum class Insertion : std::uint8_t { added, present, no_room };

    /// `max_bytes`: 0 for no bound.
    explicit VisitedTable(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

    Insertion insert(const Hash128& fingerprint) {
        Segment& segment = segments_[fingerprint.high >> (64 - segment_bits)];
        const Word stored = fingerprint.low != 0 ? fingerprint.low : 1; // Zero marks an empty slot.
        if (segment.used == segment.limit) [[unlikely]] {
            if (contains(segment, stored)) return Insertion::present;
            if (!grow(segment)) return Insertion::no_room;
        }
        Word* const slots = segment.slots.get();
        std::uint64_t at = place(stored, segment.capacity);
        while (slots[at] != 0) {
            if (slots[at] == stored) return Insertion::present;
            if (++at == segment.capacity) at = 0;
        }
        slots[at] = stored;
        ++segment.used;
        ++size_;
        return Insertion::added;
    }

    std::uint64_t size() const { return size_; }
    std::uint64_t bytes() const { return bytes_; }
    /// The most that it ever took, while growing too.
    std::uint64_t peak_bytes() const { return peak_bytes_; }
    /// An upper bound of how many states are expected to be taken for another one.
    double expected_collisions() const;

private:
    static constexpr unsigned segment_bits = 8;

    struct Release {
        void operator()(Word* slots) const { std::free(slots); }
    };
    struct Segment {
        std::unique_ptr<Word[], Release> slots;
        std::uint64_t capacity = 0;
        std::uint64_t used = 0;
        std::uint64_t limit = 0; ///< it grows before it holds more
    };

    static std::uint64_t place(Word stored, std::uint64_t capacity) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::uint64_t>((static_cast<Wide>(stored) * capacity) >> 64);
    }
    static bool contains(const Segment& segment, Word stored);
    bool grow(Segment& segment);

    std::array<Segment, std::size_t{1} << segment_bits> segments_;
    std::uint64_t max_bytes_;
    std::uint64_t size_ = 0;
    std::uint64_t bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
};

} // namespace checker
