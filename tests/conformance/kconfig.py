# SPDX-License-Identifier: GPL-2.0-only
"""The little of Kconfig that says whether a machine's kernel has a symbol."""
import functools
import re


@functools.lru_cache(maxsize=None)
def text_of(tree, arch):
    return '\n'.join(file.read_text(errors='replace') for file in sorted((tree / 'arch' / arch).rglob('Kconfig*')))


# What the board or the toolchain decides: there is one that has it and one that has it not.
ANYBODYS = re.compile(r'(?:SYS_SUPPORTS|LD|AS|CC|TOOLCHAIN)_\w*')


def holds(condition, config):
    """Whether a condition of Kconfig's is true of a configuration, which is a dictionary of the symbols that are set."""
    condition = re.sub(rf'!?\s*\b{ANYBODYS.pattern}\b|\$\([^)]*\)', '1', condition)
    words = re.findall(r'&&|\|\||!=|[()!]|[<>=]+|\w+|"[^"]*"', condition)
    result = []
    for word in words:
        if word in ('&&', '||', '(', ')', '!'):
            result.append({'&&': ' and ', '||': ' or ', '!': ' not '}.get(word, word))
        elif re.fullmatch(r'[<>!]?=|[<>]', word):
            result.append('>=')
        else:
            number = re.fullmatch(r'\d+|"[^"]*"', word)
            result.append(('1' if word == '1' else '0') if number else str(int(bool(config.get(word)))))
    return bool(eval(''.join(result), {}))  # pylint: disable=eval-used


def selected(tree, arch, symbol, config):
    """Whether the architecture selects it."""
    config = config | {'MMU': 1, arch.upper(): 1}
    found = re.findall(r'^\s+select ' + symbol + r'\b(?:\s+if\s+(.*))?$', text_of(tree, arch), re.M)
    return any(not condition or holds(condition, config) for condition in found)


def allowed(tree, arch, symbol, config):
    """Whether what the symbol depends on is there; true of a symbol that the architecture does not have."""
    stanza = re.search(r'^config ' + symbol + r'\n((?:[ \t].*\n|\n)*)', text_of(tree, arch), re.M)
    if not stanza:
        return True
    return all(holds(condition, config) for condition in re.findall(r'^\s+depends on (.*)$', stanza.group(1), re.M))
