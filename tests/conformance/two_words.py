# SPDX-License-Identifier: GPL-2.0-only
"""How the machines whose PTE is two words change one in memory: NAME.order-VERSION.so, which trace.c watches.

The one machine with one word among them keeps a bit of what it clears."""
import dataclasses
import re
import subprocess

import asm_trace
import kconfig
from extract import CC, HERE, compile_library, definitions, preprocess, source_of
from machines import predefined


@dataclasses.dataclass
class Watched:
    """What order.c needs beside the machine's own stubs."""
    before: str = ''
    stubs: dict = dataclasses.field(default_factory=dict)
    rewrite: object = None
    # Functions that no header has: (file, name).
    functions: list = dataclasses.field(default_factory=list)
    config: dict = dataclasses.field(default_factory=dict)
    # What is done to the preprocessed text first.
    prepare: object = None


def without_htw(text):
    """The hardware walker of mips is stopped around a change; that is no store of a PTE."""
    return re.sub(r'do \{ unsigned long __flags; if \(0\) \{.*?\} \} while\s*\(0\)', '(void)0', text, flags=re.S)


NO_FLUSH = {'flush_tlb_page': 'static inline void flush_tlb_page(struct vm_area_struct *vma, unsigned long addr) {}'}
# cmpxchg8b as C, which always succeeds; the registers of its operands are not those of the host. Then the same of 6.1.
CMPXCHG8B = """static inline _Bool __try_cmpxchg64(volatile unsigned long long *ptr, unsigned long long *old, unsigned long long new) {
    *old = order_exchange_both((void *)ptr, new);
    return 1;
}"""
XCHG_CX8 = """static inline long long arch_atomic64_xchg(atomic64_t *v, long long new) { return order_exchange_both(v, new); }"""
# A doubleword, as arch/arm/mm/proc-v7-3level.S stores it; strd_only() looks whether it does.
STRD = """static void order_strd(pte_t *ptep, pte_t pte) { *(volatile pte_t *)ptep = pte; }
static struct processor processor = {.set_pte_ext = order_strd};"""
POWERPC = Watched(
    before='#define SET_PTE_AT(ptep, pte) __set_pte_at((struct mm_struct *)0, 0, ptep, pte, 0)\n'
           '#define SET_ACCESS_FLAGS(ptep, pte) __ptep_set_access_flags((struct vm_area_struct *)order_vma, ptep, pte, 0, 0)\n',
    stubs=NO_FLUSH | {'mmu_has_feature': 'static inline _Bool mmu_has_feature(unsigned long feature) { return 1; }',
                      'flush_hash_entry': 'static inline void flush_hash_entry(struct mm_struct *mm, pte_t *ptep, unsigned long addr) {}',
                      'assert_pte_locked': 'static inline void assert_pte_locked(struct mm_struct *mm, unsigned long addr) {}',
                      'mmu_virtual_psize': 'static const int mmu_virtual_psize = 0;',
                      'icache_44x_need_flush': 'static int icache_44x_need_flush;'},
    rewrite=asm_trace.powerpc)
MIPS = Watched(before='#define cpu_has_htw 0\n', prepare=without_htw, stubs={'__update_cache': 'static inline void __update_cache(unsigned long addr, pte_t pte) {}'})
SET_ACCESS_FLAGS = ('mm/pgtable-generic.c', 'ptep_set_access_flags')
WATCHED = {
    'x86_32-pae-6.12': Watched(stubs={'__try_cmpxchg64': CMPXCHG8B, 'arch_atomic64_xchg': XCHG_CX8},
                               rewrite=asm_trace.x86, functions=[('arch/x86/mm/pgtable.c', 'ptep_set_access_flags')],
                               config={'X86_CMPXCHG64': 1, 'X86_CX8': 1}),
    'mips32-xpa-6.12': MIPS,
    'mips32-phys36-6.12': MIPS,
    'sh-x2tlb-6.12': Watched(stubs=NO_FLUSH, functions=[SET_ACCESS_FLAGS]),
    'ppc32-book3s-pte64-6.12': POWERPC,
    'ppc32-book3s-6.12': POWERPC,
    'ppc32-44x-6.12': POWERPC,
    'ppc32-e500-pte64-6.12': POWERPC,
    'arm-lpae-6.12': Watched(before='#define DOUBLEWORDS 1\n', stubs=NO_FLUSH | {'__sync_icache_dcache': 'static inline void __sync_icache_dcache(pte_t pte) {}'},
                             functions=[SET_ACCESS_FLAGS, ('arch/arm/mm/mmu.c', 'set_ptes|set_pte_at')],
                             prepare=lambda text: text.replace('extern struct processor processor;', STRD)),
}


def function_of(tree, file, name):
    """The text of one function of a C file."""
    text = (tree / file).read_text()
    found = re.search(rf'^(?:int|void) (?:{name})\(.*?^\}}\n', text, re.M | re.S)
    if not found:
        raise SystemExit(f'{tree / file} has no {name}()')
    return found.group()


def strd_only(tree):
    """Whether LPAE's set_pte_ext() is one store of a doubleword."""
    text = (tree / 'arch/arm/mm/proc-v7-3level.S').read_text()
    body = re.search(r'\(cpu_v7_set_pte_ext\)(.*?)\(cpu_v7_set_pte_ext\)', text, re.S).group(1)
    return re.findall(r'\bst(?:r|m)\w*', body) == ['strd']


def build(version, tree, machine, work):
    """Returns errors."""
    watched = WATCHED[machine.name]
    if machine.arch == 'arm' and not strd_only(tree):
        return f'{tree}: cpu_v7_set_pte_ext() is not one strd'
    out = work / f'{machine.name}.order-{version}'
    out.mkdir(parents=True, exist_ok=True)
    config = {'SMP': 1, 'NR_CPUS': 4, **watched.config}
    for symbol in ('GUP_GET_PXX_LOW_HIGH', 'GUP_GET_PTE_LOW_HIGH'):
        if kconfig.selected(tree, machine.arch, symbol, machine.config):
            config[symbol] = 1
    glue = watched.before + (HERE / 'order.c').read_text()
    # After the headers, and before what calls it.
    bodies = ''.join(function_of(tree, file, name) for file, name in watched.functions)
    glue = glue.replace('typedef unsigned long long wide;', bodies + 'typedef unsigned long long wide;')
    text = preprocess(tree, machine, glue, out, config, predefined(machine), version)
    if watched.prepare:
        text = watched.prepare(text)
    items = definitions(text, machine.stubs | watched.stubs)
    source = source_of(items, 'order_', machine, watched.rewrite)
    source = source.replace('struct vm_area_struct;\n', 'struct vm_area_struct { struct mm_struct *vm_mm; };\n', 1)
    # trace.c itself is not watched.
    trace = out / 'trace.o'
    subprocess.run([*CC, '-c', str(HERE / 'trace.c'), '-o', str(trace)], check=True)
    return compile_library(source, work / f'{machine.name}.order-{version}.so', out, ['-fsanitize=thread'], [trace])
