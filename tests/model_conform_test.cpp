// SPDX-License-Identifier: GPL-2.0-only
// Agreement with real kernels: that there is, and that it would be seen if there were not. Traces are tampered with field by
// field, for a comparison that nothing can fail is worth nothing.
#include "checker/fiber.hpp"
#include "model/conform.hpp"
#include "model/loader.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <functional>
#include <map>

namespace {

using namespace model;
using nlohmann::json;

const std::string& traces_text() {
    static const std::string text = [] {
        const char* source = std::getenv("COWHERD_SOURCE");
        const auto read = read_input_file(
            std::string(source == nullptr ? "." : source) + "/tests/data/real-kernel-traces.json", "file of traces");
        REQUIRE(read);
        return read.value();
    }();
    return text;
}

const std::vector<KernelTrace>& traces() {
    static const std::vector<KernelTrace> all = [] {
        const auto parsed = parse_kernel_traces(traces_text());
        REQUIRE(parsed);
        return parsed.value();
    }();
    return all;
}

KernelTrace trace_of(const std::string& name) {
    for (const KernelTrace& trace : traces())
        if (trace.name == name) return trace;
    FAIL("no trace " << name);
    return {};
}

TraceRun run_of(const std::string& trace, const std::string& kernel, TraceSwap swap = TraceSwap::nvme) {
    for (const TraceRun& run : trace_of(trace).runs)
        if (run.kernel == kernel && run.swap == swap) return run;
    FAIL("no run of " << trace << " on " << kernel);
    return {};
}

bool uses_ksm(const KernelTrace& trace) {
    for (const TraceStep& step : trace.schedule)
        if (step.code == StepCode::ksm) return true;
    return false;
}

TraceNote note(const std::string& text) {
    const auto parsed = parse_trace_note(text);
    REQUIRE(parsed);
    return *parsed;
}

/// The run with one change, and what conform makes of it. `step` counts from 1, as reports do.
ConformedRun tampered(const std::string& trace, const std::string& kernel, std::size_t step,
                      const std::function<void(TraceAfter&)>& change, TraceSwap swap = TraceSwap::nvme) {
    TraceRun run = run_of(trace, kernel, swap);
    change(run.after.at(step - 1));
    return conform(trace_of(trace), run);
}

void check_disagreement(const ConformedRun& run, std::size_t step, const std::string& what, const std::string& kernel,
                        const std::string& model) {
    REQUIRE(run.conformance == Conformance::disagrees);
    CHECK(run.disagreement.step + 1 == step);
    CHECK(run.disagreement.what == what);
    CHECK(run.disagreement.kernel == kernel);
    CHECK(run.disagreement.model == model);
}

/// Every change of one field of one state that no tolerance covers.
std::vector<std::function<void(SeenPte&)>> changes_of(const SeenPte& seen) {
    std::vector<std::function<void(SeenPte&)>> changes;
    changes.emplace_back([](SeenPte& s) { s.kind = s.kind == PteKind::none ? PteKind::swap : PteKind::none; });
    if (seen.kind == PteKind::none) return changes;
    changes.emplace_back([](SeenPte& s) { s.soft_dirty = !s.soft_dirty; });
    if (seen.kind == PteKind::swap) {
        changes.emplace_back([](SeenPte& s) { s.swp_exclusive = !s.swp_exclusive; });
        changes.emplace_back([](SeenPte& s) {
            s.kind = PteKind::present;
            s.page = "A";
        });
        return changes;
    }
    changes.emplace_back([](SeenPte& s) { s.writable = !s.writable; });
    changes.emplace_back([](SeenPte& s) { s.swapcache = !s.swapcache; });
    changes.emplace_back([](SeenPte& s) { s.mapcount += 1; });
    changes.emplace_back([](SeenPte& s) { s.mapcount -= 1; });
    if (seen.anon_exclusive) changes.emplace_back([](SeenPte& s) { s.anon_exclusive = !*s.anon_exclusive; });
    // One less may be an LRU batch that was drained.
    if (seen.refcount) changes.emplace_back([](SeenPte& s) { s.refcount = *s.refcount + 2; });
    if (seen.refcount && *seen.refcount >= 2) changes.emplace_back([](SeenPte& s) { s.refcount = *s.refcount - 2; });
    return changes;
}

/// An error's text for the real file with one change.
std::string error_of(const std::function<void(json&)>& change) {
    json document = json::parse(traces_text());
    change(document);
    const auto parsed = parse_kernel_traces(document.dump());
    REQUIRE_FALSE(parsed);
    return parsed.error().text();
}

std::string step_error(const std::string& step) {
    const auto parsed = parse_trace_step(step);
    REQUIRE_FALSE(parsed);
    return parsed.error().text();
}

} // namespace

TEST_CASE("every run of 5.10.262 and 6.1.192 without ksm agrees, and the others are said not to be modelled",
          "[conform]") {
    std::map<std::string, unsigned> agree;
    unsigned ksm = 0, other_kernel = 0;
    for (const KernelTrace& trace : traces()) {
        for (const TraceRun& run : trace.runs) {
            const ConformedRun conformed = conform(trace, run);
            INFO(trace.name << " on " << run.kernel << " " << name_of(run.swap) << ", step "
                            << conformed.disagreement.step + 1 << ": " << conformed.disagreement.what << ": kernel "
                            << conformed.disagreement.kernel << ", model " << conformed.disagreement.model);
            if (run.kernel == "6.12.117") {
                CHECK(conformed.conformance == Conformance::not_modelled);
                CHECK(conformed.reason == "kernel 6.12.117");
                ++other_kernel;
            } else if (uses_ksm(trace)) {
                CHECK(conformed.conformance == Conformance::not_modelled);
                CHECK(conformed.reason == "ksm");
                ++ksm;
            } else {
                CHECK(conformed.conformance == Conformance::agrees);
                ++agree[run.kernel];
            }
        }
    }
    CHECK(traces().size() == 36);
    CHECK(agree == std::map<std::string, unsigned>{{"5.10.262", 60}, {"6.1.192", 60}});
    CHECK(ksm == 8);
    CHECK(other_kernel == 64);
}

TEST_CASE("LRU batches are taken to be drained only where the run cannot be explained otherwise", "[conform]") {
    unsigned none = 0, drains = 0;
    for (const KernelTrace& trace : traces()) {
        for (const TraceRun& run : trace.runs) {
            const ConformedRun conformed = conform(trace, run);
            if (conformed.conformance != Conformance::agrees) continue;
            none += conformed.drains.empty() ? 1 : 0;
            drains += static_cast<unsigned>(conformed.drains.size());
            CHECK(conformed.drains.size() <= 2);
        }
    }
    CHECK(none == 65);
    CHECK(drains == 62);
    // Whether the child's store copies or not hangs on the batch in 5.10, where a reference more is one user more.
    CHECK(conform(trace_of("cow-basic"), run_of("cow-basic", "5.10.262", TraceSwap::nvme)).drains.empty());
    CHECK(conform(trace_of("cow-basic"), run_of("cow-basic", "5.10.262", TraceSwap::zram)).drains ==
          std::vector<BatchDrain>{{.step = 5, .after = false}});
}

TEST_CASE("a field that is changed in any state of any run is a disagreement at that step", "[conform]") {
    // Sanitizers make it slow: there a sample has to do.
    const unsigned stride = checker::Fiber::can_roll_back ? 1 : 23;
    unsigned all = 0, changed = 0, found = 0;
    for (const KernelTrace& trace : traces()) {
        for (const TraceRun& run : trace.runs) {
            if (run.kernel == "6.12.117" || uses_ksm(trace)) continue;
            for (std::size_t step = 0; step < run.after.size(); ++step) {
                for (std::size_t state = 0; state < run.after[step].states.size(); ++state) {
                    for (const auto& change : changes_of(run.after[step].states[state])) {
                        if (all++ % stride != 0) continue;
                        TraceRun other = run;
                        change(other.after[step].states[state]);
                        const ConformedRun conformed = conform(trace, other);
                        const bool seen =
                            conformed.conformance == Conformance::disagrees && conformed.disagreement.step == step;
                        ++changed;
                        found += seen ? 1 : 0;
                        if (seen) continue;
                        CAPTURE(trace.name, run.kernel, name_of(run.swap), step, conformed.disagreement.step,
                                conformed.disagreement.what);
                        CHECK(seen);
                    }
                }
            }
        }
    }
    CHECK(all == 6194);
    CHECK(found == changed);
}

TEST_CASE("disagreements name the step, the field, and what the kernel and the model had", "[conform]") {
    const auto first = [](auto change) { return [change](TraceAfter& after) { change(after.states.front()); }; };
    check_disagreement(tampered("od-swap-rw", "6.1.192", 4, first([](SeenPte& s) { s.swp_exclusive = false; })), 4,
                       "P's swap PTE: exclusive", "false", "true");
    check_disagreement(tampered("od-swap-rw", "5.10.262", 5, first([](SeenPte& s) { s.writable = true; })), 5,
                       "P's PTE: writable", "true", "false");
    check_disagreement(tampered("od-fork-pstore", "5.10.262", 4, first([](SeenPte& s) { s.mapcount = 1; })), 4,
                       "P's page: mapcount", "1", "2");
    check_disagreement(tampered("od-softdirty", "6.1.192", 4, first([](SeenPte& s) { s.writeback = true; })), 4,
                       "P's page: under writeback", "true", "false");
    check_disagreement(tampered("rec-getr", "6.1.192", 7, first([](SeenPte& s) { s.page = "A"; })), 7, "P's page",
                       "page A", "another page than A");
    check_disagreement(tampered("od-swap-rw", "6.1.192", 6, first([](SeenPte& s) { s.page = "B"; })), 6, "P's page",
                       "page B", "page A");
    check_disagreement(
        tampered("cow-basic", "6.1.192", 7, [](TraceAfter& after) { after.states[0].actor = TraceActor::C; }), 7,
        "C's page", "page B", "page A");
    check_disagreement(tampered("cow-basic", "6.1.192", 7,
                                [](TraceAfter& after) { after.states.emplace_back().actor = TraceActor::D; }),
                       7, "process D", "alive", "gone");
}

TEST_CASE("a changed note is a disagreement at its step", "[conform]") {
    const auto say = [](const std::string& text) { return [text](TraceAfter& after) { after.notes = {note(text)}; }; };
    check_disagreement(tampered("od-swap-rw", "6.1.192", 8, say("P: byte 0 = 11, want dd: DIVERGENCE")), 8,
                       "P: the byte read", "11", "dd");
    check_disagreement(tampered("od-swap-rw", "6.1.192", 8, say("P: byte 0 = dd, want dd: DIVERGENCE")), 8,
                       "P: whether it is as expected", "DIVERGENCE", "ok");
    check_disagreement(tampered("od-swap-rw", "6.1.192", 4, say("P: pageout REFUSED after 51 call(s)")), 4,
                       "what is said of the step", "a pageout that was refused", "a pageout that unmapped the page");
    check_disagreement(tampered("pinr-shared", "6.1.192", 4, say("P: slot 0 holds page A (FOLL_PIN R) refs=1026")), 4,
                       "the reference's page", "page A", "another page than A");
    check_disagreement(tampered("getw-swap-rw", "6.1.192", 3, say("P: slot 0 holds page A (FOLL_GET W) refs=4")), 3,
                       "P: refcount with the reference", "4", "3");
    check_disagreement(tampered("getw-swap-rw", "6.1.192", 7, say("device: wrote dd to page B")), 7,
                       "the device's page", "page B", "page A");
    check_disagreement(tampered("rec-vmsp", "5.10.262", 8, say("C: pipe byte 0 = 11, want 11: ok")), 8,
                       "C: the byte read", "11", "ee");
    check_disagreement(tampered("od-swap-rw", "5.10.262", 7, say("P: O_DIRECT read returned 256")), 7,
                       "P: the bytes transferred", "256", "512");
    check_disagreement(tampered("k-unmap-getw", "6.1.192", 4, say("T: stopped at shrink_folio_list+0")), 4,
                       "T: where it stopped", "shrink_folio_list", "try_to_unmap");
    check_disagreement(tampered("od-swap-rw", "6.1.192", 8, [](TraceAfter& after) { after.notes.clear(); }), 8,
                       "what is said of the step", "nothing", "a byte read");
    check_disagreement(tampered("od-swap-rw", "6.1.192", 5, say("P: released")), 5, "what is said of the step",
                       "a thread released", "nothing");
}

TEST_CASE("a changed result is a disagreement at the end", "[conform]") {
    TraceRun run = run_of("od-fork-pstore", "6.1.192");
    REQUIRE(run.result == TraceResult::divergence);
    run.result = TraceResult::consistent;
    check_disagreement(conform(trace_of("od-fork-pstore"), run), run.after.size() + 1, "the result", "consistent",
                       "DIVERGENCE");
}

TEST_CASE("a run disagrees with the rules of another kernel where the kernels differ", "[conform]") {
    TraceRun run = run_of("od-swap-rw", "6.1.192");
    run.kernel = "v5.19-part2";
    check_disagreement(conform(trace_of("od-swap-rw"), run), 4, "P's swap PTE: exclusive", "true", "false");
    run = run_of("od-swap-rw", "5.10.262");
    run.kernel = "v6.1";
    check_disagreement(conform(trace_of("od-swap-rw"), run), 4, "P's swap PTE: exclusive", "false", "true");
    // 5.7 reuses by the map count alone, and loses nothing here.
    run.kernel = "v5.7";
    CHECK(conform(trace_of("od-softdirty"), run_of("od-softdirty", "5.10.262")).conformance == Conformance::agrees);
    run = run_of("od-softdirty", "5.10.262");
    run.kernel = "v5.7";
    check_disagreement(conform(trace_of("od-softdirty"), run), 5, "P's page", "page B", "page A");
}

TEST_CASE("which rules the real kernels pin down: a model with one of them switched disagrees", "[conform]") {
    const auto pinned_down = [](Kernel kernel) {
        std::vector<std::string> names;
        for (const RuleInfo& rule : all_rules()) {
            Rules rules = rules_of(kernel);
            rules.set(rule.rule, !rules[rule.rule]);
            bool is_seen = false;
            for (const KernelTrace& trace : traces()) {
                for (const TraceRun& run : trace.runs) {
                    if (is_seen || run.kernel != info(kernel).name) continue;
                    is_seen = conform(trace, run, rules).conformance == Conformance::disagrees;
                }
            }
            if (is_seen) names.emplace_back(rule.name);
        }
        return names;
    };
    using Names = std::vector<std::string>;
    CHECK(pinned_down(Kernel::d5_10_262) == Names{"wp_reuse_by_mapcount", "wp_reuse_after_swap_free",
                                                  "swapin_reuse_swap_page", "swapin_frees_first", "anon_exclusive",
                                                  "gup_unshares", "fork_copies_pinned", "clear_refs_skips_pinned",
                                                  "add_to_swap_refuses_pinned"});
    CHECK(pinned_down(Kernel::d6_1_192) ==
          Names{"wp_reuse_by_mapcount", "wp_reuse_after_swap_free", "wp_reuse_moves_anon_rmap", "swapin_frees_first",
                "swapin_exclusive_on_read", "anon_exclusive", "gup_unshares", "swp_exclusive", "unmap_keeps_exclusive",
                "unmap_marks_only_exclusive", "swapin_restores_exclusive", "unuse_restores_exclusive",
                "fork_clears_swp_exclusive", "fork_copies_pinned", "clear_refs_skips_pinned",
                "add_to_swap_refuses_pinned", "mprotect_restores_write"});
}

TEST_CASE("a thread that never comes by the function it is to stop at is a disagreement", "[conform]") {
    KernelTrace trace = trace_of("k-unmap-getw");
    trace.schedule[3].stops_at = "do_swap_page";
    check_disagreement(conform(trace, run_of("k-unmap-getw", "6.1.192")), 4, "T", "stopped at do_swap_page",
                       "ran to the end of its operation without calling do_swap_page");
}

TEST_CASE("an operation that cannot go on while another thread is stopped is a disagreement", "[conform]") {
    KernelTrace trace = trace_of("k-unmap-getw");
    // T holds mmap_lock for reading in MADV_PAGEOUT, and fork wants it for writing.
    trace.schedule[4] = parse_trace_step("P fork").value();
    const ConformedRun run = conform(trace, run_of("k-unmap-getw", "6.1.192"));
    check_disagreement(run, 5, "the step", "done", "waits for ever at mmap_write_lock in dup_mmap()");
}

TEST_CASE("a run that could not be forced says nothing", "[conform]") {
    TraceRun run = run_of("od-swap-rw", "6.1.192");
    run.result = TraceResult::unforced;
    run.after.resize(3);
    const ConformedRun conformed = conform(trace_of("od-swap-rw"), run);
    CHECK(conformed.conformance == Conformance::unforced);
    CHECK_FALSE(conformed.reason.empty());
}

TEST_CASE("what a schedule asks for and the model lacks is named", "[conform]") {
    const TraceRun run = run_of("od-swap-rw", "6.1.192");
    const auto reason_of = [&run](const std::vector<std::string>& steps) {
        KernelTrace trace;
        for (const std::string& step : steps) trace.schedule.push_back(parse_trace_step(step).value());
        const ConformedRun conformed = conform(trace, run);
        CHECK(conformed.conformance == Conformance::not_modelled);
        return conformed.reason;
    };
    CHECK(reason_of({"P fill 11"}) == "a page that is not mapped once and first of all");
    CHECK(reason_of({"P map", "P ksm"}) == "ksm");
    CHECK(reason_of({"P map", "P vmsplice", "P vmsplice"}) == "more than one page in a pipe");
    CHECK(reason_of({"P map", "P odstart 11", "P odstart 22"}) == "two O_DIRECT reads in flight");
    CHECK(reason_of({"P map", "P odstart 11", "P load 7"}) ==
          "O_DIRECT reads of which more than the first byte is looked at");
    CHECK(reason_of({"P map", "P load 1", "P load 2", "P load 3", "P load 4"}) == "more than 4 offsets");
    CHECK(reason_of({"P map", "T load 0 at f", "T release", "T load 0 at g"}) ==
          "a thread that is stopped at two functions");
}

TEST_CASE("steps that make no sense are refused with the nearest that does", "[conform]") {
    CHECK(step_error("P") == "the step \"P\" is no actor and operation, as \"P load 0\" is");
    CHECK(step_error("X load 0") == "the step \"X load 0\" begins with no actor: they are P, C, D and T");
    CHECK_THAT(step_error("P laod 0"),
               Catch::Contains("has no operation \"laod\" to do") && Catch::Contains("\"load\""));
    CHECK_THAT(step_error("P load"), Catch::Contains("ends too early"));
    CHECK_THAT(step_error("P load 4096"), Catch::Contains("an offset into the page, 0 to 4095"));
    CHECK_THAT(step_error("P store 0 111"), Catch::Contains("a byte as two hexadecimal digits"));
    CHECK_THAT(step_error("P take 16 get w"), Catch::Contains("a slot, 0 to 15"));
    CHECK_THAT(step_error("P take 0 hold w"), Catch::Contains("get or pin"));
    CHECK_THAT(step_error("P fork now"), Catch::Contains("goes on after its end, with \"now\""));
    CHECK_THAT(step_error("P pageout at try_to_unmap"), Catch::Contains("T is the one to be stopped"));
    CHECK_FALSE(parse_trace_note("P: byte 0 = 1g, want dd: ok"));
    CHECK_FALSE(parse_trace_note("P: byte 0 = 11, want dd: perhaps"));
    CHECK_FALSE(parse_trace_note("P: released again"));
}

TEST_CASE("files that are no traces are refused with the place and the cure", "[conform]") {
    using Catch::Contains;
    CHECK_THAT(error_of([](json& d) { d["version"] = 2; }), Contains("/version") && Contains("reads version 1"));
    CHECK_THAT(error_of([](json& d) { d.erase("version"); }), Contains("needs the key \"version\""));
    CHECK_THAT(error_of([](json& d) { d = json::array(); }), Contains("found an array"));
    CHECK_THAT(error_of([](json& d) { d.erase("traces"); }), Contains("needs the key \"traces\""));
    CHECK_THAT(error_of([](json& d) { d["trace"] = 1; }), Contains("/trace") && Contains("\"traces\""));
    CHECK_THAT(error_of([](json& d) { d["traces"] = json::array(); }), Contains("/traces"));
    CHECK_THAT(error_of([](json& d) { d["traces"][1]["name"] = d["traces"][0]["name"]; }),
               Contains("/traces/1/name") && Contains("already"));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["schedule"][4] = "P laod 0"; }),
               Contains("/traces/0/schedule/4") && Contains("\"load\""));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["schedule"][4] = "C load 0"; }),
               Contains("/traces/0/schedule/4") && Contains("does not exist then"));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["schedule"][4] = "T release"; }), Contains("not been stopped"));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["schedule"].push_back("P state"); }),
               Contains("/traces/0/runs/0/after") && Contains("10 steps, and 9 were seen"));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["runs"][0]["swap"] = "zrm"; }), Contains("\"zram\""));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["runs"][0]["result"] = "ok"; }),
               Contains("/traces/0/runs/0/result"));
    json::json_pointer state("/traces/0/runs/0/after/1/states/P");
    CHECK_THAT(error_of([&](json& d) { d[state]["pte"] = "presen"; }), Contains("\"present\""));
    CHECK_THAT(error_of([&](json& d) { d[state]["writeable"] = true; }),
               Contains("/traces/0/runs/0/after/1/states/P/writeable") && Contains("\"writable\""));
    CHECK_THAT(error_of([&](json& d) { d[state].erase("swapcache"); }), Contains("needs the key \"swapcache\""));
    CHECK_THAT(error_of([&](json& d) { d[state]["mapcount"] = -1; }), Contains("mapcount"));
    CHECK_THAT(error_of([](json& d) { d["traces"][0]["runs"][0]["after"][2]["notes"][0] = "P: hello"; }),
               Contains("/traces/0/runs/0/after/2/notes/0") && Contains("none that this program understands"));
    const auto truncated = parse_kernel_traces(std::string_view(traces_text()).substr(0, 5000));
    REQUIRE_FALSE(truncated);
    CHECK_THAT(truncated.error().text(), Contains("line 1"));
}
