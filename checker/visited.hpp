// SPDX-License-Identifier: GPL-2.0-only
// The fingerprints of the states seen so far, in at most 16 bytes a state, growth included.
//
// An open-addressing table of the fingerprints' low lanes, cut into equal segments by bits of the high lane, so that these
// bits tell states apart too although they are not stored. When it grows, segments move one after the other into a larger
// table and the memory behind them is given back, so that it never takes twice what it needs. Large tables lie in huge
// pages: a lookup goes to a random place, and finding out where that page is would cost more than the lookup.
//
// At its bound it can become a table that tells states less well apart (lossy_table.hpp), segment by segment in the same way.
#pragma once

#include "checker/hash.hpp"
#include "checker/ids.hpp"
#include "checker/lossy_table.hpp"
#include "checker/search.hpp"
#include "checker/table_file.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace checker {

class VisitedTable {
public:
    enum class Insertion : std::uint8_t { added, present, no_room };

    /// `max_bytes`: 0 for no bound. `file`: where the memory comes from if it is open; outlives the table.
    explicit VisitedTable(std::uint64_t max_bytes, WhenFull when_full = WhenFull::stop, TableFile* file = nullptr)
        : max_bytes_(max_bytes),
          when_full_(when_full),
          file_(file != nullptr && file->is_open() ? file : nullptr) {}
    ~VisitedTable();
    VisitedTable(const VisitedTable&) = delete;
    VisitedTable& operator=(const VisitedTable&) = delete;

    /// Begins to fetch the memory that `insert` of the same fingerprint will look at. Not inlined, it would be left out: GCC takes
    /// a function that does nothing else for one without effect.
    [[gnu::always_inline]] void prefetch(const Hash128& fingerprint) const {
        if (lossy_ != nullptr) [[unlikely]]
            return lossy_->prefetch(in_one_word(fingerprint));
        __builtin_prefetch(slots_ + segment_of(fingerprint) * capacity_ + Probe(fingerprint.low, capacity_).at, 1);
    }

    Insertion insert(const Hash128& fingerprint) {
        if (lossy_ != nullptr) [[unlikely]]
            return insert_lossy(fingerprint);
        const std::size_t segment = segment_of(fingerprint);
        const Word stored = fingerprint.low != 0 ? fingerprint.low : 1; // Zero marks an empty slot.
        Word* const slots = slots_ + segment * capacity_;
        Probe probe(stored, capacity_);
        while (slots[probe.at] != 0) {
            if (slots[probe.at] == stored) return Insertion::present;
            probe.go_on();
        }
        // A segment keeps an empty slot, where searching it ends.
        if (size_ == limit_ || used_[segment] + 1 == capacity_) [[unlikely]]
            return grow() ? insert(fingerprint) : Insertion::no_room;
        slots[probe.at] = stored;
        ++used_[segment];
        ++size_;
        return Insertion::added;
    }

    /// As `insert`, while others do so too. `full`: one of them has to call grow_shared() while the others stand still.
    /// `added` counts what this worker has added lately. Not to be mixed with `insert`.
    enum class SharedInsertion : std::uint8_t { added, present, full };
    SharedInsertion insert_shared(const Hash128& fingerprint, std::uint32_t& added) {
        if (lossy_ != nullptr) [[unlikely]]
            return insert_lossy_shared(fingerprint);
        Word* const slots = slots_ + segment_of(fingerprint) * capacity_;
        const Word stored = fingerprint.low != 0 ? fingerprint.low : 1;
        if (shared_size_.load(std::memory_order_relaxed) >= limit_) [[unlikely]]
            return SharedInsertion::full;
        Probe probe(stored, capacity_);
        for (std::size_t looked_at = 0; looked_at < capacity_; ++looked_at) {
            const std::atomic_ref<Word> slot(slots[probe.at]);
            Word found = slot.load(std::memory_order_relaxed);
            if (found == 0 && slot.compare_exchange_strong(found, stored, std::memory_order_relaxed)) {
                if (++added == added_at_once) count_shared(added);
                return SharedInsertion::added;
            }
            if (found == stored) return SharedInsertion::present;
            probe.go_on();
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
    void end_sharing() {
        if (lossy_ == nullptr) size_ = shared_size_.load();
    }
    /// Makes room if there is none. Returns whether there is some.
    bool grow_shared() {
        if (lossy_ != nullptr) return !is_segment_full_.load();
        if (shared_size_.load() < limit_ && !is_segment_full_.load()) return true;
        is_segment_full_.store(false);
        return grow();
    }

    /// Forgets all, and keeps the memory.
    void clear();

    /// Whether it holds the fingerprint. Never says so once states are kept less exactly, for then only who inserts is told
    /// how many may be missed.
    bool contains(const Hash128& fingerprint) const {
        if (lossy_ != nullptr) [[unlikely]]
            return false;
        Word* const slots = slots_ + segment_of(fingerprint) * capacity_;
        const Word stored = fingerprint.low != 0 ? fingerprint.low : 1;
        Probe probe(stored, capacity_);
        for (std::size_t looked_at = 0; looked_at < capacity_; ++looked_at) {
            const Word found = std::atomic_ref<Word>(slots[probe.at]).load(std::memory_order_relaxed);
            if (found == 0) return false;
            if (found == stored) return true;
            probe.go_on();
        }
        return false;
    }
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

    std::uint64_t size() const { return lossy_ != nullptr ? size_ + lossy_->added() : size_; }
    /// Whether states are kept less exactly by now.
    bool is_lossy() const { return lossy_ != nullptr; }
    /// How many new states were taken for others because of that.
    double expected_omissions() const { return lossy_ != nullptr ? lossy_->expected_omissions() : 0; }
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

    /// The slots of one segment where a fingerprint may be, one after the other: all of a cache line, then all of the next. Only
    /// who finds no empty one in a line, which is seldom, has to wait for another one.
    static constexpr std::size_t line = 8;
    struct Probe {
        Probe(Word stored, std::size_t capacity) : capacity_(capacity) {
            __extension__ using Wide = unsigned __int128;
            at = static_cast<std::size_t>((static_cast<Wide>(stored) * (capacity / line)) >> 64) * line + stored % line;
            first_ = at;
        }
        void go_on() {
            at = at / line * line + (at + 1) % line;
            if (at != first_) [[likely]]
                return;
            at += line;
            if (at >= capacity_) at -= capacity_;
            first_ = at;
        }
        std::size_t at;

    private:
        std::size_t capacity_;
        std::size_t first_; ///< of this line
    };
    bool grow();
    bool become_lossy();
    std::size_t piece_to_release() const;
    std::size_t page_to_release() const;
    Insertion insert_lossy(const Hash128& fingerprint);
    SharedInsertion insert_lossy_shared(const Hash128& fingerprint);
    void* allocate(std::size_t bytes) const;
    void release(void* memory, std::size_t released, std::size_t bytes, std::size_t whole) const;
    /// Moves all segments, and releases the memory behind them. `move(segment, its slots)`.
    template <class Move>
    void move_segments(Move move);
    /// So that what is in one segment stays together in the order of these words.
    static Word in_one_word(const Hash128& fingerprint) { return one_word(segment_of(fingerprint), fingerprint.low); }
    static Word one_word(std::size_t segment, Word low) {
        return Word{segment} << (64 - segment_bits) | low >> segment_bits;
    }
    void use(Word* slots, std::size_t capacity, std::size_t bytes);

    std::array<Word, segments * line> nothing_{}; ///< the table before it grows for the first time
    std::array<std::size_t, segments> used_{};
    Word* slots_ = nothing_.data();
    std::size_t capacity_ = line; ///< of one segment; whole lines
    std::uint64_t limit_ = 0;     ///< it grows before it holds more
    std::uint64_t size_ = 0;
    std::atomic<bool> is_segment_full_ = false;
    std::atomic<std::uint64_t> shared_size_ = 0; ///< up to what workers have not counted yet
    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t peak_bytes_ = 0;
    WhenFull when_full_;
    TableFile* file_;
    std::unique_ptr<LossyTable> lossy_; ///< in `slots_` then; `size_` is how many were kept exactly
};

} // namespace checker
