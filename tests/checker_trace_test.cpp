// SPDX-License-Identifier: GPL-2.0-only
// Trace files, guarded JSON and atomic writes: what is written is read back, and whatever is wrong with a file is refused
// with a place and a reason, without a crash and without leaving anything behind.

#include "checker/atomic_file.hpp"
#include "checker/json_guard.hpp"
#include "checker/trace_file.hpp"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace checker;
using nlohmann::json;

namespace {

const std::string model = "cowherd test-model 1";

TraceFile sample() {
    return TraceFile{.model = model,
                     .property = "counter-is-right",
                     .scenario = json{{"threads", {"app", "dio"}}, {"pages", 2}},
                     .schedule = {{"app", std::nullopt}, {"dio", 1}, {"app", 0}}};
}

/// The sample's document with one change, as text.
std::string changed(const std::function<void(json&)>& change) {
    json document = json::parse(write_trace(sample()));
    change(document);
    return document.dump();
}

InputError refusal(std::string_view text) {
    const Result<TraceFile> result = parse_trace(text, model);
    REQUIRE_FALSE(result);
    return result.error();
}

/// A directory of its own for one test, removed with all that is in it.
class Scratch {
public:
    Scratch() {
        std::string name = (std::filesystem::temp_directory_path() / "cowherd-test-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Scratch() { std::filesystem::remove_all(path_); }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    std::string file(const char* name) const { return (path_ / name).string(); }
    std::size_t entries() const {
        return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(path_), {}));
    }

private:
    std::filesystem::path path_;
};

std::string content_of(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    REQUIRE(in);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// Lets no file grow beyond `bytes`, as a full disk would, for as long as it lives.
class FullDisk {
public:
    explicit FullDisk(rlim_t bytes) {
        handler_ = std::signal(SIGXFSZ, SIG_IGN);
        REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
        rlimit limited = before_;
        limited.rlim_cur = bytes;
        REQUIRE(::setrlimit(RLIMIT_FSIZE, &limited) == 0);
    }
    ~FullDisk() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit before_{};
    void (*handler_)(int) = nullptr;
};

} // namespace

TEST_CASE("a trace that is written is read back the same", "[trace]") {
    const TraceFile trace = sample();
    const Result<TraceFile> read = parse_trace(write_trace(trace), model);
    REQUIRE(read);
    CHECK(read.value() == trace);
    CHECK(write_trace(read.value()) == write_trace(trace));
}

TEST_CASE("the text of a trace is exactly this", "[trace]") {
    CHECK(write_trace(sample()) == R"({
  "format": "cowherd-trace",
  "version": 1,
  "model": "cowherd test-model 1",
  "property": "counter-is-right",
  "scenario": {
    "pages": 2,
    "threads": [
      "app",
      "dio"
    ]
  },
  "schedule": [
    ["app"],
    ["dio", 1],
    ["app", 0]
  ]
}
)");
}

TEST_CASE("an empty schedule and odd names survive a trace file", "[trace]") {
    TraceFile trace = sample();
    trace.schedule.clear();
    trace.property = "quote \" backslash \\ newline \n umlaut \xc3\xa4";
    trace.scenario = nullptr;
    const Result<TraceFile> read = parse_trace(write_trace(trace), model);
    REQUIRE(read);
    CHECK(read.value() == trace);

    trace.property = "not UTF-8: \xff";
    const Result<TraceFile> replaced = parse_trace(write_trace(trace), model);
    REQUIRE(replaced);
    CHECK(replaced.value().property == "not UTF-8: \xef\xbf\xbd");
}

TEST_CASE("a text that is not JSON is refused with line and column", "[trace][bad-input]") {
    CHECK(refusal("").text() ==
          "line 1, column 1: not JSON: syntax error while parsing value - unexpected end of input; "
          "expected '[', '{', or a literal");
    const InputError error = refusal("{\n  \"format\": \"cowherd-trace\",\n  \"version\" 1\n}");
    CHECK(error.place == "line 3, column 13");
    CHECK(error.message.starts_with("not JSON: syntax error while parsing object separator"));
    CHECK(refusal("{\"a\": nul}").place == "line 1, column 10");
    CHECK(refusal("{} {}").place == "line 1, column 4");
    CHECK(refusal("[1e999]").message.find("number overflow") != std::string::npos);
    CHECK(refusal("\"\xff\"").message.find("invalid string") != std::string::npos);
    CHECK(refusal(std::string_view("\0\0", 2)).place == "line 1, column 1");
}

TEST_CASE("every truncation of a trace is refused", "[trace][bad-input]") {
    const std::string whole = write_trace(sample());
    for (std::size_t length = 0; length + 2 < whole.size(); ++length) {
        INFO(length);
        CHECK(refusal(whole.substr(0, length)).place.starts_with("line "));
    }
}

TEST_CASE("a message quotes no more than a little of the input", "[trace][bad-input]") {
    CHECK(refusal("[" + std::string(1'000'000, 'x') + "]").text().size() < 300);
    CHECK(refusal("[\"" + std::string(1'000'000, 'x')).text().size() < 300);
    CHECK(refusal(changed([](json& d) { d["format"] = std::string(1'000'000, 'x'); })).text().size() < 300);
    CHECK(refusal(changed([](json& d) { d["model"] = std::string(1'000'000, 'x'); })).text().size() < 400);
}

TEST_CASE("ten megabytes of nested arrays are refused and do not crash", "[trace][bad-input]") {
    // NOLINTNEXTLINE(bugprone-string-constructor): as long as it says.
    const InputError error = refusal(std::string(10'000'000, '['));
    CHECK(error.place == "line 1, column 65");
    CHECK(error.message == "nested too deeply: at most 64 arrays and objects in each other");

    std::string objects;
    for (int i = 0; i < 1'000'000; ++i) objects += "{\"a[\":\n";
    CHECK(refusal(objects).place == "line 65, column 1");
    const std::string closed = std::string(5'000'000, '[') + std::string(5'000'000, ']');
    CHECK(refusal(closed).place == "line 1, column 65");
}

TEST_CASE("JSON as deep as the limit is accepted, one level more is not", "[trace][bad-input]") {
    CHECK(parse_json_guarded("[[[\"]]]]{{{{\\\"[[\"]]]", 3));
    CHECK_FALSE(parse_json_guarded("[[[[]]]]", 3));
    CHECK(parse_json_guarded("[[[],[]],{\"a\":[]}]", 3));
}

TEST_CASE("a key that is there twice is refused with its pointer", "[trace][bad-input]") {
    const Result<json> top = parse_json_guarded(R"({"a": 1, "b": 2, "a": 3})");
    REQUIRE_FALSE(top);
    CHECK(top.error().text() == "/a: this key is there twice");
    const Result<json> inner = parse_json_guarded(R"({"x": [0, [], {}, {"p/q~": 1, "p/q~": 1}]})");
    REQUIRE_FALSE(inner);
    CHECK(inner.error().place == "/x/3/p~1q~0");
    CHECK(parse_json_guarded(R"([{"a": 1}, {"a": 1, "b": {"a": 1}}])"));
}

TEST_CASE("a file of another format is refused", "[trace][bad-input]") {
    CHECK(refusal("[]").text() == "expected a trace, which is an object, found an array");
    CHECK(refusal("{}").text() == "not a trace file: it has no \"format\": \"cowherd-trace\"");
    CHECK(refusal(changed([](json& d) { d["format"] = 7; })).text() == "/format: expected a string, found an integer");
    CHECK(refusal(changed([](json& d) { d["format"] = "cowherd-scenario"; })).text() ==
          "/format: expected \"cowherd-trace\", found \"cowherd-scenario\"");
}

TEST_CASE("a trace of another version is refused and both versions are named, whatever else it holds",
          "[trace][bad-input]") {
    for (const int version : {0, 2, -1}) {
        const InputError error = refusal(changed([&](json& d) {
            d["version"] = version;
            d["a member of the future"] = 1;
        }));
        CHECK(error.place == "/version");
        CHECK(error.message == "this program reads version 1 of trace files, this file is version " +
                                   std::to_string(version) + "; run the check again to get a new trace");
    }
    CHECK(refusal(changed([](json& d) { d["version"] = "1"; })).text() ==
          "/version: expected an integer, found a string");
    CHECK(refusal(changed([](json& d) { d.erase("version"); })).text() == "the member \"version\" is missing");
}

TEST_CASE("a stale trace is refused and both models are named", "[trace][bad-input]") {
    const InputError error = refusal(changed([](json& d) { d["model"] = "cowherd test-model 0"; }));
    CHECK(error.place == "/model");
    CHECK(error.message.find("\"cowherd test-model 0\"") != std::string::npos);
    CHECK(error.message.find("\"cowherd test-model 1\"") != std::string::npos);
}

TEST_CASE("unknown, missing and wrong members of a trace are named", "[trace][bad-input]") {
    CHECK(refusal(changed([](json& d) { d["shedule"] = 1; })).text() ==
          "/shedule: a trace has no such member; did you mean \"schedule\"?");
    CHECK(refusal(changed([](json& d) { d["zzz"] = 1; })).text() == "/zzz: a trace has no such member");
    for (const char* name : {"model", "property", "scenario", "schedule"}) {
        CHECK(refusal(changed([&](json& d) { d.erase(name); })).text() ==
              "the member \"" + std::string(name) + "\" is missing");
    }
    CHECK(refusal(changed([](json& d) { d["property"] = nullptr; })).text() ==
          "/property: expected a string, found null");
    CHECK(refusal(changed([](json& d) { d["schedule"] = json::object(); })).text() ==
          "/schedule: expected an array of steps, found an object");
}

TEST_CASE("a wrong step of a trace is named by its place", "[trace][bad-input]") {
    const auto with_step = [](const json& step) {
        return refusal(changed([&](json& d) { d["schedule"][1] = step; })).text();
    };
    CHECK(with_step("dio") == "/schedule/1: expected a step, [thread] or [thread, choice], found a string");
    CHECK(with_step(json::array()) == "/schedule/1: expected [thread] or [thread, choice], found 0 elements");
    CHECK(with_step({"dio", 1, 2}) == "/schedule/1: expected [thread] or [thread, choice], found 3 elements");
    CHECK(with_step({1, 1}) == "/schedule/1/0: expected a thread's name, found an integer");
    for (const json& choice : {json(-1), json(65536), json(1.5), json("1"), json(true), json(1e30)}) {
        CHECK(with_step({"dio", choice}) == "/schedule/1/1: expected a choice, an integer from 0 to 65535");
    }
}

TEST_CASE("a schedule is bound to the threads of a program, and a foreign thread is refused", "[trace][bad-input]") {
    Program program;
    program.add_thread("app", [](Thread&) {});
    program.add_thread("dio", [](Thread&) {});
    const Result<Schedule> bound = bind_schedule(program, sample().schedule);
    REQUIRE(bound);
    CHECK(bound.value() == Schedule{{ThreadId{0}, 0}, {ThreadId{1}, 1}, {ThreadId{0}, 0}});

    const Result<Schedule> foreign = bind_schedule(program, {{"app", std::nullopt}, {"doi", std::nullopt}});
    REQUIRE_FALSE(foreign);
    CHECK(foreign.error().text() == "/schedule/1/0: the program has no thread \"doi\"; did you mean \"dio\"?");
}

TEST_CASE("the nearest word is found by edit distance, and nothing is better than a far one", "[bad-input]") {
    const std::vector<std::string> words = {"swapoff", "swapon", "store", "load"};
    CHECK(nearest_word("swapof", words) == "swapoff");
    CHECK(nearest_word("sotre", words) == "store");
    CHECK(nearest_word("laod", words) == "load");
    CHECK(nearest_word("Load", words) == "load");
    CHECK(nearest_word("munmap", words).empty());
    CHECK(nearest_word("", words).empty());
    CHECK(nearest_word("x", {"y"}).empty());
    CHECK(nearest_word(std::string(1'000'000, 'x'), words).empty());
}

TEST_CASE("damaged traces never crash the reader", "[trace][bad-input]") {
    const std::string whole = write_trace(sample());
    std::mt19937_64 random(2);
    int accepted = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string text = whole;
        const auto at = static_cast<std::size_t>(random() % text.size());
        switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, 1 + random() % 8); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 16)); break;
        }
        const Result<TraceFile> result = parse_trace(text, model);
        if (result)
            ++accepted;
        else
            REQUIRE_FALSE(result.error().text().empty());
    }
    // Changes within the scenario and within names are no errors of the format.
    CHECK(accepted > 0);
    CHECK(accepted < 10'000);
}

TEST_CASE("a file is written, replaced, and keeps its permissions", "[file]") {
    const Scratch scratch;
    const std::string path = scratch.file("report.json");
    REQUIRE_FALSE(write_file_atomically(path, "one"));
    CHECK(content_of(path) == "one");
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    REQUIRE_FALSE(write_file_atomically(path, std::string(1'000'000, 'x')));
    CHECK(content_of(path) == std::string(1'000'000, 'x'));
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
    REQUIRE_FALSE(write_file_atomically(path, ""));
    CHECK(content_of(path).empty());
    CHECK(scratch.entries() == 1);
}

TEST_CASE("a symbolic link stays one when its file is replaced", "[file]") {
    const Scratch scratch;
    const std::string path = scratch.file("report.json");
    const std::string link = scratch.file("latest.json");
    REQUIRE_FALSE(write_file_atomically(path, "one"));
    std::filesystem::create_symlink("report.json", link);
    REQUIRE_FALSE(write_file_atomically(link, "two"));
    CHECK(content_of(path) == "two");
    CHECK(std::filesystem::is_symlink(link));
}

TEST_CASE("a full disk leaves the old file and nothing else", "[file][bad-input]") {
    const Scratch scratch;
    const std::string path = scratch.file("report.json");
    const std::string fresh = scratch.file("fresh.json");
    REQUIRE_FALSE(write_file_atomically(path, "old"));
    std::optional<std::string> error;
    std::optional<std::string> fresh_error;
    {
        const FullDisk full(4096);
        error = write_file_atomically(path, std::string(10'000, 'x'));
        fresh_error = write_file_atomically(fresh, std::string(10'000, 'x'));
    }
    REQUIRE(error);
    CHECK(*error == path + ": cannot write the file: File too large");
    REQUIRE(fresh_error);
    CHECK(content_of(path) == "old");
    CHECK_FALSE(std::filesystem::exists(fresh));
    CHECK(scratch.entries() == 1);
}

TEST_CASE("devices and pipes are written to directly, and a full one is an error", "[file][bad-input]") {
    CHECK_FALSE(write_file_atomically("/dev/null", "anything"));
    CHECK(write_file_atomically("/dev/full", "anything") ==
          "/dev/full: cannot write to the file: No space left on device");
    CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("paths that cannot be written to are errors that name the path", "[file][bad-input]") {
    const Scratch scratch;
    CHECK(write_file_atomically(scratch.file("none/report.json"), "x") ==
          scratch.file("none/report.json") + ": cannot create a file in that directory: No such file or directory");
    CHECK(write_file_atomically(scratch.file(""), "x") == scratch.file("") + ": cannot write the file: Is a directory");
    REQUIRE_FALSE(write_file_atomically(scratch.file("file"), "x"));
    CHECK(write_file_atomically(scratch.file("file/below"), "x") ==
          scratch.file("file/below") + ": cannot look at the file: Not a directory");
    CHECK(write_file_atomically("", "x"));
    CHECK(scratch.entries() == 1);
}
