// SPDX-License-Identifier: GPL-2.0-only
// Start with Questions::ask(), which asks all there is to ask of one word.
#include "model/layout_answers.hpp"

#include "arch_encodings/pte.hpp"
#include "checker/program.hpp"
#include "model/inspect.hpp"
#include "model/machine.hpp"
#include "model/properties.hpp"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace model {

namespace {

using arch::Layout;
using arch::Pte;

/// What a word was made as. A word that is met in both roles, which only a clash of encodings brings about, is asked in both.
enum class Role : std::uint8_t { none, present, swap };

/// Where the tests of the flags that no scenario sets on its own were true: only then does modelled code make them.
struct Seen {
    bool soft_dirty = false, uffd_wp = false;
    bool operator==(const Seen&) const = default;
};

/// Operations whose code alone uses some of the helpers, as a set. tests/model_layout_answers_test.cpp knows their files.
using Users = std::uint8_t;
constexpr Users everybody = 128, forks = 1, clears_refs = 2, mprotects = 4, madvises = 8, swaps_off = 16,
                clears_marker = 32, takes_references = 64;

template <class Helper>
struct Used {
    Helper helper;
    Users by;
};
using Test = Used<bool (*)(const Layout&, Pte)>;
using Edit = Used<Pte (*)(const Layout&, Pte)>;

constexpr std::array<Test, 6> any_tests = {{{arch::pte_none, everybody},
                                            {arch::pte_present, everybody},
                                            {arch::is_swap_pte, everybody},
                                            {arch::pte_protnone, takes_references | mprotects},
                                            {arch::cpu_may_load, everybody},
                                            {arch::cpu_may_store, everybody}}};
constexpr std::array<Test, 5> present_tests = {{{arch::pte_write, everybody},
                                                {arch::pte_dirty, everybody},
                                                {arch::pte_young, madvises},
                                                {arch::pte_soft_dirty, everybody},
                                                {arch::pte_uffd_wp, everybody}}};
constexpr std::array<Test, 3> swap_tests = {
    {{arch::pte_swp_exclusive, everybody}, {arch::pte_swp_soft_dirty, everybody}, {arch::pte_swp_uffd_wp, everybody}}};

constexpr std::array<Edit, 6> present_edits = {{{arch::pte_mkwrite, everybody},
                                                {arch::pte_mkdirty, everybody},
                                                {arch::pte_mkyoung, everybody},
                                                {arch::pte_mkold, forks | madvises | swaps_off},
                                                {arch::pte_clear_soft_dirty, clears_refs},
                                                {arch::pte_clear_uffd_wp, forks}}};
constexpr std::array<Edit, 3> swap_edits = {{{arch::pte_swp_clear_exclusive, forks | clears_marker},
                                             {arch::pte_swp_clear_soft_dirty, clears_refs},
                                             {arch::pte_swp_clear_uffd_wp, forks}}};

/// Gives numbers to words, in the order in which they come.
class Numbers {
public:
    std::uint32_t of(std::uint64_t word) {
        return numbers_.try_emplace(word, static_cast<std::uint32_t>(numbers_.size())).first->second;
    }

private:
    std::unordered_map<std::uint64_t, std::uint32_t> numbers_;
};

/// The words without repetitions, in the order in which they first come.
std::vector<Word> distinct(const std::vector<Word>& words) {
    std::vector<Word> found;
    for (const Word word : words)
        if (std::find(found.begin(), found.end(), word) == found.end()) found.push_back(word);
    return found;
}

class Questions {
public:
    Questions(const Machine& machine, Users users, Seen seen)
        : m_(machine),
          layout_(machine.arch()),
          users_(users),
          seen_(seen) {}

    std::vector<std::uint32_t> answers() {
        say(m_.rules()[Rule::swp_exclusive]);
        if (is_used_by(clears_refs | mprotects)) say(arch::has_soft_dirty(layout_));
        if (is_used_by(takes_references)) say(arch::has_gup_fast(layout_));
        if (m_.spec().late_marks) say(arch::cpu_marks_late(layout_));
        if (m_.has_late_marks()) say(arch::has_deferred_unmap_flush(layout_));
        meet(arch::pte_none_value(layout_), Role::none);
        for (std::size_t n = 0; n < m_.pages(); ++n) meet(m_.mk_pte(page_id(n)), Role::present);
        for (std::size_t n = 0; n < m_.slots(); ++n) {
            entries_.push_back(m_.swp_entry_to_pte(slot_id(n)));
            meet(entries_.back(), Role::swap);
        }
        // ask() appends to the list.
        for (std::size_t n = 0; n < met_.size(); ++n) ask(met_[n].pte, met_[n].role);
        if (arch::has_two_words(layout_)) ask_of_words();
        return std::move(answers_);
    }
    Seen now_seen() const { return now_seen_; }

private:
    bool is_used_by(Users users) const { return (users & users_) != 0; }

    void ask(Pte pte, Role role) {
        say(words_.of(pte.val));
        say(same_.of(arch::pte_val_to_compare(layout_, pte)));
        if (is_used_by(swaps_off)) {
            for (const Pte entry : entries_) say(arch::pte_same_as_swp(layout_, pte, entry));
        }
        say(answers_of(pte, any_tests));
        if (is_used_by(takes_references)) say_access_permitted(pte);
        meet(arch::pte_cleared(layout_, pte), Role::none);
        if (m_.has_late_marks() && !arch::pte_present(layout_, pte)) {
            meet(arch::cpu_mark_load_late(layout_, pte), role);
            meet(arch::cpu_mark_store_late(layout_, pte), role);
        }
        if (role == Role::present || arch::pte_present(layout_, pte)) ask_present(pte);
        if (role == Role::swap || arch::is_swap_pte(layout_, pte)) ask_swap(pte);
        if (arch::cpu_may_load(layout_, pte)) {
            say(m_.pte_page(pte).index);
            meet(arch::cpu_mark_load(layout_, pte), Role::present);
        }
        if (arch::cpu_may_store(layout_, pte)) {
            say(m_.pte_page(pte).index);
            meet(arch::cpu_mark_store(layout_, pte), Role::present);
        }
    }

    void ask_present(Pte pte) {
        say(m_.pte_page(pte).index);
        say(answers_of(pte, present_tests));
        note(arch::pte_soft_dirty(layout_, pte), arch::pte_uffd_wp(layout_, pte));
        make_of(pte, present_edits, Role::present);
        if (is_used_by(forks | clears_refs) || seen_.uffd_wp) meet(arch::pte_wrprotect(layout_, pte), Role::present);
        if (seen_.soft_dirty) meet(arch::pte_mksoft_dirty(layout_, pte), Role::present);
        if (seen_.uffd_wp) meet(arch::pte_mkuffd_wp(layout_, pte), Role::present);
        if (is_used_by(mprotects))
            meet(arch::pte_modify(layout_, pte, layout_.present_pte.page_readonly), Role::present);
    }

    void ask_swap(Pte pte) {
        say(m_.pte_to_swp_entry(pte).index);
        say(answers_of(pte, swap_tests));
        note(arch::pte_swp_soft_dirty(layout_, pte), arch::pte_swp_uffd_wp(layout_, pte));
        make_of(pte, swap_edits, Role::swap);
        if (m_.rules()[Rule::swp_exclusive]) meet(arch::pte_swp_mkexclusive(layout_, pte), Role::swap);
        if (seen_.soft_dirty) meet(arch::pte_swp_mksoft_dirty(layout_, pte), Role::swap);
        if (seen_.uffd_wp) meet(arch::pte_swp_mkuffd_wp(layout_, pte), Role::swap);
    }

    /// Of PTEs of two words: in which order they are stored and loaded, and what is read if the halves of two are put together.
    void ask_of_words() {
        const arch::WordOrder& order = layout_.order;
        say_stores(order.set, arch::high_word);
        say_stores(order.clear, ~order.clear_keeps);
        say_stores(order.get_and_clear, ~order.clear_keeps);
        say_stores(order.set_wrprotect, arch::pte_wrprotect_bits(layout_));
        for (const bool dirty : {false, true}) {
            for (const bool write : {false, true})
                say_stores(order.set_access_flags, arch::pte_access_flags_bits(layout_, dirty, write));
        }
        say_accesses(order.get_lockless);
        say(arch::flush_holds_up_walks(layout_));
        Numbers low_words, high_words;
        std::vector<Word> lows, highs;
        for (const Met& met : met_) {
            const Word low = met.pte.val & arch::low_word, high = met.pte.val & arch::high_word;
            say(low_words.of(low));
            say(high_words.of(high));
            lows.push_back(low);
            highs.push_back(high);
        }
        for (const Word low : distinct(lows)) {
            for (const Word high : distinct(highs)) ask_of_torn({low | high});
        }
    }

    /// As high_word_of() has it.
    void say_stores(const arch::PteAccesses& stores, Word changes) {
        const bool stores_high = (changes & arch::high_word) != 0;
        say(stores_high);
        if (stores_high) say_accesses(stores);
    }
    void say_accesses(const arch::PteAccesses& accesses) {
        say(static_cast<std::uint32_t>(accesses.size()));
        for (const arch::PteAccess access : accesses) say(static_cast<std::uint32_t>(access));
    }

    void ask_of_torn(Pte pte) {
        say(answers_of(pte, any_tests));
        say_access_permitted(pte);
        say(m_.pte_page(pte).index);
        say(m_.pte_to_swp_entry(pte).index);
        say(arch::pte_write(layout_, pte));
        say(words_.of(pte.val));
        say(same_.of(arch::pte_val_to_compare(layout_, pte)));
    }

    void say_access_permitted(Pte pte) {
        for (const bool write : {false, true}) say(arch::pte_access_permitted(layout_, pte, write));
    }

    template <std::size_t N>
    std::uint32_t answers_of(Pte pte, const std::array<Test, N>& tests) const {
        std::uint32_t answers = 0;
        for (const Test& test : tests)
            answers = answers << 1 | std::uint32_t{is_used_by(test.by) && test.helper(layout_, pte)};
        return answers;
    }
    template <std::size_t N>
    void make_of(Pte pte, const std::array<Edit, N>& edits, Role role) {
        for (const Edit& edit : edits)
            if (is_used_by(edit.by)) meet(edit.helper(layout_, pte), role);
    }

    void note(bool soft_dirty, bool uffd_wp) {
        now_seen_.soft_dirty = now_seen_.soft_dirty || soft_dirty;
        now_seen_.uffd_wp = now_seen_.uffd_wp || uffd_wp;
    }

    void meet(Pte pte, Role role) {
        const bool is_new = roles_[static_cast<std::size_t>(role)].try_emplace(pte.val, true).second;
        if (is_new) met_.push_back({pte, role});
        say(words_.of(pte.val));
    }

    void say(std::uint32_t answer) { answers_.push_back(answer); }

    struct Met {
        Pte pte;
        Role role;
    };

    const Machine& m_;
    const Layout& layout_;
    Users users_;
    Seen seen_, now_seen_;
    Numbers words_, same_;
    std::array<std::unordered_map<std::uint64_t, bool>, 3> roles_;
    std::vector<Pte> entries_; ///< of each slot
    std::vector<Met> met_;
    std::vector<std::uint32_t> answers_;
};

Users users_of(OpCode code) {
    switch (code) {
    case OpCode::fork: return forks;
    case OpCode::clear_refs: return clears_refs;
    case OpCode::mprotect: return mprotects;
    case OpCode::madvise: return madvises;
    case OpCode::swapoff: return swaps_off;
    case OpCode::clear_swp_exclusive: return clears_marker;
    case OpCode::gup:
    case OpCode::o_direct_read:
    case OpCode::o_direct_write:
    case OpCode::vmsplice: return takes_references;
    default: return 0;
    }
}

Users users_in(const Scenario& scenario) {
    Users users = everybody;
    const auto add = [&users](const Op& op) { users = static_cast<Users>(users | users_of(op.code)); };
    for (const SetupOp& step : scenario.setup) add(step.op);
    for (const ThreadSpec& thread : scenario.threads)
        for (const Op& op : thread.ops) add(op);
    return users;
}

} // namespace

std::vector<std::uint32_t> layout_answers(const Scenario& scenario, const Rules& rules, const Layout& layout) {
    checker::Program program;
    const Machine machine(scenario.machine, threads_of(scenario), layout, effective_rules(rules, layout), program);
    Seen seen;
    for (;;) {
        Questions questions(machine, users_in(scenario), seen);
        std::vector<std::uint32_t> answers = questions.answers();
        // What was seen makes further words, among which more may be seen.
        if (questions.now_seen() == seen) return answers;
        seen = questions.now_seen();
    }
}

std::vector<std::vector<const Layout*>> AlikeLayouts::among(const std::vector<const Layout*>& layouts,
                                                            const Rules& rules) {
    std::vector<std::vector<const Layout*>> groups;
    std::vector<const Answers*> answers;
    for (const Layout* layout : layouts) {
        const Answers& own = answers_of(*layout, rules);
        const auto known = std::find_if(answers.begin(), answers.end(), [&](const Answers* a) { return *a == own; });
        if (known != answers.end()) {
            groups[static_cast<std::size_t>(known - answers.begin())].push_back(layout);
            continue;
        }
        answers.push_back(&own);
        groups.push_back({layout});
    }
    return groups;
}

const AlikeLayouts::Answers& AlikeLayouts::answers_of(const Layout& layout, const Rules& rules) {
    const auto [at, is_new] = known_.try_emplace({&layout, rules[Rule::swp_exclusive]});
    if (is_new) at->second = layout_answers(*scenario_, rules, layout);
    return at->second;
}

} // namespace model
