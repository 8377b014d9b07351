// SPDX-License-Identifier: GPL-2.0-only
// A value of a JSON file that people write together with its place, and the first error of the whole file. Once there is an error, every
// further read gives a default and reports nothing, so that the code that reads needs no branch for it.
#pragma once

#include "checker/json_guard.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace checker {

/// An object of the format and its keys.
struct Form {
    const char* name; ///< of the schema's definition
    const char* what; ///< in messages: "a scenario", "a thread", ...
    std::vector<std::string> required;
    std::vector<std::string> optional;

    std::vector<std::string> keys() const;
};

/// A number's range, both ends included.
struct Range {
    unsigned least;
    unsigned most;
};

/// The first error wins: later ones are often its consequences.
struct FirstError {
    std::optional<InputError> error;

    void report(std::string place, std::string message, std::string nearest = {});
    explicit operator bool() const { return error.has_value(); }
};

/// "load, store, fork": what is valid, for messages.
std::string listed(const std::vector<std::string>& words);
/// The end of a message about a word that is none of `words`: empty if one of them is near, for that is then asked for.
std::string or_list(const std::string& word, const std::string& plural, const std::vector<std::string>& words);

class Node {
public:
    Node(const nlohmann::json& value, std::string place, FirstError& errors);

    const std::string& place() const { return place_; }
    /// For what may be written in several ways.
    const nlohmann::json& value() const { return *value_; }
    bool failed() const { return static_cast<bool>(*errors_); }
    void fail(std::string message, std::string nearest = {}) const;
    /// About the member `key`, whether it is there or not.
    void fail_at(const std::string& key, std::string message) const;

    /// An object whose "version" is this one. To be asked first of all, so that a file of another version is refused for that
    /// and not for a key that this version does not know. `what`: "a scenario"; `plural`: "scenario files".
    void expect_version(const std::string& what, const std::string& plural, unsigned version) const;
    /// An object with all keys that `form` requires, and no other than it allows.
    void expect(const Form& form) const;
    void expect_object(const std::string& what) const;
    void expect_keys(const std::string& what, const std::vector<std::string>& required,
                     const std::vector<std::string>& known) const;

    bool has(const std::string& key) const;
    /// A member that is there, or one that `expect` has complained about.
    Node at(const std::string& key) const;
    /// Members in the order of their names, which is the order that everything derived from them has.
    std::vector<std::string> member_names() const;
    /// `what`: "an array of threads", say.
    std::vector<Node> elements(const std::string& what, std::size_t least, std::size_t most) const;

    std::string text(const std::string& what) const;
    /// A string, or an array of strings, which are joined by spaces.
    std::string prose(const std::string& what) const;
    /// The name of something that the file declares: letters, digits, '-', '_' and '.'.
    std::string name(const std::string& what) const;
    bool boolean() const;
    unsigned number(const std::string& what, Range range) const;
    /// The same where a number may be larger than an unsigned.
    std::uint64_t large_number(const std::string& what, std::uint64_t least, std::uint64_t most) const;
    /// Index of one of `words`. `what`: "a kernel"; `plural`: "kernels".
    std::size_t word(const std::string& what, const std::string& plural, const std::vector<std::string>& words) const;
    /// A list of at least one of `words`, none of them twice.
    std::vector<std::string> words(const std::string& what, const std::string& plural,
                                   const std::vector<std::string>& words) const;

    /// "expected WHAT, found an array"
    void wrong_kind(const std::string& what) const;

private:
    const nlohmann::json* value_;
    std::string place_;
    FirstError* errors_;
};

} // namespace checker
