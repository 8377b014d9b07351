// SPDX-License-Identifier: GPL-2.0-only
// How fast states are visited and what they take, on the swap toy.
#include "bench/peers/swap_toy.hpp"
#include "bench/table/sections.hpp"
#include "checker/search.hpp"

#include <string>

namespace bench {

namespace {

using namespace checker;

struct Search {
    peers::SwapToySize size;
    bool reduced = false;
    unsigned jobs = 1;
    const char* goal = "";
};

void add_row(Output& out, const Search& wanted) {
    SearchOptions options;
    if (!wanted.reduced) options.reductions = Reductions::none();
    options.jobs = wanted.jobs;
    const SearchResult result = search(peers::swap_toy(wanted.size), options);
    const auto states = static_cast<double>(result.states);
    const auto& size = wanted.size;
    out.row({words(std::to_string(size.o_direct) + "," + std::to_string(size.reclaimers) + "," +
                   std::to_string(size.writers)),
             words(wanted.reduced ? "all" : "none"), count(wanted.jobs), count(result.states),
             count(result.transitions), decimal(result.seconds, 3),
             count(static_cast<std::uint64_t>(states / result.seconds)),
             result.states < 100'000 ? nothing() : decimal(static_cast<double>(result.table_bytes) / states, 1),
             words(wanted.goal)});
}

} // namespace

void measure_stateful(Output& out, const Settings& settings) {
    out.begin("stateful", "States of the swap toy (O_DIRECT, reclaiming and writing threads)",
              {{"threads", -8},
               {"reductions", -10},
               {"-j", 3},
               {"states", 11},
               {"transitions", 12},
               {"s", 8},
               {"states/s", 11},
               {"bytes/state", 11},
               {"goal", -24}});
    const peers::SwapToySize nine{.o_direct = 3, .reclaimers = 3, .writers = 3};
    const peers::SwapToySize eleven{.o_direct = 3, .reclaimers = 4, .writers = 4};
    const peers::SwapToySize many{.o_direct = 7, .reclaimers = 7, .writers = 7};
    add_row(out, {nine, false, 1, ""});
    add_row(out, {eleven, false, 1, "3,000,000/s, 16 bytes"});
    add_row(out, {eleven, false, settings.jobs, ""});
    add_row(out, {eleven, true, 1, ""});
    add_row(out, {many, true, 1, "2 s"});
    add_row(out, {many, true, settings.jobs, ""});
}

} // namespace bench
