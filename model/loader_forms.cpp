// SPDX-License-Identifier: GPL-2.0-only
// The tables of the scenario format.
#include "model/loader_forms.hpp"

namespace model {

namespace {

using Words = std::vector<std::string>;

Words joined(Words first, const Words& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

} // namespace

Words OperationForm::keys() const { return joined(joined({"op"}, required), optional); }

namespace forms {

const Form& scenario() {
    static const Form form{"scenario",
                           "a scenario",
                           {"version", "machine", "threads"},
                           {"$schema", "title", "about", "kernel", "arch", "without", "with", "setup", "sometimes",
                            "properties", "expect"}};
    return form;
}
const Form& machine() {
    static const Form form{"machine", "a machine", {"processes"}, {"pages", "units", "cpus", "late_marks", "swap"}};
    return form;
}
const Form& swap_device() {
    static const Form form{"swap_device", "a swap device", {"name"}, {"slots", "synchronous_io", "stable_writes"}};
    return form;
}
const Form& process() {
    static const Form form{"process", "a process", {}, {"maps", "forked_from"}};
    return form;
}
const Form& thread() {
    static const Form form{"thread", "a thread", {"name", "ops"}, {"process", "cpu", "count"}};
    return form;
}
const Form& sometimes() {
    static const Form form{"sometimes", "an entry of \"sometimes\"", {"name", "all"}, {}};
    return form;
}
const Form& condition() {
    static const Form form{
        "condition", "a condition", {}, {"pte", "reference", "page", "thread", "content", "is", "is_not"}};
    return form;
}
const Form& place() {
    static const Form form{"place", "a place", {"process", "address"}, {}};
    return form;
}
const Form& content() {
    static const Form form{"content", "a content unit", {"process", "address", "unit"}, {}};
    return form;
}
const Form& expectation() {
    static const Form form{"expectation",
                           "an entry of \"expect\"",
                           {"kernels", "archs", "verdict"},
                           {"without", "with", "properties", "reason"}};
    return form;
}

std::vector<const Form*> all() {
    return {&scenario(),  &machine(),   &swap_device(), &process(), &thread(),
            &sometimes(), &condition(), &place(),       &content(), &expectation()};
}

} // namespace forms

const std::vector<OperationForm>& operation_forms() {
    static const std::vector<OperationForm> table = {
        {OpCode::load, "load", "a user load of one unit", Actor::user, true, {"address"}, {"unit"}},
        {OpCode::store, "store", "a user store to one unit", Actor::user, true, {"address", "value"}, {"unit"}},
        {OpCode::fork, "fork", "makes the child process", Actor::user, true, {"child"}, {}},
        {OpCode::exit, "exit", "ends the process", Actor::user, true, {}, {}},
        {OpCode::munmap, "munmap", "unmaps the page", Actor::user, true, {"address"}, {}},
        {OpCode::mprotect, "mprotect", "changes the protection", Actor::user, true, {"address", "protection"}, {}},
        {OpCode::clear_refs, "clear_refs", "writes 4 to /proc/self/clear_refs", Actor::user, true, {}, {}},
        {OpCode::madvise, "madvise", "advice about the page", Actor::user, true, {"address", "advice"}, {}},
        {OpCode::gup,
         "gup",
         "takes a reference to the page",
         Actor::user,
         true,
         {"address", "reference", "kind", "access"},
         {"mode"}},
        {OpCode::put, "put", "drops a reference", Actor::anyone, true, {"reference"}, {"dirty"}},
        {OpCode::dma_write,
         "dma_write",
         "a device writes one unit through a reference",
         Actor::anyone,
         true,
         {"reference", "value"},
         {"unit"}},
        {OpCode::dma_read,
         "dma_read",
         "a device reads one unit through a reference",
         Actor::anyone,
         true,
         {"reference"},
         {"unit"}},
        {OpCode::o_direct_read,
         "o_direct_read",
         "starts an O_DIRECT read: a device writes the page",
         Actor::user,
         false,
         {"address", "value", "request"},
         {"unit"}},
        {OpCode::o_direct_write,
         "o_direct_write",
         "starts an O_DIRECT write: a device reads the page",
         Actor::user,
         false,
         {"address", "request"},
         {"unit"}},
        {OpCode::await, "await", "waits for an O_DIRECT request", Actor::user, false, {"request"}, {}},
        {OpCode::vmsplice,
         "vmsplice",
         "puts the page into a pipe by reference",
         Actor::user,
         true,
         {"address", "reference"},
         {}},
        {OpCode::pipe_read,
         "pipe_read",
         "reads one unit out of the pipe, which must be the value if one is given, and drops its reference",
         Actor::anyone,
         true,
         {"reference"},
         {"unit", "value"}},
        {OpCode::swapoff, "swapoff", "takes a swap device out of use", Actor::anyone, true, {"device"}, {}},
        {OpCode::swapon, "swapon", "takes a swap device into use again", Actor::anyone, true, {"device"}, {}},
        {OpCode::kswapd, "kswapd", "passes of reclaim over the LRU list", Actor::anyone, true, {}, {"passes"}},
        {OpCode::readahead, "readahead", "reads swap slots into the swap cache", Actor::anyone, true, {}, {"passes"}},
        {OpCode::drain_lru, "drain_lru", "drains this CPU's LRU batch", Actor::anyone, true, {}, {}},
        {OpCode::clear_swp_exclusive,
         "clear_swp_exclusive",
         "a mutation: clears the exclusive marker of the swap PTE",
         Actor::user,
         true,
         {"address"},
         {}},
        {OpCode::expect_load,
         "expect_load",
         "a user load that must give the value",
         Actor::user,
         true,
         {"address", "value"},
         {"unit"}},
        {OpCode::expect_dma,
         "expect_dma",
         "a device read through a reference that must give the value",
         Actor::anyone,
         true,
         {"reference", "value"},
         {"unit"}},
    };
    return table;
}

const Words& advice_words() {
    static const Words words = {"pageout", "dontneed", "dontfork", "dofork"};
    return words;
}
const Words& gup_kind_words() {
    static const Words words = {"get", "pin"};
    return words;
}
const Words& gup_mode_words() {
    static const Words words = {"fast", "slow", "fast_only"};
    return words;
}
const Words& access_words() {
    static const Words words = {"read", "write"};
    return words;
}
const Words& protection_words() {
    static const Words words = {"read", "read_write"};
    return words;
}
const Words& verdict_words() {
    static const Words words = {"holds", "violated"};
    return words;
}
const Words& pte_words() {
    static const Words words = {"none", "present",        "writable",        "read_only",
                                "swap", "swap_exclusive", "under_writeback", "in_swap_cache"};
    return words;
}
const Words& reference_words() {
    static const Words words = {"held", "diverged"};
    return words;
}
const Words& page_words() {
    static const Words words = {"under_writeback"};
    return words;
}
const Words& thread_words() {
    static const Words words = {"finished", "killed"};
    return words;
}

const Words& operations_not_modelled() {
    static const Words words = {"mremap", "mlock", "munlock", "userfaultfd", "ksm", "migrate"};
    return words;
}
const Words& advice_not_modelled() {
    static const Words words = {"free",      "remove",      "cold",     "willneed",
                                "mergeable", "unmergeable", "hugepage", "nohugepage"};
    return words;
}
const Words& keys_not_modelled() {
    static const Words words = {"longterm", "force"};
    return words;
}

} // namespace model
