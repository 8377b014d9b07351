// SPDX-License-Identifier: GPL-2.0-only
#include "cli/strategy_options.hpp"

#include "cli/validators.hpp"

#include <algorithm>
#include <limits>

namespace cli {

using checker::Strategy;

namespace {

constexpr std::uint64_t most_bound = 1'000'000;
constexpr std::uint64_t most_bug_depth = 64;
constexpr std::uint64_t most_jobs = 256;

const std::string& word_of(Strategy strategy) { return strategy_words()[static_cast<std::size_t>(strategy)]; }

/// "random, pct or pos".
std::string any_of(const std::vector<Strategy>& strategies) {
    std::string text;
    for (const Strategy& strategy : strategies) {
        const bool is_last = &strategy == &strategies.back();
        text += (text.empty() ? "" : is_last ? " or " : ", ") + word_of(strategy);
    }
    return text;
}

} // namespace

void StrategyOptions::add_to(CLI::App& command, checker::SearchOptions& search) {
    const auto set = [&search](const std::string& word) {
        const auto& words = strategy_words();
        search.strategy = static_cast<Strategy>(std::find(words.begin(), words.end(), word) - words.begin());
    };
    strategy_ = command.add_option_function<std::string>(
        "--strategy", set, "naive, plain, stateful (default), bounded, delay, random, pct, pos or dpor");
    strategy_->check(check_strategy);
    livelock_ = command.add_flag("--livelock", search.livelock,
                                 "look for threads that run for ever under a fair scheduler, without any reduction");
    add_owned(command, search);
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    command
        .add_option("--max-depth", search.max_depth,
                    "steps of a schedule, default 100,000; ends as inconclusive (random, pct, pos: ends the run)")
        ->transform(whole_number("a number of steps", 1, most));
}

void StrategyOptions::add_owned(CLI::App& command, checker::SearchOptions& search) {
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    CLI::Option* bound =
        command.add_option("--bound", search.bound,
                           "bounded: the most preemptions; delay: the most delays; default 2; none, one and so on are "
                           "tried first");
    bound->transform(whole_number("a number of preemptions or delays", 1, most_bound));
    CLI::Option* runs = command.add_option("--runs", search.runs, "random, pct, pos: how many; default 1,000");
    runs->transform(whole_number("a number of runs", 1, most));
    CLI::Option* seed =
        command.add_option("--seed", search.random_seed, "random, pct, pos: the same seed, the same runs; default 1");
    seed->transform(whole_number("a number", 0, most));
    CLI::Option* depth = command.add_option("--pct-depth", search.bug_depth,
                                            "pct: how many ordering constraints the bug needs; default 3");
    depth->transform(whole_number("a number of ordering constraints", 1, most_bug_depth));
    reduction_ = command.add_option_function<std::string>(
        "--reduction", [&search](const std::string& list) { search.reductions = reductions_of(list); },
        "stateful: none, all, or some of choose, merge, commute and symmetry, with commas between; default "
        "choose,symmetry");
    reduction_->check(check_reductions);
    CLI::Option* jobs =
        command.add_option("-j,--jobs", search.jobs,
                           "stateful, dpor: threads that search at once; default 1; with --max-states one searches");
    jobs->transform(whole_number("a number of threads", 1, most_jobs));
    CLI::Option* checkpoint = command.add_option("--checkpoint", search.checkpoint.save_to,
                                                 "stateful: save the search to this file, now and then and when it "
                                                 "ends early");
    checkpoint->check(check_path);
    every_ = command.add_option("--checkpoint-every", search.checkpoint.every_seconds,
                                "seconds between one saving and the next; default 60");
    every_->check(check_seconds);
    CLI::Option* resume = command.add_option("--resume", search.checkpoint.resume_from,
                                             "stateful: go on with the search that this file was saved of; it is saved "
                                             "there again unless --checkpoint says where");
    resume->check(check_path);
    table_ =
        command.add_option("--table", search.table_file,
                           "stateful: keep visited states in this file, which is made for it and is gone afterwards");
    table_->check(check_path);
    when_full_ = command.add_option_function<std::string>(
        "--when-full",
        [&search](const std::string& word) {
            const auto& words = when_full_words();
            search.when_full =
                static_cast<checker::WhenFull>(std::find(words.begin(), words.end(), word) - words.begin());
        },
        "stateful: at --max-memory stop (default), or go on with hash-compact or bitstate; inconclusive all the same");
    when_full_->check(check_when_full);
    const std::vector<Strategy> sampling = {Strategy::random, Strategy::pct, Strategy::pos};
    owned_ = {{reduction_, {Strategy::stateful}},
              {jobs, {Strategy::stateful, Strategy::dpor}},
              {checkpoint, {Strategy::stateful}},
              {resume, {Strategy::stateful}},
              {table_, {Strategy::stateful}},
              {when_full_, {Strategy::stateful}},
              {bound, {Strategy::bounded, Strategy::delay}},
              {runs, sampling},
              {seed, sampling},
              {depth, {Strategy::pct}}};
}

std::string StrategyOptions::wrong_combination(const checker::SearchOptions& search) const {
    if (search.livelock && strategy_->count() != 0) return "--livelock is a mode of its own: leave --strategy out";
    const bool keeps_states = search.strategy != Strategy::dpor && search.strategy != Strategy::naive;
    if (!keeps_states && search.max_memory_bytes != 0)
        return "--max-memory bounds visited states, and --strategy " + word_of(search.strategy) +
               " keeps none: leave it out, or give --max-time or --max-states";
    for (const auto& [option, strategies] : owned_) {
        if (option->count() == 0) continue;
        if (search.livelock)
            return option->get_name() + " is for --strategy " + any_of(strategies) + ", not for --livelock";
        if (std::find(strategies.begin(), strategies.end(), search.strategy) != strategies.end()) continue;
        return option->get_name() + " is for --strategy " + any_of(strategies) + ", not for " +
               word_of(search.strategy);
    }
    if (search.when_full != checker::WhenFull::stop && search.max_memory_bytes == 0)
        return "--when-full says what to do at a bound on memory: give --max-memory MIB too";
    const bool is_saved = !search.checkpoint.save_to.empty() || !search.checkpoint.resume_from.empty();
    if (is_saved && search.when_full != checker::WhenFull::stop)
        return "a search with --when-full cannot be saved: let it stop at --max-memory, and go on by --resume with "
               "more";
    if (is_saved && search.reductions.merge)
        return "a search with --reduction merge cannot be saved, for what it learns on the way is not: leave merge "
               "out, "
               "or --checkpoint and --resume";
    if (every_->count() != 0 && !is_saved) return "--checkpoint-every says when to save: give --checkpoint FILE too";
    return {};
}

std::string StrategyOptions::wrong_for_certificate(const checker::SearchOptions& search) const {
    if (search.livelock) return "--certificate is for --strategy stateful, not for --livelock";
    if (search.strategy != Strategy::stateful)
        return "--certificate is for --strategy stateful, not for " + word_of(search.strategy);
    if (search.engine != checker::Engine::automata)
        return "--certificate is for --engine automata, not for " +
               engine_words()[static_cast<std::size_t>(search.engine)];
    if (!search.checkpoint.save_to.empty() || !search.checkpoint.resume_from.empty())
        return "--certificate is of a search from its beginning to its end: leave --checkpoint and --resume out";
    const checker::Reductions& reductions = search.reductions;
    if (reduction_->count() != 0 && (reductions.choose || reductions.merge || reductions.commute))
        return "--certificate: states left out by choose, merge or commute are missing from the certificate too, "
               "which is then not closed under steps: give --reduction symmetry or none, or leave it out";
    return {};
}

} // namespace cli
