// SPDX-License-Identifier: GPL-2.0-only
// What the verifier says of a certificate that is wrong, on programs that people can follow.
#include "certificate/make.hpp"
#include "certificate/verify.hpp"
#include "tests/checker_programs.hpp"

using namespace checker;
using namespace small;
using certificate::Certificate;

namespace {

Certificate certificate_of(const Program& program, bool symmetric = false) {
    SearchOptions options;
    options.reductions.symmetry = symmetric;
    options = certificate::certifiable(std::move(options));
    KeptStates kept(program, symmetric);
    const StateObserver observer = kept.observer();
    options.observer = &observer;
    search(program, options);
    return certificate::make(program, kept, symmetric, "a test");
}

/// Two threads add one to a variable, each under a lock.
struct Adding {
    Program program;
    Var<int> a = program.var<int>("a");
    Mutex m = program.mutex("m");

    explicit Adding(bool locks = true) {
        const auto body = [this, locks](Thread& t) {
            if (locks) t.lock(m);
            const int seen = t.load(a);
            t.store(a, seen + 1);
            if (locks) t.unlock(m);
        };
        program.add_threads("adds", 2, body);
        const Var<int> variable = a;
        program.add_property({.name = "two were added",
                              .kind = PropertyKind::at_end,
                              .footprint = {a.cell},
                              .holds = [variable](const View& view) { return view[variable.cell] == 2; },
                              .explain = {}});
    }
};

} // namespace

TEST_CASE("a right certificate is taken, with symmetry and without", "[certificate]") {
    const Adding adding;
    for (const bool symmetric : {false, true}) {
        const Certificate certificate = certificate_of(adding.program, symmetric);
        CHECK(certificate.count == (symmetric ? 9 : 16));
        const auto checked = verify(adding.program, certificate);
        CHECK(checked.fault.empty());
        CHECK(checked.ends == 1);
    }
}

TEST_CASE("the step that leads out of a certificate is named, with a schedule that leads there", "[certificate]") {
    const Adding adding;
    Certificate certificate = certificate_of(adding.program);
    const std::size_t bytes = certificate::Layout(certificate, adding.program).bytes();
    // The last state is the one where all is done.
    certificate.states.resize((--certificate.count) * bytes);
    const auto checked = verify(adding.program, certificate);
    CHECK_THAT(checked.fault, Catch::Contains("thread 'adds 2', unlock in operator()(), line"));
    CHECK_THAT(checked.fault, Catch::Contains("it leads to a state that is not in the certificate"));
    CHECK(checked.schedule.size() == 8);
}

TEST_CASE("what the program violates is found, whatever certificate is shown", "[certificate]") {
    const Adding adding(false);
    const auto checked = verify(adding.program, certificate_of(adding.program));
    CHECK_THAT(checked.fault, Catch::Contains("property 'two were added' is violated at the end"));
    CHECK(replay(adding.program, checked.schedule, "two were added").violated ==
          std::vector<std::string>{"two were added"});
}

TEST_CASE("a certificate of the program without its bug is none of the program with it", "[certificate]") {
    const Adding right;
    const Adding wrong(false);
    CHECK_FALSE(verify(wrong.program, certificate_of(right.program)).fault.empty());
    CHECK_FALSE(verify(right.program, certificate_of(wrong.program)).fault.empty());
}

TEST_CASE("deadlocks, failed assertions, misuse, races and what never ends are found", "[certificate]") {
    const auto fault_of = [](const std::function<void(Program&)>& build) {
        Program program;
        build(program);
        return verify(program, certificate_of(program)).fault;
    };
    CHECK_THAT(fault_of([](Program& program) {
                   const Mutex m = program.mutex("m");
                   program.add_thread("t", [=](Thread& t) { t.lock(m), t.lock(m); });
               }),
               Catch::Contains("a deadlock: nothing is enabled, and thread 't' has not finished"));
    CHECK_THAT(fault_of([](Program& program) {
                   const auto a = program.var<int>("a");
                   program.add_thread("t", [=](Thread& t) { t.check(t.load(a) != 0, "a is not zero"); });
               }),
               Catch::Contains("an assertion of thread 't' has failed: a is not zero"));
    CHECK_THAT(fault_of([](Program& program) {
                   const Plain<int> a = program.plain<int>("a");
                   for (const char* name : {"s", "t"}) program.add_thread(name, [=](Thread& t) { t.write(a, 1); });
               }),
               Catch::Contains("property 'data race' is violated"));
    CHECK_THAT(fault_of([](Program& program) {
                   const auto a = program.var<int>("a");
                   program.add_thread("t", [=](Thread& t) {
                       for (;;) {
                           t.forget("again");
                           (void)t.load(a);
                       }
                   });
               }),
               Catch::Contains("the program never ends"));
    CHECK_THAT(fault_of([](Program& program) {
                   const auto a = program.var<int>("a");
                   program.add_thread("t", [=](Thread& t) { t.store(a, 1); });
                   program.add_property({.name = "a is two",
                                         .kind = PropertyKind::sometimes,
                                         .footprint = {a.cell},
                                         .holds = [a](const View& view) { return view[a.cell] == 2; },
                                         .explain = {}});
               }),
               Catch::Contains("'a is two' is true in no state"));
}

TEST_CASE("a certificate that merging or choosing alone has thinned out is not closed, and is refused",
          "[certificate]") {
    Program program;
    const auto a = program.var<int>("a");
    program.add_thread("s", [=](Thread& t) { t.store(a, static_cast<int>(t.choose(2))); });
    program.add_thread("t", [=](Thread& t) { (void)t.load(a); });
    for (const Reductions reductions : {Reductions{.choose = true, .merge = false}, Reductions{.choose = false}}) {
        KeptStates kept(program, false);
        const StateObserver observer = kept.observer();
        SearchOptions options;
        options.reductions = reductions;
        options.reductions.symmetry = false;
        options.observer = &observer;
        REQUIRE(search(program, options).verdict == Verdict::holds);
        CHECK_FALSE(verify(program, certificate::make(program, kept, false, "a test")).fault.empty());
    }
}
