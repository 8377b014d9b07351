// SPDX-License-Identifier: GPL-2.0-only
// Where the numbers of a state are; see certificate.hpp.
#include "certificate/certificate.hpp"

#include <bit>

namespace certificate {

std::size_t owner_of(const Certificate& certificate, const checker::Program& program, std::size_t thread) {
    return certificate.symmetric ? program.threads()[thread].first_alike.index : thread;
}

Layout::Layout(const Certificate& certificate, const checker::Program& program) {
    std::size_t bit = 0;
    const auto add = [&](std::size_t values) {
        const auto bits = static_cast<unsigned>(values < 2 ? 0 : std::bit_width(values - 1));
        fields_.push_back({values, bit, bits});
        bit += bits;
    };
    for (std::size_t thread = 0; thread < certificate.threads.size(); ++thread)
        add(certificate.threads[owner_of(certificate, program, thread)].size());
    for (const Column& column : certificate.columns) add(column.words.size());
    bytes_ = (bit + 7) / 8;
}

std::uint32_t Layout::get(const char* state, std::size_t field) const {
    const auto [values, first_bit, bits] = fields_[field];
    std::uint64_t window = 0;
    for (std::size_t byte = first_bit / 8; byte * 8 < first_bit + bits; ++byte)
        window |= std::uint64_t{static_cast<unsigned char>(state[byte])} << (8 * (byte - first_bit / 8));
    return static_cast<std::uint32_t>(window >> (first_bit % 8) & ((std::uint64_t{1} << bits) - 1));
}

void Layout::put(char* state, std::size_t field, std::uint32_t value) const {
    const auto [values, first_bit, bits] = fields_[field];
    const std::uint64_t window = std::uint64_t{value} << (first_bit % 8);
    for (std::size_t byte = first_bit / 8; byte * 8 < first_bit + bits; ++byte)
        state[byte] = static_cast<char>(static_cast<unsigned char>(state[byte]) |
                                        static_cast<unsigned char>(window >> (8 * (byte - first_bit / 8))));
}

} // namespace certificate
