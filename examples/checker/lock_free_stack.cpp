// SPDX-License-Identifier: GPL-2.0-only
// Treiber's lock-free stack, without and with a counter in its head. Its nodes have numbers; 0 is no node.
#include "checker/describe.hpp"
#include "checker/thread.hpp"

#include <array>
#include <iostream>

using namespace checker;

struct Head {
    unsigned top = 0;
    unsigned version = 0;
    bool operator==(const Head&) const = default;
};
std::string describe(Head head) { return "node " + std::to_string(head.top) + " v" + std::to_string(head.version); }

struct Stack {
    unsigned increment; // of the version, with every change of the head: 0 in the broken stack
    Var<Head> head;
    std::array<Var<unsigned>, 3> next;
    std::array<Var<bool>, 3> in_use; // no part of the algorithm: by this we see that it is wrong
};

struct User {
    Thread& thread;
    const Stack& stack;
};

unsigned pop(User& user) {
    auto& [t, stack] = user;
    for (;;) {
        t.forget("pop"); // Nothing that an earlier round saw matters any more.
        const Head head = t.load(stack.head);
        if (head.top == 0) return 0;
        const unsigned next = t.load(stack.next[head.top]);
        const Head popped{next, head.version + stack.increment};
        if (t.compare_exchange(stack.head, head, popped) != head) continue;
        const bool had_a_user = t.exchange(stack.in_use[head.top], true);
        t.check(!had_a_user, "a popped node is in nobody else's use");
        return head.top;
    }
}

void push(User& user, unsigned node) {
    auto& [t, stack] = user;
    t.store(stack.in_use[node], false);
    for (;;) {
        t.forget("push");
        const Head head = t.load(stack.head);
        t.store(stack.next[node], head.top);
        if (t.compare_exchange(stack.head, head, Head{node, head.version + stack.increment}) == head) return;
    }
}

Verdict check(unsigned increment) {
    Program program;
    Stack stack{increment, program.var("head", Head{1, 0}), {}, {}};
    for (unsigned node = 0; node < 3; ++node) {
        stack.next[node] = program.var("next of " + std::to_string(node), node == 1 ? 2U : 0U);
        stack.in_use[node] = program.var("in use: " + std::to_string(node), false);
    }
    program.add_thread("one", [stack](Thread& t) {
        User user{t, stack};
        t.call<pop>(user);
    });
    program.add_thread("two", [stack](Thread& t) {
        User user{t, stack};
        const unsigned first = t.call<pop>(user);
        t.call<pop>(user);
        if (first != 0) t.call<push>(user, first);
        t.call<pop>(user);
    });
    const SearchResult result = search(program, {});
    std::cout << describe(program, result);
    return result.verdict;
}

int main() {
    const bool broken_fails = check(0) == Verdict::violated;
    std::cout << "\nwith a version in its head:\n";
    return broken_fails && check(1) == Verdict::holds ? 0 : 1;
}
