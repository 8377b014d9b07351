// SPDX-License-Identifier: GPL-2.0-only
// Finding out what commutes; see independence.hpp.
#include "checker/independence.hpp"

#include "checker/automata.hpp"
#include "checker/monitor.hpp"

#include <algorithm>

namespace checker {

namespace {

void set(std::vector<Word>& bits, std::size_t at) {
    if (at / 64 >= bits.size()) bits.resize(at / 64 + 1);
    bits[at / 64] |= Word{1} << (at % 64);
}

bool meet(const std::vector<Word>& a, const std::vector<Word>& b) {
    for (std::size_t at = 0; at < std::min(a.size(), b.size()); ++at)
        if ((a[at] & b[at]) != 0) return true;
    return false;
}

bool contains(const auto& sorted, auto value) { return std::binary_search(sorted.begin(), sorted.end(), value); }

void insert(auto& sorted, auto value) {
    const auto at = std::lower_bound(sorted.begin(), sorted.end(), value);
    if (at == sorted.end() || *at != value) sorted.insert(at, value);
}

template <class T>
void intersect(std::vector<T>& with, const std::vector<T>& other) {
    std::erase_if(with, [&other](const T& value) { return !contains(other, value); });
}

bool writes_to_a_word(OpKind kind) {
    switch (kind) {
    case OpKind::store:
    case OpKind::exchange:
    case OpKind::compare_exchange:
    case OpKind::fetch_add:
    case OpKind::fetch_or:
    case OpKind::fetch_and: return true;
    default: return false;
    }
}

constexpr std::uint32_t exclusive(std::uint32_t lock) { return 2 * lock + 1; }
constexpr std::uint32_t shared(std::uint32_t lock) { return 2 * lock; }

} // namespace

Independence::Independence(const Program& program, const Reductions& reductions)
    : wanted_(reductions.merge),
      commuting_(reductions.commute),
      locks_(program.locks()),
      lock_bits_(program.cells().size()),
      watchers_(Monitor(program, false).watchers()),
      is_shared_(locks_.size()) {
    for (const Mutex& lock : locks_) lock_bits_[lock.cell.index] |= lock.mask;
}

// Discovery and observation.

void Independence::add_local(Local& local, bool is_initial) {
    const std::lock_guard guard(mutex_);
    local.knowledge.index = static_cast<std::uint32_t>(infos_.size());
    if (!wanted_) return;
    Info& info = infos_.emplace_back();
    info.local = &local;
    info.is_initial = info.has_held = is_initial;
    for (const Access& access : accesses_of(local.state.thread.pending, commuting_)) add_access(info, access);
    stale_.store(true, std::memory_order_relaxed);
}

void Independence::add_edge(const Local& from, Word result, const Local& to) {
    if (!wanted_) return;
    const std::lock_guard guard(mutex_);
    Info& source = infos_[from.knowledge.index];
    source.edges.push_back({result, to.knowledge.index});
    Held held = held_after(source, result);
    Info& target = infos_[to.knowledge.index];
    if (target.has_held)
        intersect(target.held, held);
    else
        target.held = std::move(held);
    target.has_held = true;
    stale_.store(true, std::memory_order_relaxed);
}

bool Independence::has_observed(const Local& at, Word digest) {
    for (const std::atomic<Word>& known : at.knowledge.digests)
        if (known.load(std::memory_order_relaxed) == digest) return true;
    return false;
}

void Independence::observe(Local& at, Word result, Word digest, const AccessRecorder& recorder,
                           const std::vector<LockChange>& changes) {
    const std::lock_guard guard(mutex_);
    // The last few are remembered; more than that are looked at again, which finds nothing new.
    for (std::size_t n = at.knowledge.digests.size() - 1; n > 0; --n)
        at.knowledge.digests[n] = at.knowledge.digests[n - 1].load();
    at.knowledge.digests[0] = digest;
    Info& info = infos_[at.knowledge.index];
    for (const auto& [cell, writes] : recorder.noted())
        add_access(info, {cell, writes ? AccessKind::write : AccessKind::read, ~Word{0}});

    Effect now{.result = result, .taken = {}, .released = {}};
    for (std::uint32_t lock = 0; lock < locks_.size(); ++lock) {
        for (const LockChange& change : changes) {
            if (change.cell != locks_[lock].cell) continue;
            if ((change.released & locks_[lock].mask) != 0) insert(now.released, lock);
            // Of a reader-writer lock that is no lock operation's doing, nothing can be said.
            if (locks_[lock].mask == ~Word{0})
                insert(now.released, lock);
            else if ((change.taken & locks_[lock].mask) != 0)
                insert(now.taken, exclusive(lock));
        }
    }
    const auto known = std::find_if(info.effects.begin(), info.effects.end(),
                                    [result](const Effect& effect) { return effect.result == result; });
    const bool is_first = known == info.effects.end();
    if (is_first && changes.empty()) return;
    at.knowledge.changes_locks.store(true, std::memory_order_relaxed);
    stale_.store(true, std::memory_order_relaxed);
    if (is_first) {
        // It was seen before, and changed nothing then.
        const auto is_of_result = [result](const Edge& edge) { return edge.result == result; };
        if (std::any_of(info.edges.begin(), info.edges.end(), is_of_result)) now.taken.clear();
        info.effects.push_back(std::move(now));
        return;
    }
    intersect(known->taken, now.taken);
    for (const std::uint32_t lock : now.released) insert(known->released, lock);
}

void Independence::add_access(Info& info, const Access& access) {
    const AccessId id = id_of(access);
    if (contains(info.accesses, id)) return;
    insert(info.accesses, id);
    stale_.store(true, std::memory_order_relaxed);
}

Independence::AccessId Independence::id_of(const Access& access) {
    const auto known = std::find(accesses_.begin(), accesses_.end(), access);
    const auto id = static_cast<AccessId>(known - accesses_.begin());
    if (known != accesses_.end()) return id;
    accesses_.push_back(access);
    conflicts_.emplace_back();
    for (AccessId other = 0; other <= id; ++other) {
        if (!conflict(access, accesses_[other])) continue;
        set(conflicts_[id], other);
        set(conflicts_[other], id);
    }
    return id;
}

// Locks.

int Independence::lock_at(CellId cell, Word mask) const {
    for (std::size_t lock = 0; lock < locks_.size(); ++lock)
        if (locks_[lock].cell == cell && locks_[lock].mask == mask) return static_cast<int>(lock);
    return -1;
}

/// Whatever writes to the bits of a lock without being an operation on locks takes it away from its holder, for all we know.
void Independence::note_foreign_write(const Operation& op) {
    for (std::size_t lock = 0; lock < locks_.size(); ++lock)
        if (locks_[lock].cell == op.cell && (locks_[lock].mask & op.mask) != 0) is_shared_[lock] = true;
}

/// The locks that a thread holds that was told `result` in `from`.
Independence::Held Independence::held_after(const Info& from, Word result) {
    Held held = from.held;
    const auto release = [&](std::uint32_t lock) {
        if (!contains(held, exclusive(lock)) && !contains(held, shared(lock))) is_shared_[lock] = true;
        std::erase_if(held, [lock](std::uint32_t entry) { return entry / 2 == lock; });
    };
    for (const Effect& effect : from.effects) {
        if (effect.result != result) continue;
        for (const std::uint32_t lock : effect.released) release(lock);
        for (const std::uint32_t entry : effect.taken) insert(held, entry);
    }
    const Operation& op = from.local->state.thread.pending;
    if (writes_to_a_word(op.kind)) note_foreign_write(op);
    const int found = lock_at(op.cell, op.mask);
    if (found < 0) return held;
    const auto lock = static_cast<std::uint32_t>(found);
    switch (op.kind) {
    case OpKind::lock:
    case OpKind::write_lock: insert(held, exclusive(lock)); break;
    case OpKind::trylock:
    case OpKind::write_trylock:
        if (result != 0) insert(held, exclusive(lock));
        break;
    case OpKind::read_lock: insert(held, shared(lock)); break;
    case OpKind::read_trylock:
        if (result != 0) insert(held, shared(lock));
        break;
    case OpKind::unlock:
    case OpKind::read_unlock:
    case OpKind::write_unlock: release(lock); break;
    default: break;
    }
    return held;
}

Independence::Held Independence::owned(const Held& held) const {
    Held owned = held;
    std::erase_if(owned, [this](std::uint32_t entry) { return is_shared_[entry / 2]; });
    return owned;
}

/// Whether the operation has to wait while another thread holds these locks.
bool Independence::is_blocked(const Info& info, const Held& held) const {
    if (held.empty()) return false;
    const Operation& op = info.local->state.thread.pending;
    if (op.kind != OpKind::lock && op.kind != OpKind::read_lock && op.kind != OpKind::write_lock) return false;
    const int found = lock_at(op.cell, op.mask);
    if (found < 0) return false;
    const auto lock = static_cast<std::uint32_t>(found);
    return contains(held, exclusive(lock)) || (op.kind == OpKind::write_lock && contains(held, shared(lock)));
}

/// Whether the operation, which is not blocked, can return `result` while another thread holds these locks.
bool Independence::can_return(const Info& info, Word result, const Held& held) const {
    if (held.empty() || result == 0) return true;
    const Operation& op = info.local->state.thread.pending;
    if (op.kind != OpKind::trylock && op.kind != OpKind::read_trylock && op.kind != OpKind::write_trylock) return true;
    const int found = lock_at(op.cell, op.mask);
    if (found < 0) return true;
    const auto lock = static_cast<std::uint32_t>(found);
    return !contains(held, exclusive(lock)) && !(op.kind == OpKind::write_trylock && contains(held, shared(lock)));
}

/// From the initial local states on: what is held on every way to a local state.
void Independence::find_held() {
    for (Info& info : infos_) {
        info.has_held = info.is_initial;
        info.held.clear();
    }
    std::vector<std::uint32_t> work;
    for (std::uint32_t local = 0; local < infos_.size(); ++local)
        if (infos_[local].is_initial) work.push_back(local);
    while (!work.empty()) {
        const std::uint32_t from = work.back();
        work.pop_back();
        for (const Edge& edge : infos_[from].edges) {
            Held held = held_after(infos_[from], edge.result);
            Info& target = infos_[edge.to];
            if (target.has_held) {
                const std::size_t before = target.held.size();
                intersect(target.held, held);
                if (target.held.size() == before) continue;
            } else {
                target.held = std::move(held);
                target.has_held = true;
            }
            work.push_back(edge.to);
        }
    }
}

// What may come.

bool Independence::join(Future& into, const Future& from) const {
    bool grows = (from.written_properties & ~into.written_properties) != 0;
    into.written_properties |= from.written_properties;
    if (into.accesses.size() < from.accesses.size()) into.accesses.resize(from.accesses.size());
    for (std::size_t at = 0; at < from.accesses.size(); ++at) {
        grows |= (from.accesses[at] & ~into.accesses[at]) != 0;
        into.accesses[at] |= from.accesses[at];
    }
    return grows;
}

void Independence::add_own(Future& into, const Info& info) const {
    for (const AccessId id : info.accesses) {
        set(into.accesses, id);
        if (accesses_[id].kind != AccessKind::read) into.written_properties |= watchers_[accesses_[id].cell.index];
    }
}

Independence::Futures& Independence::futures_of(const Held& held) {
    const auto [entry, is_new] = futures_.try_emplace(held);
    if (is_new) compute_all(entry->second, held);
    return entry->second;
}

/// The least solution of: what can come from a local state is its own accesses and what can come from those after it.
void Independence::compute_all(Futures& futures, const Held& held) {
    futures.assign(infos_.size(), Future{});
    for (std::uint32_t local = 0; local < infos_.size(); ++local) {
        futures[local].is_known = true;
        if (!is_blocked(infos_[local], held)) add_own(futures[local], infos_[local]);
    }
    // Later local states come later, mostly.
    for (bool grows = true; grows;) {
        grows = false;
        for (std::size_t local = infos_.size(); local-- > 0;) {
            const Info& info = infos_[local];
            if (is_blocked(info, held)) continue;
            for (const Edge& edge : info.edges)
                if (can_return(info, edge.result, held)) grows |= join(futures[local], futures[edge.to]);
        }
    }
}

/// Of a local state that is newer than the last refresh: as far as is known now.
const Independence::Future& Independence::future(Futures& futures, const Held& held, std::uint32_t local) {
    if (futures.size() < infos_.size()) futures.resize(infos_.size());
    if (futures[local].is_known) return futures[local];
    Future sum;
    reached_.assign(1, local);
    for (std::size_t next = 0; next < reached_.size(); ++next) {
        const std::uint32_t at = reached_[next];
        if (futures[at].is_known) {
            join(sum, futures[at]);
            continue;
        }
        const Info& info = infos_[at];
        if (is_blocked(info, held)) continue;
        add_own(sum, info);
        for (const Edge& edge : info.edges) {
            if (!can_return(info, edge.result, held)) continue;
            if (std::find(reached_.begin(), reached_.end(), edge.to) == reached_.end()) reached_.push_back(edge.to);
        }
    }
    sum.is_known = true;
    futures[local] = std::move(sum);
    return futures[local];
}

/// Tarjan's algorithm, without recursion: which local states are on a cycle of their automaton.
void Independence::find_cycles() {
    constexpr std::uint32_t unseen = ~std::uint32_t{0};
    std::vector<std::uint32_t> number(infos_.size(), unseen);
    std::vector<std::uint32_t> low(infos_.size());
    std::vector<bool> on_stack(infos_.size());
    std::vector<std::uint32_t> stack;
    struct Visit {
        std::uint32_t local;
        std::size_t next_edge;
    };
    std::vector<Visit> path;
    std::uint32_t count = 0;
    for (std::uint32_t root = 0; root < infos_.size(); ++root) {
        if (number[root] != unseen) continue;
        path.push_back({root, 0});
        while (!path.empty()) {
            auto& [local, next_edge] = path.back();
            if (next_edge == 0 && number[local] == unseen) {
                number[local] = low[local] = count++;
                stack.push_back(local);
                on_stack[local] = true;
            }
            const std::vector<Edge>& edges = infos_[local].edges;
            if (next_edge < edges.size()) {
                const std::uint32_t to = edges[next_edge++].to;
                if (number[to] == unseen)
                    path.push_back({to, 0});
                else if (on_stack[to])
                    low[local] = std::min(low[local], number[to]);
                continue;
            }
            const std::uint32_t done = local;
            path.pop_back();
            if (!path.empty()) low[path.back().local] = std::min(low[path.back().local], low[done]);
            if (low[done] != number[done]) continue;
            const bool is_alone = stack.back() == done;
            for (std::uint32_t member = unseen; member != done;) {
                member = stack.back();
                stack.pop_back();
                on_stack[member] = false;
                infos_[member].is_on_cycle = !is_alone;
            }
            if (!is_alone) continue;
            for (const Edge& edge : edges)
                if (edge.to == done) infos_[done].is_on_cycle = true;
        }
    }
}

// Decisions.

bool Independence::may_be_merged(const Info& a) {
    const Operation& op = a.local->state.thread.pending;
    return !op.is_over && !(op.after_forget && a.is_on_cycle);
}

Independence::Mover Independence::mover(std::uint32_t a) {
    Mover mover{.held = owned(infos_[a].held), .futures = nullptr, .conflicts = {}, .written_properties = 0};
    mover.futures = &futures_of(mover.held);
    for (const AccessId id : infos_[a].accesses) {
        mover.conflicts.resize(std::max(mover.conflicts.size(), conflicts_[id].size()));
        for (std::size_t at = 0; at < conflicts_[id].size(); ++at) mover.conflicts[at] |= conflicts_[id][at];
        if (accesses_[id].kind != AccessKind::read) mover.written_properties |= watchers_[accesses_[id].cell.index];
    }
    return mover;
}

bool Independence::is_independent(const Mover& a, std::uint32_t b) {
    const Future& others = future(*a.futures, a.held, b);
    return !meet(a.conflicts, others.accesses) && (a.written_properties & others.written_properties) == 0;
}

bool Independence::decide(LocalKnowledge& a) {
    const std::lock_guard guard(mutex_);
    const bool may_be = may_be_merged(infos_[a.index]);
    const auto decision = may_be ? PairDecision::independent : PairDecision::dependent;
    a.alone.store(static_cast<std::uint8_t>(decision), std::memory_order_relaxed);
    return may_be;
}

bool Independence::decide(LocalKnowledge& a, const LocalKnowledge& b) {
    const std::lock_guard guard(mutex_);
    const bool independent = is_independent(mover(a.index), b.index);
    set_decision(a, b.index, independent ? PairDecision::independent : PairDecision::dependent);
    return independent;
}

void Independence::set_decision(LocalKnowledge& a, std::uint32_t b, PairDecision decision) {
    // Whoever still reads the old row finds that a decision is missing, and comes here.
    PairRow* row = a.row.load(std::memory_order_relaxed);
    if (row == nullptr || b >= row->decided.size()) {
        auto larger = std::make_unique<PairRow>(std::max<std::size_t>(infos_.size() + infos_.size() / 4, 16));
        if (row != nullptr)
            for (std::size_t at = 0; at < row->decided.size(); ++at) larger->decided[at] = row->decided[at].load();
        row = larger.get();
        rows_.push_back(std::move(larger));
        a.row.store(row, std::memory_order_release);
    }
    row->decided[b].store(static_cast<std::uint8_t>(decision), std::memory_order_relaxed);
}

bool Independence::refresh() {
    const std::lock_guard guard(mutex_);
    stale_.store(false, std::memory_order_relaxed);
    find_held();
    find_cycles();
    futures_.clear();
    bool was_wrong = false;
    constexpr auto relied_on = static_cast<std::uint8_t>(PairDecision::independent);
    constexpr auto wrong = static_cast<std::uint8_t>(PairDecision::dependent);
    for (std::uint32_t a = 0; a < infos_.size(); ++a) {
        LocalKnowledge& known = infos_[a].local->knowledge;
        if (known.alone.load() == relied_on && !may_be_merged(infos_[a])) {
            known.alone.store(wrong);
            was_wrong = true;
        }
        PairRow* const row = known.row.load();
        if (row == nullptr) continue;
        const Mover moved = mover(a);
        for (std::uint32_t b = 0; b < std::min(row->decided.size(), infos_.size()); ++b) {
            if (row->decided[b].load() != relied_on || is_independent(moved, b)) continue;
            row->decided[b].store(wrong);
            was_wrong = true;
        }
    }
    return was_wrong;
}

} // namespace checker
