// SPDX-License-Identifier: GPL-2.0-only
// The uniform random walk: at each step every thread that can go on is as likely as any other, and so is every value that a
// choose can return.
#include "checker/sampling.hpp"
#include "checker/strategies.hpp"

namespace checker {

namespace {

struct AnyThread {
    AnyThread(const Program& /*program*/, const SearchOptions& /*options*/) {}

    void begin(const Sample& /*so_far*/, Random& /*random*/) {}
    template <class E>
    ThreadId choose(E& /*execution*/, Word threads, Random& random) {
        return ThreadId{static_cast<std::uint8_t>(random.any_bit(threads))};
    }
    template <class E>
    void stepping(E& /*execution*/, Step /*step*/, Word /*threads*/, Random& /*random*/) {}
    template <class E>
    void stepped(E& /*execution*/, Step /*step*/) {}
    void end(std::uint64_t /*steps*/, bool /*is_whole*/) {}
    void finish(Sample& /*sample*/) const {}
};

} // namespace

SearchResult search_random(const Program& program, const SearchOptions& options) {
    return sample_with<AnyThread>(program, options);
}

} // namespace checker
