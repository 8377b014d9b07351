// SPDX-License-Identifier: GPL-2.0-only
// Every state once, kept whole: all cells, and of each thread its key, its announced operation and its stack's depth.
#include "checker/depth_first.hpp"
#include "checker/strategies.hpp"

#include <string>
#include <unordered_set>

namespace checker {

namespace {

class EveryState {
public:
    explicit EveryState(const SearchOptions& options) : max_bytes_(options.max_memory_bytes) {}

    template <class E>
    Visit visit(E& execution) {
        state_.clear();
        execution.machine().append_state(state_);
        if (visited_.contains(state_)) return Visit::known;
        // What libstdc++ spends on an element: the string, its bytes, the node's link, its hash and its bucket.
        bytes_ += sizeof(std::string) + state_.size() + 1 + 3 * sizeof(void*);
        if (max_bytes_ != 0 && bytes_ > max_bytes_) return Visit::no_room;
        visited_.insert(state_);
        return Visit::expand;
    }
    std::uint64_t memory_bytes() const { return bytes_; }
    void finish(SearchResult& result) const { result.table_bytes = bytes_; }

private:
    std::unordered_set<std::string> visited_;
    std::string state_;
    std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
};

} // namespace

SearchResult search_plain(const Program& program, const SearchOptions& options) {
    EveryState policy(options);
    return depth_first(program, options, policy);
}

} // namespace checker
