// SPDX-License-Identifier: GPL-2.0-only
// The shared state as operations and properties see it. All shared state of a program under test is one flat array of
// 64-bit cells; every write goes through Cells::set, which makes undo, fingerprints and property tracking cheap.
#pragma once

#include "checker/hash.hpp"
#include "checker/ids.hpp"
#include "checker/inline_stack.hpp"

#include <cstddef>
#include <vector>

namespace checker {

/// Notes which cells a function looks at and writes to, whatever it finds there.
class AccessRecorder {
public:
    struct Noted {
        CellId cell;
        bool writes = false;
    };

    void note(CellId cell, bool writes) {
        noted_.push_back({cell, writes});
        digest_ = (digest_ + Word{cell.index} * 2 + (writes ? 2 : 1)) * 0x9e3779b97f4a7c15ULL;
        digest_ ^= digest_ >> 32;
    }
    void clear() {
        noted_.clear();
        digest_ = 0;
    }
    const std::vector<Noted>& noted() const { return noted_; }
    /// A hash of what was noted, in its order.
    Word digest() const { return digest_; }

private:
    std::vector<Noted> noted_;
    Word digest_ = 0;
};

/// Read-only view of the shared state. Peeking through it is no step.
class View {
public:
    View(const Word* words, const void* context, AccessRecorder* recorder = nullptr)
        : words_(words),
          context_(context),
          recorder_(recorder) {}

    Word operator[](CellId cell) const {
        if (recorder_ != nullptr) [[unlikely]]
            recorder_->note(cell, false);
        return words_[cell.index];
    }
    /// What Program::set_context was given (the model's description of the machine).
    template <class T>
    const T& context() const {
        return *static_cast<const T*>(context_);
    }

    void record_into(AccessRecorder* recorder) { recorder_ = recorder; }

private:
    const Word* words_;
    const void* context_;
    AccessRecorder* recorder_;
};

/// One write, as the undo log keeps it.
struct CellWrite {
    CellId cell;
    Word old_value;
};

/// Whether fingerprints are kept up to date, where that is known when a search is compiled.
enum class Hashing : std::uint8_t {
    as_set, ///< it is not known: by Cells::set_hashing
    off
};

/// The writable shared state, owned by an execution. The fingerprint of the cells and the set of properties whose
/// footprint was written are kept up to date by `set`.
class Cells {
public:
    /// `initial`: one word a cell. `watchers`: for each cell the bit set of properties that read it.
    Cells(std::vector<Word> initial, std::vector<Word> watchers, const void* context, Word seed);

    Word get(CellId cell) const {
        if (recorder_ != nullptr) [[unlikely]]
            recorder_->note(cell, false);
        return peek(cell);
    }
    void set(CellId cell, Word value) {
        if (recorder_ != nullptr) [[unlikely]]
            recorder_->note(cell, true);
        poke(cell, value);
    }
    // The same for those who know what they touch: nothing is noted.
    Word peek(CellId cell) const { return words_[cell.index]; }
    void poke(CellId cell, Word value) {
        const Word old = words_[cell.index];
        if (old == value) return;
        if (hashing_) {
            hash_ -= hash_of(cell.index, old);
            hash_ += hash_of(cell.index, value);
        }
        log_.push_back({cell, old});
        watchers_hit_ |= watchers_[cell.index];
        words_[cell.index] = value;
    }
    /// As `poke`, of a cell that holds `old`, but the caller is to put the cell back, and gets the properties whose footprint
    /// was written.
    template <Hashing hashing>
    Word replace(CellId cell, Word old, Word value) {
        if (hashing == Hashing::as_set && hashing_ && old != value) {
            hash_ -= hash_of(cell.index, old);
            hash_ += hash_of(cell.index, value);
        }
        words_[cell.index] = value;
        return old != value ? watchers_[cell.index] : 0;
    }
    /// Undoes `replace`.
    template <Hashing hashing>
    void put_back(CellId cell, Word old, const Hash128& hash) {
        words_[cell.index] = old;
        if (hashing == Hashing::as_set && hashing_) hash_ = hash;
    }
    View view() const { return View(words_.data(), context_, recorder_); }
    /// Until this is called with null, what `get` and `set` and views touch is noted there.
    void record_into(AccessRecorder* recorder) { recorder_ = recorder; }
    template <class T>
    const T& context() const {
        return *static_cast<const T*>(context_);
    }

    const Hash128& hash() const { return hash_; }
    bool is_hashing() const { return hashing_; }
    /// What would be added to the hash if the cell held `value` instead of `old`.
    Hash128 hash_change(CellId cell, Word old, Word value) const {
        Hash128 change;
        if (old == value) return change;
        change += hash_of(cell.index, value);
        change -= hash_of(cell.index, old);
        return change;
    }
    /// Naive search needs no fingerprints and switches them off.
    void set_hashing(bool on);
    std::size_t size() const { return words_.size(); }

    std::size_t log_position() const { return log_.size(); }
    const InlineStack<CellWrite>& log() const { return log_; }
    /// Restores every cell written since `position` and the hash as it was then, which without hashing is of no account.
    void rewind(std::size_t position, const Hash128& hash) {
        if (hashing_) hash_ = hash;
        while (log_.size() > position) {
            words_[log_.back().cell.index] = log_.back().old_value;
            log_.pop_back();
        }
    }
    /// Back to the initial state, with an empty log.
    void reset();

    Word watchers_hit() const { return watchers_hit_; }
    /// The properties whose footprint was written since the last call.
    Word take_watchers_hit() {
        const Word hit = watchers_hit_;
        watchers_hit_ = 0;
        return hit;
    }

private:
    Hash128 hash_of(std::size_t cell, Word value) const {
        Hash128 hash = names_[cell];
        hash.absorb(value);
        return hash;
    }

    std::vector<Word> words_;
    std::vector<Hash128> names_; ///< of cells, hashed
    std::vector<Word> initial_;
    std::vector<Word> watchers_;
    InlineStack<CellWrite> log_;
    const void* context_;
    AccessRecorder* recorder_ = nullptr;
    Hash128 hash_;
    Hash128 initial_hash_;
    Word watchers_hit_ = 0;
    bool hashing_ = true;
};

} // namespace checker
