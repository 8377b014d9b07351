// SPDX-License-Identifier: GPL-2.0-only
// Pasts and races of events; see dpor_trace.hpp.
#include "checker/dpor_trace.hpp"

#include <algorithm>

namespace checker {

EventTrace::EventTrace(const Dependence& dependence, std::size_t threads)
    : dependence_(dependence),
      last_of_(threads, nowhere),
      heads_(dependence.places(), nowhere),
      of_thread_(threads) {}

void EventTrace::push(const Event& event) {
    const std::uint32_t position = size();
    const std::size_t thread = event.step.thread.index;
    const std::uint32_t previous = last_of_[thread];
    if (position / 64 >= row_words_) [[unlikely]]
        widen_rows();
    if (label_rows_ < dependence_.labels()) [[unlikely]]
        add_label_rows();
    marks_.push_back({races_.size(), records_.size(), pasts_.size()});
    pasts_.resize(pasts_.size() + position / 64 + 1);
    if (previous != nowhere) std::copy_n(past(previous), previous / 64 + 1, pasts_.data() + marks_.back().pasts);
    join_accesses(position, event.label);
    const Word bit = Word{1} << position % 64;
    pasts_.back() |= bit;
    of_thread_[thread * row_words_ + position / 64] |= bit;
    for (const Label other : dependence_.conflicting(event.label))
        in_conflict_[other * row_words_ + position / 64] |= bit;
    last_of_[thread] = position;
    events_.push_back(event);
    events_.back().previous = previous;
    pushed_.push_back(asked_ + 1);
}

void EventTrace::join_accesses(std::uint32_t position, Label label) {
    Word* const now = pasts_.data() + marks_.back().pasts;
    const std::size_t first_race = races_.size();
    const std::span<const Touched> accesses = dependence_.accesses(label);
    for (const Touched& access : accesses) {
        for (std::uint32_t at = heads_[access.place]; at != nowhere;) {
            const Record& record = records_[at];
            // What is of the same kind does not conflict, unless both write; there may be many in a row.
            const bool is_alike = record.kind == access.kind && access.kind != AccessKind::write;
            at = is_alike ? record.previous_other : record.previous;
            if (!conflict(access, {access.place, record.kind, record.mask})) continue;
            if ((now[record.event / 64] >> record.event % 64 & 1) == 0) {
                note_race(first_race, record.event);
                const Word* const other = past(record.event);
                for (std::size_t word = 0; word <= record.event / 64; ++word) now[word] |= other[word];
            }
            // What is further back and conflicts with the access conflicts with this write too, and happens before it.
            if (record.kind == AccessKind::write && (access.mask & ~record.mask) == 0) break;
        }
    }
    for (const Touched& access : accesses) {
        std::uint32_t& head = heads_[access.place];
        const bool continues = head != nowhere && records_[head].kind == access.kind;
        records_.push_back(
            {position, head, continues ? records_[head].previous_other : head, access.kind, access.mask});
        head = static_cast<std::uint32_t>(records_.size() - 1);
    }
}

/// Of a step that touches several places, later ones may be found to happen after what was found before.
void EventTrace::note_race(std::size_t first_race, std::uint32_t with) {
    std::size_t kept = first_race;
    for (std::size_t at = first_race; at < races_.size(); ++at) {
        if (races_[at].first > with || !is_before(races_[at].first, with)) races_[kept++] = races_[at];
    }
    races_.shrink_to(kept);
    races_.push_back({with, size(), 0, nowhere});
}

void EventTrace::widen_rows() {
    for (std::vector<Word>* const rows : {&of_thread_, &in_conflict_}) {
        std::vector<Word> wider(2 * rows->size());
        for (std::size_t row = 0; row < rows->size() / row_words_; ++row)
            std::copy_n(rows->data() + row * row_words_, row_words_, wider.data() + 2 * row * row_words_);
        *rows = std::move(wider);
    }
    row_words_ *= 2;
}

void EventTrace::add_label_rows() {
    in_conflict_.resize(dependence_.labels() * row_words_);
    for (; label_rows_ < dependence_.labels(); ++label_rows_) {
        for (std::uint32_t at = 0; at < size(); ++at) {
            if (dependence_.conflict(static_cast<Label>(label_rows_), events_[at].label))
                in_conflict_[label_rows_ * row_words_ + at / 64] |= Word{1} << at % 64;
        }
    }
}

void EventTrace::pop() {
    const Event& event = events_.back();
    const std::span<const Touched> accesses = dependence_.accesses(event.label);
    for (std::size_t at = accesses.size(); at-- > 0;) {
        heads_[accesses[at].place] = records_.back().previous;
        records_.pop_back();
    }
    const std::uint32_t position = size() - 1;
    const Word others = ~(Word{1} << position % 64);
    of_thread_[event.step.thread.index * row_words_ + position / 64] &= others;
    for (const Label other : dependence_.conflicting(event.label)) {
        if (other >= label_rows_) break; // Interned since the event came; labels are in order.
        in_conflict_[other * row_words_ + position / 64] &= others;
    }
    last_of_[event.step.thread.index] = event.previous;
    races_.shrink_to(marks_.back().races);
    pasts_.resize(marks_.back().pasts);
    marks_.pop_back();
    events_.pop_back();
    pushed_.pop_back();
}

const EventSet& EventTrace::followers(std::uint32_t event) {
    if (followers_.size() <= event) followers_.resize(std::size_t{2} * event + 1);
    Followers& known = followers_[event];
    if (known.asked == asked_) return known.events;
    std::uint32_t at = event + 1;
    if (pushed_[event] <= known.asked && known.asked != 0) {
        at = std::min(known.size, size());
        while (at > event + 1 && pushed_[at - 1] > known.asked) --at;
    }
    known.events.shrink_to(at, size());
    const std::size_t word = event / 64;
    for (; at < size(); ++at) known.events.word(at / 64) |= (past(at)[word] >> event % 64 & 1) << at % 64;
    known.asked = asked_;
    known.size = size();
    return known.events;
}

std::uint32_t EventTrace::first_following(std::uint32_t first, ThreadId thread, Label label) const {
    std::uint32_t found = nowhere;
    for (std::uint32_t at = last_of_[thread.index]; at != nowhere && at > first && is_before(first, at);
         at = events_[at].previous)
        found = at;
    return found != nowhere && events_[found].label == label ? found : nowhere;
}

std::uint32_t EventTrace::last_write(std::uint32_t position, CellId cell, Word mask) const {
    for (std::uint32_t at = heads_[cell.index]; at != nowhere; at = records_[at].previous) {
        const Record& record = records_[at];
        if (record.event < position && (record.mask & mask) != 0 && record.kind != AccessKind::read)
            return record.kind == AccessKind::write ? record.event : nowhere;
    }
    return nowhere;
}

} // namespace checker
