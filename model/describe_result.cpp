// SPDX-License-Identifier: GPL-2.0-only
// Results of steps in words. What the result of an atomic stands for is known by the type that its function returns.
#include "checker/describe.hpp"
#include "model/describe.hpp"
#include "model/results.hpp"

#include <algorithm>
#include <iterator>

namespace model {

namespace {

using checker::from_word;
using checker::OpKind;
using checker::ResultType;
using checker::Word;

// What a step changed says more than that it succeeded, or which page it found.
enum class Beside : std::uint8_t { changes, no_changes };

struct KnownType {
    ResultType type;
    Beside shown;
    std::string (*describe)(const Machine& m, Word result);
};

std::string describe_unit(const Machine& /*m*/, Word result) {
    const auto access = from_word<UnitAccess>(result);
    switch (access.kind) {
    case UnitAccess::Kind::done: return "value " + std::to_string(access.value);
    case UnitAccess::Kind::faults: return "it faults";
    case UnitAccess::Kind::nothing: break;
    }
    return "there is no page";
}

/// The names of the things whose bits are set.
template <class NameOf>
std::string describe_set(Word set, NameOf name_of, const char* empty) {
    std::string text;
    for (std::uint8_t n = 0; set != 0; ++n, set >>= 1)
        if ((set & 1) != 0) text += (text.empty() ? "" : ", ") + name_of(n);
    return text.empty() ? empty : text;
}

std::string describe_pages(const Machine& /*m*/, Word result) {
    return describe_set(
        result, [](std::uint8_t n) { return page_name(PageId{n}); }, "no page");
}

std::string describe_addresses(const Machine& m, Word result) {
    return describe_set(
        result, [&m](std::uint8_t n) { return m.spec().addresses[n]; }, "nothing is mapped");
}

std::string describe_number(const Machine& /*m*/, Word result) { return std::to_string(result); }

const KnownType known_types[] = {
    {checker::result_type<Word>, Beside::no_changes, describe_number},
    {checker::result_type<unsigned>, Beside::no_changes, describe_number},
    {checker::result_type<Value>, Beside::changes,
     [](const Machine&, Word value) { return "value " + std::to_string(value); }},
    {checker::result_type<UnitAccess>, Beside::changes, describe_unit},
    {checker::result_type<bool>, Beside::no_changes,
     [](const Machine&, Word truth) { return std::string(truth != 0 ? "true" : "false"); }},
    {checker::result_type<PageId>, Beside::no_changes,
     [](const Machine&, Word word) {
         const auto page = from_word<PageId>(word);
         return page ? page_name(page) : "no page";
     }},
    {checker::result_type<PageFlags>, Beside::no_changes,
     [](const Machine& m, Word flags) { return describe_cell(m, m.page(PageId{0}).flags, flags); }},
    {checker::result_type<PageSet>, Beside::no_changes, describe_pages},
    {checker::result_type<VaSet>, Beside::no_changes, describe_addresses},
    {checker::result_type<SwapSlot>, Beside::no_changes,
     [](const Machine& m, Word word) {
         const auto slot = from_word<SwapSlot>(word);
         if (!slot) return std::string("no swap slot");
         return slot.index < m.slots() ? slot_name(m, slot) : "there are two";
     }},
    {checker::result_type<Mapping>, Beside::no_changes,
     [](const Machine& m, Word word) {
         const auto at = from_word<Mapping>(word);
         return at.mm ? "anon_vma of " + mapping_name(m, at) : "not anonymous";
     }},
    {checker::result_type<Reread>, Beside::no_changes,
     [](const Machine&, Word word) {
         return std::string(from_word<Reread>(word) == Reread::changed ? "changed" : "unchanged");
     }},
    {checker::result_type<FlushWait>, Beside::changes,
     [](const Machine&, Word word) {
         return std::string(from_word<FlushWait>(word) == FlushWait::nobody ? "nobody is walking"
                                                                            : "somebody is walking");
     }},
    {checker::result_type<LateWalk>, Beside::changes,
     [](const Machine&, Word word) {
         return std::string(from_word<LateWalk>(word).is_begun ? "a PTE to mark" : "nothing to mark");
     }},
    {checker::result_type<arch::Pte>, Beside::no_changes, describe_pte},
};

std::string describe_atomic(const Machine& m, const checker::Operation& op, Word result, bool changes_state) {
    const auto* const known = std::find_if(std::begin(known_types), std::end(known_types),
                                           [&op](const KnownType& type) { return type.type == op.returns; });
    if (known == std::end(known_types) || (changes_state && known->shown == Beside::no_changes)) return {};
    return known->describe(m, result);
}

} // namespace

std::string describe_result(const Machine& m, const checker::Operation& op, Word result, bool changes_state) {
    switch (op.kind) {
    case OpKind::trylock:
    case OpKind::read_trylock:
    case OpKind::write_trylock: return result != 0 ? "" : "not taken";
    case OpKind::choose: return checker::describe_choice(op, result);
    case OpKind::load: return describe_cell(m, op.cell, result);
    case OpKind::atomic: return describe_atomic(m, op, result, changes_state);
    default: return {};
    }
}

std::string describe_access(const Machine& m, const checker::TraceStep& step) {
    if (step.operation.returns != checker::result_type<UnitAccess> || step.arguments.size() < 2) return {};
    // Accesses of processors are to an address, those of devices and pipes through a reference.
    const std::string_view label = step.operation.label;
    const bool by_address = label == "load" || label == "store";
    const std::string place = by_address ? mapping_name(m, from_word<Mapping>(step.arguments[0]))
                                         : reference_name(m, from_word<RefId>(step.arguments[0]));
    return "a " + std::string(label) + (by_address ? " of " : " through ") + place + " unit " +
           std::to_string(from_word<Unit>(step.arguments[1]).index) + ": " + describe_unit(m, step.result);
}

} // namespace model
