// SPDX-License-Identifier: GPL-2.0-only
// Two transfers between two accounts, each of which locks where the money comes from before where it goes to.
#include "checker/describe.hpp"
#include "checker/thread.hpp"

#include <iostream>

using namespace checker;

struct Account {
    Mutex lock;
    Plain<int> money;
};

void transfer(Thread& t, const Account& from, const Account& to) {
    t.lock(from.lock);
    t.lock(to.lock);
    t.write(from.money, t.read(from.money) - 1);
    t.write(to.money, t.read(to.money) + 1);
    t.unlock(to.lock);
    t.unlock(from.lock);
}

int main() {
    Program program;
    const Account alice{program.mutex("alice's lock"), program.plain<int>("alice's money")};
    const Account bob{program.mutex("bob's lock"), program.plain<int>("bob's money")};
    program.add_thread("there", [=](Thread& t) { transfer(t, alice, bob); });
    program.add_thread("back", [=](Thread& t) { transfer(t, bob, alice); });
    const SearchResult result = search(program, {});
    std::cout << describe(program, result);
    return result.verdict == Verdict::violated ? 0 : 1;
}
