// SPDX-License-Identifier: GPL-2.0-only
// A state is kept as the numbers of its threads' local states, and then each cell that is not as at the beginning, with the
// number of its word. Numbers are written 7 bits a byte.
#include "checker/kept_states.hpp"

#include <algorithm>

namespace checker {

namespace {

void put(std::string& bytes, std::uint32_t number) {
    for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
    bytes += static_cast<char>(number);
}

std::uint32_t get(const std::string& bytes, std::size_t& at) {
    std::uint32_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes[at++]);
        number |= (byte & 0x7fU) << shift;
        if (byte < 0x80) return number;
    }
}

} // namespace

KeptStates::KeptStates(const Program& program, bool symmetric) : program_(program) {
    std::unordered_map<std::uint8_t, std::size_t> group_of;
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread) {
        const ThreadId id{static_cast<std::uint8_t>(thread)};
        const std::uint8_t first = symmetric ? program.threads()[thread].first_alike.index : id.index;
        const auto [group, is_new] = group_of.try_emplace(first, groups_.size());
        if (is_new) groups_.emplace_back();
        groups_[group->second].push_back(id);
    }
}

StateObserver KeptStates::observer() {
    return {.begin = [this] { clear(); },
            .kept =
                [this](AutomataExecution& execution) {
                    const std::lock_guard guard(mutex_);
                    automata_ = execution.shared_automata();
                    merges_ = execution.is_observing();
                    add(execution);
                }};
}

bool KeptStates::add(const AutomataExecution& execution) { return states_.insert(encode(execution)).second; }

bool KeptStates::contains(const AutomataExecution& execution) const { return states_.contains(encode(execution)); }

std::uint32_t KeptStates::number_of(Local& local) const {
    // Searches do not tell apart by what assertion a thread has failed.
    Local& stands_for = local.state.thread.pending.kind == OpKind::failed
                            ? *failed_.try_emplace(local.owner.index, &local).first->second
                            : local;
    const auto [entry, is_new] = local_numbers_.try_emplace(&stands_for, static_cast<std::uint32_t>(locals_.size()));
    if (is_new) locals_.push_back(&stands_for);
    return entry->second;
}

std::uint32_t KeptStates::number_of(Word word) const {
    const auto [entry, is_new] = word_numbers_.try_emplace(word, static_cast<std::uint32_t>(words_.size()));
    if (is_new) words_.push_back(word);
    return entry->second;
}

std::string KeptStates::encode(const AutomataExecution& execution) const {
    std::string bytes;
    std::vector<std::uint32_t> numbers;
    for (const Alike& alike : groups_) {
        numbers.clear();
        for (const ThreadId thread : alike) numbers.push_back(number_of(execution.local(thread)));
        std::sort(numbers.begin(), numbers.end());
        for (const std::uint32_t number : numbers) put(bytes, number);
    }
    const Cells& cells = execution.machine().cells();
    std::uint32_t last = 0;
    for (std::uint32_t cell = 0; cell < cells.size(); ++cell) {
        const Word word = cells.peek(CellId{static_cast<std::uint16_t>(cell)});
        if (word == program_.cells()[cell].initial) continue;
        put(bytes, cell - last);
        put(bytes, number_of(word));
        last = cell;
    }
    return bytes;
}

void KeptStates::take_apart(const std::string& state, Parts& parts) const {
    std::size_t at = 0;
    parts.locals.resize(program_.threads().size());
    for (const Alike& alike : groups_)
        for (const ThreadId thread : alike) parts.locals[thread.index] = locals_[get(state, at)];
    parts.cells.clear();
    for (const CellSpec& cell : program_.cells()) parts.cells.push_back(cell.initial);
    for (std::size_t cell = 0; at < state.size();) {
        cell += get(state, at);
        parts.cells[cell] = words_[get(state, at)];
    }
}

} // namespace checker
