// SPDX-License-Identifier: GPL-2.0-only
// The table of rules: what each kernel does and which commit brought it. Facts: kernel-facts.md sections 0 and A.
#include "model/rules.hpp"

#include <algorithm>
#include <array>

namespace model {

namespace {

constexpr std::uint32_t bit(Kernel kernel) { return std::uint32_t{1} << static_cast<unsigned>(kernel); }

constexpr std::uint32_t v5_7 = bit(Kernel::v5_7);
constexpr std::uint32_t v5_10 = bit(Kernel::v5_10);
constexpr std::uint32_t v5_18 = bit(Kernel::v5_18);
constexpr std::uint32_t part2 = bit(Kernel::v5_19_part2);
constexpr std::uint32_t v5_19 = bit(Kernel::v5_19);
constexpr std::uint32_t v6_1 = bit(Kernel::v6_1);
constexpr std::uint32_t d5_10 = bit(Kernel::d5_10_262);
constexpr std::uint32_t d6_1 = bit(Kernel::d6_1_192);
constexpr std::uint32_t from_6_1 = v6_1 | d6_1;
constexpr std::uint32_t from_5_19 = v5_19 | from_6_1;
constexpr std::uint32_t from_part2 = part2 | from_5_19;
constexpr std::uint32_t from_5_18 = v5_18 | from_part2;

constexpr std::uint32_t all_kernels_bits = v5_7 | v5_10 | d5_10 | from_5_18;

constexpr std::array kernels_table{
    KernelInfo{Kernel::v5_7, "v5.7", "G0b: references are never looked at, reuse goes by map and swap counts"},
    KernelInfo{Kernel::v5_10, "v5.10", "G0: a present page is reused only if nobody else holds a reference"},
    KernelInfo{Kernel::v5_18, "v5.18", "G1: the same rule on swap-in, reuse_swap_page is gone"},
    KernelInfo{
        Kernel::v5_19_part2, "v5.19-part2",
        "G2: PG_anon_exclusive, but swap-out forgets it (commits 6c287605fd56 .. 1493a1913e34^, never released)"},
    KernelInfo{Kernel::v5_19, "v5.19", "G3: the swap PTE remembers exclusivity where the architecture has the bit"},
    KernelInfo{Kernel::v6_1, "v6.1",
               "G4: explicit barriers for GUP-fast, mprotect may restore write permission (since v6.0)"},
    KernelInfo{Kernel::d5_10_262, "5.10.262", "Debian 11's kernel: v5.10 with its stable backports"},
    KernelInfo{Kernel::d6_1_192, "6.1.192", "Debian 12's kernel: v6.1 with its stable backports"},
};
static_assert(kernels_table.size() == kernel_count);

constexpr std::array rules_table{
    RuleInfo{Rule::wp_reuse_by_mapcount, "wp_reuse_by_mapcount",
             "a write fault reuses a page that is mapped and swapped once, whoever holds references", "v2.6.12", "v5.9",
             "09854ba94c6a removed it", "do_wp_page", v5_7},
    RuleInfo{Rule::wp_reuse_after_swap_free, "wp_reuse_after_swap_free",
             "a write fault first tries to drop the swap cache's reference, then reuses at reference count 1", "v5.18",
             "", "53a05ad9f21d", "do_wp_page", from_5_18},
    RuleInfo{
        Rule::wp_reuse_moves_anon_rmap, "wp_reuse_moves_anon_rmap",
        "a write fault that reuses a page at reference count 1 makes it the process's own for the rmap, and exclusive",
        "v5.19", "", "6c54dc6c7437", "do_wp_page", from_part2},
    RuleInfo{Rule::wp_copy_frees_swap, "wp_copy_frees_swap",
             "after a copy the old page's swap slot is freed if nobody maps the page any more", "v5.14", "",
             "f4c4a3f48480", "wp_page_copy", from_5_18},
    RuleInfo{Rule::swapin_reuse_swap_page, "swapin_reuse_swap_page",
             "a write fault on a swap PTE maps writable if map count plus swap count is 1, references ignored",
             "v2.6.29", "v5.18", "c145e0b47c77 removed it", "do_swap_page", v5_7 | v5_10 | d5_10},
    RuleInfo{Rule::swapin_frees_first, "swapin_frees_first",
             "swap-in drops the entry, and the swap cache if it can, before it decides and before it sets the PTE",
             "v5.18", "", "c145e0b47c77", "do_swap_page, should_try_to_free_swap", from_5_18},
    RuleInfo{Rule::swapin_exclusive_on_read, "swapin_exclusive_on_read",
             "swap-in marks a page exclusive on a read fault too, if it has the only reference", "v5.19", "",
             "6c287605fd56", "do_swap_page", from_part2},
    RuleInfo{Rule::swapin_holds_device, "swapin_holds_device",
             "a fault holds the swap device against swapoff (get_swap_device)", "v5.14", "", "2799e77529c2",
             "do_swap_page", from_5_18},
    RuleInfo{Rule::swapin_rechecks_swapcache, "swapin_rechecks_swapcache",
             "swap-in looks again, with the page locked, whether the page is still the swap cache's for its slot",
             "v2.6.36", "", "4969c1192d15", "do_swap_page", v5_7 | v5_10 | d5_10 | from_5_18},
    RuleInfo{Rule::skip_swapcache_pin, "skip_swapcache_pin",
             "swap-in that skips the swap cache pins the slot with SWAP_HAS_CACHE", "v6.8", "", "13ddaf26be32",
             "do_swap_page", d6_1},
    RuleInfo{Rule::anon_exclusive, "anon_exclusive",
             "PG_anon_exclusive: a page known to belong to one process is reused", "v5.19", "", "6c287605fd56",
             "page_add_anon_rmap, page_move_anon_rmap, do_wp_page, do_swap_page, page_try_dup_anon_rmap, "
             "try_to_unmap_one, try_grab_page, release_ref, lockless_pages_from_mm",
             from_part2},
    RuleInfo{Rule::gup_unshares, "gup_unshares",
             "a read-only FOLL_PIN of a page that may be shared breaks the sharing first", "v5.19", "", "a7f226604170",
             "gup_must_unshare", from_part2},
    RuleInfo{Rule::swp_exclusive, "swp_exclusive",
             "the swap PTE has a bit for PG_anon_exclusive (the feature as a whole; off where the architecture lacks "
             "the bit)",
             "v5.19", "", "1493a1913e34", "try_to_unmap_one, do_swap_page, unuse_pte, copy_nonpresent_pte", from_5_19},
    RuleInfo{Rule::unmap_keeps_exclusive, "unmap_keeps_exclusive", "swap-out stores PG_anon_exclusive in the swap PTE",
             "v5.19", "", "1493a1913e34", "try_to_unmap_one", from_5_19},
    RuleInfo{Rule::unmap_marks_only_exclusive, "unmap_marks_only_exclusive",
             "swap-out marks the swap PTE only if the page was exclusive", "v5.19", "", "1493a1913e34",
             "try_to_unmap_one", from_5_19},
    RuleInfo{Rule::swapin_restores_exclusive, "swapin_restores_exclusive",
             "swap-in takes the marker in the swap PTE as proof of exclusivity", "v5.19", "", "1493a1913e34",
             "do_swap_page", from_5_19},
    RuleInfo{Rule::unuse_restores_exclusive, "unuse_restores_exclusive",
             "swapoff takes the marker in the swap PTE as proof of exclusivity", "v5.19", "", "1493a1913e34",
             "unuse_pte", from_5_19},
    RuleInfo{Rule::fork_clears_swp_exclusive, "fork_clears_swp_exclusive",
             "fork clears the marker when it duplicates a swap PTE", "v5.19", "", "1493a1913e34", "copy_nonpresent_pte",
             from_5_19},
    RuleInfo{Rule::stable_writes_drops_exclusive, "stable_writes_drops_exclusive",
             "swap-in drops the marker while a device that wants stable pages writes the page", "v5.19", "",
             "1493a1913e34", "do_swap_page", from_5_19},
    RuleInfo{Rule::fork_copies_pinned, "fork_copies_pinned",
             "fork copies a page that may be pinned instead of sharing it", "v5.9", "", "70e806e4e645",
             "copy_present_pte, page_try_dup_anon_rmap", v5_10 | d5_10 | from_5_18},
    RuleInfo{Rule::write_protect_seq, "write_protect_seq", "GUP-fast pins fail if a fork write-protects meanwhile",
             "v5.11", "", "57efa1fe5957", "copy_page_range, lockless_pages_from_mm", d5_10 | from_5_18},
    RuleInfo{Rule::clear_refs_skips_pinned, "clear_refs_skips_pinned",
             "clear_refs leaves a page that may be pinned writable", "v5.11", "", "9348b73c2e1b", "clear_soft_dirty",
             d5_10 | from_5_18},
    RuleInfo{Rule::clear_refs_mmap_write, "clear_refs_mmap_write", "clear_refs holds mmap_lock for writing", "v5.11",
             "", "29a951dfb3c3", "clear_refs_write", d5_10 | from_5_18},
    RuleInfo{Rule::add_to_swap_refuses_pinned, "add_to_swap_refuses_pinned",
             "reclaim does not give a swap slot to a page that may be pinned", "v5.11", "", "feb889fb40fa",
             "shrink_folio_list", d5_10 | from_5_18},
    RuleInfo{Rule::pageout_refuses_pinned, "pageout_refuses_pinned",
             "reclaim gives up on a page that looks pinned after it was unmapped", "v6.4", "", "d824ec2a1546",
             "shrink_folio_list", d6_1},
    RuleInfo{
        Rule::gup_fast_barriers, "gup_fast_barriers",
        "explicit barriers order clearing PG_anon_exclusive against GUP-fast (no effect under sequential consistency)",
        "v6.1", "", "088b8aa537c2", "page_try_share_anon_rmap, gup_pte_range", from_6_1},
    RuleInfo{
        Rule::lockless_pte_recheck, "lockless_pte_recheck",
        "GUP-fast loads the first word of a PTE of two words again after the second (no effect where a PTE is one)",
        "v2.6.27", "", "8174c430e445", "load_words_lockless", all_kernels_bits},
    RuleInfo{Rule::unuse_keeps_soft_dirty, "unuse_keeps_soft_dirty",
             "swapoff keeps the soft-dirty and uffd-wp bits of the PTE", "v5.19", "", "14a762dd1977", "unuse_pte",
             from_5_19},
    RuleInfo{Rule::free_swap_holds_device, "free_swap_holds_device",
             "zapping a swap PTE holds the swap device against swapoff", "v6.9", "", "82b1c07a0af6",
             "free_swap_and_cache", d5_10 | d6_1},
    RuleInfo{Rule::mprotect_restores_write, "mprotect_restores_write",
             "mprotect makes a dirty, exclusive PTE writable at once", "v6.0", "", "64fe24a3e05e", "do_mprotect_pkey",
             from_6_1},
    RuleInfo{Rule::mutation_stable_writes_test_inverted, "mutation_stable_writes_test_inverted",
             "the stable-pages test of the series' second version: drops the marker on the devices that do not want it",
             "never", "", "", "do_swap_page", 0},
};
static_assert(rules_table.size() == rule_count);

constexpr bool in_order() {
    for (std::size_t i = 0; i < rules_table.size(); ++i) {
        if (rules_table[i].rule != static_cast<Rule>(i)) return false;
    }
    for (std::size_t i = 0; i < kernels_table.size(); ++i) {
        if (kernels_table[i].kernel != static_cast<Kernel>(i)) return false;
    }
    return true;
}
static_assert(in_order());

} // namespace

std::span<const RuleInfo> all_rules() { return rules_table; }
std::span<const KernelInfo> all_kernels() { return kernels_table; }
const RuleInfo& info(Rule rule) { return rules_table[static_cast<std::size_t>(rule)]; }
const KernelInfo& info(Kernel kernel) { return kernels_table[static_cast<std::size_t>(kernel)]; }

std::optional<Rule> find_rule(std::string_view name) {
    const auto* found =
        std::find_if(rules_table.begin(), rules_table.end(), [&](const RuleInfo& r) { return r.name == name; });
    if (found == rules_table.end()) return std::nullopt;
    return found->rule;
}

std::optional<Kernel> find_kernel(std::string_view name) {
    const auto* found =
        std::find_if(kernels_table.begin(), kernels_table.end(), [&](const KernelInfo& k) { return k.name == name; });
    if (found == kernels_table.end()) return std::nullopt;
    return found->kernel;
}

Rules rules_of(Kernel kernel) {
    Rules rules;
    for (const RuleInfo& rule : rules_table) rules.set(rule.rule, (rule.kernels & bit(kernel)) != 0);
    return rules;
}

} // namespace model
