// SPDX-License-Identifier: GPL-2.0-only
// Numbers local states and words so that the order in which a search found them makes no difference; see make.hpp.
#include "certificate/make.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace certificate {

using checker::KeptStates;
using checker::Local;
using checker::Program;

namespace {

using Numbers = std::unordered_map<const Local*, std::uint32_t>;

/// All local states that can be reached from the first, breadth-first.
std::vector<Edges> number_locals(const Local& first, Numbers& numbers) {
    std::vector<Edges> locals;
    std::vector<const Local*> found{&first};
    numbers.emplace(&first, 0);
    while (locals.size() < found.size()) {
        std::vector<std::pair<Word, const Local*>> edges;
        found[locals.size()]->edges.for_each([&](Word result, const Local& to) { edges.emplace_back(result, &to); });
        std::sort(edges.begin(), edges.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        Edges& numbered = locals.emplace_back();
        for (const auto& [result, to] : edges) {
            const auto [number, is_new] = numbers.try_emplace(to, static_cast<std::uint32_t>(found.size()));
            if (is_new) found.push_back(to);
            numbered.push_back({result, number->second});
        }
    }
    return locals;
}

std::vector<Column> find_columns(const Program& program, const KeptStates& kept) {
    std::vector<std::set<Word>> words(program.cells().size());
    kept.for_each([&](const KeptStates::Parts& parts) {
        for (std::size_t cell = 0; cell < words.size(); ++cell) words[cell].insert(parts.cells[cell]);
    });
    std::vector<Column> columns;
    for (std::size_t cell = 0; cell < words.size(); ++cell)
        if (words[cell].size() > 1)
            columns.push_back({static_cast<std::uint16_t>(cell), {words[cell].begin(), words[cell].end()}});
    return columns;
}

std::vector<std::string> pack(const Program& program, const KeptStates& kept, const Certificate& certificate,
                              const Numbers& numbers) {
    const Layout layout(certificate, program);
    std::vector<std::string> states;
    states.reserve(kept.size());
    std::vector<std::uint32_t> of_threads(program.threads().size());
    kept.for_each([&](const KeptStates::Parts& parts) {
        for (std::size_t thread = 0; thread < of_threads.size(); ++thread)
            of_threads[thread] = numbers.at(parts.locals[thread]);
        // Threads that are alike were added together, one after the other.
        for (std::size_t first = 0, end = 0; first < of_threads.size(); first = end) {
            while (end < of_threads.size() &&
                   owner_of(certificate, program, end) == owner_of(certificate, program, first))
                ++end;
            std::sort(of_threads.begin() + static_cast<std::ptrdiff_t>(first),
                      of_threads.begin() + static_cast<std::ptrdiff_t>(end));
        }
        std::string& state = states.emplace_back(layout.bytes(), '\0');
        for (std::size_t thread = 0; thread < of_threads.size(); ++thread)
            layout.put(state.data(), thread, of_threads[thread]);
        for (std::size_t n = 0; n < certificate.columns.size(); ++n) {
            const auto& [cell, words] = certificate.columns[n];
            const auto at = std::lower_bound(words.begin(), words.end(), parts.cells[cell]) - words.begin();
            layout.put(state.data(), of_threads.size() + n, static_cast<std::uint32_t>(at));
        }
    });
    std::sort(states.begin(), states.end());
    return states;
}

} // namespace

checker::SearchOptions certifiable(checker::SearchOptions options) {
    options.strategy = checker::Strategy::stateful;
    options.engine = checker::Engine::automata;
    options.reductions = {.choose = false, .merge = false, .commute = false, .symmetry = options.reductions.symmetry};
    return options;
}

Certificate make(const Program& program, const KeptStates& kept, bool symmetric, nlohmann::json of) {
    Certificate certificate{.of = std::move(of), .symmetric = symmetric, .threads = {}, .columns = {}, .states = {}};
    Numbers numbers;
    for (std::size_t thread = 0; thread < program.threads().size(); ++thread) {
        certificate.threads.emplace_back();
        if (owner_of(certificate, program, thread) == thread)
            certificate.threads.back() = number_locals(*kept.automata()->initial()[thread], numbers);
    }
    certificate.columns = find_columns(program, kept);
    for (const std::string& state : pack(program, kept, certificate, numbers)) certificate.states += state;
    certificate.count = kept.size();
    return certificate;
}

} // namespace certificate
