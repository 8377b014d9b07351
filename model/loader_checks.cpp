// SPDX-License-Identifier: GPL-2.0-only
// What is wrong with a scenario although each of its parts is right: values that two writers share, more pages than there
// are frames. loader_lives.cpp has the checks that follow operations in their order.
#include "model/loader_parts.hpp"

#include <set>

namespace model {

namespace {

/// A write that the scenario asks for: where, and who does it.
struct Write {
    std::string place;
    std::string writer;
    Value value = 0;
    Mapping at;
    Unit unit;
};

class Writes {
public:
    explicit Writes(const Scenario& scenario);
    const std::vector<Write>& all() const { return writes_; }

private:
    /// Calls `what(place, writer, process, op)` for every operation.
    template <class F>
    void for_each_operation(const F& what) const;
    void note_home(MmId process, const Op& op);
    void note_write(const std::string& place, const std::string& writer, MmId process, const Op& op);

    const Scenario& scenario_;
    std::vector<std::set<Mapping>> homes_; ///< by RefId: where it is taken
    std::vector<Write> writes_;
};

template <class F>
void Writes::for_each_operation(const F& what) const {
    for (std::size_t i = 0; i < scenario_.setup.size(); ++i)
        what(place_of_setup(i), "the set-up", scenario_.setup[i].process, scenario_.setup[i].op);
    for (std::size_t t = 0; t < scenario_.threads.size(); ++t) {
        const ThreadSpec& thread = scenario_.threads[t];
        for (std::size_t i = 0; i < thread.ops.size(); ++i)
            what(place_of_op(t, i), "thread " + checker::in_quotes(thread.name), thread.process, thread.ops[i]);
    }
}

Writes::Writes(const Scenario& scenario) : scenario_(scenario), homes_(scenario.machine.references.size()) {
    for_each_operation(
        [this](const std::string&, const std::string&, MmId process, const Op& op) { note_home(process, op); });
    for_each_operation([this](const std::string& place, const std::string& writer, MmId process, const Op& op) {
        note_write(place, writer, process, op);
    });
}

void Writes::note_home(MmId process, const Op& op) {
    if (op.code == OpCode::gup || op.code == OpCode::vmsplice) homes_[op.ref.index].insert(Mapping{process, op.va});
}

void Writes::note_write(const std::string& place, const std::string& writer, MmId process, const Op& op) {
    const std::vector<std::string>& names = scenario_.machine.references;
    if (op.code == OpCode::store)
        writes_.push_back({place, writer, op.value, Mapping{process, op.va}, op.unit});
    else if (op.code == OpCode::o_direct_read)
        writes_.push_back(
            {place, "request " + checker::in_quotes(names[op.ref.index]), op.value, Mapping{process, op.va}, op.unit});
    if (op.code != OpCode::dma_write) return;
    for (const Mapping& home : homes_[op.ref.index])
        writes_.push_back({place, "reference " + checker::in_quotes(names[op.ref.index]), op.value, home, op.unit});
}

void compare(const Write& first, const Write& second, FirstError& errors) {
    if (first.value != second.value) return;
    const std::string value = "value " + std::to_string(second.value);
    const std::string other = first.writer + " at " + first.place;
    const std::string place = second.place + "/value";
    if (first.at.mm != second.at.mm) {
        errors.report(place, value + " is written for another process too, by " + other +
                                 "; a write that leaks between processes is told by its value");
    } else if (first.at.va == second.at.va && first.unit == second.unit && first.writer != second.writer) {
        errors.report(place, value + " is written to the same unit by " + other +
                                 " too; a write that is lost is told by its value");
    }
}

/// Whether the operation leaves a page at its address that no other address shares. A read does in a process that is not
/// forked, for the model has no zero page; one that is may share its parent's.
bool fills_page(const Op& op, bool forked) {
    switch (op.code) {
    case OpCode::store: return true;
    case OpCode::gup: return op.mode != GupMode::fast_only && (op.write || !forked);
    case OpCode::load:
    case OpCode::expect_load:
    case OpCode::vmsplice: return !forked;
    default: return false;
    }
}

/// A lower bound of the frames that the set-up needs at a time: what was filled and certainly not given back.
void follow(const SetupOp& step, bool forked, std::set<Mapping>& filled) {
    const Op& op = step.op;
    if (fills_page(op, forked)) filled.insert(Mapping{step.process, op.va});
    switch (op.code) {
    case OpCode::munmap: filled.erase(Mapping{step.process, op.va}); break;
    case OpCode::madvise:
        if (op.advice == Advice::pageout || op.advice == Advice::dontneed) filled.erase(Mapping{step.process, op.va});
        break;
    case OpCode::exit: std::erase_if(filled, [&](const Mapping& at) { return at.mm == step.process; }); break;
    case OpCode::kswapd: filled.clear(); break;
    default: break;
    }
}

} // namespace

void check_values(const Scenario& scenario, FirstError& errors) {
    const Writes writes(scenario);
    for (std::size_t second = 0; second < writes.all().size(); ++second) {
        for (std::size_t first = 0; first < second; ++first) compare(writes.all()[first], writes.all()[second], errors);
    }
}

void check_frames(const Scenario& scenario, FirstError& errors) {
    const unsigned pages = scenario.machine.pages;
    const std::size_t pools = count_threads(scenario) + 1;
    if (pages * pools > ranges::frames)
        errors.report("/machine/pages", std::to_string(pages) + " page frames for each of " +
                                            std::to_string(pools - 1) + " threads and the set-up are " +
                                            std::to_string(pages * pools) + "; at most " +
                                            std::to_string(ranges::frames) + " are possible");
    std::set<Mapping> filled;
    for (std::size_t i = 0; i < scenario.setup.size(); ++i) {
        const MmId process = scenario.setup[i].process;
        const bool forked = process && scenario.machine.processes[process.index].forked_from;
        follow(scenario.setup[i], forked, filled);
        if (filled.size() > pages)
            errors.report(place_of_setup(i), "up to here the set-up fills " + std::to_string(filled.size()) +
                                                 " pages; raise \"pages\" in /machine, which is " +
                                                 std::to_string(pages));
    }
}

} // namespace model
