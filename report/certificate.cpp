// SPDX-License-Identifier: GPL-2.0-only
#include "report/certificate.hpp"

#include "certificate/make.hpp"
#include "report/check.hpp"
#include "report/identity.hpp"
#include "report/origin.hpp"

namespace report {

using checker::InputError;
using checker::Result;
using nlohmann::json;

Result<CertifiedReport> check_and_certify(const model::Scenario& scenario, const Cell& cell,
                                          const checker::SearchOptions& options) {
    const auto built = build_cell(scenario, cell);
    if (!built) return built.error();
    checker::SearchOptions certifiable = certificate::certifiable(options);
    const bool symmetric = certifiable.reductions.symmetry;
    checker::KeptStates kept(built.value().program, symmetric);
    const checker::StateObserver observer = kept.observer();
    certifiable.observer = &observer;
    auto report = check(scenario, cell, certifiable);
    if (!report) return report.error();
    CertifiedReport certified{std::move(report.value()), {}};
    if (certified.report.result.verdict != checker::Verdict::holds) return certified;
    json of = describe_origin(built.value(), cell);
    of["model"] = model_identity();
    const checker::Program& program = built.value().program;
    certified.certificate = certificate::write(certificate::make(program, kept, symmetric, std::move(of)), program);
    return certified;
}

Result<VerifiedCertificate> verify_certificate(std::string_view bytes, const std::optional<std::string>& scenario) {
    const auto of = certificate::read_of(bytes);
    if (!of) return of.error();
    if (!of.value().is_object() || !of.value().contains("model") || of.value()["model"] != model_identity())
        return InputError{"/of/model",
                          "this certificate is of another version of the model; run the check again to get a new "
                          "certificate",
                          ""};
    const auto origin = rebuild(of.value(), "certificate");
    if (!origin) return InputError{"/of" + origin.error().place, origin.error().message, origin.error().nearest};
    const auto& [its_scenario, cell, built] = origin.value();
    if (scenario && *scenario != its_scenario.source)
        return InputError{"/of/text",
                          "the certificate is of another text of a scenario, " + checker::in_quotes(its_scenario.name),
                          ""};
    const auto certificate = certificate::read(bytes, built.program);
    if (!certificate) return certificate.error();
    VerifiedCertificate verified{its_scenario.name,
                                 cell,
                                 certificate.value().count,
                                 certificate::verify(built.program, certificate.value()),
                                 {}};
    for (const checker::Step step : verified.verification.schedule)
        verified.schedule.push_back(built.program.threads()[step.thread.index].name);
    return verified;
}

} // namespace report
