// SPDX-License-Identifier: GPL-2.0-only
// How a worker of a partial-order reduction comes by what others leave, and leaves something to others; the rest of
// dpor_worker.hpp.
#pragma once

#include "checker/dpor_worker.hpp"

#include <span>
#include <vector>

namespace checker {

template <Execution E>
DporPass DporWorker<E>::explore_with(SharedBranches& shared, unsigned number) {
    part_.emplace(shared, number, dependence_, meetings_);
    bool has_own = number == 0;
    is_done_ = !has_own;
    for (;;) {
        if (explore(0) == DporPass::ended) break;
        SharedBranch* const next = part_->take(has_own ? &part_->own() : nullptr);
        if (next == nullptr) return shared.is_complete() ? DporPass::complete : DporPass::ended;
        has_own = true;
        if (!go_to(*next)) break;
    }
    shared.end();
    return DporPass::ended;
}

/// Shares the states up to the first of the worker's own in which there is something left to explore.
template <Execution E>
void DporWorker<E>::give_away() {
    if (executions_ < next_gift_) return;
    std::size_t last = own_from();
    while (last < trace_.size() && nodes_[last].branches == WakeupTrees::none) ++last;
    if (last == trace_.size()) return;
    for (std::size_t at = own_from(); at <= last; ++at) {
        Node& node = nodes_[at];
        const Event& event = trace_[static_cast<std::uint32_t>(at)];
        const std::size_t inherited =
            at == 0 ? 0 : sleep_on(nodes_[at - 1], trace_[static_cast<std::uint32_t>(at - 1)]);
        const std::span<const Sleeper> explored(sleepers_.data() + node.sleepers_begin + inherited,
                                                node.sleepers_end - node.sleepers_begin - inherited);
        part_->share(explored, {event.step, event.label}, trees_, node.branches);
    }
    part_->finish_sharing();
    next_gift_ = executions_ + rest_between_gifts;
}

/// Goes to where the branch begins, which is the worker's own from now on.
template <Execution E>
bool DporWorker<E>::go_to(SharedBranch& branch) {
    const std::vector<SharedBranch*> way = SharedPart::way_to(branch);
    const std::size_t common = part_->common_with(way);
    while (trace_.size() > common) undo();
    kept_ = std::min(kept_, trace_.size());
    part_->go_back(common);
    Node& node = nodes_.back();
    node.sleepers_end = node.sleepers_begin;
    if (common > 0) node.sleepers_end += sleep_on(nodes_[common - 1], trace_[trace_.size() - 1]);
    for (std::size_t at = common; at < way.size(); ++at) {
        if (!follow(*way[at])) return false;
    }
    is_done_ = false;
    return true;
}

/// One step on the way to where the worker's own begins. The branches that come before this one sleep behind it.
template <Execution E>
bool DporWorker<E>::follow(SharedBranch& branch) {
    Node& node = nodes_.back();
    sleepers_.resize(node.sleepers_end);
    part_->for_each_before(branch, [this](const Sleeper& sleeper) { sleepers_.push_back(sleeper); });
    node.sleepers_end = sleepers_.size();
    const Progress before = now_;
    part_->go_on(branch);
    if (!take(branch.step, WakeupTrees::none)) return false;
    if (trace_[trace_.size() - 1].label != part_->own_label(branch.label)) return complain();
    if (branch.is_counted.exchange(true)) now_ = before;
    return true;
}

} // namespace checker
