// SPDX-License-Identifier: GPL-2.0-only
#include "model/pte_words.hpp"

namespace model {

using arch::PteAccess;

HighWord high_word_of(Task& t, const arch::PteAccesses& stores, Word changes, Where at) {
    if (!arch::has_two_words(t.arch) || (changes & arch::high_word) == 0) return HighWord::not_stored;
    switch (stores[0]) {
    case PteAccess::whole: return HighWord::with_low;
    case PteAccess::high: return HighWord::before;
    case PteAccess::low: return stores.size() > 1 ? HighWord::after : HighWord::not_stored;
    case PteAccess::both: break;
    }
    return first_of_both(t, at) == PteAccess::high ? HighWord::before : HighWord::after;
}

PteAccess first_of_both(Task& t, Where at) {
    return t.thread.choose(2, "the compiler's order of the words", at) == 0 ? PteAccess::low : PteAccess::high;
}

Word load_word(Task& t, Mapping m, PteAccess which, Where at) {
    if (which == PteAccess::high) return read_once(t, t.machine.at(m).pte_high, "load of the high word", at);
    return t.thread.atomic(
        "load of the low word",
        [](Cells& c, Mapping x) { return c.get(c.context<Machine>().at(x).pte) & arch::low_word; }, at, m);
}

// ptep_get_lockless(), include/linux/pgtable.h, v5.7 - v6.12. Left out: nothing.
Pte load_words_lockless(Task& t, Mapping m) {
    const arch::PteAccesses& loads = t.arch.order.get_lockless;
    if (loads.size() < 2) {
        const PteAccess first = first_of_both(t);
        const Word one = load_word(t, m, first);
        return {one | load_word(t, m, first == PteAccess::low ? PteAccess::high : PteAccess::low)};
    }
    for (;;) {
        t.forget("ptep_get_lockless: again");
        const Word first = load_word(t, m, loads[0]);
        t.thread.fence("smp_rmb", checker::Order::acquire);
        const Word second = load_word(t, m, loads[1]);
        if (loads.size() < 3 || !t.rules[Rule::lockless_pte_recheck]) return {first | second};
        // Pairs with the barrier between the stores of set_pte() and of pte_clear().
        t.thread.fence("smp_rmb", checker::Order::acquire);
        if (load_word(t, m, loads[2]) == first) return {first | second};
    }
}

} // namespace model
