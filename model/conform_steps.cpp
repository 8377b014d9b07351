// SPDX-License-Identifier: GPL-2.0-only
// Steps of schedules as operations of the model; see conform_steps.hpp. Start with TraceStepper::step().
#include "model/conform_steps.hpp"

#include "model/operations.hpp"

#include <algorithm>

namespace model {

namespace {

using Outcome = ForcedMachine::Outcome;

// The interpreter gave up after this many calls of MADV_PAGEOUT.
constexpr unsigned most_pageouts = 51;
// Reclaim has done all it can with a page after three passes: unmap and write, wait, free.
constexpr unsigned reclaim_passes = 4;
constexpr unsigned dio_bytes = 512;
constexpr Va va{0};

template <class T>
std::size_t index_of(const std::vector<T>& values, T value) {
    return static_cast<std::size_t>(std::find(values.begin(), values.end(), value) - values.begin());
}

void add_once(std::vector<unsigned>& values, unsigned value) {
    if (index_of(values, value) == values.size()) values.push_back(value);
}

bool has_offset(StepCode code) {
    return code == StepCode::store || code == StepCode::load || code == StepCode::expect || code == StepCode::dmaw ||
           code == StepCode::dmar || code == StepCode::pipe_read;
}

ModelNote note_of(NoteCode code, const std::string& who) {
    ModelNote note;
    note.code = code;
    note.who = who;
    return note;
}

} // namespace

TraceVocabulary::TraceVocabulary(const std::vector<TraceStep>& schedule) : offsets_{0}, bytes_{0} {
    for (const TraceStep& step : schedule) {
        if (has_offset(step.code)) add_once(offsets_, step.offset);
        add_once(bytes_, step.byte);
    }
}

bool TraceVocabulary::has_offset_within(unsigned first, unsigned last) const {
    return std::any_of(offsets_.begin(), offsets_.end(),
                       [=](unsigned offset) { return first <= offset && offset <= last; });
}

Unit TraceVocabulary::unit_of(unsigned offset) const {
    return Unit{static_cast<std::uint8_t>(index_of(offsets_, offset))};
}

Value TraceVocabulary::value_of(unsigned byte) const { return static_cast<Value>(index_of(bytes_, byte)); }

TraceStepper::TraceStepper(ForcedMachine& machine, const TraceVocabulary& vocabulary)
    : machine_(machine),
      vocabulary_(vocabulary) {}

Op TraceStepper::op(OpCode code) const {
    Op operation;
    operation.code = code;
    operation.va = va;
    operation.device = DeviceId{0};
    return operation;
}

/// The operation of a step that is one operation of the model.
Op TraceStepper::op_of(const TraceStep& step) const {
    Op operation = op(OpCode::load);
    operation.unit = vocabulary_.unit_of(has_offset(step.code) ? step.offset : 0);
    operation.value = vocabulary_.value_of(step.byte);
    operation.ref = ForcedMachine::slot(step.slot);
    operation.write = step.write;
    switch (step.code) {
    case StepCode::store: operation.code = OpCode::store; break;
    case StepCode::pageout:
    case StepCode::pageout1: operation.code = OpCode::madvise; break;
    case StepCode::drain: operation.code = OpCode::drain_lru; break;
    case StepCode::softdirty: operation.code = OpCode::clear_refs; break;
    case StepCode::unwp: operation.write = true; [[fallthrough]];
    case StepCode::wp: operation.code = OpCode::mprotect; break;
    case StepCode::unmap: operation.code = OpCode::munmap; break;
    case StepCode::swapoff: operation.code = OpCode::swapoff; break;
    case StepCode::swapon: operation.code = OpCode::swapon; break;
    case StepCode::fork:
        operation.code = OpCode::fork;
        operation.child = step.actor == TraceActor::C ? MmId{2} : MmId{1};
        break;
    case StepCode::exit: operation.code = OpCode::exit; break;
    case StepCode::odstart: operation.code = OpCode::o_direct_read; break;
    case StepCode::odfinish: operation.code = OpCode::await; break;
    case StepCode::take: operation.code = OpCode::gup; break;
    case StepCode::put: operation.code = OpCode::put; break;
    case StepCode::dmaw: operation.code = OpCode::dma_write; break;
    case StepCode::dmar: operation.code = OpCode::dma_read; break;
    case StepCode::vmsplice: operation.code = OpCode::vmsplice; break;
    case StepCode::pipe_read: operation.code = OpCode::pipe_read; break;
    case StepCode::unexcl: operation.code = OpCode::clear_swp_exclusive; break;
    default: break;
    }
    const bool uses_pipe = step.code == StepCode::vmsplice || step.code == StepCode::pipe_read;
    const bool uses_dio = step.code == StepCode::odstart || step.code == StepCode::odfinish;
    if (uses_pipe) operation.ref = ForcedMachine::pipe;
    if (uses_dio) operation.io = ForcedMachine::dio_request;
    operation.kind = step.pin ? GupKind::pin : GupKind::get;
    operation.mode = step.slow ? GupMode::slow : GupMode::fast;
    return operation;
}

SteppedModel TraceStepper::step(const TraceStep& step) {
    SteppedModel stepped;
    if (!step.stops_at.empty()) {
        stop_thread(step, stepped);
        return stepped;
    }
    switch (step.code) {
    // The model's P has its memory from the start, and nothing but looking is done to look.
    case StepCode::map:
    case StepCode::pipe_open:
    case StepCode::state:
    case StepCode::ksm: break;
    case StepCode::fill: fill(step, stepped); break;
    case StepCode::expect:
    case StepCode::pipe_read:
    case StepCode::dmar: read(step, stepped); break;
    case StepCode::pageout: page_out(step, stepped); break;
    case StepCode::reclaim: reclaim(step, stepped); break;
    case StepCode::odstart:
    case StepCode::odfinish: direct_io(step, stepped); break;
    case StepCode::take: take(step, stepped); break;
    case StepCode::dmaw: device(step, stepped); break;
    case StepCode::release:
    case StepCode::join: go_on(step, stepped); break;
    default: run(step.actor, op_of(step), stepped); break;
    }
    return stepped;
}

Difference trouble_of(const ForcedMachine::Ran& ran) {
    if (ran.outcome == Outcome::done) return std::nullopt;
    return Disagreement{0, "the step", "done", ran.why};
}

void TraceStepper::check(const Ran& ran, SteppedModel& stepped) const {
    if (!stepped.trouble) stepped.trouble = trouble_of(ran);
}

void TraceStepper::run(TraceActor actor, const Op& operation, SteppedModel& stepped) {
    check(machine_.run(actor, operation), stepped);
}

void TraceStepper::fill(const TraceStep& step, SteppedModel& stepped) {
    Op store = op_of(step);
    store.code = OpCode::store;
    for (std::size_t n = 0; n < vocabulary_.units() && !stepped.trouble; ++n) {
        store.unit = Unit{static_cast<std::uint8_t>(n)};
        run(step.actor, store, stepped);
    }
}

void TraceStepper::read(const TraceStep& step, SteppedModel& stepped) {
    const bool by_device = step.code == StepCode::dmar;
    ModelNote note = note_of(by_device                          ? NoteCode::device_byte
                             : step.code == StepCode::pipe_read ? NoteCode::pipe_byte
                                                                : NoteCode::byte_read,
                             by_device ? "device" : name_of(step.actor));
    if (by_device) note.page = machine_.held(ForcedMachine::slot(step.slot));
    const Ran ran = machine_.run(step.actor, op_of(step));
    check(ran, stepped);
    if (stepped.trouble) return;
    // A reference that could not be taken reads nothing.
    if (ran.value == ForcedMachine::no_value) return;
    note.number = step.offset;
    note.byte = vocabulary_.byte_of(ran.value);
    note.expected = step.byte;
    stepped.notes.push_back(note);
}

void TraceStepper::page_out(const TraceStep& step, SteppedModel& stepped) {
    for (unsigned calls = 1; calls <= most_pageouts; ++calls) {
        run(step.actor, op_of(step), stepped);
        if (stepped.trouble) return;
        if (machine_.look(step.actor).kind == PteKind::present) {
            check(machine_.settle(), stepped);
            continue;
        }
        stepped.notes.push_back(note_of(NoteCode::pageout_unmapped, name_of(step.actor)));
        return;
    }
    stepped.notes.push_back(note_of(NoteCode::pageout_refused, name_of(step.actor)));
}

/// Reclaim for a memory control group: like kswapd it takes shared pages and holds no mmap_lock. It drains this CPU's batch
/// (shrink_inactive_list) and, where it does not get on, all of them, and it goes on until it has had all pages: until the
/// page is free, or has been kept in spite of several passes.
void TraceStepper::reclaim(const TraceStep& step, SteppedModel& stepped) {
    const PageLife page = machine_.look(step.actor).page;
    for (unsigned pass = 0; pass < reclaim_passes && machine_.is_alive(page) && !stepped.trouble; ++pass) {
        check(machine_.drain_all(), stepped);
        check(machine_.reclaim_pass(page), stepped);
        check(machine_.settle(), stepped);
    }
    if (stepped.trouble || machine_.look(step.actor).kind == PteKind::present) return;
    stepped.notes.push_back(note_of(NoteCode::reclaim_unmapped, name_of(step.actor)));
}

void TraceStepper::direct_io(const TraceStep& step, SteppedModel& stepped) {
    const bool is_start = step.code == StepCode::odstart;
    if (is_start) {
        run(step.actor, op_of(step), stepped);
        if (!machine_.dio_is_idle()) stepped.notes.push_back(note_of(NoteCode::dio_in_flight, name_of(step.actor)));
        return;
    }
    const bool in_flight = !machine_.dio_is_idle();
    check(machine_.complete_dio(), stepped);
    run(step.actor, op_of(step), stepped);
    if (!in_flight || stepped.trouble || !machine_.dio_is_idle()) return;
    ModelNote note = note_of(NoteCode::dio_returned, name_of(step.actor));
    note.number = dio_bytes;
    stepped.notes.push_back(note);
}

void TraceStepper::take(const TraceStep& step, SteppedModel& stepped) {
    run(step.actor, op_of(step), stepped);
    ModelNote note = note_of(NoteCode::slot_holds, name_of(step.actor));
    note.page = machine_.held(ForcedMachine::slot(step.slot));
    if (stepped.trouble || !note.page.page) return;
    note.number = step.slot;
    note.kind = std::string(step.pin ? "PIN" : "GET") + (step.write ? " W" : " R");
    note.refs = machine_.refcount(note.page);
    stepped.notes.push_back(note);
}

void TraceStepper::device(const TraceStep& step, SteppedModel& stepped) {
    ModelNote note = note_of(NoteCode::device_wrote, "device");
    note.page = machine_.held(ForcedMachine::slot(step.slot));
    run(step.actor, op_of(step), stepped);
    if (stepped.trouble || !note.page.page) return;
    note.byte = step.byte;
    stepped.notes.push_back(note);
}

void TraceStepper::stop_thread(const TraceStep& step, SteppedModel& stepped) {
    const Ran ran = machine_.run_to_stop(op_of(step));
    if (ran.outcome == Outcome::done) {
        stepped.trouble = Disagreement{0, "T", "stopped at " + step.stops_at,
                                       "ran to the end of its operation without calling " + step.stops_at};
        return;
    }
    if (ran.outcome != Outcome::stopped) {
        check(ran, stepped);
        return;
    }
    ModelNote note = note_of(NoteCode::stopped, name_of(step.actor));
    note.function = step.stops_at;
    stepped.notes.push_back(note);
}

/// A thread that is let go runs to its end at once; `join` has then nothing to wait for.
void TraceStepper::go_on(const TraceStep& step, SteppedModel& stepped) {
    if (machine_.is_busy(TraceActor::T)) check(machine_.go_on(), stepped);
    if (!stepped.trouble && step.code == StepCode::release)
        stepped.notes.push_back(note_of(NoteCode::released, name_of(step.actor)));
}

} // namespace model
