// SPDX-License-Identifier: GPL-2.0-only
// The table of rules: that it is in itself consistent, that kernels are the sets of rules which their releases say, and
// that the model asks for every rule where the table says it does.
#include "model/rules.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace {

using namespace model;

bool is_mutation(const RuleInfo& rule) { return rule.name.substr(0, 9) == "mutation_"; }

/// "v5.19" as {5, 19}; "v2.6.12" as {2, 6, 12}.
std::array<unsigned, 3> release_of(std::string_view word) {
    std::array<unsigned, 3> parts{};
    REQUIRE(word.substr(0, 1) == "v");
    std::stringstream text{std::string(word.substr(1))};
    char dot = 0;
    text >> parts[0] >> dot >> parts[1] >> dot >> parts[2];
    return parts;
}

/// The rules that are in `kernel` and not in `base`.
std::set<std::string> added(Kernel kernel, Kernel base) {
    std::set<std::string> names;
    for (const RuleInfo& rule : all_rules()) {
        if (rules_of(kernel)[rule.rule] && !rules_of(base)[rule.rule]) names.emplace(rule.name);
    }
    return names;
}

/// All modelled functions, as text.
std::string model_sources() {
    const char* source = std::getenv("COWHERD_SOURCE");
    std::stringstream text;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(std::string(source == nullptr ? "." : source) + "/model")) {
        const std::string extension = entry.path().extension().string();
        if (extension != ".cpp" && extension != ".hpp") continue;
        if (entry.path().stem() == "rules") continue;
        text << std::ifstream(entry.path()).rdbuf();
    }
    return text.str();
}

} // namespace

TEST_CASE("every rule and every kernel is found by its name", "[rules]") {
    for (const RuleInfo& rule : all_rules()) {
        INFO(rule.name);
        CHECK(find_rule(rule.name) == rule.rule);
        CHECK(&info(rule.rule) == &rule);
        CHECK_FALSE(rule.meaning.empty());
        CHECK_FALSE(rule.consulted.empty());
        CHECK(rule.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    }
    for (const KernelInfo& kernel : all_kernels()) {
        INFO(kernel.name);
        CHECK(find_kernel(kernel.name) == kernel.kernel);
        CHECK_FALSE(kernel.about.empty());
    }
    CHECK_FALSE(find_rule("anon_exclusiv"));
    CHECK_FALSE(find_kernel("v5.8"));
}

TEST_CASE("a release has a rule if it is not older than the rule and older than its end", "[rules]") {
    for (const Kernel kernel : {Kernel::v5_7, Kernel::v5_10, Kernel::v5_18, Kernel::v5_19, Kernel::v6_1}) {
        const auto release = release_of(info(kernel).name);
        for (const RuleInfo& rule : all_rules()) {
            if (is_mutation(rule)) continue;
            INFO(rule.name << " on " << info(kernel).name);
            const bool begun = release_of(rule.since) <= release;
            const bool ended = !rule.until.empty() && release_of(rule.until) <= release;
            CHECK(rules_of(kernel)[rule.rule] == (begun && !ended));
        }
    }
}

TEST_CASE("a mutation is in no kernel", "[rules]") {
    for (const RuleInfo& rule : all_rules()) {
        INFO(rule.name);
        CHECK((rule.kernels == 0) == is_mutation(rule));
        CHECK((rule.since == "never") == is_mutation(rule));
    }
}

TEST_CASE("v5.19-part2 is v5.18 with exclusive pages, and v5.19 adds the bit in the swap PTE", "[rules]") {
    CHECK(added(Kernel::v5_19_part2, Kernel::v5_18) == std::set<std::string>{"anon_exclusive", "gup_unshares",
                                                                             "swapin_exclusive_on_read",
                                                                             "wp_reuse_moves_anon_rmap"});
    CHECK(added(Kernel::v5_19, Kernel::v5_19_part2) ==
          std::set<std::string>{"swp_exclusive", "unmap_keeps_exclusive", "unmap_marks_only_exclusive",
                                "swapin_restores_exclusive", "unuse_restores_exclusive", "fork_clears_swp_exclusive",
                                "stable_writes_drops_exclusive", "unuse_keeps_soft_dirty"});
    CHECK(added(Kernel::v5_18, Kernel::v5_19).empty());
}

TEST_CASE("the distribution kernels are their releases with stable backports", "[rules]") {
    CHECK(added(Kernel::d5_10_262, Kernel::v5_10) ==
          std::set<std::string>{"write_protect_seq", "clear_refs_skips_pinned", "clear_refs_mmap_write",
                                "add_to_swap_refuses_pinned", "free_swap_holds_device"});
    CHECK(added(Kernel::d6_1_192, Kernel::v6_1) ==
          std::set<std::string>{"skip_swapcache_pin", "pageout_refuses_pinned", "free_swap_holds_device"});
    CHECK(added(Kernel::v5_10, Kernel::d5_10_262).empty());
    CHECK(added(Kernel::v6_1, Kernel::d6_1_192).empty());
}

TEST_CASE("the model asks for every rule, and has every function that the table says asks", "[rules]") {
    const std::string sources = model_sources();
    for (const RuleInfo& rule : all_rules()) {
        INFO(rule.name);
        CHECK((sources.find("Rule::" + std::string(rule.name) + "]") != std::string::npos ||
               sources.find("peek(Rule::" + std::string(rule.name) + ")") != std::string::npos));
        std::stringstream functions{std::string(rule.consulted)};
        for (std::string function; std::getline(functions >> std::ws, function, ',');) {
            INFO(function);
            CHECK(sources.find(" " + function + "(") != std::string::npos);
        }
    }
}

TEST_CASE("a rule is looked at without being noted only where nothing but a barrier depends on it", "[rules]") {
    std::istringstream sources(model_sources());
    unsigned found = 0;
    for (std::string line; std::getline(sources, line);) {
        if (line.find(".peek(") == std::string::npos) continue;
        ++found;
        INFO(line);
        CHECK_THAT(line, Catch::Matches(R"( *if \(t\.rules\.peek\(Rule::\w+\)\) t\.thread\.fence\(.*\);)"));
    }
    CHECK(found > 0);
}
