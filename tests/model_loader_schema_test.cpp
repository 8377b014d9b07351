// SPDX-License-Identifier: GPL-2.0-only
// scenario.schema.json, by which editors help, against the loader: the same keys, words and ranges, and nothing refused that
// the loader takes.
#include "model/loader_forms.hpp"
#include "model/matrix.hpp"
#include "model/properties.hpp"
#include "tests/json_schema.hpp"
#include "tests/model_loader_sample.hpp"

#include <fstream>
#include <functional>

using namespace model;
using namespace loader_tests;
using json_schema::sorted;
using json_schema::source_root;

namespace {

using Words = std::vector<std::string>;

const json& schema() {
    static const json document = json_schema::load(source_root() + "/scenarios/schema/scenario.schema.json");
    return document;
}

const json& definition(const std::string& name) {
    INFO(name);
    REQUIRE(schema()["definitions"].contains(name));
    return schema()["definitions"][name];
}

Words keys_of(const json& object) {
    Words keys;
    for (const auto& member : object.items()) keys.push_back(member.key());
    return keys;
}

template <class Infos>
Words names_of(const Infos& infos) {
    Words names;
    for (const auto& info : infos) names.emplace_back(info.name);
    return names;
}

void check_range(const json& number, Range range) {
    CHECK(number.at("minimum") == range.least);
    CHECK(number.at("maximum") == range.most);
}

/// Calls `what` with the pointer of every value in `document`.
void for_each_value(const json& document, const std::function<void(const json::json_pointer&)>& what) {
    const json flat = document.flatten();
    std::set<std::string> seen;
    for (const auto& leaf : flat.items()) {
        for (json::json_pointer at(leaf.key()); !at.empty(); at = at.parent_pointer()) {
            if (seen.insert(at.to_string()).second) what(at);
        }
    }
}

} // namespace

TEST_CASE("schema and loader know the same keys and need the same", "[loader][schema]") {
    for (const Form* form : forms::all()) {
        INFO(form->name);
        const json& object = form == &forms::scenario() ? schema() : definition(form->name);
        CHECK(keys_of(object.at("properties")) == sorted(form->keys()));
        CHECK(sorted(object.at("required").get<Words>()) == sorted(form->required));
        CHECK(object.at("additionalProperties") == false);
    }
}

TEST_CASE("schema and loader know the same operations with the same keys", "[loader][schema]") {
    const json& operation = definition("operation");
    const std::vector<OperationForm>& forms = operation_forms();
    CHECK(operation.at("properties").at("op").at("enum") == names_of(forms));
    REQUIRE(operation.at("allOf").size() == forms.size());
    Words of_processes, not_in_setup;
    for (std::size_t i = 0; i < forms.size(); ++i) {
        INFO(forms[i].name);
        const json& branch = operation["allOf"][i];
        CHECK(branch.at("if").at("properties").at("op").at("const") == forms[i].name);
        Words keys = forms[i].keys();
        keys.emplace_back("process");
        CHECK(sorted(branch.at("then").at("propertyNames").at("enum").get<Words>()) == sorted(keys));
        CHECK(sorted(branch["then"].value("required", Words{})) == sorted(forms[i].required));
        if (!forms[i].in_setup) not_in_setup.emplace_back(forms[i].name);
        if (forms[i].in_setup && forms[i].actor == Actor::user) of_processes.emplace_back(forms[i].name);
    }
    const json& setup = definition("setup_operation").at("allOf");
    CHECK(setup.at(1).at("properties").at("op").at("not").at("enum") == not_in_setup);
    CHECK(setup.at(2).at("if").at("properties").at("op").at("enum") == of_processes);
}

TEST_CASE("operations have the names that the model has for them", "[loader][schema]") {
    for (std::size_t i = 0; i < operation_forms().size(); ++i)
        CHECK(static_cast<std::size_t>(operation_forms()[i].code) == i);
    CHECK(operation_forms().back().code == OpCode::expect_dma);
}

TEST_CASE("schema and model know the same kernels, architectures, rules and properties", "[loader][schema]") {
    Words archs;
    for (const arch::Layout* layout : arch::all_layouts()) archs.emplace_back(layout->name);
    CHECK(definition("kernel").at("enum") == names_of(all_kernels()));
    CHECK(definition("arch").at("enum") == archs);
    CHECK(definition("rule").at("enum") == names_of(all_rules()));
    CHECK(definition("property").at("enum") == names_of(all_properties()));
}

TEST_CASE("schema and loader know the same words", "[loader][schema]") {
    const json& fields = definition("operation").at("properties");
    CHECK(fields.at("advice").at("enum") == advice_words());
    CHECK(fields.at("kind").at("enum") == gup_kind_words());
    CHECK(fields.at("mode").at("enum") == gup_mode_words());
    CHECK(fields.at("access").at("enum") == access_words());
    CHECK(fields.at("protection").at("enum") == protection_words());
    CHECK(definition("pte_state").at("enum") == pte_words());
    CHECK(definition("reference_state").at("enum") == reference_words());
    CHECK(definition("page_state").at("enum") == page_words());
    CHECK(definition("thread_state").at("enum") == thread_words());
    CHECK(definition("expectation").at("properties").at("verdict").at("enum") == verdict_words());
}

TEST_CASE("schema and loader have the same ranges and defaults", "[loader][schema]") {
    const json& machine = definition("machine").at("properties");
    check_range(machine.at("pages"), ranges::pages);
    check_range(machine.at("units"), ranges::units);
    check_range(machine.at("cpus"), ranges::cpus);
    check_range(definition("swap_device").at("properties").at("slots"), ranges::slots);
    check_range(definition("unit"), {0, ranges::units.most - 1});
    check_range(definition("thread").at("properties").at("cpu"), {0, ranges::cpus.most - 1});
    check_range(definition("operation").at("properties").at("value"), {0, ranges::value.most});
    check_range(definition("operation").at("properties").at("passes"), ranges::passes);
    check_range(definition("content_state"), {0, ranges::value.most});
    CHECK(machine.at("swap").at("maxItems") == ranges::devices);
    CHECK(machine.at("processes").at("maxProperties") == ranges::processes);
    CHECK(definition("process").at("properties").at("maps").at("maxItems") == ranges::addresses);
    CHECK(schema().at("properties").at("threads").at("maxItems") == ranges::threads);
    CHECK(schema().at("properties").at("sometimes").at("maxItems") == ranges::sometimes);
    CHECK(schema().at("properties").at("version").at("const") == scenario_version);

    const MachineSpec spec;
    CHECK(machine.at("pages").at("default") == spec.pages);
    CHECK(machine.at("units").at("default") == spec.units);
    CHECK(machine.at("cpus").at("default") == spec.cpus);
    CHECK(definition("swap_device").at("properties").at("slots").at("default") == DeviceSpec{}.slots);
}

TEST_CASE("everything that an editor may show has a description", "[loader][schema]") {
    const auto described = [](const json& object) {
        for (const auto& member : object.at("properties").items()) {
            INFO(member.key());
            const json& value = member.value();
            const bool by_reference =
                value.contains("$ref") &&
                schema()[json::json_pointer(value["$ref"].get<std::string>().substr(1))].contains("description");
            CHECK((value.contains("description") || by_reference));
        }
    };
    described(schema());
    described(definition("operation"));
    for (const Form* form : forms::all()) {
        if (form != &forms::scenario()) described(definition(form->name));
    }
}

TEST_CASE("the schema accepts every scenario of the project and the sample", "[loader][schema]") {
    const json_schema::Validator validator(schema());
    CHECK(validator.accepts(sample()));
    const auto found = find_scenarios(source_root() + "/scenarios");
    REQUIRE(found);
    for (const std::string& path : found.value()) {
        INFO(path);
        std::ifstream file(path);
        CHECK(validator.accepts(json::parse(file)));
        const auto loaded = load_scenario(path);
        if (!loaded) FAIL_CHECK(loaded.error().text());
    }
}

TEST_CASE("what the schema refuses, the loader refuses; what neither could mean, both do", "[loader][schema]") {
    const json_schema::Validator validator(schema());
    const auto loads = [](const json& document) { return bool(parse_scenario(document.dump(), "", "")); };
    std::size_t refused = 0;
    for_each_value(sample(), [&](const json::json_pointer& at) {
        INFO(at.to_string());
        for (const json& other : {json(), json(0), json(1), json(63), json(64), json(true), json("app"), json("*"),
                                  json(""), json("read"), json("0x2000"), json::array(), json::object()}) {
            json changed = sample();
            changed[at] = other;
            if (validator.accepts(changed)) continue;
            ++refused;
            CHECK_FALSE(loads(changed));
        }
        json nothing = sample();
        nothing[at] = nullptr;
        CHECK_FALSE(validator.accepts(nothing));
        if (!sample()[at].is_object()) return;
        json stranger = sample();
        stranger[at]["stranger"] = 1;
        CHECK_FALSE(validator.accepts(stranger));
        CHECK_FALSE(loads(stranger));
        for (const std::string& key : keys_of(sample()[at])) {
            json without = sample();
            without[at].erase(key);
            INFO(key);
            if (!validator.accepts(without)) CHECK_FALSE(loads(without));
        }
    });
    CHECK(refused > 1000);
}
