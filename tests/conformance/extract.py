# SPDX-License-Identifier: GPL-2.0-only
"""Makes a shared object of one architecture's PTE helpers out of a kernel tree's own headers.

The headers go through the preprocessor with the architecture's predefined macros and CONFIG symbols (machines.py). Of what
comes out, only the definitions that glue.c reaches are kept, and the host's compiler builds them. For a 32-bit architecture
`long` becomes `int` in that text. Nothing of the kernel's is ever stored outside the output directory.
"""
import pathlib
import re
import subprocess

from machines import common_config, predefined

HERE = pathlib.Path(__file__).parent
# Only pointers to these are passed around: their members would drag half a kernel in.
OPAQUE = {'page', 'folio', 'mm_struct', 'vm_area_struct', 'task_struct', 'swap_info_struct', 'address_space', 'gmap',
          'vm_fault', 'cpuinfo_x86', 'device', 'file', 'mmu_gather', 'ptdesc'}
IDENT = re.compile(r'[A-Za-z_]\w*')


def prepare_stubs(tree, machine, out):
    """Headers that a kernel build would generate: wrappers of asm-generic, the configuration, a few constants."""
    asm = out / 'asm'
    asm.mkdir(parents=True, exist_ok=True)
    own = tree / 'arch' / machine.arch / 'include'
    for generic in (tree / 'include/asm-generic').glob('*.h'):
        if not (own / 'asm' / generic.name).exists() and not (own / 'uapi/asm' / generic.name).exists():
            (asm / generic.name).write_text(f'#include <asm-generic/{generic.name}>\n')
    for generic in (tree / 'include/uapi/asm-generic').glob('*.h'):
        if not any((d / generic.name).exists() for d in (own / 'asm', own / 'uapi/asm', asm)):
            (asm / generic.name).write_text(f'#include <asm-generic/{generic.name}>\n')
    generated = out / 'generated'
    generated.mkdir(exist_ok=True)
    config = dict(common_config(machine))
    config.update(machine.config)
    (generated / 'autoconf.h').write_text(
        ''.join(f'#define CONFIG_{name} {value}\n' for name, value in config.items()))
    (generated / 'bounds.h').write_text(
        '#define NR_PAGEFLAGS 24\n#define MAX_NR_ZONES 4\n#define NR_CPUS_BITS 4\n#define SPINLOCK_SIZE 4\n'
        '#define LRU_GEN_WIDTH 0\n#define __LRU_REFS_WIDTH 0\n')
    (generated / 'asm-offsets.h').write_text('')
    (generated / 'timeconst.h').write_text('')


def preprocess(tree, machine, out):
    own = tree / 'arch' / machine.arch
    (out / 'predefined.h').write_text(
        ''.join(f'#define {name} {value}\n' for name, value in predefined(machine).items()))
    (out / 'glue.c').write_text(f'#define KERNEL_6_1 {int(machine.kernel == "6.1")}\n'
                                + machine.before + '\n' + (HERE / 'glue.c').read_text())
    command = ['gcc', '-E', '-P', '-nostdinc', '-undef', '-w', '-D__KERNEL__', '-include', str(out / 'predefined.h'),
               '-include', str(tree / 'include/linux/compiler-version.h'), '-include', str(tree / 'include/linux/kconfig.h'),
               '-include', str(tree / 'include/linux/compiler_types.h'), '-I', str(own / 'include')]
    for more in machine.include:
        command += ['-I', str(own / more)]
    command += ['-I', str(out), '-I', str(tree / 'include'), '-I', str(own / 'include/uapi'),
                '-I', str(tree / 'include/uapi'), str(out / 'glue.c')]
    for _ in range(400):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        missing = re.search(r'fatal error: (\S+): No such file', run.stderr)
        if not missing:
            return run.stdout
        name = missing.group(1)
        if name.startswith('.') or name in ('linux/pgtable.h', 'linux/swapops.h'):
            raise SystemExit(f'{machine.name}: cannot find {name} in {tree}: is it a kernel tree?')
        stub = out / name
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text('')
    raise SystemExit(f'{machine.name}: too many missing headers')


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


def without_attributes(text):
    out, i = [], 0
    pattern = re.compile(r'\b(?:__attribute__|__attribute|__asm__|asm|__typeof__|typeof|_Alignas|__aligned__)\s*\(')
    while True:
        found = pattern.search(text, i)
        if not found:
            return ''.join(out) + text[i:]
        out.append(text[i:found.start()] + ' ')
        depth, j = 1, found.end()
        while depth and j < len(text):
            depth += {'(': 1, ')': -1}.get(text[j], 0)
            j += 1
        i = j


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


def narrow_long(text):
    """C as a machine with a 32-bit long reads it, for a compiler whose long has 64 bits."""
    text = re.sub(r'\blong\s+long\b', '__wide__', text)
    text = re.sub(r'\blong\s+int\b|\bint\s+long\b', 'long', text)
    text = re.sub(r'\blong\s+unsigned\s+int\b', 'unsigned long', text)
    text = re.sub(r'\b(0[xX][0-9a-fA-F]+|\d+)(?:[uU][lL]|[lL][uU])\b', r'\1U', text)
    text = re.sub(r'\b(0[xX][0-9a-fA-F]+|\d+)[lL]\b', r'\1', text)
    return re.sub(r'\blong\b', 'int', text).replace('__wide__', 'long long')


def build(tree, machine, work):
    out = work / machine.name
    out.mkdir(parents=True, exist_ok=True)
    prepare_stubs(tree, machine, out)
    text = preprocess(tree, machine, out)
    (out / 'all.i').write_text(text)
    items = [Item(t) for t in top_level(text) if t and not t.startswith('_Static_assert')]
    for name, replacement in machine.stubs.items():
        found = [item for item in items if name in item.names]
        stub = Item(replacement)
        if found:
            found[0].__dict__ = stub.__dict__
            for other in found[1:]:
                other.text, other.names = '', set()
        else:
            items.insert(0, stub)
    roots = [i for i, item in enumerate(items) if item.function and any(n.startswith('header_') for n in item.names)]
    kept = reachable(items, roots)
    opaque = ''.join(f'struct {name};\n' for name in sorted(OPAQUE))
    source = opaque + '\n'.join(item.text for item in kept) + '\n'
    if machine.rewrite:
        source = machine.rewrite(source)
    if machine.ulong_bits == 32:
        source = narrow_long(source)
    (out / 'extract.c').write_text(source)
    library = work / (machine.name + '.so')
    library.unlink(missing_ok=True)
    run = subprocess.run(['gcc', '-std=gnu11', '-O1', '-w', '-fPIC', '-shared', '-nostdlib', '-ffreestanding',
                          '-fno-strict-aliasing', '-fno-stack-protector', '-Wl,-z,defs', '-o', str(library), str(out / 'extract.c')],
                         capture_output=True, text=True, check=False)
    if run.returncode:
        (out / 'errors.txt').write_text(run.stderr)
        return run.stderr
    return ''
