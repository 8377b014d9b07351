#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# cowherd's engine and SPIN on the swap toy, in turn, in one run; called by `./dev bench peers`.
#
# usage: compare.sh BENCH SIZE...     BENCH: the program swap_toy_peer; SIZE: "3 4 4" (O_DIRECT, reclaimers, writers)
#
# SPIN runs as it is fastest for this: partial-order reduction, hash-compact (-DHC4), no fairness, a table of 2^27 slots.
# Its seconds are those it reports itself, as ours are.

set -euo pipefail
export LC_ALL=C.UTF-8

bench=$1
shift
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# States, seconds and MiB of a search by SPIN.
spin_row() {
    cd "$scratch"
    spin -a -DEXCL=1 -DNDIO="$1" -DNREC="$2" -DNCPU="$3" "$here/swap_toy.pml" >/dev/null
    gcc -O2 -DSAFETY -DMEMLIM=12000 -DHC4 -DNOFAIR -o pan pan.c
    ./pan -m2000000 -w27 >pan.out
    awk '/states, stored/ {states = $1} /elapsed time/ {seconds = $4} /total actual memory/ {mib = $1}
         /errors: / {errors = $NF} END {print states, seconds + 0, mib, errors == 0 ? "holds" : "does-not-hold"}' pan.out
}

printf '%-12s %-22s %12s %9s %9s %14s %s\n' size search states s MiB 'SPIN s / s' verdict
for size in "$@"; do
    read -r dio reclaim write <<<"$size"
    spin=$(spin_row "$dio" "$reclaim" "$write")
    read -r states seconds mib verdict <<<"$spin"
    spin_seconds=$seconds
    printf '%-12s %-22s %12s %9s %9s %14s %s\n' "$size" 'SPIN -DHC4 -DNOFAIR' "$states" "$seconds" "$mib" 1 "$verdict"
    for search in 'no-symmetry 1' 'all 1' 'all 2'; do
        read -r reductions jobs <<<"$search"
        read -r states seconds mib verdict < <("$bench" "$dio" "$reclaim" "$write" "$reductions" "$jobs")
        ratio=$(awk -v a="$spin_seconds" -v b="$seconds" 'BEGIN {if (a < 0.05 || b <= 0) print "-"; else printf "%.1f", a / b}')
        printf '%-12s %-22s %12s %9s %9s %14s %s\n' "$size" "cowherd $reductions -j$jobs" "$states" "$seconds" "$mib" "$ratio" \
            "$verdict"
    done
done
