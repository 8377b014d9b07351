// SPDX-License-Identifier: GPL-2.0-only
// Running the cowherd program as its users do, for the tests of the command line.
#pragma once

#include <catch2/catch.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace cli_tests {

inline std::string environment(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

struct Run {
    int code = -1;
    std::string text; ///< stdout and stderr
};

/// Runs a command line of the shell in the source root, where $COWHERD is the program.
inline Run shell(const std::string& line) {
    const std::string command = "cd '" + environment("COWHERD_SOURCE", ".") + "' && COWHERD='" +
                                environment("COWHERD", "cowherd") + "' && export COWHERD && " + line;
    Run run;
    std::FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 65536> block{};
    for (std::size_t got = 0; (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;)
        run.text.append(block.data(), got);
    const int status = pclose(pipe);
    run.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return run;
}

inline Run cowherd(const std::string& arguments, const std::string& redirect = "2>&1") {
    return shell("\"$COWHERD\" " + arguments + " " + redirect);
}

/// The command ends with 2 and one line, of a length that is read, with the message in it.
inline void is_usage_error(const std::string& arguments, const std::string& message) {
    const Run run = cowherd(arguments);
    INFO(arguments << ": " << run.text);
    CHECK(run.code == 2);
    CHECK_THAT(run.text, Catch::Contains(message));
    CHECK(run.text.size() < 500);
    CHECK(run.text.find('\n') == run.text.size() - 1);
}

/// A file that is gone when the test is over. `suffix`: what its name ends in.
class TemporaryFile {
public:
    explicit TemporaryFile(const std::string& content, const std::string& suffix = "") {
        path_ = (std::filesystem::temp_directory_path() / ("cowherd-cli-test-XXXXXX" + suffix)).string();
        const int descriptor = mkstemps(path_.data(), static_cast<int>(suffix.size()));
        REQUIRE(descriptor >= 0);
        close(descriptor);
        std::ofstream(path_) << content;
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile() { std::filesystem::remove(path_); }
    const std::string& path() const { return path_; }
    std::string content() const { return read(path_); }
    static std::string read(const std::string& path) {
        std::ostringstream text;
        text << std::ifstream(path).rdbuf();
        return text.str();
    }

private:
    std::string path_;
};

/// A directory that is gone when the test is over.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        path_ = (std::filesystem::temp_directory_path() / "cowherd-cli-test-XXXXXX").string();
        REQUIRE(mkdtemp(path_.data()) != nullptr);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    const std::string& path() const { return path_; }
    /// Writes a file in it, and returns its path.
    std::string add(const std::string& name, const std::string& content) const {
        std::string path = path_ + "/" + name;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        std::ofstream(path) << content;
        return path;
    }
    std::size_t files() const {
        const std::filesystem::recursive_directory_iterator all(path_);
        return static_cast<std::size_t>(std::distance(begin(all), end(all)));
    }

private:
    std::string path_;
};

inline const std::string seed = "scenarios/seed/o-direct-read.swapout.json";
inline const std::string small = "scenarios/canonical/S4.get-mprotect.json";

/// A scenario like the small one, with a piece of its text replaced.
inline std::string edited(const std::string& from, const std::string& to) {
    std::string text = TemporaryFile::read(environment("COWHERD_SOURCE", ".") + "/" + small);
    const std::size_t at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

} // namespace cli_tests
