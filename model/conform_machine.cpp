// SPDX-License-Identifier: GPL-2.0-only
// Driving the model one operation at a time; see conform_machine.hpp.
#include "model/conform_machine.hpp"

#include "arch_encodings/layouts.hpp"
#include "model/fs/direct_io.hpp"
#include "model/fs/splice.hpp"
#include "model/inspect.hpp"
#include "model/mm/gup.hpp"
#include "model/mm/page_io.hpp"
#include "model/operations.hpp"
#include "model/properties.hpp"
#include "model/user_access.hpp"

namespace model {

namespace {

using checker::CellId;
using checker::OpKind;
using checker::ThreadId;

constexpr Va va{0};
constexpr Word killed = 0x200;
// No operation on one page takes more; one that does is in a loop.
constexpr std::size_t most_steps = 100'000;
// Frames in each actor's pool. No trace has more pages alive at a time.
constexpr std::uint8_t pages = 12;
// Enough that swap never counts as half full (vm_swap_full), as on the real machine, where it was nearly empty.
constexpr std::uint8_t swap_slots = 16;

ThreadId thread_id(std::size_t n) { return ThreadId{static_cast<std::uint8_t>(n)}; }

Word word_of(UnitAccess read) { return read.is_done() ? read.value : ForcedMachine::no_value; }

/// The operation; what it read, if it is one that reads.
Word perform(Task& t, const Op& op) {
    if (op.code == OpCode::load) {
        const LoadResult loaded = t.call<user_load>(op.va, op.unit);
        return loaded.access == Access::done ? loaded.value : killed;
    }
    if (op.code == OpCode::pipe_read) return word_of(t.call<pipe_read>(op.ref, op.unit));
    if (op.code == OpCode::dma_read) return word_of(t.call<dma_read>(op.ref, op.unit));
    return run_operation(t, op) == OpResult::done ? ForcedMachine::no_value : killed;
}

} // namespace

MachineSpec ForcedMachine::spec_of(const Settings& settings) {
    MachineSpec spec;
    spec.pages = pages;
    spec.cpus = cpus;
    spec.units = settings.units;
    // zram has rw_page in 5.10 and 6.1, so that a write is over when it is submitted, and asks for stable pages.
    const bool zram = settings.swap == TraceSwap::zram;
    spec.devices = {
        {.name = name_of(settings.swap), .slots = swap_slots, .synchronous_io = zram, .stable_writes = zram}};
    spec.processes = {{"P", MmId::none(), {va}}, {"C", MmId{0}, {va}}, {"D", MmId{1}, {va}}};
    spec.addresses = {"0x1000"};
    for (std::size_t n = 0; n < slots; ++n) spec.references.push_back("slot " + std::to_string(n));
    spec.references.insert(spec.references.end(), {"pipe", "O_DIRECT request"});
    spec.io_requests = {"O_DIRECT request"};
    spec.io_refs = {dio};
    return spec;
}

ForcedMachine::ForcedMachine(const Settings& settings) {
    const arch::Layout& layout = *arch::find_layout("x86_64");
    machine_ = std::make_unique<const Machine>(spec_of(settings), std::vector<std::uint8_t>(trace_actor_count, 1),
                                               layout, effective_rules(settings.rules, layout), program_);
    program_.set_context(machine_.get());
    // T is on the other processor, so that its lru_add_drain() does not reach the batch of P.
    constexpr auto second = static_cast<std::size_t>(TraceActor::T);
    for (std::size_t n = 0; n < second; ++n) add_actor(n, mm_id(n), CpuId{0});
    add_actor(second, MmId{0}, CpuId{1});
    for (std::size_t n = 0; n < cpus; ++n)
        add_actor(first_worker + n, MmId::none(), CpuId{static_cast<std::uint8_t>(n)});
    if (!settings.stops_at.empty()) program_.break_at(thread_id(second), settings.stops_at);

    const Machine& m = *machine_;
    const auto agent = [&m](checker::Thread& thread) {
        return Task{thread, m, m.rules(), m.arch(), m.threads(), MmId::none(), CpuId{0}};
    };
    has_swap_agent_ = settings.swap == TraceSwap::nvme;
    if (has_swap_agent_) {
        program_.add_thread("swap device", [agent](checker::Thread& thread) {
            Task t = agent(thread);
            end_swap_writeback_agent(t);
        });
        ++dio_agent_;
    }
    program_.add_thread("O_DIRECT device", [agent](checker::Thread& thread) {
        Task t = agent(thread);
        direct_io_device_agent(t, dio_request);
    });

    lives_.resize(m.pages());
    engine_ = std::make_unique<checker::Machine>(program_, checker::MachineSettings{.hashing = false});
    states_ = std::make_unique<checker::LocalState[]>(program_.threads().size());
    std::vector<checker::LocalState*> states;
    for (std::size_t n = 0; n < program_.threads().size(); ++n) states.push_back(&states_[n]);
    engine_->start(states.data());
}

ForcedMachine::~ForcedMachine() = default;

/// An endless loop: take an order, do it, say what came of it.
void ForcedMachine::add_actor(std::size_t n, MmId mm, CpuId cpu) {
    Desk& desk = desks_[n];
    desk.busy = program_.add_cell("actor " + std::to_string(n) + " is busy");
    desk.result = program_.add_cell("actor " + std::to_string(n) + " result");
    const Machine& m = *machine_;
    program_.add_thread("actor " + std::to_string(n), [&m, &desk, n, mm, cpu](checker::Thread& thread) {
        Task t{thread, m, m.rules(), m.arch(), std::min(n, m.threads()), mm, cpu};
        for (;;) {
            t.forget("orders");
            thread.wait_until(
                "an order", [](const View& v, CellId busy) { return v[busy] != 0; }, Where::here(), desk.busy);
            const Op op = desk.op;
            write_once(t, desk.result, perform(t, op), "result");
            write_once(t, desk.busy, 0, "done");
        }
    });
}

ForcedMachine::Ran ForcedMachine::run(std::size_t actor, const Op& op, bool may_stop) {
    Desk& desk = desks_[actor];
    desk.op = op;
    engine_->cells().set(desk.busy, 1);
    return finish(actor, may_stop);
}

ForcedMachine::Ran ForcedMachine::finish(std::size_t actor, bool may_stop) {
    const Desk& desk = desks_[actor];
    // Where T has stopped before, it is let go: the breakpoint is a step like any other.
    bool is_at_former_stop = !may_stop;
    for (std::size_t steps = 0; view()[desk.busy] != 0; ++steps) {
        if (steps == most_steps) return {Outcome::failed, "the model's operation does not come to an end"};
        const checker::Operation& pending = engine_->pending(thread_id(actor));
        if (pending.kind == OpKind::failed || !engine_->error().empty()) return {Outcome::failed, failure_of(actor)};
        if (pending.kind == OpKind::breakpoint && !is_at_former_stop) return {.outcome = Outcome::stopped, .why = {}};
        const bool is_enabled = (engine_->enabled() >> actor & 1) != 0;
        if (is_enabled) {
            step(actor);
        } else if (!has_swap_agent_ || !step_agent(swap_agent)) {
            return {Outcome::blocked,
                    std::string("waits for ever at ") + pending.label + " in " + pending.where.function + "()"};
        }
    }
    const Word result = view()[desk.result];
    if (result == killed) return {Outcome::failed, "a signal kills the process"};
    return {Outcome::done, "", result};
}

void ForcedMachine::step(std::size_t thread) {
    const ThreadId id = thread_id(thread);
    engine_->step({id, static_cast<std::uint16_t>(choice_of(engine_->pending(id)))}, states_[thread]);
    ++steps_;
    for (std::size_t n = 0; n < lives_.size(); ++n) {
        const bool is_allocated = view()[machine_->page(page_id(n)).allocated] != 0;
        const bool was_allocated = !lives_[n].empty() && lives_[n].back().death == Span::alive;
        if (is_allocated && !was_allocated) lives_[n].push_back({.birth = steps_});
        if (!is_allocated && was_allocated) lives_[n].back().death = steps_;
    }
}

/// Always the first value: a fresh page frame and a fresh swap slot, which is what a real machine gives that is not short of
/// either; except that memory-cgroup reclaim takes the page under test, for it goes on until it has had all of them.
unsigned ForcedMachine::choice_of(const checker::Operation& pending) const {
    if (pending.kind != OpKind::choose || std::string_view(pending.label) != "next page of the LRU") return 0;
    unsigned before = 0;
    for (std::size_t n = 0; n < reclaimed_.index; ++n)
        before += (view()[machine_->page(page_id(n)).flags] & PG::lru) != 0 ? 1U : 0U;
    return before;
}

bool ForcedMachine::step_agent(std::size_t agent) {
    if ((engine_->enabled() >> agent & 1) == 0) return false;
    step(agent);
    return true;
}

ForcedMachine::Ran ForcedMachine::run_agent(std::size_t agent) {
    for (std::size_t steps = 0; step_agent(agent); ++steps) {
        if (steps == most_steps) return {Outcome::failed, "the model's device does not come to an end"};
    }
    if (engine_->pending(thread_id(agent)).kind == OpKind::failed || !engine_->error().empty())
        return {Outcome::failed, failure_of(agent)};
    return {};
}

std::string ForcedMachine::failure_of(std::size_t thread) const {
    if (!engine_->error().empty()) return engine_->error();
    return std::string("the assertion fails: ") + engine_->pending(thread_id(thread)).label;
}

bool ForcedMachine::is_busy(TraceActor actor) const {
    return view()[desks_[static_cast<std::size_t>(actor)].busy] != 0;
}

ForcedMachine::Ran ForcedMachine::reclaim_pass(PageLife page) {
    if (!is_alive(page) || (view()[machine_->page(page.page).flags] & PG::lru) == 0) return {};
    reclaimed_ = page.page;
    Op op;
    op.code = OpCode::kswapd;
    return run(first_worker, op, false);
}

ForcedMachine::Ran ForcedMachine::drain_all() {
    Op op;
    op.code = OpCode::drain_lru;
    for (std::size_t n = 0; n < cpus; ++n) {
        if (Ran ran = run(first_worker + n, op, false); ran.outcome != Outcome::done) return ran;
    }
    return {};
}

ForcedMachine::Ran ForcedMachine::settle() { return has_swap_agent_ ? run_agent(swap_agent) : Ran{}; }
ForcedMachine::Ran ForcedMachine::complete_dio() { return run_agent(dio_agent_); }

ModelPte ForcedMachine::look(TraceActor actor) const {
    const Machine& m = *machine_;
    const Mapping at{mm_id(static_cast<std::size_t>(actor)), va};
    const arch::Pte pte = pte_at(view(), m, at);
    ModelPte seen;
    if (arch::pte_present(m.arch(), pte)) {
        const PageId page = m.pte_page(pte);
        const Word flags = view()[m.page(page).flags];
        seen.kind = PteKind::present;
        seen.page = life_of(page);
        seen.writable = arch::pte_write(m.arch(), pte);
        seen.soft_dirty = arch::pte_soft_dirty(m.arch(), pte) || (view()[m.at(at).vma] & VM::softdirty) != 0;
        seen.swapcache = (flags & PG::swapcache) != 0;
        seen.writeback = (flags & PG::writeback) != 0;
        seen.anon_exclusive = (flags & PG::anon_exclusive) != 0;
        seen.mapcount = view()[m.page(page).mapcount];
        seen.refcount = view()[m.page(page).refcount];
    } else if (arch::is_swap_pte(m.arch(), pte)) {
        seen.kind = PteKind::swap;
        seen.soft_dirty = arch::pte_swp_soft_dirty(m.arch(), pte) || (view()[m.at(at).vma] & VM::softdirty) != 0;
        seen.swp_exclusive = arch::pte_swp_exclusive(m.arch(), pte);
    }
    return seen;
}

bool ForcedMachine::is_alive(TraceActor actor) const {
    return view()[machine_->mm(mm_id(static_cast<std::size_t>(actor))).alive] != 0;
}

bool ForcedMachine::is_alive(PageLife page) const {
    return page.page && lives_[page.page.index][page.life].death == Span::alive;
}

bool ForcedMachine::was_free_before(PageLife earlier, PageLife later) const {
    return lives_[earlier.page.index][earlier.life].death <= lives_[later.page.index][later.life].birth;
}

bool ForcedMachine::dio_is_idle() const { return view()[machine_->io(dio_request)] == 0; }

PageLife ForcedMachine::held(RefId ref) const { return life_of(RefState::unpack(view()[machine_->ref(ref)]).page); }

/// A page that is in use: mapped, or held.
PageLife ForcedMachine::life_of(PageId page) const {
    if (!page || lives_[page.index].empty()) return {};
    return {page, static_cast<unsigned>(lives_[page.index].size() - 1)};
}

Word ForcedMachine::refcount(PageLife page) const {
    return is_alive(page) ? view()[machine_->page(page.page).refcount] : 0;
}

bool ForcedMachine::is_in_lru_batch(PageLife page) const {
    if (!is_alive(page)) return false;
    Word batched = 0;
    for (std::size_t n = 0; n < cpus; ++n) batched |= view()[machine_->lru_batch(CpuId{static_cast<std::uint8_t>(n)})];
    return (batched >> page.page.index & 1) != 0;
}

} // namespace model
