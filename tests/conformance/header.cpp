// SPDX-License-Identifier: GPL-2.0-only
#include "tests/conformance/header.hpp"

#include <dlfcn.h>

#include <cstdio>
#include <utility>

namespace conformance {

Header::Header(const std::string& path, std::string prefix)
    : library_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)),
      prefix_(std::move(prefix)) {}

Header::~Header() {
    if (library_ != nullptr) dlclose(library_);
}

void* Header::symbol(const std::string& name) const {
    auto [at, is_new] = symbols_.try_emplace(name, nullptr);
    if (is_new) at->second = dlsym(library_, (prefix_ + name).c_str());
    return at->second;
}

void Comparison::keep(const char* what, Word sample, Word header, Word ours) {
    char text[200];
    std::snprintf(text, sizeof text, "%s of %#llx: %#llx in the header, %#llx here", what, sample, header, ours);
    difference_ = text;
}

} // namespace conformance
