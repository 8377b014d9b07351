// SPDX-License-Identifier: GPL-2.0-only
// The audit of keys; see audit.hpp. A raw state is what a search would tell apart together with the used bytes of all stacks,
// whose unused parts are zeroed before a fiber runs on, so that what old calls left there does not tell states apart.
#include "checker/audit.hpp"

#include "checker/fiber_execution.hpp"
#include "checker/findings.hpp"
#include "checker/replay_execution.hpp"

#include <exception>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace checker {

namespace {

/// A step and the observed state that it leads to. Failed threads are all alike, so what failed is told apart here.
struct Successor {
    Step step;
    std::uint64_t state = 0;
    std::string_view failed_assertion{};
    friend bool operator==(const Successor&, const Successor&) = default;
};
using Successors = std::vector<Successor>;

template <Execution E>
class Audit {
public:
    Audit(const Program& program, std::uint64_t max_states)
        : program_(program),
          max_states_(max_states),
          execution_(program, MachineSettings{.seed = 0,
                                              .hashing = true,
                                              .check_footprints = false,
                                              .canonical_stacks = true,
                                              .max_steps_without_forget = SearchOptions{}.max_steps_without_forget}) {}

    AuditResult run() {
        result_.complete = true;
        arrive();
        while (!nodes_.empty() && result_.complete && result_.fault.empty() && result_.error.empty()) advance();
        result_.complete = result_.complete && result_.fault.empty() && result_.error.empty();
        result_.raw_states = raw_.size();
        result_.observed_states = observed_.size();
        return result_;
    }

private:
    struct Node {
        std::uint64_t observed = 0; ///< number of its observed state
        Word to_try = 0;
        Step next{};
        std::uint32_t choices = 0; ///< of `next.thread`; 0 before the first thread
        Successors successors;
    };

    void advance() {
        Node& node = nodes_.back();
        if (node.choices == 0 || node.next.choice + 1U >= node.choices) {
            if (node.to_try == 0) {
                leave();
                return;
            }
            node.next = Step{first_thread(node.to_try), 0};
            node.to_try &= node.to_try - 1;
            node.choices = execution_.choices(node.next.thread);
        } else {
            ++node.next.choice;
        }
        execution_.step(node.next);
        node.successors.push_back({.step = node.next});
        if (execution_.raised().failed != 0)
            node.successors.back().failed_assertion = execution_.pending(node.next.thread).label;
        arrive();
    }

    /// Numbers the observed state arrived at, and goes on from it if its raw state is new.
    void arrive() {
        result_.error = execution_.error();
        if (!result_.error.empty()) return;
        bytes_.clear();
        execution_.machine().append_state(bytes_);
        const std::uint64_t observed = observed_.try_emplace(bytes_, observed_.size()).first->second;
        if (!nodes_.empty()) nodes_.back().successors.back().state = observed;
        for (std::size_t thread = 0; thread < program_.threads().size(); ++thread) {
            const ThreadId id{static_cast<std::uint8_t>(thread)};
            if (execution_.status(id) == ThreadStatus::running) execution_.append_stack(id, bytes_);
        }
        const bool is_new = !raw_.contains(bytes_);
        if (is_new && max_states_ != 0 && raw_.size() == max_states_) {
            result_.complete = false;
        } else if (is_new) {
            raw_.insert(bytes_);
            nodes_.push_back({.observed = observed, .to_try = execution_.enabled(), .successors = {}});
        } else {
            execution_.undo();
        }
    }

    /// All that can happen in this raw state is known: it must be what can happen in others that look the same.
    void leave() {
        const Node& node = nodes_.back();
        const auto [known, is_first] = successors_.try_emplace(node.observed, node.successors);
        if (!is_first) compare(known->second, node.successors);
        nodes_.pop_back();
        if (!nodes_.empty()) execution_.undo();
    }

    void compare(const Successors& known, const Successors& found) {
        for (std::size_t at = 0; at < known.size() && at < found.size(); ++at)
            if (known[at] != found[at]) return blame(found[at].step.thread);
    }

    void blame(ThreadId thread) {
        const LocalState& local = execution_.machine().local(thread);
        const Operation& op = local.thread.pending;
        result_.fault = "thread '" + program_.threads()[thread.index].name + "' goes on in different ways after " +
                        op.label + " in " + op.where.function + "(), line " + std::to_string(op.where.line);
        if (const char* loop = local.thread.observed.loop; *loop != '\0')
            result_.fault += ", in the loop '" + std::string(loop) + "'";
        result_.fault += ", although it has observed the same: a forget leaves out a live value, or a called function "
                         "gives its caller more than its result";
    }

    const Program& program_;
    std::uint64_t max_states_;
    E execution_;
    AuditResult result_;
    std::vector<Node> nodes_;
    std::string bytes_;
    std::unordered_set<std::string> raw_;
    std::unordered_map<std::string, std::uint64_t> observed_;
    std::unordered_map<std::uint64_t, Successors> successors_;
};

} // namespace

AuditResult audit(const Program& program, std::uint64_t max_states) {
    try {
        if constexpr (Fiber::can_roll_back)
            return Audit<FiberExecution>(program, max_states).run();
        else
            return Audit<ReplayExecution>(program, max_states).run();
    } catch (const std::exception& thrown) {
        AuditResult result;
        result.error = std::string("an operation of the program throws: ") + thrown.what();
        return result;
    } catch (...) {
        AuditResult result;
        result.error = "an operation of the program throws what is no std::exception";
        return result;
    }
}

} // namespace checker
