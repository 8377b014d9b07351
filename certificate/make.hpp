// SPDX-License-Identifier: GPL-2.0-only
// From what a search kept to a certificate.
#pragma once

#include "certificate/certificate.hpp"
#include "checker/kept_states.hpp"

namespace certificate {

/// The options of a search that a certificate can be made of: it leaves out nothing but what symmetry does, for a set of
/// states can be seen to be closed only if it is.
checker::SearchOptions certifiable(checker::SearchOptions options);

/// `kept`: all states of a search with such options that came to its end. Equal sets give equal certificates.
Certificate make(const checker::Program& program, const checker::KeptStates& kept, bool symmetric, nlohmann::json of);

} // namespace certificate
