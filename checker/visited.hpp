// SPDX-License-Identifier: GPL-2.0-only
// The fingerprints of the states seen so far, in at most 16 bytes a state, growth included.
//
// An open-addressing table of the fingerprints' low lanes, cut into equal segments by bits of the high lane, so that these
// bits tell states apart too although they are not stored. When it grows, segments move one after the other into a larger
// table and the memory behind them is given back, so that it never takes twice what it needs. Large tables lie in huge
// pages: a lookup goes to a random place, and finding out where that page is would cost more than the lookup.
#pragma once

#include "checker/hash.hpp"
#include "checker/ids.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace checker {

class VisitedTable {
public:
    enum class Insertion : std::uint8_t { added, present, no_room };

    /// `max_bytes`: 0 for no bound.
    explicit VisitedTable(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}
    ~VisitedTable();
    VisitedTable(const VisitedTable&) = delete;
    VisitedTable& operator=(const VisitedTable&) = delete;

    /// Begins to fetch the memory that `insert` of the same fingerprint will look at.
    void prefetch(const Hash128& fingerprint) const {
        __builtin_prefetch(slots_ + segment_of(fingerprint) * capacity_ + place(fingerprint.low, capacity_), 1);
    }

    Insertion insert(const Hash128& fingerprint) {
        const std::size_t segment = segment_of(fingerprint);
        const Word stored = fingerprint.low != 0 ? fingerprint.low : 1; // Zero marks an empty slot.
        Word* const slots = slots_ + segment * capacity_;
        std::size_t at = place(stored, capacity_);
        while (slots[at] != 0) {
            if (slots[at] == stored) return Insertion::present;
            if (++at == capacity_) at = 0;
        }
        // A segment keeps an empty slot, where searching it ends.
        if (size_ == limit_ || used_[segment] + 1 == capacity_) [[unlikely]]
            return grow() ? insert(fingerprint) : Insertion::no_room;
        slots[at] = stored;
        ++used_[segment];
        ++size_;
        return Insertion::added;
    }

    /// As `insert`, while others do so too. `full`: one of them has to call grow_shared() while the others stand still.
    /// `added` counts what this worker has added lately. Not to be mixed with `insert`.
    enum class SharedInsertion : std::uint8_t { added, present, full };
    SharedInsertion insert_shared(const Hash128& fingerprint, std::uint32_t& added) {
        Word* const slots = slots_ + segment_of(fingerprint) * capacity_;
        const Word stored = fingerprint.low != 0 ? fingerprint.low : 1;
        if (shared_size_.load(std::memory_order_relaxed) >= limit_) [[unlikely]]
            return SharedInsertion::full;
        std::size_t at = place(stored, capacity_);
        for (std::size_t looked_at = 0; looked_at < capacity_; ++looked_at) {
            const std::atomic_ref<Word> slot(slots[at]);
            Word found = slot.load(std::memory_order_relaxed);
            if (found == 0 && slot.compare_exchange_strong(found, stored, std::memory_order_relaxed)) {
                if (++added == added_at_once) count_shared(added);
                return SharedInsertion::added;
            }
            if (found == stored) return SharedInsertion::present;
            if (++at == capacity_) at = 0;
        }
        is_segment_full_.store(true);
        return SharedInsertion::full;
    }
    /// Adds up what a worker has added.
    void count_shared(std::uint32_t& added) {
        shared_size_.fetch_add(added, std::memory_order_relaxed);
        added = 0;
    }
    /// Ready for insert_shared(). Returns whether there is memory for a table that can be shared.
    bool begin_sharing();
    void end_sharing() { size_ = shared_size_.load(); }
    /// Makes room if there is none. Returns whether there is some.
    bool grow_shared() {
        if (shared_size_.load() < limit_ && !is_segment_full_.load()) return true;
        is_segment_full_.store(false);
        return grow();
    }

    /// Forgets all, and keeps the memory.
    void clear();

    /// Whether it holds the fingerprint. Not while others insert.
    bool contains(const Hash128& fingerprint) const;
    /// All that is in it, as it lies in memory.
    struct Image {
        std::uint64_t capacity = 0; ///< of a segment
        std::uint64_t peak_bytes = 0;
        std::span<const Word> slots{};
    };
    /// Valid while nothing is inserted.
    Image image() const;
    enum class Restored : std::uint8_t { done, no_room, damaged };
    /// Of an empty table: makes it what another one was.
    Restored restore(const Image& image);

    std::uint64_t size() const { return size_; }
    std::uint64_t bytes() const { return bytes_; }
    /// The most that it ever took, while growing too.
    std::uint64_t peak_bytes() const { return peak_bytes_; }
    /// An upper bound of how many states are expected to be taken for another one.
    double expected_collisions() const;

private:
    static constexpr std::uint32_t added_at_once = 64;
    static constexpr unsigned segment_bits = 5;
    static constexpr std::size_t segments = std::size_t{1} << segment_bits;

    static std::size_t segment_of(const Hash128& fingerprint) { return fingerprint.high >> (64 - segment_bits); }
    static std::size_t place(Word stored, std::size_t capacity) {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::size_t>((static_cast<Wide>(stored) * capacity) >> 64);
    }
    bool grow();
    void use(Word* slots, std::size_t capacity, std::size_t bytes);

    std::array<Word, segments> nothing_{}; ///< the table before it grows for the first time: one empty slot a segment
    std::array<std::size_t, segments> used_{};
    Word* slots_ = nothing_.data();
    std::size_t capacity_ = 1; ///< of one segment
    std::uint64_t limit_ = 0;  ///< it grows before it holds more
    std::uint64_t size_ = 0;
    std::atomic<bool> is_segment_full_ = false;
    std::atomic<std::uint64_t> shared_size_ = 0; ///< up to what workers have not counted yet
    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
};

} // namespace checker
