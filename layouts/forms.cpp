// SPDX-License-Identifier: GPL-2.0-only
// The tables of the layout format.
#include "layouts/forms.hpp"

#include "arch_encodings/witness.hpp"

namespace layouts::forms {

using checker::Form;

const Form& layout() {
    static const Form form{"layout",
                           "a layout",
                           {"version", "name", "kernel", "pte_bits", "page_shift", "ulong_bits", "present", "swap"},
                           {"$schema", "about", "requires_exclusive", "stored", "words", "none", "same_ignore",
                            "present_same_ignore", "order", "has_gup_fast", "flush_is_interrupt", "defers_unmap_flush",
                            "exclusive_since", "present_pte", "known"}};
    return form;
}

const Form& none() {
    static const Form form{"none", "the empty PTE", {}, {"set", "ignore"}};
    return form;
}

const Form& order() {
    static const Form form{"order",
                           "the order of accesses",
                           {},
                           {"set", "clear", "get_and_clear", "set_wrprotect", "set_access_flags",
                            "get_and_clear_is_atomic", "clear_keeps", "get", "get_lockless"}};
    return form;
}

const Form& swap() {
    static const Form form{"swap",
                           "a swap PTE",
                           {"type", "offset"},
                           {"type_is_masked", "usable_offset_bits", "exclusive", "exclusive_visible", "soft_dirty",
                            "uffd_wp", "fixed", "keep_clear", "raw_entry_keeps_markers", "reads_as_none"}};
    return form;
}

const Form& fixed() {
    static const Form form{"fixed", "the fixed bits of a swap PTE", {"bits", "set"}, {}};
    return form;
}

const Form& entry() {
    static const Form form{"entry", "a swap entry", {"type", "offset"}, {}};
    return form;
}

const Form& present_pte() {
    static const Form form{"present_pte",
                           "a present PTE",
                           {"pfn", "write", "dirty", "young", "page_readonly", "page_none", "modify", "walk"},
                           {"pfn_inverted_unless", "soft_dirty", "uffd_wp", "protnone", "access_permitted",
                            "write_permitted", "on_birth"}};
    return form;
}

const Form& flag() {
    static const Form form{"flag", "a flag", {"test", "make", "clear"}, {"own"}};
    return form;
}

const Form& rule() {
    static const Form form{"rule", "a rule", {}, {"when", "set", "clear"}};
    return form;
}

const Form& modify() {
    static const Form form{"modify", "pte_modify()", {"keep", "take"}, {"before", "after"}};
    return form;
}

const Form& walk() {
    static const Form form{
        "walk", "the processor's walk", {"may_load", "may_store"}, {"on_load", "on_store", "on_invalidate", "late"}};
    return form;
}

const Form& known() {
    static const Form form{"known", "a known fault", {"fault", "reason"}, {}};
    return form;
}

std::vector<const Form*> all() {
    return {&layout(),      &none(), &order(), &swap(),   &fixed(), &entry(),
            &present_pte(), &flag(), &rule(),  &modify(), &walk(),  &known()};
}

const std::vector<std::string>& fault_words() {
    static const std::vector<std::string> words = [] {
        std::vector<std::string> names;
        for (const arch::Fault fault : arch::all_faults()) {
            if (fault != arch::Fault::known_fault_is_absent) names.emplace_back(arch::fault_name(fault));
        }
        return names;
    }();
    return words;
}

const std::vector<std::string>& access_words() {
    static const std::vector<std::string> words{"whole", "low", "high", "both"};
    return words;
}

const std::vector<std::string>& endian_words() {
    static const std::vector<std::string> words{"little", "big", "either"};
    return words;
}

} // namespace layouts::forms
