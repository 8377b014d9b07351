// SPDX-License-Identifier: GPL-2.0-only
// Building a program under test; see program.hpp.
#include "checker/program.hpp"

#include "checker/search.hpp"

#include <algorithm>
#include <stdexcept>

namespace checker {

namespace {

constexpr std::size_t max_cells = 65'536;
constexpr std::size_t max_threads = 64;
constexpr std::size_t max_properties = 64;

bool is_built_in(const std::string& name) {
    return name == deadlock_property || name == never_ends_property || name == livelock_property ||
           name == data_race_property || name.starts_with(assertion_prefix);
}

/// Why the property cannot be one of a program's beside those it has; empty if it can. Findings and traces go by name.
const char* fault_of(const Property& property, const std::vector<Property>& known) {
    if (property.name.empty()) return "its name is empty; reports and traces go by the name";
    if (is_built_in(property.name)) return "the name is a built-in property's; choose another";
    if (property.kind == PropertyKind::no_data_race) return "plain variables bring it; see Program::plain";
    if (!property.holds) return "it does not say when it holds";
    const auto has_same_name = [&property](const Property& other) { return other.name == property.name; };
    if (std::any_of(known.begin(), known.end(), has_same_name)) return "the program has one of this name already";
    return "";
}

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

RwLock Program::rwlock(std::string name) {
    return {add_lock(Mutex{describe_as(add_cell(std::move(name)), &describe_rwlock), ~Word{0}}).cell};
}

Mutex Program::add_lock(Mutex lock) {
    locks_.push_back(lock);
    return lock;
}

void Program::add_property(Property property) {
    if (properties_.size() == max_properties) throw std::length_error("a program has at most 64 properties");
    if (const char* fault = fault_of(property, properties_); *fault != '\0')
        throw std::invalid_argument("property '" + property.name + "': " + fault);
    properties_.push_back(std::move(property));
}

void Program::watch_for_races() {
    const auto watches = [](const Property& known) { return known.kind == PropertyKind::no_data_race; };
    if (std::any_of(properties_.begin(), properties_.end(), watches)) return;
    if (properties_.size() == max_properties)
        throw std::length_error("a program has at most 64 properties, and plain variables bring one of their own");
    properties_.push_back({data_race_property, PropertyKind::no_data_race, {}, {}, {}});
}

void Program::break_at(ThreadId thread, std::string function) { breakpoints_[thread.index] = std::move(function); }

} // namespace checker
