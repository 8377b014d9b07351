// SPDX-License-Identifier: GPL-2.0-only
// The machine in words, for reports: what things are called, and what the word in a cell means.
#pragma once

#include "checker/search.hpp"
#include "model/machine.hpp"

#include <string>

namespace model {

/// "page 2": the number is the page's frame number, so that it is also what a decoded PTE shows.
std::string page_name(PageId page);
/// "app 0x1000".
std::string mapping_name(const Machine& m, Mapping at);
/// "swap slot 1", or "swap slot 0:1" (device and offset) on a machine with several swap devices. The offset is the one that a
/// decoded swap PTE shows.
std::string slot_name(const Machine& m, SwapSlot slot);
std::string slot_name(std::size_t devices, DeviceId device, std::size_t offset);
/// "dio's reference".
std::string reference_name(const Machine& m, RefId ref);
/// "FOLL_GET|FOLL_WRITE of page 1, taken at app 0x1000", "not held".
std::string describe_reference(const Machine& m, const RefState& ref);
/// "present pfn 2 write dirty young (0x8000000000002867)".
std::string describe_pte(const Machine& m, checker::Word pte);

/// What `value` means in this cell: "count 1 + SWAP_HAS_CACHE", "locked uptodate swapbacked", "page 2". Never empty.
std::string describe_cell(const Machine& m, checker::CellId cell, checker::Word value);

/// What a step returned: "true", "page 2", "present pfn 2 write (0x...)". Empty where it returns nothing, or nothing that a
/// reader could use. `changes_state`: the step changed something, which says more than that it succeeded.
std::string describe_result(const Machine& m, const checker::Operation& op, checker::Word result, bool changes_state);

/// "a load of app 0x1000 unit 0: value 1": what a step that reaches into the content of a page did. Empty for other steps.
std::string describe_access(const Machine& m, const checker::TraceStep& step);

/// The cell is bookkeeping of the properties, nothing that a kernel has.
bool is_ghost_cell(const Machine& m, checker::CellId cell);

} // namespace model
