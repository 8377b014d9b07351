/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's functions that change or read a PTE in memory, of a machine whose PTE is two words. Their stores and loads are
 * watched by trace.c; what two_words.py defines comes before this. */
void order_wmb(void);
void order_rmb(void);
void order_note_exchange(void *at, int size);
unsigned order_load(void *at);
void order_store(void *at, unsigned value);
void order_exchange(void *at, unsigned value);
unsigned long long order_exchange_both(void *at, unsigned long long value);
#define smp_wmb() order_wmb()
#define smp_rmb() order_rmb()

#include <asm/page.h>
#include <linux/pgtable.h>

#ifndef SET_PTE_AT
#define SET_PTE_AT(ptep, pte) set_pte_at((struct mm_struct *)0, 0, ptep, pte)
#endif
#ifndef SET_ACCESS_FLAGS
#define SET_ACCESS_FLAGS(ptep, pte) ptep_set_access_flags((struct vm_area_struct *)order_vma, 0, ptep, pte, 1)
#endif

#ifndef DOUBLEWORDS
#define DOUBLEWORDS 0
#endif

typedef unsigned long long wide;
static wide order_vma[64];

void order_set(wide at, wide word) {
    pte_t pte = __pte(word);
    SET_PTE_AT((pte_t *)at, pte);
}
void order_clear(wide at, wide word) { pte_clear((struct mm_struct *)0, 0, (pte_t *)at); }
wide order_get_and_clear(wide at, wide word) {
    pte_t old = ptep_get_and_clear((struct mm_struct *)0, 0, (pte_t *)at);
    return pte_val(old);
}
void order_set_wrprotect(wide at, wide word) { ptep_set_wrprotect((struct mm_struct *)0, 0, (pte_t *)at); }
void order_set_access_flags(wide at, wide word) {
    pte_t pte = __pte(word);
    SET_ACCESS_FLAGS((pte_t *)at, pte);
}
wide order_get(wide at, wide word) {
    pte_t pte = ptep_get((pte_t *)at);
    return pte_val(pte);
}
wide order_get_lockless(wide at, wide word) {
    pte_t pte = ptep_get_lockless((pte_t *)at);
    return pte_val(pte);
}

/* Whether the machine stores and loads 64 bits at once; other 32-bit machines make two accesses of it. */
wide order_doublewords(void) { return DOUBLEWORDS; }
