// SPDX-License-Identifier: GPL-2.0-only
// Learning local automata; see automata_execution.hpp.
#include "checker/automata_execution.hpp"

#include <algorithm>

namespace checker {

namespace {

/// What equal keys do not say of two operations: addresses are in no key.
bool announce_the_same(const Operation& a, const Operation& b) {
    return a.kind == b.kind && (a.kind != OpKind::atomic || a.function == b.function) &&
           (a.kind != OpKind::wait || a.predicate == b.predicate);
}

} // namespace

AutomataExecution::AutomataExecution(const Program& program, const MachineSettings& settings)
    : machine_(program, settings),
      interned_(program.threads().size()),
      stack_is_of_(program.threads().size()) {
    std::vector<LocalState*> initial;
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread) {
        now_.push_back(&new_local(thread));
        initial.push_back(&now_.back()->state);
    }
    machine_.start(initial.data());
    for (Local* const first : now_) {
        interned_[first->thread.index].emplace(machine_.identity_of(first->thread, first->state), first);
        save_stack(*first);
    }
}

AutomataExecution::Local* AutomataExecution::Local::after_one_of_many(Word found) const {
    if (many == nullptr) return nullptr;
    const auto edge = many->find(found);
    return edge == many->end() ? nullptr : edge->second;
}

void AutomataExecution::Local::add_edge(Word found, Local* to) {
    for (Edge& edge : few) {
        if (edge.to != nullptr) continue;
        edge = {found, to};
        return;
    }
    if (many == nullptr) many = std::make_unique<std::unordered_map<Word, Local*>>();
    many->emplace(found, to);
}

AutomataExecution::Local& AutomataExecution::new_local(std::size_t thread) {
    Local& local = locals_.emplace_back();
    local.thread = ThreadId{static_cast<std::uint8_t>(thread)};
    return local;
}

/// Runs the thread to its next operation.
AutomataExecution::Local& AutomataExecution::learn(std::size_t thread, Local& from, Word result) {
    bring_stack_to(from);
    Local& fresh = new_local(thread);
    fresh.parent = &from;
    fresh.told = result;
    machine_.run_on(from.thread, from.state, result, fresh.state);
    ++fiber_runs_;
    Local& next = intern(fresh);
    from.add_edge(result, &next);
    return next;
}

/// The local state that equals the one just arrived at, which is the newest; that one if there is none.
AutomataExecution::Local& AutomataExecution::intern(Local& fresh) {
    const std::size_t thread = fresh.thread.index;
    fresh.state.contribution = machine_.contribution_of(fresh.thread, fresh.state);
    const auto [entry, is_new] = interned_[thread].emplace(machine_.identity_of(fresh.thread, fresh.state), &fresh);
    Local& known = *entry->second;
    if (is_new) {
        save_stack(fresh);
    } else {
        // What the fiber's stack holds now is as good as the image of the known one, but only the audit looks that closely.
        stack_is_of_[thread] = nullptr;
        if (!announce_the_same(known.state.thread.pending, fresh.state.thread.pending))
            machine_.complain_of_key(fresh.thread, fresh.state);
        locals_.pop_back();
    }
    return known;
}

void AutomataExecution::save_stack(Local& local) {
    stack_is_of_[local.thread.index] = &local;
    if constexpr (!Fiber::can_roll_back) return;
    constexpr std::size_t chunk_bytes = std::size_t{1} << 20;
    static_assert(chunk_bytes >= Fiber::stack_bytes);
    const std::size_t bytes = local.state.used_bytes;
    if (chunk_left_ < bytes) {
        chunks_.push_back(std::make_unique_for_overwrite<std::byte[]>(chunk_bytes));
        chunk_left_ = chunk_bytes;
    }
    std::byte* const image = chunks_.back().get() + (chunk_bytes - chunk_left_);
    chunk_left_ -= bytes;
    machine_.fiber(local.thread).save(image);
    local.image = image;
}

void AutomataExecution::bring_stack_to(const Local& local) {
    if (stack_is_of_[local.thread.index] == &local) return;
    if constexpr (Fiber::can_roll_back)
        machine_.fiber(local.thread).restore(local.image, local.state.used_bytes);
    else
        run_again(local);
}

/// The way back where stacks cannot be restored: the thread alone is run from its beginning, with the results it got.
void AutomataExecution::run_again(const Local& local) {
    std::vector<Word> results;
    for (const Local* at = &local; at->parent != nullptr; at = at->parent) results.push_back(at->told);
    std::reverse(results.begin(), results.end());
    machine_.begin_thread(local.thread, on_the_way_);
    for (const Word result : results) machine_.run_on(local.thread, on_the_way_, result, on_the_way_);
}

} // namespace checker
