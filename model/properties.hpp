// SPDX-License-Identifier: GPL-2.0-only
// What must hold of the machine, and what a scenario wants to see reached. docs/PROPERTIES.md says what each property means,
// where it comes from and when it is excused; the files properties_*.cpp hold them by topic.
//
// All are pure functions of the shared state. Those that compare a PTE with something else speak only of PTEs whose
// page-table lock is free: its holder may be half-way. Nothing is lost by that, since whatever the holder leaves behind is
// still there in the step that frees the lock.
#pragma once

#include "checker/program.hpp"
#include "model/machine.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace model {

struct PropertyInfo {
    std::string_view name;       ///< as scenarios and reports write it
    std::string_view meaning;    ///< one line
    std::string_view source;     ///< kernel-facts id, and what in the kernel says so
    std::string_view since = {}; ///< the first kernel it applies to; "" if it applies to all
    bool on_request = false;     ///< checked only where a scenario names it
    bool built_in = false;       ///< of the checker; make_properties() makes none
};

/// In the order in which reports list them.
std::span<const PropertyInfo> all_properties();
const PropertyInfo* find_property(std::string_view name);
/// What the rules come to on an architecture: without the bit in its swap PTEs, swp_exclusive is off by nature.
Rules effective_rules(Rules rules, const arch::Layout& layout);
/// Whether a kernel (its rules) on an architecture promises this at all.
bool applies(const PropertyInfo& property, const Rules& rules, const arch::Layout& layout);

/// Of each thread, that it sometimes gets to its end: a signal in every schedule would leave what follows undone, and the
/// scenario would hold because nothing happens. Not of threads that a condition of the scenario wants killed.
std::vector<Sometimes> ends_of_threads(const Scenario& scenario);

/// The properties that the scenario asks for (by default all that need no request) and that apply to the machine, then its
/// `sometimes` conditions and those of ends_of_threads(). Their program's context is the machine.
std::vector<checker::Property> make_properties(const Machine& m, const Scenario& scenario);
/// Those it asks for that do not apply, for reports.
std::vector<std::string_view> not_applicable(const Machine& m, const Scenario& scenario);
/// One property by its name, which is one of all_properties() and not built in.
checker::Property make_property(const Machine& m, std::string_view name);
/// Named "sometimes: " and its name.
checker::Property make_sometimes(const Machine& m, const Sometimes& sometimes);

} // namespace model
