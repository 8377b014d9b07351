/* SPDX-License-Identifier: GPL-2.0-only */
/* The swap toy at the granularity of its C twin: one visible operation (lock, unlock, atomic access) starts each atomic
 * block, and everything local or guarded by the lock follows in the same block. */
#ifndef EXCL
#define EXCL 1
#endif
#ifndef NCPU
#define NCPU 1
#endif
#ifndef NREC
#define NREC 1
#endif
#ifndef NDIO
#define NDIO 1
#endif
bit ptl = 0;
bit P = 1, W = 1, S = 0, SX = 0, PGE = 0;   /* the PTE, decoded */
bit excl[2]; bit swapc[2]; bit dirty[2];
byte ref[2];
bit c0[2]; bit c1[2];
bit dio_ok = 0;
byte left = NDIO + NREC + NCPU;
#define FAULT(RETRY, DONE, WRITABLE) \
RETRY: \
  atomic { ptl == 0 -> ptl = 1; p = PGE; \
    if \
    :: S && SX -> x = 1; goto MAP \
    :: S && !SX -> goto LOOK \
    :: P && !W && !excl[p] -> goto COUNT \
    :: P && !W && excl[p] -> W = 1; goto OUT \
    :: P && W -> goto WRITABLE \
    fi }; \
LOOK:  atomic { x = (ref[p] == 1); goto MAP }; \
MAP:   atomic { ref[p]++; excl[p] = x; S = 0; P = 1; W = x; SX = 0; x = 0; goto OUT }; \
COUNT: atomic { if :: ref[p] > 1 + swapc[p] -> goto CP0 :: else -> excl[p] = 1; W = 1; goto OUT fi }; \
CP0: atomic { t = c0[p] }; atomic { c0[1-p] = t; t = 0 }; \
     atomic { t = c1[p] }; atomic { c1[1-p] = t; t = 0 }; \
     atomic { ref[1-p]++; excl[1-p] = 1; PGE = 1-p; W = 1 }; \
     atomic { ref[p]--; goto OUT }; \
OUT: atomic { ptl = 0; i++; p = 0; if :: i < 3 -> goto RETRY :: else -> i = 0; left--; goto DONE fi };
proctype Dio() { bit p, x, t; byte i;
  FAULT(AGAIN, end, HAVE)
HAVE: atomic { ref[p]++ };
  atomic { ptl = 0; i = 0 };
  atomic { c0[p] = 1 };
  atomic { ref[p]--; dio_ok = 1; p = 0; left-- ; goto end };
end: false
}
proctype Reclaim() { bit p;
  atomic { ptl == 0 -> ptl = 1; p = PGE;
    if
    :: P && swapc[p] -> P = 0; W = 0; goto INST
    :: P && !swapc[p] -> P = 0; W = 0; swapc[p] = 1; goto ADD
    :: !P -> goto OUT
    fi };
ADD: atomic { ref[p]++; SX = EXCL && excl[p]; excl[p] = 0; S = 1; goto DROP };
INST: atomic { SX = EXCL && excl[p]; excl[p] = 0; S = 1; ref[p]--; goto OUT };
DROP: atomic { ref[p]-- };
OUT: atomic { ptl = 0; p = 0; left-- ; goto end };
end: false
}
proctype Cpu() { bit p, x, t; byte i;
  FAULT(AGAIN, end, HAVE)
HAVE: atomic { dirty[p] = 1; c1[p] = 1; p = 0; i = 0 };
  atomic { ptl = 0; left-- ; goto end };
end: false
}
init { byte k;
  atomic { excl[0] = 1; ref[0] = 1;
    k = 0; do :: k < NDIO -> run Dio(); k++ :: else -> break od;
    k = 0; do :: k < NREC -> run Reclaim(); k++ :: else -> break od;
    k = 0; do :: k < NCPU -> run Cpu(); k++ :: else -> break od; k = 0 };
  atomic { left == 0 -> assert(!(dio_ok && P) || c0[PGE]) }
}
