// SPDX-License-Identifier: GPL-2.0-only
#include "cli/validators.hpp"

#include "arch_encodings/layouts.hpp"
#include "checker/input_error.hpp"
#include "model/arch_words.hpp"
#include "model/rules.hpp"
#include "report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cli {

namespace {

bool has(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string check_word(const char* kind, const std::string& word, const std::vector<std::string>& known) {
    return has(known, word) ? std::string() : no_such(kind, word, known);
}

} // namespace

std::string no_such(const std::string& kind, const std::string& word, const std::vector<std::string>& known) {
    constexpr std::size_t short_list = 20;
    std::string text = fmt::format("there is no {} {}", kind, checker::in_quotes(word));
    const std::string nearest = checker::nearest_word(word, known);
    if (!nearest.empty()) text += "; did you mean " + checker::in_quotes(nearest) + "?";
    constexpr std::size_t longest_list = 40;
    if (!nearest.empty() && known.size() > short_list) return text;
    if (known.size() > longest_list) return text + "; cowherd list shows what there is";
    text += nearest.empty() ? "; there are" : " There are";
    for (const std::string& each : known) text += (&each == &known.front() ? " " : ", ") + each;
    return text;
}

std::string check_kernel(const std::string& name) {
    std::vector<std::string> known;
    for (const model::KernelInfo& kernel : model::all_kernels()) known.emplace_back(kernel.name);
    known.emplace_back("all");
    return check_word("kernel", name, known);
}

std::string check_arch(const std::string& name) {
    if (!model::archs_named(name).empty()) return {};
    if (model::is_glob(name)) return "no architecture has a name like " + checker::in_quotes(name);
    if (const auto family = model::archs_named(name + "*"); !name.empty() && !family.empty())
        return fmt::format("there is no architecture {}; {}* stands for those that begin so: {} and others",
                           checker::in_quotes(name), name, family.front()->name);
    std::vector<std::string> known;
    for (const arch::Layout* layout : arch::all_layouts()) known.emplace_back(layout->name);
    known.emplace_back("all");
    return check_word("architecture", name, known);
}

std::string check_rule(const std::string& name) {
    std::vector<std::string> known;
    for (const model::RuleInfo& rule : model::all_rules()) known.emplace_back(rule.name);
    return check_word("rule", name, known);
}

const std::vector<std::string>& strategy_words() {
    static const std::vector<std::string> words = {"naive",  "plain", "stateful", "bounded", "delay",
                                                   "random", "pct",   "pos",      "dpor"};
    return words;
}

const std::vector<std::string>& engine_words() {
    static const std::vector<std::string> words = {"automata", "fibers", "replay"};
    return words;
}

std::string check_strategy(const std::string& name) { return check_word("strategy", name, strategy_words()); }
const std::vector<std::string>& when_full_words() {
    static const std::vector<std::string> words = {"stop", "hash-compact", "bitstate"};
    return words;
}

std::string check_when_full(const std::string& name) {
    return check_word("way to go on when memory is full,", name, when_full_words());
}
std::string check_engine(const std::string& name) { return check_word("engine", name, engine_words()); }

namespace {

const std::vector<std::string>& reduction_words() {
    static const std::vector<std::string> words = {"none", "all", "choose", "merge", "commute", "symmetry"};
    return words;
}

/// "a,b" as {"a", "b"}; an empty word for each place where there is none.
std::vector<std::string> words_of(const std::string& list) {
    std::vector<std::string> words(1);
    for (const char c : list) {
        if (c == ',')
            words.emplace_back();
        else
            words.back() += c;
    }
    return words;
}

} // namespace

std::string check_reductions(const std::string& list) {
    const std::vector<std::string> words = words_of(list);
    for (const std::string& word : words) {
        if (std::string wrong = check_word("reduction", word, reduction_words()); !wrong.empty()) return wrong;
        if ((word == "none" || word == "all") && words.size() > 1)
            return checker::in_quotes(word) + " goes with no other reduction";
    }
    if (has(words, "commute") && !has(words, "merge")) return "'commute' refines 'merge': add merge";
    return {};
}

checker::Reductions reductions_of(const std::string& list) {
    const std::vector<std::string> words = words_of(list);
    const auto is_on = [&words](const char* word) { return has(words, word) || has(words, "all"); };
    return {
        .choose = is_on("choose"), .merge = is_on("merge"), .commute = is_on("commute"), .symmetry = is_on("symmetry")};
}

std::string check_seconds(const std::string& text) {
    char* end = nullptr;
    const double seconds = std::strtod(text.c_str(), &end);
    const bool is_number = !text.empty() && end == text.c_str() + text.size();
    if (is_number && std::isfinite(seconds) && seconds > 0) return {};
    return "expected a number of seconds greater than 0, found " + checker::in_quotes(text);
}

CLI::Validator whole_number(const std::string& what, std::uint64_t least, std::uint64_t most) {
    const auto check = [=](std::string& text) -> std::string {
        std::uint64_t number = 0;
        const char* end = text.data() + text.size();
        const auto [at, error] = std::from_chars(text.data(), end, number);
        if (error != std::errc() || at != end || number < least || number > most)
            return fmt::format("expected {} from {} to {}, found {}", what, report::grouped(least),
                               report::grouped(most), checker::in_quotes(text));
        // The library would take a leading zero for a sign of octal digits.
        text = std::to_string(number);
        return {};
    };
    return {check, "", ""};
}

std::string check_path(const std::string& path) { return path.empty() ? "expected a path, found an empty word" : ""; }

std::string check_output(const std::string& path, const std::vector<std::string>& inputs) {
    namespace fs = std::filesystem;
    std::error_code ignored; // What cannot be looked at is refused when it is read or written, with the reason.
    if (fs::is_directory(path, ignored)) return "expected the name of a file, found a directory: " + path;
    for (const std::string& input : inputs) {
        if (fs::equivalent(path, input, ignored) && fs::is_regular_file(input, ignored))
            return fmt::format("{} is an input ({}), which would be overwritten", path, input);
    }
    return {};
}

} // namespace cli
