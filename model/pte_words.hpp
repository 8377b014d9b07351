// SPDX-License-Identifier: GPL-2.0-only
// PTEs of two words: 64 bits on a machine that stores 32 at a time. Each word has a cell, and whoever looks without the lock may
// meet half of a change. Layout::order says in which order an architecture stores and loads them. The vocabulary in
// pte.hpp is made of this; modelled functions use it only where a step of theirs does more than store a PTE.
//
// The cell `pte` holds the whole PTE as the page table means it, and changes when the low word is stored, which has the present
// bit on all architectures. So memory's low word is that of `pte`; its high word is the cell `pte_high`. Under the lock, with
// nobody between two stores, the two agree, and the whole PTE is read in one step. So it is by the processor's own walk:
// PAE's loads 64 bits at once, and the handlers that do it elsewhere are left out.
#pragma once

#include "model/task.hpp"

namespace model {

using arch::Pte;

/// When the high word of a PTE is stored, seen from the low one.
enum class HighWord : std::uint8_t { not_stored, with_low, before, after };

/// `changes`: the bits that may change. A high word that is stored as it was is left alone.
HighWord high_word_of(Task& t, const arch::PteAccesses& stores, Word changes, Where at = Where::here());

/// Within a step: from now on the page table means `pte`.
inline void put_pte(Cells& c, const Machine& machine, Mapping m, Pte pte, HighWord high) {
    c.set(machine.at(m).pte, pte.val);
    if (high == HighWord::with_low) c.set(machine.at(m).pte_high, pte.val & arch::high_word);
}

/// Runs `low`, which is one step and calls put_pte(), and before or after it `store_high`, the step of the high word.
template <class StoreHigh, class Low>
void in_word_order(HighWord high, StoreHigh store_high, Low low) {
    if (high == HighWord::before) store_high();
    low();
    if (high == HighWord::after) store_high();
}

/// The step of the high word of a new PTE.
inline void store_high_word(Task& t, Mapping m, Pte pte, Where at) {
    write_once(t, t.machine.at(m).pte_high, pte.val & arch::high_word, "store of the high word", at);
}

/// The step of the high word where a PTE is changed by `edit`, a captureless callable Pte(const arch::Layout&, Pte, A...).
template <class Edit, class... A>
void edit_high_word(Task& t, Mapping m, Edit edit, Where at, A... arguments) {
    (void)edit;
    t.thread.atomic(
        "store of the high word",
        [](Cells& c, Mapping x, A... a) {
            const Machine& machine = c.context<Machine>();
            const Pte edited = Edit{}(machine.arch(), Pte{c.get(machine.at(x).pte)}, a...);
            c.set(machine.at(x).pte_high, edited.val & arch::high_word);
        },
        at, m, arguments...);
}

/// Changes a PTE in place, keeping what the hardware set since it was read. `changes`: the bits that `edit` may change.
template <class Edit, class... A>
void edit_pte(Task& t, Mapping m, const char* label, const arch::PteAccesses& stores, Word changes, Edit edit, Where at,
              A... arguments) {
    const HighWord high = high_word_of(t, stores, changes, at);
    in_word_order(
        high, [&] { edit_high_word(t, m, edit, at, arguments...); },
        [&] {
            t.thread.atomic(
                label,
                [](Cells& c, Mapping x, HighWord h, A... a) {
                    const Machine& machine = c.context<Machine>();
                    put_pte(c, machine, x, Edit{}(machine.arch(), Pte{c.get(machine.at(x).pte)}, a...), h);
                },
                at, m, high, arguments...);
        });
}

/// Clears a PTE around `low`, likewise.
template <class Low>
void clear_pte(Task& t, Mapping m, HighWord high, Low low, Where at) {
    in_word_order(
        high,
        [&] {
            edit_high_word(
                t, m, [](const arch::Layout& layout, Pte pte) { return arch::pte_cleared(layout, pte); }, at);
        },
        low);
}

/// One word, the other half zero.
Word load_word(Task& t, Mapping m, arch::PteAccess which, Where at = Where::here());

/// ptep_get_lockless() of two words.
Pte load_words_lockless(Task& t, Mapping m);

/// The word that the compiler has loaded, or stored, first where C says nothing: low or high.
arch::PteAccess first_of_both(Task& t, Where at = Where::here());

} // namespace model
