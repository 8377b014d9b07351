# SPDX-License-Identifier: GPL-2.0-only
"""sparc64 patches its PTE helpers while it boots: this reads the sun4u form of such an asm statement as C."""
import re

ASM = re.compile(r'__asm__\s+__volatile__\s*\(')


def closing(text, at):
    depth, quoted, i = 1, False, at
    while depth:
        if text[i] == '"' and text[i - 1] != '\\':
            quoted = not quoted
        elif not quoted:
            depth += {'(': 1, ')': -1}.get(text[i], 0)
        i += 1
    return i


def operands(text):
    """[(constraint, expression)] of one colon-separated part."""
    result, i = [], 0
    for found in re.finditer(r'"([^"]*)"\s*\(', text):
        if found.start() < i:
            continue
        i = closing(text, found.end())
        result.append((found.group(1), text[found.end():i - 1]))
    return result


def value(operand, values):
    wide = re.fullmatch(r'%%(uhi|hi|ulo|lo)\(%(\d)\)', operand)
    if wide:
        of = f'(unsigned long)({values[int(wide.group(2))]})'
        return {'uhi': f'(({of} >> 42) << 10)', 'hi': f'((({of} & 0xffffffffUL) >> 10) << 10)',
                'ulo': f'(({of} >> 32) & 0x3ff)', 'lo': f'({of} & 0x3ff)'}[wide.group(1)]
    return f'({values[int(operand[1:])]})' if operand.startswith('%') else operand


def as_c(body):
    code = ''.join(re.findall(r'"((?:[^"\\]|\\.)*)"', body[:re.search(r'"\s*:', body).start() + 1]))
    parts = body[re.search(r'"\s*:', body).end():]
    outputs, _, inputs = parts.partition(' : "') if ' : "' in parts else parts.partition('\n : "')
    outs = operands(outputs)
    ins = operands('"' + inputs)
    values = [expression for _, expression in outs + ins]
    lines = [f'{outs[int(c)][1]} = {e};' for c, e in ins if c.isdigit() and outs[int(c)][1].strip() != e.strip()]
    for line in code.replace('\\t', ' ').split('\\n'):
        line = re.sub(r'^\s*\d+:', '', line).strip()
        if line.startswith('.section'):
            break
        if not line or line == 'nop':
            continue
        name, rest = line.split(None, 1)
        args = [a.strip() for a in rest.split(',')]
        into = values[int(args[-1][1:])]
        a = value(args[0], values)
        b = value(args[1], values) if len(args) == 3 else ''
        lines.append({'mov': f'{into} = {a};', 'sethi': f'{into} = {a};', 'and': f'{into} = {a} & {b};',
                      'andn': f'{into} = {a} & ~{b};', 'or': f'{into} = {a} | {b};', 'sllx': f'{into} = {a} << {b};',
                      'srlx': f'{into} = {a} >> {b};'}[name])
    return ' '.join(lines)


def sun4u(text):
    out, i = [], 0
    for found in ASM.finditer(text):
        if found.start() < i:
            continue
        end = closing(text, found.end())
        body = text[found.end():end - 1]
        if '661:' not in body:
            continue
        out.append(text[i:found.start()] + as_c(body))
        i = end
        if text[i:i + 1] == ';':
            i += 1
    return ''.join(out) + text[i:]
