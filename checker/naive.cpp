// SPDX-License-Identifier: GPL-2.0-only
// Every interleaving. Nothing is remembered and nothing is hashed, so nothing can hide here.
#include "checker/depth_first.hpp"
#include "checker/strategies.hpp"

namespace checker {

namespace {

struct Naive {
    template <class E>
    Visit visit(E& /*execution*/) {
        return Visit::expand;
    }
    std::uint64_t memory_bytes() const { return 0; }
    void finish(SearchResult& /*result*/) const {}
};

} // namespace

SearchResult search_naive(const Program& program, const SearchOptions& options) {
    Naive policy;
    return depth_first<LeanAutomataExecution>(program, options, policy);
}

} // namespace checker
