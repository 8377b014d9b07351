// SPDX-License-Identifier: GPL-2.0-only
// Private state is keyed by what a thread has observed. A frame is one call of a modelled function: while it runs, its
// observations extend the key; when it returns, they are replaced by (caller's key, function, result).
#pragma once

#include "checker/handles.hpp"
#include "checker/hash.hpp"

#include <string_view>
#include <type_traits>

namespace checker {

/// What may enter a key: a value whose bytes are determined by its meaning (no padding, no addresses).
template <class T>
concept KeyValue =
    std::has_unique_object_representations_v<T> && std::is_trivially_copyable_v<T> && !std::is_pointer_v<T>;

/// Folds a value into one word of a key.
template <KeyValue T>
Word to_key(const T& value) {
    if constexpr (sizeof(T) <= sizeof(Word)) {
        return to_word(value);
    } else {
        Word folded = sizeof(T);
        const auto* bytes = reinterpret_cast<const unsigned char*>(&value);
        for (std::size_t at = 0; at < sizeof(T); at += sizeof(Word)) {
            Word part = 0;
            std::memcpy(&part, bytes + at, sizeof(T) - at < sizeof(Word) ? sizeof(T) - at : sizeof(Word));
            folded = mix(folded ^ part) + 1;
        }
        return folded;
    }
}

/// FNV-1a, for hashes of names that are the same in every build.
constexpr Word hash_name(std::string_view name) {
    Word hash = 0xcbf29ce484222325ULL;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

/// The name of a function, without its namespaces.
struct Frame {
    std::string_view name;
    Word name_hash = 0;
};

namespace detail {
template <auto Fn>
constexpr std::string_view pretty_name() {
    return __PRETTY_FUNCTION__;
}

constexpr std::string_view unqualified(std::string_view pretty) {
    const std::size_t begin = pretty.rfind("Fn = ") + 5;
    std::string_view name = pretty.substr(begin);
    name = name.substr(0, name.find_first_of(";]"));
    if (!name.empty() && name.front() == '&') name.remove_prefix(1);
    if (const std::size_t colon = name.rfind("::"); colon != std::string_view::npos) name.remove_prefix(colon + 2);
    return name;
}
} // namespace detail

/// The frame of the function `Fn`, known at compile time.
template <auto Fn>
constexpr Frame frame_of() {
    constexpr std::string_view name = detail::unqualified(detail::pretty_name<Fn>());
    return Frame{name, hash_name(name)};
}

} // namespace checker
