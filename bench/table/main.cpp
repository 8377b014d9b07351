// SPDX-License-Identifier: GPL-2.0-only
// `./dev bench`: what everything costs, one table after the other, in a few minutes.
#include "bench/table/sections.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace {

using bench::Output;
using bench::Settings;

struct Section {
    const char* name;
    std::function<bool(Output&, const Settings&)> measure;
};

const std::vector<Section>& sections() {
    static const std::vector<Section> all = {
        {"engine", [](Output& out, const Settings&) { return bench::measure_engine(out), true; }},
        {"stateful",
         [](Output& out, const Settings& settings) { return bench::measure_stateful(out, settings), true; }},
        {"classic", bench::measure_classic},
        {"gate", bench::measure_gate},
        {"scaling", bench::measure_scaling},
    };
    return all;
}

} // namespace

int main(int argc, char** argv) {
    Settings settings;
    settings.jobs = std::max(2U, std::thread::hardware_concurrency());
    bool as_json = false;
    std::vector<std::string> wanted;
    CLI::App app("What the checker costs. All tables, or those named: engine, stateful, classic, gate, scaling.");
    app.add_option("TABLE", wanted, "which tables")
        ->check(CLI::IsMember({"engine", "stateful", "classic", "gate", "scaling"}));
    app.add_flag("--json", as_json, "as JSON, in the end");
    app.add_option("-j,--jobs", settings.jobs, "threads where more than one searches; default: one a core, at least 2");
    app.add_option("--seconds", settings.seconds_of_scaling, "for each scenario of the table scaling; default 30");
    app.add_option("--memory", settings.memory_of_scaling, "MiB for each of them; default 4096");
    app.add_option("--cowherd", settings.cowherd, "the program, for the gate")->envname("COWHERD")->required();
    app.add_option("--source", settings.source, "the project's directory")->envname("COWHERD_SOURCE")->required();
    CLI11_PARSE(app, argc, argv);

    Output out(as_json);
    bool all_right = true;
    for (const Section& section : sections()) {
        if (wanted.empty() || std::find(wanted.begin(), wanted.end(), section.name) != wanted.end())
            all_right = section.measure(out, settings) && all_right;
    }
    out.finish();
    return all_right ? 0 : 1;
}
