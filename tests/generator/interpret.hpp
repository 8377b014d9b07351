// SPDX-License-Identifier: GPL-2.0-only
// Makes a checker::Program of a generated one: one body, an interpreter, runs every thread's instructions on its fiber.
#pragma once

#include "checker/thread.hpp"
#include "tests/generator/code.hpp"

namespace generated {

using checker::CellId;
using checker::Cells;
using checker::Flag;
using checker::Mutex;
using checker::Program;
using checker::RwLock;
using checker::SeqCount;
using checker::Thread;
using checker::Var;
using checker::View;
using checker::Word;

/// What an activation of the interpreter needs beside its locals; the same for all of a thread.
struct Context {
    Thread& thread;
    const Instruction* code;
    std::uint8_t left_out; ///< bit set of registers that a forget wrongly leaves out of what is live
};

inline Var<Word> variable(std::uint8_t index) { return {CellId{index}}; }
inline Flag flag_of(const Instruction& i) { return {CellId{flags_cell}, Word{1} << i.bit}; }
inline Mutex lock_of(const Instruction& i) {
    if (i.bit + 1 == lock_count) return {CellId{flags_cell}, Word{1} << flag_count};
    return {CellId{static_cast<std::uint16_t>(first_lock_cell + i.bit)}, 1};
}
inline checker::Plain<Word> plain_of(const Instruction& i) {
    return {CellId{static_cast<std::uint16_t>(first_plain_cell + i.bit)}};
}
inline RwLock rwlock() { return {CellId{rwlock_cell}}; }
inline SeqCount sequence() { return {CellId{sequence_cell}}; }
inline std::uint8_t byte(Word value) { return static_cast<std::uint8_t>(value); }

void run(Context& c, Locals& l, std::uint8_t begin, std::uint8_t end);

/// What Thread::call calls: its own copy of the locals, of which one register goes back to the caller.
inline std::uint8_t called(Context& c, std::uint8_t begin, std::uint8_t end, std::uint8_t result, Locals locals) {
    run(c, locals, begin, end);
    return locals.registers[result];
}

inline void forget(Context& c, const char* loop, std::uint8_t at, const Locals& l) {
    Locals live = l;
    for (unsigned reg = 0; reg < register_count; ++reg) {
        if ((c.left_out >> reg & 1) != 0) live.registers[reg] = 0;
    }
    c.thread.forget(loop, at, live);
}

inline void check(Thread& t, const Instruction& i, std::uint8_t value) {
    const bool holds = value != i.constant;
    switch (i.variable) {
    case 0: return t.check(holds, "zero");
    case 1: return t.check(holds, "one");
    default: return t.check(holds, "two");
    }
}

/// Instructions that are one step, or none.
inline void run_simple(Context& c, Locals& l, const Instruction& i) {
    Thread& t = c.thread;
    std::uint8_t& r = l.registers[i.reg];
    const Var<Word> v = variable(i.variable);
    switch (i.code) {
    case Code::load: r = byte(t.load(v)); break;
    case Code::store: t.store(v, i.constant); break;
    case Code::store_register: t.store(v, r); break;
    case Code::exchange: r = byte(t.exchange(v, i.constant)); break;
    case Code::compare_exchange: r = byte(t.compare_exchange(v, i.constant, i.other_constant)); break;
    case Code::add: t.add(v, i.constant + 1U); break;
    case Code::add_return: r = byte(t.add_return(v, i.constant + 1U)); break;
    case Code::set_flag: t.set(flag_of(i)); break;
    case Code::clear_flag: t.clear(flag_of(i)); break;
    case Code::test_flag: r = t.test(flag_of(i)) ? 1 : 0; break;
    case Code::test_and_set: r = t.test_and_set(flag_of(i)) ? 1 : 0; break;
    case Code::test_and_clear: r = t.test_and_clear(flag_of(i)) ? 1 : 0; break;
    case Code::plain_read: r = byte(t.read(plain_of(i))); break;
    case Code::plain_write: t.write(plain_of(i), i.constant); break;
    case Code::choose: r = static_cast<std::uint8_t>(t.choose(i.constant + 1U)); break;
    case Code::arithmetic: r = (r + i.constant) & 3; break;
    case Code::assertion: check(t, i, r); break;
    default: break;
    }
}

/// Instructions over several cells.
inline void run_atomic(Context& c, Locals& l, const Instruction& i) {
    const CellId v{i.variable};
    const CellId w{i.other_variable};
    const checker::Where here = checker::Where::here();
    switch (i.code) {
    case Code::wait_either:
        c.thread.wait_until(
            "wait_either",
            [](const View& view, CellId a, Word k, CellId b, Word j) { return view[a] == k || view[b] == j; }, here, v,
            Word{i.constant}, w, Word{i.other_constant});
        break;
    case Code::swap_cells:
        c.thread.atomic(
            "swap_cells",
            [](Cells& cells, CellId a, CellId b) {
                const Word old = cells.get(a);
                cells.set(a, cells.get(b));
                cells.set(b, old);
            },
            here, v, w);
        break;
    case Code::copy_if:
        l.registers[i.reg] = c.thread.atomic(
            "copy_if",
            [](Cells& cells, CellId a, Word k, CellId b, Word j) {
                const Word old = cells.get(b);
                if (cells.get(a) == k) cells.set(b, j);
                return static_cast<std::uint8_t>(old);
            },
            here, v, Word{i.constant}, w, Word{i.other_constant});
        break;
    case Code::spill:
        c.thread.atomic(
            "spill",
            [](Cells& cells, CellId a, CellId b) {
                cells.set(b, cells.get(a));
                cells.set(a, 0);
            },
            here, v, w);
        break;
    default: run_simple(c, l, i); break;
    }
}

/// Blocks within a lock or a sequence count's writer.
inline void run_locked(Context& c, Locals& l, const Instruction& i, std::uint8_t begin, std::uint8_t end) {
    Thread& t = c.thread;
    std::uint8_t& r = l.registers[i.reg];
    switch (i.code) {
    case Code::lock: t.lock(lock_of(i)); break;
    case Code::read_lock: t.read_lock(rwlock()); break;
    case Code::write_lock: t.write_lock(rwlock()); break;
    case Code::write_section: t.write_seqcount_begin(sequence()); break;
    case Code::trylock: r = t.trylock(lock_of(i)) ? 1 : 0; break;
    case Code::read_trylock: r = t.read_trylock(rwlock()) ? 1 : 0; break;
    default: r = t.write_trylock(rwlock()) ? 1 : 0; break;
    }
    const bool tried = i.code == Code::trylock || i.code == Code::read_trylock || i.code == Code::write_trylock;
    if (tried && r == 0) return;
    run(c, l, begin, end);
    switch (i.code) {
    case Code::lock:
    case Code::trylock: return t.unlock(lock_of(i));
    case Code::read_lock:
    case Code::read_trylock: return t.read_unlock(rwlock());
    case Code::write_section: return t.write_seqcount_end(sequence());
    default: return t.write_unlock(rwlock());
    }
}

/// Loops whose number of rounds has no bound.
inline void run_endless(Context& c, Locals& l, const Instruction& i, std::uint8_t begin, std::uint8_t end) {
    Thread& t = c.thread;
    std::uint8_t& r = l.registers[i.reg];
    const Var<Word> v = variable(i.variable);
    switch (i.code) {
    case Code::spin_trylock:
        do forget(c, "spin_trylock", begin, l);
        while (!t.trylock(lock_of(i)));
        run(c, l, begin, end);
        t.unlock(lock_of(i));
        break;
    case Code::spin_until:
        do {
            forget(c, "spin_until", begin, l);
            run(c, l, begin, end);
            r = byte(t.load(v));
        } while (r != i.constant);
        break;
    case Code::spin_flag:
        do forget(c, "spin_flag", begin, l);
        while (!t.test(flag_of(i)));
        break;
    case Code::spin_choose:
        do {
            forget(c, "spin_choose", begin, l);
            r = static_cast<std::uint8_t>(t.choose(i.constant + 1U));
        } while (r != i.other_constant);
        break;
    case Code::spin_increment:
        do {
            forget(c, "spin_increment", begin, l);
            r = byte(t.load(v));
        } while (t.compare_exchange(v, r, (r + 1U) & 3) != r);
        break;
    default:
        for (;;) {
            forget(c, "sequence_read", begin, l);
            const Word start = t.read_seqcount(sequence());
            if ((start & 1) != 0) continue;
            r = byte(t.load(v));
            r = (r + t.load(variable(i.other_variable))) & 3;
            if (!t.read_seqcount_retry(sequence(), start)) break;
        }
        break;
    }
}

inline void run_repeat(Context& c, Locals& l, const Instruction& i, std::uint8_t begin, std::uint8_t end) {
    std::uint8_t& counter = l.counters[0] == 0 ? l.counters[0] : l.counters[1];
    counter = 1;
    do {
        forget(c, "repeat", begin, l);
        run(c, l, begin, end);
    } while (counter++ != i.other_constant && l.registers[i.reg] != i.constant);
    counter = 0;
}

inline void run_block(Context& c, Locals& l, const Instruction& i, std::uint8_t begin, std::uint8_t end) {
    switch (i.code) {
    case Code::if_equal:
        if (l.registers[i.reg] == i.constant) run(c, l, begin, end);
        break;
    case Code::call: l.registers[i.reg] = c.thread.call<called>(c, begin, end, i.reg, l); break;
    case Code::repeat: run_repeat(c, l, i, begin, end); break;
    case Code::spin_trylock:
    case Code::spin_until:
    case Code::spin_flag:
    case Code::spin_choose:
    case Code::spin_increment:
    case Code::sequence_read: run_endless(c, l, i, begin, end); break;
    default: run_locked(c, l, i, begin, end); break;
    }
}

inline bool is_one_step(Code code) {
    return code < Code::lock || code == Code::wait_either || code == Code::choose || code == Code::swap_cells ||
           code == Code::copy_if || code == Code::spill || code == Code::arithmetic || code == Code::assertion;
}

inline void run(Context& c, Locals& l, std::uint8_t begin, std::uint8_t end) {
    for (std::uint8_t at = begin; at < end; ++at) {
        const Instruction& i = c.code[at];
        if (is_one_step(i.code)) {
            run_atomic(c, l, i);
            continue;
        }
        const auto first = static_cast<std::uint8_t>(at + 1);
        const auto last = static_cast<std::uint8_t>(first + i.length);
        run_block(c, l, i, first, last);
        at = static_cast<std::uint8_t>(last - 1);
    }
}

inline bool is_true(const Condition& condition, const View& view) {
    const Word a = view[CellId{condition.cell}];
    const Word b = view[CellId{condition.other_cell}];
    if (condition.form == Condition::Form::sum_at_most) return a + b <= condition.constant + condition.other_constant;
    const bool both = a == condition.constant && b == condition.other_constant;
    // What shall never be, and what shall be seen once.
    return condition.kind == checker::PropertyKind::sometimes ? both : !both;
}

/// `generated` outlives the program. `left_out`: bit set of the registers that every forget wrongly leaves out.
inline Program build(const GeneratedProgram& generated, std::uint8_t left_out = 0) {
    Program program;
    for (unsigned v = 0; v < variable_count; ++v) program.add_cell("v" + std::to_string(v), generated.initial[v]);
    for (const char* name : {"flags", "rwlock", "sequence", "lock 0", "lock 1"}) program.add_cell(name);
    program.set_initial(CellId{flags_cell}, generated.initial_flags);
    for (std::uint8_t lock = 0; lock < lock_count; ++lock) {
        Instruction instruction{};
        instruction.bit = lock;
        program.add_lock(lock_of(instruction));
    }
    program.add_lock({rwlock().cell, ~Word{0}});
    for (unsigned p = 0; generated.has_plain && p < plain_count; ++p) program.plain<Word>("p" + std::to_string(p));
    for (const ThreadCode& thread : generated.threads) {
        const auto body = [&thread, left_out](Thread& t) {
            Context context{t, thread.code.data(), left_out};
            Locals locals;
            run(context, locals, 0, static_cast<std::uint8_t>(thread.code.size()));
        };
        const std::string name = "t" + std::to_string(program.threads().size());
        if (thread.copies == 1)
            program.add_thread(name, body, thread.daemon);
        else
            program.add_threads(name, thread.copies, body, thread.daemon);
    }
    for (const Condition& condition : generated.conditions) {
        const char* const kinds[] = {"always ", "at-end ", "sometimes "};
        checker::Property property;
        property.name = kinds[static_cast<unsigned>(condition.kind)] + std::to_string(program.properties().size());
        property.kind = condition.kind;
        property.footprint = {CellId{condition.cell}, CellId{condition.other_cell}};
        property.holds = [condition](const View& view) { return is_true(condition, view); };
        program.add_property(std::move(property));
    }
    return program;
}

} // namespace generated
