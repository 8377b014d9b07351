// SPDX-License-Identifier: GPL-2.0-only
// Growing the table of fingerprints; see visited.hpp.
#include "checker/visited.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <thread>

namespace checker {

namespace {

constexpr std::size_t small_page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Up to here memory comes from the heap: small tables are many, and mappings are slow to make.
constexpr std::size_t max_heap_bytes = std::size_t{64} << 10;

/// Of a segment: in fewer lines some segments are full long before the others.
constexpr std::size_t least_lines_after_cut = 64;

/// Zeroed memory, in huge pages if it is large; null if there is none. `bytes` is a multiple of the small page.
void* allocate_memory(std::size_t bytes) {
    if (bytes <= max_heap_bytes) return std::calloc(bytes, 1);
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

/// Gets pages for part of a mapping before anybody reads there: a page that is read first and then written costs two faults,
/// the second of which interrupts all processors of the process. Only a wish, known to kernels from 5.14 on.
void populate(const void* part, std::size_t bytes) {
#ifdef MADV_POPULATE_WRITE
    const auto begin = reinterpret_cast<std::uintptr_t>(part);
    const std::uintptr_t first = begin / small_page * small_page;
    const std::size_t length = begin + bytes - first;
    madvise(reinterpret_cast<void*>(first), length, MADV_POPULATE_WRITE); // NOLINT(performance-no-int-to-ptr)
#else
    (void)part, (void)bytes;
#endif
}

/// Puts what is not there yet.
void place(Word* segment, std::size_t lines, Word word, Word tag) {
    visited_line::Probe probe(segment, lines, word);
    unsigned slot = visited_line::taken(probe.line());
    while (slot == visited_line::slots) {
        visited_line::pass(probe.line());
        probe.go_on();
        slot = visited_line::taken(probe.line());
    }
    visited_line::put(probe.line(), slot, word, tag);
}

} // namespace

VisitedTable::Insertion VisitedTable::insert_further(const Hash128& fingerprint) {
    const Key key = key_of(fingerprint);
    visited_line::Probe probe = this->probe(fingerprint, key.word);
    do {
        Word* const line = probe.line();
        const visited_line::Slots found = visited_line::look(line, key.word);
        if (is_any_at(line, found.equal, key)) return Insertion::present;
        if (found.empty == 0) {
            visited_line::pass(line);
            continue;
        }
        if (size_ == limit_) break;
        visited_line::put(line, visited_line::first_of(found.empty), key.word, key.tag);
        ++size_;
        return Insertion::added;
    } while (probe.go_on());
    return grow() ? insert(fingerprint) : Insertion::no_room;
}

VisitedTable::SharedInsertion VisitedTable::insert_shared_further(const Hash128& fingerprint, std::uint32_t& added) {
    const Key key = key_of(fingerprint);
    visited_line::Probe probe = this->probe(fingerprint, key.word);
    for (;;) {
        Word* const line = probe.line();
        const Word tags = visited_line::tags_of(line);
        const visited_line::Slots found = visited_line::look(line, key.word);
        if (is_any_at(line, found.equal, key)) return SharedInsertion::present;
        if (found.empty == 0) {
            visited_line::pass(line);
            if (probe.go_on()) continue;
            is_segment_full_.store(true);
            return SharedInsertion::full;
        }
        if (visited_line::try_to_put(line, visited_line::first_of(found.empty), key.word, key.tag, tags)) break;
        // The other one's word is written a few instructions after its tag, unless that thread lost its processor in between.
        if (visited_line::is_being_put(line)) std::this_thread::yield();
    }
    if (++added == added_at_once) count_shared(added);
    return SharedInsertion::added;
}

bool VisitedTable::contains_further(const Hash128& fingerprint) const {
    const Key key = key_of(fingerprint);
    visited_line::Probe probe = this->probe(fingerprint, key.word);
    do {
        if (is_any_at(probe.line(), visited_line::slots_with(probe.line(), key.word), key)) return true;
    } while (visited_line::is_passed(probe.line()) && probe.go_on());
    return false;
}

bool VisitedTable::is_any_at(Word* line, unsigned equal, const Key& key) {
    for (; equal != 0; equal &= equal - 1) {
        const unsigned slot = visited_line::first_of(equal);
        while (visited_line::tag_in(visited_line::tags_of(line), slot) == 0) std::this_thread::yield();
        if (is_at(line, slot, key)) return true;
    }
    return false;
}

void* VisitedTable::allocate(std::size_t bytes) const {
    return file_ != nullptr ? file_->allocate(bytes) : allocate_memory(bytes);
}

/// Releases the first `bytes` of what `allocate(whole)` returned, of which `released` are gone already.
void VisitedTable::release(void* memory, std::size_t released, std::size_t bytes, std::size_t whole) const {
    if (file_ == nullptr && whole <= max_heap_bytes) {
        if (bytes == whole && whole != 0) std::free(memory);
        return;
    }
    if (bytes <= released) return;
    std::byte* const begin = static_cast<std::byte*>(memory) + released;
    if (file_ != nullptr)
        file_->release(begin, bytes - released);
    else
        munmap(begin, bytes - released);
}

VisitedTable::~VisitedTable() { release(slots_, 0, bytes_, bytes_); }

void VisitedTable::clear() {
    if (lossy_ != nullptr) {
        lossy_.reset();
        release(slots_, 0, bytes_, bytes_);
        use(nothing_.data(), {least_segment_bits, 1}, 0);
        limit_ = 0;
        is_segment_full_.store(false);
    }
    std::fill_n(slots_, shape().words(), Word{0});
    size_ = 0;
}

VisitedTable::Image VisitedTable::image() const {
    if (bytes_ == 0) return {};
    return {segment_bits_, lines_, peak_bytes_, {slots_, shape().words()}};
}

VisitedTable::Restored VisitedTable::restore(const Image& image) {
    if (image.lines == 0) return image.slots.empty() ? Restored::done : Restored::damaged;
    if (image.segment_bits < least_segment_bits || image.segment_bits > most_segment_bits ||
        image.slots.size() % visited_line::words != 0 ||
        image.slots.size() / visited_line::words >> image.segment_bits != image.lines)
        return Restored::damaged;
    const Shape shape{static_cast<unsigned>(image.segment_bits), image.lines};
    if (image.slots.size() != shape.words()) return Restored::damaged;
    const std::size_t bytes = image.slots.size_bytes();
    if (max_bytes_ != 0 && bytes > max_bytes_) return Restored::no_room;
    auto* const slots = static_cast<Word*>(allocate(bytes));
    if (slots == nullptr) return Restored::no_room;
    std::copy(image.slots.begin(), image.slots.end(), slots);
    release(slots_, 0, bytes_, bytes_);
    use(slots, shape, bytes);
    peak_bytes_ = std::max<std::uint64_t>(image.peak_bytes, bytes);
    return count_restored() ? Restored::done : Restored::damaged;
}

/// Counts what is in the table. Returns whether all words have tags that there can be: who looks for a word that has none would
/// wait for ever.
bool VisitedTable::count_restored() {
    const unsigned cuts = segment_bits_ - least_segment_bits;
    for (std::size_t line = 0; line < lines_ << segment_bits_; ++line) {
        Word* const begin = slots_ + line * visited_line::words;
        const unsigned taken = visited_line::taken(begin);
        for (unsigned slot = 0; slot < visited_line::slots; ++slot) {
            const Word tag = visited_line::tag_in(begin[visited_line::slots], slot);
            if ((begin[slot] != 0) != (slot < taken) || (tag != 0) != (slot < taken)) return false;
            if (tag != 0 && static_cast<unsigned>(std::countr_zero(tag)) > cuts) return false;
        }
        size_ += taken;
    }
    return true;
}

/// The table lies in `slots` from now on.
void VisitedTable::use(Word* slots, const Shape& shape, std::size_t bytes) {
    slots_ = slots;
    segment_bits_ = shape.segment_bits;
    lines_ = shape.lines;
    limit_ = limit_of(shape);
    bytes_ = bytes;
}

// Workers do not count the states of a segment, and a large one hardly ever fills up before the others.
bool VisitedTable::begin_sharing() {
    while (lines_ < least_lines_after_cut)
        if (lossy_ != nullptr || !grow()) return lossy_ != nullptr;
    shared_size_.store(size_);
    return true;
}

/// Memory behind the segments that have moved is released in pieces of this size.
std::size_t VisitedTable::piece_to_release() const {
    return bytes_ > max_heap_bytes ? rounded_up(bytes_ / 32, page_to_release()) : bytes_;
}

std::size_t VisitedTable::page_to_release() const { return bytes_ >= 32 * huge_page ? huge_page : small_page; }

template <class Move>
void VisitedTable::move_segments(Move move) {
    const std::size_t page = page_to_release();
    const std::size_t piece = piece_to_release();
    std::size_t released = 0;
    const std::size_t words = lines_ * visited_line::words;
    for (std::size_t segment = 0; segment < segments(); ++segment) {
        move(segment, slots_ + segment * words);
        const std::size_t moved = (segment + 1) * words * sizeof(Word);
        if (bytes_ <= max_heap_bytes || moved - released < piece) continue;
        const std::size_t done = moved / page * page;
        release(slots_, released, done, bytes_);
        released = done;
    }
    release(slots_, released, bytes_, bytes_);
}

// Between the last exact segment and the first that is not, both take memory: a sixteenth is left for that.
bool VisitedTable::become_lossy() {
    if (when_full_ == WhenFull::stop || lossy_ != nullptr || max_bytes_ == 0) return false;
    const std::uint64_t bytes = (max_bytes_ - max_bytes_ / 16) / small_page * small_page;
    auto* const slots = bytes == 0 ? nullptr : static_cast<Word*>(allocate(bytes));
    if (slots == nullptr) return false;
    auto lossy = std::make_unique<LossyTable>(std::span(slots, bytes / sizeof(Word)), when_full_ == WhenFull::bitstate);
    // Workers that share the table have not counted all of what is in it.
    size_ = 0;
    move_segments([&](std::size_t segment, const Word* from) {
        for (const Word* line = from; line != from + lines_ * visited_line::words; line += visited_line::words) {
            const unsigned taken = visited_line::taken(line);
            for (unsigned slot = 0; slot < taken; ++slot) lossy->adopt(one_word(segment, line[slot]));
            size_ += taken;
        }
    });
    peak_bytes_ = std::max<std::uint64_t>(peak_bytes_, max_bytes_);
    use(slots, {segment_bits_, 0}, bytes);
    is_segment_full_.store(false);
    lossy_ = std::move(lossy);
    return true;
}

VisitedTable::Insertion VisitedTable::insert_lossy(const Hash128& fingerprint) {
    switch (lossy_->insert(in_one_word(fingerprint))) {
    case LossyTable::Insertion::added: return Insertion::added;
    case LossyTable::Insertion::present: return Insertion::present;
    case LossyTable::Insertion::no_room: break;
    }
    return Insertion::no_room;
}

VisitedTable::SharedInsertion VisitedTable::insert_lossy_shared(const Hash128& fingerprint) {
    switch (lossy_->insert(in_one_word(fingerprint))) {
    case LossyTable::Insertion::added: return SharedInsertion::added;
    case LossyTable::Insertion::present: return SharedInsertion::present;
    case LossyTable::Insertion::no_room: break;
    }
    is_segment_full_.store(true);
    return SharedInsertion::full;
}

std::uint64_t VisitedTable::limit_of(const Shape& shape) {
    return ((std::uint64_t{shape.lines} * visited_line::slots) << shape.segment_bits) / 5 * 4;
}

// By a third, so that it is from four fifths to three fifths full: between 11.4 and 15.3 bytes a state, and what is not released
// yet.
VisitedTable::Shape VisitedTable::larger_than(const Shape& shape) {
    const std::size_t lines = std::max(shape.lines + 1, shape.lines * 4 / 3);
    if (shape.segment_bits == most_segment_bits || lines < 2 * least_lines_after_cut)
        return {shape.segment_bits, lines};
    return {shape.segment_bits + 1, (lines + 1) / 2};
}

bool VisitedTable::grow() {
    const Shape larger = bytes_ == 0 ? shape() : larger_than(shape());
    const std::size_t bytes = larger.words() * sizeof(Word);
    const std::uint64_t peak = bytes + std::min(piece_to_release() + bytes_ / least_segments, bytes_);
    auto* const slots = max_bytes_ != 0 && peak > max_bytes_ ? nullptr : static_cast<Word*>(allocate(bytes));
    if (slots == nullptr) return become_lossy();
    const std::size_t words = larger.words() >> segment_bits_;
    const std::size_t group = segments() / least_segments;
    move_segments([&](std::size_t segment, Word* from) {
        Word* const to = slots + segment * words;
        if (file_ == nullptr && bytes > max_heap_bytes && segment % group == 0)
            populate(to, group * words * sizeof(Word));
        move_segment(from, to, larger);
    });
    use(slots, larger, bytes);
    peak_bytes_ = std::max(peak_bytes_, peak);
    return true;
}

/// Moves a segment to one or two of a table of the other shape.
void VisitedTable::move_segment(Word* from, Word* to, const Shape& shape) const {
    const bool is_cut = shape.segment_bits != segment_bits_;
    for (Word* line = from; line != from + lines_ * visited_line::words; line += visited_line::words) {
        const unsigned taken = visited_line::taken(line);
        for (unsigned slot = 0; slot < taken; ++slot) {
            Word tag = visited_line::tag_in(line[visited_line::slots], slot);
            Word* segment = to;
            if (is_cut) {
                if (visited_line::moves_to_second_half(tag)) segment += shape.lines * visited_line::words;
                tag = visited_line::after_cut(tag);
            }
            place(segment, shape.lines, line[slot], tag);
        }
    }
}

// See visited.hpp. By the shapes that the table had, each of which had states added to it.
double VisitedTable::expected_collisions() const {
    double expected = 0;
    const auto all = static_cast<double>(size_);
    std::uint64_t before = 0;
    for (Shape shape{least_segment_bits, 1}; before < size_; shape = larger_than(shape)) {
        const std::uint64_t end = std::min(limit_of(shape), size_);
        const auto added = static_cast<double>(end - before);
        // The first of each pair is one of these, the second any that came later.
        const double pairs = added * ((added - 1) / 2 + all - static_cast<double>(end));
        expected += std::ldexp(pairs, -static_cast<int>(64 + visited_line::max_age + shape.segment_bits));
        before = end;
    }
    return expected;
}

} // namespace checker
