// SPDX-License-Identifier: GPL-2.0-only
// Classical programs of the literature on partial-order reduction, each with the number of Mazurkiewicz traces that it is
// known by. tests/checker_classic_test.cpp asserts the counts.
#pragma once

#include "checker/program.hpp"
#include "checker/thread.hpp"

#include <string>
#include <vector>

namespace classic {

using checker::Mutex;
using checker::Program;
using checker::Thread;
using checker::Var;

inline std::string name(const char* what, unsigned number) { return std::string(what) + " " + std::to_string(number); }

/// The variables lie side by side, so that a thread can compute which one it means.
template <class T>
Var<T> element(Var<T> first, unsigned index) {
    return {checker::CellId{static_cast<std::uint16_t>(first.cell.index + index)}};
}
inline Mutex element(Mutex first, unsigned index) {
    return {checker::CellId{static_cast<std::uint16_t>(first.cell.index + index)}, first.mask};
}
inline Var<unsigned> array(Program& program, const char* what, unsigned size) {
    const Var<unsigned> first = program.var<unsigned>(name(what, 0));
    for (unsigned i = 1; i < size; ++i) program.var<unsigned>(name(what, i));
    return first;
}
inline Mutex mutexes(Program& program, const char* what, unsigned size) {
    const Mutex first = program.mutex(name(what, 0));
    for (unsigned i = 1; i < size; ++i) program.mutex(name(what, i));
    return first;
}

/// One thread stores, n threads load: 2^n.
inline Program readers(unsigned n) {
    Program program;
    const Var<unsigned> x = program.var<unsigned>("x");
    program.add_thread("writer", [x](Thread& t) { t.store(x, 42); });
    for (unsigned i = 0; i < n; ++i) program.add_thread(name("reader", i), [x](Thread& t) { t.load(x); });
    return program;
}

/// The reader looks for the last zero of an array; writer j stores to element j one more than element j-1 holds.
inline Program lastzero(unsigned n) {
    Program program;
    const Var<unsigned> a = array(program, "a", n + 1);
    program.add_thread("reader", [a, n](Thread& t) {
        unsigned i = n;
        do t.forget("search", i);
        while (t.load(element(a, i)) != 0 && i-- != 0);
    });
    for (unsigned j = 1; j <= n; ++j)
        program.add_thread(name("writer", j),
                           [a, j](Thread& t) { t.store(element(a, j), t.load(element(a, j - 1)) + 1); });
    return program;
}

/// Each of n threads inserts four values into a hash table, each entry of which has its lock.
inline Program indexer(unsigned n) {
    constexpr unsigned size = 128;
    Program program;
    const Var<unsigned> table = array(program, "table", size);
    const Mutex locks = mutexes(program, "lock", size);
    for (unsigned thread = 0; thread < n; ++thread) {
        program.add_thread(name("inserter", thread), [=](Thread& t) {
            for (unsigned m = 1; m <= 4; ++m) {
                const unsigned value = 11 * m + thread;
                for (unsigned h = 7 * value % size;; h = (h + 1) % size) {
                    t.lock(element(locks, h));
                    const bool is_free = t.load(element(table, h)) == 0;
                    if (is_free) t.store(element(table, h), value);
                    t.unlock(element(locks, h));
                    if (is_free) break;
                }
            }
        });
    }
    return program;
}

/// Each of n threads looks for a free block for its inode, with a lock for each inode and each block.
inline Program filesystem(unsigned n) {
    constexpr unsigned inodes = 32;
    constexpr unsigned blocks = 26;
    Program program;
    const Var<unsigned> inode = array(program, "inode", inodes);
    const Var<unsigned> busy = array(program, "busy", blocks);
    const Mutex inode_locks = mutexes(program, "inode lock", inodes);
    const Mutex block_locks = mutexes(program, "block lock", blocks);
    for (unsigned thread = 0; thread < n; ++thread) {
        program.add_thread(name("creator", thread), [=](Thread& t) {
            const unsigned i = thread % inodes;
            t.lock(element(inode_locks, i));
            if (t.load(element(inode, i)) == 0) {
                unsigned b = 2 * i % blocks;
                for (unsigned tries = 0; tries < 10; ++tries) {
                    t.lock(element(block_locks, b));
                    const bool is_free = t.load(element(busy, b)) == 0;
                    if (is_free) {
                        t.store(element(busy, b), 1);
                        t.store(element(inode, i), b + 1);
                    }
                    t.unlock(element(block_locks, b));
                    if (is_free) break;
                    b = (b + 1) % blocks;
                }
            }
            t.unlock(element(inode_locks, i));
        });
    }
    return program;
}

/// n threads: a compare-and-swap, then a store.
inline Program casw(unsigned n) {
    Program program;
    const Var<unsigned> x = program.var<unsigned>("x");
    for (unsigned k = 0; k < n; ++k) {
        program.add_thread(name("t", k), [x, k](Thread& t) {
            t.compare_exchange(x, 0, 1);
            t.store(x, k + 3);
        });
    }
    return program;
}

/// Two threads add the variables of each other to their own, n times; a third looks at both.
inline Program fib_bench(unsigned n) {
    Program program;
    const Var<unsigned> i = program.var<unsigned>("i", 1);
    const Var<unsigned> j = program.var<unsigned>("j", 1);
    const auto add_up = [n](Thread& t, Var<unsigned> own, Var<unsigned> other) {
        for (unsigned round = 0; round < n; ++round) {
            t.forget("round", round);
            const unsigned a = t.load(own);
            t.store(own, a + t.load(other));
        }
    };
    program.add_thread("i", [=](Thread& t) { add_up(t, i, j); });
    program.add_thread("j", [=](Thread& t) { add_up(t, j, i); });
    program.add_thread("main", [=](Thread& t) {
        t.load(i);
        t.load(j);
    });
    return program;
}

/// n threads each add 1 to x, and nobody looks.
inline Program ainc(unsigned n) {
    Program program;
    const Var<unsigned> x = program.var<unsigned>("x");
    for (unsigned i = 0; i < n; ++i) program.add_thread(name("t", i), [x](Thread& t) { t.add(x, 1); });
    return program;
}

} // namespace classic
