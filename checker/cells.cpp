// SPDX-License-Identifier: GPL-2.0-only
// The rare paths of the shared state; see cells.hpp.
#include "checker/cells.hpp"

#include <algorithm>

namespace checker {

Cells::Cells(std::vector<Word> initial, std::vector<Word> watchers, const void* context, Word seed)
    : words_(initial),
      initial_(std::move(initial)),
      watchers_(std::move(watchers)),
      context_(context) {
    watchers_.resize(words_.size());
    // Operations without a cell name the first one, so there is one.
    if (words_.empty()) {
        words_.push_back(0);
        initial_.push_back(0);
        watchers_.push_back(0);
    }
    // Mixed, for with some seeds the name of one cell and the value of another would be hashed alike and could change places.
    const Word mixed_seed = mix(seed + 1);
    for (std::size_t cell = 0; cell < words_.size(); ++cell) names_.push_back(hash_of_name(cell, mixed_seed));
    set_hashing(true);
}

void Cells::set_hashing(bool on) {
    hashing_ = on;
    hash_ = initial_hash_ = Hash128{};
    if (!on) return;
    for (std::size_t cell = 0; cell < words_.size(); ++cell) {
        hash_ += hash_of(cell, words_[cell]);
        initial_hash_ += hash_of(cell, initial_[cell]);
    }
}

void Cells::reset() {
    std::copy(initial_.begin(), initial_.end(), words_.begin());
    log_.clear();
    hash_ = initial_hash_;
    watchers_hit_ = 0;
}

} // namespace checker
