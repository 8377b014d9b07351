// SPDX-License-Identifier: GPL-2.0-only
// Reading typed values, and the wording of everything that can be wrong with one.
#include "model/loader_node.hpp"

#include <algorithm>
#include <utility>

namespace model {

using nlohmann::json;

namespace {

const json& nothing() {
    static const json null;
    return null;
}

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_name(const std::string& text) {
    constexpr std::size_t longest = 40;
    return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    });
}

std::string from_to(Range range) {
    return " from " + std::to_string(range.least) + " to " + std::to_string(range.most);
}

} // namespace

void FirstError::report(std::string place, std::string message, std::string nearest) {
    if (!error) error = checker::InputError{std::move(place), std::move(message), std::move(nearest)};
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string or_list(const std::string& word, const std::string& plural, const std::vector<std::string>& words) {
    if (words.empty()) return "; there are no " + plural;
    if (!checker::nearest_word(word, words).empty()) return {};
    constexpr std::size_t most = 40;
    return words.size() > most ? "; cowherd list shows the " + plural : "; " + plural + " are " + listed(words);
}

Node::Node(const json& value, std::string place, FirstError& errors)
    : value_(&value),
      place_(std::move(place)),
      errors_(&errors) {}

void Node::fail(std::string message, std::string nearest) const {
    errors_->report(place_, std::move(message), std::move(nearest));
}

void Node::fail_at(const std::string& key, std::string message) const {
    errors_->report(checker::pointer_to(place_, key), std::move(message));
}

void Node::wrong_kind(const std::string& what) const {
    fail("expected " + what + ", found " + checker::kind_of(*value_));
}

void Node::expect(const Form& form) const { expect_keys(form.what, form.required, form.keys()); }

void Node::expect_object(const std::string& what) const {
    if (!value_->is_object()) wrong_kind(what + ", which is an object");
}

void Node::expect_keys(const std::string& what, const std::vector<std::string>& required,
                       const std::vector<std::string>& known) const {
    expect_object(what);
    for (const std::string& key : member_names()) {
        if (is_one_of(key, known)) continue;
        errors_->report(checker::pointer_to(place_, key),
                        what + " has no key " + checker::in_quotes(key) + or_list(key, "its keys", known),
                        checker::nearest_word(key, known));
    }
    for (const std::string& key : required) {
        if (!has(key)) fail(what + " needs the key " + checker::in_quotes(key));
    }
}

bool Node::has(const std::string& key) const { return value_->is_object() && value_->contains(key); }

Node Node::at(const std::string& key) const {
    return {has(key) ? (*value_)[key] : nothing(), checker::pointer_to(place_, key), *errors_};
}

std::vector<std::string> Node::member_names() const {
    std::vector<std::string> names;
    if (value_->is_object()) {
        for (const auto& member : value_->items()) names.push_back(member.key());
    }
    return names;
}

std::vector<Node> Node::elements(const std::string& what, std::size_t least, std::size_t most) const {
    if (!value_->is_array()) {
        wrong_kind("an array of " + what);
        return {};
    }
    if (value_->size() < least)
        fail("there are no " + what + " here; at least " + std::to_string(least) + " is needed");
    if (value_->size() > most)
        fail("at most " + std::to_string(most) + " " + what + " are possible, found " + std::to_string(value_->size()));
    if (failed()) return {};
    std::vector<Node> nodes;
    for (std::size_t i = 0; i < value_->size(); ++i)
        nodes.emplace_back((*value_)[i], checker::pointer_to(place_, i), *errors_);
    return nodes;
}

std::string Node::text(const std::string& what) const {
    if (!value_->is_string()) {
        wrong_kind(what + ", which is a string");
        return {};
    }
    std::string found = value_->get<std::string>();
    if (found.empty()) fail("expected " + what + ", found an empty string");
    return found;
}

std::string Node::prose(const std::string& what) const {
    if (!value_->is_array()) return text(what);
    std::string joined;
    for (const Node& part : elements("strings", 1, 1000)) joined += (joined.empty() ? "" : " ") + part.text(what);
    return joined;
}

std::string Node::name(const std::string& what) const {
    std::string found = text(what);
    if (!is_name(found))
        fail("expected " + what + " of 1 to 40 letters, digits, '-', '_' and '.', found " + checker::in_quotes(found));
    return found;
}

bool Node::boolean() const {
    if (!value_->is_boolean()) {
        wrong_kind("true or false");
        return false;
    }
    return value_->get<bool>();
}

unsigned Node::number(const std::string& what, Range range) const {
    if (!value_->is_number()) {
        wrong_kind(what + from_to(range));
        return range.least;
    }
    if (value_->is_number_float()) {
        fail("expected " + what + from_to(range) + ", which is an integer, found " + value_->dump());
        return range.least;
    }
    const bool fits = value_->is_number_unsigned() && *value_ >= range.least && *value_ <= range.most;
    if (!fits) {
        fail("expected " + what + from_to(range) + ", found " + value_->dump());
        return range.least;
    }
    return value_->get<unsigned>();
}

std::size_t Node::word(const std::string& what, const std::string& plural,
                       const std::vector<std::string>& words) const {
    const std::string found = text(what);
    const auto at = std::find(words.begin(), words.end(), found);
    if (at != words.end()) return static_cast<std::size_t>(at - words.begin());
    fail("expected " + what + ", found " + checker::in_quotes(found) + or_list(found, plural, words),
         checker::nearest_word(found, words));
    return 0;
}

std::vector<std::string> Node::words(const std::string& what, const std::string& plural,
                                     const std::vector<std::string>& words) const {
    std::vector<std::string> found;
    for (const Node& element : elements(plural, 1, 1000)) {
        const std::size_t index = element.word(what, plural, words);
        if (element.failed()) return {};
        if (is_one_of(words[index], found)) element.fail(checker::in_quotes(words[index]) + " is in this list twice");
        found.push_back(words[index]);
    }
    return found;
}

} // namespace model
