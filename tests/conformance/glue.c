/* SPDX-License-Identifier: GPL-2.0-only */
/* What the comparison calls, in terms of the kernel's own helpers. extract.py keeps what these functions reach. */
#include <asm/page.h>
#include <linux/pgtable.h>
#include <linux/swap.h>
#include <linux/swapops.h>

#if defined(MKWRITE)
#elif KERNEL_6_1
#define MKWRITE(pte) pte_mkwrite(pte)
#else
#define MKWRITE(pte) pte_mkwrite_novma(pte)
#endif

/* What a private mapping that may be read gets, under the name that the architecture has for it. */
#if defined(READABLE)
#elif defined(PAGE_READONLY)
#define READABLE PAGE_READONLY
#elif defined(PAGE_READ)
#define READABLE PAGE_READ
#elif defined(PAGE_RO)
#define READABLE PAGE_RO
#elif defined(PAGE_U_R)
#define READABLE PAGE_U_R
#endif
#ifndef HIDDEN
#define HIDDEN PAGE_NONE
#endif

unsigned long long header_ulong_bits(void) { return sizeof(unsigned long) * 8; }
unsigned long long header_pte_bits(void) { return sizeof(pte_t) * 8; }
unsigned long long header_page_shift(void) { return PAGE_SHIFT; }

unsigned long long header_encode(unsigned long long type, unsigned long long offset) {
    swp_entry_t entry = swp_entry(type, offset);
    return pte_val(swp_entry_to_pte(entry));
}
unsigned long long header_type(unsigned long long word) { return swp_type(pte_to_swp_entry(__pte(word))); }
unsigned long long header_offset(unsigned long long word) { return swp_offset(pte_to_swp_entry(__pte(word))); }
unsigned long long header_arch_encode(unsigned long long type, unsigned long long offset) {
    swp_entry_t entry = __swp_entry(type, offset);
    return pte_val(__swp_entry_to_pte(entry));
}
unsigned long long header_arch_offset(unsigned long long word) {
    swp_entry_t entry = __pte_to_swp_entry(__pte(word));
    return __swp_offset(entry);
}
unsigned long long header_raw_entry(unsigned long long word) {
    swp_entry_t entry = __pte_to_swp_entry(__pte(word));
    return entry.val;
}
unsigned long long header_clear_flags(unsigned long long word) { return pte_val(pte_swp_clear_flags(__pte(word))); }

#define TEST(name, call)                                    \
    unsigned long long header_##name(unsigned long long w) { \
        pte_t pte = __pte(w);                               \
        return !!(call);                                    \
    }
#define EDIT(name, call)                                    \
    unsigned long long header_##name(unsigned long long w) { \
        pte_t pte = __pte(w);                               \
        return pte_val(call);                               \
    }
TEST(present, pte_present(pte))
TEST(none, pte_none(pte))
#if !KERNEL_6_1 || defined(__HAVE_ARCH_PTE_SWP_EXCLUSIVE)
TEST(swp_exclusive, pte_swp_exclusive(pte))
EDIT(swp_mkexclusive, pte_swp_mkexclusive(pte))
EDIT(swp_clear_exclusive, pte_swp_clear_exclusive(pte))
#endif
TEST(swp_soft_dirty, pte_swp_soft_dirty(pte))
EDIT(swp_mksoft_dirty, pte_swp_mksoft_dirty(pte))
EDIT(swp_clear_soft_dirty, pte_swp_clear_soft_dirty(pte))
TEST(swp_uffd_wp, pte_swp_uffd_wp(pte))
EDIT(swp_mkuffd_wp, pte_swp_mkuffd_wp(pte))
EDIT(swp_clear_uffd_wp, pte_swp_clear_uffd_wp(pte))

TEST(write, pte_write(pte))
EDIT(mkwrite, MKWRITE(pte))
EDIT(wrprotect, pte_wrprotect(pte))
TEST(dirty, pte_dirty(pte))
EDIT(mkdirty, pte_mkdirty(pte))
EDIT(mkclean, pte_mkclean(pte))
TEST(young, pte_young(pte))
EDIT(mkyoung, pte_mkyoung(pte))
EDIT(mkold, pte_mkold(pte))
TEST(soft_dirty, pte_soft_dirty(pte))
EDIT(mksoft_dirty, pte_mksoft_dirty(pte))
EDIT(clear_soft_dirty, pte_clear_soft_dirty(pte))
TEST(uffd_wp, pte_uffd_wp(pte))
EDIT(mkuffd_wp, pte_mkuffd_wp(pte))
EDIT(clear_uffd_wp, pte_clear_uffd_wp(pte))
TEST(protnone, pte_protnone(pte))
unsigned long long header_pfn(unsigned long long word) {
    pte_t pte = __pte(word);
    return pte_pfn(pte);
}
unsigned long long header_page_readonly(void) { return pgprot_val(READABLE); }
unsigned long long header_page_none(void) { return pgprot_val(HIDDEN); }
unsigned long long header_pfn_pte(unsigned long long pfn, unsigned long long prot) {
    return pte_val(pfn_pte(pfn, __pgprot(prot)));
}
unsigned long long header_pfn_readonly(unsigned long long pfn) { return pte_val(pfn_pte(pfn, READABLE)); }
unsigned long long header_pfn_none(unsigned long long pfn) { return pte_val(pfn_pte(pfn, HIDDEN)); }
unsigned long long header_modify(unsigned long long word, unsigned long long prot) {
    pte_t pte = __pte(word);
    return pte_val(pte_modify(pte, __pgprot(prot)));
}
unsigned long long header_same(unsigned long long a, unsigned long long b) {
    pte_t one = __pte(a);
    pte_t other = __pte(b);
    return !!pte_same(one, other);
}
TEST(may_read, pte_access_permitted(pte, 0))
TEST(may_write, pte_access_permitted(pte, 1))

/* What else looks at a swap PTE: the entry of a huge page, where that has the same format, and the hash MMU of powerpc. */
#ifdef SWAP_PMD
unsigned long long header_pmd_present(unsigned long long word) {
    pmd_t pmd = __pmd(word);
    return !!pmd_present(pmd);
}
#endif
#if defined(_PAGE_HPTEFLAGS) && defined(CONFIG_PPC64)
TEST(hash_none, hash__pte_none(pte))
#endif
