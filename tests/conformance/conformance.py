#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Do our PTE layouts say what the kernel's headers say?

usage: conformance.py COMPARE WORK [--tree VERSION=DIRECTORY]... [--mutate] [NAME...]

COMPARE is the built tests/conformance/conformance_compare, WORK a directory for what is made of the headers. Without --tree, the headers come
from the Debian packages linux-source-6.1 and linux-source-6.12; without these, the test is skipped (exit code 77).
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import extract  # noqa: E402
import facts  # noqa: E402
import two_words  # noqa: E402
from machines import MACHINES  # noqa: E402

VERSIONS = ('6.1', '6.12')
# Of a kernel: its headers, its Kconfig files, and the few functions that change a PTE and are in no header.
PARTS = ('include', 'arch/*/include', 'arch/csky/abi*', 'arch/*Kconfig*', 'arch/arm/mm/mmu.c', 'arch/arm/mm/proc-v7-3level.S',
         'arch/x86/mm/pgtable.c', 'mm/pgtable-generic.c')


def unpack(version, work):
    """What is needed of an installed linux-source package, unpacked once; None if it is not installed."""
    tarball = pathlib.Path(f'/usr/src/linux-source-{version}.tar.xz')
    if not tarball.exists():
        return None
    tree = work / f'linux-{version}'
    stamp = work / f'linux-{version}.unpacked'
    of = f'{tarball.stat().st_size} {tarball.stat().st_mtime_ns} {PARTS}'
    if stamp.exists() and stamp.read_text() == of:
        return tree
    tree.mkdir(parents=True, exist_ok=True)
    # tar complains where a pattern below one that it has used matches nothing more.
    subprocess.run(['tar', '-xJf', str(tarball), '-C', str(tree), '--strip-components=1', '--wildcards',
                    *(f'linux-source-{version}/{part}' for part in PARTS)], stderr=subprocess.DEVNULL, check=False)
    if not (tree / 'include/linux/pgtable.h').exists():
        raise SystemExit(f'cannot unpack {tarball}')
    stamp.write_text(of)
    return tree


def extract_one(machine, trees, work):
    """Everything of one machine: its facts and what went wrong."""
    for old in work.glob(f'{machine.name}.*.so'):
        old.unlink()
    (work / f'{machine.name}.so').unlink(missing_ok=True)
    tree = trees[machine.kernel]
    if tree is None:
        return [], ''
    errors = extract.build(tree, machine, work)
    for big_endian in (False, True):
        errors = errors or extract.build_storage(tree, machine, big_endian, work)
    if machine.name in two_words.WATCHED:
        for version in VERSIONS:
            if trees[version] is not None:
                errors = errors or two_words.build(version, trees[version], machine, work)
    return facts.of(machine, trees, work), errors


def extract_all(machines, trees, work):
    """Returns how many failed."""
    work.mkdir(parents=True, exist_ok=True)
    failed, lines = 0, []
    for version in VERSIONS:
        for arch in sorted({machine.arch for machine in machines}):
            if trees[version] is not None:
                extract.prepare_stubs(trees[version], version, arch, work)
    with concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(extract_one, machines, [trees] * len(machines), [work] * len(machines))
        for machine, (found, errors) in zip(machines, results):
            lines += found
            if errors:
                failed += 1
                print(f'{machine.name}: its extract does not compile:\n{errors[:2000]}')
    (work / 'facts.txt').write_text(''.join(f'{line}\n' for line in lines))
    return failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('compare', type=pathlib.Path)
    parser.add_argument('work', type=pathlib.Path)
    parser.add_argument('--tree', action='append', default=[], metavar='VERSION=DIRECTORY')
    parser.add_argument('--mutate', action='store_true', help='change every field of every layout in turn')
    parser.add_argument('names', nargs='*')
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    trees = {version: pathlib.Path(tree) for version, tree in (item.split('=', 1) for item in options.tree)}
    for version in VERSIONS:
        trees.setdefault(version, unpack(version, options.work))
    absent = [version for version in VERSIONS if trees[version] is None]
    if len(absent) == len(VERSIONS):
        print('skipped: no kernel headers. Install linux-source-6.1 and linux-source-6.12, or give --tree 6.12=DIRECTORY')
        return 77
    if absent:
        print(f'no headers of {", ".join(absent)}')
    extracts = options.work / 'extracts'
    machines = [machine for machine in MACHINES if not options.names or machine.name in options.names]
    failed = extract_all(machines, trees, extracts)
    command = [str(options.compare.resolve()), str(extracts), *(['--mutate'] if options.mutate else []), *options.names]
    sys.stdout.flush()
    return subprocess.run(command, check=False).returncode or (1 if failed else 0)


if __name__ == '__main__':
    sys.exit(main())
