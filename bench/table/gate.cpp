// SPDX-License-Identifier: GPL-2.0-only
// What `cowherd gate` takes on the shipped scenarios.
#include "bench/programs.hpp"
#include "bench/table/sections.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <memory>
#include <string>

namespace bench {

namespace {

/// What the command prints; empty if it cannot be run.
std::string output_of(const std::string& command) {
    const auto close = [](FILE* pipe) { pclose(pipe); };
    const std::unique_ptr<FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
    std::string text;
    if (pipe == nullptr) return text;
    std::array<char, 65'536> buffer{};
    while (const std::size_t bytes = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        text.append(buffer.data(), bytes);
    return text;
}

} // namespace

bool measure_gate(Output& out, const Settings& settings) {
    out.begin("gate", "The gate: every scenario on every kernel and architecture, a cell each",
              {{"cells", 8}, {"-j", 3}, {"states", 14}, {"s", 8}, {"states/s", 12}, {"surprises", 10}});
    std::string text;
    const std::string command = "'" + settings.cowherd + "' gate --json -j " + std::to_string(settings.jobs) + " '" +
                                settings.source + "/scenarios' 2>/dev/null";
    const double seconds = seconds_of([&] { text = output_of(command); });
    const auto document = nlohmann::json::parse(text, nullptr, false);
    if (document.is_discarded() || !document.contains("scenarios")) {
        out.remark("FAILED: this printed no report: " + command);
        return false;
    }
    std::uint64_t states = 0;
    for (const auto& scenario : document.at("scenarios"))
        for (const auto& cell : scenario.at("cells")) states += cell.at("search").at("states").get<std::uint64_t>();
    const auto surprises = document.at("surprises").get<std::uint64_t>();
    out.row({count(document.at("cells").get<std::uint64_t>()), count(settings.jobs), count(states), decimal(seconds, 1),
             count(static_cast<std::uint64_t>(static_cast<double>(states) / seconds)), count(surprises)});
    return surprises == 0;
}

} // namespace bench
