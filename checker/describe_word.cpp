// SPDX-License-Identifier: GPL-2.0-only
// Words of locks, for people; see describe_word.hpp.
#include "checker/describe_word.hpp"

namespace checker {

std::string describe_mutex(Word word) { return word == 0 ? "free" : "held"; }

std::string describe_rwlock(Word word) {
    if (word == 0) return "free";
    if ((word & RwLock::writer_held) != 0) return "a writer";
    return std::to_string(word) + (word == 1 ? " reader" : " readers");
}

} // namespace checker
