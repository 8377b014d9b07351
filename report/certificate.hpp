// SPDX-License-Identifier: GPL-2.0-only
// Certificates of scenarios: checks whose states are written down, and those states checked again.
#pragma once

#include "certificate/verify.hpp"
#include "report/report.hpp"

#include <optional>

namespace report {

/// A check, and the certificate's file if the verdict is that it holds.
struct CertifiedReport {
    Report report;
    std::string certificate;
};

/// As check(), with those of the options' reductions only that a certificate can do with.
checker::Result<CertifiedReport> check_and_certify(const model::Scenario& scenario, const Cell& cell,
                                                   const checker::SearchOptions& options);

/// What a certificate is of, and what the verifier says.
struct VerifiedCertificate {
    std::string scenario;
    Cell cell;
    std::uint64_t states = 0;
    certificate::Verification verification;
    std::vector<std::string> schedule; ///< the names of the threads of `verification.schedule`, in turn
};

/// Refused, with the reason: what is no certificate, is damaged, of another version or model, of a scenario that cannot be
/// built, or of another than `scenario`, the text of one, if that is given.
checker::Result<VerifiedCertificate> verify_certificate(std::string_view bytes,
                                                        const std::optional<std::string>& scenario);

} // namespace report
