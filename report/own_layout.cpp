// SPDX-License-Identifier: GPL-2.0-only
#include "report/own_layout.hpp"

#include "arch_encodings/witness.hpp"

namespace report {

checker::Result<OwnLayout> own_layout(layouts::OwnedLayout owned) {
    if (owned.layout().present_pte.pfn.segments.empty())
        return checker::InputError{"/present_pte",
                                   "a scenario needs present PTEs, and the layout does not describe any", ""};
    std::string refused = arch::why_refused(owned.layout());
    return OwnLayout{std::move(owned), std::move(refused)};
}

} // namespace report
