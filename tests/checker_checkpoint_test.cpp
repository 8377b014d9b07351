// SPDX-License-Identifier: GPL-2.0-only
// A search that is stopped again and again, and gone on with each time from the file that it left, ends as one that was never
// stopped; and a file that is not what it should be is refused. tests/cli_checkpoint_test.cpp kills real processes.

#include "tests/checker_programs.hpp"
#include "tests/cli_run.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"
#include "tests/generator/settings.hpp"

#include <atomic>
#include <chrono>
#include <sstream>
#include <thread>

using namespace checker;
using namespace small;
using Catch::Contains;
using cli_tests::TemporaryDirectory;
using cli_tests::TemporaryFile;

namespace {

constexpr Reductions without_merging{.choose = true, .merge = false, .commute = false, .symmetry = true};

SearchOptions unreduced() {
    SearchOptions options;
    options.reductions = without_merging;
    options.collect_final_states = true;
    return options;
}

/// All that does not depend on how a search was stopped, as text. `exactly`: also what only a search by one worker in one
/// order repeats.
std::string outcome_of(const SearchResult& result, bool exactly = true) {
    std::ostringstream text;
    text << static_cast<int>(result.verdict) << ' ' << result.error << result.stopped_because << ' ' << result.states
         << " states " << result.transitions << " transitions " << result.executions << " executions "
         << result.local_states << ' ' << result.fiber_runs << " learned " << result.missed_state_probability;
    for (const Violation& violation : result.violations) {
        text << "; " << violation.property;
        if (exactly)
            for (const auto& [thread, choice] : violation.schedule)
                text << ' ' << static_cast<unsigned>(thread.index) << '/' << choice;
    }
    for (const std::string& name : result.never_reached) text << "; never " << name;
    for (const Hash128& state : result.final_states) text << ' ' << std::hex << state.low << state.high;
    if (exactly) text << std::dec << " depth " << result.max_depth << " bytes " << result.table_bytes;
    return text.str();
}

/// The search in pieces of `states_each` states, each in an engine of its own, as in a process of its own.
SearchResult in_pieces(const Program& program, SearchOptions options, const std::string& path,
                       std::uint64_t states_each, unsigned& pieces) {
    options.checkpoint.save_to = path;
    for (pieces = 1;; ++pieces) {
        options.max_states = pieces * states_each;
        SearchResult result = search(program, options);
        if (!result.is_checkpointed) return result;
        options.checkpoint.resume_from = path;
    }
}

std::string saved_half_way(const Program& program, const std::string& path, const SearchOptions& wanted = unreduced()) {
    SearchOptions options = wanted;
    options.max_states = 20;
    options.checkpoint.save_to = path;
    REQUIRE(search(program, options).is_checkpointed);
    return TemporaryFile::read(path);
}

SearchResult resumed(const Program& program, const std::string& path, SearchOptions options = unreduced()) {
    options.checkpoint.resume_from = path;
    return search(program, options);
}

void write(const std::string& path, const std::string& content) { std::ofstream(path, std::ios::binary) << content; }

void is_refused(const SearchResult& result, const std::string& path, const std::string& why) {
    CHECK(result.verdict == Verdict::error);
    CHECK(result.states == 0);
    CHECK(result.refused.starts_with(path + ": "));
    CHECK_THAT(result.refused, Contains(why));
}

} // namespace

TEST_CASE("generated programs searched in pieces of a few states end as in one go, in every engine",
          "[checkpoint][generated]") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/saved";
    const std::uint64_t count = generated::quick() ? 60 : 500;
    std::uint64_t stops = 0;
    std::uint64_t violated = 0;
    for (std::uint64_t seed = 1; seed <= count; ++seed) {
        const generated::GeneratedProgram code = generated::generate(
            seed,
            {.endless_loops = seed % 5 == 0, .plain_accesses = seed % 7 == 0, .alike = seed % 3 == 0, .steps = 12});
        const Program program = generated::build(code);
        SearchOptions options = unreduced();
        options.engine = static_cast<Engine>(seed % 5 < 3 ? 0 : seed % 5 - 2);
        options.counterexamples = seed % 8 == 0;
        if (seed % 4 == 0) options.reductions = Reductions::none();
        const bool is_shuffled = seed % 6 == 0;
        if (is_shuffled) options.sibling_order_seed = seed;
        const SearchResult whole = search(program, options);
        unsigned pieces = 0;
        const SearchResult result = in_pieces(program, options, path, 1 + whole.states / (1 + seed % 9), pieces);
        INFO(generated::describe(code));
        REQUIRE(outcome_of(result, !is_shuffled) == outcome_of(whole, !is_shuffled));
        stops += pieces - 1;
        violated += whole.verdict == Verdict::violated ? 1 : 0;
        std::filesystem::remove(path);
    }
    CHECK(stops > 2 * count);
    CHECK(violated > count / 4);
}

TEST_CASE("the bound on depth and that on memory leave what can be gone on with", "[checkpoint]") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/saved";
    const Program program = independent(4, 7);
    const std::string whole = outcome_of(search(program, unreduced()));
    SearchOptions options = unreduced();
    options.checkpoint.save_to = path;
    for (options.max_depth = 5; options.max_depth < 28; options.max_depth += 7) {
        const SearchResult cut = search(program, options);
        CHECK(cut.verdict == Verdict::inconclusive);
        CHECK(cut.is_checkpointed);
        options.checkpoint.resume_from = path;
    }
    CHECK(outcome_of(search(program, options)) == whole);

    options = unreduced();
    options.checkpoint.save_to = path;
    for (options.max_memory_bytes = 8192; options.max_memory_bytes < 131072; options.max_memory_bytes *= 2) {
        CHECK(search(program, options).is_checkpointed);
        options.checkpoint.resume_from = path;
    }
    CHECK(outcome_of(search(program, options)) == whole);

    saved_half_way(program, path);
    options.max_memory_bytes = 100;
    is_refused(search(program, options), path, "takes 1 MiB, which is more than there may be; allow more memory");
}

TEST_CASE("workers that are stopped at any moment, and others that go on, count each state once", "[checkpoint]") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/saved";
    const Program program = independent(5, 10);
    const std::string whole = outcome_of(search(program, unreduced()), false);
    unsigned stops = 0;
    generated::Random random(1);
    for (unsigned round = 0; round < (generated::quick() ? 5 : 40); ++round) {
        SearchOptions options = unreduced();
        options.checkpoint.save_to = path;
        options.checkpoint.every_seconds = random.one_in(2) ? 1e-4 : 60;
        options.share_after = random.one_in(2) ? 64 : 4096;
        std::atomic<bool> interrupted = false;
        options.interrupted = &interrupted;
        for (;;) {
            options.jobs = 1 + random.below(4);
            interrupted = false;
            std::thread stopper([&, after = std::chrono::microseconds(500 + random.next() % 6000)] {
                std::this_thread::sleep_for(after);
                interrupted = true;
            });
            const SearchResult result = search(program, options);
            stopper.join();
            REQUIRE(result.refused.empty());
            if (!result.is_checkpointed) {
                REQUIRE(outcome_of(result, false) == whole);
                break;
            }
            ++stops;
            options.checkpoint.resume_from = path;
        }
    }
    CHECK(stops > (generated::quick() ? 5 : 40));
}

TEST_CASE("a file that is cut off anywhere, or has a byte changed anywhere, is refused", "[checkpoint]") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/saved";
    const Program program = counting(3, false);
    const std::string good = saved_half_way(program, path);
    REQUIRE(resumed(program, path).refused.empty());
    REQUIRE(good.size() % 8 == 0);
    for (std::size_t bytes = 0; bytes < good.size(); bytes += bytes < 400 ? 1 : 61) {
        write(path, good.substr(0, bytes));
        INFO(bytes);
        is_refused(resumed(program, path), path, bytes < 8 ? "this is no checkpoint" : "is cut off: its first ");
    }
    for (std::size_t at = 0; at < good.size(); at += at < 2000 ? 1 : 37) {
        std::string bad = good;
        bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
        write(path, bad);
        INFO(at);
        is_refused(resumed(program, path), path,
                   at < 8                ? "this is no checkpoint"
                   : at >= 16 && at < 24 ? "has format version "
                                         : "is damaged");
    }
    write(path, good + "12345678");
    is_refused(resumed(program, path), path, "more follows after its end");
    write(path, good.substr(0, good.size() / 2) + std::string(good.size() - good.size() / 2, '\0'));
    is_refused(resumed(program, path), path, "a checksum does not fit");
    write(path, good);
    CHECK(outcome_of(resumed(program, path)) == outcome_of(search(program, unreduced())));
}

TEST_CASE("a file of another kind, version or machine is refused, and says what it is", "[checkpoint]") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/saved";
    const Program program = counting(3, false);
    is_refused(resumed(program, path), path, "cannot open the file: No such file or directory");
    is_refused(resumed(program, directory.path()), directory.path(), "this is no checkpoint of cowherd");
    is_refused(resumed(program, "/dev/null"), "/dev/null", "this is no checkpoint of cowherd");
    const std::string good = saved_half_way(program, path);
    std::string old = good;
    for (const char version : {'\0', '\3'}) {
        old[16] = version;
        write(path, old);
        is_refused(resumed(program, path), path,
                   "has format version " + std::to_string(int{version}) +
                       ", and this cowherd reads version 4; search again from the beginning");
    }
    std::string other = good;
    std::reverse(other.begin() + 8, other.begin() + 16);
    write(path, other);
    is_refused(resumed(program, path), path, "made on a machine of the other byte order");
}

TEST_CASE("a checkpoint of another program or of other options is refused, and the difference named", "[checkpoint]") {
    const TemporaryDirectory directory;
    const std::string path = directory.path() + "/saved";
    const Program program = counting(3, false);
    saved_half_way(program, path);
    is_refused(resumed(counting(4, false), path), path,
               "the checkpoint is of another search: the digest of the program");
    // Nothing but what threads do is another here.
    is_refused(resumed(counting(3, true), path), path, "the program does other things than it did");
    const auto with = [&](auto change) {
        SearchOptions options = unreduced();
        change(options);
        return resumed(program, path, options);
    };
    is_refused(with([](SearchOptions& o) { o.reductions = Reductions::none(); }), path,
               "the reduction is choose,symmetry there and none here");
    is_refused(with([](SearchOptions& o) { o.seed = 5; }), path, "the seed of fingerprints is 0 there and 5 here");
    is_refused(with([](SearchOptions& o) { o.engine = Engine::replay; }), path,
               "the engine is automata there and replay here");
    is_refused(with([](SearchOptions& o) { o.stop_at_first = true; }), path,
               "to stop at the first violation is no there and yes here");
    is_refused(with([](SearchOptions& o) { o.collect_final_states = false; }), path, "to collect final states");
    is_refused(with([](SearchOptions& o) { o.max_steps_without_forget = 9; }), path,
               "the number of steps without a forget is 4096 there and 9 here");
    is_refused(with([](SearchOptions& o) {
                   o.checkpoint.identity = {{"the kernel", "v5.19"}};
               }),
               path, "it does not say which the kernel it is for");
    CHECK(with([](SearchOptions& o) { o.jobs = 3; }).refused.empty());
}

TEST_CASE("what cannot be saved is said before anything is searched", "[checkpoint]") {
    const TemporaryDirectory directory;
    const Program program = counting(2, false);
    const auto refusal = [&](auto change) {
        SearchOptions options = unreduced();
        options.checkpoint.save_to = directory.path() + "/saved";
        change(options);
        const SearchResult result = search(program, options);
        CHECK(result.states == 0);
        CHECK(result.verdict == Verdict::error);
        return result.refused;
    };
    CHECK_THAT(refusal([](SearchOptions& o) { o.reductions.merge = true; }), Contains("leave the reduction merge out"));
    CHECK_THAT(refusal([](SearchOptions& o) { o.strategy = Strategy::dpor; }),
               Contains("only a search by the strategy"));
    CHECK_THAT(refusal([](SearchOptions& o) { o.livelock = true; }), Contains("only a search by the strategy"));
    CHECK_THAT(refusal([](SearchOptions& o) { o.checkpoint.save_to += "/there/is/none"; }),
               Contains("/saved/there/is/none: cannot create a file in that directory: No such file or directory"));
    CHECK_THAT(refusal([&](SearchOptions& o) { o.checkpoint.save_to = directory.path(); }),
               Contains(": cannot write the file: Is a directory"));
    CHECK_THAT(refusal([](SearchOptions& o) { o.checkpoint.save_to = "/dev/full"; }),
               Contains("expected the name of a regular file"));
    CHECK(directory.files() == 0);
}

TEST_CASE("a search that cannot be saved any more goes on, and says so at its end", "[checkpoint]") {
    const TemporaryDirectory parent;
    const std::string directory = parent.path() + "/gone";
    std::filesystem::create_directory(directory);
    Program program = independent(5, 8);
    // The directory goes away when the search has begun, and before it is saved for the first time.
    std::uint64_t looks = 0;
    program.add_property(always("looks", {}, [&](const View&) {
        if (++looks == 100) std::filesystem::remove_all(directory);
        return true;
    }));
    const std::string whole = outcome_of(search(program, unreduced()));
    std::filesystem::create_directory(directory);
    looks = 0;
    SearchOptions options = unreduced();
    options.checkpoint.every_seconds = 1e-6;
    options.checkpoint.save_to = directory + "/saved";
    const SearchResult result = search(program, options);
    CHECK(outcome_of(result) == whole);
    CHECK_THAT(result.checkpoint_error, Contains("cannot create a file in that directory"));
    CHECK(!result.is_checkpointed);
}
