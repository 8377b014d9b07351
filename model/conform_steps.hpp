// SPDX-License-Identifier: GPL-2.0-only
// What each step of a schedule comes to on the model.
#pragma once

#include "model/conform_compare.hpp"

namespace model {

/// Bytes and offsets as the model has them: small values, and a unit for each offset that the schedule names.
class TraceVocabulary {
public:
    explicit TraceVocabulary(const std::vector<TraceStep>& schedule);

    std::size_t units() const { return offsets_.size(); }
    std::size_t values() const { return bytes_.size(); }
    bool has_offset_within(unsigned first, unsigned last) const;
    Unit unit_of(unsigned offset) const;
    Value value_of(unsigned byte) const;
    unsigned byte_of(Word value) const { return bytes_[static_cast<std::size_t>(value)]; }

private:
    std::vector<unsigned> offsets_; ///< by Unit; the first is 0, where O_DIRECT transfers to
    std::vector<unsigned> bytes_;   ///< by Value; the first is 0, what a fresh page holds
};

/// What one step of the schedule did on the model.
struct SteppedModel {
    std::vector<ModelNote> notes;
    Difference trouble; ///< the model cannot do what the real machine did
};

/// Why an operation did not come to its end, as a difference; none if it did.
Difference trouble_of(const ForcedMachine::Ran& ran);

class TraceStepper {
public:
    TraceStepper(ForcedMachine& machine, const TraceVocabulary& vocabulary);
    SteppedModel step(const TraceStep& step);

private:
    using Ran = ForcedMachine::Ran;

    Op op_of(const TraceStep& step) const;
    Op op(OpCode code) const;
    void run(TraceActor actor, const Op& op, SteppedModel& stepped);
    void check(const Ran& ran, SteppedModel& stepped) const;
    void fill(const TraceStep& step, SteppedModel& stepped);
    void read(const TraceStep& step, SteppedModel& stepped);
    void page_out(const TraceStep& step, SteppedModel& stepped);
    void reclaim(const TraceStep& step, SteppedModel& stepped);
    void direct_io(const TraceStep& step, SteppedModel& stepped);
    void take(const TraceStep& step, SteppedModel& stepped);
    void device(const TraceStep& step, SteppedModel& stepped);
    void stop_thread(const TraceStep& step, SteppedModel& stepped);
    void go_on(const TraceStep& step, SteppedModel& stepped);

    ForcedMachine& machine_;
    const TraceVocabulary& vocabulary_;
};

} // namespace model
