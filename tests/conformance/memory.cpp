// SPDX-License-Identifier: GPL-2.0-only
//
// A PTE in memory: its bytes, and the stores and loads of the functions that change and read it.
#include "arch_encodings/pte.hpp"
#include "tests/conformance/questions.hpp"

#include <sys/mman.h>

#include <array>
#include <cstring>
#include <vector>

namespace conformance {

using namespace arch;

namespace {

// Below 4 GiB: pointers of 32-bit machines go through their unsigned long.
constexpr std::size_t page_bytes = 4096;
class Page {
public:
    Page() : at_(mmap(nullptr, page_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0)) {}
    ~Page() {
        if (at_ != MAP_FAILED) munmap(at_, page_bytes);
    }
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    // Other PTEs around it are empty.
    void put(Word word) {
        std::memset(at_, 0, page_bytes);
        std::memcpy(cell(), &word, sizeof word);
    }
    Word get() const {
        Word word = 0;
        std::memcpy(&word, cell(), sizeof word);
        return word;
    }
    Word address() const { return reinterpret_cast<Word>(cell()); }
    const unsigned char* cell() const { return static_cast<unsigned char*>(at_) + page_bytes / 2; }
    unsigned char* cell() { return static_cast<unsigned char*>(at_) + page_bytes / 2; }

private:
    void* at_;
};

using Bytes = std::array<unsigned char, 8>;

Bytes expected_bytes(const Layout& layout, Word word, bool is_big) {
    Bytes bytes = {};
    const std::size_t size = layout.pte_bits / 8U / layout.words.size();
    for (std::size_t n = 0; n < layout.words.size(); ++n) {
        for (std::size_t k = 0; k < size; ++k)
            bytes[n * size + (is_big ? size - 1 - k : k)] =
                static_cast<unsigned char>((word >> layout.words[n]) >> (8 * k));
    }
    return bytes;
}

std::string text_of(const Bytes& bytes) {
    std::string text;
    for (const unsigned char byte : bytes) {
        for (const unsigned digit : {byte / 16U, byte % 16U}) text += "0123456789abcdef"[digit];
    }
    return text;
}

void compare_bytes(const Header& image, bool is_big, const Layout& layout, Comparison& result) {
    Page page;
    for (unsigned n = 0; n < layout.pte_bits; ++n) {
        page.put(0);
        image.call("store", bit(n), page.address());
        Bytes bytes = {};
        std::memcpy(bytes.data(), page.cell(), bytes.size());
        result.check("bytes of bit " + std::to_string(n), text_of(bytes),
                     text_of(expected_bytes(layout, bit(n), is_big)));
    }
}

// What a function did to a PTE, as text: "high word, low word".
struct Accesses {
    std::string loads;
    std::string stores;
    bool exchanged = false;
};

enum class Event : unsigned char { load, store, exchange, write_barrier, read_barrier };

// The words of one list that were touched since the last barrier.
struct Touched {
    bool low = false;
    bool high = false;
    bool whole = false;

    void end(std::string& list) {
        if (low || high || whole) {
            const PteAccess access = whole         ? PteAccess::whole
                                     : low && high ? PteAccess::both
                                     : low         ? PteAccess::low
                                                   : PteAccess::high;
            list.append(list.empty() ? "" : ", then ").append(describe(access));
        }
        *this = {};
    }
};

Accesses watched(const Header& order, const Layout& layout) {
    Accesses accesses;
    Touched loaded;
    Touched stored;
    const bool is_one_word = layout.pte_bits <= layout.ulong_bits;
    // The shared object keeps them in trace.c, whose names have their own prefix.
    const Word count = order.call("count");
    for (Word n = 0; n < count; ++n) {
        const Word event = order.call("event", n);
        const auto kind = static_cast<Event>(event & 0xff);
        const Word offset = event >> 8 & 0xff;
        const Word size = event >> 16;
        if (kind == Event::write_barrier) stored.end(accesses.stores);
        if (kind == Event::read_barrier) loaded.end(accesses.loads);
        if (kind == Event::write_barrier || kind == Event::read_barrier) continue;
        const bool is_exchange = kind == Event::exchange;
        accesses.exchanged |= is_exchange;
        Touched& touched = kind == Event::load ? loaded : stored;
        const bool of_both = size * 8 == 64 && layout.pte_bits == 64;
        if (is_one_word || (of_both && (is_exchange || order.call("doublewords") != 0)))
            touched.whole = true;
        else {
            touched.low |= offset < 4;
            touched.high |= of_both || offset >= 4;
        }
    }
    stored.end(accesses.stores);
    loaded.end(accesses.loads);
    return accesses;
}

std::string text_of(const PteAccesses& accesses) {
    std::string text;
    for (const PteAccess access : accesses) text.append(text.empty() ? "" : ", then ").append(describe(access));
    return text;
}

// One function, called on a PTE that is in memory.
class Watch {
public:
    Watch(const Header& order, const Layout& layout, Comparison& result)
        : order_(order),
          layout_(layout),
          result_(result) {}

    Accesses call(const char* name, Pte in_memory, Pte argument = {}) {
        page_.put(in_memory.val);
        order_.call("watch", page_.address(), layout_.pte_bits / 8U);
        returned_ = {order_.call(name, page_.address(), argument.val)};
        Accesses accesses = watched(order_, layout_);
        order_.call("watch", 0, 0);
        return accesses;
    }
    Pte returned() const { return returned_; }
    Pte in_memory() const { return {page_.get() & low_bits(layout_.pte_bits)}; }
    // In memory a present PTE may have bits that pte_same() does not care for.
    void check_same(const char* what, Pte theirs, Pte ours) {
        if (pte_same(layout_, theirs, ours)) theirs = ours;
        result_.check(what, 0, theirs.val, ours.val);
    }

private:
    const Header& order_;
    const Layout& layout_;
    Comparison& result_;
    Page page_;
    Pte returned_;
};

struct Samples {
    Pte clean;
    Pte written;
    Pte swapped;
};
Samples samples_of(const Layout& layout) {
    // With bits of the pfn and of the entry in both words.
    const Word pfn = field_values(layout.present_pte.pfn) & low_bits(layout.ulong_bits) & ~Word{0xaa0a};
    const Pte clean = pte_mkold(layout, pfn_pte(layout, pfn));
    const Pte written = pte_mkyoung(layout, pte_mkdirty(layout, pte_mkwrite(layout, clean)));
    const Pte entry = swp_entry_to_pte(layout, {.type = 21, .offset = max_swp_offset(layout) & ~Word{0x5a}});
    return {clean, written, pte_swp_mkexclusive(layout, entry)};
}

void compare_clearing(const Layout& layout, Pte old, Watch& watch, Comparison& result) {
    const Pte cleared = {(layout.none_value & ~layout.order.clear_keeps) | (old.val & layout.order.clear_keeps)};
    Accesses accesses = watch.call("clear", old);
    result.check("pte_clear() stores", accesses.stores, text_of(layout.order.clear));
    result.check("pte_clear() leaves", old.val, watch.in_memory().val, cleared.val);
    accesses = watch.call("get_and_clear", old);
    result.check("ptep_get_and_clear() stores", accesses.stores, text_of(layout.order.get_and_clear));
    if (layout.words.size() > 1)
        result.check("ptep_get_and_clear() exchanges", old.val, accesses.exchanged,
                     layout.order.get_and_clear_is_atomic);
    result.check("ptep_get_and_clear() leaves", old.val, watch.in_memory().val, cleared.val);
    watch.check_same("ptep_get_and_clear() returns", watch.returned(), old);
}

} // namespace

void compare_storage(const Header* big, const Header* little, const Layout& layout, Comparison& result) {
    const bool is_either = layout.stored == Endian::either;
    const bool is_big = layout.stored == Endian::big;
    // The one byte order may be there for the kernel and the other for its PTEs, as on ppc64.
    if (big != nullptr) compare_bytes(*big, is_either || is_big, layout, result);
    if (little != nullptr) compare_bytes(*little, !is_either && is_big, layout, result);
    if (is_either) result.check("kernels of either byte order", 0, big != nullptr && little != nullptr, 1);
}

void compare_order(const Header& order, bool is_own_kernel, const Layout& layout, Comparison& result) {
    Watch watch(order, layout, result);
    const auto [clean, written, swapped] = samples_of(layout);
    for (const Pte old : {Pte{layout.none_value}, swapped, clean}) {
        for (const Pte pte : {clean, written, swapped}) {
            if (old == pte) continue;
            result.check("set_pte_at() stores", watch.call("set", old, pte).stores, text_of(layout.order.set));
            watch.check_same("PTE in memory after set_pte_at()", watch.in_memory(), pte);
        }
    }
    for (const Pte old : {clean, written, swapped}) {
        compare_clearing(layout, old, watch, result);
        result.check("ptep_get() loads", watch.call("get", old).loads, text_of(layout.order.get));
        watch.check_same("ptep_get()", watch.returned(), old);
        result.check("ptep_get_lockless() loads", watch.call("get_lockless", old).loads,
                     text_of(layout.order.get_lockless));
        watch.check_same("ptep_get_lockless()", watch.returned(), old);
    }
    compare_clearing(layout, {low_bits(layout.pte_bits)}, watch, result);
    result.check("ptep_set_wrprotect() stores", watch.call("set_wrprotect", written).stores,
                 text_of(layout.order.set_wrprotect));
    // Another kernel may have its flags elsewhere.
    if (is_own_kernel)
        watch.check_same("PTE after ptep_set_wrprotect()", watch.in_memory(), pte_wrprotect(layout, written));
    result.check("ptep_set_access_flags() stores", watch.call("set_access_flags", clean, written).stores,
                 text_of(layout.order.set_access_flags));
    if (is_own_kernel) watch.check_same("PTE after ptep_set_access_flags()", watch.in_memory(), written);
}

namespace {

// Versions such as "5.19" and "6.3".
bool is_before_or_at(std::string_view version, std::string_view other) {
    const auto number = [](std::string_view text) {
        const std::size_t dot = text.find('.');
        return std::stoi(std::string(text.substr(0, dot))) * 1000 + std::stoi(std::string(text.substr(dot + 1)));
    };
    return number(version) <= number(other);
}

std::string yes_or_no(bool yes) { return yes ? "yes" : "no"; }

} // namespace

void compare_facts(const Facts& facts, const Layout& layout, Comparison& result) {
    const auto check = [&](const std::string& fact, bool ours) {
        if (const auto at = facts.find(fact); at != facts.end()) result.check(fact, at->second, yes_or_no(ours));
    };
    check("has_gup_fast", layout.has_gup_fast);
    check("defers_unmap_flush", layout.defers_unmap_flush);
    for (const char* kernel : {"6.1", "6.12"})
        check(std::string("exclusive_in_") + kernel, is_before_or_at(layout.exclusive_since, kernel));
    result.check("exclusive marker", yes_or_no(is_before_or_at(layout.exclusive_since, layout.kernel)),
                 yes_or_no(has_swp_exclusive(layout)));
}

} // namespace conformance
