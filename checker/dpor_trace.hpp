// SPDX-License-Identifier: GPL-2.0-only
// What happened on the way here, and what happened before what: a stack of events, each with the set of events in its past,
// and the races among them. Everything lies in flat arrays that grow only, so that going forwards and back allocates nothing.
//
// Sets of events are bit sets over positions. Most schedules have a few hundred steps at most, where they are smaller and
// faster than vector clocks; what they cost in very long schedules (depth * depth / 16 bytes) is reported as memory.
#pragma once

#include "checker/dpor_dependence.hpp"
#include "checker/inline_stack.hpp"
#include "checker/search.hpp"

#include <bit>
#include <cstdint>
#include <vector>

namespace checker {

inline constexpr std::uint32_t nowhere = ~std::uint32_t{0};

/// A step that was taken, or that a blocked thread would take.
struct Event {
    Step step{};
    Label label = untouching;
    Touch touch{};
    Word before = 0;                  ///< what the operation's one cell held
    std::uint32_t previous = nowhere; ///< position of the thread's event before
};

/// Two events in immediate conflict, or one event that was a choice among values.
struct Race {
    std::uint32_t first = 0;
    std::uint32_t second = 0; ///< position of the later event; `first` if another value is to be chosen
    std::uint16_t choice = 0; ///< that value
    std::uint32_t settled_by =
        nowhere; ///< as long as the events up to this position stay, its reversal is taken care of
};

/// A set of events of a trace.
class EventSet {
public:
    void clear(std::uint32_t events) { shrink_to(0, events); }
    /// Keeps those before `kept`, and has room for as many as `events`.
    void shrink_to(std::uint32_t kept, std::uint32_t events) {
        const std::size_t words = events / 64 + std::size_t{1};
        if (words_.size() != words) words_.resize(words);
        std::size_t word = kept / 64;
        if (word >= words) return;
        words_[word] &= ~(~Word{0} << kept % 64);
        while (++word < words) words_[word] = 0;
    }
    bool has(std::uint32_t event) const { return (words_[event / 64] >> event % 64 & 1) != 0; }
    void add(std::uint32_t event) { words_[event / 64] |= Word{1} << event % 64; }
    void remove(std::uint32_t event) { words_[event / 64] &= ~(Word{1} << event % 64); }
    std::size_t words() const { return words_.size(); }
    Word& word(std::size_t at) { return words_[at]; }
    Word word(std::size_t at) const { return words_[at]; }
    template <class F>
    void for_each(F call) const {
        for (std::size_t at = 0; at < words_.size(); ++at) {
            for (Word rest = words_[at]; rest != 0; rest &= rest - 1)
                call(static_cast<std::uint32_t>(64 * at + static_cast<unsigned>(std::countr_zero(rest))));
        }
    }
    auto operator<=>(const EventSet&) const = default;

private:
    std::vector<Word> words_;
};

class EventTrace {
public:
    EventTrace(const Dependence& dependence, std::size_t threads);

    std::uint32_t size() const { return static_cast<std::uint32_t>(events_.size()); }
    const Event& operator[](std::uint32_t position) const { return events_[position]; }

    /// Appends an event and finds its races. `previous` is filled in.
    void push(const Event& event);
    void pop();
    /// Notes that the last event could have been another value.
    void add_alternative(std::uint16_t choice) { races_.push_back({size() - 1, size() - 1, choice, nowhere}); }
    InlineStack<Race>& races() { return races_; }

    /// Whether the earlier event happens before the later one.
    bool is_before(std::uint32_t earlier, std::uint32_t later) const {
        return (past(later)[earlier / 64] >> earlier % 64 & 1) != 0;
    }
    /// Of all events, those that `event` follows from, and itself: a word for each 64 positions up to its own.
    const Word* past(std::uint32_t event) const { return pasts_.data() + marks_[event].pasts; }
    /// Those that follow from `event`. To be asked between `begin_asking` and the next `push` or `pop` only; what was found
    /// out before and still holds is remembered.
    const EventSet& followers(std::uint32_t event);
    void begin_asking() { ++asked_; }
    /// The events of the thread and those in conflict with the label, among the positions of one word.
    Word in_conflict(ThreadId thread, Label label, std::size_t word) {
        if (label >= label_rows_) [[unlikely]]
            add_label_rows();
        return of_thread_[thread.index * row_words_ + word] | in_conflict_[label * row_words_ + word];
    }
    /// Position of the thread's first event that follows from the event at `first`, if there is one and it has the label;
    /// else nowhere.
    std::uint32_t first_following(std::uint32_t first, ThreadId thread, Label label) const;
    /// The last event before `position` that writes to these bits of the cell; nowhere if it does so by an update that
    /// commutes with its like.
    std::uint32_t last_write(std::uint32_t position, CellId cell, Word mask) const;

    std::uint64_t bytes() const { return (pasts_.capacity() + in_conflict_.capacity()) * sizeof(Word); }

private:
    /// One access of one event.
    struct Record {
        std::uint32_t event;
        std::uint32_t previous;       ///< the record of the same place before this one, or nowhere
        std::uint32_t previous_other; ///< the last one before it that is of another kind
        AccessKind kind;
        Word mask;
    };
    /// How long the arrays were before an event.
    struct Mark {
        std::size_t races;
        std::size_t records;
        std::size_t pasts;
    };
    struct Followers {
        std::uint64_t asked = 0;
        std::uint32_t size = 0; ///< of the trace then
        EventSet events;
    };

    void join_accesses(std::uint32_t position, Label label);
    void note_race(std::size_t first_race, std::uint32_t with);
    void widen_rows();
    void add_label_rows();

    const Dependence& dependence_;
    InlineStack<Event> events_;
    InlineStack<Mark> marks_;
    std::vector<Word> pasts_;            ///< of all events, one after the other
    std::vector<std::uint32_t> last_of_; ///< by thread: position of its last event
    std::vector<std::uint32_t> heads_;   ///< by place: its last record
    InlineStack<Record> records_;
    InlineStack<Race> races_;
    std::size_t row_words_ = 1;
    std::vector<Word> of_thread_;   ///< by thread its events, `row_words_` words each
    std::vector<Word> in_conflict_; ///< by label the events in conflict with it
    std::size_t label_rows_ = 0;
    std::vector<Followers> followers_;
    std::uint64_t asked_ = 1;
    InlineStack<std::uint64_t> pushed_; ///< by event: `asked_` when it was
};

} // namespace checker
