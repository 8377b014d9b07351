// SPDX-License-Identifier: GPL-2.0-only
// Layouts that are said to be alike give the same search, and what modelled code asks of a layout is what answers are made of.
#include "arch_encodings/proof.hpp"
#include "model/layout_answers.hpp"
#include "model_gate.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <regex>
#include <sstream>

using namespace model;
using namespace model_tests;

namespace {

using Layouts = std::vector<const arch::Layout*>;

Layouts every_layout() { return {arch::all_layouts().begin(), arch::all_layouts().end()}; }

std::string text_of(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The names after "arch::" that something follows, which is a call or the address of a function.
std::set<std::string> helpers_in(const std::string& source) {
    static const std::regex helper("arch::((pte|cpu|is|has|keeps|pfn|swp|max)_[a-z_]+)");
    std::set<std::string> names;
    for (std::sregex_iterator at(source.begin(), source.end(), helper), end; at != end; ++at) names.insert((*at)[1]);
    return names;
}

/// Helpers that only some files use, so that answers leave them out of scenarios without the operations of these files: fork,
/// clear_refs, mprotect, madvise, swapoff and GUP, in the order of their files here. The vocabulary is used by them.
const std::map<std::string, std::set<std::string>>& used_by_some() {
    static const std::map<std::string, std::set<std::string>> files = {
        {"pte_modify", {"mprotect.cpp"}},
        {"has_soft_dirty", {"task_mmu.cpp", "mprotect.cpp", "machine.cpp", "arch_words.cpp"}},
        {"pte_mkold", {"memory_fork.cpp", "madvise.cpp", "swapfile_off.cpp"}},
        {"pte_young", {"madvise.cpp"}},
        {"pte_clear_soft_dirty", {"task_mmu.cpp"}},
        {"pte_swp_clear_soft_dirty", {"task_mmu.cpp"}},
        {"pte_clear_uffd_wp", {"memory_fork.cpp"}},
        {"pte_swp_clear_uffd_wp", {"memory_fork.cpp"}},
        {"pte_swp_clear_exclusive", {"memory_fork.cpp", "operations.cpp"}},
        // memory_swapin.cpp: of a swap PTE with uffd-wp; pte.hpp: ptep_set_wrprotect(), see below.
        {"pte_wrprotect", {"memory_fork.cpp", "task_mmu.cpp", "memory_swapin.cpp", "pte.hpp"}},
        {"ptep_set_wrprotect", {"memory_fork.cpp", "pte.hpp"}},
        {"pte_same_as_swp", {"swapfile_off.cpp"}},
        {"pte_protnone", {"gup.cpp", "gup_fast.cpp", "mprotect.cpp"}},
        {"pte_access_permitted", {"gup_fast.cpp"}},
        {"has_gup_fast", {"gup_fast.cpp", "arch_words.cpp"}},
    };
    return files;
}

/// What a search found out, without the words of PTEs.
struct Outcome {
    std::uint64_t states, transitions;
    std::vector<std::string> violated;
    std::vector<checker::Schedule> schedules;
    bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(const Scenario& scenario, const Rules& rules, const arch::Layout& layout, bool counterexamples) {
    const auto built = build(scenario, rules, layout);
    INFO(scenario.name << " on " << layout.name);
    if (!built) return {0, 0, {built.error().text()}, {}};
    checker::SearchOptions options;
    options.counterexamples = counterexamples;
    options.max_states = 200'000; // a layout that was spoilt may make more of them
    const checker::SearchResult result = model::explore(built.value(), options);
    Outcome outcome{result.states, result.transitions, violated(result), {}};
    for (const checker::Violation& violation : result.violations) outcome.schedules.push_back(violation.schedule);
    return outcome;
}

/// They take milliseconds, and between them ask for all there is to ask of a layout.
const std::vector<std::string>& small_scenarios() {
    static const std::vector<std::string> names = {"canonical/S1.get-swapout-write", "canonical/S3.get-clear-refs",
                                                   "canonical/S4.get-mprotect",      "fork/shared-swapout",
                                                   "swap/read-then-write",           "fork/late-accessed"};
    return names;
}

/// The layout with one bit of one of its masks, chosen by `random`, flipped.
arch::Layout spoilt(arch::Layout layout, std::mt19937& random) {
    arch::PresentFields& present = layout.present_pte;
    const std::vector<std::uint64_t*> masks = {&layout.swap.exclusive,
                                               &layout.swap.soft_dirty,
                                               &layout.swap.fixed_value,
                                               &layout.none_ignore,
                                               &layout.none_value,
                                               &layout.same_ignore,
                                               &layout.present[0].mask,
                                               &present.page_readonly.val,
                                               &present.modify.keep,
                                               &present.modify.take,
                                               &present.write.test[0].mask,
                                               &present.write.make[0].set,
                                               &present.write.clear[0].clear,
                                               &present.dirty.make[0].set,
                                               &present.young.test[0].mask,
                                               &present.young.clear[0].clear,
                                               &layout.swap.uffd_wp,
                                               &present.walk.may_load[0].mask,
                                               &present.walk.may_store[0].mask,
                                               &present.walk.late};
    *masks[random() % masks.size()] ^= arch::bit(static_cast<unsigned>(random() % 14));
    return layout;
}

} // namespace

TEST_CASE("modelled code asks of a layout only what answers are made of", "[layouts]") {
    const std::filesystem::path model = source_root() + "/model";
    const std::set<std::string> asked = helpers_in(text_of(model / "layout_answers.cpp"));
    // An entry and a frame number go through Machine, which answers ask for each page and slot. pte_none_value() is asked.
    const std::set<std::string> by_machine = {"pte_to_swp_entry", "swp_entry_to_pte", "pte_pfn", "pfn_pte", "pfn_step"};
    // Which words are the same is in the answers without a call. Which rules and entries of `expect` apply: the answers hold
    // the first, the others are no part of a search.
    const std::set<std::string> beside = {"pte_same", "has_swp_exclusive", "keeps_swp_exclusive"};
    unsigned files = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(model)) {
        const std::string extension = entry.path().extension();
        if (extension != ".cpp" && extension != ".hpp") continue;
        ++files;
        const std::string source = text_of(entry.path());
        for (const std::string& name : helpers_in(source)) {
            INFO(entry.path() << " uses arch::" << name);
            const bool of_machine = by_machine.count(name) != 0 && entry.path().filename() == "machine.cpp";
            CHECK((asked.count(name) != 0 || beside.count(name) != 0 || of_machine));
        }
        INFO(entry.path());
        const std::string name = entry.path().filename();
        if (name != "layout_answers.cpp") {
            for (const auto& [helper, users] : used_by_some()) {
                INFO(helper);
                CHECK((users.count(name) != 0 || !std::regex_search(source, std::regex("\\b" + helper + "\\("))));
            }
        }
        // Fields of a layout are for the helpers.
        if (name != "layout_answers.cpp" && name != "mprotect.cpp")
            CHECK_FALSE(std::regex_search(
                source, std::regex("(arch\\(\\)|\\.arch|layout_?)(\\.|->)(swap|present|present_pte|none_)\\b")));
    }
    CHECK(files > 80);
    // The order of words is said list by list.
    const std::regex list("order\\.([a-z_]+)");
    const std::string answers = text_of(model / "layout_answers.cpp");
    for (const char* file :
         {"pte.hpp", "pte_words.cpp", "mm/memory.hpp", "mm/memory_zap.cpp", "mm/memory_wp.cpp", "mm/memory_fork.cpp"}) {
        const std::string source = text_of(model / file);
        for (std::sregex_iterator at(source.begin(), source.end(), list), end; at != end; ++at) {
            INFO(file << ": order." << (*at)[1]);
            CHECK(answers.find("order." + std::string((*at)[1])) != std::string::npos);
        }
    }
}

TEST_CASE("the fifty layouts are a few to a scenario, and fewer before the marker", "[layouts]") {
    const Scenario scenario = load("seed/o-direct-read.swapout");
    AlikeLayouts alike(scenario);
    const auto groups = alike.among(every_layout(), rules_of(Kernel::v5_19));
    CHECK(groups.size() == 21);
    CHECK(groups[0] == Layouts{arch::find_layout("x86_64"), arch::find_layout("ppc64-4k"),
                               arch::find_layout("ppc64-64k"), arch::find_layout("ppc64-book3s-4k-6.12"),
                               arch::find_layout("ppc64-book3s-64k-6.12"), arch::find_layout("x86_64-6.12")});
    CHECK(alike.among(every_layout(), rules_of(Kernel::v5_10)).size() < groups.size());
    // mprotect has more to ask: pte_modify() keeps different things.
    Scenario mprotect = load("canonical/S4.get-mprotect");
    const auto with_mprotect = AlikeLayouts(mprotect).among(every_layout(), rules_of(Kernel::v5_19));
    for (ThreadSpec& thread : mprotect.threads) {
        for (Op& op : thread.ops)
            if (op.code == OpCode::mprotect) op.code = OpCode::drain_lru;
    }
    CHECK(AlikeLayouts(mprotect).among(every_layout(), rules_of(Kernel::v5_19)).size() < with_mprotect.size());
    for (const arch::Layout* layout : every_layout())
        CHECK(layout_answers(scenario, rules_of(Kernel::v5_19), *layout) ==
              layout_answers(scenario, rules_of(Kernel::v5_19), *layout));
}

TEST_CASE("answers tell which words pte_same() takes for one", "[layouts]") {
    const Scenario scenario = load("swap/two-faults.get");
    const arch::Layout& x86_64 = *arch::find_layout("x86_64");
    arch::Layout ignores = x86_64;
    ignores.same_ignore = arch::bit(5); // accessed
    AlikeLayouts alike(scenario);
    CHECK(alike.among({&x86_64, &ignores}, rules_of(Kernel::v5_18)).size() == 2);
    arch::Layout ignores_nothing = x86_64;
    ignores_nothing.same_ignore = arch::bit(4); // no PTE of user memory has it
    CHECK(alike.among({&x86_64, &ignores_nothing}, rules_of(Kernel::v5_18)).size() == 1);
}

TEST_CASE("layouts that are alike give the same search, step for step", "[layouts]") {
    for (const std::string& name : small_scenarios()) {
        if (is_quick() && !is_small(name)) continue;
        const Scenario scenario = load(name);
        AlikeLayouts alike(scenario);
        for (const Kernel kernel : {Kernel::v5_10, Kernel::v6_1}) {
            const Rules rules = rules_of(kernel);
            for (const Layouts& group : alike.among(every_layout(), rules)) {
                const Outcome first = outcome_of(scenario, rules, *group.front(), true);
                for (const arch::Layout* other : group) {
                    INFO(name << " on " << info(kernel).name << ": " << group.front()->name << ", " << other->name);
                    CHECK(outcome_of(scenario, rules, *other, true) == first);
                }
            }
        }
    }
}

TEST_CASE("spoilt layouts that are said to be alike give the same search", "[layouts]") {
    std::mt19937 random(4);
    std::size_t alike_ones = 0, different = 0;
    for (const char* name : {"canonical/S4.get-mprotect", "canonical/S3.get-clear-refs", "swap/read-then-write",
                             "canonical/S6.get-fork-parent-writes", "swap/swapoff-during-swapin"}) {
        if (is_quick() && !is_small(name)) continue;
        const Scenario scenario = load(name);
        const Rules rules = rules_of(Kernel::v5_18);
        std::vector<arch::Layout> layouts;
        for (const char* from : {"x86_64", "s390x", "mips64-6.12", "riscv64", "arm-2level-6.12"}) {
            layouts.push_back(*arch::find_layout(from));
            for (unsigned n = 0; n < (is_quick() ? 20 : 100); ++n)
                layouts.push_back(spoilt(*arch::find_layout(from), random));
        }
        Layouts pointers;
        for (const arch::Layout& layout : layouts) pointers.push_back(&layout);
        AlikeLayouts alike(scenario);
        const auto groups = alike.among(pointers, rules);
        different += groups.size();
        for (const Layouts& group : groups) {
            if (group.size() == 1) continue;
            const Outcome first = outcome_of(scenario, rules, *group.front(), false);
            for (const arch::Layout* other : group) {
                ++alike_ones;
                INFO(name << ": " << group.front()->name << ", " << other->name << " at " << other - layouts.data());
                CHECK(outcome_of(scenario, rules, *other, false) == first);
            }
        }
    }
    CHECK(alike_ones > 50);
    CHECK(different > 50);
}
