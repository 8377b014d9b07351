// SPDX-License-Identifier: GPL-2.0-only
// The names of properties that scenarios may use.
#include "model/loader_properties.hpp"

namespace model {

std::vector<std::string> property_names() {
    return {"write-reference-in-sync",
            "pin-in-sync",
            "no-lost-write",
            "cow-isolation",
            named_only_property,
            "I1",
            "I2",
            "I3",
            "I4",
            "I5",
            "I6",
            "I9",
            "V1",
            "V2",
            "V3",
            "V4",
            "V6",
            "V8",
            "P6",
            "freed-page-untouched",
            "references-balance",
            "deadlock"};
}

} // namespace model
