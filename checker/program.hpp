// SPDX-License-Identifier: GPL-2.0-only
// A program under test: cells, threads and properties. Built once, then only read; engines and searches never change it.
#pragma once

#include "checker/cells.hpp"
#include "checker/describe_word.hpp"
#include "checker/handles.hpp"

#include <functional>
#include <string>
#include <vector>

namespace checker {

class Thread;

enum class PropertyKind : std::uint8_t {
    always,       ///< holds after every step, and initially
    at_end,       ///< holds where nothing is enabled and all but daemon threads have finished
    sometimes,    ///< a complete search finds it true after at least one step (or initially)
    no_data_race, ///< nowhere are two threads about to access one plain variable, one to write; see Program::plain
};

struct Property {
    std::string name;
    PropertyKind kind = PropertyKind::always;
    /// The cells that `holds` may read; a debug build traps a read of any other.
    std::vector<CellId> footprint;
    /// A pure function of the shared state.
    std::function<bool(const View&)> holds;
    /// Says in plain words why it is false in the given state; may be empty. Called for reports only.
    std::function<std::string(const View&)> explain;
};

/// What a word of a cell means, for people.
using DescribeWord = std::string (*)(Word);

struct CellSpec {
    std::string name;
    Word initial = 0;
    DescribeWord describe = nullptr; ///< null: a number
    bool is_plain = false;           ///< accessed without synchronisation; see Plain
};

struct ThreadSpec {
    std::string name;
    /// Runs on a fiber; may be started many times, so it keeps nothing between runs.
    std::function<void(Thread&)> body;
    /// A daemon need not finish for the program to have ended.
    bool daemon = false;
    /// The first of the threads added together with it, which differ in nothing; itself if it was added alone.
    ThreadId first_alike{};
};

class Program {
public:
    /// At most 65,536 cells, 64 threads and 64 properties; one more throws std::length_error (the loader checks before).
    CellId add_cell(std::string name, Word initial = 0);
    ThreadId add_thread(std::string name, std::function<void(Thread&)> body, bool daemon = false);
    /// `count` threads that differ in nothing: one body, which cannot ask for its thread's id. They are called `name` 1, 2
    /// and so on. Which of them is where makes no difference to a search. Returns the first.
    ThreadId add_threads(const std::string& name, unsigned count, const std::function<void(Thread&)>& body,
                         bool daemon = false);
    /// Its name is not empty, not another's and not a built-in property's, or std::invalid_argument is thrown.
    void add_property(Property property);
    /// Given to every View and Cells; outlives all executions.
    void set_context(const void* context) { context_ = context; }
    void set_initial(CellId cell, Word value) { cells_[cell.index].initial = value; }
    /// A thread that stops with an `OpKind::breakpoint` at each entry (through Thread::call) of the named function.
    void break_at(ThreadId thread, std::string function);

    template <WordSized T>
    Var<T> var(std::string name, T initial = T{}) {
        return {describe_as(add_cell(std::move(name), to_word(initial)), &describe_word<T>)};
    }
    /// The first one adds the property `data_race_property`.
    template <WordSized T>
    Plain<T> plain(std::string name, T initial = T{}) {
        watch_for_races();
        const CellId cell = describe_as(add_cell(std::move(name), to_word(initial)), &describe_word<T>);
        cells_[cell.index].is_plain = true;
        return {cell};
    }
    Mutex mutex(std::string name) { return add_lock(Mutex{describe_as(add_cell(std::move(name)), &describe_mutex)}); }
    RwLock rwlock(std::string name);
    /// Some bits of a cell that serve as a lock. Searches go by locks that they know: while a thread holds one, others do not
    /// get past it.
    Mutex add_lock(Mutex lock);
    SeqCount seqcount(std::string name) { return {add_cell(std::move(name))}; }

    const std::vector<CellSpec>& cells() const { return cells_; }
    const std::vector<ThreadSpec>& threads() const { return threads_; }
    const std::vector<Property>& properties() const { return properties_; }
    /// Of reader-writer locks the mask is all ones.
    const std::vector<Mutex>& locks() const { return locks_; }
    const void* context() const { return context_; }
    const std::string& breakpoint(ThreadId thread) const { return breakpoints_[thread.index]; }

private:
    CellId describe_as(CellId cell, DescribeWord describe) {
        cells_[cell.index].describe = describe;
        return cell;
    }
    void watch_for_races();

    std::vector<CellSpec> cells_;
    std::vector<ThreadSpec> threads_;
    std::vector<Property> properties_;
    std::vector<std::string> breakpoints_;
    std::vector<Mutex> locks_;
    const void* context_ = nullptr;
};

} // namespace checker
