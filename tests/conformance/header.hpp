// SPDX-License-Identifier: GPL-2.0-only
//
// The kernel's side of the comparison: shared objects that extract.py made of headers, and a count of the questions put to both sides.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace conformance {

using Word = unsigned long long;

// The functions of one shared object, by their names without the prefix that all of them have.
class Header {
public:
    Header(const std::string& path, std::string prefix);
    ~Header();
    Header(const Header&) = delete;
    Header& operator=(const Header&) = delete;

    bool loaded() const { return library_ != nullptr; }
    bool has(const std::string& name) const { return symbol(name) != nullptr; }
    // Their results mean nothing if there is no such function.
    Word call(const char* name) const { return reinterpret_cast<Word (*)()>(symbol(name))(); }
    Word call(const char* name, Word a) const { return reinterpret_cast<Word (*)(Word)>(symbol(name))(a); }
    Word call(const char* name, Word a, Word b) const {
        return reinterpret_cast<Word (*)(Word, Word)>(symbol(name))(a, b);
    }

private:
    void* symbol(const std::string& name) const;

    void* library_;
    std::string prefix_;
    mutable std::map<std::string, void*> symbols_;
};

// Counts the questions that were put to both sides, and keeps the first on which they differ.
class Comparison {
public:
    // With `one_is_enough`, is_decided() becomes true at the first difference: for mutations.
    explicit Comparison(bool one_is_enough) : one_is_enough_(one_is_enough) {}

    void check(const char* what, Word sample, Word header, Word ours) {
        ++samples_;
        if (header != ours && difference_.empty()) keep(what, sample, header, ours);
    }
    void check(const std::string& what, const std::string& header, const std::string& ours) {
        ++samples_;
        if (header != ours && difference_.empty()) difference_ = what + ": " + header + " there, " + ours + " here";
    }
    bool is_decided() const { return one_is_enough_ && !difference_.empty(); }
    std::size_t samples() const { return samples_; }
    const std::string& difference() const { return difference_; }

private:
    void keep(const char* what, Word sample, Word header, Word ours);

    bool one_is_enough_;
    std::size_t samples_ = 0;
    std::string difference_;
};

} // namespace conformance
