// SPDX-License-Identifier: GPL-2.0-only
// Checks that follow the operations of the set-up and of each thread in their order: processes are born before they run and
// run no more after exit; references and requests are taken before they are used, and by one thread.
#include "model/loader_parts.hpp"

#include <optional>

namespace model {

namespace {

using checker::in_quotes;

class Lives {
public:
    Lives(const Scenario& scenario, FirstError& errors);
    void check();

private:
    enum class Life : std::uint8_t { unborn, alive, exited };

    const std::string& name(MmId process) const { return scenario_.machine.processes[process.index].name; }
    void set_up(std::size_t index);
    void run(std::size_t thread);
    void fork(MmId parent, MmId child, const std::string& place);
    void check_exit(std::size_t thread, std::size_t index);

    const Scenario& scenario_;
    FirstError& errors_;
    std::vector<Life> lives_;
};

Lives::Lives(const Scenario& scenario, FirstError& errors) : scenario_(scenario), errors_(errors) {
    for (const ProcessSpec& process : scenario.machine.processes)
        lives_.push_back(process.forked_from ? Life::unborn : Life::alive);
}

void Lives::check() {
    for (std::size_t i = 0; i < scenario_.setup.size(); ++i) set_up(i);
    for (std::size_t i = 0; i < scenario_.threads.size(); ++i) run(i);
    for (std::size_t i = 0; i < lives_.size(); ++i) {
        const std::string& unborn = scenario_.machine.processes[i].name;
        if (lives_[i] == Life::unborn)
            errors_.report(checker::pointer_to("/machine/processes", unborn) + "/forked_from",
                           "no \"fork\" operation makes " + in_quotes(unborn));
    }
}

void Lives::set_up(std::size_t index) {
    const SetupOp& step = scenario_.setup[index];
    if (!step.process) return;
    Life& life = lives_[step.process.index];
    const std::string place = place_of_setup(index);
    if (life == Life::unborn)
        errors_.report(place + "/process",
                       in_quotes(name(step.process)) + " does not exist yet; a \"fork\" must come before");
    if (life == Life::exited) errors_.report(place + "/process", in_quotes(name(step.process)) + " has exited already");
    if (step.op.code == OpCode::exit) life = Life::exited;
    if (step.op.code == OpCode::fork) fork(step.process, step.op.child, place);
}

void Lives::run(std::size_t thread) {
    const ThreadSpec& spec = scenario_.threads[thread];
    if (!spec.process) return;
    if (lives_[spec.process.index] == Life::exited)
        errors_.report(checker::pointer_to("/threads", thread) + "/process",
                       in_quotes(name(spec.process)) + " has exited in the set-up");
    for (std::size_t i = 0; i < spec.ops.size(); ++i) {
        if (spec.ops[i].code == OpCode::fork) fork(spec.process, spec.ops[i].child, place_of_op(thread, i));
        if (spec.ops[i].code == OpCode::exit) check_exit(thread, i);
    }
}

void Lives::fork(MmId parent, MmId child, const std::string& place) {
    const MmId declared = scenario_.machine.processes[child.index].forked_from;
    if (!declared)
        errors_.report(place + "/child", in_quotes(name(child)) + " exists from the start; a child is declared with "
                                                                  "\"forked_from\"");
    else if (declared != parent)
        errors_.report(place + "/child", in_quotes(name(child)) + " is declared as forked from " +
                                             in_quotes(name(declared)) + ", and here " + in_quotes(name(parent)) +
                                             " forks it");
    else if (lives_[child.index] != Life::unborn)
        errors_.report(place + "/child", in_quotes(name(child)) + " is forked twice");
    lives_[child.index] = Life::alive;
}

void Lives::check_exit(std::size_t thread, std::size_t index) {
    const ThreadSpec& spec = scenario_.threads[thread];
    const std::string place = place_of_op(thread, index) + "/op";
    if (index + 1 != spec.ops.size()) errors_.report(place, "\"exit\" ends the thread, and operations follow it");
    for (const ThreadSpec& other : scenario_.threads) {
        if (other.process == spec.process && other.name != spec.name)
            errors_.report(place, "\"exit\" ends the process, and thread " + in_quotes(other.name) +
                                      " runs in it too; that is not modelled yet");
    }
}

/// References and requests alike: something that is taken and given back.
struct Holding {
    bool held_at_start = false; ///< after the set-up
    bool read_only = false;     ///< some take is for reading
    bool in_pipe = false;       ///< some take is a vmsplice
    bool by_gup = false;
    std::optional<std::size_t> taker;    ///< the thread that takes it
    std::optional<std::size_t> releaser; ///< the thread that gives it back
};

bool is_take(OpCode code) {
    return code == OpCode::gup || code == OpCode::vmsplice || code == OpCode::o_direct_read ||
           code == OpCode::o_direct_write;
}
bool is_release(OpCode code) { return code == OpCode::put || code == OpCode::pipe_read || code == OpCode::await; }
bool is_use(OpCode code) { return code == OpCode::dma_write || code == OpCode::dma_read || code == OpCode::expect_dma; }

class References {
public:
    References(const Scenario& scenario, FirstError& errors)
        : scenario_(scenario),
          errors_(errors),
          holdings_(scenario.machine.references.size()) {}
    void check();

private:
    std::string name(const Op& op) const { return in_quotes(scenario_.machine.references[op.ref.index]); }
    std::string thread_name(std::size_t thread) const { return in_quotes(scenario_.threads[thread].name); }
    /// The key that names the reference in the operation.
    static std::string key(const Op& op) { return op.io ? "/request" : "/reference"; }
    void note(const Op& op, std::optional<std::size_t> thread, const std::string& place);
    void check_kind(const Op& op, const std::string& place);
    void follow(const Op& op, bool& held, const std::string& place, bool taken_elsewhere);

    const Scenario& scenario_;
    FirstError& errors_;
    std::vector<Holding> holdings_;
};

/// Who takes and who gives back: one thread each, or two of them would do it at once.
void References::note(const Op& op, std::optional<std::size_t> thread, const std::string& place) {
    Holding& holding = holdings_[op.ref.index];
    if (is_take(op.code)) {
        holding.in_pipe |= op.code == OpCode::vmsplice;
        holding.by_gup |= op.code == OpCode::gup;
        holding.read_only |= op.code == OpCode::vmsplice || (op.code == OpCode::gup && !op.write);
    }
    if (!thread || !(is_take(op.code) || is_release(op.code))) return;
    std::optional<std::size_t>& who = is_take(op.code) ? holding.taker : holding.releaser;
    if (who && who != thread) {
        const char* verb = is_take(op.code) ? (op.io ? " is started by thread " : " is taken by thread ")
                                            : (op.io ? " is awaited by thread " : " is dropped by thread ");
        errors_.report(place + key(op),
                       name(op) + verb + thread_name(*who) + " too; each thread needs one with a name of its own");
    }
    who = thread;
}

void References::check_kind(const Op& op, const std::string& place) {
    const Holding& holding = holdings_[op.ref.index];
    if (op.code == OpCode::dma_write && holding.read_only)
        errors_.report(place + key(op), name(op) + " is taken for reading; a device writes only through a reference "
                                                   "that \"gup\" takes with \"access\": \"write\"");
    if (op.code == OpCode::pipe_read && holding.by_gup)
        errors_.report(place + key(op), name(op) + " is taken by \"gup\"; a pipe holds what \"vmsplice\" takes");
}

/// `held`: whether it is held as far as this thread can know.
void References::follow(const Op& op, bool& held, const std::string& place, bool taken_elsewhere) {
    if (is_take(op.code)) {
        if (held)
            errors_.report(place + key(op),
                           name(op) + (op.io ? " is not awaited since it was started last; \"await\" it first, or give "
                                               "this one another name"
                                             : " is held already; \"put\" it first, or give this one another name"));
        held = true;
        return;
    }
    if (!is_release(op.code) && !is_use(op.code)) return;
    // Await is what the one who started a request does; to wait for one that another may not have started yet means nothing.
    if (!held && (!taken_elsewhere || op.code == OpCode::await))
        errors_.report(place + key(op), name(op) + (op.io ? " is not started before by this thread"
                                                          : " is not held here; nothing "
                                                            "takes it before"));
    if (is_release(op.code)) held = false;
}

void References::check() {
    for (std::size_t i = 0; i < scenario_.setup.size(); ++i) {
        const Op& op = scenario_.setup[i].op;
        if (op.ref) note(op, std::nullopt, place_of_setup(i));
    }
    for (std::size_t t = 0; t < scenario_.threads.size(); ++t) {
        const std::vector<Op>& ops = scenario_.threads[t].ops;
        for (std::size_t i = 0; i < ops.size(); ++i) {
            if (ops[i].ref) note(ops[i], t, place_of_op(t, i));
        }
    }
    for (std::size_t i = 0; i < scenario_.setup.size(); ++i) {
        const Op& op = scenario_.setup[i].op;
        if (!op.ref) continue;
        check_kind(op, place_of_setup(i));
        follow(op, holdings_[op.ref.index].held_at_start, place_of_setup(i), false);
    }
    for (std::size_t t = 0; t < scenario_.threads.size(); ++t) {
        std::vector<bool> held;
        for (const Holding& holding : holdings_) held.push_back(holding.held_at_start);
        for (std::size_t i = 0; i < scenario_.threads[t].ops.size(); ++i) {
            const Op& op = scenario_.threads[t].ops[i];
            if (!op.ref) continue;
            check_kind(op, place_of_op(t, i));
            const Holding& holding = holdings_[op.ref.index];
            bool now = held[op.ref.index];
            follow(op, now, place_of_op(t, i), holding.taker && *holding.taker != t);
            held[op.ref.index] = now;
        }
    }
}

} // namespace

void check_lives(const Scenario& scenario, FirstError& errors) { Lives(scenario, errors).check(); }

void check_references(const Scenario& scenario, FirstError& errors) { References(scenario, errors).check(); }

} // namespace model
