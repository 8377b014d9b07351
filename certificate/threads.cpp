// SPDX-License-Identifier: GPL-2.0-only
// Running the threads of a certificate; see threads.hpp.
#include "certificate/threads.hpp"

#include <algorithm>

namespace certificate {

using checker::LocalState;
using checker::ThreadId;

namespace {

ThreadId id_of(std::size_t thread) { return ThreadId{static_cast<std::uint8_t>(thread)}; }

checker::MachineSettings settings_of(const Certificate& certificate) {
    return {.hashing = false, .keying = true, .symmetry = certificate.symmetric};
}

} // namespace

Threads::Threads(const checker::Program& program, const Certificate& certificate)
    : program_(program),
      certificate_(certificate),
      machine_(program, settings_of(certificate)),
      lanes_(program.threads().size()) {
    for (std::size_t thread = 0; thread < lanes_.size(); ++thread) {
        owners_.push_back(owner_of(certificate, program, thread));
        if (owners_.back() != thread) continue;
        lanes_[thread].visits.resize(certificate.threads[thread].size());
        for (const Edges& edges : certificate.threads[thread]) lanes_[thread].went.emplace_back(edges.size());
        auto first = std::make_unique<Visit>();
        machine_.begin_thread(id_of(thread), first->state);
        come_to(thread, 0, std::move(first));
    }
}

std::optional<std::uint32_t> Threads::after(std::size_t thread, std::uint32_t local, Word result) {
    const std::size_t owner = owners_[thread];
    const Edges& edges = certificate_.threads[owner][local];
    const auto edge = std::find_if(edges.begin(), edges.end(), [&](const Edge& e) { return e.result == result; });
    if (edge == edges.end()) return std::nullopt;
    std::vector<bool>::reference went = lanes_[owner].went[local][static_cast<std::size_t>(edge - edges.begin())];
    if (went) return edge->to;
    went = true;
    LocalState here;
    run_to(owner, local, here);
    auto visit = std::make_unique<Visit>();
    visit->from = local;
    visit->result = result;
    machine_.run_on(id_of(owner), here, result, visit->state);
    come_to(owner, edge->to, std::move(visit));
    return edge->to;
}

/// One number, one local state: both ways.
void Threads::come_to(std::size_t owner, std::uint32_t local, std::unique_ptr<Visit> visit) {
    Lane& lane = lanes_[owner];
    const auto [known, is_new] = lane.numbers.try_emplace(identity(owner, visit->state), local);
    if (known->second != local)
        fail(owner, "local state " + std::to_string(local) + " is also called " + std::to_string(known->second));
    else if (is_new && lane.visits[local] != nullptr)
        fail(owner, "two local states are called " + std::to_string(local));
    if (lane.visits[local] == nullptr) lane.visits[local] = std::move(visit);
    if (fault_.empty()) fault_ = machine_.error();
}

/// The way that somebody came there for the first time.
void Threads::run_to(std::size_t owner, std::uint32_t local, LocalState& state) {
    std::vector<Word> results;
    for (std::uint32_t at = local; at != 0; at = lanes_[owner].visits[at]->from)
        results.push_back(lanes_[owner].visits[at]->result);
    machine_.begin_thread(id_of(owner), state);
    for (auto result = results.rbegin(); result != results.rend(); ++result)
        machine_.run_on(id_of(owner), state, *result, state);
}

std::string Threads::identity(std::size_t owner, const LocalState& state) const {
    Word words[checker::Machine::max_encoded_words];
    const std::size_t size = machine_.encode(owner, state, words);
    std::string identity(reinterpret_cast<const char*>(words), size * sizeof(Word));
    // Assertions that fail are told apart by their messages.
    if (state.thread.pending.kind == checker::OpKind::failed) identity += state.thread.pending.label;
    return identity;
}

void Threads::fail(std::size_t owner, const std::string& what) {
    if (fault_.empty()) fault_ = "thread '" + program_.threads()[owner].name + "': " + what;
}

std::string Threads::unused() const {
    for (std::size_t thread = 0; thread < lanes_.size(); ++thread) {
        for (std::size_t local = 0; local < lanes_[thread].visits.size(); ++local) {
            const std::vector<bool>& went = lanes_[thread].went[local];
            if (lanes_[thread].visits[local] != nullptr && std::find(went.begin(), went.end(), false) == went.end())
                continue;
            return "thread '" + program_.threads()[thread].name + "' never goes all ways to and from its local state " +
                   std::to_string(local);
        }
    }
    return {};
}

} // namespace certificate
