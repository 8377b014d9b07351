// SPDX-License-Identifier: GPL-2.0-only
// The fingerprints of the states seen so far, in at most 16 bytes a state, growth included.
//
// An open-addressing table of the fingerprints' low lanes, cut into equal segments by the first bits of the high lane; the
// eight bits behind them are stored too (visited_line.hpp). When it grows, segments move one after the other into a larger
// table and the memory behind them is given back, so that it never takes twice what it needs. From half a mebibyte on each
// doubling also cuts segments in two, so that the bits that tell states apart without being stored become more: from 6 to 14.
// Large tables lie in huge pages: a lookup goes to a random place, and finding out where that page is would cost more than the
// lookup.
//
// At its bound it can become a table that tells states less well apart (lossy_table.hpp), segment by segment in the same way.
//
// How many states are taken for others. A state that was stored when s bits chose the segment is known by s + 8 + 64 bits: the
// low lane is stored whole; of the high lane, the segment and the tag together still have the first s + 8 bits, however often the
// table was cut since. A state that comes later has all these bits in common with it with the probability 2^-(72 + s), and only
// then is it taken for it. That summed up over all pairs of states, with s of the one that came first, bounds the expected number
// of states that are missed, and so the probability that any is. The sum takes each cut to happen just when the table is full, so
// that it depends on nothing but how many states there are: it is the same whoever found them.
#pragma once

#include "checker/hash.hpp"
#include "checker/ids.hpp"
#include "checker/lossy_table.hpp"
#include "checker/search.hpp"
#include "checker/table_file.hpp"
#include "checker/visited_line.hpp"

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
        __builtin_prefetch(probe(fingerprint, fingerprint.low).line(), 1);
    }

    Insertion insert(const Hash128& fingerprint) {
        if (lossy_ != nullptr) [[unlikely]]
            return insert_lossy(fingerprint);
        const Key key = key_of(fingerprint);
        Word* const line = probe(fingerprint, key.word).line();
        const visited_line::Slots found = visited_line::look(line, key.word);
        if (found.equal != 0 && is_at(line, visited_line::first_of(found.equal), key)) return Insertion::present;
        if (found.equal != 0 || found.empty == 0 || size_ == limit_) [[unlikely]]
            return insert_further(fingerprint);
        visited_line::put(line, visited_line::first_of(found.empty), key.word, key.tag);
        ++size_;
        return Insertion::added;
    }

    /// As `insert`, while others do so too. `full`: one of them has to call grow_shared() while the others stand still.
    /// `added` counts what this worker has added lately. Not to be mixed with `insert`.
    enum class SharedInsertion : std::uint8_t { added, present, full };
    SharedInsertion insert_shared(const Hash128& fingerprint, std::uint32_t& added) {
        if (lossy_ != nullptr) [[unlikely]]
            return insert_lossy_shared(fingerprint);
        if (shared_size_.load(std::memory_order_relaxed) >= limit_) [[unlikely]]
            return SharedInsertion::full;
        const Key key = key_of(fingerprint);
        Word* const line = probe(fingerprint, key.word).line();
        const Word tags = visited_line::tags_of(line);
        const visited_line::Slots found = visited_line::look(line, key.word);
        if (found.equal != 0 && is_at(line, visited_line::first_of(found.equal), key)) return SharedInsertion::present;
        if (found.equal != 0 || found.empty == 0 ||
            !visited_line::try_to_put(line, visited_line::first_of(found.empty), key.word, key.tag, tags)) [[unlikely]]
            return insert_shared_further(fingerprint, added);
        if (++added == added_at_once) count_shared(added);
        return SharedInsertion::added;
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

    /// Whether it holds the fingerprint; may not see one that another worker is just putting there. Never says so once states
    /// are kept less exactly, for then only who inserts is told how many may be missed.
    bool contains(const Hash128& fingerprint) const {
        if (lossy_ != nullptr) [[unlikely]]
            return false;
        const Key key = key_of(fingerprint);
        Word* const line = probe(fingerprint, key.word).line();
        const unsigned equal = visited_line::slots_with(line, key.word);
        if (equal != 0 && is_at(line, visited_line::first_of(equal), key)) return true;
        if (equal != 0 || visited_line::is_passed(line)) [[unlikely]]
            return contains_further(fingerprint);
        // It will be put there soon, or behind that line.
        visited_line::prefetch_for_insertion(line);
        return false;
    }
    /// All that is in it, as it lies in memory.
    struct Image {
        Word segment_bits = 0;
        Word lines = 0; ///< of a segment
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
    /// At first. A table has 2 to the power of its segment bits segments.
    static constexpr unsigned least_segment_bits = 6;
    static constexpr unsigned most_segment_bits = least_segment_bits + visited_line::max_age;
    static constexpr std::size_t least_segments = std::size_t{1} << least_segment_bits;

    struct Shape {
        unsigned segment_bits;
        std::size_t lines; ///< of a segment
        std::size_t words() const { return (lines * visited_line::words) << segment_bits; }
    };
    /// What is stored of a fingerprint.
    struct Key {
        Word word; ///< not zero, which marks an empty slot
        Word tag;
    };
    Key key_of(const Hash128& fingerprint) const {
        return {fingerprint.low != 0 ? fingerprint.low : 1, visited_line::tag_of(fingerprint.high << segment_bits_)};
    }
    [[gnu::always_inline]] visited_line::Probe probe(const Hash128& fingerprint, Word word) const {
        return {slots_ + (fingerprint.high >> (64 - segment_bits_)) * lines_ * visited_line::words, lines_, word};
    }
    /// Whether the word that is equal, there, is of that state.
    [[gnu::always_inline]] static bool is_at(Word* line, unsigned slot, const Key& key) {
        const Word tag = visited_line::tag_in(visited_line::tags_of(line), slot);
        // Who sees the word may not see its tag yet, on processors that let that happen.
        return visited_line::agree(tag, key.tag) && tag != 0;
    }
    static bool is_any_at(Word* line, unsigned equal, const Key& key);
    // As those without the word, where a look at the first line was not enough.
    Insertion insert_further(const Hash128& fingerprint);
    SharedInsertion insert_shared_further(const Hash128& fingerprint, std::uint32_t& added);
    bool contains_further(const Hash128& fingerprint) const;
    std::size_t segments() const { return std::size_t{1} << segment_bits_; }
    Shape shape() const { return {segment_bits_, lines_}; }
    static Shape larger_than(const Shape& shape);
    static std::uint64_t limit_of(const Shape& shape);
    void move_segment(Word* from, Word* to, const Shape& shape) const;
    bool count_restored();

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
    Word in_one_word(const Hash128& fingerprint) const {
        return one_word(fingerprint.high >> (64 - segment_bits_), fingerprint.low);
    }
    Word one_word(Word segment, Word low) const { return segment << (64 - segment_bits_) | low >> segment_bits_; }
    void use(Word* slots, const Shape& shape, std::size_t bytes);

    /// The table before it grows for the first time: of that shape, but nothing may be put there.
    std::array<Word, least_segments * visited_line::words> nothing_{};
    Word* slots_ = nothing_.data();
    unsigned segment_bits_ = least_segment_bits;
    std::size_t lines_ = 1;   ///< of one segment
    std::uint64_t limit_ = 0; ///< it grows before it holds more
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
