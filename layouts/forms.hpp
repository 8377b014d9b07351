// SPDX-License-Identifier: GPL-2.0-only
// What a layout file is made of, as data: the keys of each object. The reader reads by these tables; a test holds the JSON schema
// against them.
#pragma once

#include "checker/json_node.hpp"

namespace layouts::forms {

const checker::Form& layout();
const checker::Form& none();
const checker::Form& order();
const checker::Form& swap();
const checker::Form& fixed();
const checker::Form& entry();
const checker::Form& present_pte();
const checker::Form& flag();
const checker::Form& rule();
const checker::Form& modify();
const checker::Form& walk();
const checker::Form& known();
/// All of them, for the test.
std::vector<const checker::Form*> all();

/// "none" excluded: what "fault" may be.
const std::vector<std::string>& fault_words();
/// In the order of arch::Endian.
const std::vector<std::string>& endian_words();
/// In the order of arch::PteAccess.
const std::vector<std::string>& access_words();

} // namespace layouts::forms
