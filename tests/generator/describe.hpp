// SPDX-License-Identifier: GPL-2.0-only
// A generated program as text, for messages of tests that fail.
#pragma once

#include "tests/generator/code.hpp"

#include <string>

namespace generated {

inline const char* name_of(Code code) {
    switch (code) {
    case Code::load: return "load";
    case Code::store: return "store";
    case Code::store_register: return "store_register";
    case Code::exchange: return "exchange";
    case Code::compare_exchange: return "compare_exchange";
    case Code::add: return "add";
    case Code::add_return: return "add_return";
    case Code::set_flag: return "set_flag";
    case Code::clear_flag: return "clear_flag";
    case Code::test_flag: return "test_flag";
    case Code::test_and_set: return "test_and_set";
    case Code::test_and_clear: return "test_and_clear";
    case Code::plain_read: return "plain_read";
    case Code::plain_write: return "plain_write";
    case Code::lock: return "lock";
    case Code::trylock: return "trylock";
    case Code::read_lock: return "read_lock";
    case Code::read_trylock: return "read_trylock";
    case Code::write_lock: return "write_lock";
    case Code::write_trylock: return "write_trylock";
    case Code::wait_either: return "wait_either";
    case Code::choose: return "choose";
    case Code::swap_cells: return "swap_cells";
    case Code::copy_if: return "copy_if";
    case Code::spill: return "spill";
    case Code::write_section: return "write_section";
    case Code::arithmetic: return "arithmetic";
    case Code::assertion: return "assertion";
    case Code::if_equal: return "if_equal";
    case Code::call: return "call";
    case Code::repeat: return "repeat";
    case Code::spin_trylock: return "spin_trylock";
    case Code::spin_until: return "spin_until";
    case Code::spin_flag: return "spin_flag";
    case Code::spin_choose: return "spin_choose";
    case Code::spin_increment: return "spin_increment";
    case Code::sequence_read: return "sequence_read";
    }
    return "?";
}

/// The instructions `begin` .. `end`-1, one a line, blocks indented.
inline void describe_block(const std::vector<Instruction>& code, std::size_t begin, std::size_t end, unsigned indent,
                           std::string& text) {
    for (std::size_t at = begin; at < end; ++at) {
        const Instruction& i = code[at];
        text += std::string(indent, ' ') + name_of(i.code) + " v" + std::to_string(i.variable) + " w" +
                std::to_string(i.other_variable) + " bit" + std::to_string(i.bit) + " r" + std::to_string(i.reg) +
                " k" + std::to_string(i.constant) + " j" + std::to_string(i.other_constant) + "\n";
        describe_block(code, at + 1, at + 1 + i.length, indent + 4, text);
        at += i.length;
    }
}

inline std::string describe(const GeneratedProgram& program) {
    std::string text = "seed " + std::to_string(program.seed) + "; initially";
    for (const std::uint8_t value : program.initial) text += " " + std::to_string(value);
    text += ", flags " + std::to_string(program.initial_flags) + "\n";
    for (const Condition& condition : program.conditions) {
        const char* const kinds[] = {"always", "at-end", "sometimes"};
        const bool is_sum = condition.form == Condition::Form::sum_at_most;
        text += std::string(kinds[static_cast<unsigned>(condition.kind)]) + (is_sum ? " sum" : " both") + ": cells " +
                std::to_string(condition.cell) + " " + std::to_string(condition.other_cell) + ", constants " +
                std::to_string(condition.constant) + " " + std::to_string(condition.other_constant) + "\n";
    }
    for (const ThreadCode& thread : program.threads) {
        text += thread.daemon ? "daemon" : "thread";
        text += thread.copies == 1 ? "\n" : ", " + std::to_string(thread.copies) + " times\n";
        describe_block(thread.code, 0, thread.code.size(), 4, text);
    }
    return text;
}

} // namespace generated
