// SPDX-License-Identifier: GPL-2.0-only
// The file of a certificate; certificate.hpp says what is in it. Whatever a reader is given, it says what is wrong with it.
#include "certificate/certificate.hpp"
#include "checker/json_guard.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <limits>
#include <optional>

namespace certificate {

namespace {

using checker::InputError;
using checker::pointer_to;
using checker::Result;
using nlohmann::json;

constexpr std::size_t hash_bytes = 8;
constexpr std::size_t most_shared_bytes = 255;

std::string hash_text(std::string_view bytes) {
    const std::uint64_t hash = XXH3_64bits(bytes.data(), bytes.size());
    std::string text;
    for (unsigned byte = 0; byte < hash_bytes; ++byte) text += static_cast<char>(hash >> (8 * byte));
    return text;
}

InputError wrong(std::string place, std::string message) { return {std::move(place), std::move(message), ""}; }

/// The document of the first line.
Result<json> read_head(std::string_view bytes) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos)
        return wrong("", "not a certificate, or one that was cut short: its first line has no end");
    Result<json> head = checker::parse_json_guarded(bytes.substr(0, end));
    if (!head) return wrong("", "not a certificate: its first line is not JSON: " + head.error().text());
    const json& document = head.value();
    if (!document.is_object() || !document.contains("format") || document["format"] != format)
        return wrong("", "not a certificate: its first line has no \"format\": \"" + std::string(format) + "\"");
    if (!document.contains("version") || document["version"] != version)
        return wrong("/version", "this program reads version " + std::to_string(version) +
                                     " of certificates, this file is of another version; run the check again to get "
                                     "a new certificate");
    if (bytes.size() < end + 1 + hash_bytes ||
        hash_text(bytes.substr(0, bytes.size() - hash_bytes)) != bytes.substr(bytes.size() - hash_bytes))
        return wrong("", "the file is damaged or was cut short: its bytes do not have the hash that ends it");
    for (const char* member : {"of", "symmetric", "threads", "cells", "states"})
        if (!document.contains(member)) return wrong("", "the member \"" + std::string(member) + "\" is missing");
    return head;
}

bool is_number_below(const json& value, std::uint64_t bound) {
    return value.is_number_unsigned() && value.get<std::uint64_t>() < bound;
}

std::optional<InputError> read_edges(const json& edges, const std::string& place, std::size_t locals, Edges& into) {
    if (!edges.is_array()) return wrong(place, "expected an array");
    for (const json& edge : edges) {
        if (!edge.is_array() || edge.size() != 2 || !edge[0].is_number_unsigned() ||
            !is_number_below(edge[1], locals) || (!into.empty() && edge[0].get<Word>() <= into.back().result))
            return wrong(place, "expected [a result, the local state that follows] in ascending order");
        into.push_back({edge[0].get<Word>(), edge[1].get<std::uint32_t>()});
    }
    return std::nullopt;
}

std::optional<InputError> read_threads(const json& threads, const checker::Program& program, Certificate& into) {
    if (!threads.is_array() || threads.size() != program.threads().size())
        return wrong("/threads", "expected an array of " + std::to_string(program.threads().size()) +
                                     " items, for so many threads has the program");
    for (std::size_t thread = 0; thread < threads.size(); ++thread) {
        const std::string place = pointer_to("/threads", thread);
        into.threads.emplace_back();
        const bool is_owner = !into.symmetric || program.threads()[thread].first_alike.index == thread;
        if (!threads[thread].is_array() || threads[thread].empty() == is_owner)
            return wrong(place, is_owner ? "expected the thread's local states"
                                         : "expected an empty array: the thread is like an earlier one");
        for (const json& edges : threads[thread]) {
            const std::string local = pointer_to(place, into.threads.back().size());
            if (auto error = read_edges(edges, local, threads[thread].size(), into.threads.back().emplace_back()))
                return error;
        }
    }
    return std::nullopt;
}

std::optional<InputError> read_columns(const json& columns, const checker::Program& program, Certificate& into) {
    if (!columns.is_array()) return wrong("/cells", "expected an array");
    for (const json& item : columns) {
        const std::string place = pointer_to("/cells", into.columns.size());
        const std::size_t least = into.columns.empty() ? 0 : into.columns.back().cell + std::size_t{1};
        if (!item.is_array() || item.size() != 2 || !is_number_below(item[0], program.cells().size()) ||
            item[0].get<std::size_t>() < least || !item[1].is_array() || item[1].empty())
            return wrong(place, "expected [the number of a cell, above the one before, its words]");
        Column column{item[0].get<std::uint16_t>(), {}};
        for (const json& word : item[1]) {
            if (!word.is_number_unsigned() || (!column.words.empty() && word.get<Word>() <= column.words.back()))
                return wrong(place, "expected words in ascending order");
            column.words.push_back(word.get<Word>());
        }
        into.columns.push_back(std::move(column));
    }
    return std::nullopt;
}

std::optional<InputError> read_states(std::string_view bytes, const checker::Program& program, Certificate& into) {
    const Layout layout(into, program);
    const std::size_t size = layout.bytes();
    std::string state(size, '\0');
    std::size_t at = 0;
    for (std::uint64_t number = 0; number < into.count; ++number) {
        const std::string place = "state " + std::to_string(number);
        if (at == bytes.size()) return wrong(place, "the file ends before it");
        const std::size_t shared = static_cast<unsigned char>(bytes[at++]);
        if (shared > size || bytes.size() - at < size - shared) return wrong(place, "the file ends within it");
        const std::string before = state;
        std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), size - shared,
                    state.begin() + static_cast<std::ptrdiff_t>(shared));
        at += size - shared;
        if (number != 0 && state <= before) return wrong(place, "states are not in ascending order");
        for (std::size_t field = 0; field < layout.fields(); ++field)
            if (layout.get(state.data(), field) >= layout.values(field))
                return wrong(place, "it has a number in field " + std::to_string(field) + " that names nothing");
        into.states += state;
    }
    if (at != bytes.size()) return wrong("", "there is more after the last state");
    return std::nullopt;
}

} // namespace

std::string write(const Certificate& certificate, const checker::Program& program) {
    json threads = json::array();
    for (const auto& locals : certificate.threads) {
        json& list = threads.emplace_back(json::array());
        for (const Edges& edges : locals) {
            json& of_local = list.emplace_back(json::array());
            for (const Edge& edge : edges) of_local.push_back({edge.result, edge.to});
        }
    }
    json cells = json::array();
    for (const Column& column : certificate.columns) cells.push_back({column.cell, column.words});
    std::string bytes = json{{"format", format},           {"version", version},
                             {"of", certificate.of},       {"symmetric", certificate.symmetric},
                             {"threads", threads},         {"cells", cells},
                             {"states", certificate.count}}
                            .dump(-1, ' ', false, json::error_handler_t::replace) +
                        "\n";
    const std::size_t size = Layout(certificate, program).bytes();
    const std::string none(size, '\0');
    const char* before = none.data();
    for (std::uint64_t number = 0; number < certificate.count; ++number) {
        const char* const state = certificate.states.data() + number * size;
        const std::size_t most = std::min(size, most_shared_bytes);
        const auto shared = static_cast<std::size_t>(std::mismatch(state, state + most, before).first - state);
        bytes += static_cast<char>(shared);
        bytes.append(state + shared, size - shared);
        before = state;
    }
    return bytes + hash_text(bytes);
}

Result<json> read_of(std::string_view bytes) {
    Result<json> head = read_head(bytes);
    return head ? Result<json>(head.value()["of"]) : head;
}

Result<Certificate> read(std::string_view bytes, const checker::Program& program) {
    const Result<json> head = read_head(bytes);
    if (!head) return head.error();
    const json& document = head.value();
    Certificate certificate;
    certificate.of = document["of"];
    if (!document["symmetric"].is_boolean()) return wrong("/symmetric", "expected true or false");
    certificate.symmetric = document["symmetric"].get<bool>();
    if (auto error = read_threads(document["threads"], program, certificate)) return *error;
    if (auto error = read_columns(document["cells"], program, certificate)) return *error;
    if (!is_number_below(document["states"], std::numeric_limits<std::uint32_t>::max()))
        return wrong("/states", "expected a number of states");
    certificate.count = document["states"].get<std::uint64_t>();
    std::string_view states = bytes.substr(bytes.find('\n') + 1);
    states.remove_suffix(hash_bytes);
    if (auto error = read_states(states, program, certificate)) return *error;
    return certificate;
}

} // namespace certificate
