# SPDX-License-Identifier: GPL-2.0-only
"""What Kconfig or a #define says of a machine, without anything being computed: lines of a name, a fact, and yes or no."""
import kconfig
from extract import preprocess

PROBE = """
#include <asm/page.h>
#include <linux/pgtable.h>
#if KERNEL_6_1 && !defined(__HAVE_ARCH_PTE_SWP_EXCLUSIVE)
exclusive no
#else
exclusive yes
#endif
"""


def of(machine, trees, work):
    def selected(symbol):
        return kconfig.selected(trees[machine.kernel], machine.arch, symbol, machine.config)

    gup_fast = 'HAVE_FAST_GUP' if machine.kernel == '6.1' else 'HAVE_GUP_FAST'
    facts = {'has_gup_fast': selected(gup_fast), 'defers_unmap_flush': selected('ARCH_WANT_BATCHED_UNMAP_TLB_FLUSH')}
    # Later kernels have the marker everywhere: the extract would not compile without it.
    if trees['6.1'] is not None:
        out = work / f'{machine.name}.facts'
        out.mkdir(parents=True, exist_ok=True)
        facts['exclusive_in_6.1'] = preprocess(trees['6.1'], machine, PROBE, out, kernel='6.1').split()[-1] == 'yes'
    return [f'{machine.name} {fact} {"yes" if is_so else "no"}' for fact, is_so in facts.items()]
