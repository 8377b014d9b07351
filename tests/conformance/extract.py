# SPDX-License-Identifier: GPL-2.0-only
"""Makes shared objects of one architecture's PTE helpers out of a kernel tree's own headers.

The headers go through the preprocessor with the architecture's predefined macros and CONFIG symbols (machines.py). Of what
comes out, only the definitions that the functions of glue.c, storage.c or order.c reach are kept, and the host's compiler builds them.
For a 32-bit architecture `long` becomes `int` in that text. Nothing of the kernel's is ever stored outside the output directory.
"""
import pathlib
import re
import shutil
import subprocess

import kconfig
from c_text import OPAQUE, Item, narrow_long, reachable, top_level
from machines import common_config, of_byte_order, predefined

HERE = pathlib.Path(__file__).parent
CC = ['gcc', '-std=gnu11', '-O1', '-w', '-fPIC', '-nostdlib', '-ffreestanding', '-fno-strict-aliasing', '-fno-stack-protector']


def stubs_of(work, kernel, arch):
    return work / 'stubs' / f'{kernel}-{arch}'


def prepare_stubs(tree, kernel, arch, work):
    """Headers that a kernel build would generate, apart from the configuration: wrappers of asm-generic, a few constants."""
    stubs = stubs_of(work, kernel, arch)
    shutil.rmtree(stubs, ignore_errors=True)
    asm = stubs / 'asm'
    asm.mkdir(parents=True)
    own = tree / 'arch' / arch / 'include'
    for generic in (tree / 'include/asm-generic').glob('*.h'):
        if not (own / 'asm' / generic.name).exists() and not (own / 'uapi/asm' / generic.name).exists():
            (asm / generic.name).write_text(f'#include <asm-generic/{generic.name}>\n')
    for generic in (tree / 'include/uapi/asm-generic').glob('*.h'):
        if not any((d / generic.name).exists() for d in (own / 'asm', own / 'uapi/asm', asm)):
            (asm / generic.name).write_text(f'#include <asm-generic/{generic.name}>\n')
    generated = stubs / 'generated'
    generated.mkdir()
    (generated / 'bounds.h').write_text(
        '#define NR_PAGEFLAGS 24\n#define MAX_NR_ZONES 4\n#define NR_CPUS_BITS 4\n#define SPINLOCK_SIZE 4\n'
        '#define LRU_GEN_WIDTH 0\n#define __LRU_REFS_WIDTH 0\n')
    (generated / 'asm-offsets.h').write_text('')
    (generated / 'timeconst.h').write_text('')


def write_config(config, out):
    generated = out / 'generated'
    generated.mkdir(exist_ok=True)
    (generated / 'autoconf.h').write_text(
        ''.join(f'#define CONFIG_{name} {value}\n' for name, value in config.items() if value is not None))


def preprocess(tree, machine, glue, out, config=None, macros=None, kernel=None):
    """What the preprocessor makes of the text `glue` under a machine's macros and configuration, more of which may be given."""
    kernel = kernel or machine.kernel
    write_config(common_config(machine) | machine.config | (config or {}), out)
    stubs = stubs_of(out.parent, kernel, machine.arch)
    own = tree / 'arch' / machine.arch
    (out / 'predefined.h').write_text(
        ''.join(f'#define {name} {value}\n' for name, value in (macros or predefined(machine)).items()))
    (out / 'glue.c').write_text(f'#define KERNEL_6_1 {int(kernel == "6.1")}\n' + machine.before + '\n' + glue)
    command = ['gcc', '-E', '-P', '-nostdinc', '-undef', '-w', '-D__KERNEL__', '-include', str(out / 'predefined.h'),
               '-include', str(tree / 'include/linux/compiler-version.h'), '-include', str(tree / 'include/linux/kconfig.h'),
               '-include', str(tree / 'include/linux/compiler_types.h'), '-I', str(own / 'include')]
    for more in machine.include:
        command += ['-I', str(own / more)]
    command += ['-I', str(out), '-I', str(stubs), '-I', str(tree / 'include'), '-I', str(own / 'include/uapi'),
                '-I', str(tree / 'include/uapi'), str(out / 'glue.c')]
    for _ in range(400):
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        missing = re.search(r'fatal error: (\S+): No such file', run.stderr)
        if not missing:
            return run.stdout
        name = missing.group(1)
        if name.startswith('.') or name in ('linux/pgtable.h', 'linux/swapops.h'):
            raise SystemExit(f'{machine.name}: cannot find {name} in {tree}: is it a kernel tree?')
        stub = stubs / name
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text('')
    raise SystemExit(f'{machine.name}: too many missing headers')


def definitions(text, stubs):
    """All of a preprocessed text, with the stubs in place of what they are named after."""
    items = [Item(t) for t in top_level(text) if t and not t.startswith('_Static_assert')]
    for name, replacement in stubs.items():
        found = [item for item in items if name in item.names]
        stub = Item(replacement)
        if found:
            found[0].__dict__ = stub.__dict__
            for other in found[1:]:
                other.text, other.names = '', set()
        else:
            items.insert(0, stub)
    return items


def source_of(items, prefix, machine, rewrite=None):
    """The C text of the functions whose names begin so, and of what they reach."""
    roots = [i for i, item in enumerate(items) if item.function and any(n.startswith(prefix) for n in item.names)]
    opaque = ''.join(f'struct {name};\n' for name in sorted(OPAQUE))
    source = opaque + '\n'.join(item.text for item in reachable(items, roots)) + '\n'
    for change in (machine.rewrite, rewrite):
        source = change(source) if change else source
    return narrow_long(source) if machine.ulong_bits == 32 else source


def compile_library(source, library, out, flags=(), objects=()):
    """Returns what the compiler has to say if it fails."""
    text = out / f'{library.stem}.c'
    text.write_text(source)
    library.unlink(missing_ok=True)
    run = subprocess.run([*CC, *flags, '-shared', '-Wl,-z,defs', '-Wl,-Bsymbolic', str(text), *map(str, objects), '-o', str(library)],
                         capture_output=True, text=True, check=False)
    return run.stderr if run.returncode else ''


def build(tree, machine, work):
    """The helpers that compute: NAME.so. Returns errors."""
    out = work / machine.name
    out.mkdir(parents=True, exist_ok=True)
    items = definitions(preprocess(tree, machine, (HERE / 'glue.c').read_text(), out), machine.stubs)
    return compile_library(source_of(items, 'header_', machine), work / f'{machine.name}.so', out)


def build_storage(tree, machine, big_endian, work):
    """What memory holds, on a machine of this byte order: NAME.big.so or NAME.little.so, unless its kernels have the other one."""
    order = 'big' if big_endian else 'little'
    library = work / f'{machine.name}.{order}.so'
    library.unlink(missing_ok=True)
    if not kconfig.allowed(tree, machine.arch, f'CPU_{order.upper()}_ENDIAN', machine.config):
        return ''
    out = work / f'{machine.name}.{order}'
    out.mkdir(parents=True, exist_ok=True)
    config = {f'CPU_{name}_ENDIAN': 1 if name == order.upper() else None for name in ('BIG', 'LITTLE')}
    macros = of_byte_order(predefined(machine), big_endian)
    text = preprocess(tree, machine, (HERE / 'storage.c').read_text(), out, config, macros)
    # linux/kconfig.h goes by the configuration, the architecture's asm/byteorder.h by the compiler or by nothing.
    if f'image_of_{order}_endian_kernel' not in text:
        return ''
    items = definitions(text, machine.stubs)
    pragma = '#pragma scalar_storage_order big-endian\n' if big_endian else ''
    return compile_library(pragma + source_of(items, 'image_', machine), library, out)
