// SPDX-License-Identifier: GPL-2.0-only
// Generated programs as data: a list of instructions for each thread, over a few shared cells and each thread's own
// registers. generate.hpp makes them from a seed, interpret.hpp turns them into a checker::Program.
#pragma once

#include "checker/program.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace generated {

/// What an instruction does. In comments: v, w variables; r its register; k, j its constants; f a flag bit; m a lock; p the
/// plain variable whose number is f's.
enum class Code : std::uint8_t {
    load,             ///< r = v
    store,            ///< v = k
    store_register,   ///< v = r
    exchange,         ///< r = xchg(v, k)
    compare_exchange, ///< r = cmpxchg(v, k, j)
    add,              ///< v += k, and nobody looks
    add_return,       ///< r = (v += k)
    set_flag,         ///< f = 1
    clear_flag,       ///< f = 0
    test_flag,        ///< r = f
    test_and_set,     ///< r = f, f = 1
    test_and_clear,   ///< r = f, f = 0
    plain_read,       ///< r = p, which nothing synchronises
    plain_write,      ///< p = k
    lock,             ///< block { lock(m); ...; unlock(m) }
    trylock,          ///< block { if (trylock(m)) { ...; unlock(m) } }, r = whether
    read_lock,        ///< as lock, of the reader-writer lock
    read_trylock,     ///< as trylock
    write_lock,       ///< as lock
    write_trylock,    ///< as trylock
    wait_either,      ///< wait until v == k or w == j
    choose,           ///< r = one of 0 .. k
    swap_cells,       ///< v and w change places, in one step
    copy_if,          ///< in one step: if v == k then w = j; r = the old w
    spill,            ///< in one step: w = v, v = 0; nothing returned
    write_section,    ///< block between write_seqcount_begin and _end
    arithmetic,       ///< r = (r + k) mod 4: no step
    assertion,        ///< check(r != k): no step
    if_equal,         ///< block { if (r == k) ... }
    call,             ///< r = call of the block with a copy of all registers, which returns what it found in r
    repeat,           ///< block { at most j times, with a forget each: ...; ends early when r == k }
    spin_trylock,     ///< retries, with a forget each, until trylock(m); then block and unlock(m)
    spin_until,       ///< block { retries, with a forget each: ..., r = v; until r == k }
    spin_flag,        ///< retries, with a forget each, until f is set
    spin_choose,      ///< retries, with a forget each: r = one of 0 .. k; until r is j, which it may never be
    spin_increment,   ///< retries, with a forget each, until v is changed to (v + 1) mod 4 by cmpxchg; r = the old v
    sequence_read,    ///< retries, with a forget each, until v and w are read with no writer inside; r = v + w mod 4
};

struct Instruction {
    Code code = Code::load;
    std::uint8_t variable = 0;       ///< v
    std::uint8_t other_variable = 0; ///< w
    std::uint8_t bit = 0;            ///< of the flag f, or which lock m is
    std::uint8_t reg = 0;            ///< r
    std::uint8_t constant = 0;       ///< k
    std::uint8_t other_constant = 0; ///< j
    std::uint8_t length = 0;         ///< instructions of the block, which follow this one
};

inline constexpr unsigned register_count = 4;
inline constexpr unsigned variable_count = 3;
inline constexpr unsigned flag_count = 2;
/// Unsynchronised ones; only programs that access them have them.
inline constexpr unsigned plain_count = 2;
/// Two locks in cells of their own, and one that is a bit beside the flags.
inline constexpr unsigned lock_count = 3;
/// Loops in each other, each with a counter.
inline constexpr unsigned loop_depth = 2;

/// The cells, in order of creation: the variables, then these.
enum CellIndex : std::uint8_t {
    flags_cell = variable_count,
    rwlock_cell,
    sequence_cell,
    first_lock_cell,
    first_plain_cell = first_lock_cell + 2
};

/// Everything that a thread has beside its place in the code. All of it is listed at a forget.
struct Locals {
    std::array<std::uint8_t, register_count> registers{};
    std::array<std::uint8_t, loop_depth> counters{};
};

struct ThreadCode {
    std::vector<Instruction> code;
    bool daemon = false;
    unsigned copies = 1; ///< threads that differ in nothing
};

/// A condition on two cells (indices into the program's cells).
struct Condition {
    enum class Form : std::uint8_t { both_equal, sum_at_most };
    checker::PropertyKind kind = checker::PropertyKind::always;
    Form form = Form::both_equal;
    std::uint8_t cell = 0;
    std::uint8_t other_cell = 0;
    std::uint8_t constant = 0;
    std::uint8_t other_constant = 0;
};

struct GeneratedProgram {
    std::uint64_t seed = 0;
    std::vector<ThreadCode> threads;
    std::vector<Condition> conditions;
    std::array<std::uint8_t, variable_count> initial{};
    std::uint8_t initial_flags = 0;
    bool has_forget = false;       ///< some loop, bounded or not
    bool has_endless_loop = false; ///< the tree of its schedules may be infinite
    bool has_plain = false;        ///< some accesses are not synchronised
};

} // namespace generated
