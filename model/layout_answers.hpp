// SPDX-License-Identifier: GPL-2.0-only
// Which layouts a machine cannot tell apart, so that one search answers for all of them.
#pragma once

#include "arch_encodings/layout.hpp"
#include "model/rules.hpp"
#include "model/scenario.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace model {

/// Everything that modelled code and properties can learn of the layout in this scenario, in a form that names no bits.
///
/// PTE words are numbered in the order in which they are first met: the empty PTE, the PTE of each page and of each slot, then
/// whatever the helpers make of these. The answers are what each test says of a word, the numbers of the words that each edit
/// makes of it, and the page or slot that it names. Two layouts with equal answers are isomorphic: read number for word, and
/// each step does the same in both, so that states, schedules and verdicts correspond one to one. That rests on two things:
/// that modelled code knows a layout only by the helpers that are asked here, and that it uses a helper for present PTEs only
/// on what mk_pte() made, pte_present() affirmed or the processor may access, likewise for swap PTEs.
/// tests/model_layout_answers_test.cpp watches over both, and compares whole searches.
///
/// Of the rules only `swp_exclusive` matters: without it no PTE is marked.
std::vector<std::uint32_t> layout_answers(const Scenario& scenario, const Rules& rules, const arch::Layout& layout);

/// The layouts that a scenario cannot tell apart, so that one search answers for all of them. Not for several threads.
class AlikeLayouts {
public:
    explicit AlikeLayouts(const Scenario& scenario) : scenario_(&scenario) {}

    /// `layouts` in groups of those that are alike. Groups are in the order of their first members, members in the order given.
    std::vector<std::vector<const arch::Layout*>> among(const std::vector<const arch::Layout*>& layouts,
                                                        const Rules& rules);

private:
    using Answers = std::vector<std::uint32_t>;
    const Answers& answers_of(const arch::Layout& layout, const Rules& rules);

    const Scenario* scenario_;
    std::map<std::pair<const arch::Layout*, bool>, Answers> known_;
};

} // namespace model
