// SPDX-License-Identifier: GPL-2.0-only
// The loader's answers to words that it does not know: names of kernels, operations and properties, names that the scenario
// itself declares, and what is known but not modelled yet.
#include "tests/model_loader_sample.hpp"

using namespace loader_tests;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

TEST_CASE("unknown kernels, architectures, rules and properties are refused with the nearest", "[loader]") {
    CHECK(refusal_of("/kernel", "v5.9") == R"(/kernel: expected a kernel, found "v5.9"; did you mean "v5.7"?)");
    CHECK(refusal_of("/arch", "x86") ==
          R"(/arch: expected an architecture, found "x86"; cowherd list shows the architectures)");
    CHECK(refusal_of("/arch", "mops*") == R"(/arch: no architecture has a name like "mops*"; "*" stands for all)");
    for (const char* glob : {"mips*", "*", "arm64-6.1[0-9]"}) CHECK(is_accepted("/arch", glob));
    CHECK(refusal_of("/without/0", "write_protect_sec") ==
          R"(/without/0: expected a rule, found "write_protect_sec"; did you mean "write_protect_seq"?)");
    CHECK_THAT(refusal_of("/with/0", "?"), StartsWith(R"(/with/0: expected a rule, found "?"; rules are )"));
    CHECK(refusal_of("/with/0", "write_protect_seq") == "/with: \"write_protect_seq\" is in \"without\" too");
    CHECK(refusal_of("/without/-", "write_protect_seq") == "/without/1: \"write_protect_seq\" is in this list twice");
    CHECK(refusal_of("/without", json::array()) == "/without: there are no rules here; at least 1 is needed");
    CHECK(refusal_of("/properties/0", "pin-in-synk") ==
          R"(/properties/0: expected a property, found "pin-in-synk"; did you mean "pin-in-sync"?)");
    CHECK(refusal_of("/properties/0", 7) == "/properties/0: expected a property, which is a string, found an integer");
}

TEST_CASE("unknown operations and words of theirs are refused with the nearest", "[loader]") {
    CHECK(refusal_of("/setup/0/op", "stor") ==
          R"(/setup/0/op: expected an operation, found "stor"; did you mean "store"?)");
    CHECK(refusal_of("/threads/2/ops/2/advice", "dontned") ==
          R"(/threads/2/ops/2/advice: expected advice, found "dontned"; did you mean "dontneed"?)");
    CHECK(refusal_of("/setup/1/kind", "take") ==
          R"(/setup/1/kind: expected a kind of reference, found "take"; kinds are get, pin)");
    CHECK(refusal_of("/setup/1/access", "wriet") ==
          R"(/setup/1/access: expected an access, found "wriet"; did you mean "write"?)");
    CHECK(refusal_of("/setup/1/mode", "fast-only") ==
          R"(/setup/1/mode: expected a mode of gup, found "fast-only"; did you mean "fast_only"?)");
    const json mprotect = {{"op", "mprotect"}, {"address", "0x1000"}, {"protection", "readwrite"}};
    CHECK(refusal_of("/threads/0/ops/-", mprotect) ==
          R"(/threads/0/ops/3/protection: expected a protection, found "readwrite"; did you mean "read_write"?)");
}

TEST_CASE("a word of no bound is quoted up to one", "[loader]") {
    CHECK(refusal_of("/setup/0/op", std::string(100'000, 'x')).size() < 500);
    CHECK_THAT(refusal_of("/setup/0/op", "a\nb\x1b"),
               StartsWith(R"(/setup/0/op: expected an operation, found "a\x0ab\x1b"; )"));
}

TEST_CASE("what is not modelled yet is said to be just that", "[loader]") {
    CHECK_THAT(refusal_of("/setup/0/op", "mremap"),
               StartsWith(R"(/setup/0/op: "mremap" is not modelled yet; operations are load, store, fork, )"));
    CHECK_THAT(refusal_of("/threads/0/ops/0/op", "mlock"),
               StartsWith(R"(/threads/0/ops/0/op: "mlock" is not modelled yet; operations are )"));
    CHECK(
        refusal_of("/threads/2/ops/2/advice", "free") ==
        R"(/threads/2/ops/2/advice: "free" is not modelled yet; advice words are pageout, dontneed, dontfork, dofork)");
    CHECK(
        refusal_of("/threads/2/ops/2/advice", "remove") ==
        R"(/threads/2/ops/2/advice: "remove" is not modelled yet; advice words are pageout, dontneed, dontfork, dofork)");
    const std::string keys = "; keys of \"gup\" are op, address, reference, kind, access, mode";
    CHECK(refusal_of("/setup/1/longterm", true) == "/setup/1/longterm: \"longterm\" is not modelled yet" + keys);
    CHECK(refusal_of("/setup/1/force", true) == "/setup/1/force: \"force\" is not modelled yet" + keys);
}

TEST_CASE("names that the scenario does not declare are refused with the nearest that it does", "[loader]") {
    CHECK(refusal_of("/setup/0/process", "apo") ==
          R"(/setup/0/process: expected a process, found "apo"; did you mean "app"?)");
    CHECK(refusal_of("/threads/0/process", "x") ==
          R"(/threads/0/process: expected a process, found "x"; processes are app, child, other)");
    CHECK(refusal_of("/machine/processes/child/forked_from", "appp") ==
          R"(/machine/processes/child/forked_from: expected a process, found "appp"; did you mean "app"?)");
    CHECK(refusal_of("/threads/0/ops/1/child", "chld") ==
          R"(/threads/0/ops/1/child: expected a process, found "chld"; did you mean "child"?)");
    CHECK(refusal_of("/threads/1/ops/1/reference", "pined") ==
          R"(/threads/1/ops/1/reference: expected a reference, found "pined"; did you mean "pinned"?)");
    CHECK(
        refusal_of("/threads/1/ops/1/reference", "dio") ==
        R"(/threads/1/ops/1/reference: expected a reference, found "dio"; references that "gup" or "vmsplice" takes are pinned, pipe)");
    CHECK(refusal_of("/threads/0/ops/2/request", "dia") ==
          R"(/threads/0/ops/2/request: expected a request, found "dia"; did you mean "dio"?)");
    CHECK(refusal_of("/threads/3/ops/1/device", "zrma") ==
          R"(/threads/3/ops/1/device: expected a swap device, found "zrma"; did you mean "zram"?)");
    CHECK(refusal_of("/machine/swap", json::array()) ==
          R"(/threads/3/ops/1/device: expected a swap device, found "zram"; there are no swap devices)");
    CHECK(refusal_of("/sometimes/0/all/1/reference", "rio") ==
          R"(/sometimes/0/all/1/reference: expected a reference or request, found "rio"; did you mean "dio"?)");
    CHECK(refusal_of("/sometimes/1/all/0/thread", "bron") ==
          R"(/sometimes/1/all/0/thread: expected a thread, found "bron"; did you mean "born"?)");
}

TEST_CASE("addresses that the process does not map, or that are none, are refused", "[loader]") {
    CHECK(refusal_of("/setup/0/address", "0x9000") ==
          R"(/setup/0/address: expected an address that "app" maps, found "0x9000"; did you mean "0x1000"?)");
    const json theirs = {{"process", "other"}, {"op", "load"}, {"address", "0x1000"}};
    CHECK(refusal_of("/setup/-", theirs) ==
          R"(/setup/3/address: expected an address that "other" maps, found "0x1000"; did you mean "0x2000"?)");
    CHECK(
        refusal_of("/sometimes/1/all/1/content/process", "other") ==
        R"(/sometimes/1/all/1/content/address: expected an address that "other" maps, found "0x1000"; did you mean "0x2000"?)");
    const auto expected = [](const char* text) {
        return "/machine/processes/app/maps/0: expected the address of a page as \"0x1000\": hexadecimal, a multiple "
               "of "
               "0x1000, not 0, found \"" +
               std::string(text) + "\"";
    };
    for (const char* wrong : {"1000", "0x1001", "0x01000", "0x000", "0xA000", "0x10000000000000", "0xg000"})
        CHECK(refusal_of("/machine/processes/app/maps/0", wrong) == expected(wrong));
    CHECK(refusal_of("/machine/processes/app/maps/1", "0x1000") ==
          "/machine/processes/app/maps/1: \"0x1000\" is in this list twice");
}

TEST_CASE("states that a condition cannot ask for are refused with those it can", "[loader]") {
    CHECK(refusal_of("/sometimes/0/all/0/is", "swap_exclusiv") ==
          R"(/sometimes/0/all/0/is: expected a state of a PTE, found "swap_exclusiv"; did you mean "swap_exclusive"?)");
    CHECK(refusal_of("/sometimes/0/all/1/is_not", "gone") ==
          R"(/sometimes/0/all/1/is_not: expected a state of a reference, found "gone"; states are held, diverged)");
    CHECK(refusal_of("/sometimes/0/all/2/is", "dirty") ==
          R"(/sometimes/0/all/2/is: expected a state of a page, found "dirty"; states are under_writeback)");
    CHECK(refusal_of("/sometimes/0/all/2/page", "1") ==
          R"(/sometimes/0/all/2/page: expected "any", found "1"; pages are any)");
    CHECK(refusal_of("/sometimes/1/all/0/is", "done") ==
          R"(/sometimes/1/all/0/is: expected a state of a thread, found "done"; states are finished, killed)");
    CHECK(refusal_of("/sometimes/1/all/1/is", "two") ==
          "/sometimes/1/all/1/is: expected a value from 0 to 63, found a string");
}

TEST_CASE("expectations name kernels, architectures and properties that exist", "[loader]") {
    CHECK(refusal_of("/expect/0/kernels/1", "v5.11") ==
          R"(/expect/0/kernels/1: expected a kernel, found "v5.11"; did you mean "v5.10"?)");
    CHECK(refusal_of("/expect/3/archs/0", "arm46") ==
          R"(/expect/3/archs/0: expected an architecture, found "arm46"; did you mean "arm64"?)");
    CHECK(refusal_of("/expect/1/archs/0", "no_exclusive") ==
          R"(/expect/1/archs/0: expected an architecture, found "no_exclusive"; did you mean "no-exclusive"?)");
    CHECK(is_accepted("/expect/3/archs/0", "mips32-*"));
    CHECK(refusal_of("/expect/3/archs/0", "mops*") ==
          R"(/expect/3/archs/0: no architecture has a name like "mops*"; "*" stands for all)");
    CHECK(refusal_of("/expect/2/archs/-", "s390x") ==
          R"(/expect/2/archs: "*" means all architectures, so nothing else belongs beside it)");
    CHECK(refusal_of("/expect/3/without/0", "swp_exclusiv") ==
          R"(/expect/3/without/0: expected a rule, found "swp_exclusiv"; did you mean "swp_exclusive"?)");
    CHECK(refusal_of("/expect/2/verdict", "hold") ==
          R"(/expect/2/verdict: expected a verdict, found "hold"; did you mean "holds"?)");
    CHECK(refusal_of("/expect/1/properties/0", "pin-sync") ==
          R"(/expect/1/properties/0: expected a property, found "pin-sync"; did you mean "pin-in-sync"?)");
    CHECK(refusal_of("/expect/1/properties/0", "deadlock") ==
          R"(/expect/1/properties/1: "deadlock" is in this list twice)");
    CHECK(
        refusal_of("/expect/1/properties/0", "no-lost-write") ==
        R"(/expect/1/properties/0: "no-lost-write" is not checked here, so it cannot be violated; name it in "properties")");
    CHECK_THAT(refusal_of("/expect/3/properties/0", "sometimes: three"),
               StartsWith(R"(/expect/3/properties/0: expected a "sometimes" condition of this scenario, found )"));
    CHECK(refusal_of("/expect/2/properties", json::array({"pin-in-sync"})) ==
          "/expect/2/properties: with the verdict \"holds\" no property is violated");
    json by_default = sample();
    by_default.erase("properties");
    by_default["expect"][1]["properties"][0] = "no-needless-copy";
    CHECK_THAT(refusal_of(by_default.dump()),
               EndsWith("is not checked here, so it cannot be violated; name it in \"properties\""));
}

TEST_CASE("expectations leave no gap and none is idle", "[loader]") {
    CHECK(refusal_of("/expect", json::array()) == "/expect: there are no expectations here; at least 1 is needed");
    CHECK(
        refusal_of("/expect/2/kernels", json::array({"v5.18", "v5.19", "v6.1", "5.10.262", "6.1.192"})) ==
        "/expect: no entry says what is expected of kernel v5.19-part2 on x86_64; each kernel and architecture needs a "
        "verdict");
    CHECK(refusal_of("/expect/2/archs", json::array({"x86_64", "arm64", "s390x", "ppc64-64k"})) ==
          "/expect: no entry says what is expected of kernel v5.18 on ppc64-4k; each kernel and architecture needs a "
          "verdict");
    CHECK(refusal_of("/expect/-", sample()["expect"][2]) ==
          "/expect/4: this entry never decides anything: earlier entries cover all its kernels and architectures");
    CHECK(refusal_of("/expect/-", sample()["expect"][3]) ==
          "/expect/4: this entry never decides anything: earlier entries cover all its kernels and architectures");
    CHECK(refusal_of("/expect/2/without", json::array({"swp_exclusive"})) ==
          "/expect/3: this entry never decides anything: earlier entries cover all its kernels and architectures");
}
