// SPDX-License-Identifier: GPL-2.0-only
// Writing beside the file and renaming. Every result is looked at, that of fsync and close too: network file systems and
// quotas report a full disk only there.

#include "checker/atomic_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <system_error>

namespace checker {

namespace {

constexpr mode_t permission_bits = 07777;
constexpr int attempts_at_a_name = 100;

std::string problem(const std::string& path, const char* doing, int error) {
    return path + ": cannot " + doing + ": " + std::generic_category().message(error);
}

/// errno of the first call that fails, or 0.
int write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        if (written == 0) return EIO;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// Writes everything and closes the file; errno of the first call that fails, or 0.
int write_and_close(int file, std::string_view content) {
    int error = write_all(file, content);
    // Pipes and devices cannot be synchronised, which is no failure.
    if (error == 0 && ::fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP && errno != EROFS) error = errno;
    if (::close(file) != 0 && error == 0) error = errno;
    return error;
}

std::optional<std::string> write_directly(const std::string& path, std::string_view content) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (file < 0) return problem(path, "open the file for writing", errno);
    if (const int error = write_and_close(file, content); error != 0) return problem(path, "write to the file", error);
    return std::nullopt;
}

/// A new file in the directory of `path`, or -1; `name` becomes its path.
int create_beside(const std::string& path, std::string& name) {
    const std::string directory = path.substr(0, path.rfind('/') + 1); // "" is the current one
    int file = -1;
    for (int attempt = 0; file < 0 && attempt < attempts_at_a_name; ++attempt) {
        name = directory + ".cowherd-" + std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".tmp";
        file = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file < 0 && errno != EEXIST) break;
    }
    return file;
}

/// `mode`: the permissions of the file that is replaced, if there is one.
std::optional<std::string> replace(const std::string& path, std::string_view content, std::optional<mode_t> mode) {
    std::string temporary;
    const int file = create_beside(path, temporary);
    if (file < 0) return problem(path, "create a file in that directory", errno);
    if (mode && ::fchmod(file, *mode & permission_bits) != 0) {
        const int error = errno;
        ::close(file);
        ::unlink(temporary.c_str());
        return problem(path, "keep the file's permissions", error);
    }
    const char* doing = "write the file";
    int error = write_and_close(file, content);
    if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) {
        doing = "put the new file in place";
        error = errno;
    }
    if (error == 0) return std::nullopt;
    ::unlink(temporary.c_str());
    return problem(path, doing, error);
}

/// The path with all links followed, or as given if that fails.
std::string resolved(const std::string& path) {
    const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr), &std::free);
    return real ? std::string(real.get()) : path;
}

/// The file beside `path` to be written first, locked and empty; or -1, and errno says why.
int open_partial(const std::string& partial) {
    constexpr mode_t usual = 0666;
    for (int attempt = 0; attempt < attempts_at_a_name; ++attempt) {
        const int file = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, usual);
        if (file < 0) return -1;
        struct stat opened {};
        struct stat named {};
        int error = 0;
        if (::flock(file, LOCK_EX | LOCK_NB) != 0 || ::fstat(file, &opened) != 0) error = errno;
        // Who held the lock until now may have put the file in place: that is not to be written to.
        const bool is_still_there = error == 0 && ::stat(partial.c_str(), &named) == 0 &&
                                    opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
        if (is_still_there && ::ftruncate(file, 0) == 0) return file;
        if (is_still_there) error = errno;
        ::close(file);
        errno = error;
        if (error != 0) return -1;
    }
    errno = EBUSY;
    return -1;
}

std::string problem_with_partial(const std::string& path, int error) {
    if (error == EWOULDBLOCK || error == EBUSY)
        return path + ": another program is writing this file; name another one";
    return problem(path, "create a file in that directory", error);
}

/// A new name is only safe once its directory is. File systems that cannot do that say so, which is no failure.
void synchronise_directory_of(const std::string& path) {
    const std::string directory = path.substr(0, path.rfind('/') + 1);
    const int opened = ::open(directory.empty() ? "." : directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return;
    ::fsync(opened);
    ::close(opened);
}

} // namespace

std::optional<std::string> replace_file_durably(const std::string& path, std::span<const std::string_view> pieces) {
    const std::string target = resolved(path);
    const std::string partial = target + ".partial";
    const int file = open_partial(partial);
    if (file < 0) return problem_with_partial(path, errno);
    const char* doing = "write the file";
    int error = 0;
    for (const std::string_view piece : pieces)
        if (error == 0) error = write_all(file, piece);
    if (error == 0 && ::fsync(file) != 0) error = errno;
    if (error == 0 && ::rename(partial.c_str(), target.c_str()) != 0) {
        doing = "put the new file in place";
        error = errno;
    }
    if (error != 0) ::unlink(partial.c_str());
    // The lock goes with this.
    if (::close(file) != 0 && error == 0) error = errno;
    if (error != 0) return problem(path, doing, error);
    synchronise_directory_of(target);
    return std::nullopt;
}

std::optional<std::string> fault_of_durable_file(const std::string& path) {
    struct stat status {};
    const std::string target = resolved(path);
    if (::stat(target.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) return problem(path, "write the file", EISDIR);
        if (!S_ISREG(status.st_mode)) return path + ": expected the name of a regular file, found a device or a pipe";
    }
    const std::string partial = target + ".partial";
    const int file = open_partial(partial);
    if (file < 0) return problem_with_partial(path, errno);
    ::unlink(partial.c_str());
    ::close(file);
    return std::nullopt;
}

std::optional<std::string> write_file_atomically(const std::string& path, std::string_view content) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
        if (errno != ENOENT) return problem(path, "look at the file", errno);
        return replace(path, content, std::nullopt);
    }
    if (S_ISDIR(status.st_mode)) return problem(path, "write the file", EISDIR);
    // /dev/stdout may lead to a regular file that others hold open: they expect the output in that very file.
    if (!S_ISREG(status.st_mode) || path.starts_with("/dev/") || path.starts_with("/proc/"))
        return write_directly(path, content);
    if (::access(path.c_str(), W_OK) != 0) return problem(path, "write the file", errno);
    return replace(resolved(path), content, status.st_mode);
}

} // namespace checker
