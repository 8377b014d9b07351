// SPDX-License-Identifier: GPL-2.0-only
// Learning local automata; see automata.hpp.
#include "checker/automata.hpp"

#include <algorithm>
#include <cstddef>

namespace checker {

namespace {

/// What equal keys do not say of two operations: addresses are in no key.
bool announce_the_same(const Operation& a, const Operation& b) {
    return a.kind == b.kind && (a.kind != OpKind::atomic || a.function == b.function) &&
           (a.kind != OpKind::wait || a.predicate == b.predicate);
}

} // namespace

Automata::Automata(const Program& program, const MachineSettings& settings, const Reductions& reductions)
    : machine_(program, settings),
      independence_(program, reductions),
      interned_(program.threads().size()),
      stack_is_of_(program.threads().size()) {
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread) {
        // Where fingerprints tell threads apart, each has its own automaton.
        const ThreadId id{static_cast<std::uint8_t>(thread)};
        const ThreadId owner = settings.symmetry ? program.threads()[thread].first_alike : id;
        if (owner != id) {
            initial_.push_back(initial_[owner.index]);
            continue;
        }
        Local& first = new_local(id);
        machine_.begin_thread(id, first.state);
        first.state.contribution = machine_.contribution_of(id, first.state);
        first.effect = effect_of(first.state.thread.pending);
        initial_.push_back(&first);
        interned_[thread].emplace(machine_.identity_of(id, first.state), &first);
        save_stack(first);
        independence_.add_local(first, true);
    }
}

Local& Automata::new_local(ThreadId owner) {
    Local& local = locals_.emplace_back();
    local.owner = owner;
    local.number = static_cast<std::uint32_t>(locals_.size() - 1);
    return local;
}

/// Runs the thread to its next operation, unless another execution has just found out where that is.
Local& Automata::learn(Local& from, Word result, Machine& asking) {
    const std::lock_guard guard(learning_);
    if (Local* const known = from.edges.after(result)) return *known;
    bring_stack_to(from);
    Local& fresh = new_local(from.owner);
    fresh.parent = &from;
    fresh.told = result;
    machine_.run_on(from.owner, from.state, result, fresh.state);
    ++fiber_runs_;
    Local& next = intern(fresh);
    independence_.add_edge(from, result, next);
    from.edges.add(result, &next);
    learned_.push_back({from.number, result});
    asking.adopt_error(machine_);
    return next;
}

bool Automata::learn_again(const std::vector<LearnedEdge>& edges) {
    for (const auto& [from, result] : edges) {
        if (from >= locals_.size() || locals_[from].edges.after(result) != nullptr) return false;
        learn(locals_[from], result, machine_);
        if (!machine_.error().empty()) return false;
    }
    return true;
}

Hash128 Automata::digest() const {
    Hash128 digest;
    for (std::size_t number = 0; number < locals_.size(); ++number) {
        digest.absorb(locals_[number].state.contribution.low);
        digest.absorb(locals_[number].state.contribution.high);
    }
    return digest;
}

/// The local state that equals the one just arrived at, which is the newest; that one if there is none.
Local& Automata::intern(Local& fresh) {
    const std::size_t owner = fresh.owner.index;
    fresh.state.contribution = machine_.contribution_of(fresh.owner, fresh.state);
    const auto [entry, is_new] = interned_[owner].emplace(machine_.identity_of(fresh.owner, fresh.state), &fresh);
    Local& known = *entry->second;
    if (is_new) {
        fresh.effect = effect_of(fresh.state.thread.pending);
        save_stack(fresh);
        independence_.add_local(fresh, false);
    } else {
        // What the fiber's stack holds now is as good as the image of the known one, but only the audit looks that closely.
        stack_is_of_[owner] = nullptr;
        if (!announce_the_same(known.state.thread.pending, fresh.state.thread.pending))
            machine_.complain_of_key(fresh.owner, fresh.state);
        locals_.pop_back();
    }
    return known;
}

void Automata::save_stack(Local& local) {
    stack_is_of_[local.owner.index] = &local;
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
    machine_.fiber(local.owner).save(image);
    local.image = image;
}

void Automata::bring_stack_to(const Local& local) {
    if (stack_is_of_[local.owner.index] == &local) return;
    if constexpr (Fiber::can_roll_back)
        machine_.fiber(local.owner).restore(local.image, local.state.used_bytes);
    else
        run_again(local);
}

/// The way back where stacks cannot be restored: the thread alone is run from its beginning, with the results it got.
void Automata::run_again(const Local& local) {
    std::vector<Word> results;
    for (const Local* at = &local; at->parent != nullptr; at = at->parent) results.push_back(at->told);
    std::reverse(results.begin(), results.end());
    machine_.begin_thread(local.owner, on_the_way_);
    for (const Word result : results) machine_.run_on(local.owner, on_the_way_, result, on_the_way_);
}

} // namespace checker
