// SPDX-License-Identifier: GPL-2.0-only
// A certificate: all states that a search has found, whole, so that somebody who does not trust the search can check that
// they are all there are and that none of them violates anything (verify.hpp). Start reading here.
//
// The file is one line of JSON, then the states, then a hash of all that:
//
//   {
//     "format": "cowherd-certificate",
//     "version": 1,
//     "of": { ... },                           what the program was made of; opaque here
//     "symmetric": false,                      true: which of threads that are alike is where does not count
//     "threads": [[[[0,1],[1,2]], ...], ...],  by thread, of each of its local states the results that the operation there
//                                              returns, and the local state that follows; the first is where it begins;
//                                              no local states where, under symmetry, it has those of an earlier thread
//     "cells": [[7, [0,1,2]], ...],            each cell that ever changes, and what it holds in some state
//     "states": 51712
//   }
//
// A state is the number of each thread's local state and then that of each such cell's word, in as few bits as the numbers
// need, the lowest first, filled up to whole bytes. States are in ascending order of their bytes, and each is written as how
// many of its bytes are those of the one before (one byte) and the others. Of threads that are alike the numbers ascend.
#pragma once

#include "checker/input_error.hpp"
#include "checker/program.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace certificate {

using checker::Word;

inline constexpr const char* format = "cowherd-certificate";
inline constexpr int version = 1;

/// Where a thread goes from a local state (what it is between two of its steps) when it is told a result.
struct Edge {
    Word result = 0;
    std::uint32_t to = 0;
    bool operator==(const Edge&) const = default;
};
using Edges = std::vector<Edge>; ///< by result

/// A cell that is not the same in all states.
struct Column {
    std::uint16_t cell = 0;
    std::vector<Word> words; ///< ascending
    bool operator==(const Column&) const = default;
};

struct Certificate {
    nlohmann::json of;
    bool symmetric = false;
    /// By thread and local state. Under symmetry empty for all but the first of threads that are alike.
    std::vector<std::vector<Edges>> threads;
    std::vector<Column> columns; ///< by cell
    std::string states;          ///< their bytes, one after the other, ascending
    std::uint64_t count = 0;
    bool operator==(const Certificate&) const = default;
};

/// Where in the bytes of a state its numbers are. Field t is thread t's local state, then come the columns.
class Layout {
public:
    /// `program` has as many threads as the certificate.
    Layout(const Certificate& certificate, const checker::Program& program);

    std::size_t bytes() const { return bytes_; }
    std::size_t fields() const { return fields_.size(); }
    /// How many values there are of a field.
    std::size_t values(std::size_t field) const { return fields_[field].values; }
    std::uint32_t get(const char* state, std::size_t field) const;
    /// The field's bits are zero before.
    void put(char* state, std::size_t field, std::uint32_t value) const;

private:
    struct Field {
        std::size_t values;
        std::size_t first_bit;
        unsigned bits;
    };
    std::vector<Field> fields_;
    std::size_t bytes_ = 0;
};

/// The thread whose local states this thread's are too.
std::size_t owner_of(const Certificate& certificate, const checker::Program& program, std::size_t thread);

/// The file's bytes; equal certificates give equal bytes.
std::string write(const Certificate& certificate, const checker::Program& program);

/// What is said before the states: which program this is a certificate of. Refuses what is no certificate, one of another
/// version and one that is damaged or cut short.
checker::Result<nlohmann::json> read_of(std::string_view bytes);

/// Reads what `write` has written. Refuses in addition what does not fit the program: other numbers of threads or cells,
/// numbers that name nothing, states that are not in order.
checker::Result<Certificate> read(std::string_view bytes, const checker::Program& program);

} // namespace certificate
