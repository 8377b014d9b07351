/* SPDX-License-Identifier: GPL-2.0-only */
/* Notes who touches a PTE in memory: the calls that gcc -fsanitize=thread puts before loads and stores, and those that
 * asm_trace.py puts beside assembler. order.c is compiled that way, this file is not. */

typedef unsigned long word;

enum { LOAD, STORE, EXCHANGE, WRITE_BARRIER, READ_BARRIER };

static word watched, watched_size, count;
static word events[64];

static void note(word kind, word at, word size) {
    if (count == sizeof events / sizeof events[0]) return;
    events[count++] = kind | at << 8 | size << 16;
}
static void touch(word kind, word at, word size) {
    if (at >= watched && at < watched + watched_size) note(kind, at - watched, size);
}

word order_watch(word at, word size) {
    watched = at;
    watched_size = size;
    count = 0;
    return 0;
}
word order_count(void) { return count; }
word order_event(word n) { return events[n]; }

void order_wmb(void) { note(WRITE_BARRIER, 0, 0); }
void order_rmb(void) { note(READ_BARRIER, 0, 0); }
void order_note_exchange(void *at, int size) { touch(EXCHANGE, (word)at, (word)size); }

/* Of one word. */
unsigned order_load(void *at) {
    touch(LOAD, (word)at, 4);
    return *(unsigned *)at;
}
void order_store(void *at, unsigned value) {
    touch(STORE, (word)at, 4);
    *(unsigned *)at = value;
}
void order_exchange(void *at, unsigned value) {
    touch(EXCHANGE, (word)at, 4);
    *(unsigned *)at = value;
}
/* Of two. */
unsigned long long order_exchange_both(void *at, unsigned long long value) {
    unsigned long long old = *(unsigned long long *)at;
    touch(EXCHANGE, (word)at, 8);
    *(unsigned long long *)at = value;
    return old;
}

#define INSTRUMENTED(size)                                                      \
    void __tsan_read##size(void *at) { touch(LOAD, (word)at, size); }             \
    void __tsan_write##size(void *at) { touch(STORE, (word)at, size); }           \
    void __tsan_unaligned_read##size(void *at) { touch(LOAD, (word)at, size); }   \
    void __tsan_unaligned_write##size(void *at) { touch(STORE, (word)at, size); }
INSTRUMENTED(1)
INSTRUMENTED(2)
INSTRUMENTED(4)
INSTRUMENTED(8)
INSTRUMENTED(16)
void __tsan_read_range(void *at, word size) { touch(LOAD, (word)at, size); }
void __tsan_write_range(void *at, word size) { touch(STORE, (word)at, size); }
void __tsan_func_entry(void *at) { (void)at; }
void __tsan_func_exit(void) {}
void __tsan_init(void) {}
