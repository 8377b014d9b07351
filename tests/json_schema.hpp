// SPDX-License-Identifier: GPL-2.0-only
// As much of a JSON schema validator (draft 7) as scenario.schema.json needs, for tests that hold it against the loader. A
// keyword that it does not know throws, so that nothing in the schema goes untested.
#pragma once

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

namespace json_schema {

using nlohmann::json;

/// The tree that tests find schemas and examples in.
inline std::string source_root() {
    const char* root = std::getenv("COWHERD_SOURCE");
    return root == nullptr ? "." : root;
}

inline json load(const std::string& path) {
    std::ifstream file(path);
    if (!file) throw std::runtime_error(path + " cannot be opened");
    return json::parse(file);
}

/// Lists of keys, whose order does not matter.
inline std::vector<std::string> sorted(std::vector<std::string> words) {
    std::sort(words.begin(), words.end());
    return words;
}

class Validator {
public:
    explicit Validator(json schema) : root_(std::move(schema)) {}
    bool accepts(const json& value) const { return accepts(root_, value); }

private:
    bool accepts(const json& schema, const json& value) const {
        if (schema.is_boolean()) return schema.get<bool>();
        // Beside a reference, draft 7 ignores everything.
        if (schema.contains("$ref"))
            return accepts(root_[json::json_pointer(schema["$ref"].get<std::string>().substr(1))], value);
        return std::all_of(schema.items().begin(), schema.items().end(), [&](const auto& keyword) {
            return keyword_holds(keyword.key(), keyword.value(), schema, value);
        });
    }

    bool keyword_holds(const std::string& keyword, const json& argument, const json& schema, const json& value) const {
        static const std::set<std::string> silent = {"$schema", "$comment",    "title", "description",
                                                     "default", "definitions", "then",  "else"};
        if (silent.contains(keyword)) return true;
        if (keyword == "type") return has_type(value, argument.get<std::string>());
        if (keyword == "const") return value == argument;
        if (keyword == "enum") return std::find(argument.begin(), argument.end(), value) != argument.end();
        if (keyword == "not") return !accepts(argument, value);
        if (keyword == "if") {
            const char* branch = accepts(argument, value) ? "then" : "else";
            return !schema.contains(branch) || accepts(schema[branch], value);
        }
        if (keyword == "allOf" || keyword == "anyOf" || keyword == "oneOf") return combined(keyword, argument, value);
        if (keyword == "minimum" || keyword == "maximum") return number_holds(keyword, argument, value);
        if (keyword == "minLength" || keyword == "pattern") return text_holds(keyword, argument, value);
        if (keyword == "items" || keyword == "minItems" || keyword == "maxItems" || keyword == "uniqueItems")
            return array_holds(keyword, argument, value);
        return object_holds(keyword, argument, schema, value);
    }

    static bool has_type(const json& value, const std::string& type) {
        if (type == "object") return value.is_object();
        if (type == "array") return value.is_array();
        if (type == "string") return value.is_string();
        if (type == "boolean") return value.is_boolean();
        if (type == "integer") return value.is_number_integer();
        throw std::runtime_error("unknown type " + type);
    }

    bool combined(const std::string& keyword, const json& schemas, const json& value) const {
        const auto good =
            std::count_if(schemas.begin(), schemas.end(), [&](const json& schema) { return accepts(schema, value); });
        if (keyword == "allOf") return static_cast<std::size_t>(good) == schemas.size();
        return keyword == "anyOf" ? good > 0 : good == 1;
    }

    static bool number_holds(const std::string& keyword, const json& bound, const json& value) {
        if (!value.is_number()) return true;
        return keyword == "minimum" ? value >= bound : value <= bound;
    }

    static bool text_holds(const std::string& keyword, const json& argument, const json& value) {
        if (!value.is_string()) return true;
        const auto text = value.get<std::string>();
        if (keyword == "minLength") return text.size() >= argument.get<std::size_t>();
        return std::regex_search(text, std::regex(argument.get<std::string>()));
    }

    bool array_holds(const std::string& keyword, const json& argument, const json& value) const {
        if (!value.is_array()) return true;
        if (keyword == "minItems") return value.size() >= argument.get<std::size_t>();
        if (keyword == "maxItems") return value.size() <= argument.get<std::size_t>();
        if (keyword == "uniqueItems") return std::set<json>(value.begin(), value.end()).size() == value.size();
        return std::all_of(value.begin(), value.end(), [&](const json& item) { return accepts(argument, item); });
    }

    bool object_holds(const std::string& keyword, const json& argument, const json& schema, const json& value) const {
        static const std::set<std::string> known = {"required",      "properties",    "additionalProperties",
                                                    "propertyNames", "minProperties", "maxProperties"};
        if (!known.contains(keyword)) throw std::runtime_error("unknown keyword " + keyword);
        if (!value.is_object()) return true;
        if (keyword == "minProperties") return value.size() >= argument.get<std::size_t>();
        if (keyword == "maxProperties") return value.size() <= argument.get<std::size_t>();
        if (keyword == "required")
            return std::all_of(argument.begin(), argument.end(),
                               [&](const json& key) { return value.contains(key.get<std::string>()); });
        return std::all_of(value.items().begin(), value.items().end(), [&](const auto& member) {
            if (keyword == "propertyNames") return accepts(argument, member.key());
            const bool described = schema.contains("properties") && schema["properties"].contains(member.key());
            if (keyword == "properties") return !described || accepts(argument[member.key()], member.value());
            return described || accepts(argument, member.value());
        });
    }

    json root_;
};

} // namespace json_schema
