# SPDX-License-Identifier: GPL-2.0-only
"""The 49 machines: which headers, which predefined macros and CONFIG symbols, and stubs for what only the target can run."""
import dataclasses
import re

from sparc import sun4u


@dataclasses.dataclass
class Machine:
    name: str
    arch: str
    kernel: str = '6.12'
    ulong_bits: int = 64
    big_endian: bool = False
    page_shift: int = 12
    levels: int = 3
    macros: dict = dataclasses.field(default_factory=dict)
    config: dict = dataclasses.field(default_factory=dict)
    include: list = dataclasses.field(default_factory=list)
    stubs: dict = dataclasses.field(default_factory=dict)
    before: str = ''
    rewrite: object = None


def on(*names):
    return {name: 1 for name in names}


def predefined(machine):
    wide = machine.ulong_bits == 64
    macros = {
        '__GNUC__': 12, '__GNUC_MINOR__': 2, '__GNUC_PATCHLEVEL__': 0, '__CHAR_BIT__': 8, '__OPTIMIZE__': 1,
        '__SIZEOF_INT__': 4, '__SIZEOF_LONG__': machine.ulong_bits // 8, '__SIZEOF_POINTER__': machine.ulong_bits // 8,
        '__SIZEOF_LONG_LONG__': 8, '__INT_MAX__': '0x7fffffff', '__linux__': 1, '__SIZE_TYPE__': 'unsigned long',
        '__LONG_MAX__': '0x7fffffffffffffffL' if wide else '0x7fffffffL', '__LONG_LONG_MAX__': '0x7fffffffffffffffLL',
        '__ORDER_LITTLE_ENDIAN__': 1234, '__ORDER_BIG_ENDIAN__': 4321,
        '__BYTE_ORDER__': 4321 if machine.big_endian else 1234,
    }
    if wide:
        macros['__LP64__'] = 1
    macros.update(machine.macros)
    return macros


def of_byte_order(macros, big_endian):
    """The macros of the same compiler for a machine of this byte order, under all the names that they go by."""
    big = {'__BIG_ENDIAN__', '__ARMEB__', '__AARCH64EB__', '__MIPSEB__', '__XTENSA_EB__'}
    little = {'__LITTLE_ENDIAN__', '__ARMEL__', '__AARCH64EL__', '__MIPSEL__', '__XTENSA_EL__', '__MICROBLAZEEL__'}
    macros = {name: value for name, value in macros.items() if name not in big | little}
    macros['__BYTE_ORDER__'] = 4321 if big_endian else 1234
    return macros | {name: 1 for name in (big if big_endian else little)}


def common_config(machine):
    config = on('MMU', 'SWAP', 'ARCH_HAS_PTE_SPECIAL', 'CC_IS_GCC', 'HAVE_PAGE_SIZE_4KB', 'CC_HAS_ASM_INLINE')
    config |= {'GCC_VERSION': 120200, 'CLANG_VERSION': 0, 'PGTABLE_LEVELS': machine.levels, 'PAGE_SHIFT': machine.page_shift,
               'NODES_SHIFT': 0, 'NR_CPUS': 1, 'ILLEGAL_POINTER_VALUE': 0, 'HZ': 250, 'BASE_SMALL': 0, 'LOG_BUF_SHIFT': 17,
               f'PAGE_SIZE_{1 << (machine.page_shift - 10)}KB': 1}
    config |= on('CPU_BIG_ENDIAN') if machine.big_endian else on('CPU_LITTLE_ENDIAN')
    if machine.ulong_bits == 64:
        config |= on('64BIT', 'PHYS_ADDR_T_64BIT')
    else:
        config |= on('32BIT')
    return config


# What the target decides while it boots.
X86_STUBS = {
    '_static_cpu_has': 'static inline _Bool _static_cpu_has(unsigned short bit) { return 0; }',
    '__supported_pte_mask': 'static unsigned long long __supported_pte_mask = ~0ull;',
    'boot_cpu_data': 'static struct { unsigned char x86_phys_bits; unsigned x86_capability[64]; } boot_cpu_data;',
}
# pte_mkwrite(pte, vma) of a mapping that is no shadow stack; the function itself is not in a header.
X86_MKWRITE = """
#define MKWRITE(pte) pte_clear_saveddirty(pte_mkwrite_novma(pte))
"""
# Where a huge page's entry has the format of a PTE, pmd_present() is asked as well.
SWAP_PMD = '#define SWAP_PMD\n'
S390_STUBS = {
    'get_lowcore': 'static inline struct lowcore *get_lowcore(void) { return (void *)0; }',
}


def every_machine_flag(text):
    """A machine that has what there is: no-execute protection above all."""
    return re.sub(r'get_lowcore\(\)->machine_flags|\(\*\(\(struct lowcore \*\) 0\)\)\.machine_flags', '(~0ull)', text)


PROTECTION_MIPS = """
#define READABLE __pgprot(_CACHE_CACHABLE_NONCOHERENT | _PAGE_PRESENT | _PAGE_NO_EXEC)
#define HIDDEN __pgprot(_CACHE_CACHABLE_NONCOHERENT | _PAGE_PRESENT | _PAGE_NO_EXEC | _PAGE_NO_READ)
"""
PROTECTION_SPARC64 = """
#define READABLE __pgprot(_PAGE_VALID | _PAGE_PRESENT_4U | _PAGE_CP_4U | _PAGE_CV_4U | _PAGE_ACCESSED_4U | _PAGE_READ_4U | _PAGE_R)
#define HIDDEN __pgprot(_PAGE_PRESENT_4U | _PAGE_ACCESSED_4U | _PAGE_CP_4U | _PAGE_CV_4U)
"""
PROTECTION_COLDFIRE = """
#define READABLE __pgprot(CF_PAGE_VALID | CF_PAGE_ACCESSED | CF_PAGE_READABLE)
"""
PROTECTION_NIOS2 = """
#define READABLE MKP(0, 0, 1)
#define HIDDEN MKP(0, 0, 0)
"""
PROTECTION_ARC = """
#define HIDDEN PAGE_U_NONE
"""
PPC64 = on('PPC', 'PPC64', 'PPC_BOOK3S', 'PPC_BOOK3S_64', 'PPC_RADIX_MMU', 'PPC_64S_HASH_MMU', 'NUMA_BALANCING', 'MEM_SOFT_DIRTY',
           'HAVE_ARCH_SOFT_DIRTY', 'ARCH_HAS_PTE_SPECIAL')


def ppc64_book3s(name, kernel, shift):
    config = PPC64 | on('PPC_4K_PAGES' if shift == 12 else 'PPC_64K_PAGES') | {'PPC_PAGE_SHIFT': shift}
    return Machine(name, 'powerpc', kernel, page_shift=shift, levels=4, macros={'__powerpc__': 1, '__powerpc64__': 1},
                   config=config, stubs={'radix_enabled': 'static inline _Bool radix_enabled(void) { return 1; }',
                                         '__pte_frag_nr': 'static unsigned long __pte_frag_nr = 1;'})


def ppc32(name, *config, wide=False):
    extra = on('PPC', 'PPC32', 'PPC_4K_PAGES', *config) | {'PPC_PAGE_SHIFT': 12, 'TASK_SIZE': '0xc0000000', 'KERNEL_START': '0xc0000000', 'PAGE_OFFSET': '0xc0000000', 'PHYSICAL_START': 0, 'DATA_SHIFT': 12, 'LOWMEM_SIZE': '0x30000000'}
    if wide:
        extra |= on('PTE_64BIT', 'PHYS_64BIT', 'PHYS_ADDR_T_64BIT')
    return Machine(name, 'powerpc', ulong_bits=32, levels=2, macros={'__powerpc__': 1}, config=extra, big_endian=True)


def mips(name, *config, ulong_bits=32, levels=2, **more):
    macros = {'__mips__': 1, '__mips': 32 if ulong_bits == 32 else 64, '_MIPS_SIM': 1 if ulong_bits == 32 else 3,
              '_MIPS_SZLONG': ulong_bits, '_ABIO32': 1, '_ABI64': 3, '_ABIN32': 2, '_MIPS_ISA': 33, '__MIPSEL__': 1,
              '_MIPS_SZPTR': ulong_bits, '_MIPS_SZINT': 32}
    return Machine(name, 'mips', ulong_bits=ulong_bits, levels=levels, macros=macros, before=PROTECTION_MIPS,
                   stubs={'_page_cachable_default': 'static const unsigned long _page_cachable_default = 3 << 9;'}, config=on('MIPS', 'ARCH_HAS_PTE_SPECIAL', *config),
                   include=['include/asm/mach-generic'], **more)


def x86_32(name, *config, **more):
    return Machine(name, 'x86', ulong_bits=32, macros={'__i386__': 1}, stubs=X86_STUBS, before=X86_MKWRITE, config=on('X86', 'X86_32', 'NUMA', *config) | {'PAGE_OFFSET': '0xC0000000', 'X86_L1_CACHE_SHIFT': 6}, **more)


def x86_64(name, kernel):
    return Machine(name, 'x86', kernel, levels=4, macros={'__x86_64__': 1}, stubs=X86_STUBS, before=SWAP_PMD + ('' if kernel == '6.1' else X86_MKWRITE),
                   config=on('X86', 'X86_64', 'MEM_SOFT_DIRTY', 'HAVE_ARCH_SOFT_DIRTY', 'HAVE_ARCH_USERFAULTFD_WP', 'NUMA_BALANCING',
                             'ARCH_HAS_PTE_DEVMAP', 'TRANSPARENT_HUGEPAGE', 'PTE_MARKER_UFFD_WP', 'ARCH_HAS_PTE_SPECIAL', 'USERFAULTFD') |
                   {'PHYSICAL_START': '0x1000000', 'PHYSICAL_ALIGN': '0x200000', 'X86_L1_CACHE_SHIFT': 6})


MACHINES = [
    x86_64('x86_64-6.12', '6.12'),
    Machine('s390x-6.12', 's390', big_endian=True, levels=5, macros={'__s390__': 1, '__s390x__': 1},
            stubs=S390_STUBS, rewrite=every_machine_flag, config=on('S390', 'MEM_SOFT_DIRTY', 'HAVE_ARCH_SOFT_DIRTY', 'NUMA_BALANCING')),
    ppc64_book3s('ppc64-book3s-4k-6.12', '6.12', 12),
    ppc64_book3s('ppc64-book3s-64k-6.12', '6.12', 16),
    x86_64('x86_64-6.1', '6.1'),
    Machine('s390x-6.1', 's390', '6.1', big_endian=True, levels=5, macros={'__s390__': 1, '__s390x__': 1},
            stubs=S390_STUBS, rewrite=every_machine_flag, config=on('S390', 'MEM_SOFT_DIRTY', 'HAVE_ARCH_SOFT_DIRTY', 'NUMA_BALANCING')),
    ppc64_book3s('ppc64-book3s-4k-6.1', '6.1', 12),
    ppc64_book3s('ppc64-book3s-64k-6.1', '6.1', 16),
    Machine('arm64-6.12', 'arm64', levels=4, before=SWAP_PMD, macros={'__aarch64__': 1},
            stubs={'por_el0_allows_pkey': 'static inline _Bool por_el0_allows_pkey(unsigned char key, _Bool write, _Bool execute) { return 1; }'}, config=on('ARM64', 'ARCH_HAS_PTE_DEVMAP', 'ARM64_4K_PAGES', 'NUMA_BALANCING', 'HAVE_ARCH_USERFAULTFD_WP', 'USERFAULTFD', 'ARM64_HW_AFDBM') |
            {'ARM64_VA_BITS': 48, 'ARM64_PA_BITS': 48, 'ARM64_PAGE_SHIFT': 12, 'ARM64_CONT_PTE_SHIFT': 4, 'ARM64_CONT_PMD_SHIFT': 4}),
    Machine('arm64-6.1', 'arm64', '6.1', levels=4, before=SWAP_PMD, macros={'__aarch64__': 1},
            config=on('ARM64', 'ARCH_HAS_PTE_DEVMAP', 'ARM64_4K_PAGES', 'NUMA_BALANCING', 'ARM64_HW_AFDBM') |
            {'ARM64_VA_BITS': 48, 'ARM64_PA_BITS': 48, 'ARM64_PAGE_SHIFT': 12, 'ARM64_CONT_PTE_SHIFT': 4, 'ARM64_CONT_PMD_SHIFT': 4}),
    x86_32('x86_32-2level-6.12', levels=2),
    x86_32('x86_32-pae-6.12', 'X86_PAE', 'PHYS_ADDR_T_64BIT', levels=3),
    Machine('alpha-6.12', 'alpha', page_shift=13, macros={'__alpha__': 1}, config=on('ALPHA')),
    Machine('arc-v2-6.12', 'arc', ulong_bits=32, page_shift=13, levels=2, macros={'__arc__': 1}, before=PROTECTION_ARC, config=on('ARC', 'ISA_ARCV2', 'ARC_MMU_V4') |
            {'LINUX_LINK_BASE': '0x80000000', 'LINUX_RAM_BASE': '0x80000000', 'ARC_KVADDR_SIZE': 256}),
    Machine('arm-2level-6.12', 'arm', ulong_bits=32, levels=2, macros={'__arm__': 1, '__LINUX_ARM_ARCH__': 7},
            stubs={'pgprot_user': 'static pgprot_t pgprot_user = {0x41f};'}, config=on('ARM', 'CPU_V7', 'ARM_L1_CACHE_SHIFT_6') | {'PAGE_OFFSET': '0xC0000000', 'PHYS_OFFSET': 0, 'ARM_L1_CACHE_SHIFT': 6, 'VECTORS_BASE': '0xffff0000'}),
    Machine('arm-lpae-6.12', 'arm', ulong_bits=32, levels=3, macros={'__arm__': 1, '__LINUX_ARM_ARCH__': 7},
            stubs={'pgprot_user': 'static pgprot_t pgprot_user = {0x71f};'}, config=on('ARM', 'CPU_V7', 'ARM_LPAE', 'PHYS_ADDR_T_64BIT') | {'PAGE_OFFSET': '0xC0000000', 'PHYS_OFFSET': 0, 'ARM_L1_CACHE_SHIFT': 6, 'VECTORS_BASE': '0xffff0000'}),
    Machine('csky-abiv1-6.12', 'csky', ulong_bits=32, levels=2, macros={'__csky__': 1, '__CSKYABIV1__': 1}, include=['abiv1/inc'],
            config=on('CSKY', 'CPU_CK610') | {'PAGE_OFFSET': '0x80000000', 'DRAM_BASE': 0}),
    Machine('csky-abiv2-6.12', 'csky', ulong_bits=32, levels=2, macros={'__csky__': 2, '__CSKYABIV2__': 1}, include=['abiv2/inc'],
            config=on('CSKY', 'CPU_CK810') | {'PAGE_OFFSET': '0x80000000', 'DRAM_BASE': 0}),
    Machine('hexagon-6.12', 'hexagon', ulong_bits=32, levels=2, macros={'__hexagon__': 1}, stubs={'_dflt_cache_att': 'static const unsigned long _dflt_cache_att = 7 << 6;'}, config=on('HEXAGON') | {'HEXAGON_ARCH_VERSION': 2}),
    Machine('loongarch64-6.12', 'loongarch', page_shift=14, macros={'__loongarch__': 1, '__loongarch64': 1, '__loongarch_grlen': 64},
            config=on('LOONGARCH', 'NUMA_BALANCING')),
    Machine('m68k-motorola-6.12', 'm68k', ulong_bits=32, big_endian=True, macros={'__m68k__': 1}, config=on('M68K', 'MMU_MOTOROLA', 'M68040', 'M68060')),
    Machine('m68k-sun3-6.12', 'm68k', ulong_bits=32, big_endian=True, page_shift=13, macros={'__m68k__': 1}, levels=2, config=on('M68K', 'SUN3', 'MMU_SUN3')),
    Machine('m68k-coldfire-6.12', 'm68k', ulong_bits=32, big_endian=True, page_shift=13, macros={'__m68k__': 1, '__mcoldfire__': 1}, levels=2,
            before=PROTECTION_COLDFIRE, config=on('M68K', 'COLDFIRE', 'MMU_COLDFIRE', 'M5441x') | {'RAMBASE': '0x40000000', 'RAMSIZE': '0x8000000', 'VECTORBASE': '0x40000000', 'KERNELBASE': '0x40001000', 'MCF_ADDR':0}),
    Machine('microblaze-6.12', 'microblaze', ulong_bits=32, levels=2, macros={'__MICROBLAZE__': 1, '__MICROBLAZEEL__': 1},
            config=on('MICROBLAZE') | {'KERNEL_START': '0xc0000000', 'TASK_SIZE': '0x80000000', 'KERNEL_BASE_ADDR': '0x90000000', 'LOWMEM_SIZE': '0x30000000'}),
    mips('mips32-r3k-6.12', 'CPU_R3000', 'CPU_R3K_TLB'),
    mips('mips32-xpa-6.12', 'CPU_MIPSR5', 'CPU_MIPS32', 'XPA', 'PHYS_ADDR_T_64BIT', 'CPU_HAS_RIXI'),
    mips('mips32-phys36-6.12', 'CPU_MIPS32', 'PHYS_ADDR_T_64BIT', 'MIPS_ALCHEMY'),
    mips('mips32-r4k-6.12', 'CPU_MIPS32'),
    mips('mips64-6.12', 'CPU_MIPS64', ulong_bits=64, levels=3),
    Machine('nios2-6.12', 'nios2', ulong_bits=32, levels=2, macros={'__nios2__': 1}, before=PROTECTION_NIOS2, config=on('NIOS2') | {'NIOS2_KERNEL_REGION_BASE': '0xc0000000', 'NIOS2_KERNEL_MMU_REGION_BASE': '0x80000000', 'NIOS2_IO_REGION_BASE': '0xe0000000', 'NIOS2_MEM_BASE': 0}),
    Machine('openrisc-6.12', 'openrisc', ulong_bits=32, page_shift=13, levels=2, big_endian=True, macros={'__or1k__': 1}, config=on('OPENRISC')),
    Machine('parisc32-6.12', 'parisc', ulong_bits=32, levels=2, big_endian=True, macros={'__hppa__': 1}, config=on('PARISC', 'PA8X00')),
    Machine('parisc64-6.12', 'parisc', levels=3, big_endian=True, macros={'__hppa__': 1, '__hppa64__': 1}, config=on('PARISC', 'PA20')),
    ppc32('ppc32-book3s-6.12', 'PPC_BOOK3S', 'PPC_BOOK3S_32'),
    ppc32('ppc32-book3s-pte64-6.12', 'PPC_BOOK3S', 'PPC_BOOK3S_32', wide=True),
    ppc32('ppc32-44x-6.12', '44x', 'PPC_47x', 'BOOKE', wide=True),
    ppc32('ppc32-85xx-6.12', 'PPC_85xx', 'PPC_E500', 'BOOKE', 'BOOKE_OR_40x'),
    ppc32('ppc32-e500-pte64-6.12', 'PPC_85xx', 'PPC_E500', 'BOOKE', wide=True),
    ppc32('ppc32-8xx-6.12', 'PPC_8xx'),
    Machine('ppc64-nohash-6.12', 'powerpc', levels=4, big_endian=True, macros={'__powerpc__': 1, '__powerpc64__': 1},
            config=on('PPC', 'PPC64', 'PPC_BOOK3E_64', 'PPC_E500', 'BOOKE', 'PPC_4K_PAGES', 'PTE_64BIT') | {'PPC_PAGE_SHIFT': 12}),
    Machine('riscv32-6.12', 'riscv', ulong_bits=32, levels=2, macros={'__riscv': 1, '__riscv_xlen': 32}, config=on('RISCV', 'ARCH_RV32I') | {'PAGE_OFFSET': '0xc0000000', 'PHYS_RAM_BASE':0}),
    Machine('riscv64-6.12', 'riscv', levels=5, before=SWAP_PMD, macros={'__riscv': 1, '__riscv_xlen': 64}, stubs={n: f'static inline unsigned long {n}(void) {{ return 0; }}' for n in ('riscv_page_mtmask', 'riscv_page_nocache', 'riscv_page_io')}, config=on('RISCV', 'ARCH_RV64I', 'NUMA_BALANCING', 'TRANSPARENT_HUGEPAGE') | {'PAGE_OFFSET': '0xff60000000000000', 'PHYS_RAM_BASE': 0}),
    Machine('sh-6.12', 'sh', ulong_bits=32, levels=2, macros={'__sh__': 1}, config=on('SUPERH', 'SUPERH32', 'CPU_SH4') | {'MEMORY_START': 0, 'MEMORY_SIZE': 0x4000000, 'PAGE_OFFSET': '0x80000000', 'PHYSICAL_START': 0}),
    Machine('sh-x2tlb-6.12', 'sh', ulong_bits=32, levels=2, macros={'__sh__': 1}, config=on('SUPERH', 'SUPERH32', 'CPU_SH4', 'X2TLB', 'CPU_SHX2', 'PHYS_ADDR_T_64BIT') | {'MEMORY_START': 0, 'MEMORY_SIZE': 0x4000000, 'PAGE_OFFSET': '0x80000000', 'PHYSICAL_START': 0}),
    Machine('sparc32-6.12', 'sparc', ulong_bits=32, big_endian=True, macros={'__sparc__': 1}, config=on('SPARC', 'SPARC32'),
            stubs={'__pfn_to_page': 'static inline void *__pfn_to_page(unsigned long pfn) { return (void *)(unsigned long long)pfn; }',
                   '__page_to_pfn': 'static inline unsigned long __page_to_pfn(void *page) { return (unsigned long)(unsigned long long)page; }'}),
    Machine('sparc64-6.12', 'sparc', page_shift=13, stubs={'tlb_type': 'static enum ultra_tlb_layout tlb_type;'}, levels=4, big_endian=True, macros={'__sparc__': 1, '__arch64__': 1}, before=PROTECTION_SPARC64, rewrite=sun4u, config=on('SPARC', 'SPARC64')),
    Machine('um32-6.12', 'um', ulong_bits=32, levels=2, include=['../x86/include/uapi'], macros={'__i386__': 1}, config=on('UML', 'UML_X86', 'X86_32')),
    Machine('um64-6.12', 'um', levels=3, include=['../x86/include/uapi'], macros={'__x86_64__': 1}, config=on('UML', 'UML_X86', 'X86_64', '3_LEVEL_PGTABLES')),
    Machine('xtensa-6.12', 'xtensa', ulong_bits=32, levels=2, macros={'XCHAL_HW_MIN_VERSION_MAJOR': 2260, 'XCHAL_HW_VERSION_MAJOR': 2260, '__xtensa__': 1, '__XTENSA_EL__': 1}, config=on('XTENSA') | {'KSEG_PADDR': 0, 'KERNEL_LOAD_ADDRESS': '0x3000', 'DEFAULT_MEM_START': 0}),
]
