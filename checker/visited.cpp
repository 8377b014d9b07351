// SPDX-License-Identifier: GPL-2.0-only
// Growing the table of fingerprints; see visited.hpp.
#include "checker/visited.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace checker {

namespace {

constexpr std::size_t small_page = 4096;
constexpr std::size_t huge_page = std::size_t{2} << 20;

std::size_t rounded_up(std::size_t bytes, std::size_t unit) { return (bytes + unit - 1) / unit * unit; }

/// Up to here memory comes from the heap: small tables are many, and mappings are slow to make.
constexpr std::size_t max_heap_bytes = std::size_t{64} << 10;

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

} // namespace

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
        use(nothing_.data(), line, 0);
        limit_ = 0;
        is_segment_full_.store(false);
    }
    std::fill_n(slots_, segments * capacity_, Word{0});
    used_.fill(0);
    size_ = 0;
}

VisitedTable::Image VisitedTable::image() const {
    if (bytes_ == 0) return {};
    return {capacity_, peak_bytes_, {slots_, segments * capacity_}};
}

VisitedTable::Restored VisitedTable::restore(const Image& image) {
    if (image.capacity == 0) return image.slots.empty() ? Restored::done : Restored::damaged;
    if (image.slots.size() % segments != 0 || image.slots.size() / segments != image.capacity ||
        image.capacity % line != 0)
        return Restored::damaged;
    const std::size_t bytes = rounded_up(image.slots.size() * sizeof(Word), small_page);
    if (max_bytes_ != 0 && bytes > max_bytes_) return Restored::no_room;
    auto* const slots = static_cast<Word*>(allocate(bytes));
    if (slots == nullptr) return Restored::no_room;
    std::copy(image.slots.begin(), image.slots.end(), slots);
    release(slots_, 0, bytes_, bytes_);
    use(slots, image.capacity, bytes);
    peak_bytes_ = std::max<std::uint64_t>(image.peak_bytes, bytes);
    for (std::size_t segment = 0; segment < segments; ++segment) {
        const Word* const begin = slots + segment * capacity_;
        const auto empty = static_cast<std::size_t>(std::count(begin, begin + capacity_, Word{0}));
        used_[segment] = capacity_ - empty;
        size_ += used_[segment];
    }
    return Restored::done;
}

/// The table lies in `slots` from now on.
void VisitedTable::use(Word* slots, std::size_t capacity, std::size_t bytes) {
    slots_ = slots;
    capacity_ = capacity;
    limit_ = segments * capacity / 5 * 4;
    bytes_ = bytes;
}

// Workers do not count the states of a segment, and a large one hardly ever fills up before the others.
bool VisitedTable::begin_sharing() {
    constexpr std::size_t least_capacity = 1024;
    while (capacity_ < least_capacity)
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
    for (std::size_t segment = 0; segment < segments; ++segment) {
        move(segment, slots_ + segment * capacity_);
        const std::size_t moved = (segment + 1) * capacity_ * sizeof(Word);
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
        for (std::size_t slot = 0; slot < capacity_; ++slot) {
            if (from[slot] == 0) continue;
            lossy->adopt(one_word(segment, from[slot]));
            ++size_;
        }
    });
    peak_bytes_ = std::max<std::uint64_t>(peak_bytes_, max_bytes_);
    use(slots, 0, bytes);
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

// From four fifths full to eight fifteenths full: between 10 and 15 bytes a state, and what is not released yet.
bool VisitedTable::grow() {
    constexpr std::size_t first_capacity = 16;
    const std::size_t capacity = std::max(first_capacity, rounded_up(capacity_ + capacity_ / 2, line));
    const std::size_t bytes = rounded_up(segments * capacity * sizeof(Word), small_page);
    const std::uint64_t peak = bytes + std::min(piece_to_release() + bytes_ / segments, bytes_);
    auto* const slots = max_bytes_ != 0 && peak > max_bytes_ ? nullptr : static_cast<Word*>(allocate(bytes));
    if (slots == nullptr) return become_lossy();
    move_segments([&](std::size_t segment, const Word* from) {
        Word* const to = slots + segment * capacity;
        if (file_ == nullptr && bytes > max_heap_bytes) populate(to, capacity * sizeof(Word));
        for (std::size_t slot = 0; slot < capacity_; ++slot) {
            if (from[slot] == 0) continue;
            Probe probe(from[slot], capacity);
            while (to[probe.at] != 0) probe.go_on();
            to[probe.at] = from[slot];
        }
    });
    use(slots, capacity, bytes);
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
