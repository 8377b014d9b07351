// SPDX-License-Identifier: GPL-2.0-only
// Values as 64-bit words, for files: written one after the other, and read back in that order.
#pragma once

#include "checker/ids.hpp"

#include <bit>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace checker {

class WordWriter {
public:
    void put(Word word) { words_.push_back(word); }
    void put(double number) { put(std::bit_cast<Word>(number)); }
    /// The length in bytes, and the bytes, the last word filled up with zeros.
    void put(std::string_view text) {
        put(Word{text.size()});
        const std::size_t begin = words_.size();
        words_.resize(begin + (text.size() + sizeof(Word) - 1) / sizeof(Word));
        if (!text.empty()) std::memcpy(words_.data() + begin, text.data(), text.size());
    }
    std::span<const Word> words() const { return words_; }

private:
    std::vector<Word> words_;
};

/// Reading beyond the end gives zeros, and `is_good` is false from then on.
class WordReader {
public:
    explicit WordReader(std::span<const Word> words) : left_(words) {}

    Word word() {
        if (left_.empty()) {
            is_good_ = false;
            return 0;
        }
        const Word word = left_.front();
        left_ = left_.subspan(1);
        return word;
    }
    double number() { return std::bit_cast<double>(word()); }
    std::string text() {
        const Word bytes = word();
        if (bytes > left_.size_bytes()) is_good_ = false;
        if (!is_good_) return {};
        std::string text(bytes, '\0');
        if (bytes != 0) std::memcpy(text.data(), left_.data(), bytes);
        left_ = left_.subspan((bytes + sizeof(Word) - 1) / sizeof(Word));
        return text;
    }
    /// A number of things that take at least `words_each` words each.
    std::size_t count(std::size_t words_each) {
        const Word count = word();
        if (count > left_.size() / words_each) is_good_ = false;
        return is_good_ ? static_cast<std::size_t>(count) : 0;
    }
    std::span<const Word> rest() { return std::exchange(left_, {}); }
    void fail() { is_good_ = false; }
    /// Nothing was missing, and nothing is left.
    bool is_done() const { return is_good_ && left_.empty(); }

private:
    std::span<const Word> left_;
    bool is_good_ = true;
};

} // namespace checker
