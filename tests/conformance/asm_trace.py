# SPDX-License-Identifier: GPL-2.0-only
"""Assembler that touches a PTE, for trace.c: powerpc's read as C, x86's run as it is, with a note beside it."""
import re

from sparc import ASM, closing, operands

STATEMENT = re.compile(ASM.pattern.replace('__asm__', '(?:__asm__|asm)').replace('__volatile__', '(?:__volatile__|volatile)'))


def x86(text):
    """Every locked read-modify-write is noted."""
    out, i = [], 0
    for found in STATEMENT.finditer(text):
        end = closing(text, found.end())
        memory = re.search(r'"\+m"\s*\(', text[found.end():end])
        if memory:
            start = found.end() + memory.end()
            place = text[start:closing(text, start) - 1]
            out += [text[i:found.start()], f'order_note_exchange((void *)&({place}), sizeof({place})); ']
            i = found.start()
    return ''.join(out) + text[i:]


def halves(operand, values):
    """(expression, shift) of a register operand; the second register of a pair is its low half, and the first the high one."""
    number = int(operand.lstrip('%L'))
    wide = f'(sizeof({values[number]}) == 8)'
    return values[number], '0' if operand.startswith('%L') else f'({wide} ? 32 : 0)'


def read(operand, values):
    expression, shift = halves(operand, values)
    return f'(unsigned int)(as_bits({expression}) >> {shift})'


def write(operand, values, what):
    expression, shift = halves(operand, values)
    return f'{expression} = ({expression} & ~(0xffffffffull << {shift})) | ((unsigned long long)({what}) << {shift});'


def place(address):
    """A word of a big-endian doubleword, where the host has it."""
    return f'((void *)((unsigned long long)({address}) ^ (sizeof(pte_t) == 8 ? 4 : 0)))'


def powerpc_line(line, values):
    name, rest = line.split(None, 1)
    args = [a.strip() for a in rest.split(',')]
    if name.startswith('stw%X'):
        return f'order_store({place("&(" + values[int(args[1][1:])] + ")")}, {read(args[0], values)});'
    if name == 'lwarx':
        return write(args[0], values, f'order_load({place(values[int(args[2][1:])])})')
    if name == 'lwz':
        offset, base = re.fullmatch(r'(-?\d+)\(%(\d)\)', args[1]).groups()
        return write(args[0], values, f'order_load({place(f"({values[int(base)]}) + {offset}")})')
    if name == 'stwcx.':
        return f'order_exchange({place(values[int(args[2][1:])])}, {read(args[0], values)});'
    operator = {'andc': '& ~', 'or': '|'}[name]
    return write(args[0], values, f'{read(args[1], values)} {operator}{read(args[2], values)}')


def powerpc_statement(body):
    colon = re.search(r'"\s*:', body)
    if not colon or not re.search(r'stw', body[:colon.end()]):
        return None
    code = ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', body[:colon.start() + 1]))
    values = [expression for _, expression in operands(body[colon.end():])]
    lines = []
    for line in re.split(r'\\n|;|\n', code.replace('\\t', ' ').replace('\\\n', ' ')):
        line = re.sub(r'^\s*\d+:', '', line).strip()
        if line in ('eieio', 'mbar'):
            lines.append('order_wmb();')
        elif line and not line.startswith('bne'):  # the reservation always holds
            lines.append(powerpc_line(line, values))
    return '{ ' + ' '.join(lines) + ' }'


def powerpc(text):
    out, i = ['#define as_bits(x) (*(unsigned long long *)(unsigned long long [1]){(unsigned long long)0 + BITS(x)})\n'
              '#define BITS(x) _Generic((x), pte_t: *(unsigned long long *)&(x), default: (x))\n'], 0
    for found in STATEMENT.finditer(text):
        if found.start() < i:
            continue
        end = closing(text, found.end())
        c = powerpc_statement(text[found.end():end - 1])
        if c:
            out += [text[i:found.start()], c]
            i = end + (1 if text[end:end + 1] == ';' else 0)
    return ''.join(out) + text[i:]
