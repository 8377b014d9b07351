// SPDX-License-Identifier: GPL-2.0-only
// The swap toy: the protocol of swap-out, O_DIRECT and copy-on-write reduced to one PTE, one PTE lock and two pages, written
// after a twin in C11 atomics, so that engines can be compared on the same work. Start reading at swap_toy().
//
// Each access of the twin is a step, those to what the lock guards too. One thing differs: the twin's O_DIRECT threads note
// in a variable each that they had a page; whether one had is seen from the content here, for what it writes there is copied
// and never overwritten. So threads of a kind differ in nothing.
#pragma once

#include "checker/program.hpp"
#include "checker/thread.hpp"

#include <array>
#include <string>

namespace peers {

struct SwapToySize {
    unsigned o_direct = 1;       ///< NDIO: threads that take a reference under the lock and store through it later
    unsigned reclaimers = 1;     ///< NREC: threads that swap out once
    unsigned writers = 1;        ///< NCPU: threads that fault and store
    bool keeps_exclusive = true; ///< EXCL: the exclusive bit survives in the swap entry, and no write is lost
};

/// The shared state, as handles.
struct SwapToy {
    using Word = checker::Word;
    using PageBits = std::array<checker::Var<Word>, 2>;

    static constexpr Word present = 1, writable = 2, swapped = 4, swap_exclusive = 8;
    static constexpr unsigned tries = 3; ///< of a fault

    checker::Mutex ptl{};
    checker::Var<Word> pte{};
    PageBits exclusive{}, swapcache{}, dirty{};
    PageBits count{};         ///< references
    PageBits device{}, cpu{}; ///< content: what O_DIRECT wrote, what a thread stored
    bool keeps_exclusive = true;

    static Word page_of(Word entry) { return entry >> 4; }
    static Word entry_of(Word page, Word flags) { return page << 4 | flags; }
};

inline void swap_in(const SwapToy& toy, checker::Thread& t, SwapToy::Word entry) {
    const SwapToy::Word page = SwapToy::page_of(entry);
    const bool exclusive = (entry & SwapToy::swap_exclusive) != 0 || t.load(toy.count[page]) == 1;
    t.add(toy.count[page], 1);
    t.store(toy.exclusive[page], exclusive ? 1 : 0);
    t.store(toy.pte, SwapToy::entry_of(page, SwapToy::present | (exclusive ? SwapToy::writable : 0)));
}

inline void copy_page(const SwapToy& toy, checker::Thread& t, SwapToy::Word from) {
    const SwapToy::Word to = 1 - from;
    t.store(toy.device[to], t.load(toy.device[from]));
    t.store(toy.cpu[to], t.load(toy.cpu[from]));
    t.add(toy.count[to], 1);
    t.store(toy.exclusive[to], 1);
    t.store(toy.pte, SwapToy::entry_of(to, SwapToy::present | SwapToy::writable));
    t.add(toy.count[from], static_cast<SwapToy::Word>(-1));
}

inline void write_protect_fault(const SwapToy& toy, checker::Thread& t, SwapToy::Word entry) {
    const SwapToy::Word page = SwapToy::page_of(entry);
    const SwapToy::Word expected = 1 + t.load(toy.swapcache[page]);
    if (t.load(toy.exclusive[page]) == 0 && t.load(toy.count[page]) > expected) return copy_page(toy, t, page);
    t.store(toy.exclusive[page], 1);
    t.store(toy.pte, SwapToy::entry_of(page, SwapToy::present | SwapToy::writable));
}

/// Under the lock. Returns the PTE if it is present and writable; else brings it nearer to that and returns 0.
inline SwapToy::Word fault_step(const SwapToy& toy, checker::Thread& t) {
    const SwapToy::Word entry = t.load(toy.pte);
    if ((entry & SwapToy::swapped) != 0) return swap_in(toy, t, entry), 0;
    if ((entry & SwapToy::writable) == 0) return write_protect_fault(toy, t, entry), 0;
    return entry;
}

inline void o_direct(const SwapToy& toy, checker::Thread& t) {
    for (unsigned i = 0; i < SwapToy::tries; ++i) {
        t.forget("fault", i);
        t.lock(toy.ptl);
        if (const SwapToy::Word entry = fault_step(toy, t); entry != 0) {
            const SwapToy::Word page = SwapToy::page_of(entry);
            t.add(toy.count[page], 1);
            t.unlock(toy.ptl);
            t.store(toy.device[page], 1);
            t.add(toy.count[page], static_cast<SwapToy::Word>(-1));
            return;
        }
        t.unlock(toy.ptl);
    }
}

inline void reclaim(const SwapToy& toy, checker::Thread& t) {
    t.lock(toy.ptl);
    const SwapToy::Word old = t.load(toy.pte);
    if ((old & SwapToy::present) != 0) {
        const SwapToy::Word page = SwapToy::page_of(old);
        t.store(toy.pte, 0);
        if (t.load(toy.swapcache[page]) == 0) {
            t.store(toy.swapcache[page], 1);
            t.add(toy.count[page], 1);
        }
        const bool keeps = toy.keeps_exclusive && t.load(toy.exclusive[page]) != 0;
        t.store(toy.exclusive[page], 0);
        t.store(toy.pte, SwapToy::entry_of(page, SwapToy::swapped | (keeps ? SwapToy::swap_exclusive : 0)));
        t.add(toy.count[page], static_cast<SwapToy::Word>(-1));
    }
    t.unlock(toy.ptl);
}

inline void write(const SwapToy& toy, checker::Thread& t) {
    for (unsigned i = 0; i < SwapToy::tries; ++i) {
        t.forget("fault", i);
        t.lock(toy.ptl);
        const SwapToy::Word entry = fault_step(toy, t);
        if (entry != 0) {
            t.store(toy.dirty[SwapToy::page_of(entry)], 1);
            t.store(toy.cpu[SwapToy::page_of(entry)], 1);
        }
        t.unlock(toy.ptl);
        if (entry != 0) return;
    }
}

/// Whether what O_DIRECT threads wrote, if any did, is on the page that is mapped in the end, if one is.
inline bool is_no_write_lost(const SwapToy& toy, const checker::View& view) {
    const SwapToy::Word entry = view[toy.pte.cell];
    const bool any_wrote = view[toy.device[0].cell] == 1 || view[toy.device[1].cell] == 1;
    return !any_wrote || (entry & SwapToy::present) == 0 || view[toy.device[SwapToy::page_of(entry)].cell] == 1;
}

inline SwapToy add_swap_toy_cells(checker::Program& program, bool keeps_exclusive) {
    using Word = SwapToy::Word;
    SwapToy toy{.ptl = program.mutex("ptl"), .keeps_exclusive = keeps_exclusive};
    toy.pte = program.var<Word>("pte", SwapToy::entry_of(0, SwapToy::present | SwapToy::writable));
    for (unsigned page = 0; page < 2; ++page) {
        const std::string of_page = " " + std::to_string(page);
        toy.exclusive[page] = program.var<Word>("exclusive" + of_page, page == 0 ? 1 : 0);
        toy.swapcache[page] = program.var<Word>("swapcache" + of_page);
        toy.dirty[page] = program.var<Word>("dirty" + of_page);
        toy.count[page] = program.var<Word>("count" + of_page, page == 0 ? 1 : 0);
        toy.device[page] = program.var<Word>("device content" + of_page);
        toy.cpu[page] = program.var<Word>("cpu content" + of_page);
    }
    return toy;
}

inline checker::Program swap_toy(const SwapToySize& size) {
    checker::Program program;
    const SwapToy toy = add_swap_toy_cells(program, size.keeps_exclusive);
    program.add_threads("o_direct", size.o_direct, [toy](checker::Thread& t) { o_direct(toy, t); });
    program.add_threads("reclaim", size.reclaimers, [toy](checker::Thread& t) { reclaim(toy, t); });
    program.add_threads("write", size.writers, [toy](checker::Thread& t) { write(toy, t); });
    program.add_property({.name = "no-lost-write",
                          .kind = checker::PropertyKind::at_end,
                          .footprint = {toy.pte.cell, toy.device[0].cell, toy.device[1].cell},
                          .holds = [toy](const checker::View& view) { return is_no_write_lost(toy, view); },
                          .explain = nullptr});
    return program;
}

} // namespace peers
