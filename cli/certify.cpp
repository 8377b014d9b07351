// SPDX-License-Identifier: GPL-2.0-only
// cowherd certify: checks a certificate of a search, without searching.
#include "cli/commands.hpp"
#include "cli/output.hpp"
#include "cli/validators.hpp"
#include "model/loader.hpp"
#include "report/certificate.hpp"
#include "report/json.hpp"
#include "report/text.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

#include <limits>
#include <memory>

namespace cli {

namespace {

struct CertifyArguments {
    std::string file, scenario;
    bool json = false;
};

/// "a 3 times, b, a": who goes how often.
std::string in_turns(const std::vector<std::string>& threads) {
    std::string text;
    for (std::size_t at = 0, end = 0; at < threads.size(); at = end) {
        while (end < threads.size() && threads[end] == threads[at]) ++end;
        text += (at == 0 ? "" : ", ") + threads[at];
        if (end - at > 1) text += fmt::format(" {} times", end - at);
    }
    return text;
}

std::string text_of(const report::VerifiedCertificate& verified) {
    return fmt::format("certified: {} on {}: {}, all steps of which ({}) lead to one of them; no property is violated "
                       "in any; {}\n",
                       verified.scenario, report::cell_name(verified.cell), report::counted(verified.states, "state"),
                       report::grouped(verified.verification.transitions),
                       report::counted(verified.verification.ends, "end"));
}

nlohmann::json json_of(const report::VerifiedCertificate& verified) {
    return {{"format", "cowherd-certified"},
            {"version", 1},
            {"scenario", verified.scenario},
            {"kernel", verified.cell.kernel},
            {"arch", verified.cell.arch},
            {"states", verified.states},
            {"transitions", verified.verification.transitions},
            {"ends", verified.verification.ends}};
}

int certify(const CertifyArguments& arguments) {
    const auto bytes = model::read_input_file(arguments.file, "certificate", std::numeric_limits<std::size_t>::max());
    if (!bytes) return complain(arguments.file, bytes.error());
    std::optional<std::string> scenario;
    if (!arguments.scenario.empty()) {
        auto text = model::read_input_file(arguments.scenario, "scenario");
        if (!text) return complain(arguments.scenario, text.error());
        scenario = std::move(text.value());
    }
    const auto verified = report::verify_certificate(bytes.value(), scenario);
    if (!verified) return complain(arguments.file, verified.error());
    const certificate::Verification& verification = verified.value().verification;
    if (!verification.fault.empty()) {
        complain(arguments.file + ": not certified: " + verification.fault);
        if (!verification.schedule.empty()) remark("the way there: " + in_turns(verified.value().schedule));
        return exit_code::bad_input;
    }
    print(arguments.json ? report::json_text(json_of(verified.value())) : text_of(verified.value()));
    return exit_code::as_expected;
}

} // namespace

void add_certify(CLI::App& app, Command& chosen) {
    auto arguments = std::make_shared<CertifyArguments>();
    CLI::App* command = app.add_subcommand("certify", "Check the states that cowherd check --certificate has written");
    command->footer("Example: cowherd check FILE --kernel v5.19 --certificate states; cowherd certify states");
    command->add_option("CERTIFICATE", arguments->file, "a file that cowherd check --certificate wrote")
        ->required()
        ->check(check_path);
    command->add_option("SCENARIO", arguments->scenario, "the scenario that it must be a certificate of")
        ->check(check_path);
    command->add_flag("--json", arguments->json, "JSON instead of text");
    command->callback([arguments, &chosen] { chosen = [arguments] { return certify(*arguments); }; });
}

} // namespace cli
