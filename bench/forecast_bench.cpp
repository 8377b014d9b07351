// SPDX-License-Identifier: GPL-2.0-only
// How often the time that a search still takes is inside the interval that was shown (checker/forecast.hpp): over scenarios,
// the swap toy, classical and generated programs. Prints a line a search, and what all come to.
//
// Usage: forecast_bench [ROOT [JOBS]]
#include "arch_encodings/layouts.hpp"
#include "bench/classic/classic.hpp"
#include "bench/peers/swap_toy.hpp"
#include "checker/forecast.hpp"
#include "checker/search.hpp"
#include "model/build.hpp"
#include "model/loader.hpp"
#include "model/matrix.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

using checker::Forecast;
using checker::Progress;
using checker::Reductions;

constexpr double least_seconds = 0.25; ///< a search that takes less says nothing
constexpr std::uint64_t most_states = 8'000'000;

/// What was said at one moment.
struct Said {
    double seconds;
    std::optional<Forecast::Interval> left;
};

class Bench {
public:
    explicit Bench(unsigned jobs) : jobs_(jobs) {}

    void measure(const std::string& name, const checker::Program& program, const Reductions& reductions) {
        std::vector<Said> said;
        Forecast forecast;
        checker::SearchOptions options;
        options.reductions = reductions;
        options.counterexamples = false;
        options.max_states = jobs_ == 1 ? most_states : 0; // With a bound, one worker searches.
        options.jobs = jobs_;
        options.progress_interval = least_seconds / 50;
        options.progress = [&](const Progress& now) {
            said.push_back({now.seconds, forecast.update(now.states, now.states_to_come, now.seconds)});
        };
        const checker::SearchResult result = checker::search(program, options);
        if (!result.stopped_because.empty() || result.seconds < least_seconds) return;
        add(name, result, said);
    }

    void print() const {
        std::printf("%zu searches; the truth is inside in %.0f%% of all moments (each search counts the same), after a "
                    "tenth of the time in %.0f%%; the upper end is %.0f times the lower one in the middle\n",
                    searches_, 100 * share_ / static_cast<double>(searches_),
                    100 * later_share_ / static_cast<double>(searches_), median(widths_));
    }

private:
    void add(const std::string& name, const checker::SearchResult& result, const std::vector<Said>& said) {
        double inside = 0;
        double inside_later = 0;
        double later = 0;
        std::vector<double> widths;
        for (const auto& [seconds, left] : said) {
            const double truth = result.seconds - seconds;
            const bool is_inside = left && left->least <= truth && truth <= left->most;
            inside += is_inside ? 1 : 0;
            if (seconds < result.seconds / 10) continue;
            later += 1;
            inside_later += is_inside ? 1 : 0;
            if (left && left->least > 0) widths.push_back(left->most / left->least);
        }
        if (said.empty() || later == 0) return;
        ++searches_;
        share_ += inside / static_cast<double>(said.size());
        later_share_ += inside_later / later;
        widths_.push_back(median(widths));
        std::printf("%-44s %10llu states %7.2f s  inside %3.0f%%  later %3.0f%%  width %.0f\n", name.c_str(),
                    static_cast<unsigned long long>(result.states), result.seconds,
                    100 * inside / static_cast<double>(said.size()), 100 * inside_later / later, widths_.back());
        std::fflush(stdout);
    }
    static double median(std::vector<double> values) {
        if (values.empty()) return 0;
        std::sort(values.begin(), values.end());
        return values[values.size() / 2];
    }

    unsigned jobs_;
    std::size_t searches_ = 0;
    double share_ = 0;
    double later_share_ = 0;
    std::vector<double> widths_;
};

void measure_scenarios(Bench& bench, const std::string& root) {
    const auto files = model::find_scenarios(root + "/scenarios");
    if (!files) return;
    for (const std::string& file : files.value()) {
        const auto scenario = model::load_scenario(file);
        for (const model::KernelInfo& kernel : model::all_kernels()) {
            const auto rules =
                model::rules_of(scenario.value(), model::Expectation{}, *model::find_kernel(kernel.name));
            const auto built = model::build(scenario.value(), rules, *arch::find_layout("x86_64"));
            if (built)
                bench.measure(scenario.value().name + " on " + std::string(kernel.name), built.value().program,
                              model::paying_reductions);
        }
    }
}

void measure_toys(Bench& bench) {
    const std::pair<const char*, Reductions> ways[] = {{"no reduction", Reductions::none()},
                                                       {"symmetry", {.merge = false, .commute = false}},
                                                       {"merging", {.symmetry = false}},
                                                       {"all", {}}};
    for (unsigned a = 2; a <= 6; ++a)
        for (unsigned b = a; b <= a + 1; ++b)
            for (const auto& [name, reductions] : ways)
                if (a <= 3 || reductions.symmetry)
                    bench.measure("swap toy " + std::to_string(a) + std::to_string(b) + std::to_string(b) + ", " + name,
                                  peers::swap_toy({a, b, b}), reductions);
}

void measure_classics(Bench& bench) {
    for (const Reductions& reductions : {Reductions::none(), Reductions{}}) {
        for (unsigned n = 5; n < 16; ++n) {
            bench.measure("lastzero " + std::to_string(n), classic::lastzero(n), reductions);
            if (n < 8) bench.measure("fib_bench " + std::to_string(n), classic::fib_bench(n), reductions);
            if (n < 7) bench.measure("filesystem " + std::to_string(n), classic::filesystem(n), reductions);
            if (n < 6) bench.measure("indexer " + std::to_string(n), classic::indexer(n), reductions);
        }
    }
}

void measure_generated(Bench& bench) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const auto code = generated::generate(seed, {.endless_loops = seed % 3 == 0,
                                                     .more_forgets = seed % 4 == 0,
                                                     .alike = seed % 5 == 0,
                                                     .steps = 60 + static_cast<unsigned>(seed)});
        bench.measure("generated " + std::to_string(seed), generated::build(code), model::paying_reductions);
    }
}

} // namespace

int main(int argc, char** argv) {
    Bench bench(argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1);
    measure_scenarios(bench, argc > 1 ? argv[1] : ".");
    measure_toys(bench);
    measure_classics(bench);
    measure_generated(bench);
    bench.print();
}
