// SPDX-License-Identifier: GPL-2.0-only
// The options of cowherd check that choose how to search, and those that mean something to some strategies only.
#pragma once

#include "checker/search.hpp"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace cli {

class StrategyOptions {
public:
    /// `search` outlives the command.
    void add_to(CLI::App& command, checker::SearchOptions& search);
    /// What does not go together of what was given, with the cure; empty if nothing.
    std::string wrong_combination(const checker::SearchOptions& search) const;
    /// The same of a search that is to be certified.
    std::string wrong_for_certificate(const checker::SearchOptions& search) const;

private:
    struct Owned {
        CLI::Option* option;
        std::vector<checker::Strategy> strategies; ///< those that it is for
    };

    void add_owned(CLI::App& command, checker::SearchOptions& search);

    CLI::Option* strategy_ = nullptr;
    CLI::Option* livelock_ = nullptr;
    CLI::Option* reduction_ = nullptr;
    CLI::Option* every_ = nullptr;
    CLI::Option* table_ = nullptr;
    CLI::Option* when_full_ = nullptr;
    std::vector<Owned> owned_;
};

} // namespace cli
