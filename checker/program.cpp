// SPDX-License-Identifier: GPL-2.0-only
// Building a program under test; see program.hpp.
#include "checker/program.hpp"

#include <stdexcept>

namespace checker {

namespace {

constexpr std::size_t max_cells = 65'536;
constexpr std::size_t max_threads = 64;
constexpr std::size_t max_properties = 64;

} // namespace

CellId Program::add_cell(std::string name, Word initial) {
    if (cells_.size() == max_cells) throw std::length_error("a program has at most 65,536 cells");
    cells_.push_back({std::move(name), initial});
    return CellId{static_cast<std::uint16_t>(cells_.size() - 1)};
}

ThreadId Program::add_thread(std::string name, std::function<void(Thread&)> body, bool daemon) {
    if (threads_.size() == max_threads) throw std::length_error("a program has at most 64 threads");
    const ThreadId id{static_cast<std::uint8_t>(threads_.size())};
    threads_.push_back({std::move(name), std::move(body), daemon, id});
    breakpoints_.emplace_back();
    return id;
}

ThreadId Program::add_threads(const std::string& name, unsigned count, const std::function<void(Thread&)>& body,
                              bool daemon) {
    const ThreadId first{static_cast<std::uint8_t>(threads_.size())};
    for (unsigned number = 1; number <= count; ++number) {
        const ThreadId id = add_thread(name + " " + std::to_string(number), body, daemon);
        threads_[id.index].first_alike = first;
    }
    return first;
}

RwLock Program::rwlock(std::string name) { return {add_lock(Mutex{add_cell(std::move(name)), ~Word{0}}).cell}; }

Mutex Program::add_lock(Mutex lock) {
    locks_.push_back(lock);
    return lock;
}

void Program::add_property(Property property) {
    if (properties_.size() == max_properties) throw std::length_error("a program has at most 64 properties");
    properties_.push_back(std::move(property));
}

void Program::break_at(ThreadId thread, std::string function) { breakpoints_[thread.index] = std::move(function); }

} // namespace checker
