/* SPDX-License-Identifier: GPL-2.0-only */
/* What memory holds of a PTE. On a big-endian machine extract.py has the compiler store every structure that way. */
#include <asm/byteorder.h>
#include <asm/page.h>
#ifdef CONFIG_X86
#include <asm/pgtable.h>
#endif

#if defined(__BIG_ENDIAN) && !defined(__LITTLE_ENDIAN)
void image_of_big_endian_kernel(void) {}
#elif defined(__LITTLE_ENDIAN) && !defined(__BIG_ENDIAN)
void image_of_little_endian_kernel(void) {}
#endif

struct image {
    pte_t pte;
};
unsigned long long image_store(unsigned long long word, unsigned long long at) {
    struct image *image = (struct image *)at;
    pte_t pte = __pte(word);
    image->pte = pte;
    return sizeof(*image);
}
