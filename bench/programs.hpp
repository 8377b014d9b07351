// SPDX-License-Identifier: GPL-2.0-only
// What benchmarks measure beside searches, and on what: a bare switch of stacks, and small programs.
#pragma once

#include "checker/program.hpp"
#include "checker/search.hpp"
#include "checker/thread.hpp"

#include <boost/context/detail/fcontext.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

double seconds_of(const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Two contexts that do nothing but give way to each other.
class PingPong {
public:
    PingPong() : stack_(std::make_unique<std::byte[]>(bytes)) {
        other_ = boost::context::detail::make_fcontext(stack_.get() + bytes, bytes, [](Transfer from) {
            for (;;) from = boost::context::detail::jump_fcontext(from.fctx, nullptr);
        });
    }
    void round_trip() { other_ = boost::context::detail::jump_fcontext(other_, nullptr).fctx; }
    void round_trips(std::uint64_t count) {
        for (; count > 0; --count) round_trip();
    }

private:
    using Transfer = boost::context::detail::transfer_t;
    static constexpr std::size_t bytes = std::size_t{64} * 1024;
    std::unique_ptr<std::byte[]> stack_;
    boost::context::detail::fcontext_t other_ = nullptr;
};

/// Threads that count under a lock, each so many times.
inline checker::Program lock_and_counter(int threads, int rounds) {
    checker::Program program;
    const auto counter = program.var<int>("counter");
    const checker::Mutex m = program.mutex("m");
    for (int thread = 0; thread < threads; ++thread) {
        program.add_thread("t" + std::to_string(thread), [=](checker::Thread& t) {
            for (int round = 0; round < rounds; ++round) {
                t.lock(m);
                const int old = t.load(counter);
                t.store(counter, old + 1);
                t.unlock(m);
            }
        });
    }
    return program;
}

/// Threads that read what the next one writes; nobody ever waits.
inline checker::Program lock_free(int threads, int steps) {
    checker::Program program;
    std::vector<checker::Var<int>> cells;
    cells.reserve(static_cast<std::size_t>(threads));
    for (int thread = 0; thread < threads; ++thread) cells.push_back(program.var<int>("v" + std::to_string(thread)));
    for (std::size_t thread = 0; thread < cells.size(); ++thread) {
        program.add_thread("t" + std::to_string(thread),
                           [=, mine = cells[thread], next = cells[(thread + 1) % cells.size()]](checker::Thread& t) {
                               int seen = 0;
                               for (int step = 0; step < steps; step += 2) {
                                   t.store(mine, step + seen);
                                   seen = t.load(next);
                               }
                           });
    }
    return program;
}

inline checker::SearchOptions naive_options(checker::Engine engine, std::uint64_t max_states) {
    checker::SearchOptions options;
    options.strategy = checker::Strategy::naive;
    options.engine = engine;
    options.max_states = max_states;
    options.counterexamples = false;
    return options;
}

} // namespace bench
