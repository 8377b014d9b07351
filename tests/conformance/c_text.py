# SPDX-License-Identifier: GPL-2.0-only
"""Preprocessed C as a list of definitions, and those of them that something needs."""
import re

# Only pointers to these are passed around: their members would drag half a kernel in.
OPAQUE = {'page', 'folio', 'mm_struct', 'vm_area_struct', 'task_struct', 'swap_info_struct', 'address_space', 'gmap',
          'vm_fault', 'cpuinfo_x86', 'device', 'file', 'mmu_gather', 'ptdesc'}
IDENT = re.compile(r'[A-Za-z_]\w*')


def top_level(text):
    """Splits C into definitions and declarations."""
    items, start, depth, parens = [], 0, 0, 0
    token = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'|[{}();]')
    head_end = None
    for found in token.finditer(text):
        char = found.group()
        if char == '(':
            parens += 1
        elif char == ')':
            parens -= 1
        elif char == '{':
            if depth == 0 and parens == 0 and head_end is None:
                head_end = found.start()
            depth += 1
        elif char == '}':
            depth -= 1
            if depth == 0 and parens == 0 and head_end is not None and is_function(text[start:head_end]):
                items.append(text[start:found.end()].strip())
                start, head_end = found.end(), None
        elif char == ';' and depth == 0 and parens == 0:
            items.append(text[start:found.end()].strip())
            start, head_end = found.end(), None
    return items


ATTRIBUTE = re.compile(r'\b(?:__attribute__|__attribute|__asm__|asm|__typeof__|typeof|_Alignas|__aligned__)\s*\(')
PARENTHESIS = re.compile(r'[()]')


def after_parenthesis(text, at):
    """Where what an open parenthesis before `at` encloses has ended."""
    depth = 1
    for found in PARENTHESIS.finditer(text, at):
        depth += 1 if found.group() == '(' else -1
        if depth == 0:
            return found.end()
    return len(text)


def without_attributes(text):
    out, i = [], 0
    while True:
        found = ATTRIBUTE.search(text, i)
        if not found:
            return ''.join(out) + text[i:]
        out.append(text[i:found.start()] + ' ')
        i = after_parenthesis(text, found.end())


def is_function(head):
    head = without_attributes(head).strip()
    return head.endswith(')') and '=' not in head and not head.startswith('typedef')


class Item:
    def __init__(self, text):
        self.text = text
        self.names = set()
        self.function = False
        self.prototype = False
        plain = without_attributes(text)
        brace = plain.find('{')
        head = plain if brace < 0 else plain[:brace]
        if brace >= 0 and is_function(head):
            self.function = True
            call = re.search(r'([A-Za-z_]\w*)\s*\(', head)
            self.names = {call.group(1)} if call else set()
            return
        if re.match(r'(?:typedef\s+)?(?:const\s+)?(?:struct|union|enum)\b', plain) and brace >= 0:
            tag = re.match(r'(?:typedef\s+)?(?:const\s+)?(?:struct|union|enum)\s+([A-Za-z_]\w*)\s*\{', plain)
            if tag:
                self.names.add(tag.group(1))
            if re.match(r'(?:typedef\s+)?enum\b', plain):
                body = plain[brace + 1:plain.rfind('}')]
                self.names |= {m.group(1) for m in re.finditer(r'(?:^|,)\s*([A-Za-z_]\w*)', body)}
            tail = plain[plain.rfind('}') + 1:]
            self.names |= set(IDENT.findall(tail)[:1])
            return
        if plain.startswith('typedef'):
            pointer = re.search(r'\(\s*\*\s*([A-Za-z_]\w*)\s*\)', plain)
            found = [pointer.group(1)] if pointer else IDENT.findall(re.sub(r'\[.*?\]', '', plain))[-1:]
            self.names |= set(found)
            return
        if re.match(r'(?:extern\s+|static\s+|inline\s+|const\s+)*[\w\s\*]+?([A-Za-z_]\w*)\s*\(', head) and '=' not in head:
            call = re.search(r'([A-Za-z_]\w*)\s*\(', head)
            self.names = {call.group(1)}
            self.prototype = True
            return
        variable = re.sub(r'\[.*?\]', '', head.split('=')[0])
        self.names |= set(IDENT.findall(variable)[-1:])


def reachable(items, roots):
    """The items that the roots need, in their order, prototypes only where nothing defines a name."""
    by_name = {}
    for index, item in enumerate(items):
        for name in item.names:
            by_name.setdefault(name, []).append(index)
    for name, indices in by_name.items():
        # A static prototype stands there because something calls before it defines.
        solid = [i for i in indices if not items[i].prototype or items[i].text.startswith('static')]
        by_name[name] = solid if any(not items[i].prototype for i in solid) else indices[:1]
    wanted, queue = set(), list(roots)
    while queue:
        index = queue.pop()
        if index in wanted:
            continue
        wanted.add(index)
        for name in set(IDENT.findall(re.sub(r'"(?:[^"\\]|\\.)*"', '', items[index].text))):
            if name in OPAQUE:
                continue
            queue += [i for i in by_name.get(name, []) if i not in wanted]
    return [items[i] for i in sorted(wanted)]


GENERIC = re.compile(r'_Generic\(\(')


def without_generic(text):
    """READ_ONCE() of a machine whose long is its int would name one type twice."""
    out, i = [], 0
    while True:
        found = GENERIC.search(text, i)
        if not found:
            return ''.join(out) + text[i:]
        expression = text[found.end():after_parenthesis(text, found.end()) - 1]
        out += [text[i:found.start()], f'({expression})']
        i = after_parenthesis(text, found.start() + len('_Generic('))


def narrow_long(text):
    """C as a machine with a 32-bit long reads it, for a compiler whose long has 64 bits."""
    text = re.sub(r'\blong\s+long\b', '__wide__', without_generic(text))
    text = re.sub(r'\blong\s+int\b|\bint\s+long\b', 'long', text)
    text = re.sub(r'\blong\s+unsigned\s+int\b', 'unsigned long', text)
    text = re.sub(r'\b(0[xX][0-9a-fA-F]+|\d+)(?:[uU][lL]|[lL][uU])\b', r'\1U', text)
    text = re.sub(r'\b(0[xX][0-9a-fA-F]+|\d+)[lL]\b', r'\1', text)
    return re.sub(r'\blong\b', 'int', text).replace('__wide__', 'long long')
