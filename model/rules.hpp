// SPDX-License-Identifier: GPL-2.0-only
// What differs between kernel versions: named rules, in one table (rules.cpp). A kernel is a set of rules; a mutant is a
// kernel with one of them switched off, or with one of the `mutation` rules, which no kernel has, switched on.
#pragma once

#include <atomic>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace model {

enum class Rule : std::uint8_t {
    // Copy-on-write decisions on a present PTE (do_wp_page).
    wp_reuse_by_mapcount,
    wp_reuse_after_swap_free,
    wp_reuse_moves_anon_rmap,
    wp_copy_frees_swap,
    // Swap-in.
    swapin_reuse_swap_page,
    swapin_frees_first,
    swapin_exclusive_on_read,
    swapin_holds_device,
    swapin_rechecks_swapcache,
    skip_swapcache_pin,
    // PG_anon_exclusive.
    anon_exclusive,
    gup_unshares,
    // The swap PTE bit.
    swp_exclusive,
    unmap_keeps_exclusive,
    unmap_marks_only_exclusive,
    swapin_restores_exclusive,
    unuse_restores_exclusive,
    fork_clears_swp_exclusive,
    stable_writes_drops_exclusive,
    // fork and pins.
    fork_copies_pinned,
    write_protect_seq,
    clear_refs_skips_pinned,
    clear_refs_mmap_write,
    add_to_swap_refuses_pinned,
    pageout_refuses_pinned,
    gup_fast_barriers,
    lockless_pte_recheck,
    // The rest.
    unuse_keeps_soft_dirty,
    free_swap_holds_device,
    mprotect_restores_write,
    // Mutations: in no kernel.
    mutation_stable_writes_test_inverted,
    count_,
};
inline constexpr std::size_t rule_count = static_cast<std::size_t>(Rule::count_);

/// Kernels, oldest first; the distribution kernels follow the releases.
enum class Kernel : std::uint8_t { v5_7, v5_10, v5_18, v5_19_part2, v5_19, v6_1, d5_10_262, d6_1_192, count_ };
inline constexpr std::size_t kernel_count = static_cast<std::size_t>(Kernel::count_);

/// Which rules were asked for. What has run under some rules runs under others in the same way, step for step, if they agree on
/// every rule that was asked for: there is nothing else by which it could tell them apart.
class AskedRules {
public:
    void note(std::size_t rule) {
        const std::uint64_t bit = std::uint64_t{1} << rule;
        // Most have been noted before, and need no write that other threads' caches would notice.
        if ((asked_.load(std::memory_order_relaxed) & bit) == 0) asked_.fetch_or(bit, std::memory_order_relaxed);
    }
    std::bitset<rule_count> rules() const { return asked_.load(std::memory_order_relaxed); }

private:
    static_assert(rule_count <= 64);
    std::atomic<std::uint64_t> asked_{0};
};

class Rules {
public:
    bool operator[](Rule rule) const {
        const auto n = static_cast<std::size_t>(rule);
        if (asked_ != nullptr) asked_->note(n);
        return on_[n];
    }
    /// Without noting it, for who does the same either way: barriers under sequential consistency.
    bool peek(Rule rule) const { return on_[static_cast<std::size_t>(rule)]; }
    void set(Rule rule, bool on) { on_[static_cast<std::size_t>(rule)] = on; }
    bool operator==(const Rules& other) const { return on_ == other.on_; }

    /// From now on this and copies of it note what they are asked for. `asked` outlives them.
    void note_in(AskedRules& asked) { asked_ = &asked; }
    /// Whether what asked for these rules cannot tell the two apart.
    bool agrees_on(const std::bitset<rule_count>& asked, const Rules& other) const {
        return ((on_ ^ other.on_) & asked).none();
    }

private:
    std::bitset<rule_count> on_;
    AskedRules* asked_ = nullptr;
};

struct RuleInfo {
    Rule rule;
    std::string_view name;      ///< as scenarios write it
    std::string_view meaning;   ///< one line
    std::string_view since;     ///< first release with it, or "never"
    std::string_view until;     ///< first release without it again, or ""
    std::string_view commit;    ///< the commit that brought it
    std::string_view consulted; ///< the modelled functions that ask for it
    std::uint32_t kernels;      ///< bit set of Kernel
};

struct KernelInfo {
    Kernel kernel;
    std::string_view name;  ///< "v5.18", "6.1.192"
    std::string_view about; ///< one line: generation of kernel-facts, what it stands for
};

std::span<const RuleInfo> all_rules();
std::span<const KernelInfo> all_kernels();
const RuleInfo& info(Rule rule);
const KernelInfo& info(Kernel kernel);
std::optional<Rule> find_rule(std::string_view name);
std::optional<Kernel> find_kernel(std::string_view name);
Rules rules_of(Kernel kernel);

} // namespace model
