// SPDX-License-Identifier: GPL-2.0-only
#include "model/arch_words.hpp"

#include "arch_encodings/pte.hpp"

#include <fnmatch.h>

#include <array>

namespace model {

namespace {

struct Group {
    const char* name;
    bool (*has)(const arch::Layout& layout);
};

constexpr std::array<Group, 6> groups = {
    Group{"exclusive", arch::keeps_swp_exclusive},
    Group{"no-exclusive", [](const arch::Layout& layout) { return !arch::keeps_swp_exclusive(layout); }},
    Group{"soft-dirty", arch::has_soft_dirty},
    Group{"gup-fast", arch::has_gup_fast},
    Group{"no-gup-fast", [](const arch::Layout& layout) { return !arch::has_gup_fast(layout); }},
    Group{"no-soft-dirty", [](const arch::Layout& layout) { return !arch::has_soft_dirty(layout); }},
};

bool matches(const std::string& glob, std::string_view name) {
    return fnmatch(glob.c_str(), std::string(name).c_str(), 0) == 0;
}

} // namespace

bool is_glob(const std::string& word) { return word.find_first_of("*?[") != std::string::npos; }

std::vector<const arch::Layout*> archs_named(const std::string& word) {
    std::vector<const arch::Layout*> found;
    if (!is_glob(word) && word != "all") {
        if (const arch::Layout* layout = arch::find_layout(word)) found.push_back(layout);
        return found;
    }
    for (const arch::Layout* layout : arch::all_layouts())
        if (word == "all" || matches(word, layout->name)) found.push_back(layout);
    return found;
}

const std::vector<std::string>& arch_groups() {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> list;
        list.reserve(groups.size());
        for (const Group& group : groups) list.emplace_back(group.name);
        return list;
    }();
    return names;
}

bool covers_arch(const std::string& word, const arch::Layout& layout) {
    for (const Group& group : groups)
        if (word == group.name) return group.has(layout);
    return is_glob(word) ? matches(word, layout.name) : word == layout.name;
}

} // namespace model
