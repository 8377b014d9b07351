// SPDX-License-Identifier: GPL-2.0-only
// layout.schema.json, by which editors help, against the reader: the same keys, words and ranges, and nothing refused that
// the reader takes.
#include "arch_encodings/layouts.hpp"
#include "layouts/forms.hpp"
#include "layouts/layout_file.hpp"
#include "tests/json_schema.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>

using namespace layouts;
using json_schema::sorted;
using json_schema::source_root;
using nlohmann::json;

namespace {

using Words = std::vector<std::string>;

const json& schema() {
    static const json document = json_schema::load(source_root() + "/arch_encodings/schema/layout.schema.json");
    return document;
}

Words keys_of(const json& object) {
    Words keys;
    for (const auto& member : object.items()) keys.push_back(member.key());
    return keys;
}

/// The definition of a form: a flag's is the last of those that a flag may be.
const json& definition(const checker::Form& form) {
    if (&form == &forms::layout()) return schema();
    const json& found = schema().at("definitions").at(form.name);
    return found.contains("oneOf") ? found["oneOf"].back() : found;
}

void for_each_value(const json& document, const std::function<void(const json::json_pointer&)>& what) {
    const json flat = document.flatten();
    std::set<std::string> seen;
    for (const auto& leaf : flat.items()) {
        for (json::json_pointer at(leaf.key()); !at.empty(); at = at.parent_pointer()) {
            if (seen.insert(at.to_string()).second) what(at);
        }
    }
}

json document_of(const arch::Layout& layout) { return json::parse(layout_text(layout)); }

} // namespace

TEST_CASE("layout schema and reader know the same keys and need the same", "[layouts][schema]") {
    for (const checker::Form* form : forms::all()) {
        INFO(form->name);
        const json& object = definition(*form);
        CHECK(keys_of(object.at("properties")) == sorted(form->keys()));
        CHECK(sorted(object.value("required", Words{})) == sorted(form->required));
        CHECK(object.at("additionalProperties") == false);
    }
}

TEST_CASE("layout schema and reader know the same words and the same version", "[layouts][schema]") {
    CHECK(definition(forms::layout()).at("properties").at("version").at("const") == layout_version);
    CHECK(definition(forms::layout()).at("properties").at("stored").at("enum") == forms::endian_words());
    CHECK(schema().at("definitions").at("accesses").at("items").at("enum") == forms::access_words());
    CHECK(definition(forms::known()).at("properties").at("fault").at("enum") == forms::fault_words());
}

TEST_CASE("everything of a layout that an editor may show has a description", "[layouts][schema]") {
    for (const checker::Form* form : forms::all()) {
        for (const auto& member : definition(*form).at("properties").items()) {
            INFO(form->name << " " << member.key());
            const json& value = member.value();
            const bool by_reference =
                value.contains("$ref") &&
                schema()[json::json_pointer(value["$ref"].get<std::string>().substr(1))].contains("description");
            CHECK((value.contains("description") || by_reference));
        }
    }
}

TEST_CASE("the schema accepts every layout", "[layouts][schema]") {
    const json_schema::Validator validator(schema());
    for (const arch::Layout* layout : arch::all_layouts()) {
        INFO(layout->name);
        CHECK(validator.accepts(document_of(*layout)));
    }
}

TEST_CASE("the schema accepts the examples, and the reader reads them", "[layouts][schema]") {
    const json_schema::Validator validator(schema());
    std::size_t found = 0;
    for (const auto& entry : std::filesystem::directory_iterator(source_root() + "/examples/layouts")) {
        INFO(entry.path().string());
        ++found;
        std::ifstream file(entry.path());
        CHECK(validator.accepts(json::parse(file)));
        CHECK(load_layout(entry.path().string()));
    }
    CHECK(found == 5);
}

TEST_CASE("what the layout schema refuses, the reader refuses", "[layouts][schema]") {
    const json_schema::Validator validator(schema());
    const auto loads = [](const json& document) { return bool(parse_layout(document.dump())); };
    std::size_t refused = 0;
    for (const char* name : {"x86_64-6.12", "mips32-phys36-6.12"}) {
        const json sound = document_of(*arch::find_layout(name));
        for_each_value(sound, [&](const json::json_pointer& at) {
            INFO(name << " " << at.to_string());
            for (const json& other : {json(),
                                      json(0),
                                      json(1),
                                      json(63),
                                      json(64),
                                      json(-1),
                                      json(0.5),
                                      json(true),
                                      json("all"),
                                      json("0x1"),
                                      json(""),
                                      json("0..3"),
                                      json("0..100"),
                                      json("big"),
                                      json::array(),
                                      json::object(),
                                      json({1, "2..3"}),
                                      json({{"all_but", 1}}),
                                      json({{"any_set", 1}}),
                                      json({{"inverted", 1}}),
                                      json({{"bits", 1}})}) {
                json changed = sound;
                changed[at] = other;
                if (validator.accepts(changed)) continue;
                ++refused;
                if (loads(changed)) FAIL_CHECK("the reader takes " << other.dump());
            }
            if (!sound[at].is_object()) return;
            json stranger = sound;
            stranger[at]["stranger"] = 1;
            CHECK_FALSE(validator.accepts(stranger));
            CHECK_FALSE(loads(stranger));
            for (const std::string& key : keys_of(sound[at])) {
                json without = sound;
                without[at].erase(key);
                INFO(key);
                if (!validator.accepts(without)) CHECK_FALSE(loads(without));
            }
        });
    }
    CHECK(refused > 1000);
}

TEST_CASE("what the reader refuses by its shape, the schema refuses", "[layouts][schema]") {
    const json_schema::Validator validator(schema());
    const json sound = document_of(*arch::find_layout("x86_64-6.12"));
    const std::pair<const char*, json> damages[] = {
        {"/version", 2},
        {"/pte_bits", 65},
        {"/pte_bits", "64"},
        {"/name", "two words"},
        {"/words", json::array()},
        {"/words", {"0..31", "32..63", 1}},
        {"/swap/type", json::array()},
        {"/swap/type", "2-6"},
        {"/swap/exclusive", 64},
        {"/swap/exclusive", true},
        {"/swap/usable_offset_bits", 0},
        {"/swap/keep_clear", {{1}}},
        {"/present/0", {{"of", 1}}},
        {"/present/0", {{"any_set", 1}, {"all_set", 1}}},
        {"/present_pte/young", {{"inverted", 1}, {"own", 1}}},
        {"/known/0/fault", "nonsense"},
        {"/known/0/reason", ""},
    };
    for (const auto& [pointer, value] : damages) {
        INFO(pointer << " " << value.dump());
        json changed = sound;
        changed[json::json_pointer(pointer)] = value;
        CHECK_FALSE(parse_layout(changed.dump()));
        CHECK_FALSE(validator.accepts(changed));
    }
}
