// SPDX-License-Identifier: GPL-2.0-only
// A message is written and a flag raised. The reader looks at the flag, but does not wait for it.
#include "checker/describe.hpp"
#include "checker/thread.hpp"

#include <iostream>

using namespace checker;

struct Mailbox {
    Plain<int> message; // Nothing synchronises it by itself.
    Var<bool> is_full;
};

void put(Thread& t, const Mailbox& box) {
    t.write(box.message, 42);
    t.store(box.is_full, true, "store_release", Order::release);
}

void get(Thread& t, const Mailbox& box) {
    const bool is_full = t.load(box.is_full, "load_acquire", Order::acquire);
    const int message = t.read(box.message); // before it asks whether there is one
    if (is_full) t.check(message == 42, "the message has arrived");
}

int main() {
    Program program;
    const Mailbox box{program.plain<int>("message"), program.var<bool>("is full")};
    program.add_thread("writer", [=](Thread& t) { put(t, box); });
    program.add_thread("reader", [=](Thread& t) { get(t, box); });
    const SearchResult result = search(program, {});
    std::cout << describe(program, result);
    return result.verdict == Verdict::violated ? 0 : 1;
}
