// SPDX-License-Identifier: GPL-2.0-only
// Reading "sometimes": conditions that some reachable state must satisfy.
#include "model/loader_parts.hpp"

#include <algorithm>

namespace model {

namespace {

/// What a condition looks at; each has exactly one of these keys.
const std::vector<std::string>& subjects() {
    static const std::vector<std::string> keys = {"pte", "reference", "page", "thread", "content"};
    return keys;
}

ConditionKind kind_from(ConditionKind first, std::size_t index) {
    return static_cast<ConditionKind>(static_cast<std::size_t>(first) + index);
}
// The words stand in the order of the enum.
static_assert(static_cast<int>(ConditionKind::pte_page_in_swapcache) - static_cast<int>(ConditionKind::pte_none) == 7);
static_assert(static_cast<int>(ConditionKind::ref_diverged) - static_cast<int>(ConditionKind::ref_held) == 1);

void read_pte(const Node& node, const Node& is, const Scenario& scenario, Condition& condition) {
    node.expect(forms::place());
    if (node.failed()) return;
    condition.at = read_place(node, scenario);
    condition.kind = kind_from(ConditionKind::pte_none, is.word("a state of a PTE", "states", pte_words()));
}

void read_content(const Node& node, const Node& is, const Scenario& scenario, Condition& condition) {
    node.expect(forms::content());
    if (node.failed()) return;
    condition.kind = ConditionKind::value_is;
    condition.at = read_place(node, scenario);
    condition.unit = read_unit(node.at("unit"), scenario);
    condition.value = static_cast<Value>(is.number("a value", Range{0, max_values - 1}));
}

void read_subject(const std::string& subject, const Node& node, const Node& is, const Scenario& scenario,
                  Condition& condition) {
    if (subject == "pte") {
        read_pte(node, is, scenario, condition);
    } else if (subject == "content") {
        read_content(node, is, scenario, condition);
    } else if (subject == "reference") {
        const std::size_t ref =
            node.word("a reference or request", "references and requests", scenario.machine.references);
        condition.ref = RefId{static_cast<std::uint8_t>(ref)};
        condition.kind =
            kind_from(ConditionKind::ref_held, is.word("a state of a reference", "states", reference_words()));
    } else if (subject == "thread") {
        condition.thread = static_cast<std::uint8_t>(node.word("a thread", "threads", thread_names(scenario)));
        condition.kind =
            kind_from(ConditionKind::thread_finished, is.word("a state of a thread", "states", thread_words()));
    } else {
        node.word("\"any\"", "pages", {"any"});
        condition.kind =
            kind_from(ConditionKind::any_page_writeback, is.word("a state of a page", "states", page_words()));
    }
}

Condition read_condition(const Node& node, const Scenario& scenario) {
    Condition condition;
    node.expect(forms::condition());
    std::vector<std::string> found;
    for (const std::string& key : subjects()) {
        if (node.has(key)) found.push_back(key);
    }
    if (found.size() != 1)
        node.fail("a condition looks at one thing: it needs exactly one of the keys " + listed(subjects()));
    if (node.has("is") == node.has("is_not")) node.fail("a condition needs either \"is\" or \"is_not\"");
    if (node.failed()) return condition;
    condition.negated = node.has("is_not");
    read_subject(found[0], node.at(found[0]), node.at(condition.negated ? "is_not" : "is"), scenario, condition);
    return condition;
}

} // namespace

void read_sometimes(const Node& list, Scenario& scenario) {
    if (list.failed()) return;
    for (const Node& node : list.elements("\"sometimes\" conditions", 1, ranges::sometimes)) {
        if (node.failed()) return;
        node.expect(forms::sometimes());
        Sometimes sometimes;
        sometimes.name = node.at("name").text("what is to happen");
        for (const Sometimes& other : scenario.sometimes) {
            if (other.name == sometimes.name)
                node.fail_at("name", "another condition is called " + checker::in_quotes(sometimes.name));
        }
        if (node.failed()) return;
        for (const Node& condition : node.at("all").elements("conditions", 1, 16)) {
            if (!node.failed()) sometimes.all.push_back(read_condition(condition, scenario));
        }
        scenario.sometimes.push_back(sometimes);
    }
}

} // namespace model
