// SPDX-License-Identifier: GPL-2.0-only
// What the loader finds wrong with a scenario although each of its parts is right: names that clash, operations in an order
// that cannot be, values that tell no writers apart, machines that are too small or too large.
#include "tests/model_loader_sample.hpp"

using namespace loader_tests;

namespace {

json store(const char* process, const char* address, unsigned unit, unsigned value) {
    return {{"process", process}, {"op", "store"}, {"address", address}, {"unit", unit}, {"value", value}};
}

json user_store(const char* address, unsigned unit, unsigned value) {
    return {{"op", "store"}, {"address", address}, {"unit", unit}, {"value", value}};
}

json reference_op(const char* op, const char* reference) { return {{"op", op}, {"reference", reference}}; }

json gup(const char* reference, const char* access = "write") {
    return {{"op", "gup"}, {"address", "0x1000"}, {"reference", reference}, {"kind", "get"}, {"access", access}};
}

json o_direct(const char* request, unsigned value) {
    return {{"op", "o_direct_read"}, {"address", "0x1000"}, {"value", value}, {"request", request}};
}

json of(const char* process, json op) {
    op["process"] = process;
    return op;
}

/// The sample after `change`.
template <class F>
std::string refusal_after(const F& change) {
    json changed = sample();
    change(changed);
    return refusal_of(changed.dump());
}

bool taken(const char* pointer, const json& replacement) {
    json changed = sample();
    changed[json::json_pointer(pointer)] = replacement;
    return static_cast<bool>(model::parse_scenario(changed.dump(), "sample", ""));
}

} // namespace

TEST_CASE("names that are there twice are refused", "[loader]") {
    CHECK(refusal_of("/threads/1/name", "main") == R"(/threads/1/name: another thread is called "main")");
    CHECK(refusal_of("/machine/swap/1/name", "nvme") ==
          R"(/machine/swap/1/name: another swap device is called "nvme")");
    CHECK(refusal_of("/sometimes/1/name", "one") == R"(/sometimes/1/name: another condition is called "one")");
    CHECK(refusal_of("/threads/2/ops/0/reference", "dio") ==
          R"(/threads/2/ops/0/reference: "dio" is the name of an O_DIRECT request already)");
    CHECK(refusal_of("/threads/0/ops/0/request", "pinned") ==
          R"(/threads/0/ops/0/request: "pinned" is the name of a reference already)");
}

TEST_CASE("a scenario without threads, operations, conditions or processes is refused", "[loader]") {
    CHECK(refusal_of("/threads", json::array()) == "/threads: there are no threads here; at least 1 is needed");
    CHECK(refusal_of("/threads/0/ops", json::array()) ==
          "/threads/0/ops: there are no operations here; at least 1 is needed");
    CHECK(refusal_of("/sometimes", json::array()) ==
          "/sometimes: there are no \"sometimes\" conditions here; at least 1 is needed");
    CHECK(refusal_of("/sometimes/0/all", json::array()) ==
          "/sometimes/0/all: there are no conditions here; at least 1 is needed");
    CHECK(refusal_of("/machine/processes", json::object()) ==
          "/machine/processes: there are no processes here; at least 1 is needed");
    CHECK(refusal_of("/machine/processes/app/maps", json::array()) ==
          "/machine/processes/app/maps: there are no addresses here; at least 1 is needed");
}

TEST_CASE("threads that are alike do nothing that only one can do", "[loader]") {
    const std::string rest =
        " cannot be done by several threads that are alike; write them out, without \"count\", each "
        "with names of its own";
    CHECK(refusal_of("/threads/0/count", 2) == "/threads/0/ops/0/op: \"o_direct_read\"" + rest);
    CHECK(refusal_of("/threads/1/count", 2) == "/threads/1/ops/0/op: \"dma_write\"" + rest);
    CHECK(taken("/threads/1/count", 1));
    CHECK(refusal_after([](json& s) {
              s["machine"]["pages"] = 11;
              s["threads"][3]["count"] = 2;
          }) == "/machine/pages: 11 page frames for each of 5 threads and the set-up are 66; at most 64 are possible");
}

TEST_CASE("what only a process does needs one, and what the kernel does needs none", "[loader]") {
    CHECK(refusal_of("/threads/1/ops/-", user_store("0x1000", 0, 9)) ==
          R"(/threads/1/ops/2/op: "store" is what a process does; name one with "process")");
    CHECK(refusal_of("/setup/-", json{{"op", "clear_refs"}}) ==
          R"(/setup/3/op: "clear_refs" is what a process does; name one with "process")");
    CHECK(taken("/setup/-", json{{"op", "readahead"}}));
    CHECK(refusal_after([](json& s) {
              s["machine"]["swap"] = json::array();
              s["threads"][3]["ops"] = json::array({{{"op", "readahead"}}});
          }) ==
          R"(/threads/3/ops/0/op: "readahead" needs a swap device, and the machine has none; declare one in "swap")");
}

TEST_CASE("what is asynchronous has no place in the set-up", "[loader]") {
    const std::string why =
        " is asynchronous, and in the set-up each operation ends before the next begins; a reference "
        "that is held from the start is taken with \"gup\"";
    CHECK(refusal_of("/setup/-", of("app", o_direct("early", 9))) == "/setup/3/op: \"o_direct_read\"" + why);
    CHECK(refusal_of("/setup/-", {{"process", "app"}, {"op", "await"}, {"request", "dio"}}) ==
          "/setup/3/op: \"await\"" + why);
}

TEST_CASE("processes run after their birth and before their end only", "[loader]") {
    CHECK(refusal_of("/setup/-", store("child", "0x1000", 0, 9)) ==
          R"(/setup/3/process: "child" does not exist yet; a "fork" must come before)");
    CHECK(refusal_of("/threads/0/ops/1", {{"op", "clear_refs"}}) ==
          R"(/machine/processes/child/forked_from: no "fork" operation makes "child")");
    CHECK(refusal_of("/threads/0/ops/1/child", "other") ==
          R"(/threads/0/ops/1/child: "other" exists from the start; a child is declared with "forked_from")");
    CHECK(refusal_of("/threads/0/ops/-", {{"op", "fork"}, {"child", "child"}}) ==
          R"(/threads/0/ops/3/child: "child" is forked twice)");
    CHECK(refusal_of("/setup/-", {{"process", "other"}, {"op", "fork"}, {"child", "child"}}) ==
          R"(/setup/3/child: "child" is declared as forked from "app", and here "other" forks it)");
    CHECK(refusal_of("/setup/-", {{"process", "app"}, {"op", "exit"}}) ==
          R"(/threads/0/process: "app" has exited in the set-up)");
    CHECK(refusal_after([](json& s) {
              s["setup"].push_back({{"process", "other"}, {"op", "exit"}});
              s["setup"].push_back(store("other", "0x2000", 0, 9));
          }) == R"(/setup/4/process: "other" has exited already)");
    CHECK(refusal_of("/machine/processes/child/forked_from", "child") ==
          R"(/machine/processes/child/forked_from: "child" descends from itself)");
    CHECK(refusal_after([](json& s) {
              s["machine"]["processes"]["a"] = {{"forked_from", "b"}};
              s["machine"]["processes"]["b"] = {{"forked_from", "a"}};
          }) == R"(/machine/processes/a/forked_from: "a" descends from itself)");
    CHECK(refusal_of("/threads/2/ops/-", {{"op", "clear_refs"}}) ==
          R"(/threads/2/ops/3/op: "exit" ends the thread, and operations follow it)");
    CHECK(
        refusal_of("/threads/-", {{"name", "twin"}, {"process", "child"}, {"ops", {{{"op", "clear_refs"}}}}}) ==
        R"(/threads/2/ops/3/op: "exit" ends the process, and thread "twin" runs in it too; that is not modelled yet)");
}

TEST_CASE("references are taken before they are used, by one thread, and dropped before they are taken again",
          "[loader]") {
    CHECK(refusal_after([](json& s) { std::swap(s["threads"][2]["ops"][0], s["threads"][2]["ops"][1]); }) ==
          R"(/threads/2/ops/0/reference: "pipe" is not held here; nothing takes it before)");
    CHECK(refusal_of("/threads/1/ops/-", reference_op("put", "pinned")) ==
          R"(/threads/1/ops/2/reference: "pinned" is not held here; nothing takes it before)");
    CHECK(refusal_of("/setup/-", of("app", gup("pinned"))) ==
          R"(/setup/3/reference: "pinned" is held already; "put" it first, or give this one another name)");
    CHECK(refusal_of("/threads/0/ops/-", gup("pinned")) ==
          R"(/threads/0/ops/3/reference: "pinned" is held already; "put" it first, or give this one another name)");
    CHECK(
        refusal_of("/threads/0/ops/-", gup("pipe", "read")) ==
        R"(/threads/2/ops/0/reference: "pipe" is taken by thread "main" too; each thread needs one with a name of its own)");
    CHECK(
        refusal_of("/threads/3/ops/-", reference_op("put", "pinned")) ==
        R"(/threads/3/ops/2/reference: "pinned" is dropped by thread "device" too; each thread needs one with a name of its own)");
    CHECK(
        refusal_of("/setup/1/access", "read") ==
        R"(/threads/1/ops/0/reference: "pinned" is taken for reading; a device writes only through a reference that "gup" takes with "access": "write")");
    CHECK(refusal_of("/threads/1/ops/1", reference_op("pipe_read", "pinned")) ==
          R"(/threads/1/ops/1/reference: "pinned" is taken by "gup"; a pipe holds what "vmsplice" takes)");
    // Another thread may take it in time.
    CHECK(taken("/threads/1/ops/-", reference_op("dma_read", "pipe")));
}

TEST_CASE("requests are started before they are awaited, and awaited before they are started again", "[loader]") {
    CHECK(refusal_after([](json& s) { std::swap(s["threads"][0]["ops"][0], s["threads"][0]["ops"][2]); }) ==
          R"(/threads/0/ops/0/request: "dio" is not started before by this thread)");
    CHECK(
        refusal_after(
            [](json& s) { s["threads"][0]["ops"].insert(s["threads"][0]["ops"].begin() + 1, o_direct("dio", 9)); }) ==
        R"(/threads/0/ops/1/request: "dio" is not awaited since it was started last; "await" it first, or give this one another name)");
    CHECK(
        refusal_after([](json& s) {
            s["threads"][2]["ops"][0] = o_direct("dio", 9);
            s["threads"][2]["ops"].erase(1);
        }) ==
        R"(/threads/2/ops/0/request: "dio" is started by thread "main" too; each thread needs one with a name of its own)");
    CHECK(taken("/threads/0/ops/-", o_direct("dio", 9)));
}

TEST_CASE("each writer has values of its own", "[loader]") {
    CHECK(refusal_of("/setup/-", store("other", "0x2000", 0, 1)) ==
          "/setup/3/value: value 1 is written for another process too, by the set-up at /setup/0; a write that leaks "
          "between processes is told by its value");
    CHECK(taken("/threads/0/ops/0/value", 1)); // of another unit
    CHECK(refusal_of("/threads/0/ops/-", user_store("0x1000", 1, 1)) ==
          "/threads/0/ops/3/value: value 1 is written to the same unit by the set-up at /setup/0 too; a write that is "
          "lost is told by its value");
    CHECK(refusal_of("/threads/0/ops/-", user_store("0x1000", 2, 2)) ==
          "/threads/0/ops/3/value: value 2 is written to the same unit by request \"dio\" at /threads/0/ops/0 too; a "
          "write that is lost is told by its value");
    CHECK(refusal_of("/threads/1/ops/0", {{"op", "dma_write"}, {"reference", "pinned"}, {"unit", 1}, {"value", 1}}) ==
          "/threads/1/ops/0/value: value 1 is written to the same unit by the set-up at /setup/0 too; a write that is "
          "lost is told by its value");
    CHECK(taken("/threads/0/ops/-", user_store("0x1000", 2, 1)));
    CHECK(taken("/setup/-", store("app", "0x1000", 1, 1)));
}

TEST_CASE("the set-up has as many page frames as it fills pages", "[loader]") {
    const auto with_one_page = [](const char* pointer, const json& op) {
        json changed = sample();
        changed["machine"]["pages"] = 1;
        changed[json::json_pointer(pointer)] = op;
        const auto result = model::parse_scenario(changed.dump(), "sample", "");
        return result ? std::string() : result.error().text();
    };
    const std::string more = "/setup/3: up to here the set-up fills 2 pages; raise \"pages\" in "
                             "/machine, which is 1";
    CHECK(with_one_page("/setup/-", store("app", "0x2000", 0, 9)) == more);
    CHECK(with_one_page("/setup/-", {{"process", "other"}, {"op", "load"}, {"address", "0x2000"}}) == more);
    CHECK(with_one_page("/setup/-", store("app", "0x1000", 0, 9)).empty());
    CHECK(with_one_page("/setup/0", {{"process", "app"}, {"op", "load"}, {"address", "0x1000"}}).empty());
}

TEST_CASE("machines that are too large are refused", "[loader]") {
    CHECK(refusal_of("/machine/pages", 13) ==
          "/machine/pages: 13 page frames for each of 4 threads and the set-up are 65; at most 64 are possible");
    CHECK(refusal_after([](json& s) {
              for (unsigned n = 0; n < 12; ++n) s["threads"].push_back(s["threads"][3]);
          }) == "/threads: at most 15 threads are possible, found 16");
    CHECK(refusal_after([](json& s) {
              for (unsigned n = 0; n < 3; ++n) s["machine"]["swap"].push_back({{"name", "d" + std::to_string(n)}});
          }) == "/machine/swap: at most 4 swap devices are possible, found 5");
    CHECK(refusal_after([](json& s) {
              for (unsigned n = 0; n < 6; ++n)
                  s["machine"]["processes"]["p" + std::to_string(n)] = {{"maps", {"0x1000"}}};
          }) == "/machine/processes: at most 8 processes are possible, found 9");
    CHECK(refusal_after([](json& s) {
              for (unsigned n = 3; n < 10; ++n)
                  s["machine"]["processes"]["other"]["maps"].push_back("0x" + std::to_string(n) + "000");
          }) == "/machine/processes/other/maps/7: at most 8 addresses are possible");
    CHECK(refusal_after([](json& s) {
              for (unsigned n = 0; n < 14; ++n) s["setup"].push_back(of("app", gup(("r" + std::to_string(n)).c_str())));
          }) == "/threads/2/ops/0: at most 16 references and requests are possible");
    CHECK(refusal_after([](json& s) {
              for (unsigned n = 0; n < 8; ++n)
                  s["threads"][0]["ops"].push_back(o_direct(("r" + std::to_string(n)).c_str(), 10 + n));
          }) == "/threads/0/ops/10: at most 8 O_DIRECT requests are possible");
}
