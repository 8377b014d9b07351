// SPDX-License-Identifier: GPL-2.0-only
// A first pass over the text (a SAX parse, which builds nothing and does not recurse) finds every error with its place; only
// a text without any is parsed into a document.

#include "checker/json_guard.hpp"

#include <set>
#include <utility>
#include <vector>

namespace checker {

namespace {

using nlohmann::json;

/// Where the bracket is that opens level `max_depth` + 1. Right for any prefix of valid JSON, which is all it is asked of.
std::size_t offset_of_depth(std::string_view text, std::size_t max_depth) {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string) {
            if (c == '\\')
                ++at;
            else if (c == '"')
                in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (++depth > max_depth) return at;
        } else if (c == ']' || c == '}') {
            if (depth > 0) --depth;
        }
    }
    return text.size();
}

/// The library's message without its prefix ("[json.exception.parse_error.101] parse error at line 1, column 2: ") and
/// without the quotation of the input, which has no bound.
std::string plain_message(std::string message) {
    if (const std::size_t prefix = message.find("] "); prefix != std::string::npos) message.erase(0, prefix + 2);
    if (message.starts_with("parse error")) {
        if (const std::size_t place = message.find(": "); place != std::string::npos) message.erase(0, place + 2);
    }
    if (const std::size_t quote = message.find("; last read: "); quote != std::string::npos) {
        const std::string rest = message.substr(quote + 13);
        message.erase(quote);
        const std::size_t expected = rest.rfind("'; expected ");
        if (expected != std::string::npos && rest.size() - expected < 100) message += ", " + rest.substr(expected + 3);
    }
    return message;
}

class Checker final : public nlohmann::json_sax<json> {
public:
    Checker(std::string_view text, std::size_t max_depth) : text_(text), max_depth_(max_depth) {}

    bool null() override { return value(); }
    bool boolean(bool) override { return value(); }
    bool number_integer(number_integer_t) override { return value(); }
    bool number_unsigned(number_unsigned_t) override { return value(); }
    bool number_float(number_float_t, const string_t&) override { return value(); }
    bool string(string_t&) override { return value(); }
    bool binary(binary_t&) override { return value(); }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }

    bool key(string_t& name) override {
        Level& level = levels_.back();
        level.key = name;
        if (level.keys.insert(name).second) return true;
        error_ = {pointer(), "this key is there twice", ""};
        return false;
    }

    bool parse_error(std::size_t position, const std::string&, const json::exception& cause) override {
        // The library counts from 1 and has read the offending character already.
        error_ = {line_and_column(text_, position == 0 ? 0 : position - 1), "not JSON: " + plain_message(cause.what()),
                  ""};
        return false;
    }

    InputError take_error() { return std::move(error_); }

private:
    struct Level {
        std::set<std::string> keys; ///< of an object
        std::string key;            ///< the object's member being read
        std::size_t index = 0;      ///< the array's element being read
    };

    bool open() {
        if (levels_.size() >= max_depth_) {
            error_ = {line_and_column(text_, offset_of_depth(text_, max_depth_)),
                      "nested too deeply: at most " + std::to_string(max_depth_) + " arrays and objects in each other",
                      ""};
            return false;
        }
        levels_.emplace_back();
        return true;
    }
    bool close() {
        levels_.pop_back();
        return value();
    }
    /// A value is complete, so that what follows it in an array has the next index.
    bool value() {
        if (!levels_.empty()) ++levels_.back().index;
        return true;
    }
    std::string pointer() const {
        std::string path;
        for (const Level& level : levels_)
            path = level.keys.empty() ? pointer_to(path, level.index) : pointer_to(path, level.key);
        return path;
    }

    std::string_view text_;
    std::size_t max_depth_;
    std::vector<Level> levels_;
    InputError error_;
};

} // namespace

std::string line_and_column(std::string_view text, std::size_t offset) {
    std::size_t line = 1;
    std::size_t line_begin = 0;
    for (std::size_t at = 0; at < offset && at < text.size(); ++at) {
        if (text[at] != '\n') continue;
        ++line;
        line_begin = at + 1;
    }
    return "line " + std::to_string(line) + ", column " + std::to_string(offset - line_begin + 1);
}

std::string pointer_to(std::string_view pointer, std::string_view key) {
    std::string path(pointer);
    path += '/';
    for (const char c : key) {
        if (c == '~')
            path += "~0";
        else if (c == '/')
            path += "~1";
        else
            path += c;
    }
    return path;
}

std::string pointer_to(std::string_view pointer, std::size_t index) {
    return pointer_to(pointer, std::to_string(index));
}

const char* kind_of(const json& value) {
    switch (value.type()) {
    case json::value_t::null: return "null";
    case json::value_t::object: return "an object";
    case json::value_t::array: return "an array";
    case json::value_t::string: return "a string";
    case json::value_t::boolean: return "a boolean";
    case json::value_t::number_integer:
    case json::value_t::number_unsigned: return "an integer";
    case json::value_t::number_float: return "a number";
    default: return "something else";
    }
}

Result<json> parse_json_guarded(std::string_view text, std::size_t max_depth) {
    Checker checker(text, max_depth);
    try {
        if (!json::sax_parse(text, &checker)) return checker.take_error();
        // The library takes a NUL byte for the end of the text, and so would not look at what follows it.
        if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos)
            return InputError{line_and_column(text, nul), "not JSON: a NUL byte after the document", ""};
        return json::parse(text);
    } catch (const json::exception& problem) {
        // The first pass leaves nothing for the second to find; should it, this is still an error and no crash.
        return InputError{"", "not JSON: " + plain_message(problem.what()), ""};
    }
}

} // namespace checker
