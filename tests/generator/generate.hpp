// SPDX-License-Identifier: GPL-2.0-only
// From a seed to a program. The same seed gives the same program everywhere: the generator is splitmix64, not the standard
// library's.
#pragma once

#include "tests/generator/code.hpp"

#include <initializer_list>
#include <span>

namespace generated {

class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
        return z ^ (z >> 31);
    }
    std::uint8_t below(unsigned bound) { return static_cast<std::uint8_t>(next() % bound); }
    bool one_in(unsigned n) { return next() % n == 0; }

private:
    std::uint64_t state_;
};

/// What programs to generate.
struct Shape {
    bool endless_loops = false;  ///< retry loops that only another thread's step may end
    bool plain_accesses = false; ///< some accesses are plain, most of those in a lock or after a flag
    bool more_forgets = false;   ///< most threads have loops, and use across them what they saw before
    bool alike = false;          ///< some threads differ in nothing
    unsigned steps = 14;         ///< about how many visible steps all threads together take
};

class Generator {
public:
    Generator(std::uint64_t seed, const Shape& shape) : random_(seed), shape_(shape) { program_.seed = seed; }

    GeneratedProgram generate() {
        static constexpr std::uint8_t counts[] = {2, 2, 2, 3, 3, 4};
        const unsigned threads = counts[random_.below(std::size(counts))];
        if (shape_.plain_accesses) synchronisation_ = static_cast<Synchronisation>(random_.below(4));
        for (unsigned thread = 0; thread < threads; ++thread) program_.threads.push_back(thread_code(threads));
        if (shape_.alike) {
            program_.threads.resize(2 + threads % 2);
            program_.threads.front().copies = 2;
            if (threads == 4) program_.threads[1].copies = 2;
        }
        for (std::uint8_t& value : program_.initial) value = random_.one_in(4) ? random_.below(3) : std::uint8_t{0};
        program_.initial_flags = random_.below(1U << flag_count);
        const unsigned conditions = 1 + random_.below(3);
        for (unsigned i = 0; i < conditions; ++i) program_.conditions.push_back(condition());
        return std::move(program_);
    }

private:
    using Block = std::vector<Instruction>;
    static constexpr unsigned max_depth = 3; ///< of blocks in each other

    ThreadCode thread_code(unsigned threads) {
        ThreadCode thread;
        const unsigned share = shape_.steps / threads;
        budget_ = static_cast<int>(share - share / 3 + random_.below(share / 2 + 1));
        fill(thread.code, 0, false);
        if (thread.code.empty()) emit(thread.code, simple_of({Code::store, Code::load}));
        thread.daemon = random_.one_in(12);
        return thread;
    }

    /// Appends instructions until the budget of steps is used up; to a block at least one, and then at random some more.
    void fill(Block& out, unsigned depth, bool in_endless_loop) {
        if (depth == 0 && shape_.more_forgets) remember_across_a_loop(out);
        if (depth == 0 && shape_.endless_loops && random_.one_in(3)) endless_loop(out, depth, in_endless_loop);
        if (depth > 0) instruction(out, depth, in_endless_loop);
        while (budget_ > 0 && (depth == 0 || random_.one_in(2))) instruction(out, depth, in_endless_loop);
    }

    /// The pattern that a wrong forget gets wrong: look, pass a loop's head, use what was seen.
    void remember_across_a_loop(Block& out) {
        Instruction seen = simple_of({Code::load, Code::add_return, Code::exchange, Code::test_and_set, Code::choose});
        emit(out, seen);
        Instruction loop = operands(Code::repeat);
        loop.other_constant = 1;
        Block body;
        emit(body, simple_of({Code::load, Code::store, Code::store_register, Code::set_flag}));
        close(out, loop, body);
        Instruction used = operands(random_.one_in(3) ? Code::assertion : Code::store_register);
        used.reg = seen.reg;
        emit(out, used);
    }

    void instruction(Block& out, unsigned depth, bool in_endless_loop) {
        const unsigned kind = random_.below(32);
        const bool has_room = depth < max_depth && budget_ > 1;
        if (shape_.plain_accesses && kind < 14 && random_.one_in(2)) return plain_access(out);
        if (kind < 14) return emit(out, simple(in_endless_loop));
        if (kind < 17) return emit(out, operands(random_.one_in(2) ? Code::assertion : Code::arithmetic));
        if (kind < 19) return emit(out, operands(random_.one_in(2) ? Code::wait_either : Code::choose));
        if (!has_room) return emit(out, simple(in_endless_loop));
        if (kind < 23) return locked(out, depth, in_endless_loop);
        if (kind < 25) return block(out, operands(Code::if_equal), depth, in_endless_loop);
        if (kind < 28) return block(out, operands(Code::call), depth, in_endless_loop);
        if (kind < 30 || !shape_.endless_loops) return loop(out, depth, in_endless_loop);
        endless_loop(out, depth, in_endless_loop);
    }

    /// Without synchronisation, or with what the program has chosen, seldom forgotten.
    void plain_access(Block& out) {
        program_.has_plain = true;
        Instruction access = simple_of({Code::plain_read, Code::plain_write});
        const bool is_careful = !random_.one_in(12);
        Instruction guard = operands(Code::lock);
        guard.bit = access.bit;
        switch (is_careful ? synchronisation_ : Synchronisation::none) {
        case Synchronisation::none: return emit(out, access);
        case Synchronisation::lock: break;
        case Synchronisation::rwlock:
            guard.code = access.code == Code::plain_read ? Code::read_lock : Code::write_lock;
            break;
        case Synchronisation::flag:
            if (program_.threads.empty()) {
                access.code = Code::plain_write;
                emit(out, access);
                guard.code = Code::set_flag;
                return emit(out, guard);
            }
            guard.code = Code::test_flag;
            emit(out, guard);
            guard.code = Code::if_equal;
            guard.constant = 1;
            break;
        }
        Block body;
        emit(body, access);
        close(out, guard, body);
        budget_ -= 1;
    }

    Instruction simple(bool in_endless_loop) {
        // What grows without bound must not be repeated without bound.
        if (in_endless_loop) return simple_of({Code::load, Code::store, Code::store_register, Code::exchange});
        return simple_of({Code::load, Code::load, Code::store, Code::store_register, Code::exchange,
                          Code::compare_exchange, Code::add, Code::add, Code::add_return, Code::set_flag,
                          Code::clear_flag, Code::test_flag, Code::test_and_set, Code::test_and_clear, Code::swap_cells,
                          Code::copy_if, Code::spill});
    }
    Instruction simple_of(std::initializer_list<Code> codes) {
        return operands(codes.begin()[random_.below(static_cast<unsigned>(codes.size()))]);
    }
    Instruction operands(Code code) {
        Instruction instruction;
        instruction.code = code;
        instruction.variable = random_.below(variable_count);
        instruction.other_variable =
            static_cast<std::uint8_t>((instruction.variable + 1 + random_.below(variable_count - 1)) % variable_count);
        instruction.bit = random_.below(flag_count);
        instruction.reg = random_.below(register_count);
        instruction.constant = random_.below(3);
        instruction.other_constant = static_cast<std::uint8_t>(1 + random_.below(2));
        if (code == Code::choose || code == Code::spin_choose)
            instruction.constant = static_cast<std::uint8_t>(1 + random_.below(2));
        // Seldom a value that is never chosen.
        if (code == Code::spin_choose && !random_.one_in(4)) instruction.other_constant = instruction.constant;
        return instruction;
    }

    void locked(Block& out, unsigned depth, bool in_endless_loop) {
        Instruction head = simple_of({Code::lock, Code::lock, Code::lock, Code::trylock, Code::trylock, Code::read_lock,
                                      Code::read_trylock, Code::write_lock, Code::write_trylock, Code::write_section});
        if (head.code == Code::write_section && in_endless_loop) head.code = Code::lock;
        head.bit = random_.below(lock_count);
        budget_ -= 1;
        block(out, head, depth, in_endless_loop);
    }
    void loop(Block& out, unsigned depth, bool in_endless_loop) {
        if (loops_ == loop_depth) return emit(out, simple(in_endless_loop));
        program_.has_forget = true;
        ++loops_;
        block(out, operands(Code::repeat), depth, in_endless_loop);
        --loops_;
    }
    void endless_loop(Block& out, unsigned depth, bool in_endless_loop) {
        program_.has_forget = program_.has_endless_loop = true;
        Instruction head = simple_of({Code::spin_trylock, Code::spin_until, Code::spin_until, Code::spin_until,
                                      Code::spin_flag, Code::spin_choose, Code::spin_increment, Code::sequence_read});
        if (head.code == Code::spin_until) return block(out, head, depth, true);
        if (head.code != Code::spin_trylock) return emit(out, head);
        head.bit = random_.below(lock_count);
        block(out, head, depth, in_endless_loop);
    }
    void block(Block& out, const Instruction& head, unsigned depth, bool in_endless_loop) {
        Block body;
        budget_ -= 1;
        fill(body, depth + 1, in_endless_loop);
        close(out, head, body);
    }
    void close(Block& out, Instruction head, const Block& body) {
        if (head.code == Code::repeat) program_.has_forget = true;
        head.length = static_cast<std::uint8_t>(body.size());
        out.push_back(head);
        out.insert(out.end(), body.begin(), body.end());
    }
    void emit(Block& out, const Instruction& instruction) {
        out.push_back(instruction);
        if (instruction.code != Code::arithmetic && instruction.code != Code::assertion) budget_ -= 1;
    }

    Condition condition() {
        using checker::PropertyKind;
        static constexpr PropertyKind kinds[] = {PropertyKind::always, PropertyKind::always, PropertyKind::at_end,
                                                 PropertyKind::sometimes};
        Condition condition;
        condition.kind = kinds[random_.below(4)];
        condition.form = random_.one_in(4) ? Condition::Form::sum_at_most : Condition::Form::both_equal;
        // Seldom one of the cells of flags and locks, which follow the variables.
        const unsigned cells = random_.one_in(4) ? unsigned{sequence_cell} : variable_count;
        condition.cell = random_.below(cells);
        condition.other_cell = static_cast<std::uint8_t>((condition.cell + 1 + random_.below(cells - 1)) % cells);
        condition.constant = static_cast<std::uint8_t>(random_.below(3));
        condition.other_constant = static_cast<std::uint8_t>(1 + random_.below(2));
        return condition;
    }

    /// What orders a program's plain accesses. By flag: the first thread raises it after each access, the others look.
    enum class Synchronisation : std::uint8_t { none, lock, rwlock, flag };

    Random random_;
    Shape shape_;
    Synchronisation synchronisation_ = Synchronisation::none;
    GeneratedProgram program_;
    int budget_ = 0;
    unsigned loops_ = 0;
};

inline GeneratedProgram generate(std::uint64_t seed, const Shape& shape) { return Generator(seed, shape).generate(); }

} // namespace generated
