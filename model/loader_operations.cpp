// SPDX-License-Identifier: GPL-2.0-only
// Reading the operations of the set-up and of the threads. Names of references and requests are collected first, since one
// thread may use what a later one takes.
#include "model/loader_parts.hpp"
#include "model/operations.hpp"

#include <algorithm>

namespace model {

namespace {

template <class T>
std::uint8_t index_of(const std::vector<T>& list, const T& item) {
    return static_cast<std::uint8_t>(std::find(list.begin(), list.end(), item) - list.begin());
}

std::string name_of_operation(const Node& op) {
    return op.has("op") ? op.at("op").text("an operation") : std::string();
}

bool takes_reference(const std::string& op) { return op == "gup" || op == "vmsplice"; }
bool submits_request(const std::string& op) { return op == "o_direct_read" || op == "o_direct_write"; }

/// A request has a reference of its own, with its name, so the two share one name space.
void declare_names(const Node& op, MachineSpec& machine) {
    const std::string code = name_of_operation(op);
    if (op.failed()) return;
    if (takes_reference(code) && op.has("reference")) {
        const Node node = op.at("reference");
        const std::string name = node.name("a reference's name");
        if (index_of(machine.io_requests, name) < machine.io_requests.size())
            node.fail(checker::in_quotes(name) + " is the name of an O_DIRECT request already");
        if (index_of(machine.references, name) == machine.references.size()) machine.references.push_back(name);
    }
    if (submits_request(code) && op.has("request")) {
        const Node node = op.at("request");
        const std::string name = node.name("a request's name");
        if (index_of(machine.io_requests, name) < machine.io_requests.size()) return;
        if (index_of(machine.references, name) < machine.references.size())
            node.fail(checker::in_quotes(name) + " is the name of a reference already");
        machine.io_requests.push_back(name);
        machine.io_refs.push_back(RefId{static_cast<std::uint8_t>(machine.references.size())});
        machine.references.push_back(name);
    }
    if (machine.references.size() > ranges::references)
        op.fail("at most " + std::to_string(ranges::references) + " references and requests are possible");
    if (machine.io_requests.size() > ranges::requests)
        op.fail("at most " + std::to_string(ranges::requests) + " O_DIRECT requests are possible");
}

bool is_one_of(const std::string& word, const std::vector<std::string>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

/// What the operation has to say beside its name, and who does it: none, for a thread without a process.
class OperationReader {
public:
    OperationReader(const Node& node, const Scenario& scenario, MmId process)
        : node_(node),
          scenario_(scenario),
          process_(process) {}

    Op read(bool in_setup, bool with_process_key);

private:
    const OperationForm* read_form() const;
    void read_keys(const OperationForm& form, bool with_process_key) const;
    void read_target(Op& op) const;
    void read_words(Op& op) const;
    RefId read_reference() const;
    void check_advice() const;

    const Node& node_;
    const Scenario& scenario_;
    MmId process_;
};

const OperationForm* OperationReader::read_form() const {
    node_.expect_object("an operation");
    if (!node_.has("op")) node_.fail("an operation needs the key \"op\"");
    if (node_.failed()) return nullptr;
    std::vector<std::string> names;
    for (const OperationForm& form : operation_forms()) names.emplace_back(form.name);
    const Node op = node_.at("op");
    const std::string found = op.text("an operation");
    if (is_one_of(found, operations_not_modelled()))
        op.fail(checker::in_quotes(found) + " is not modelled yet; operations are " + listed(names));
    const std::size_t index = op.word("an operation", "operations", names);
    return op.failed() ? nullptr : &operation_forms()[index];
}

void OperationReader::read_keys(const OperationForm& form, bool with_process_key) const {
    std::vector<std::string> known = form.keys();
    for (const std::string& key : keys_not_modelled()) {
        if (form.code == OpCode::gup && node_.has(key))
            node_.fail_at(key, "\"" + key + "\" is not modelled yet; keys of \"gup\" are " + listed(known));
    }
    if (with_process_key) known.emplace_back("process");
    node_.expect_keys("\"" + std::string(form.name) + "\"", form.required, known);
}

Op OperationReader::read(bool in_setup, bool with_process_key) {
    Op op;
    const OperationForm* form = read_form();
    if (form == nullptr) return op;
    op.code = form->code;
    const std::string quoted = "\"" + std::string(form->name) + "\"";
    if (in_setup && !form->in_setup)
        node_.fail_at("op", quoted + " is asynchronous, and in the set-up each operation ends before the next begins; "
                                     "a reference that is held from the start is taken with \"gup\"");
    read_keys(*form, with_process_key);
    if (form->actor == Actor::user && !process_)
        node_.fail_at("op", quoted + " is what a process does; name one with \"process\"");
    if (op.code == OpCode::readahead && scenario_.machine.devices.empty())
        node_.fail_at("op", quoted + " needs a swap device, and the machine has none; declare one in \"swap\"");
    if (node_.failed()) return op;
    read_target(op);
    read_words(op);
    return op;
}

RefId OperationReader::read_reference() const {
    const Node node = node_.at("reference");
    std::vector<std::string> names;
    for (const std::string& name : scenario_.machine.references) {
        if (!is_one_of(name, scenario_.machine.io_requests)) names.push_back(name);
    }
    const std::size_t index = node.word("a reference", "references that \"gup\" or \"vmsplice\" takes", names);
    return node.failed() ? RefId::none() : RefId{index_of(scenario_.machine.references, names[index])};
}

void OperationReader::read_target(Op& op) const {
    const MachineSpec& machine = scenario_.machine;
    if (node_.has("address")) op.va = read_address(node_.at("address"), scenario_, process_);
    if (node_.has("unit")) op.unit = read_unit(node_.at("unit"), scenario_);
    if (node_.has("reference")) op.ref = read_reference();
    if (node_.has("request")) {
        const Node node = node_.at("request");
        const std::size_t index =
            node.word("a request", "requests that \"o_direct_read\" or \"o_direct_write\" starts", machine.io_requests);
        op.io = IoId{static_cast<std::uint8_t>(index)};
        if (!node.failed()) op.ref = machine.io_refs[index];
    }
    if (node_.has("child")) op.child = read_process(node_.at("child"), scenario_);
    if (node_.has("device")) {
        std::vector<std::string> names;
        for (const DeviceSpec& device : machine.devices) names.push_back(device.name);
        op.device =
            DeviceId{static_cast<std::uint8_t>(node_.at("device").word("a swap device", "swap devices", names))};
    }
}

void OperationReader::check_advice() const {
    const Node node = node_.at("advice");
    const std::string found = node.text("advice");
    if (is_one_of(found, advice_not_modelled()))
        node.fail(checker::in_quotes(found) + " is not modelled yet; advice words are " + listed(advice_words()));
}

void OperationReader::read_words(Op& op) const {
    if (node_.has("value")) {
        // A fresh page holds 0, so that can be expected, but a write of it could not be told from none.
        const bool expects =
            op.code == OpCode::expect_load || op.code == OpCode::expect_dma || op.code == OpCode::pipe_read;
        const Range range = expects ? Range{0, ranges::value.most} : ranges::value;
        op.value = static_cast<Value>(node_.at("value").number("a value", range));
        op.has_value = true;
    }
    if (node_.has("passes")) op.passes = node_.at("passes").number("a number of passes", ranges::passes);
    if (node_.has("dirty")) op.dirty = node_.at("dirty").boolean();
    if (node_.has("advice")) {
        check_advice();
        op.advice = static_cast<Advice>(node_.at("advice").word("advice", "advice words", advice_words()));
    }
    if (node_.has("kind"))
        op.kind = static_cast<GupKind>(node_.at("kind").word("a kind of reference", "kinds", gup_kind_words()));
    if (node_.has("mode"))
        op.mode = static_cast<GupMode>(node_.at("mode").word("a mode of gup", "modes", gup_mode_words()));
    if (node_.has("access")) op.write = node_.at("access").word("an access", "accesses", access_words()) == 1;
    if (node_.has("protection"))
        op.write = node_.at("protection").word("a protection", "protections", protection_words()) == 1;
}

void read_setup(const Node& list, Scenario& scenario) {
    for (const Node& node : list.elements("operations", 0, 100)) {
        SetupOp step;
        if (node.has("process")) step.process = read_process(node.at("process"), scenario);
        if (node.failed()) return;
        step.op = OperationReader(node, scenario, step.process).read(true, true);
        scenario.setup.push_back(step);
    }
}

/// Threads that are alike would take one reference at once, and a process is made and ends once.
void check_can_be_repeated(const Node& node, const Op& op) {
    if (op.ref || op.code == OpCode::fork || op.code == OpCode::exit)
        node.fail_at("op", checker::in_quotes(name_of(op.code)) +
                               " cannot be done by several threads that are alike; write them out, without \"count\", "
                               "each with names of its own");
}

ThreadSpec read_thread(const Node& node, const Scenario& scenario) {
    node.expect(forms::thread());
    ThreadSpec thread;
    thread.name = node.at("name").name("a thread's name");
    for (const ThreadSpec& other : scenario.threads) {
        if (other.name == thread.name)
            node.fail_at("name", "another thread is called " + checker::in_quotes(thread.name));
    }
    if (node.has("process")) thread.process = read_process(node.at("process"), scenario);
    if (node.has("cpu")) {
        const Range cpus{0, scenario.machine.cpus - 1U};
        thread.cpu = CpuId{static_cast<std::uint8_t>(node.at("cpu").number("a CPU", cpus))};
    }
    if (node.has("count")) thread.count = static_cast<std::uint8_t>(node.at("count").number("a count", ranges::count));
    if (node.failed()) return thread;
    for (const Node& op : node.at("ops").elements("operations", 1, 100)) {
        if (node.failed()) break;
        thread.ops.push_back(OperationReader(op, scenario, thread.process).read(false, false));
        if (thread.count > 1 && !node.failed()) check_can_be_repeated(op, thread.ops.back());
    }
    return thread;
}

} // namespace

void read_operations(const Node& document, Scenario& scenario) {
    if (document.failed()) return;
    const std::vector<Node> threads = document.at("threads").elements("threads", 1, ranges::threads);
    if (document.has("setup")) {
        for (const Node& op : document.at("setup").elements("operations", 0, 100)) declare_names(op, scenario.machine);
    }
    for (const Node& thread : threads) {
        if (!thread.has("ops") || document.failed()) continue;
        for (const Node& op : thread.at("ops").elements("operations", 1, 100)) declare_names(op, scenario.machine);
    }
    if (document.has("setup") && !document.failed()) read_setup(document.at("setup"), scenario);
    for (const Node& thread : threads) {
        if (!document.failed()) scenario.threads.push_back(read_thread(thread, scenario));
    }
}

std::vector<std::string> thread_names(const Scenario& scenario) {
    std::vector<std::string> names;
    for (const ThreadSpec& thread : scenario.threads) names.push_back(thread.name);
    return names;
}

std::string place_of_setup(std::size_t index) { return checker::pointer_to("/setup", index); }

std::string place_of_op(std::size_t thread, std::size_t index) {
    return checker::pointer_to(checker::pointer_to("/threads", thread) + "/ops", index);
}

} // namespace model
