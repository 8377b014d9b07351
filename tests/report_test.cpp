// SPDX-License-Identifier: GPL-2.0-only
// What a reader of a counterexample gets to see: results in words, columns, the last line, and the same in JSON.
#include "checker/describe.hpp"
#include "model/describe.hpp"
#include "model/results.hpp"
#include "report/check.hpp"
#include "report/json.hpp"
#include "report/setup_text.hpp"
#include "report/text.hpp"
#include "tests/model_gate.hpp"
#include "tests/model_loader_sample.hpp"

using namespace model;
using namespace report;

namespace {

checker::SearchOptions no_options() { return {}; }

Report checked(const Scenario& scenario, const std::string& kernel) {
    auto report = check(scenario, Cell{kernel, "x86_64", {}, {}}, no_options());
    INFO(scenario.name << " on " << kernel);
    if (!report) FAIL(report.error().text());
    return std::move(report.value());
}

checker::Operation atomic_returning(checker::ResultType type) {
    checker::Operation op;
    op.kind = checker::OpKind::atomic;
    op.returns = type;
    return op;
}

template <class R>
std::string words_of(const Machine& m, R result, bool changes_state = false) {
    return describe_result(m, atomic_returning(checker::result_type<R>), checker::to_word(result), changes_state);
}

bool is_number(const std::string& text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Steps that return a count.
const std::set<std::string> counts = {"page_count",   "page_mapcount", "page_swapcount",
                                      "__swap_count", "atomic_read",   "raw_read_seqcount"};

} // namespace

TEST_CASE("results of steps are words where they stand for more than a number", "[report]") {
    const Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    const auto built = build_cell(scenario, Cell{"v5.18", "x86_64", {}, {}});
    REQUIRE(built);
    const Machine& m = *built.value().machine;
    const Scenario with_swap = model_tests::load("canonical/S1.get-swapout-write");
    const auto built_with_swap = build_cell(with_swap, Cell{"v5.18", "x86_64", {}, {}});
    REQUIRE(built_with_swap);
    const Machine& swapping = *built_with_swap.value().machine;
    CHECK(words_of(m, true) == "true");
    CHECK(words_of(m, false) == "false");
    CHECK(words_of(m, checker::Word{3}) == "3");
    CHECK(words_of(m, PageId{1}) == page_name(PageId{1}));
    CHECK(words_of(m, PageId::none()) == "no page");
    CHECK(words_of(m, PageSet{0b101}) == page_name(PageId{0}) + ", " + page_name(PageId{2}));
    CHECK(words_of(m, PageSet{}) == "no page");
    CHECK(words_of(m, PageFlags{PG::locked | PG::lru}) == "locked lru");
    CHECK(words_of(swapping, SwapSlot{0}) == "swap slot 1");
    CHECK(words_of(m, VaSet{1}) == "0x1000");
    CHECK(words_of(m, SwapSlot::none()) == "no swap slot");
    CHECK(words_of(m, Reread::changed) == "changed");
    CHECK(words_of(m, Mapping{}) == "not anonymous");
    CHECK(words_of(m, UnitAccess{UnitAccess::Kind::faults}) == "it faults");
    CHECK(words_of(m, UnitAccess{UnitAccess::Kind::nothing}) == "there is no page");
    CHECK(words_of(m, UnitAccess{UnitAccess::Kind::done, 7}) == "value 7");
}

TEST_CASE("a reference is told with its page and home, and whether fork or a zap excused it", "[report]") {
    const auto built = build_cell(model_tests::load("canonical/S4.get-mprotect"), Cell{"v5.18", "x86_64", {}, {}});
    REQUIRE(built);
    const Machine& m = *built.value().machine;
    RefState ref;
    CHECK(describe_reference(m, ref) == "not held");
    ref.page = PageId{0};
    ref.home = Mapping{MmId{0}, Va{0}};
    ref.write = true;
    ref.live = true;
    CHECK(describe_reference(m, ref) == "FOLL_GET|FOLL_WRITE of " + page_name(PageId{0}) + ", taken at app 0x1000");
    ref.live = false;
    CHECK(describe_reference(m, ref).ends_with(", taken at app 0x1000, excused by a fork or a zap since"));
}

TEST_CASE("what a step changed is not said twice", "[report]") {
    const Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    const auto built = build_cell(scenario, Cell{"v5.18", "x86_64", {}, {}});
    REQUIRE(built);
    const Machine& m = *built.value().machine;
    CHECK(words_of(m, true, true).empty());
    CHECK(words_of(m, PageId{1}, true).empty());
    CHECK(words_of(m, UnitAccess{UnitAccess::Kind::done, 7}, true) == "value 7");
}

TEST_CASE("a choice that lists its values is reported by name", "[report]") {
    const Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    const auto built = build_cell(scenario, Cell{"v5.18", "x86_64", {}, {}});
    REQUIRE(built);
    checker::Operation op;
    op.kind = checker::OpKind::choose;
    op.label = "next frame: fresh / last freed";
    CHECK(checker::describe_label(op) == "next frame");
    CHECK(describe_result(*built.value().machine, op, 0, false) == "fresh");
    CHECK(describe_result(*built.value().machine, op, 1, false) == "last freed");
    op.label = "next request";
    CHECK(checker::describe_label(op) == "next request");
    CHECK(describe_result(*built.value().machine, op, 1, false) == "choice 1");
}

TEST_CASE("in no counterexample of the project a bare number stands for anything but a count", "[report]") {
    std::size_t lines = 0;
    for (const Scenario& scenario : model_tests::all_scenarios()) {
        for (const Counterexample& example : checked(scenario, "v5.18").counterexamples) {
            for (const StepLine& line : example.steps) {
                ++lines;
                INFO(scenario.name << ", step " << line.number << ": " << line.function << ": " << line.primitive);
                CHECK((!is_number(line.result) || counts.contains(line.primitive)));
                CHECK_FALSE(line.function.empty());
                CHECK_FALSE(line.primitive.empty());
            }
        }
    }
    CHECK(lines > 100);
}

TEST_CASE("a counterexample has a column for each thread that takes part, and says at the end what went wrong",
          "[report]") {
    const Scenario scenario = model_tests::load("canonical/S4.get-mprotect"); // The report refers to it.
    const Report report = checked(scenario, "v5.18");
    REQUIRE(report.result.verdict == checker::Verdict::violated);
    REQUIRE_FALSE(report.counterexamples.empty());
    const Counterexample& example = report.counterexamples.back();
    const std::string text = to_text(example, {});
    std::set<std::string> columns;
    for (const StepLine& line : example.steps) columns.insert(line.thread);
    const std::string head = text.substr(text.find("\n\n") + 2, text.find('\n', text.find("\n\n") + 2));
    for (const std::string& thread : columns) CHECK(head.find(thread) != std::string::npos);
    REQUIRE(example.explanation.find("'s reference from the set-up holds page ") != std::string::npos);
    CHECK(text.ends_with("\n" + example.explanation + "\n"));
    CHECK(text.find("0x") != std::string::npos);
    CHECK(text.find("\x1b[") == std::string::npos);
    CHECK(to_text(example, {.colour = true}).find("\x1b[") != std::string::npos);
    CHECK(to_text(example, {.ghost = true}).size() > text.size());
}

TEST_CASE("text and JSON of a counterexample have the same steps", "[report]") {
    const Scenario scenario = model_tests::load("canonical/S4.get-mprotect"); // The report refers to it.
    const Report report = checked(scenario, "v5.18");
    const Counterexample& example = report.counterexamples.back();
    const auto json = to_json(report);
    CHECK(json.at("format") == "cowherd-report");
    CHECK(json.at("verdict") == "violated");
    const auto& steps = json.at("counterexamples").back().at("steps");
    REQUIRE(steps.size() == example.steps.size());
    const std::string text = to_text(example, {.ghost = true});
    for (const auto& step : steps) {
        CHECK(text.find(step.at("primitive").get<std::string>()) != std::string::npos);
        for (const auto& change : step.at("changes"))
            CHECK(text.find(change.at("before").get<std::string>() + " -> " + change.at("after").get<std::string>()) !=
                  std::string::npos);
    }
}

TEST_CASE("a search that was cut short is reported as such, and how far it came", "[report]") {
    checker::SearchOptions options;
    options.max_states = 20;
    const Scenario scenario = model_tests::load("canonical/S4.get-mprotect");
    const auto report = check(scenario, Cell{"v5.19", "x86_64", {}, {}}, options);
    REQUIRE(report);
    const std::string text = to_text(report.value(), {});
    CHECK(text.find("inconclusive (20 states)") != std::string::npos);
    CHECK(text.find("stopped: ") != std::string::npos);
    CHECK(text.find("holds") == std::string::npos);
    CHECK(to_json(report.value()).at("verdict") == "inconclusive");
}

TEST_CASE("text that is no UTF-8, and control characters, become the replacement character", "[report]") {
    const std::string none = "\xef\xbf\xbd";
    CHECK(shown("a b\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x84") == "a b\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\x84");
    CHECK(shown("\x1b[31m\n\x7f") == none + "[31m" + none + none);
    CHECK(shown("\xff.\xc3") == none + "." + none);
    CHECK(shown("\xc0\xaf") == none + none);                       // overlong
    CHECK(shown("\xed\xa0\x80") == none + none + none);            // a surrogate
    CHECK(shown("\xf4\x90\x80\x80") == none + none + none + none); // beyond U+10FFFF
    CHECK(shown("\xc2\x9b") == none);                              // CSI in one character
    CHECK(shown("\xef\xbf\xbf") == none);                          // forbidden in XML
    CHECK(in_xml("a<b> & \"c\"\x01") == "a&lt;b&gt; &amp; &quot;c&quot;" + none);
    CHECK(json_text({{"a", "\xff"}}) == "{\n  \"a\": \"" + none + "\"\n}\n");
}

TEST_CASE("paths are quoted where a shell would see more than a word in them", "[report]") {
    CHECK(shell_quoted("scenarios/swap/S1.get-swapout.json") == "scenarios/swap/S1.get-swapout.json");
    CHECK(shell_quoted("two words.json") == "'two words.json'");
    CHECK(shell_quoted("it's $HOME") == "'it'\\''s $HOME'");
    CHECK(shell_quoted("-f.json") == "./-f.json");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("\xc3\xa4") == "'\xc3\xa4'");
    CHECK(shell_quoted("a'\\\n\xff") == "$'a\\'\\\\\\012\\377'");
}

TEST_CASE("a line is cut between characters, and wide ones count twice", "[report]") {
    CHECK(cut("abcdef", 4) == "abcd");
    CHECK(cut("abc", 4) == "abc");
    CHECK(cut("ab\xe2\x82\xac"
              "c",
              3) == "ab");
    CHECK(cut("ab\xe2\x82\xac"
              "c",
              4) == "ab\xe2\x82\xac");
    CHECK(cut("abc", 0).empty());
}

TEST_CASE("one thing is one thing", "[report]") {
    CHECK(counted(0, "state") == "0 states");
    CHECK(counted(1, "state") == "1 state");
    CHECK(counted(1234, "state") == "1,234 states");
}

TEST_CASE("each operation of a set-up is told with what it is done to, and how", "[report]") {
    const auto scenario = parse_scenario(loader_tests::sample_text, "sample", "sample.json");
    REQUIRE(scenario);
    const auto text_of = [&](MmId process, OpCode code, auto fill) {
        SetupOp step{process, {}};
        step.op.code = code;
        step.op.va = Va{1};
        fill(step.op);
        return setup_text(scenario.value(), step);
    };
    const MmId app{0}, nobody = MmId::none();
    const auto nothing = [](Op&) {};
    const auto on_pinned = [](Op& op) { op.ref = RefId{0}; };
    CHECK(setup_text(scenario.value(), scenario.value().setup[0]) == "app store 0x1000 unit 1 = 1");
    CHECK(setup_text(scenario.value(), scenario.value().setup[1]) == "app gup 0x1000 as pinned (pin, write, fast)");
    CHECK(setup_text(scenario.value(), scenario.value().setup[2]) == "drain_lru");
    CHECK(text_of(app, OpCode::load, nothing) == "app load 0x2000 unit 0");
    CHECK(text_of(app, OpCode::fork, [](Op& op) { op.child = MmId{1}; }) == "app fork child");
    CHECK(text_of(app, OpCode::mprotect, nothing) == "app mprotect 0x2000 read");
    CHECK(text_of(app, OpCode::madvise, [](Op& op) { op.advice = Advice::dofork; }) == "app madvise dofork 0x2000");
    CHECK(text_of(app, OpCode::vmsplice, on_pinned) == "app vmsplice 0x2000 as pinned");
    CHECK(text_of(nobody, OpCode::put, on_pinned) == "put pinned");
    CHECK(text_of(nobody, OpCode::put, [](Op& op) { op.ref = RefId{0}, op.dirty = true; }) == "put pinned (dirty)");
    CHECK(text_of(nobody, OpCode::pipe_read, on_pinned) == "pipe_read pinned unit 0");
    CHECK(text_of(nobody, OpCode::swapoff, [](Op& op) { op.device = DeviceId{1}; }) == "swapoff zram");
    CHECK(text_of(nobody, OpCode::kswapd, nothing) == "kswapd (1 pass)");
}

TEST_CASE("numbers are grouped by thousands", "[report]") {
    CHECK(grouped(0) == "0");
    CHECK(grouped(999) == "999");
    CHECK(grouped(1000) == "1,000");
    CHECK(grouped(1234567) == "1,234,567");
}
