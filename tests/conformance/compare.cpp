// SPDX-License-Identifier: GPL-2.0-only
//
// Compares our layouts with the helpers that extract.py made of a kernel's own headers, and counts which mutations of a layout
// the comparison or the proofs notice.
//
//     compare DIRECTORY [--mutate] [NAME...]
//
// conformance.py makes the directory. Prints a line for each layout and a summary; the exit code is 1 if a layout that was extracted does
// not conform, or a mutation survives. Start reading here, then values.cpp and memory.cpp, which ask the questions.
#include "arch_encodings/layouts.hpp"
#include "tests/conformance/mutate.hpp"
#include "tests/conformance/questions.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

using namespace conformance;

// One layout, and everything of its headers that there is.
class Subject {
public:
    Subject(const std::string& path, const arch::Layout& layout, Facts facts)
        : layout_(layout),
          values_(path + ".so", "header_"),
          big_(path + ".big.so", "image_"),
          little_(path + ".little.so", "image_"),
          order_6_1_(path + ".order-6.1.so", "order_"),
          order_6_12_(path + ".order-6.12.so", "order_"),
          facts_(std::move(facts)) {}

    bool is_covered() const { return values_.loaded() && (big_.loaded() || little_.loaded()); }

    Comparison compare(const arch::Layout& layout, bool one_is_enough) const {
        Comparison result(one_is_enough);
        compare_facts(facts_, layout, result);
        compare_storage(big_.loaded() ? &big_ : nullptr, little_.loaded() ? &little_ : nullptr, layout, result);
        if (order_6_1_.loaded()) compare_order(order_6_1_, layout.kernel == "6.1", layout, result);
        if (order_6_12_.loaded()) compare_order(order_6_12_, layout.kernel == "6.12", layout, result);
        for (const std::size_t step : {std::size_t{64}, std::size_t{1}}) {
            if (!result.is_decided() && (step == 1 || one_is_enough)) compare_values(values_, layout, step, result);
        }
        return result;
    }
    Comparison compare() const { return compare(layout_, false); }
    bool is_watched() const { return order_6_1_.loaded() || order_6_12_.loaded(); }

private:
    const arch::Layout& layout_;
    Header values_;
    Header big_;
    Header little_;
    Header order_6_1_;
    Header order_6_12_;
    Facts facts_;
};

// Today's names of the 6.1 layouts are shorter than those of the extracts.
std::vector<std::pair<std::string, const arch::Layout*>> layouts_by_extract() {
    std::vector<std::pair<std::string, const arch::Layout*>> list;
    for (const arch::Layout* layout : arch::all_layouts()) {
        std::string name(layout->name);
        if (layout->kernel == "6.1") {
            if (name == "riscv64") continue;
            if (name.starts_with("ppc64")) name.insert(5, "-book3s");
            name += "-6.1";
        }
        list.emplace_back(name, layout);
    }
    return list;
}

// Lines of a name, a fact and what it is.
std::map<std::string, Facts> read_facts(const std::string& path) {
    std::map<std::string, Facts> facts;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        std::istringstream words(line);
        std::string name;
        std::string fact;
        std::string value;
        words >> name >> fact >> value;
        facts[name][fact] = value;
    }
    return facts;
}

struct Outcome {
    bool is_covered = false;
    bool conforms = false;
    std::string text;
    MutationCount mutations;
};

Outcome look_at(const std::string& name, const Subject& subject, const arch::Layout& layout, bool mutate) {
    Outcome outcome;
    outcome.is_covered = subject.is_covered();
    if (!outcome.is_covered) return outcome;
    const Comparison result = subject.compare();
    outcome.conforms = result.difference().empty();
    outcome.text = outcome.conforms ? name + ": conforms, " + std::to_string(result.samples()) + " comparisons\n"
                                    : name + ": DIFFERS: " + result.difference() + "\n";
    if (mutate && outcome.conforms)
        outcome.mutations = count_mutations(name, layout, subject.is_watched(), [&](const arch::Layout& changed) {
            return !subject.compare(changed, true).difference().empty();
        });
    outcome.text += outcome.mutations.survivors;
    return outcome;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: compare DIRECTORY [--mutate] [NAME...]\n");
        return 2;
    }
    const std::string directory = argv[1];
    bool mutate = false;
    std::vector<std::string> names;
    for (int i = 2; i < argc; ++i) {
        if (std::strcmp(argv[i], "--mutate") == 0)
            mutate = true;
        else
            names.emplace_back(argv[i]);
    }
    const auto facts = read_facts(directory + "/facts.txt");
    const auto list = layouts_by_extract();
    std::vector<Outcome> outcomes(list.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
        for (std::size_t n = next++; n < list.size(); n = next++) {
            const auto& [name, layout] = list[n];
            if (!names.empty() && std::find(names.begin(), names.end(), name) == names.end()) continue;
            const auto known = facts.find(name);
            std::string path = directory;
            path.append("/").append(name);
            const Subject subject(path, *layout, known == facts.end() ? Facts{} : known->second);
            outcomes[n] = look_at(name, subject, *layout, mutate);
        }
    };
    std::vector<std::thread> threads;
    for (unsigned n = 0; n < std::max(1U, std::thread::hardware_concurrency()); ++n) threads.emplace_back(work);
    for (std::thread& thread : threads) thread.join();

    std::size_t conforming = 0;
    bool is_fine = true;
    std::string missing;
    MutationCount mutations;
    for (std::size_t n = 0; n < list.size(); ++n) {
        const Outcome& outcome = outcomes[n];
        std::fputs(outcome.text.c_str(), stdout);
        conforming += outcome.conforms ? 1 : 0;
        is_fine = is_fine && (outcome.conforms || !outcome.is_covered);
        if (!outcome.is_covered) missing.append(" ").append(list[n].first);
        mutations.caught += outcome.mutations.caught;
        mutations.total += outcome.mutations.total;
    }
    std::printf("%zu of %zu layouts conform to their headers\n", conforming, list.size());
    if (!missing.empty()) std::printf("not covered:%s\n", missing.c_str());
    if (mutate) std::printf("%zu of %zu mutations caught\n", mutations.caught, mutations.total);
    return is_fine && mutations.caught == mutations.total ? 0 : 1;
}
