// SPDX-License-Identifier: GPL-2.0-only
// The threads of a certificate: each edge that somebody goes is checked by running the thread there, from its beginning. A
// thread is only ever told results that its operations have really returned.
#pragma once

#include "certificate/certificate.hpp"
#include "checker/machine.hpp"

#include <map>
#include <memory>
#include <optional>

namespace certificate {

class Threads {
public:
    Threads(const checker::Program& program, const Certificate& certificate);

    /// What the thread announces in this local state, to which somebody has come.
    const checker::Operation& pending(std::size_t thread, std::uint32_t local) const {
        return lanes_[owners_[thread]].visits[local]->state.thread.pending;
    }
    /// Where the thread goes from there when it is told `result`; none if the certificate does not say.
    std::optional<std::uint32_t> after(std::size_t thread, std::uint32_t local, Word result);

    /// What is wrong with the certificate or the program; empty if nothing is.
    const std::string& fault() const { return fault_; }
    /// As a fault: an edge that nobody went; empty if there is none.
    std::string unused() const;

private:
    /// How somebody came to a local state for the first time.
    struct Visit {
        checker::LocalState state;
        std::uint32_t from = 0;
        Word result = 0;
    };
    /// One thread, or several that are alike.
    struct Lane {
        std::vector<std::unique_ptr<Visit>> visits;   ///< by local state; null: nobody has come there
        std::vector<std::vector<bool>> went;          ///< by local state and edge
        std::map<std::string, std::uint32_t> numbers; ///< by all that tells local states apart
    };

    void come_to(std::size_t owner, std::uint32_t local, std::unique_ptr<Visit> visit);
    void run_to(std::size_t owner, std::uint32_t local, checker::LocalState& state);
    std::string identity(std::size_t owner, const checker::LocalState& state) const;
    void fail(std::size_t owner, const std::string& what);

    const checker::Program& program_;
    const Certificate& certificate_;
    checker::Machine machine_; ///< its cells are of no account
    std::vector<std::size_t> owners_;
    std::vector<Lane> lanes_; ///< by thread; empty for those that are like another
    std::string fault_;
};

} // namespace certificate
