// SPDX-License-Identifier: GPL-2.0-only
// Certificates of generated programs: the verifier takes what a search finds, finds what is violated, and refuses whatever
// somebody has changed.
#include "certificate/make.hpp"
#include "certificate/verify.hpp"
#include "tests/generator/comparing.hpp"
#include "tests/generator/describe.hpp"
#include "tests/generator/generate.hpp"
#include "tests/generator/interpret.hpp"

#include <catch2/catch.hpp>

#include <numeric>

using namespace checker;
using certificate::Certificate;
using generated::GeneratedProgram;
using generated::Random;
using generated::Shape;

namespace {

struct Certified {
    SearchResult result;
    Certificate certificate;
};

Certified certify(const Program& program, SearchOptions options = {}) {
    options = certificate::certifiable(std::move(options));
    options.counterexamples = false;
    KeptStates kept(program, options.reductions.symmetry);
    const StateObserver observer = kept.observer();
    options.observer = &observer;
    SearchResult result = search(program, options);
    return {result, certificate::make(program, kept, options.reductions.symmetry, "a test")};
}

/// As a user would: over the file.
std::string fault_of(const Program& program, const Certificate& certificate) {
    const auto read = certificate::read(certificate::write(certificate, program), program);
    return read ? verify(program, read.value()).fault : read.error().text();
}

struct Tally {
    std::uint64_t programs = 0, right = 0, violated = 0, mutants = 0;
    std::vector<std::string> wrong;
    void operator+=(const Tally& other) {
        programs += other.programs;
        right += other.right;
        violated += other.violated;
        mutants += other.mutants;
        wrong.insert(wrong.end(), other.wrong.begin(), other.wrong.end());
    }
};

void require_none_wrong(const Tally& tally) {
    for (std::size_t n = 0; n < std::min<std::size_t>(tally.wrong.size(), 3); ++n) UNSCOPED_INFO(tally.wrong[n]);
    REQUIRE(tally.wrong.empty());
}

Shape varied(std::uint64_t seed) {
    return {.endless_loops = seed % 3 == 0,
            .plain_accesses = seed % 7 == 0,
            .more_forgets = seed % 4 == 0,
            .alike = seed % 5 == 0,
            .steps = seed % 5 == 0 ? 10U : 12U};
}

std::string state_of(const Certificate& certificate, std::size_t bytes, std::uint64_t number) {
    return certificate.states.substr(number * bytes, bytes);
}

Certificate without_state(Certificate certificate, std::size_t bytes, std::uint64_t number) {
    certificate.states.erase(number * bytes, bytes);
    --certificate.count;
    return certificate;
}

/// Puts states in order again; false if two of them are equal now.
bool put_in_order(Certificate& certificate, std::size_t bytes) {
    std::vector<std::string> states;
    for (std::uint64_t n = 0; n < certificate.count; ++n) states.push_back(state_of(certificate, bytes, n));
    std::sort(states.begin(), states.end());
    certificate.states = std::accumulate(states.begin(), states.end(), std::string());
    return std::adjacent_find(states.begin(), states.end()) == states.end();
}

/// Changes something; returns what, or nothing where that would change nothing.
std::string mutate(Certificate& certificate, const Program& program, Random& random) {
    const certificate::Layout layout(certificate, program);
    const std::size_t bytes = layout.bytes();
    const std::uint64_t number = random.next() % certificate.count;
    switch (random.below(5)) {
    case 0: certificate = without_state(std::move(certificate), bytes, number); return "a state is gone";
    case 1: { // Of some state another number.
        const std::size_t field = random.below(static_cast<unsigned>(layout.fields()));
        std::string state(bytes, '\0');
        for (std::size_t n = 0; n < layout.fields(); ++n) {
            const std::uint32_t old = layout.get(certificate.states.data() + number * bytes, n);
            const auto values = static_cast<std::uint32_t>(layout.values(n));
            if (n == field && values == 1) return {};
            layout.put(state.data(), n, n == field ? (old + 1 + random.below(values - 1)) % values : old);
        }
        certificate.states.replace(number * bytes, bytes, state);
        return put_in_order(certificate, bytes) ? "a state is another one" : std::string();
    }
    case 2: { // What a thread does is another thing.
        auto& locals = certificate.threads[random.below(static_cast<unsigned>(certificate.threads.size()))];
        if (locals.size() < 2) return {};
        certificate::Edges& edges = locals[random.next() % locals.size()];
        if (edges.empty()) return {};
        if (random.one_in(2))
            edges.back().result += 1 + random.below(3);
        else if (random.one_in(2))
            edges.pop_back();
        else
            edges.back().to =
                static_cast<std::uint32_t>((edges.back().to + 1 + random.next() % (locals.size() - 1)) % locals.size());
        return "an edge is another one";
    }
    case 3: { // A cell's word is another one.
        if (certificate.columns.empty()) return {};
        auto& words = certificate.columns[random.below(static_cast<unsigned>(certificate.columns.size()))].words;
        const auto at = random.below(static_cast<unsigned>(words.size()));
        if (at + 1U < words.size() && words[at] + 1 == words[at + 1]) return {};
        ++words[at];
        return "a word is another one";
    }
    default: { // A state that cannot be reached is there too.
        std::string state(bytes, '\0');
        for (std::size_t n = 0; n < layout.fields(); ++n)
            layout.put(state.data(), n,
                       static_cast<std::uint32_t>(random.next() % std::max<std::size_t>(layout.values(n), 1)));
        certificate.states += state;
        ++certificate.count;
        return put_in_order(certificate, bytes) ? "a state is there too" : std::string();
    }
    }
}

} // namespace

TEST_CASE("the verifier takes the certificates of programs that hold, and finds what is violated in others",
          "[generated][certificate]") {
    const std::uint64_t count = generated::quick() ? 600 : 6'000;
    const auto tally = generated::sum_over_seeds<Tally>(20'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        const Program program = generated::build(code);
        const Certified certified = certify(program);
        const std::string fault = fault_of(program, certified.certificate);
        ++sum.programs;
        (certified.result.verdict == Verdict::holds ? sum.right : sum.violated) += 1;
        if (fault.empty() != (certified.result.verdict == Verdict::holds))
            sum.wrong.push_back(generated::describe(code) + fault);
        if (certified.certificate.count != certified.result.states)
            sum.wrong.push_back(generated::describe(code) + "another number of states");
        if (!fault.empty()) return;
        const auto checked = verify(program, certified.certificate);
        const std::uint64_t steps = certified.result.transitions + certified.result.gains.alike_steps_left_out;
        if (checked.transitions == steps && checked.ends == certified.result.executions) return;
        sum.wrong.push_back(generated::describe(code) + "other counts");
    });
    require_none_wrong(tally);
    CHECK(tally.right >= count / 5);
    CHECK(tally.violated >= count / 5);
}

TEST_CASE("a certificate from which any state at all is missing is refused", "[generated][certificate]") {
    const std::uint64_t count = generated::quick() ? 40 : 400;
    const auto tally = generated::sum_over_seeds<Tally>(21'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        const Program program = generated::build(code);
        const Certified certified = certify(program);
        if (certified.result.verdict != Verdict::holds) return;
        ++sum.programs;
        const std::size_t bytes = certificate::Layout(certified.certificate, program).bytes();
        // All of a small one, of a larger one some hundred.
        const std::uint64_t stride = 1 + certified.certificate.count / 128;
        for (std::uint64_t n = seed % stride; n < certified.certificate.count; n += stride) {
            ++sum.mutants;
            if (verify(program, without_state(certified.certificate, bytes, n)).fault.empty())
                sum.wrong.push_back(generated::describe(code) + "without state " + std::to_string(n));
        }
    });
    require_none_wrong(tally);
    CHECK(tally.mutants >= count * 10);
}

TEST_CASE("a certificate that was changed in any way is refused", "[generated][certificate]") {
    const std::uint64_t count = generated::quick() ? 60 : 600;
    const auto tally = generated::sum_over_seeds<Tally>(22'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        const Program program = generated::build(code);
        const Certified certified = certify(program);
        if (certified.result.verdict != Verdict::holds) return;
        ++sum.programs;
        Random random(seed);
        for (int n = 0; n < 40; ++n) {
            Certificate changed = certified.certificate;
            const std::string how = mutate(changed, program, random);
            if (how.empty() || changed == certified.certificate) continue;
            ++sum.mutants;
            const std::string fault = fault_of(program, changed);
            if (fault.empty()) sum.wrong.push_back(generated::describe(code) + how);
        }
    });
    require_none_wrong(tally);
    CHECK(tally.mutants >= count * 4);
}

TEST_CASE("equal programs have equal certificates, whatever the order of the search and the number of workers",
          "[generated][certificate]") {
    const std::uint64_t count = generated::quick() ? 60 : 600;
    const auto tally = generated::sum_over_seeds<Tally>(23'000'000, count, [](std::uint64_t seed, Tally& sum) {
        const GeneratedProgram code = generated::generate(seed, varied(seed));
        const Program program = generated::build(code);
        const std::string expected = certificate::write(certify(program).certificate, program);
        SearchOptions shuffled;
        shuffled.sibling_order_seed = shuffled.seed = seed;
        SearchOptions together;
        together.jobs = 2;
        together.share_after = 16;
        ++sum.programs;
        if (certificate::write(certify(program, shuffled).certificate, program) != expected ||
            (seed % 8 == 0 && certificate::write(certify(program, together).certificate, program) != expected))
            sum.wrong.push_back(generated::describe(code));
    });
    require_none_wrong(tally);
    CHECK(tally.programs == count);
}

TEST_CASE("a file that is damaged, cut short, of another version or of another program is refused", "[certificate]") {
    const GeneratedProgram code = generated::generate(8, {});
    const GeneratedProgram other_code = generated::generate(11, {});
    const Program program = generated::build(code);
    const Program other = generated::build(other_code);
    const Certified certified = certify(program);
    const std::string bytes = certificate::write(certified.certificate, program);
    REQUIRE(certificate::read(bytes, program));
    CHECK(certificate::read(bytes, program).value() == certified.certificate);
    for (std::size_t size = 0; size < bytes.size(); size += 1 + size / 8) {
        INFO("cut to " << size);
        CHECK_FALSE(certificate::read(bytes.substr(0, size), program));
    }
    Random random(1);
    for (int n = 0; n < 200; ++n) {
        std::string damaged = bytes;
        char& byte = damaged[random.next() % damaged.size()];
        byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << random.below(8)));
        CHECK_FALSE(certificate::read(damaged, program));
    }
    const auto message_of = [&](const std::string& text) { return certificate::read(text, program).error().text(); };
    CHECK_THAT(message_of(bytes.substr(0, bytes.size() - 1)), Catch::Contains("damaged or was cut short"));
    std::string newer = bytes;
    newer.replace(newer.find("\"version\":1"), 11, "\"version\":9");
    CHECK_THAT(message_of(newer), Catch::Contains("reads version 1 of certificates"));
    CHECK_THAT(message_of("{}\n"), Catch::Contains("not a certificate"));
    CHECK_THAT(message_of(""), Catch::Contains("not a certificate"));
    const auto of_other = certificate::read(bytes, other);
    CHECK((!of_other || !verify(other, of_other.value()).fault.empty()));
}
