// SPDX-License-Identifier: GPL-2.0-only
// The layout, in words: magic, byte order, version, size of the file in bytes, checksum of these four; then for each section
// its name, its size in words, its checksum, and its content.
#include "checker/section_file.hpp"

#include "checker/atomic_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <system_error>

namespace checker {

namespace {

using Header = std::array<Word, 5>;
using SectionHeader = std::array<Word, 3>;

constexpr Word byte_order = 0x0102030405060708;
constexpr Word other_byte_order = 0x0807060504030201;

/// At most eight characters in a word.
Word packed(std::string_view name) {
    Word word = 0;
    std::memcpy(&word, name.data(), std::min(name.size(), sizeof word));
    return word;
}

Word checksum_of(std::span<const Word> words) { return XXH3_64bits(words.data(), words.size_bytes()); }

/// Of the content, and of what the header says of it.
Word checksum_of(const SectionHeader& header, std::span<const Word> words, std::span<const Word> more) {
    const std::unique_ptr<XXH3_state_t, decltype(&XXH3_freeState)> state(XXH3_createState(), &XXH3_freeState);
    if (state == nullptr) throw std::bad_alloc();
    XXH3_64bits_reset_withSeed(state.get(), header[0] + header[1]);
    XXH3_64bits_update(state.get(), words.data(), words.size_bytes());
    XXH3_64bits_update(state.get(), more.data(), more.size_bytes());
    return XXH3_64bits_digest(state.get());
}

std::string_view bytes_of(std::span<const Word> words) {
    return {reinterpret_cast<const char*>(words.data()), words.size_bytes()};
}

InputError fault(const std::string& message) { return {"", message, ""}; }

InputError fault(const char* doing, int error) {
    return fault(std::string("cannot ") + doing + ": " + std::generic_category().message(error));
}

/// What the first words say that speaks against reading the others.
std::optional<InputError> fault_of_header(std::span<const Word> file, std::size_t bytes,
                                          const SectionFile::Kind& kind) {
    const std::string name(kind.name);
    if (file.empty() || file[0] != packed(kind.magic))
        return fault("this is no " + name + " of cowherd: expected a file that a search has left");
    const InputError cut_off = fault("the " + name + " is cut off: its first " + std::to_string(bytes) +
                                     " bytes are here; search again from the beginning");
    if (file.size() < std::tuple_size_v<Header>) return cut_off;
    if (file[1] == other_byte_order)
        return fault("the " + name + " was made on a machine of the other byte order; search again on this one");
    if (file[1] == byte_order && file[2] != kind.version)
        return fault("the " + name + " has format version " + std::to_string(file[2]) +
                     ", and this cowherd reads version " + std::to_string(kind.version) +
                     "; search again from the beginning, or go on with the cowherd that made it");
    if (file[1] != byte_order || file[4] != checksum_of(file.first(4)))
        return fault("the " + name +
                     " is damaged: its header is not as it was written; search again from the beginning");
    if (bytes < file[3]) return cut_off;
    if (bytes > file[3])
        return fault("the " + name + " is damaged: more follows after its end; search again from the beginning");
    return std::nullopt;
}

} // namespace

void SectionFile::Unmap::operator()(const Word* begin) const {
    munmap(const_cast<Word*>(begin), bytes); // What is mapped read-only is released as anything else.
}

std::optional<std::string> SectionFile::write(const std::string& path, const Kind& kind,
                                              const std::vector<Section>& sections) {
    Header header{packed(kind.magic), byte_order, kind.version, sizeof(Header), 0};
    std::vector<SectionHeader> headers;
    for (const auto& [name, words, more] : sections) {
        SectionHeader& section = headers.emplace_back(SectionHeader{packed(name), words.size() + more.size(), 0});
        section[2] = checksum_of(section, words, more);
        header[3] += sizeof(SectionHeader) + words.size_bytes() + more.size_bytes();
    }
    header[4] = checksum_of(std::span<const Word>(header).first(4));

    std::vector<std::string_view> pieces{bytes_of(header)};
    for (std::size_t n = 0; n < sections.size(); ++n)
        for (const std::string_view piece :
             {bytes_of(headers[n]), bytes_of(sections[n].words), bytes_of(sections[n].more)})
            pieces.push_back(piece);
    return replace_file_durably(path, pieces);
}

Result<SectionFile> SectionFile::open(const std::string& path, const Kind& kind) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) return fault("open the file", errno);
    struct stat status {};
    const bool is_known = ::fstat(descriptor, &status) == 0;
    const int error = errno;
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* mapping = nullptr;
    if (is_known && S_ISREG(status.st_mode) && bytes >= sizeof(Word))
        mapping = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int map_error = errno;
    ::close(descriptor);
    if (!is_known) return fault("look at the file", error);
    if (mapping == MAP_FAILED) return fault("read the file", map_error);
    if (mapping == nullptr)
        return fault("this is no " + std::string(kind.name) + " of cowherd: expected a file that a search has left");

    SectionFile file;
    file.mapping_ = {static_cast<const Word*>(mapping), Unmap{bytes}};
    std::span<const Word> left(file.mapping_.get(), bytes / sizeof(Word));
    if (auto wrong = fault_of_header(left, bytes, kind)) return *wrong;
    left = left.subspan(std::tuple_size_v<Header>);
    while (!left.empty()) {
        SectionHeader header{};
        const bool has_header = left.size() >= header.size();
        if (has_header) std::copy_n(left.begin(), header.size(), header.begin());
        left = left.subspan(has_header ? header.size() : left.size());
        if (!has_header || header[1] > left.size() || checksum_of(header, left.first(header[1]), {}) != header[2])
            return fault("the " + std::string(kind.name) +
                         " is damaged: a checksum does not fit; search again from the beginning");
        const auto* const name = reinterpret_cast<const char*>(left.data() - header.size());
        file.sections_.push_back({{name, strnlen(name, sizeof(Word))}, left.first(header[1])});
        left = left.subspan(header[1]);
    }
    return file;
}

std::span<const Word> SectionFile::section(std::string_view name) const {
    for (const Section& section : sections_)
        if (section.name == name) return section.words;
    return {};
}

} // namespace checker
