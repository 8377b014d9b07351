// SPDX-License-Identifier: GPL-2.0-only
// The rare paths of a fiber: mapping its stack, starting it, looking at its bytes.
#include "checker/fiber.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <new>

namespace checker {

namespace {

std::size_t page_bytes() { return static_cast<std::size_t>(sysconf(_SC_PAGESIZE)); }

} // namespace

Fiber::Fiber() {
    const std::size_t guard = page_bytes();
    void* const mapping = mmap(nullptr, stack_bytes + guard, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (mapping == MAP_FAILED) throw std::bad_alloc();
    if (mprotect(mapping, guard, PROT_NONE) != 0) {
        munmap(mapping, stack_bytes + guard);
        throw std::bad_alloc();
    }
    bottom_ = static_cast<std::byte*>(mapping) + guard;
    sp_ = top();
}

Fiber::~Fiber() {
    const std::size_t guard = page_bytes();
#if CHECKER_ASAN
    __asan_unpoison_memory_region(bottom_, stack_bytes);
#endif
    munmap(bottom_ - guard, stack_bytes + guard);
}

void Fiber::start(Entry entry, void* argument) {
#if CHECKER_ASAN
    __asan_unpoison_memory_region(bottom_, stack_bytes);
#endif
    entry_ = entry;
    argument_ = argument;
    sp_ = static_cast<std::byte*>(boost::context::detail::make_fcontext(top(), stack_bytes, &Fiber::main));
}

void Fiber::main(boost::context::detail::transfer_t from) {
    Fiber& self = *static_cast<Fiber*>(from.data);
    after_switch(nullptr, &self.scheduler_bottom_, &self.scheduler_bytes_);
    self.scheduler_ = from.fctx;
    self.entry_(self.argument_);
    self.suspend();
    std::abort(); // Somebody resumed a fiber whose entry has returned.
}

// Byte by byte through volatile, for memcpy and memset would be checked by AddressSanitizer even here.
#if CHECKER_ASAN
__attribute__((no_sanitize_address))
#endif
void Fiber::peek(std::byte* image) const {
    const std::size_t bytes = used_bytes();
#if CHECKER_ASAN
    const volatile std::byte* const from = sp_;
    for (std::size_t at = 0; at < bytes; ++at) image[at] = from[at];
#else
    std::memcpy(image, sp_, bytes);
#endif
}

void Fiber::clear() {
    sp_ = top();
    clear_unused();
}

void Fiber::clear_unused() {
#if CHECKER_ASAN
    __asan_unpoison_memory_region(bottom_, static_cast<std::size_t>(sp_ - bottom_));
#endif
    std::memset(bottom_, 0, static_cast<std::size_t>(sp_ - bottom_));
}

} // namespace checker
