// SPDX-License-Identifier: GPL-2.0-only
// One search of the swap toy: what it took, as one line of words for compare.sh.
//
//     swap_toy_peer O_DIRECT RECLAIMERS WRITERS REDUCTIONS JOBS   ->   states seconds MiB verdict
//
// REDUCTIONS: none, all, or all but symmetry (no-symmetry).
#include "bench/peers/swap_toy.hpp"
#include "checker/search.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 5) {
        std::fputs("usage: swap_toy_peer O_DIRECT RECLAIMERS WRITERS none|all|no-symmetry JOBS\n", stderr);
        return 2;
    }
    const auto number = [&words](std::size_t at) { return static_cast<unsigned>(std::stoul(words[at])); };
    checker::SearchOptions options;
    if (words[3] == "none") options.reductions = checker::Reductions::none();
    if (words[3] == "no-symmetry") options.reductions.symmetry = false;
    options.jobs = number(4);
    const checker::Program program =
        peers::swap_toy({.o_direct = number(0), .reclaimers = number(1), .writers = number(2)});
    const checker::SearchResult result = checker::search(program, options);
    const double mebibytes = static_cast<double>(result.table_bytes) / (1 << 20);
    std::printf("%llu %.3f %.1f %s\n", static_cast<unsigned long long>(result.states), result.seconds, mebibytes,
                result.verdict == checker::Verdict::holds ? "holds" : "does-not-hold");
    return result.verdict == checker::Verdict::holds ? 0 : 1;
}
