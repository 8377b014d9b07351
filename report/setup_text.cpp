// SPDX-License-Identifier: GPL-2.0-only
#include "report/setup_text.hpp"

#include "model/loader_forms.hpp"
#include "model/operations.hpp"

#include <algorithm>

namespace report {

namespace {

using model::OpCode;

bool has_key(const model::OperationForm& form, const char* key) {
    const std::vector<std::string> keys = form.keys();
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

const std::string& word_of(const std::vector<std::string>& words, auto value) {
    return words[static_cast<std::size_t>(value)];
}

/// What the operation is done to.
std::string objects_of(const model::MachineSpec& machine, const model::OperationForm& form, const model::Op& op) {
    std::string text;
    if (has_key(form, "advice")) text += " " + word_of(model::advice_words(), op.advice);
    if (has_key(form, "address")) text += " " + machine.addresses[op.va.index];
    if (has_key(form, "protection")) text += " " + word_of(model::protection_words(), op.write);
    if (has_key(form, "reference")) {
        const bool takes = op.code == OpCode::gup || op.code == OpCode::vmsplice;
        text += (takes ? " as " : " ") + machine.references[op.ref.index];
    }
    if (has_key(form, "child")) text += " " + machine.processes[op.child.index].name;
    if (has_key(form, "device")) text += " " + machine.devices[op.device.index].name;
    return text;
}

/// How it is done.
std::string manner_of(const model::OperationForm& form, const model::Op& op) {
    std::string text;
    if (op.code == OpCode::gup)
        text += " (" + word_of(model::gup_kind_words(), op.kind) + ", " + word_of(model::access_words(), op.write) +
                ", " + word_of(model::gup_mode_words(), op.mode) + ")";
    if (has_key(form, "dirty") && op.dirty) text += " (dirty)";
    if (has_key(form, "unit")) text += " unit " + std::to_string(op.unit.index);
    if (has_key(form, "value") && op.has_value) text += " = " + std::to_string(op.value);
    if (has_key(form, "passes")) text += " (" + std::to_string(op.passes) + (op.passes == 1 ? " pass)" : " passes)");
    return text;
}

} // namespace

std::string setup_text(const model::Scenario& scenario, const model::SetupOp& step) {
    const model::MachineSpec& machine = scenario.machine;
    const model::OperationForm& form = model::operation_forms()[static_cast<std::size_t>(step.op.code)];
    const std::string who = step.process ? machine.processes[step.process.index].name + " " : "";
    return who + form.name + objects_of(machine, form, step.op) + manner_of(form, step.op);
}

} // namespace report
