// SPDX-License-Identifier: GPL-2.0-only
// Killing real searches at random moments: gone on with from the file that they leave, they end with the report of a search that
// was left alone. And what the command line says to files and options that do not fit.

#include "tests/cli_run.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/settings.hpp"

#include <fcntl.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <map>
#include <thread>
#include <vector>

using namespace cli_tests;
using Catch::Contains;
using generated::Random;

namespace {

namespace fs = std::filesystem;
using Seconds = std::chrono::duration<double>;

const std::string three_threads = "scenarios/seed/three-threads.json";

/// A process of cowherd, whose stdout goes to a file.
class Process {
public:
    Process(std::vector<std::string> arguments, const std::string& output) {
        arguments.insert(arguments.begin(), environment("COWHERD", "cowherd"));
        std::vector<char*> argv;
        argv.reserve(arguments.size() + 1);
        for (std::string& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        const std::string directory = environment("COWHERD_SOURCE", ".");
        // A signal that comes before the program is in place must not reach the handlers that tests have.
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        sigprocmask(SIG_BLOCK, &all, &before);
        pid_ = fork();
        if (pid_ != 0) sigprocmask(SIG_SETMASK, &before, nullptr);
        REQUIRE(pid_ >= 0);
        if (pid_ == 0) {
            for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
            sigprocmask(SIG_SETMASK, &before, nullptr);
            const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
            const int nothing = open("/dev/null", O_WRONLY);
            if (file >= 0 && nothing >= 0 && dup2(file, STDOUT_FILENO) >= 0 && dup2(nothing, STDERR_FILENO) >= 0 &&
                chdir(directory.c_str()) == 0)
                execv(argv[0], argv.data());
            _exit(127);
        }
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process() {
        if (!has_ended_) kill(pid_, SIGKILL), wait();
    }

    /// Whether it ends by itself within that time.
    bool ends_within(Seconds time) {
        const auto end = std::chrono::steady_clock::now() + time;
        for (;;) {
            if (has_ended_ = waitpid(pid_, &status_, WNOHANG) == pid_; has_ended_) return true;
            if (std::chrono::steady_clock::now() >= end) return false;
            std::this_thread::sleep_for(std::chrono::microseconds(300));
        }
    }
    void send(int signal) const { kill(pid_, signal); }
    void wait() { has_ended_ = waitpid(pid_, &status_, 0) == pid_; }
    /// The exit code; minus the signal that ended it.
    int code() const { return WIFEXITED(status_) ? WEXITSTATUS(status_) : -WTERMSIG(status_); }

private:
    pid_t pid_ = 0;
    int status_ = 0;
    bool has_ended_ = false;
};

/// The report, without timings; with several workers also without the longest schedule that happened to be gone.
std::string essence_of(const std::string& text, bool has_several_workers) {
    nlohmann::json report = nlohmann::json::parse(text);
    report.erase("timings");
    if (has_several_workers) report.at("search").erase("max_depth");
    return report.dump();
}

struct Tally {
    std::map<int, unsigned> kills; ///< by signal
    unsigned resumed = 0;
    unsigned ends = 0;
};

/// Searches `search` from beginning to end, again and again, killing on the way, until there were so many kills.
void kill_and_resume(const std::vector<std::string>& search, unsigned max_jobs, unsigned kills, Tally& tally) {
    const TemporaryDirectory directory;
    const std::string saved = directory.path() + "/saved";
    const std::string output = directory.path() + "/report";
    const auto begin = std::chrono::steady_clock::now();
    Process alone(search, output);
    alone.wait();
    const Seconds time = std::chrono::steady_clock::now() - begin;
    const std::string expected = essence_of(TemporaryFile::read(output), max_jobs > 1);

    Random random(kills + max_jobs);
    while (kills > 0) {
        for (unsigned attempt = 1;; ++attempt) {
            std::vector<std::string> arguments = search;
            const bool is_resumed = fs::exists(saved);
            for (const std::string& word :
                 {std::string(is_resumed ? "--resume" : "--checkpoint"), saved, std::string("--checkpoint-every"),
                  std::string("0.003"), std::string("-j"), std::to_string(1 + random.below(max_jobs))})
                arguments.push_back(word);
            tally.resumed += is_resumed ? 1 : 0;
            Process process(arguments, output);
            // Later attempts are given more time, so that this ends however slow the machine is.
            const double share = static_cast<double>(random.next() % 1000) / 1000;
            if (!process.ends_within(time * share * (0.3 + attempt / 40.0))) {
                static constexpr std::array signals = {SIGKILL, SIGINT, SIGTERM};
                const int signal = signals[random.below(signals.size())];
                process.send(signal);
                process.wait();
                ++tally.kills[signal];
                if (kills > 0) --kills;
            }
            const int code = process.code();
            CAPTURE(code, attempt);
            // Before there are handlers, a process ends by any signal.
            if (code < 0 || code == 130) continue;
            REQUIRE((code == 0 || code == 10));
            REQUIRE(essence_of(TemporaryFile::read(output), max_jobs > 1) == expected);
            CHECK(directory.files() == 1);
            ++tally.ends;
            break;
        }
    }
}

const std::string check_small = "check " + small + " --kernel v5.19 ";

} // namespace

TEST_CASE("searches that are killed at random moments end, resumed, with the report of one left alone",
          "[checkpoint][cli]") {
    const unsigned times = generated::quick() ? 1 : 10;
    Tally tally;
    kill_and_resume({"check", three_threads, "--kernel", "v5.19", "--json"}, 1, 8 * times, tally);
    kill_and_resume({"check", three_threads, "--kernel", "v5.19", "--json"}, 3, 8 * times, tally);
    kill_and_resume({"check", three_threads, "--kernel", "v5.19", "--json", "--reduction", "none"}, 2, 2 * times,
                    tally);
    kill_and_resume({"check", seed, "--kernel", "v5.18", "--json"}, 1, 4 * times, tally);
    unsigned kills = 0;
    for (const auto& [signal, count] : tally.kills) {
        CHECK(count >= 2 * times);
        kills += count;
    }
    CHECK(kills >= 22 * times);
    CHECK(tally.resumed > kills / 2);
    CHECK(tally.ends >= 4);
}

TEST_CASE("a bound leaves a file, and who reads stderr is told how to go on", "[checkpoint][cli]") {
    const TemporaryDirectory directory;
    const std::string saved = directory.path() + "/saved";
    const std::string check = "check " + three_threads + " --kernel v5.19 ";
    for (const char* bound : {"--max-time 0.001", "--max-states 100", "--max-depth 20", "--max-memory 1"}) {
        const bool is_new = !fs::exists(saved);
        std::string option = is_new ? " --checkpoint " : " --resume ";
        const Run cut = cowherd(check + bound + option.append(saved));
        CAPTURE(bound, cut.text);
        if (cut.code == 0) continue; // On a fast machine.
        CHECK(cut.code == 20);
        CHECK_THAT(cut.text, Contains("the search was saved: go on with it by --resume " + saved));
        REQUIRE(fs::exists(saved));
    }
    const Run elsewhere = cowherd(check + "--resume " + saved + " --checkpoint " + saved + "2 --max-states 200");
    CHECK(elsewhere.code == 20);
    CHECK(directory.files() == 2);
    const Run whole = cowherd(check);
    const Run end = cowherd(check + "--resume " + saved);
    CHECK(end.code == 0);
    CHECK(end.text == whole.text);
    // Nothing is left to go on with there.
    CHECK(!fs::exists(saved));
    CHECK(cowherd(check + "--resume " + saved + "2").text == whole.text);
    CHECK(directory.files() == 0);
}

TEST_CASE("a checkpoint that does not fit is refused with the difference", "[checkpoint][cli]") {
    const TemporaryDirectory directory;
    const std::string saved = directory.path() + "/saved";
    REQUIRE(cowherd(check_small + "--max-states 100 --checkpoint " + saved).code == 20);
    const std::string resume = " --resume " + saved;
    is_usage_error("check " + seed + " --kernel v5.19" + resume,
                   saved + ": the checkpoint is of another search: the scenario is canonical/S4.get-mprotect there and "
                           "seed/o-direct-read.swapout here");
    is_usage_error("check " + small + " --kernel v5.18" + resume, "the kernel is v5.19 there and v5.18 here");
    is_usage_error(check_small + "--arch riscv64" + resume, "the architecture is x86_64 there and riscv64 here");
    is_usage_error(check_small + "--without anon_exclusive" + resume,
                   "the list of rules switched off is none there and anon_exclusive here");
    is_usage_error(check_small + "--reduction none" + resume, "the reduction is choose,symmetry there and none here");
    is_usage_error(check_small + "--engine fibers" + resume, "the engine is automata there and fibers here");
    const std::string other = directory.add("scenarios/canonical/S4.get-mprotect.json", edited("{", "{ "));
    is_usage_error("check " + other + " --kernel v5.19" + resume, "the digest of the scenario's text is ");

    const std::string content = TemporaryFile::read(saved);
    std::ofstream(saved) << content.substr(0, 1000);
    is_usage_error(check_small + resume, saved + ": the checkpoint is cut off: its first 1000 bytes are here");
    std::ofstream(saved) << "{}";
    is_usage_error(check_small + resume, saved + ": this is no checkpoint of cowherd");
    is_usage_error(check_small + "--resume " + saved + "2", "saved2: cannot open the file: No such file or directory");
    std::ofstream(saved) << content;
    CHECK(cowherd(check_small + resume).code == 0);
}

TEST_CASE("options of checkpoints that contradict others are refused with the cure", "[checkpoint][cli]") {
    const TemporaryDirectory directory;
    const std::string saved = directory.path() + "/saved";
    const std::string save = " --checkpoint " + saved;
    is_usage_error(check_small + "--strategy dpor" + save, "--checkpoint is for --strategy stateful, not for dpor");
    is_usage_error(check_small + "--strategy random --resume " + saved,
                   "--resume is for --strategy stateful, not for random");
    is_usage_error(check_small + "--livelock" + save, "--checkpoint is for --strategy stateful, not for --livelock");
    is_usage_error(check_small + "--reduction all" + save, "leave merge out, or --checkpoint and --resume");
    is_usage_error(check_small + "--checkpoint-every 5", "give --checkpoint FILE too");
    for (const char* seconds : {"--checkpoint-every=0", "--checkpoint-every=-1", "--checkpoint-every=soon"})
        is_usage_error(std::string(check_small).append(seconds) + save,
                       "--checkpoint-every: expected a number of seconds greater than 0");
    is_usage_error(check_small + seed + save, "a checkpoint is of one search, and these are 2: name one file");
    is_usage_error("check " + small + " --kernel all" + save, "a checkpoint is of one search, and these are ");
    is_usage_error(check_small + "--checkpoint /nowhere/at/all",
                   "/nowhere/at/all: cannot create a file in that directory: No such file or directory");
    is_usage_error(check_small + "--checkpoint " + directory.path(), "expected the name of a file, found a directory");
    is_usage_error(check_small + "--checkpoint " + small, "is an input");
    is_usage_error(check_small + "--checkpoint ''", "expected a path, found an empty word");
    is_usage_error(check_small + "--trace " + saved + save, "--checkpoint and --trace name the same file");
    is_usage_error(check_small + "--checkpiont " + saved, "--checkpoint");
    CHECK(directory.files() == 0);
    std::ofstream(saved) << "mine";
    is_usage_error(check_small + save, "already: go on with the search that was saved there by --resume, or remove it");
    CHECK(TemporaryFile::read(saved) == "mine");
}

TEST_CASE("a search beyond its memory goes on when told so, and says what it may have missed", "[memory][cli]") {
    const TemporaryDirectory directory;
    const std::string table = directory.path() + "/table";
    const std::string check = "check " + three_threads + " --kernel v5.19 --max-memory 1 ";
    const Run bits = cowherd(check + "--when-full bitstate --table " + table);
    CHECK(bits.code == 20);
    CHECK_THAT(bits.text, Contains("did not fit into 1 MiB and were kept less exactly: about "));
    CHECK_THAT(bits.text, Contains(" %) were taken for others, and what only they lead to is left out too"));
    CHECK(directory.files() == 0);
    const nlohmann::json report = nlohmann::json::parse(cowherd(check + "--json --when-full bitstate", "").text);
    CHECK(report.at("verdict") == "inconclusive");
    CHECK(report.at("search").at("kept_as") == "bitstate");
    const auto whole = nlohmann::json::parse(cowherd("check " + three_threads + " --kernel v5.19 --json", "").text);
    const double missing =
        whole.at("search").at("states").get<double>() - report.at("search").at("states").get<double>();
    const double expected = report.at("search").at("expected_omissions").get<double>();
    CAPTURE(missing, expected);
    CHECK(missing > 0.8 * expected);
    CHECK(missing < 4 * expected);

    is_usage_error(check_small + "--when-full bitstate", "give --max-memory MIB too");
    is_usage_error(check + "--when-full bitstat", "did you mean \"bitstate\"?");
    is_usage_error(check + "--when-full hash-compact --checkpoint " + table,
                   "let it stop at --max-memory, and go on by");
    is_usage_error(check_small + "--strategy plain --table " + table,
                   "--table is for --strategy stateful, not for plain");
    is_usage_error(check_small + "--table /nowhere/at/all", "/nowhere/at/all: cannot make a file for visited states");
    is_usage_error(check_small + "--table " + small, "name one that can be made and thrown away");
}
