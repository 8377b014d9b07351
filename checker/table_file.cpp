// SPDX-License-Identifier: GPL-2.0-only
// Parts follow each other in the file; what lies before the last ones is a hole. See table_file.hpp.
#include "checker/table_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace checker {

TableFile::~TableFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::string> TableFile::open(const std::string& path) {
    descriptor_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor_ < 0 && errno == EEXIST)
        return path + ": there is a file of that name already; name one that can be made and thrown away";
    if (descriptor_ < 0)
        return path + ": cannot make a file for visited states: " + std::generic_category().message(errno);
    ::unlink(path.c_str());
    return std::nullopt;
}

void* TableFile::allocate(std::size_t bytes) {
    // On a full disk a write to mapped memory would end the program, so the space is set aside before.
    if (::posix_fallocate(descriptor_, static_cast<off_t>(end_), static_cast<off_t>(bytes)) != 0) return nullptr;
    void* const mapping =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, static_cast<off_t>(end_));
    if (mapping == MAP_FAILED) return nullptr;
    parts_.push_back({static_cast<std::byte*>(mapping), bytes, end_});
    end_ += bytes;
    return mapping;
}

void TableFile::release(void* begin, std::size_t bytes) {
    auto* const at = static_cast<std::byte*>(begin);
    for (const Part& part : parts_) {
        if (at < part.begin || at >= part.begin + part.bytes) continue;
        const auto offset = static_cast<off_t>(part.offset + static_cast<std::size_t>(at - part.begin));
        // File systems that cannot do this keep the space until the program ends.
        ::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset, static_cast<off_t>(bytes));
        ::munmap(begin, bytes);
        return;
    }
}

} // namespace checker
